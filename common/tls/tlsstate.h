// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/wire.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <vector>

struct ssl_st;

namespace frpx {

class TlsClientContext;

/// The TLS state of one connection, from the first byte of the handshake on. It moves with the descriptor
/// between owners and threads, and only one of them uses it at a time.
///
/// OpenSSL reads from the kernel directly into its own buffer, which it frees when it is empty. Its output is
/// collected, several records at a time, in a buffer that all connections of a loop share (`records`, passed
/// in), and sent by one call; only bytes that the kernel does not take are stored here. So OpenSSL never
/// blocks on writing.
class TlsState
{
public:
    enum class Progress { Done, Waiting, Failed };

    /// Takes \a ssl, which is in its initial state. \a context is kept for received session tickets; null for
    /// a server.
    explicit TlsState(ssl_st *ssl, std::shared_ptr<TlsClientContext> context = nullptr);
    ~TlsState();
    TlsState(const TlsState &) = delete;
    TlsState &operator=(const TlsState &) = delete;

    /// Whether handshake() has been called.
    bool hasBegun() const { return m_begun; }
    /// Bytes of the peer that were already read from the kernel. Call before the handshake.
    void giveEarly(QByteArray bytes) { m_early = std::move(bytes); }

    /// Continues until it has to wait. Once done, \a first is sent with the last message. Waiting: for the
    /// wire to become readable, and writable if hasUnsent().
    Progress handshake(Wire &wire, std::vector<char> &records, QByteArrayView first = {});
    /// After Failed: the reason, as part of a sentence.
    const QString &whyFailed() const { return m_whyFailed; }
    /// After the handshake: whether a ticket has replaced the full handshake.
    bool isResumed() const;

    /// As Wire::read(); `bytes` are plain.
    WireRead read(Wire &wire, std::vector<char> &records, char *buffer, size_t room);
    /// Like read(), but nothing is taken: `bytes` is 0 or 1.
    WireRead peek(Wire &wire, std::vector<char> &records);
    /// Whether a read may return data although the wire has none.
    bool hasPending() const { return m_pending || m_status != WireStatus::Open; }

    /// Takes all of \a bytes. With \a more the kernel may wait for the next bytes. \return false if the wire
    /// takes no bytes any more.
    bool write(Wire &wire, std::vector<char> &records, QByteArrayView bytes, bool more = false);
    bool hasUnsent() const { return !m_unsent.isEmpty(); }
    /// Sends the stored bytes. \return as write().
    bool flush(Wire &wire);
    void dropUnsent();
    /// Sends the end of this direction to the peer. Reading continues. \return as write().
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
    qsizetype m_unsentFrom = 0; ///< the offset of the first unsent byte
    QString m_whyFailed;
    bool m_begun = false;
    bool m_pending = false;
    WireStatus m_status = WireStatus::Open; ///< the result of the next read() without data
    bool m_ended = false; ///< close_notify is sent: OpenSSL has no more output

    // For the BIO, during a call.
    Wire *m_wire = nullptr;
    std::vector<char> *m_records = nullptr;
    bool m_starved = false; ///< OpenSSL needs more bytes than there are
};

} // namespace frpx
