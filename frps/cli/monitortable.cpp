// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/monitortable.h"

#include "common/core/logging.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qsizetype maxCellLength = 64;
constexpr qsizetype maxWarningLength = 512; // as in the message HealthReport
constexpr size_t columnCount = 7;
using Cells = std::array<QString, columnCount>;

struct CodeRange
{
    char32_t first;
    char32_t last;
};

/// The ranges of characters that terminals draw two columns wide.
constexpr CodeRange wideRanges[] = {
    {0x1100, 0x115f}, // Hangul Jamo
    {0x2e80, 0x303e}, // CJK radicals and punctuation
    {0x3041, 0xa4cf}, // Kana to Yi
    {0xa960, 0xa97f}, // Hangul Jamo extended
    {0xac00, 0xd7a3}, // Hangul syllables
    {0xf900, 0xfaff}, // CJK compatibility
    {0xfe30, 0xfe6f}, // CJK compatibility forms
    {0xff00, 0xff60}, // full-width forms
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, // pictographs
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}, // CJK extensions
};

qsizetype codePointWidth(char32_t code)
{
    const QChar::Category category = QChar::category(code);
    if (category == QChar::Mark_NonSpacing || category == QChar::Mark_Enclosing
        || category == QChar::Other_Format)
        return 0;
    const bool wide = std::any_of(std::begin(wideRanges), std::end(wideRanges),
        [code](const CodeRange &range) { return code >= range.first && code <= range.last; });
    return wide ? 2 : 1;
}

/// Makes text safe for a terminal: no control characters, no bidirectional overrides, no half characters.
QString printable(const QString &text, qsizetype maxLength = maxCellLength)
{
    QString safe;
    qsizetype count = 0;
    for (const char32_t code : text.toUcs4()) {
        if (++count > maxLength)
            return safe + u"…"_s;
        const QChar::Category category = QChar::category(code);
        const bool shown = QChar::isPrint(code) && category != QChar::Other_Format
            && category != QChar::Separator_Line && category != QChar::Separator_Paragraph;
        safe += shown ? QString::fromUcs4(&code, 1) : u"?"_s;
    }
    return safe;
}

QString age(qint64 seconds)
{
    constexpr qint64 minute = 60;
    constexpr qint64 hour = 60 * minute;
    constexpr qint64 day = 24 * hour;
    if (seconds < 2 * minute)
        return u"%1 s ago"_s.arg(std::max<qint64>(seconds, 0));
    if (seconds < 2 * hour)
        return u"%1 min ago"_s.arg(seconds / minute);
    if (seconds < 2 * day)
        return u"%1 h ago"_s.arg(seconds / hour);
    return u"%1 d ago"_s.arg(seconds / day);
}

QString percent(double value)
{
    return u"%1 %"_s.arg(std::clamp(value, 0.0, 999.9), 0, 'f', 1);
}

QString count(const std::optional<qint64> &number)
{
    return number ? QString::number(*number) : u"-"_s;
}

QString health(const MonitorRow &row)
{
    if (!row.healthy)
        return u"-"_s;
    if (!*row.healthy)
        return u"unhealthy"_s;
    return row.warning.isEmpty() ? u"healthy"_s : u"warning"_s;
}

Cells cellsOf(const MonitorRow &row)
{
    const QString mark = row.draining ? u" (draining)"_s : QString();
    Cells cells{printable(row.clientId) + mark, u"-"_s, u"-"_s, u"-"_s, u"-"_s,
        u"%1/%2"_s.arg(count(row.openConnections), count(row.totalConnections)), health(row)};
    if (row.usage) {
        cells[1] = percent(row.usage->cpu);
        cells[2] = percent(row.usage->memory);
        cells[3] = percent(row.usage->disk);
        cells[4] = age(row.usage->heartbeatSecondsAgo);
    }
    return cells;
}

Error notOurs(Errc code)
{
    return {code, u"the answer does not come from a frps"_s};
}

std::optional<qint64> optionalCount(const QJsonValue &value)
{
    return value.isDouble() ? std::optional(value.toInteger()) : std::nullopt;
}

} // namespace

Result<std::vector<MonitorRow>> parseMonitorRows(const QByteArray &answer)
{
    const QJsonDocument document = QJsonDocument::fromJson(answer);
    if (!document.isObject())
        return notOurs(Errc::BadJson);
    const QJsonObject envelope = document.object();
    if (!envelope.value("success"_L1).isBool())
        return notOurs(Errc::BadField);
    if (!envelope.value("success"_L1).toBool()) {
        return Error{
            Errc::BadField, u"the server says: "_s + printable(envelope.value("message"_L1).toString())};
    }
    if (!envelope.value("data"_L1).isArray())
        return notOurs(Errc::BadField);

    std::vector<MonitorRow> rows;
    const QJsonArray clients = envelope.value("data"_L1).toArray();
    for (const auto &value : clients) {
        const QJsonObject client = value.toObject();
        if (!client.value("client_id"_L1).isString())
            return notOurs(Errc::BadField);
        MonitorRow row;
        row.clientId = client.value("client_id"_L1).toString();
        row.draining = client.value("draining"_L1).toBool();
        row.openConnections = optionalCount(client.value("open_connections"_L1));
        row.totalConnections = optionalCount(client.value("total_connections"_L1));
        if (const QJsonValue healthy = client.value("healthy"_L1); healthy.isBool())
            row.healthy = healthy.toBool();
        row.warning = client.value("health_warning"_L1).toString();
        if (const QJsonObject info = client.value("system_info"_L1).toObject(); !info.isEmpty()) {
            row.usage = MonitorRow::Usage{info.value("cpu_usage"_L1).toDouble(),
                info.value("memory_usage"_L1).toDouble(), info.value("disk_usage"_L1).toDouble(),
                info.value("heartbeat_seconds_ago"_L1).toInteger()};
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

QString formatMonitorTable(const std::vector<MonitorRow> &rows)
{
    if (rows.empty())
        return u"No clients are connected.\n"_s;

    std::vector<Cells> lines;
    lines.reserve(rows.size() + 1);
    lines.push_back(
        {u"CLIENT"_s, u"CPU"_s, u"MEMORY"_s, u"DISK"_s, u"LAST HEARTBEAT"_s, u"OPEN/TOTAL"_s, u"SERVICE"_s});
    std::transform(rows.begin(), rows.end(), std::back_inserter(lines), cellsOf);
    std::sort(lines.begin() + 1, lines.end());

    std::array<qsizetype, columnCount> widths{};
    for (const Cells &cells : lines) {
        for (size_t i = 0; i < columnCount; ++i)
            widths[i] = std::max(widths[i], displayWidth(cells[i]));
    }
    QString table;
    for (const Cells &cells : lines) {
        for (size_t i = 0; i < columnCount; ++i) {
            const QString padding(widths[i] - displayWidth(cells[i]), u' ');
            if (i == 0)
                table += cells[i] + padding; // names to the left, numbers to the right
            else
                table += u"  "_s + padding + cells[i];
        }
        table += u'\n';
    }
    QStringList warnings;
    for (const MonitorRow &row : rows) {
        if (!row.warning.isEmpty())
            warnings << u"%1: %2\n"_s.arg(printable(row.clientId), printable(row.warning, maxWarningLength));
    }
    warnings.sort();
    return table + warnings.join(QString());
}

qsizetype displayWidth(const QString &text)
{
    qsizetype width = 0;
    for (const char32_t code : text.toUcs4())
        width += codePointWidth(code);
    return width;
}

} // namespace frpx::server
