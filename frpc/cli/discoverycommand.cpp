// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/cli/discoverycommand.h"

#include "common/core/logging.h"
#include "common/tunnel/tunnelfield.h"
#include "frpc/session/tokenfile.h"
#include "frpc/trust/knownservers.h"

#include <array>

using namespace Qt::StringLiterals;

namespace frpx::client {

DiscoveryCommand::DiscoveryCommand(const ClientConfig &config, AskTrust ask, QObject *parent)
    : QObject(parent)
    , m_config(config)
    , m_ask(std::move(ask))
{ }

Discovery::Target DiscoveryCommand::target(const ClientConfig &config)
{
    Discovery::Target target;
    target.host = config.session.serverHost;
    target.controlPort = config.session.controlPort;
    target.proxy = config.session.proxy;
    target.tls = config.session.tls;
    target.email = config.email;
    target.password = config.password;
    const Result<std::optional<QString>> token = TokenFile(config.tokenFile).load();
    if (token && *token)
        target.token = **token;
    else if (!token)
        qCWarning(lcClient).noquote() << token.error().detail;
    return target;
}

void DiscoveryCommand::start()
{
    m_discovery = std::make_unique<Discovery>(target(m_config));
    connect(m_discovery.get(), &Discovery::servicesFound, this,
        [this](const std::vector<Service> &services) { Q_EMIT answered(table(services)); });
    connect(m_discovery.get(), &Discovery::freePortsFound, this,
        [this](const std::vector<PortRange> &ports) { Q_EMIT answered(list(ports)); });
    connect(m_discovery.get(), &Discovery::failed, this, &DiscoveryCommand::failed);
    // Queued: the answer of a person may take a minute, and then a new Discovery replaces this one.
    connect(m_discovery.get(), &Discovery::serverRefused, this, &DiscoveryCommand::onServerRefused,
        Qt::QueuedConnection);
    if (m_config.task == ClientConfig::Task::Ports)
        m_discovery->findFreePorts();
    else
        m_discovery->findServices(m_config.prefix);
}

void DiscoveryCommand::onServerRefused(const ServerCertificate &shown, const Error &error)
{
    const bool mayAsk = error.code == Errc::UnknownServer && m_ask;
    const Result<bool> answer = mayAsk ? m_ask(shown) : Error{Errc::NotFound, {}};
    if (!answer && answer.error().code == Errc::Io)
        return; // interrupted by the signal that ends the program
    if (!answer || !*answer)
        return Q_EMIT failed({error.code, answer ? error.detail : explainRefusal(shown, error)});
    const Result<void> kept = KnownServers(m_config.session.tls.knownServersFile)
                                  .remember(shown.host, shown.port, shown.fingerprint);
    if (!kept)
        return Q_EMIT failed(kept.error());
    start();
}

QString DiscoveryCommand::table(const std::vector<Service> &services)
{
    constexpr size_t columns = 7;
    using Row = std::array<QString, columns>;
    std::vector<Row> rows{
        {u"PORT"_s, u"NAME"_s, u"ONLINE"_s, u"SERVED"_s, u"OPEN SINCE"_s, u"CLOSES"_s, u"MESSAGE"_s}};
    const auto of = [](int count, int limit) {
        return limit > 0 ? u"%1/%2"_s.arg(count).arg(limit) : QString::number(count);
    };
    for (const Service &service : services) {
        rows.push_back(
            {QString::number(service.port), logSafe(service.name), of(service.online, service.capacity),
                of(service.alreadyServe, service.totalServe), logSafe(service.birth).left(19),
                service.deadLine.isEmpty() ? u"-"_s : logSafe(service.deadLine).left(19),
                logSafe(service.message, maxTunnelMessageLength)});
    }
    std::array<qsizetype, columns> widths{};
    for (const Row &row : rows) {
        for (size_t i = 0; i < columns; ++i)
            widths.at(i) = std::max(widths.at(i), row.at(i).size());
    }
    QString text;
    for (const Row &row : rows) {
        QString line;
        for (size_t i = 0; i < columns; ++i)
            line += row.at(i).leftJustified(widths.at(i)) + u"  "_s;
        while (line.endsWith(u' '))
            line.chop(1);
        text += line + u'\n';
    }
    return text;
}

QString DiscoveryCommand::list(const std::vector<PortRange> &ports)
{
    QStringList parts;
    for (const PortRange &range : ports) {
        parts +=
            range.from == range.to ? QString::number(range.from) : u"%1-%2"_s.arg(range.from).arg(range.to);
    }
    return parts.join(u',') + u'\n';
}

} // namespace frpx::client
