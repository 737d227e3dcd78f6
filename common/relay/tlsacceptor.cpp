// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/tlsacceptor.h"

using namespace Qt::StringLiterals;

namespace frpx {

TlsAcceptor::TlsAcceptor(IoLoop &loop, Job job)
    : m_loop(loop)
    , m_stream(std::move(job.fd), std::move(job.tls), loop.scratch().records)
    , m_deadlineMs(job.deadlineMs)
    , m_recalled(std::move(job.recalled))
{ }

void TlsAcceptor::start(std::unique_ptr<TlsAcceptor> acceptor)
{
    TlsAcceptor *handler = acceptor.get();
    IoLoop &loop = handler->m_loop;
    loop.adopt(std::move(acceptor));
    loop.setTicking(handler, true);
    if (!loop.watch(handler, 0, handler->m_stream.fd()))
        return handler->fail(u"out of descriptors"_s);
    // No event follows if all bytes have been read already.
    loop.queueHandshake(handler);
}

void TlsAcceptor::onIo(int /*side*/, IoEvents events)
{
    if (events.readable)
        m_stream.setReadable();
    if (events.writable)
        m_stream.setWritable();
    if (events.hungUp)
        m_stream.setHungUp();
    if (events.broken)
        m_stream.setBroken();
    if (!flush())
        return;
    if (m_secured)
        onSecured();
    else if (events.readable)
        m_loop.queueHandshake(this);
}

/// False if the connection is broken.
bool TlsAcceptor::flush()
{
    if (!m_stream.hasUnsent() || !m_stream.isWritable() || m_stream.flush())
        return true;
    fail(u"the connection broke"_s);
    return false;
}

void TlsAcceptor::onTick(qint64 nowMs)
{
    if (nowMs >= m_deadlineMs || (m_recalled && m_recalled->load(std::memory_order_relaxed)))
        fail(u"it took too long"_s);
}

void TlsAcceptor::onHandshakeTurn()
{
    if (m_secured || (!m_stream.tls()->hasBegun() && !mayBegin()))
        return;
    switch (m_stream.handshake()) {
    case TlsState::Progress::Failed:
        return fail(m_stream.tls()->whyFailed());
    case TlsState::Progress::Waiting:
        return;
    case TlsState::Progress::Done:
        m_secured = true;
        return onSecured();
    }
}

void TlsAcceptor::fail(const QString &why)
{
    onFailed(why);
    m_loop.finish(this);
}

void TlsAcceptor::conclude()
{
    m_loop.unwatch(this, 0, m_stream.fd());
    m_loop.finish(this);
}

} // namespace frpx
