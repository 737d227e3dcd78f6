// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The part of ClientSession that verifies the server: docs/adr/0018.

#include "common/core/logging.h"
#include "frpc/session/clientsession.h"
#include "frpc/trust/knownservers.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr qint64 refusalDelayMs = 600'000; // may be an attack, and will not be gone in a minute

std::unique_ptr<ServerConnector> ClientSession::makeConnector()
{
    auto connector = std::make_unique<ServerConnector>(
        ServerTarget{m_settings.serverHost, m_settings.controlPort, m_settings.proxy}, m_settings.tls,
        m_accepted);
    connect(connector.get(), &ServerConnector::refused, this, &ClientSession::onServerRefused);
    return connector;
}

void ClientSession::onServerRefused(const ServerCertificate &shown, const Error &error)
{
    const ServerCertificate certificate = shown; // a copy: the sender is deleted
    const Error reason = error;
    if (reason.code != Errc::UnknownServer) {
        Q_EMIT serverRefused(certificate, reason);
        if (m_state == State::Connecting
            || m_state == State::Waiting) // otherwise a receiver of the signal has changed the state
            lose(reason, false, refusalDelayMs);
        return;
    }
    dropLink();
    m_deadline.stop();
    endQueries(reason);
    if (setState(State::NeedsTrust))
        Q_EMIT trustNeeded(certificate);
}

void ClientSession::trustServer(const Fingerprint &certificate)
{
    m_accepted.reset();
    const KnownServers known(m_settings.tls.knownServersFile);
    const Result<void> kept = known.remember(m_settings.serverHost, m_settings.controlPort, certificate);
    if (!kept) {
        qCWarning(lcClient).noquote()
            << "The server is trusted until the end of the program only:" << kept.error().detail;
        m_accepted = certificate;
    }
    if (m_state == State::NeedsTrust || m_state == State::Waiting)
        openLink();
}

/// The TLS context of the connections to the proxy port; null while the link is plain.
Result<std::shared_ptr<TlsClientContext>> ClientSession::workTls()
{
    if (!m_workTarget)
        return std::shared_ptr<TlsClientContext>();
    if (!m_workTls || m_workTls->target() != *m_workTarget) {
        Result<std::shared_ptr<TlsClientContext>> made = TlsClientContext::create(*m_workTarget);
        if (!made)
            return made.error();
        m_workTls = std::move(*made);
    }
    return m_workTls;
}

/// Leads to the address that the control link has reached, or through the same proxy.
WorkRoute ClientSession::workRoute(std::shared_ptr<TlsClientContext> tls) const
{
    WorkRoute route{m_reached, std::move(tls)};
    if (m_settings.proxy) {
        route.proxy = std::make_shared<const net::ProxyRequest>(
            net::ProxyRequest{*m_settings.proxy, m_settings.serverHost, m_settings.proxyPort});
    } else {
        route.endpoint.port = m_settings.proxyPort;
    }
    return route;
}

} // namespace frpx::client
