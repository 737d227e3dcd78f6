// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/public/tlsdoor.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "frps/public/doorkeeper.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

template <typename Key>
void countDown(QHash<Key, int> &counts, const Key &key)
{
    if (const auto it = counts.find(key); --*it == 0)
        counts.erase(it);
}

} // namespace

TlsDoor::TlsDoor(TlsDoorLimits limits, RelayPool &relays, Handler handler, QObject *parent)
    : QObject(parent)
    , m_limits(limits)
    , m_relays(relays)
    , m_handler(std::move(handler))
{ }

TlsDoor::~TlsDoor() = default;

void TlsDoor::receive(Ticket ticket, const std::shared_ptr<const TlsServerContext> &context)
{
    const net::Endpoint source = sourceOf(ticket);
    if (source.address.isNull())
        return; // gone already
    const net::SourceKey key = net::sourceKey(source.address);
    const TunnelId tunnel = ticket.tunnel;
    const auto port = static_cast<quint64>(tunnel);
    if (m_total >= m_limits.total || m_ofPort.value(port) >= m_limits.ofPort
        || m_ofSource.value(key) >= m_limits.ofSource)
        return complain(source, u"too many are under way"_s);
    UserHandshake::Job job{std::move(ticket), context->accept(), steadyMs() + m_limits.timeoutMs, {}};
    if (!job.tls)
        return complain(source, u"out of memory"_s);
    ++m_total;
    ++m_ofPort[port];
    ++m_ofSource[key];
    // Called in the loop's thread.
    job.done = [this, tunnel, source](Result<Ticket> outcome) {
        // A functor for a queued call must be copyable; a call that is never delivered still closes the user.
        auto shared = std::make_shared<Result<Ticket>>(std::move(outcome));
        QMetaObject::invokeMethod(
            this, [this, tunnel, source, shared] { onDone(tunnel, source, std::move(*shared)); },
            Qt::QueuedConnection);
    };
    m_relays.nextLoop().post(
        [job = std::move(job)](IoLoop &loop) mutable { UserHandshake::start(loop, std::move(job)); });
}

void TlsDoor::onDone(TunnelId tunnel, const net::Endpoint &source, Result<Ticket> outcome)
{
    --m_total;
    countDown(m_ofPort, static_cast<quint64>(tunnel));
    countDown(m_ofSource, net::sourceKey(source.address));
    if (outcome)
        return m_handler(*std::move(outcome));
    if (!outcome.error().detail.isEmpty())
        complain(source, outcome.error().detail);
}

void TlsDoor::complain(const net::Endpoint &source, const QString &why)
{
    ++m_failed;
    if (const quint64 cases = m_complaints.count(steadyMs())) {
        qCWarning(lcPublic).noquote()
            << u"A user at %1 is closed in his TLS handshake: %2"_s.arg(source.toString(), why)
                + sinceLastLine(cases);
    }
}

} // namespace frpx::server
