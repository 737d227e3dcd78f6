// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/clientconfigwriter.h"

#include "common/config/configkeys.h"
#include "common/net/hostaddress.h"
#include "frpc/clientconfig.h"

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

void writeTunnel(QString &text, const TunnelSpec &tunnel)
{
    const auto number = [&text](QLatin1String key, int value) {
        if (value != 0)
            text += u"%1 = %2\n"_s.arg(key).arg(value);
    };
    const auto word = [&text](QLatin1String key, const QString &value) {
        if (!value.isEmpty())
            text += u"%1 = %2\n"_s.arg(key, quoted(value));
    };
    text += u"\n[[proxies]]\n"_s;
    word("name"_L1, tunnel.name);
    word("type"_L1, u"tcp"_s);
    word("localIP"_L1, tunnel.localHost);
    number("localPort"_L1, tunnel.localPort);
    number("remotePort"_L1, tunnel.wantedPort);
    if (!tunnel.group.isEmpty()) {
        word("loadBalancer.group"_L1, tunnel.name); // the tunnel has the group's name
        word("loadBalancer.groupKey"_L1, tunnel.group);
    }
    number("maxConnections"_L1, tunnel.maxConnections);
    number("totalConnections"_L1, tunnel.totalConnections);
    number("lifetimeSeconds"_L1, tunnel.lifetimeS);
    word("message"_L1, tunnel.message);
    word("policy"_L1, tunnel.policy);
    if (tunnel.proxyProtocol)
        word("transport.proxyProtocolVersion"_L1, proxyproto::versionNames().at(int(*tunnel.proxyProtocol)));
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
