// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/commandline.h"

#include "common/core/logging.h"
#include "common/net/hostaddress.h"

#include <QRegularExpression>
#include <QStandardPaths>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace frpx {

CommandLine::CommandLine(
    const QString &description, const QProcessEnvironment &environment, InputFiles *files)
    : m_environment(environment)
    , m_files(files ? files : &m_ownFiles)
{
    m_parser.setApplicationDescription(description);
    m_parser.setSingleDashWordOptionMode(QCommandLineParser::ParseAsCompactedShortOptions);
    m_parser.addOption({{u"h"_s, u"help"_s}, u"Print this help."_s});
    m_parser.addOption({{u"V"_s, u"version"_s}, u"Print the version."_s});
}

void CommandLine::add(const QString &name, const QString &help, const QString &valueName,
    const QString &defaultValue, const QString &shortName)
{
    QStringList names{name};
    if (!shortName.isEmpty())
        names.prepend(shortName);
    const QString text = defaultValue.isEmpty() ? help : u"%1 [default: %2]"_s.arg(help, defaultValue);
    m_parser.addOption({names, text, valueName, defaultValue});
    m_options.append({name, valueName, Option::Kind::Setting, help, defaultValue, shortName});
}

void CommandLine::addLive(const QString &name, const QString &help, const QString &valueName,
    const QString &defaultValue, const QString &shortName)
{
    add(name, help, valueName, defaultValue, shortName);
    m_options.last().isLive = true;
}

void CommandLine::addCommand(const QString &name, const QString &help, const QString &valueName)
{
    add(name, help, valueName);
    m_options.last().kind = Option::Kind::Command;
}

void CommandLine::setValues(const QString &name, const QStringList &values)
{
    const auto found = std::find_if(
        m_options.begin(), m_options.end(), [&name](const Option &known) { return known.name == name; });
    Q_ASSERT(found != m_options.end());
    found->values = values;
}

void CommandLine::setPositional(const QString &syntax, const QString &help)
{
    m_parser.addPositionalArgument(syntax, help, u"[%1]"_s.arg(syntax));
    m_positionals.append({syntax, help});
}

Result<void> CommandLine::parse(const QStringList &arguments)
{
    if (!m_parser.parse(arguments))
        return Error{Errc::InvalidArgument, m_parser.errorText()};
    return {};
}

void CommandLine::setFromFile(const QString &name, const QString &value, const QString &key, int line)
{
    m_fileValues.insert(name, {value, key, line});
}

QString CommandLine::variableName(const QString &option)
{
    return u"FRPX_"_s + option.toUpper().replace(u'-', u'_');
}

/// Null for an unknown name: QCommandLineParser would print a warning about it on standard error.
const CommandLine::Option *CommandLine::option(const QString &name) const
{
    const auto found = std::find_if(
        m_options.cbegin(), m_options.cend(), [&name](const Option &known) { return known.name == name; });
    return found == m_options.cend() ? nullptr : &*found;
}

CommandLine::Source CommandLine::source(const QString &name) const
{
    const Option *known = option(name);
    if (!known)
        return Source::Default;
    if (m_parser.isSet(name) || m_assigned.contains(name))
        return Source::CommandLine;
    if (known->kind == Option::Kind::Command)
        return Source::Default;
    if (!m_environment.value(variableName(name)).isEmpty())
        return Source::Environment;
    return m_fileValues.contains(name) ? Source::File : Source::Default;
}

bool CommandLine::isSet(const QString &name) const
{
    const Source from = source(name);
    const Option *known = option(name);
    const bool isFlag = known && known->valueName.isEmpty();
    if (!isFlag || from == Source::CommandLine || from == Source::Default)
        return from != Source::Default;
    static const QStringList yes = {u"true"_s, u"1"_s, u"yes"_s, u"on"_s};
    return yes.contains(text(name).toLower());
}

QString CommandLine::text(const QString &name) const
{
    switch (source(name)) {
    case Source::CommandLine:
        return m_parser.isSet(name) ? m_parser.value(name) : m_assigned.value(name);
    case Source::Environment:
        return m_environment.value(variableName(name));
    case Source::File:
        return m_fileValues.value(name).value;
    case Source::Default:
        break;
    }
    const Option *known = option(name);
    return known ? known->defaultValue : QString();
}

QSet<QString> CommandLine::liveSettings() const
{
    QSet<QString> names;
    for (const Option &option : m_options) {
        if (option.isLive)
            names.insert(option.name);
    }
    return names;
}

QHash<QString, QString> CommandLine::settings() const
{
    QHash<QString, QString> values;
    for (const Option &option : m_options) {
        if (option.kind == Option::Kind::Command)
            continue;
        const bool isFlag = option.valueName.isEmpty();
        values.insert(option.name, isFlag ? QString::number(isSet(option.name)) : text(option.name));
    }
    return values;
}

void CommandLine::fail(const QString &sentence)
{
    static const QRegularExpression optionName(u"--([a-z][a-z-]*)"_s);
    QString said;
    int line = 0;
    qsizetype from = 0;
    QRegularExpressionMatchIterator matches = optionName.globalMatch(sentence);
    while (matches.hasNext()) {
        const QRegularExpressionMatch match = matches.next();
        const QString name = match.captured(1);
        QString spelling = match.captured();
        const Source where = source(name);
        if (where == Source::Environment) {
            spelling = variableName(name);
        } else if (where == Source::File) {
            const FileValue value = m_fileValues.value(name);
            spelling = u'\'' + value.key + u'\'';
            if (line == 0)
                line = value.line;
        }
        said += sentence.sliced(from, match.capturedStart() - from) + spelling;
        from = match.capturedEnd();
    }
    m_report.addFault(line, said + sentence.sliced(from));
}

int CommandLine::number(const QString &name, int min, int max)
{
    bool ok = false;
    const int value = text(name).toInt(&ok);
    if (!ok || value < min || value > max) {
        fail(u"--%1 takes a whole number from %2 to %3, not \"%4\"."_s.arg(name).arg(min).arg(max).arg(
            logSafe(text(name))));
        return min;
    }
    return value;
}

std::optional<qint64> bytesFromText(const QString &text, qint64 min, qint64 max)
{
    const auto end =
        std::find_if_not(text.cbegin(), text.cend(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    const qsizetype digits = end - text.cbegin();
    const QString suffix = text.sliced(digits);
    struct Unit
    {
        QLatin1StringView name;
        qint64 bytes;
    };
    static constexpr std::array units{Unit{""_L1, 1}, Unit{"K"_L1, 1000}, Unit{"M"_L1, 1'000'000},
        Unit{"G"_L1, 1'000'000'000}, Unit{"KiB"_L1, qint64(1) << 10}, Unit{"MiB"_L1, qint64(1) << 20},
        Unit{"GiB"_L1, qint64(1) << 30}};
    const auto unit = std::find_if(units.begin(), units.end(),
        [&suffix](const Unit &u) { return suffix.compare(u.name, Qt::CaseInsensitive) == 0; });
    bool ok = false;
    const qint64 count = text.first(digits).toLongLong(&ok);
    // A division cannot overflow, a multiplication could.
    if (ok && unit != units.end() && count <= max / unit->bytes && (count == 0 || count * unit->bytes >= min))
        return count * unit->bytes;
    return {};
}

qint64 CommandLine::bytes(const QString &name, qint64 min, qint64 max)
{
    const QString given = text(name);
    if (const std::optional<qint64> amount = bytesFromText(given, min, max))
        return *amount;
    fail(u"--%1 takes 0 or an amount from %2 to %3, such as 500K, 20M or 4MiB, not \"%4\"."_s.arg(name)
             .arg(min)
             .arg(max)
             .arg(logSafe(given)));
    return 0;
}

quint16 CommandLine::port(const QString &name, int min)
{
    return static_cast<quint16>(number(name, min, 65535));
}

QHostAddress CommandLine::address(const QString &name, const QString &portName)
{
    const Result<QHostAddress> address = net::parseListenAddress(text(name), u"--"_s + portName);
    if (!address)
        fail(u"--%1 %2."_s.arg(name, address.error().detail));
    return address ? *address : QHostAddress();
}

QString CommandLine::logLevel(const QString &name)
{
    QString value = text(name);
    if (!value.isEmpty() && !isLogLevel(value))
        fail(u"--%1 takes debug, info, warning or critical, not \"%2\"."_s.arg(name, logSafe(value)));
    return value;
}

std::optional<QString> CommandLine::requestedText(const QString &program) const
{
    if (m_parser.isSet(u"version"_s))
        return u"%1 %2\n"_s.arg(program, QStringLiteral(FRPX_VERSION));
    if (!m_parser.isSet(u"help"_s))
        return std::nullopt;
    return m_parser.helpText();
}

QString defaultDataDir()
{
    const QString underSystemd = qEnvironmentVariable("STATE_DIRECTORY");
    if (!underSystemd.isEmpty())
        return underSystemd.section(u':', 0, 0);
    const QString base = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation);
    if (base.isEmpty() || qEnvironmentVariableIsEmpty("HOME"))
        return u"/var/lib/frpx"_s;
    return base + u"/frpx"_s;
}

} // namespace frpx
