// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/inireader.h"

#include "common/config/configtemplate.h"
#include "common/config/numberrange.h"
#include "common/core/logging.h"

#include <iterator>
#include <set>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr int maxLines = 20'000;
constexpr QLatin1StringView rangePrefix = "range:"_L1;

struct Renamed
{
    QStringView ini;
    QStringView toml;
};

/// Keys that moved into a table in newer versions.
constexpr Renamed renamedKeys[] = {
    {u"log_level", u"log.level"},
    {u"log_file", u"log.to"},
    {u"log_max_days", u"log.maxDays"},
    {u"token", u"auth.token"},
    {u"email", u"auth.email"},
    {u"password", u"auth.password"},
    {u"password_file", u"auth.passwordFile"},
    {u"token_file", u"auth.tokenFile"},
    {u"pool_count", u"transport.poolCount"},
    {u"max_pool_count", u"transport.maxPoolCount"},
    {u"heartbeat_interval", u"transport.heartbeatInterval"},
    {u"heartbeat_timeout", u"transport.heartbeatTimeout"},
    {u"bandwidth_limit", u"transport.bandwidthLimit"},
    {u"bandwidth_limit_mode", u"transport.bandwidthLimitMode"},
    {u"proxy_protocol_version", u"transport.proxyProtocolVersion"},
    {u"group", u"loadBalancer.group"},
    {u"group_key", u"loadBalancer.groupKey"},
    {u"plugin", u"plugin.type"},
    {u"use_encryption", u"transport.useEncryption"},
    {u"use_compression", u"transport.useCompression"},
    {u"health_check_type", u"healthCheck.type"},
    {u"health_check_url", u"healthCheck.path"},
    {u"health_check_timeout_s", u"healthCheck.timeoutSeconds"},
    {u"health_check_interval_s", u"healthCheck.intervalSeconds"},
    {u"health_check_max_failed", u"healthCheck.maxFailed"},
};

/// Turns "local_ip" into "localIP".
QString camelCase(const QString &iniKey)
{
    const QStringList words = iniKey.split(u'_');
    QString key = words.first();
    for (const QString &word : words.sliced(1)) {
        const bool abbreviation = word == "ip"_L1 || word == "id"_L1;
        key += abbreviation ? word.toUpper()
                            : word.left(1).toUpper() + word.sliced(std::min<qsizetype>(1, word.size()));
    }
    return key;
}

/// Like camelCase(), with the table of the key.
QString tomlKey(const QString &iniKey)
{
    constexpr QLatin1StringView pluginPrefix = "plugin_"_L1;
    for (const Renamed &renamed : renamedKeys) {
        if (renamed.ini == iniKey)
            return renamed.toml.toString();
    }
    if (iniKey.startsWith(pluginPrefix))
        return u"plugin."_s + camelCase(iniKey.sliced(pluginPrefix.size()));
    return camelCase(iniKey);
}

/// Sets \a value at the dotted \a key; false if the key is set already.
bool put(ConfigNode &table, const QString &key, const QString &value, int line)
{
    ConfigNode *at = &table;
    const QStringList parts = key.split(u'.');
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const bool last = i + 1 == parts.size();
        const auto found = std::find_if(at->children.begin(), at->children.end(),
            [&parts, i](const ConfigNode &child) { return child.name == parts.at(i); });
        if (found != at->children.end()) {
            if (last || found->kind != ConfigNode::Kind::Table)
                return false;
            at = &*found;
            continue;
        }
        ConfigNode child;
        child.line = line;
        child.name = parts.at(i);
        if (last) {
            child.kind = ConfigNode::Kind::Untyped;
            child.text = value;
        }
        at->children.push_back(std::move(child));
        at = &at->children.back();
    }
    return true;
}

/// Removes the quotes around \a text, or the comment after it.
QString valueOf(const QString &text)
{
    const auto isComment = [&text](qsizetype at) {
        return at >= text.size()
            || ((text.at(at) == u';' || text.at(at) == u'#') && at > 0 && text.at(at - 1).isSpace());
    };
    if (text.startsWith(u'"') || text.startsWith(u'\'')) {
        const bool whole = text.size() >= 2 && text.front() == text.back();
        const qsizetype close = text.indexOf(text.front(), 1);
        qsizetype behind = close + 1;
        while (close > 0 && behind < text.size() && text.at(behind).isSpace())
            ++behind;
        if (close > 0 && behind < text.size() && isComment(behind))
            return text.sliced(1, close - 1);
        if (whole)
            return text.sliced(1, text.size() - 2);
    }
    qsizetype end = 0;
    while (!isComment(end))
        ++end;
    return text.first(end).trimmed();
}

using RangePorts = std::vector<std::pair<int, int>>;

/// The pairs of ports of the section `[range:NAME]`; empty if it has faults.
RangePorts portsOf(const ConfigNode &section, ConfigReport &report)
{
    const ConfigNode *local = section.find(u"localPort");
    const ConfigNode *remote = section.find(u"remotePort");
    if (!local || !remote) {
        report.addFault(section.line, u"[range:...] needs local_port and remote_port"_s);
        return {};
    }
    bool good = true;
    for (const ConfigNode *list : {local, remote}) {
        if (const auto numbers = parseNumberRange(list->text); !numbers) {
            report.addFault(list->line, numbers.error().detail);
            good = false;
        }
    }
    Result<RangePorts> pairs = parseNumberRangePair(local->text, remote->text);
    if (good && !pairs)
        report.addFault(remote->line, pairs.error().detail);
    return pairs ? *std::move(pairs) : RangePorts();
}

/// The section for one pair of \a ports.
ConfigNode oneOf(const ConfigNode &range, size_t number, const std::pair<int, int> &ports)
{
    ConfigNode section = range;
    for (ConfigNode &value : section.children) {
        if (value.name == "name"_L1)
            value.text += u"_%1"_s.arg(number);
        else if (value.name == "localPort"_L1)
            value.text = QString::number(ports.first);
        else if (value.name == "remotePort"_L1)
            value.text = QString::number(ports.second);
    }
    return section;
}

/// The approximate size of \a node.
qint64 sizeOf(const ConfigNode &node)
{
    constexpr qint64 ownSize = 16;
    qint64 size = ownSize + node.name.size() + node.text.size();
    for (const ConfigNode &child : node.children)
        size += sizeOf(child);
    return size;
}

/// Replaces each range in \a sections by its sections.
void unfold(std::vector<ConfigNode> &sections, const std::vector<bool> &areRanges, ConfigReport &report)
{
    std::vector<ConfigNode> all;
    qint64 size = 0;
    for (size_t i = 0; i < sections.size() && !report.isFull(); ++i) {
        if (!areRanges.at(i)) {
            all.push_back(std::move(sections[i]));
            continue;
        }
        const RangePorts ports = portsOf(sections[i], report);
        size += sizeOf(sections[i]) * qint64(ports.size());
        if (size > configlimits::maxBytes) {
            report.addFault(sections[i].line,
                u"with its ranges the file is larger than %1 bytes"_s.arg(configlimits::maxBytes));
            break;
        }
        for (size_t number = 0; number < ports.size(); ++number)
            all.push_back(oneOf(sections[i], number, ports[number]));
    }
    sections = std::move(all);
}

} // namespace

ConfigNode readIni(const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report)
{
    ConfigNode root;
    ConfigNode proxies;
    proxies.kind = ConfigNode::Kind::Array;
    proxies.name = u"proxies"_s;
    std::set<QString> sections;
    std::vector<bool> areRanges; // for each element of proxies
    ConfigNode *section = nullptr;
    int number = 0;
    qsizetype from = 0;
    while (from < text.size() && !report.isFull()) {
        const qsizetype end =
            std::min(text.size(), text.indexOf('\n', from) + 1 > 0 ? text.indexOf('\n', from) : text.size());
        const QString line = QString::fromUtf8(text.sliced(from, end - from)).trimmed();
        from = end + 1;
        if (++number > maxLines) {
            report.addFault(number, u"more than %1 lines"_s.arg(maxLines));
            break;
        }
        if (line.isEmpty() || line.startsWith(u'#') || line.startsWith(u';'))
            continue;
        if (line.startsWith(u'[')) {
            const QString name = line.endsWith(u']') ? line.sliced(1, line.size() - 2).trimmed() : QString();
            const bool isRange = name.startsWith(rangePrefix);
            const QString tunnel = isRange ? name.sliced(rangePrefix.size()).trimmed() : name;
            if (tunnel.isEmpty()) {
                report.addFault(number, u"a section is written [name]"_s);
            } else if (!sections.insert(name).second) {
                report.addFault(number, u"there is a section [%1] already"_s.arg(logSafe(name)));
            } else if (name == "common"_L1) {
                section = &root;
            } else {
                ConfigNode proxy;
                proxy.line = number;
                put(proxy, u"name"_s, tunnel, number);
                areRanges.push_back(isRange);
                proxies.children.push_back(std::move(proxy));
                section = &proxies.children.back();
            }
            continue;
        }
        if (line.startsWith("{{"_L1)) {
            report.addFault(number, u"this is for TOML; for many ports an ini file has [range:NAME]"_s);
            continue;
        }
        const qsizetype equals = line.indexOf(u'=');
        if (equals <= 0) {
            report.addFault(number, u"expected a [section] or key = value"_s);
        } else if (!section) {
            report.addFault(number, u"this stands before the first section; it belongs into [common]"_s);
        } else {
            const QString key = line.first(equals).trimmed();
            const QString value =
                expandTemplates(valueOf(line.sliced(equals + 1).trimmed()), number, environment, report);
            if (key.count(u'.') >= configlimits::maxDepth) // the tree is processed recursively
                report.addFault(number, u"a key has more than %1 parts"_s.arg(configlimits::maxDepth));
            else if (!put(*section, tomlKey(key), value, number))
                report.addFault(number, u"'%1' is given already"_s.arg(logSafe(key)));
        }
    }
    unfold(proxies.children, areRanges, report);
    if (!proxies.children.empty()) {
        proxies.line = proxies.children.front().line;
        root.children.push_back(std::move(proxies));
    }
    return root;
}

} // namespace frpx
