// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apienvelope.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTimeZone>

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

QString apiTimestamp(ApiTime time)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto micros = (time - seconds).count();
    const QDateTime moment =
        QDateTime::fromSecsSinceEpoch(seconds.time_since_epoch().count(), QTimeZone::utc());
    return u"%1.%2Z"_s.arg(moment.toString(u"yyyy-MM-ddTHH:mm:ss"_s)).arg(micros, 6, 10, '0'_L1);
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

ApiResponse failureResponse(int status, const QString &message, ApiTime now)
{
    return envelope(status, false, QJsonValue::Null, message, now);
}

} // namespace frpx::server
