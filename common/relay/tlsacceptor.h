// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/ioloop.h"
#include "common/relay/stream.h"

#include <atomic>
#include <memory>

namespace frpx {

/// The server's end of one TLS handshake, in a loop, with a deadline. A derived class says what happens to
/// the connection then. A handshake takes half a millisecond of computation, which must not load another
/// thread.
class TlsAcceptor : public IoHandler
{
public:
    /// Set by another thread when the place is needed for another handshake; this one then ends within a
    /// tick.
    using Recall = std::shared_ptr<std::atomic<bool>>;
    struct Job
    {
        UniqueFd fd;
        std::unique_ptr<TlsState> tls;
        qint64 deadlineMs = 0; ///< of steadyMs()
        Recall recalled = {}; ///< may be null
    };

    void onIo(int side, IoEvents events) final;
    void onTick(qint64 nowMs) final;
    void onHandshakeTurn() final;
    bool wantsRead(int /*side*/) const final { return !awaitsHandshakeTurn(); }
    bool wantsWrite(int /*side*/) const final { return m_stream.hasUnsent(); }
    bool wantsError(int /*side*/) const final { return false; }

protected:
    TlsAcceptor(IoLoop &loop, Job job);
    /// Passes \a acceptor to its loop and begins.
    static void start(std::unique_ptr<TlsAcceptor> acceptor);

    IoLoop &loop() const { return m_loop; }
    Stream &stream() { return m_stream; }

    /// Before the first step of the handshake: false if it must not begin (yet). May call conclude().
    virtual bool mayBegin() { return true; }
    /// The handshake is done. Called again after each event, until conclude().
    virtual void onSecured() = 0;
    /// The connection has ended; \a why fits a log.
    virtual void onFailed(const QString &why) = 0;
    void fail(const QString &why);
    /// Takes the connection out of the loop and ends this object after the round.
    void conclude();

private:
    bool flush();

    IoLoop &m_loop;
    Stream m_stream;
    const qint64 m_deadlineMs;
    const Recall m_recalled;
    bool m_secured = false;
};

} // namespace frpx
