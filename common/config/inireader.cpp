// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/inireader.h"

#include "common/config/configtemplate.h"
#include "common/core/logging.h"

#include <iterator>
#include <set>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr int maxLines = 20'000;

struct Renamed
{
    QStringView ini;
    QStringView toml;
};

/// Keys that are in a table of their own today.
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
    {u"health_check_type", u"healthCheck.type"},
    {u"health_check_url", u"healthCheck.path"},
    {u"health_check_timeout_s", u"healthCheck.timeoutSeconds"},
    {u"health_check_interval_s", u"healthCheck.intervalSeconds"},
    {u"health_check_max_failed", u"healthCheck.maxFailed"},
};

/// "local_ip" becomes "localIP".
QString tomlKey(const QString &iniKey)
{
    for (const Renamed &renamed : renamedKeys) {
        if (renamed.ini == iniKey)
            return renamed.toml.toString();
    }
    const QStringList words = iniKey.split(u'_');
    QString key = words.first();
    for (const QString &word : words.sliced(1)) {
        const bool abbreviation = word == "ip"_L1 || word == "id"_L1;
        key += abbreviation ? word.toUpper()
                            : word.left(1).toUpper() + word.sliced(std::min<qsizetype>(1, word.size()));
    }
    return key;
}

/// Puts \a value at the dotted \a key; false if there is one already.
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

QString unquoted(const QString &value)
{
    const bool quoted = value.size() >= 2 && value.front() == value.back()
        && (value.front() == u'"' || value.front() == u'\'');
    return quoted ? value.sliced(1, value.size() - 2) : value;
}

} // namespace

ConfigNode readIni(const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report)
{
    ConfigNode root;
    ConfigNode proxies;
    proxies.kind = ConfigNode::Kind::Array;
    proxies.name = u"proxies"_s;
    std::set<QString> sections;
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
            if (name.isEmpty()) {
                report.addFault(number, u"a section is written [name]"_s);
            } else if (!sections.insert(name).second) {
                report.addFault(number, u"there is a section [%1] already"_s.arg(logSafe(name)));
            } else if (name == "common"_L1) {
                section = &root;
            } else {
                ConfigNode proxy;
                proxy.line = number;
                put(proxy, u"name"_s, name, number);
                proxies.children.push_back(std::move(proxy));
                section = &proxies.children.back();
            }
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
                expandTemplates(unquoted(line.sliced(equals + 1).trimmed()), number, environment, report);
            if (key.count(u'.') >= configlimits::maxDepth) // the tree is walked and freed recursively
                report.addFault(number, u"a key has more than %1 parts"_s.arg(configlimits::maxDepth));
            else if (!put(*section, tomlKey(key), value, number))
                report.addFault(number, u"'%1' is given already"_s.arg(logSafe(key)));
        }
    }
    if (!proxies.children.empty()) {
        proxies.line = proxies.children.front().line;
        root.children.push_back(std::move(proxies));
    }
    return root;
}

} // namespace frpx
