// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/workdialer.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/net/sockets.h"
#include "common/protocol/messages.h"
#include "frpc/tlsdial.h"

#include <QHostInfo>

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr qint64 dialTimeoutMs = 4000; // before the server passes us over, so that it hears the reason
constexpr int sweepIntervalMs = 250;
constexpr size_t maxDials = 8192;

WorkDialer::WorkDialer(RelayPool &relays, QObject *parent)
    : QObject(parent)
    , m_relays(relays)
{
    m_sweeper.setInterval(sweepIntervalMs);
    connect(&m_sweeper, &QTimer::timeout, this, &WorkDialer::sweep);
}

WorkDialer::~WorkDialer() = default;

void WorkDialer::setService(const QString &host, quint16 port)
{
    m_serviceHost = host;
    m_servicePort = port;
    m_serviceAddress = QHostAddress(host);
    refreshService();
}

void WorkDialer::refreshService()
{
    if (QHostAddress(m_serviceHost).isNull())
        lookUpService();
}

void WorkDialer::setServer(const QHostAddress &address, quint16 port, std::shared_ptr<TlsClientContext> tls)
{
    m_tls = std::move(tls);
    m_serverAddress = address;
    m_serverPort = port;
}

void WorkDialer::lookUpService()
{
    if (m_lookingUp)
        return;
    m_lookingUp = true;
    QHostInfo::lookupHost(m_serviceHost, this, [this](const QHostInfo &info) {
        m_lookingUp = false;
        if (info.addresses().isEmpty()) {
            qCWarning(lcClient).noquote() << u"The local service's host %1 is unknown: %2"_s.arg(
                logSafe(m_serviceHost), info.errorString());
        } else if (m_serviceAddress != info.addresses().first()) {
            m_serviceAddress = info.addresses().first();
            Q_EMIT serviceAddressChanged();
        }
    });
}

void WorkDialer::dial(const QString &proxyConnId, const std::optional<proto::UserAddress> &user,
    const std::optional<QString> &tunnel)
{
    if (m_dials.size() >= maxDials)
        return Q_EMIT dialFailed(proxyConnId, u"too many connections are being dialled"_s);
    const bool isDefault = !tunnel || !m_tunnels;
    const std::optional<TunnelTarget> target =
        isDefault ? TunnelTarget{{m_serviceAddress, m_servicePort}} : m_tunnels->find(*tunnel);
    if (!target)
        return Q_EMIT dialFailed(proxyConnId, u"the tunnel is closed"_s);
    const net::Endpoint &service = target->service;
    const quint64 key = ++m_lastKey;
    const auto it = m_dials.emplace(key, Dial{}).first;
    Dial &dial = it->second;
    dial.proxyConnId = proxyConnId;
    dial.serviceName =
        isDefault ? u"%1:%2"_s.arg(logSafe(m_serviceHost)).arg(m_servicePort) : service.toString();
    dial.header = target->greeting
        + proxyproto::encode(target->proxyProtocol.value_or(m_proxyProtocol), proxyproto::headerOf(user));
    dial.meter = target->meter ? target->meter : m_meter;
    dial.deadlineMs = steadyMs() + dialTimeoutMs;
    if (!m_sweeper.isActive())
        m_sweeper.start();

    if (const Result<void> started = start(key, dial.server, m_serverAddress, m_serverPort); !started)
        return fail(it, u"the server's proxy port: "_s + started.error().detail);
    if (service.address.isNull()) {
        if (isDefault)
            lookUpService();
        return failService(it, u"its host name is unknown"_s);
    }
    if (const Result<void> started = start(key, dial.service, service.address, service.port); !started)
        failService(it, started.error().detail);
}

Result<void> WorkDialer::start(quint64 key, Leg &leg, const QHostAddress &address, quint16 port)
{
    Result<UniqueFd> fd = net::startConnect(address, port);
    if (!fd)
        return fd.error();
    leg.fd = std::move(*fd);
    net::prepareStream(leg.fd.get());
    leg.notifier = std::make_unique<QSocketNotifier>(leg.fd.get(), QSocketNotifier::Write);
    Leg Dial::*which = &leg == &m_dials.at(key).server ? &Dial::server : &Dial::service;
    connect(leg.notifier.get(), &QSocketNotifier::activated, this,
        [this, key, which] { onWritable(key, which); });
    return {};
}

void WorkDialer::onWritable(quint64 key, Leg Dial::*which)
{
    const auto it = m_dials.find(key);
    if (it == m_dials.end())
        return;
    Leg &leg = it->second.*which;
    leg.notifier->setEnabled(false);
    const Result<void> connected = net::connectResult(leg.fd.get());
    if (!connected && which == &Dial::server)
        return fail(it, u"the server's proxy port: "_s + connected.error().detail);
    if (!connected)
        return failService(it, connected.error().detail);
    leg.up = true;
    const Dial &dial = it->second;
    if (dial.server.up && (dial.service.up || dial.serviceFailed))
        complete(it);
}

void WorkDialer::complete(Dials::iterator it)
{
    Dial &dial = it->second;
    QByteArray introduction = proto::encodeFrame(proto::NewProxyConn{dial.proxyConnId});
    if (m_tls && !dial.serviceFailed) {
        secure(dial, std::move(introduction));
    } else if (m_tls) {
        // Hung up on: a server that speaks TLS takes failures, unless it is just leaving.
    } else if (dial.serviceFailed) {
        net::sendWhole(dial.server.fd.get(), introduction); // and hang up: the user learns it at once
    } else {
        RelayJob job{std::move(dial.server.fd), std::move(dial.service.fd), std::move(dial.header),
            std::move(dial.meter)};
        // Sent here and not by the relay: in a fresh connection it always fits, and it goes out now.
        if (net::sendWhole(job.user.get(), introduction))
            m_relays.adopt(std::move(job));
    }
    bury(it);
}

void WorkDialer::secure(Dial &dial, QByteArray introduction)
{
    TlsDial::Job job;
    job.relay = {
        std::move(dial.server.fd), std::move(dial.service.fd), std::move(dial.header), std::move(dial.meter)};
    job.tls = m_tls->connect();
    if (!job.tls)
        return;
    job.introduction = std::move(introduction);
    job.deadlineMs = dial.deadlineMs;
    // Called in the loop's thread.
    job.failed = [this, id = dial.proxyConnId](const QString &why) {
        QMetaObject::invokeMethod(
            this,
            [this, id, why] {
                qCWarning(lcClient).noquote() << "Cannot serve a connection:" << why;
                Q_EMIT dialFailed(id, why);
            },
            Qt::QueuedConnection);
    };
    m_relays.nextLoop().post(
        [job = std::move(job)](IoLoop &loop) mutable { TlsDial::start(loop, std::move(job)); });
}

void WorkDialer::failService(Dials::iterator it, const QString &reason)
{
    const QString what = u"the local service %1: %2"_s.arg(it->second.serviceName, reason);
    refreshService();
    if (m_serverTakesFailures)
        return fail(it, what);
    qCWarning(lcClient).noquote() << "Cannot serve a connection:" << what;
    it->second.serviceFailed = true;
    if (it->second.server.up)
        complete(it);
}

void WorkDialer::fail(Dials::iterator it, const QString &reason)
{
    qCWarning(lcClient).noquote() << "Cannot serve a connection:" << reason;
    const QString id = it->second.proxyConnId;
    bury(it);
    Q_EMIT dialFailed(id, reason);
}

void WorkDialer::bury(Dials::iterator it)
{
    for (Leg *leg : {&it->second.server, &it->second.service}) {
        if (!leg->notifier)
            continue;
        leg->notifier->setEnabled(false);
        leg->notifier.release()->deleteLater(); // it may be the one whose signal we are in
    }
    m_dials.erase(it);
    if (m_dials.empty())
        m_sweeper.stop();
}

void WorkDialer::abortAll()
{
    while (!m_dials.empty())
        bury(m_dials.begin());
}

void WorkDialer::sweep()
{
    const qint64 now = steadyMs();
    std::vector<quint64> late;
    for (const auto &[key, dial] : m_dials) {
        if (dial.deadlineMs <= now)
            late.push_back(key);
    }
    for (const quint64 key : late) {
        const auto it = m_dials.find(key);
        if (it == m_dials.end())
            continue;
        if (it->second.server.up)
            failService(it, u"it does not answer"_s);
        else
            fail(it, u"the server's proxy port does not answer"_s);
    }
}

} // namespace frpx::client
