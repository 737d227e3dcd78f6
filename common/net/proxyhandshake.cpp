// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/proxyhandshake.h"

#include "common/core/logging.h"
#include "common/net/ipaddress.h"

#include <QtEndian>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr qsizetype maxHead = 8192; // of an HTTP answer
constexpr char socksVersion = 5;
constexpr char loginVersion = 1;

enum SocksMethod : char {
    NoLogin = 0,
    UserAndPassword = 2,
};

QByteArray withLength(const QByteArray &text)
{
    return QByteArray(1, static_cast<char>(text.size())) + text;
}

QString socksFault(quint8 code)
{
    switch (code) {
    case 2:
        return u"its rules do not allow it"_s;
    case 3:
        return u"the network is unreachable"_s;
    case 4:
        return u"the host is unreachable"_s;
    case 5:
        return u"connection refused"_s;
    case 6:
        return u"it timed out"_s;
    default:
        return u"SOCKS error %1"_s.arg(code);
    }
}

} // namespace

ProxyHandshake::ProxyHandshake(net::ProxyRequest request)
    : m_request(std::move(request))
    , m_state(m_request.proxy.kind == net::OutboundProxy::Kind::Http ? State::HttpHead : State::SocksMethod)
{
    const net::OutboundProxy &proxy = m_request.proxy;
    if (m_state == State::SocksMethod) {
        QByteArray methods(1, NoLogin);
        if (!proxy.user.isEmpty())
            methods += UserAndPassword;
        m_output = socksVersion + withLength(methods);
        return;
    }
    m_output = "CONNECT " + target().toUtf8() + " HTTP/1.1\r\nHost: " + target().toUtf8() + "\r\n";
    if (!proxy.user.isEmpty()) {
        m_output +=
            "Proxy-Authorization: Basic " + (proxy.user + u':' + proxy.password).toUtf8().toBase64() + "\r\n";
    }
    m_output += "\r\n";
}

QString ProxyHandshake::target() const
{
    const bool isV6 = m_request.host.contains(u':');
    return (isV6 ? u"[%1]:%2"_s : u"%1:%2"_s).arg(m_request.host).arg(m_request.port);
}

ProxyHandshake::Progress ProxyHandshake::feed(QByteArrayView bytes)
{
    m_received.append(bytes);
    while (true) { // two answers may have arrived together
        const State before = m_state;
        Progress progress = Progress::Waiting;
        switch (m_state) {
        case State::HttpHead:
            progress = readHttp();
            break;
        case State::SocksMethod:
            progress = readSocksMethod();
            break;
        case State::SocksLogin:
            progress = readSocksLogin();
            break;
        case State::SocksReply:
            progress = readSocksReply();
            break;
        case State::Over:
            return fail(Errc::UnexpectedMessage, u"%1 has sent data out of turn"_s.arg(proxyName()));
        }
        if (progress != Progress::Waiting || m_state == before)
            return progress;
    }
}

ProxyHandshake::Progress ProxyHandshake::readHttp()
{
    static constexpr QByteArrayView beginning("HTTP/1.");
    const QByteArrayView seen =
        QByteArrayView(m_received).first(std::min(m_received.size(), beginning.size()));
    if (seen != beginning.first(seen.size()))
        return fail(Errc::UnexpectedMessage, u"%1 does not answer as an HTTP proxy"_s.arg(proxyName()));
    const qsizetype end = m_received.indexOf("\r\n\r\n");
    if ((end < 0 ? m_received.size() : end) >= maxHead)
        return fail(Errc::UnexpectedMessage, u"the answer of %1 is too long"_s.arg(proxyName()));
    if (end < 0)
        return Progress::Waiting;
    const QByteArray line = m_received.first(m_received.indexOf("\r\n"));
    const QByteArray status = line.mid(line.indexOf(' ') + 1);
    bool isNumber = false;
    const int code = status.first(std::min<qsizetype>(status.size(), 3)).toInt(&isNumber);
    if (isNumber && code >= 200 && code <= 299)
        return finish(end + 4);
    const QString said = logSafe(QString::fromLatin1(status), 80);
    if (code == 407) {
        return fail(Errc::Forbidden,
            m_request.proxy.user.isEmpty()
                ? u"%1 asks for a user and a password (%2); write them in front of its host, or see "
                  "--proxy-password-file"_s.arg(proxyName(), said)
                : u"%1 refuses the user and the password (%2)"_s.arg(proxyName(), said));
    }
    if (code == 502 || code == 503 || code == 504)
        return fail(Errc::ConnectFailed, u"%1 cannot reach %2 (%3)"_s.arg(proxyName(), target(), said));
    return fail(Errc::Forbidden, u"%1 does not connect to %2 (%3)"_s.arg(proxyName(), target(), said));
}

ProxyHandshake::Progress ProxyHandshake::readSocksMethod()
{
    if (m_received.isEmpty())
        return Progress::Waiting;
    if (m_received[0] != socksVersion)
        return fail(Errc::UnexpectedMessage, u"%1 does not answer as a SOCKS5 proxy"_s.arg(proxyName()));
    if (m_received.size() < 2)
        return Progress::Waiting;
    const char method = m_received[1];
    m_received.remove(0, 2);
    const net::OutboundProxy &proxy = m_request.proxy;
    if (method == NoLogin) {
        askSocks();
        return Progress::Waiting;
    }
    if (method != UserAndPassword || proxy.user.isEmpty()) {
        return fail(Errc::Forbidden,
            proxy.user.isEmpty()
                ? u"%1 asks for a user and a password; write them in front of its host, or see "
                  "--proxy-password-file"_s.arg(proxyName())
                : u"%1 wants another kind of login than user and password"_s.arg(proxyName()));
    }
    m_output = loginVersion + withLength(proxy.user.toUtf8()) + withLength(proxy.password.toUtf8());
    m_state = State::SocksLogin;
    return Progress::Waiting;
}

ProxyHandshake::Progress ProxyHandshake::readSocksLogin()
{
    if (m_received.size() < 2)
        return Progress::Waiting;
    if (m_received[1] != 0)
        return fail(Errc::Forbidden, u"%1 refuses the user and the password"_s.arg(proxyName()));
    m_received.remove(0, 2);
    askSocks();
    return Progress::Waiting;
}

void ProxyHandshake::askSocks()
{
    enum AddressType : char { V4 = 1, Name = 3, V6 = 4 };
    QByteArray address;
    if (const std::optional<QHostAddress> literal = net::parseIpAddress(m_request.host); !literal) {
        address = char(Name)
            + withLength(
                m_request.host.toUtf8().first(std::min<qsizetype>(m_request.host.toUtf8().size(), 255)));
    } else if (literal->protocol() == QAbstractSocket::IPv4Protocol) {
        const quint32 bytes = qToBigEndian(literal->toIPv4Address());
        address = char(V4) + QByteArray(reinterpret_cast<const char *>(&bytes), sizeof bytes);
    } else {
        const Q_IPV6ADDR bytes = literal->toIPv6Address();
        address = char(V6) + QByteArray(reinterpret_cast<const char *>(bytes.c), sizeof bytes.c);
    }
    const quint16 port = qToBigEndian(m_request.port);
    constexpr char connectCommand = 1;
    m_output = socksVersion + QByteArray(1, connectCommand) + '\0' + address
        + QByteArray(reinterpret_cast<const char *>(&port), sizeof port);
    m_state = State::SocksReply;
}

ProxyHandshake::Progress ProxyHandshake::readSocksReply()
{
    constexpr qsizetype fixedPart = 5; // with the first byte of the address
    if (m_received.size() < 2)
        return Progress::Waiting;
    if (m_received[0] != socksVersion)
        return fail(Errc::UnexpectedMessage, u"%1 does not answer as a SOCKS5 proxy"_s.arg(proxyName()));
    if (const auto code = static_cast<quint8>(m_received[1]); code != 0) {
        return fail(code == 2 || code >= 7 ? Errc::Forbidden : Errc::ConnectFailed,
            u"%1 does not connect to %2: %3"_s.arg(proxyName(), target(), socksFault(code)));
    }
    if (m_received.size() < fixedPart)
        return Progress::Waiting;
    qsizetype addressSize = 0;
    switch (m_received[3]) {
    case 1:
        addressSize = 4;
        break;
    case 3:
        addressSize = 1 + static_cast<quint8>(m_received[4]);
        break;
    case 4:
        addressSize = 16;
        break;
    default:
        return fail(Errc::UnexpectedMessage, u"%1 does not answer as a SOCKS5 proxy"_s.arg(proxyName()));
    }
    const qsizetype size = 4 + addressSize + 2;
    return m_received.size() < size ? Progress::Waiting : finish(size);
}

/// The answer ends after \a size of the received bytes.
ProxyHandshake::Progress ProxyHandshake::finish(qsizetype size)
{
    if (m_received.size() > size)
        return fail(Errc::UnexpectedMessage,
            u"the server behind %1 is no frps: it has sent data first"_s.arg(proxyName()));
    m_state = State::Over;
    m_received.clear();
    return Progress::Done;
}

ProxyHandshake::Progress ProxyHandshake::fail(Errc code, const QString &detail)
{
    m_state = State::Over;
    m_received.clear();
    m_error = {code, detail};
    return Progress::Failed;
}

} // namespace frpx
