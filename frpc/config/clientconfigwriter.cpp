// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/config/clientconfigwriter.h"

#include "common/config/configkeys.h"
#include "common/net/hostaddress.h"
#include "common/tunnel/tunnelfield.h"
#include "frpc/config/clientconfig.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

/// As a basic string of TOML.
QString quoted(const QString &text)
{
    QString result = u"\""_s;
    for (const QChar c : text) {
        if (c == u'"' || c == u'\\')
            result += u'\\';
        if (c < u' ' || c == QChar(0x7f))
            result += u"\\u%1"_s.arg(int(c.unicode()), 4, 16, QLatin1Char('0'));
        else
            result += c;
    }
    // Two braces would be read as a variable's place; they mean the same when one is escaped.
    result.replace("{{"_L1, "{\\u007b"_L1);
    return result + u'"';
}

QString valueText(OptionSpelling::Type type, const QString &value)
{
    switch (type) {
    case OptionSpelling::Type::Number:
        return value;
    case OptionSpelling::Type::Flag:
        return value == "1"_L1 ? u"true"_s : u"false"_s;
    case OptionSpelling::Type::Text:
        break;
    }
    return quoted(value);
}

void writeTunnel(QString &text, const TunnelSpec &spec)
{
    const auto write = [&text](
                           QStringView key, const QString &value) { text += u"%1 = %2\n"_s.arg(key, value); };
    text += u"\n[[proxies]]\n"_s;
    for (const TunnelField &field : tunnelFields()) {
        const QString value = fieldText(spec, field);
        const bool isText = std::holds_alternative<QString TunnelSpec::*>(field.member);
        if (field.kind == TunnelField::Kind::Group && !value.isEmpty())
            write(u"loadBalancer.group", quoted(spec.name)); // the tunnel has the group's name
        // The type and the address are written although they are usual: for people who read the file.
        if (!isDefault(spec, field) || (isText && !value.isEmpty()))
            write(field.configKey, isText ? quoted(value) : value);
    }
}

} // namespace

QByteArray writeClientConfig(const QHash<QString, QString> &settings, const std::vector<TunnelSpec> &tunnels)
{
    QString text;
    const bool hasPort = !net::isUnixSocket(settings.value(u"local-addr"_s));
    for (const OptionSpelling &spelling : clientSpellings()) {
        const auto found = settings.constFind(spelling.option.sliced(2));
        if (found != settings.cend() && (hasPort || found.key() != "local-port"_L1))
            text += u"%1 = %2\n"_s.arg(spelling.key, valueText(spelling.type, *found));
    }
    for (const TunnelSpec &tunnel : tunnels)
        writeTunnel(text, tunnel);
    return text.toUtf8();
}

} // namespace frpx::client
