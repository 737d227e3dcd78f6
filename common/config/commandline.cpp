// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/commandline.h"

#include "common/core/logging.h"

#include <QStandardPaths>

using namespace Qt::StringLiterals;

namespace frpx {

CommandLine::CommandLine(const QString &description)
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
}

void CommandLine::setPositional(const QString &syntax, const QString &help)
{
    m_parser.addPositionalArgument(syntax, help, u"[%1]"_s.arg(syntax));
}

Result<void> CommandLine::parse(const QStringList &arguments)
{
    if (!m_parser.parse(arguments))
        return Error{Errc::InvalidArgument, m_parser.errorText()};
    return {};
}

void CommandLine::fail(const QString &sentence)
{
    if (!m_error)
        m_error = Error{Errc::InvalidArgument, sentence};
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

quint16 CommandLine::port(const QString &name, int min)
{
    return static_cast<quint16>(number(name, min, 65535));
}

QHostAddress CommandLine::address(const QString &name)
{
    const QString value = text(name);
    QHostAddress address(value);
    if (address.isNull())
        fail(u"--%1 takes an IP address such as 127.0.0.1, 0.0.0.0 or ::, not \"%2\"."_s.arg(
            name, logSafe(value)));
    return address;
}

QString CommandLine::logLevel(const QString &name)
{
    QString value = text(name);
    if (!value.isEmpty() && !setLogLevel(value))
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
