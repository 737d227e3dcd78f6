// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/wire.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <vector>

struct ssl_st;

namespace frpx {

class TlsClientContext;

/// The TLS of one connection, from the first byte of the handshake on. It goes with the descriptor from owner
/// to owner and from thread to thread, and is used by one at a time.
///
/// OpenSSL reads from the kernel straight into its own buffer, which it gives back when it is empty. What it
/// writes is gathered, several records at a time, in a buffer that all connections of a loop share
/// (`records`, passed in), and goes out by one call; only what the kernel does not take is kept here. So
/// writing never blocks OpenSSL.
class TlsState
{
public:
    enum class Progress { Done, Waiting, Failed };

    /// Takes \a ssl, which is in its initial state. \a context is kept for the session tickets that come;
    /// null for a server.
    explicit TlsState(ssl_st *ssl, std::shared_ptr<TlsClientContext> context = nullptr);
    ~TlsState();
    TlsState(const TlsState &) = delete;
    TlsState &operator=(const TlsState &) = delete;

    /// Has handshake() been called?
    bool hasBegun() const { return m_begun; }
    /// Bytes of the peer that somebody has read from the kernel already. Before the handshake.
    void giveEarly(QByteArray bytes) { m_early = std::move(bytes); }

    /// Goes on until it has to wait. Once done, \a first goes out with the last message. Waiting: for the
    /// wire to become readable, and writable if hasUnsent().
    Progress handshake(Wire &wire, std::vector<char> &records, QByteArrayView first = {});
    /// After Failed, as part of a sentence.
    const QString &whyFailed() const { return m_whyFailed; }
    /// Once the handshake is done: without a full one, by a ticket.
    bool isResumed() const;

    /// As Wire::read(); `bytes` are plain.
    WireRead read(Wire &wire, std::vector<char> &records, char *buffer, size_t room);
    /// As read(), but nothing is taken: `bytes` is 0 or 1.
    WireRead peek(Wire &wire, std::vector<char> &records);
    /// A read may bring something, although the wire has nothing.
    bool hasPending() const { return m_pending || m_status != WireStatus::Open; }

    /// Takes all of \a bytes. With \a more the kernel may wait for what comes next. \return false if the wire
    /// takes no bytes any more.
    bool write(Wire &wire, std::vector<char> &records, QByteArrayView bytes, bool more = false);
    bool hasUnsent() const { return !m_unsent.isEmpty(); }
    /// Goes on with what was kept. \return as write().
    bool flush(Wire &wire);
    void dropUnsent();
    /// Tells the peer that nothing more comes. Reading goes on. \return as write().
    bool endWriting(Wire &wire, std::vector<char> &records);

private:
    friend class TlsBio;
    class Call;

    void noteOutcome(int result);
    void notePending();
    bool send(bool more);

    ssl_st *m_ssl;
    const std::shared_ptr<TlsClientContext> m_context; ///< shared by the connections to one server
    QByteArray m_early;
    QByteArray m_unsent; ///< records
    qsizetype m_unsentFrom = 0; ///< where they begin
    QString m_whyFailed;
    bool m_begun = false;
    bool m_pending = false;
    WireStatus m_status = WireStatus::Open; ///< what the next read() ends with
    bool m_ended = false; ///< close_notify is out: OpenSSL has nothing more to say

    // For the BIO, during a call.
    Wire *m_wire = nullptr;
    std::vector<char> *m_records = nullptr;
    bool m_starved = false; ///< OpenSSL has asked for more than there was
};

} // namespace frpx
