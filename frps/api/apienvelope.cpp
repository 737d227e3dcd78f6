// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apienvelope.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <array>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

ApiResponse envelope(int status, bool success, const QJsonValue &data, const QString &message, ApiTime now)
{
    const QJsonObject object{
        {u"success"_s, success},
        {u"data"_s, data},
        {u"message"_s, message},
        {u"timestamp"_s, apiTimestamp(now)},
    };
    return {status, QJsonDocument(object).toJson(QJsonDocument::Compact),
        {
            {"Content-Type"_ba, "application/json; charset=utf-8"_ba},
            {"Cache-Control"_ba, "no-store"_ba},
            {"X-Content-Type-Options"_ba, "nosniff"_ba},
        }};
}

/// Splits \a response at the empty array called \a key, so that \a items are written into it.
ApiResponse withItems(ApiResponse response, const QByteArray &key, ApiItems items)
{
    const QByteArray opening = '"' + key + R"(":[)"_ba;
    const qsizetype at = response.body.indexOf(opening) + opening.size();
    Q_ASSERT(at >= opening.size());
    response.tail = response.body.sliced(at);
    response.body.truncate(at);
    response.items = std::move(items);
    return response;
}

QByteArray itemText(const QJsonValue &item)
{
    if (item.isObject())
        return QJsonDocument(item.toObject()).toJson(QJsonDocument::Compact);
    const QByteArray array = QJsonDocument(QJsonArray{item}).toJson(QJsonDocument::Compact);
    return array.sliced(1, array.size() - 2);
}

} // namespace

ApiTime systemApiTime()
{
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

QByteArray ApiResponse::header(QByteArrayView name) const
{
    for (const auto &[key, value] : headers) {
        if (key == name)
            return value;
    }
    return {};
}

void ApiResponse::addItems(qsizetype size)
{
    while (items && body.size() < size) {
        const std::optional<QJsonValue> item = items();
        if (!item) {
            body += std::exchange(tail, {});
            items = nullptr;
            return;
        }
        if (!std::exchange(isFirstItem, false))
            body += ',';
        body += itemText(*item);
    }
}

QString apiTimestamp(ApiTime time)
{
    // A list has two of these for each of thousands of clients: QDateTime::toString() would take most of the
    // time.
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
        int(date.year()), unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
        int(clock.minutes().count()), int(clock.seconds().count()), int(clock.subseconds().count()));
    return QString::fromLatin1(text.data(), length);
}

QString apiTimestamp(const QDateTime &time)
{
    return apiTimestamp(ApiTime(std::chrono::milliseconds(time.toMSecsSinceEpoch())));
}

ApiResponse successResponse(const QJsonValue &data, ApiTime now)
{
    // The text of the original server: clients compare it.
    return envelope(200, true, data, u"操作成功"_s, now);
}

ApiResponse listResponse(ApiItems items, ApiTime now)
{
    return withItems(successResponse(QJsonArray(), now), "data"_ba, std::move(items));
}

ApiResponse listResponse(const QJsonObject &data, const QByteArray &key, ApiItems items, ApiTime now)
{
    return withItems(successResponse(data, now), key, std::move(items));
}

ApiResponse failureResponse(int status, const QString &message, ApiTime now)
{
    return envelope(status, false, QJsonValue::Null, message, now);
}

} // namespace frpx::server
