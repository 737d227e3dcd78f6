// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/unservedvisitors.h"

#include "common/net/sockets.h"
#include "common/relay/stream.h"
#include "frps/frontend/unservedanswer.h"

namespace frpx::server {

namespace {

/// One connection, in a relay loop.
class UnservedVisitor : public IoHandler
{
public:
    static void start(IoLoop &loop, VisitorConnection visitor, std::atomic<int> &count)
    {
        const int fd = visitor.fd.get();
        auto owned = std::make_unique<UnservedVisitor>(loop, std::move(visitor), count);
        UnservedVisitor *handler = owned.get();
        loop.adopt(std::move(owned));
        if (!loop.watch(handler, 0, fd)) // watching reports a descriptor that is ready
            return handler->reset();
        loop.setTicking(handler, true);
        if (!handler->m_first.isEmpty())
            loop.requeue(handler); // TLS may have read all bytes already
    }

    UnservedVisitor(IoLoop &loop, VisitorConnection visitor, std::atomic<int> &count)
        : m_loop(loop)
        , m_count(count)
        , m_lease(std::move(visitor.lease))
        , m_stream(std::move(visitor.fd), std::move(visitor.tls), loop.scratch().records)
        , m_first(visitor.early.first(std::min(visitor.early.size(), maxUnservedHead)))
        , m_deadlineMs(loop.nowMs() + UnservedVisitors::firstBytesMs)
    { }
    ~UnservedVisitor() override { m_count.fetch_sub(1, std::memory_order_relaxed); }

    void onIo(int /*side*/, IoEvents events) override
    {
        if (events.readable)
            m_stream.setReadable();
        if (events.writable)
            m_stream.setWritable();
        if (events.urgent)
            m_stream.setUrgent();
        if (events.hungUp)
            m_stream.setHungUp();
        if (events.broken)
            m_stream.setBroken();
        proceed();
    }
    void onTurn() override { proceed(); }
    void onTick(qint64 nowMs) override
    {
        if (nowMs < m_deadlineMs)
            return;
        if (m_isAnswered)
            return m_loop.finish(this);
        m_isAll = true;
        decide();
    }
    bool cut(const void *key) override
    {
        if (m_lease.get() != key)
            return false;
        reset();
        return true;
    }
    bool wantsRead(int /*side*/) const override { return !m_hasEnded; }
    bool wantsWrite(int /*side*/) const override { return m_stream.hasUnsent(); }
    bool wantsError(int /*side*/) const override { return m_hasEnded; }

private:
    void proceed()
    {
        if (m_stream.hasUnsent() && m_stream.isWritable() && !m_stream.flush())
            return m_loop.finish(this);
        if (!read())
            return m_loop.finish(this);
        if (!m_isAnswered)
            return decide();
        conclude();
    }

    /// Reads the available bytes; false if the connection is broken, or has sent more than allowed.
    bool read()
    {
        constexpr int readsPerTurn = 8;
        std::vector<char> &buffer = m_loop.scratch().buffer;
        for (int reads = 0; m_stream.isReadable() && !m_hasEnded; ++reads) {
            if (reads == readsPerTurn) {
                m_loop.requeue(this);
                break;
            }
            const WireRead got = m_stream.read(buffer.data(), buffer.size());
            if (got.status == WireStatus::Broken)
                return false;
            m_hasEnded = got.status == WireStatus::Ended;
            m_discarded += static_cast<qint64>(got.bytes);
            if (m_discarded > UnservedVisitors::maxDiscarded)
                return false;
            if (!m_isAnswered)
                m_first.append(
                    buffer.data(), std::min(qsizetype(got.bytes), maxUnservedHead - m_first.size()));
        }
        m_isAll |= m_hasEnded;
        return true;
    }

    void decide()
    {
        UnservedAnswer answer = unservedAnswer(m_first, m_isAll);
        if (answer.kind == UnservedAnswer::Kind::TlsAlert && m_stream.tls())
            answer = {UnservedAnswer::Kind::Reset}; // TLS within TLS
        switch (answer.kind) {
        case UnservedAnswer::Kind::MoreNeeded:
            return;
        case UnservedAnswer::Kind::Reset:
            return m_hasEnded && m_first.isEmpty() ? m_loop.finish(this) : reset();
        case UnservedAnswer::Kind::Http:
        case UnservedAnswer::Kind::TlsAlert:
            break;
        }
        m_isAnswered = true;
        m_deadlineMs = m_loop.nowMs() + UnservedVisitors::goodbyeMs;
        if (!m_stream.write(answer.bytes))
            return m_loop.finish(this);
        conclude();
    }

    /// After the answer the direction to the visitor is closed, and the other one is read to its end: unread
    /// data would turn the close into a reset, which may overtake the answer.
    void conclude()
    {
        if (m_stream.hasUnsent())
            return;
        if (!std::exchange(m_isEnded, true) && !m_stream.endWriting())
            return m_loop.finish(this);
        if (m_hasEnded && !m_stream.hasUnsent())
            m_loop.finish(this);
    }

    void reset()
    {
        net::resetOnClose(m_stream.fd());
        m_loop.finish(this);
    }

    IoLoop &m_loop;
    std::atomic<int> &m_count; ///< of UnservedVisitors, which outlives the loops
    const std::shared_ptr<void> m_lease; ///< see VisitorConnection
    Stream m_stream;
    QByteArray m_first; ///< the first bytes of the visitor, until the answer
    qint64 m_deadlineMs; ///< for the first bytes, then for the end
    qint64 m_discarded = 0;
    bool m_isAll = false; ///< no more of the first bytes are expected
    bool m_isAnswered = false;
    bool m_isEnded = false; ///< the direction to the visitor
    bool m_hasEnded = false; ///< the direction from the visitor
};

} // namespace

void UnservedVisitors::answer(VisitorConnection visitor)
{
    if (m_count.fetch_add(1, std::memory_order_relaxed) >= maxAtOnce) {
        m_count.fetch_sub(1, std::memory_order_relaxed);
        net::resetOnClose(visitor.fd.get());
        return;
    }
    const size_t loopIndex = visitor.loop;
    m_relays.handOver(loopIndex, [visitor = std::move(visitor), count = &m_count](IoLoop &loop) mutable {
        UnservedVisitor::start(loop, std::move(visitor), *count);
    });
}

} // namespace frpx::server
