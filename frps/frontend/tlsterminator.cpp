// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/tlsterminator.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "frps/frontend/accesscontrol.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr LogKind handshakeFailed{lcPublic};

TlsTerminator::TlsTerminator(TlsTerminatorLimits limits, RelayPool &relays, Handler handler, QObject *parent)
    : QObject(parent)
    , m_limits(limits)
    , m_relays(relays)
    , m_handler(std::move(handler))
    , m_line(static_cast<size_t>(limits.atOnce))
{ }

TlsTerminator::~TlsTerminator() = default;

void TlsTerminator::receive(VisitorConnection visitor, const std::shared_ptr<const TlsServerContext> &context)
{
    const net::Endpoint source = sourceOf(visitor);
    if (source.address.isNull())
        return; // the visitor has closed
    const net::SourceKey key = net::sourceKey(source.address);
    const auto port = static_cast<quint64>(visitor.tunnel);
    if (waiting() >= m_limits.total || m_ofPort.value(port) >= m_limits.ofPort
        || m_line.sizeOf(key) >= static_cast<size_t>(m_limits.ofSource))
        return complain(source, u"too many are under way"_s);
    ++m_ofPort[port];
    const quint64 id = ++m_lastInLine;
    m_line.join(id, key);
    m_lined.emplace(id, Lined{std::move(visitor), source, context, steadyMs() + m_limits.timeoutMs});
    startNext();
}

/// Starts handshakes in the relay loops while there are places.
void TlsTerminator::startNext()
{
    const qint64 now = steadyMs();
    while (const std::optional<quint64> id = m_line.next(now)) {
        Lined lined = std::move(m_lined.extract(*id).mapped());
        const TunnelId tunnel = lined.visitor.tunnel;
        const size_t loopIndex = lined.visitor.loop;
        TlsAcceptor::Job job{{}, lined.context->accept(), now + m_limits.timeoutMs};
        if (!job.tls) {
            leave(*id, tunnel);
            complain(lined.source, u"out of memory"_s);
            continue;
        }
        job.recalled = std::make_shared<std::atomic<bool>>(false);
        m_begun.emplace(*id, job.recalled);
        // Called in the loop's thread.
        UserHandshake::Done done = [this, id = *id, tunnel, source = lined.source](
                                       Result<VisitorConnection> outcome) {
            // A functor for a queued call must be copyable. A call that is never delivered still closes the
            // connection.
            auto shared = std::make_shared<Result<VisitorConnection>>(std::move(outcome));
            QMetaObject::invokeMethod(
                this, [this, id, tunnel, source, shared] { onDone(id, tunnel, source, std::move(*shared)); },
                Qt::QueuedConnection);
        };
        m_relays.handOver(loopIndex,
            [visitor = std::move(lined.visitor), job = std::move(job), done = std::move(done)](
                IoLoop &loop) mutable {
                UserHandshake::start(loop, std::move(visitor), std::move(job), std::move(done));
            });
    }
}

void TlsTerminator::leave(quint64 id, TunnelId tunnel)
{
    m_line.leave(id);
    const auto it = m_ofPort.find(static_cast<quint64>(tunnel));
    if (--*it == 0)
        m_ofPort.erase(it);
}

void TlsTerminator::onDone(
    quint64 id, TunnelId tunnel, const net::Endpoint &source, Result<VisitorConnection> outcome)
{
    leave(id, tunnel);
    m_begun.erase(id);
    startNext();
    if (outcome)
        return m_handler(*std::move(outcome));
    if (!outcome.error().detail.isEmpty())
        complain(source, outcome.error().detail);
}

void TlsTerminator::sweep(qint64 nowMs)
{
    while (!m_lined.empty() && m_lined.begin()->second.deadlineMs <= nowMs) {
        const auto oldest = m_lined.begin();
        complain(oldest->second.source, u"too many are under way"_s);
        leave(oldest->first, oldest->second.visitor.tunnel);
        m_lined.erase(oldest);
    }
    for (const quint64 id : m_line.overdue(nowMs))
        m_begun.at(id)->store(true, std::memory_order_relaxed);
}

void TlsTerminator::complain(const net::Endpoint &source, const QString &why)
{
    ++m_failed;
    logThrottled(handshakeFailed,
        u"A visitor at %1 is closed during its TLS handshake: %2"_s.arg(source.toString(), why));
}

} // namespace frpx::server
