// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/tlsstate.h"

#include "common/tls/openssl.h"
#include "common/tls/tlsclientcontext.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <openssl/err.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

/// Limits the unsent answers to a peer that causes answers (KeyUpdate) without reading them.
constexpr qsizetype maxUnsent = qsizetype(256) * 1024;
/// The largest number of records without data that one read() skips.
constexpr int maxSilentRecords = 16;

} // namespace

/// The BIO through which OpenSSL reads and writes. Its data is the TlsState of the current call.
class TlsBio
{
public:
    static BIO *create(TlsState *state)
    {
        BIO *bio = BIO_new(method());
        BIO_set_data(bio, state);
        BIO_set_init(bio, 1);
        return bio;
    }

private:
    static BIO_METHOD *method()
    {
        static BIO_METHOD *const made = [] {
            BIO_METHOD *fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "frpx");
            BIO_meth_set_read(fresh, &TlsBio::read);
            BIO_meth_set_write(fresh, &TlsBio::write);
            BIO_meth_set_ctrl(fresh, &TlsBio::control);
            return fresh;
        }();
        return made;
    }

    static int read(BIO *bio, char *buffer, int room)
    {
        auto *state = static_cast<TlsState *>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        if (!state->m_early.isEmpty()) {
            const qsizetype taken = std::min(qsizetype(room), state->m_early.size());
            std::memcpy(buffer, state->m_early.constData(), static_cast<size_t>(taken));
            state->m_early = state->m_early.sliced(taken);
            return static_cast<int>(taken);
        }
        Wire &wire = *state->m_wire;
        while (wire.readable) {
            const WireRead got = wire.read(buffer, static_cast<size_t>(room));
            if (got.bytes > 0)
                return static_cast<int>(got.bytes);
            if (got.status
                != WireStatus::Open) // also an end: TLS has its own end message, which comes before
                return got.status == WireStatus::Ended ? 0 : -1;
        }
        state->m_starved = true;
        BIO_set_retry_read(bio);
        return -1;
    }

    static int write(BIO *bio, const char *bytes, int size)
    {
        auto *state = static_cast<TlsState *>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        state->m_records->insert(state->m_records->end(), bytes, bytes + size);
        return size;
    }

    static long control(BIO * /*bio*/, int command, long /*number*/, void * /*pointer*/)
    {
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }
};

/// Sets the state that the BIO needs during a call of OpenSSL.
class TlsState::Call
{
public:
    Call(TlsState &state, Wire &wire, std::vector<char> &records)
        : m_state(state)
    {
        state.m_wire = &wire;
        state.m_records = &records;
        state.m_starved = false;
        records.clear();
        ERR_clear_error(); // an error left by other code would be taken for one of this call
    }
    ~Call()
    {
        m_state.m_wire = nullptr;
        m_state.m_records = nullptr;
    }
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

private:
    TlsState &m_state;
};

TlsState::TlsState(ssl_st *ssl, std::shared_ptr<TlsClientContext> context)
    : m_ssl(ssl)
    , m_context(std::move(context))
{
    BIO *bio = TlsBio::create(this);
    SSL_set_bio(m_ssl, bio, bio);
    SSL_set_app_data(m_ssl, m_context.get());
}

TlsState::~TlsState()
{
    // Otherwise OpenSSL would invalidate the session tickets of a connection that was cut.
    SSL_set_shutdown(m_ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(m_ssl);
}

bool TlsState::isResumed() const
{
    return SSL_session_reused(m_ssl) == 1;
}

TlsState::Progress TlsState::handshake(Wire &wire, std::vector<char> &records, QByteArrayView first)
{
    const Call call(*this, wire, records);
    m_begun = true;
    const int result = SSL_do_handshake(m_ssl);
    const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(m_ssl, result);
    const bool done = result == 1;
    if (!done && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        m_whyFailed = error == SSL_ERROR_SSL ? tls::lastError() : u"the connection ended"_s;
        send(false); // the alert for the peer
        return Progress::Failed;
    }
    size_t written = 0;
    if (done && !first.isEmpty()
        && SSL_write_ex(m_ssl, first.data(), static_cast<size_t>(first.size()), &written) != 1) {
        m_whyFailed = tls::lastError();
        return Progress::Failed;
    }
    if (!send(false)) {
        m_whyFailed = u"the connection broke"_s;
        return Progress::Failed;
    }
    notePending();
    return done ? Progress::Done : Progress::Waiting;
}

WireRead TlsState::read(Wire &wire, std::vector<char> &records, char *buffer, size_t room)
{
    if (m_status != WireStatus::Open)
        return {0, m_status};
    const Call call(*this, wire, records);
    size_t total = 0;
    int silentRecords = 0;
    while (total < room) {
        size_t got = 0;
        const int result = SSL_read_ex(m_ssl, buffer + total, room - total, &got);
        total += result == 1 ? got : 0;
        if (result == 1 && !wire.readable && SSL_has_pending(m_ssl) == 0)
            break;
        if (result == 1)
            continue;
        noteOutcome(result);
        if (m_status != WireStatus::Open || m_starved || ++silentRecords > maxSilentRecords)
            break;
    }
    notePending();
    send(false); // a rare TLS answer to the peer; the next write reports a failure
    return {total, total > 0 ? WireStatus::Open : m_status};
}

WireRead TlsState::peek(Wire &wire, std::vector<char> &records)
{
    if (m_status != WireStatus::Open)
        return {0, m_status};
    const Call call(*this, wire, records);
    char next = 0;
    size_t seen = 0;
    const int result = SSL_peek_ex(m_ssl, &next, 1, &seen);
    if (result != 1)
        noteOutcome(result);
    notePending();
    send(false);
    return {seen, m_status};
}

void TlsState::notePending()
{
    m_pending = !m_starved && SSL_has_pending(m_ssl) == 1; // half a record does not count
}

void TlsState::noteOutcome(int result)
{
    switch (SSL_get_error(m_ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        break;
    case SSL_ERROR_ZERO_RETURN:
        m_status = WireStatus::Ended;
        break;
    default: // also an end of the connection without close_notify: data may be missing
        m_status = WireStatus::Broken;
        ERR_clear_error();
    }
}

bool TlsState::write(Wire &wire, std::vector<char> &records, QByteArrayView bytes, bool more)
{
    const Call call(*this, wire, records);
    size_t written = 0;
    if (m_ended || SSL_write_ex(m_ssl, bytes.data(), static_cast<size_t>(bytes.size()), &written) != 1) {
        wire.writeError = EPIPE;
        return false;
    }
    return send(more);
}

bool TlsState::endWriting(Wire &wire, std::vector<char> &records)
{
    const Call call(*this, wire, records);
    if (std::exchange(m_ended, true))
        return true;
    SSL_shutdown(m_ssl);
    return send(false);
}

/// Sends OpenSSL's output to the kernel.
bool TlsState::send(bool more)
{
    const QByteArrayView written(m_records->data(), static_cast<qsizetype>(m_records->size()));
    if (written.isEmpty())
        return true;
    size_t sent = 0;
    if (!hasUnsent() && m_wire->writable)
        sent = m_wire->write(written, more);
    if (m_wire->writeError == 0 && m_unsent.size() + written.size() > maxUnsent)
        m_wire->writeError = ENOBUFS;
    if (m_wire->writeError != 0)
        return false;
    m_unsent.append(written.sliced(static_cast<qsizetype>(sent)));
    return true;
}

bool TlsState::flush(Wire &wire)
{
    m_unsentFrom += static_cast<qsizetype>(wire.write(QByteArrayView(m_unsent).sliced(m_unsentFrom)));
    if (wire.writeError != 0)
        return false;
    if (m_unsentFrom == m_unsent.size())
        dropUnsent();
    return true;
}

void TlsState::dropUnsent()
{
    m_unsent = QByteArray();
    m_unsentFrom = 0;
}

} // namespace frpx
