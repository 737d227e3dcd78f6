// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/keptports.h"

#include "common/core/logging.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

struct KeptPorts::Request
{
    qint64 userId;
    QString tunnelName;
    QString protocol;
    quint16 port;
    Callback callback;

    LeaseKey key() const { return keyOf(userId, tunnelName, protocol); }
};

LeaseKey KeptPorts::keyOf(qint64 userId, const QString &tunnelName, const QString &protocol)
{
    return {accountUserPrefix.toString() + QString::number(userId), tunnelName,
        protocolFromName(protocol).value_or(PortProtocol::Tcp)};
}

void KeptPorts::acquire(
    qint64 userId, const QString &tunnelName, const QString &protocol, quint16 wantedPort, Callback callback)
{
    Request request{userId, tunnelName, protocol, wantedPort, std::move(callback)};
    const LeaseKey key = request.key();
    if (wantedPort == 0) {
        m_keeper.lease(key, 0, [this, request](const Result<quint16> &port) mutable {
            if (!port && port.error().code == Errc::NotFound)
                return request.callback(Error{Errc::Busy, port.error().detail}); // all are taken
            if (!port)
                return request.callback(port.error());
            request.port = *port;
            m_ports.acquire(
                request.userId, request.tunnelName, request.protocol, request.port, request.callback);
        });
        return;
    }
    const std::optional<quint16> kept = m_keeper.find(key);
    if (kept == wantedPort || m_keeper.isFree(key.protocol, wantedPort))
        return take(request);
    if (m_keeper.allowed().contains(wantedPort))
        return request.callback(
            Error{Errc::AlreadyExists, u"Port %1 belongs to another tunnel."_s.arg(wantedPort)});
    // Not one that is given away: the other one knows the words for it.
    m_ports.acquire(userId, tunnelName, protocol, wantedPort, request.callback);
}

/// The wanted port belongs to nobody else: it is the tunnel's once it can be used.
void KeptPorts::take(const Request &request)
{
    m_ports.acquire(request.userId, request.tunnelName, request.protocol, request.port,
        [this, request](const Result<quint16> &port) {
            if (!port)
                return request.callback(port);
            const auto keep = [this, request] {
                m_keeper.lease(request.key(), request.port, [request](const Result<quint16> &kept) {
                    if (!kept) // it is open all the same; only whether it is so tomorrow is not sure
                        qCWarning(lcPorts).noquote() << "A port is not kept:" << kept.error().detail;
                    request.callback(request.port);
                });
            };
            const std::optional<quint16> before = m_keeper.find(request.key());
            if (before && *before != request.port)
                m_keeper.release(request.key(), [keep](const Result<Lease> &) { keep(); });
            else
                keep();
        });
}

void KeptPorts::release(qint64 userId, const QString &tunnelName, const QString &protocol, qint64 heldForMs)
{
    m_ports.release(userId, tunnelName, protocol, heldForMs);
}

} // namespace frpx::server
