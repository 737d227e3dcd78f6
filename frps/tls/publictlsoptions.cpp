// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tls/publictlsoptions.h"

#include "common/config/tablereader.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// The rule of the three options; nullopt without a certificate.
std::optional<PublicTlsRule> ruleOfOptions(CommandLine &line)
{
    PublicTlsRule rule;
    rule.ofPublicPort = true;
    rule.certificateFile = line.text(u"public-tls-cert"_s);
    rule.keyFile = line.text(u"public-tls-key"_s);
    const QString ports = line.text(u"public-tls-ports"_s);
    if (rule.certificateFile.isEmpty() != rule.keyFile.isEmpty())
        line.fail(u"--public-tls-cert and --public-tls-key go together."_s);
    if (Result<PortRanges> ranges = PortRanges::parse(ports))
        rule.ports = *std::move(ranges);
    else
        line.fail(u"--public-tls-ports: "_s + ranges.error().detail);
    // An error: otherwise these ports would be plain without notice.
    if (!ports.isEmpty() && rule.certificateFile.isEmpty())
        line.fail(u"--public-tls-ports goes with --public-tls-cert."_s);
    return rule.certificateFile.isEmpty() ? std::nullopt : std::optional(std::move(rule));
}

PublicTlsRule ruleOfTable(const ConfigNode &table, ConfigReport &report)
{
    TableReader reader(table, u"publicTls"_s, report);
    PublicTlsRule rule;
    if (Result<PortRanges> ports = PortRanges::parse(reader.text(u"ports"_s)); !ports)
        reader.fault(u"ports"_s, ports.error().detail);
    else if (ports->isEmpty())
        reader.fault(u"ports"_s, u"names the ports, such as \"9930-9932,10000\""_s);
    else
        rule.ports = *std::move(ports);
    rule.certificateFile = reader.text(u"certFile"_s);
    rule.keyFile = reader.text(u"keyFile"_s);
    if (rule.certificateFile.isEmpty())
        reader.fault(u"certFile"_s, u"is missing"_s);
    if (rule.keyFile.isEmpty())
        reader.fault(u"keyFile"_s, u"is missing"_s);
    reader.finish();
    return rule;
}

} // namespace

void addPublicTlsOptions(CommandLine &line)
{
    line.addLive(u"public-tls-cert"_s,
        u"Visitors of the public port use TLS and see this certificate (PEM, followed by its chain); clients "
        "get the plain data. The file is checked every few seconds, and a new certificate is used at once"_s,
        u"FILE"_s);
    line.addLive(u"public-tls-key"_s, u"Key of that certificate (PEM, no passphrase)"_s, u"FILE"_s);
    line.addLive(u"public-tls-ports"_s,
        u"Visitors of tunnels on these ports use TLS, too: a list such as 9930-9932,10000. Other ports may "
        "have other certificates, by [[publicTls]] in the configuration file"_s,
        u"RANGES"_s);
}

QList<std::pair<QString, QString>> publicTlsKeys()
{
    return {{u"ports"_s, u"The ports of the tunnels: a list such as 9930-9932,10000"_s},
        {u"certFile"_s, u"Certificate (PEM, followed by its chain)"_s},
        {u"keyFile"_s, u"Key of that certificate (PEM, no passphrase)"_s}};
}

std::vector<PublicTlsRule> readPublicTls(const ConfigNode &root, quint16 publicPort, CommandLine &line)
{
    std::vector<PublicTlsRule> rules;
    if (std::optional<PublicTlsRule> rule = ruleOfOptions(line))
        rules.push_back(*std::move(rule));
    ConfigReport &report = line.report();
    const ConfigNode *tables = root.find(u"publicTls");
    if (!tables)
        return rules;
    if (tables->kind != ConfigNode::Kind::Array) {
        report.addFault(tables->line, u"'publicTls' is written [[publicTls]], once for each certificate"_s);
        return rules;
    }
    for (const ConfigNode &table : tables->children) {
        if (report.isFull())
            break;
        if (table.kind != ConfigNode::Kind::Table) {
            report.addFault(table.line, u"'publicTls' is written [[publicTls]], once for each certificate"_s);
            break;
        }
        if (rules.size() >= maxPublicTlsRules) {
            report.addFault(table.line, u"more than %1 [[publicTls]]"_s.arg(maxPublicTlsRules));
            break;
        }
        PublicTlsRule rule = ruleOfTable(table, report);
        const bool isTwice =
            std::any_of(rules.begin(), rules.end(), [&rule, publicPort](const PublicTlsRule &before) {
                return before.ports.intersects(rule.ports)
                    || (before.ofPublicPort && rule.ports.contains(publicPort));
            });
        if (isTwice)
            report.addFault(table.line, u"a port of this [[publicTls]] has a certificate already"_s);
        rules.push_back(std::move(rule));
    }
    return rules;
}

} // namespace frpx::server
