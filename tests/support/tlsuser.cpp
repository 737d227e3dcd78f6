// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/tlsuser.h"

#include <QCryptographicHash>

#include <algorithm>
#include <array>
#include <limits>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace frpx::test {

namespace {

constexpr int patienceS = 10;

} // namespace

TlsUser::TlsUser(const QByteArray &caPem)
    : m_context(SSL_CTX_new(TLS_client_method()))
{
    BIO *reader = BIO_new_mem_buf(caPem.constData(), static_cast<int>(caPem.size()));
    while (X509 *ca = PEM_read_bio_X509(reader, nullptr, nullptr, nullptr)) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(m_context), ca);
        X509_free(ca);
    }
    BIO_free(reader);
    ERR_clear_error();
    SSL_CTX_set_verify(m_context, SSL_VERIFY_PEER, nullptr);
}

TlsUser::~TlsUser()
{
    close();
    SSL_SESSION_free(m_session);
    SSL_CTX_free(m_context);
}

void TlsUser::setMaxVersion(int version)
{
    SSL_CTX_set_max_proto_version(m_context, version);
}

bool TlsUser::open(quint16 port, const QByteArray &before)
{
    Fd fd = connectLoopback(port, QDeadlineTimer(qint64{patienceS} * 1000));
    size_t sent = 0;
    if (!fd.isValid() || (!before.isEmpty() && writeSome(fd, before, &sent) != Io::Done)) {
        m_error = QStringLiteral("it cannot connect");
        return false;
    }
    return secure(std::move(fd));
}

bool TlsUser::secure(Fd fd)
{
    close();
    m_endedInOrder = false;
    m_fd = std::move(fd);
    ::fcntl(m_fd.get(), F_SETFL, O_RDWR);
    const timeval limit{patienceS, 0};
    ::setsockopt(m_fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(m_fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    m_ssl = SSL_new(m_context);
    SSL_set_fd(m_ssl, m_fd.get());
    SSL_set1_host(m_ssl, "localhost");
    if (m_session)
        SSL_set_session(m_ssl, m_session);
    ERR_clear_error();
    if (SSL_connect(m_ssl) == 1)
        return true;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    m_error = QString::fromLatin1(reason ? reason : "the connection ended");
    ERR_clear_error();
    return false;
}

bool TlsUser::isResumed() const
{
    return m_ssl && SSL_session_reused(m_ssl) == 1;
}

int TlsUser::version() const
{
    return m_ssl ? SSL_version(m_ssl) : 0;
}

QByteArray TlsUser::serverSha256() const
{
    X509 *certificate = m_ssl ? SSL_get1_peer_certificate(m_ssl) : nullptr;
    if (!certificate)
        return {};
    unsigned char *der = nullptr;
    const int size = i2d_X509(certificate, &der);
    const QByteArray bytes(reinterpret_cast<const char *>(der), size);
    OPENSSL_free(der);
    X509_free(certificate);
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
}

bool TlsUser::send(QByteArrayView bytes)
{
    size_t sent = 0;
    ERR_clear_error();
    return bytes.isEmpty()
        || (m_ssl && SSL_write_ex(m_ssl, bytes.data(), static_cast<size_t>(bytes.size()), &sent) == 1);
}

QByteArray TlsUser::receive(qsizetype size)
{
    QByteArray received;
    std::array<char, 65'536> buffer;
    while (m_ssl && received.size() < size) {
        size_t got = 0;
        ERR_clear_error();
        const auto room = static_cast<size_t>(std::min<qsizetype>(size - received.size(), buffer.size()));
        if (SSL_read_ex(m_ssl, buffer.data(), room, &got) != 1) {
            m_endedInOrder = SSL_get_error(m_ssl, 0) == SSL_ERROR_ZERO_RETURN;
            break;
        }
        received.append(buffer.data(), static_cast<qsizetype>(got));
    }
    return received;
}

QByteArray TlsUser::receiveAll()
{
    return receive(std::numeric_limits<qsizetype>::max());
}

bool TlsUser::endSending()
{
    return m_ssl && SSL_shutdown(m_ssl) >= 0 && ::shutdown(m_fd.get(), SHUT_WR) == 0;
}

/// Those of TLS 1.3 come with the first bytes.
void TlsUser::keepSession()
{
    SSL_SESSION *session = SSL_get1_session(m_ssl);
    if (!session)
        return;
    SSL_SESSION_free(m_session);
    m_session = session;
}

void TlsUser::close()
{
    if (m_ssl) {
        keepSession();
        SSL_set_shutdown(m_ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); // else the session is spoilt
        SSL_free(m_ssl);
        m_ssl = nullptr;
    }
    m_fd.reset();
}

void TlsUser::abort()
{
    const linger none{1, 0};
    ::setsockopt(m_fd.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close();
}

} // namespace frpx::test
