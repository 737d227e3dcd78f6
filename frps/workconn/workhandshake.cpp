// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/workconn/workhandshake.h"

#include <array>

using namespace Qt::StringLiterals;

namespace frpx::server {

void WorkHandshake::start(IoLoop &loop, Job job)
{
    const int fd = job.fd.get();
    auto owned = std::make_unique<WorkHandshake>(loop, std::move(job));
    WorkHandshake *handshake = owned.get();
    loop.adopt(std::move(owned));
    loop.setTicking(handshake, true);
    // Watching reports a descriptor that is ready. It reports nothing if all bytes have been read already,
    // hence queueHandshake().
    if (!loop.watch(handshake, 0, fd))
        return handshake->fail(u"out of descriptors"_s);
    loop.queueHandshake(handshake);
}

WorkHandshake::WorkHandshake(IoLoop &loop, Job job)
    : m_loop(loop)
    , m_stream(std::move(job.fd), std::move(job.tls), loop.scratch().records)
    , m_deadlineMs(job.deadlineMs)
    , m_recalled(std::move(job.recalled))
    , m_done(std::move(job.done))
{ }

void WorkHandshake::onIo(int /*side*/, IoEvents events)
{
    if (events.readable)
        m_stream.setReadable();
    if (events.writable)
        m_stream.setWritable();
    if (events.hungUp)
        m_stream.setHungUp();
    if (events.broken)
        m_stream.setBroken();
    if (m_secured)
        proceed();
    else
        m_loop.queueHandshake(this);
}

void WorkHandshake::onTick(qint64 nowMs)
{
    if (nowMs >= m_deadlineMs || (m_recalled && m_recalled->load(std::memory_order_relaxed)))
        fail(u"it did not introduce itself in time"_s);
}

void WorkHandshake::proceed()
{
    if (m_stream.hasUnsent() && m_stream.isWritable() && !m_stream.flush())
        return fail(u"it broke"_s);
    if (!m_secured) {
        switch (m_stream.handshake()) {
        case TlsState::Progress::Failed:
            return fail(m_stream.tls()->whyFailed());
        case TlsState::Progress::Waiting:
            return;
        case TlsState::Progress::Done:
            m_secured = true;
        }
    }
    if (!m_opening)
        readOpening();
    else if (!m_stream.hasUnsent())
        conclude();
}

void WorkHandshake::readOpening()
{
    while (m_stream.isReadable()) {
        std::array<char, 256> bytes; // such a frame has about 70 bytes
        const auto room = std::min<size_t>(size_t(m_frame.missing()), bytes.size());
        const WireRead got = m_stream.read(bytes.data(), room);
        if (got.bytes > 0) {
            Result<std::optional<WorkOpening>> frame =
                m_frame.add({bytes.data(), static_cast<qsizetype>(got.bytes)});
            if (!frame)
                return fail(frame.error().detail);
            m_opening = std::move(*frame);
            if (m_opening) {
                if (!m_stream.hasUnsent()) // else the session tickets of TLS are sent first
                    conclude();
                return;
            }
        }
        if (got.status != WireStatus::Open)
            return fail(u"it closed without introducing itself"_s);
    }
}

void WorkHandshake::conclude()
{
    m_loop.unwatch(this, 0, m_stream.fd());
    std::unique_ptr<TlsState> tls = m_stream.takeTls();
    m_done(Opened{std::move(*m_opening), WorkConn(m_stream.takeFd(), std::move(tls))});
    m_loop.finish(this);
}

void WorkHandshake::fail(const QString &why)
{
    m_done(Error{Errc::LinkLost, why});
    m_loop.finish(this);
}

} // namespace frpx::server
