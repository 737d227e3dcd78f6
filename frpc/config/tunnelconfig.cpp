// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/config/tunnelconfig.h"

#include "common/config/tablereader.h"
#include "common/core/ids.h"
#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "common/tunnel/tunnelfield.h"

#include <map>
#include <set>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

using Kind = TunnelField::Kind;

/// What a simple file of frp's may hold without meaning anything here, and what would mislead.
void readForeign(TableReader &table)
{
    const QString anything = u"it has no effect on the service"_s;
    table.ignore(u"metadatas"_s, anything);
    table.ignore(u"annotations"_s, anything);
    if (const QString key = u"transport.useEncryption"_s; table.boolean(key))
        table.ignore(key, u"the links to the server are encrypted by TLS; see transport.tls.mode"_s);
    if (const QString key = u"transport.useCompression"_s; table.boolean(key))
        table.ignore(key, u"nothing is compressed"_s);
    table.refuse(u"transport.bandwidthLimit"_s, u"there is no limit for single tunnels of this file"_s);
    table.refuse(u"transport.bandwidthLimitMode"_s, u"there is no limit for single tunnels of this file"_s);
    table.refuse(u"healthCheck.httpHeaders"_s, u"its checks send no headers of their own"_s);
    for (const QString &key : {u"customDomains"_s, u"subdomain"_s, u"locations"_s, u"httpUser"_s,
             u"httpPassword"_s, u"hostHeaderRewrite"_s, u"requestHeaders"_s, u"responseHeaders"_s,
             u"routeByHTTPUser"_s, u"multiplexer"_s, u"secretKey"_s, u"allowUsers"_s}) {
        table.refuse(key, u"its tunnels are TCP"_s);
    }
}

/// Where the service is: localIP and localPort, or frp's plugin for a unix socket.
void readService(TableReader &table, TunnelSpec &spec)
{
    const QString plugin = u"plugin"_s;
    const QString type = u"plugin.type"_s;
    const QString path = u"plugin.unixPath"_s;
    const QString address = u"localIP"_s;
    const QString port = u"localPort"_s;
    if (table.find(type) && table.text(type) == "unix_domain_socket"_L1) {
        spec.localHost = u"unix:"_s + table.text(path);
        if (!table.find(path))
            table.fault(path, u"is missing: where is the unix socket?"_s);
        else if (const Result<void> good = net::checkUnixSocket(spec.localHost); !good)
            table.fault(path, good.error().detail);
        if (table.find(address) || table.find(port))
            table.fault(type, u"is instead of localIP and localPort"_s);
        return;
    }
    table.refuse(plugin, u"it only forwards to localIP and localPort, or to a unix socket"_s);
    spec.localHost = table.text(address, spec.localHost);
    if (Result<QString> host = net::parseService(spec.localHost, u"localPort"))
        spec.localHost = *std::move(host);
    else
        table.fault(address, host.error().detail);
    if (net::isUnixSocket(spec.localHost)) {
        if (table.find(port))
            table.fault(port, u"does not go with a unix socket"_s);
        return;
    }
    spec.localPort = static_cast<quint16>(table.number(port, 1, 65535));
    if (!table.find(port))
        table.fault(port, u"is missing: where is the service?"_s);
}

/// Clients share a tunnel if its name and key are the same; in frp the name of the group tells.
void readGroup(TableReader &table, TunnelSpec &spec)
{
    const QString group = table.text(u"loadBalancer.group"_s);
    const QString groupKey = table.text(u"loadBalancer.groupKey"_s);
    if (group.isEmpty()) {
        if (!groupKey.isEmpty())
            table.fault(u"loadBalancer.groupKey"_s, u"goes with loadBalancer.group"_s);
        return;
    }
    if (!checkClientId(group))
        table.fault(u"loadBalancer.group"_s, u"takes 1 to 128 printable characters"_s);
    spec.name = group;
    spec.group = groupKey.isEmpty() ? group : groupKey;
    if (const Result<void> good = checkField(spec, tunnelField(&TunnelSpec::group)); !good)
        table.fault(u"loadBalancer.groupKey"_s, good.error().detail);
}

void readPlain(TableReader &table, const TunnelField &field, TunnelSpec &spec)
{
    const QString key = field.configKey.toString();
    const ConfigNode *node = table.find(key);
    if (!node)
        return;
    if (!std::holds_alternative<QString TunnelSpec::*>(field.member)) {
        const int number = table.number(key, field.min, field.max);
        (void)setField(spec, field, QString::number(number));
    } else if (const Result<void> read = setField(spec, field, table.text(key)); !read) {
        table.fault(key, read.error().detail);
    }
}

TunnelSpec readTunnel(TableReader &table, const QString &user)
{
    TunnelSpec spec;
    spec.name = table.text(u"name"_s);
    if (!table.find(u"name"_s))
        table.fault(u"name"_s, u"is missing: every tunnel needs one"_s);
    else if (const Result<void> valid = checkClientId(spec.name); !valid)
        table.fault(u"name"_s, u"takes 1 to 128 printable characters"_s);
    readService(table, spec);
    readGroup(table, spec);
    if (!user.isEmpty())
        spec.name = user + u'.' + spec.name;
    if (spec.name.size() > maxTunnelNameLength)
        table.fault(u"name"_s, u"is longer than 128 characters together with 'user'"_s);
    for (const TunnelField &field : tunnelFields()) {
        if (field.kind == Kind::Plain && !field.configKey.isEmpty())
            readPlain(table, field, spec);
    }
    readForeign(table);
    return spec;
}

} // namespace

QList<std::pair<QString, QString>> tunnelKeys()
{
    QList<std::pair<QString, QString>> keys;
    for (const TunnelField &field : tunnelFields()) {
        if (field.kind == Kind::Group)
            keys.append({u"loadBalancer.group"_s,
                u"Clients with the same group and groupKey share one port; the tunnel is called as the "
                "group, not as name says"_s});
        if (!field.configKey.isEmpty())
            keys.append({field.configKey.toString(), field.help.toString()});
    }
    return keys;
}

std::vector<TunnelSpec> readTunnels(const ConfigNode &root, ConfigReport &report)
{
    std::vector<TunnelSpec> tunnels;
    TableReader top(root, {}, report);
    const QString user = top.text(u"user"_s);
    const ConfigNode *proxies = root.find(u"proxies");
    if (!proxies)
        return tunnels;
    if (proxies->kind != ConfigNode::Kind::Array) {
        report.addFault(proxies->line, u"'proxies' takes tables: [[proxies]]"_s);
        return tunnels;
    }
    std::set<QString> names;
    for (const ConfigNode &node : proxies->children) {
        if (report.isFull())
            break;
        if (tunnels.size() == maxConfiguredTunnels) {
            report.addFault(node.line, u"more than %1 tunnels"_s.arg(maxConfiguredTunnels));
            break;
        }
        TableReader table(node, u"[[proxies]]"_s, report);
        TunnelSpec spec = readTunnel(table, user);
        table.finish();
        if (!spec.name.isEmpty() && !names.insert(spec.name).second)
            report.addFault(node.line, u"there is a tunnel '%1' already"_s.arg(logSafe(spec.name)));
        tunnels.push_back(std::move(spec));
    }
    return tunnels;
}

TunnelChanges diffTunnels(const std::vector<TunnelSpec> &before, const std::vector<TunnelSpec> &after)
{
    TunnelChanges changes;
    std::map<QStringView, const TunnelSpec *> wanted;
    for (const TunnelSpec &spec : after)
        wanted.emplace(spec.name, &spec);
    std::set<QStringView> kept;
    for (const TunnelSpec &spec : before) {
        const auto found = wanted.find(spec.name);
        if (found != wanted.end() && *found->second == spec)
            kept.insert(spec.name);
        else
            changes.close << spec.name;
    }
    for (const TunnelSpec &spec : after) {
        if (!kept.contains(spec.name))
            changes.open.push_back(spec);
    }
    changes.unchanged = kept.size();
    return changes;
}

} // namespace frpx::client
