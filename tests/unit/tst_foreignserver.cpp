// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/foreignprotocol.h"
#include "common/protocol/frpx/framedecoder.h"
#include "common/protocol/frpx/messages.h"
#include "frpc/session/foreignserver.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

/// What is said of a control port that is none, and of a link in the clear.
class TestForeignServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsProtocolsByTheirFirstBytes_data();
    void tellsProtocolsByTheirFirstBytes();
    void takesNoFrameForAnother();
    void namesThePort_data();
    void namesThePort();
    void namesWhatAnswersInstead();
    void neverSendsAnybodyToTheClearLightly();
    void explainsWhatEndsALogin_data();
    void explainsWhatEndsALogin();
    void warnsOfClearText_data();
    void warnsOfClearText();
};

void TestForeignServer::tellsProtocolsByTheirFirstBytes_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("protocol");
    QTest::newRow("answer") << "HTTP/1.1 400 Bad Request\r\n"_ba << u"HTTP"_s;
    QTest::newRow("request") << "GET / HTTP/1.1\r\n"_ba << u"HTTP"_s;
    QTest::newRow("HTTP/2") << "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"_ba << u"HTTP"_s;
    QTest::newRow("HTML") << "<!DOCTYPE HTML>"_ba << u"HTTP"_s;
    QTest::newRow("SSH") << "SSH-2.0-OpenSSH_9.2p1"_ba << u"SSH"_s;
    QTest::newRow("ClientHello") << QByteArray::fromHex("160301020001000001fc") << u"TLS"_s;
    QTest::newRow("alert") << QByteArray::fromHex("15030100020246") << u"TLS"_s;
    QTest::newRow("SMTP") << "220 mail.example.org ESMTP"_ba << u"SMTP or FTP"_s;
    QTest::newRow("IMAP") << "* OK IMAP4rev1"_ba << u"IMAP"_s;
    QTest::newRow("POP3") << "+OK ready"_ba << u"POP3"_s;
    QTest::newRow("VNC") << "RFB 003.008\n"_ba << u"VNC"_s;
    QTest::newRow("too few") << "HTT"_ba << QString();
    QTest::newRow("none") << ""_ba << QString();
    QTest::newRow("other") << "hello"_ba << QString();
}

void TestForeignServer::tellsProtocolsByTheirFirstBytes()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, protocol);
    QCOMPARE(QString(proto::foreignProtocol(bytes)), protocol);
    if (protocol.isEmpty())
        return;
    const Result<quint32> length = proto::frameLength(bytes.constData(), proto::maxFrameAfterLogin);
    QVERIFY(!length);
    QCOMPARE(int(length.error().code), int(Errc::FrameTooLarge));
    QCOMPARE(length.error().detail, u"The peer uses %1, not the protocol of frpx."_s.arg(protocol));
}

void TestForeignServer::takesNoFrameForAnother()
{
    for (quint32 length = 1; length <= proto::maxFrameAfterLogin; ++length)
        QVERIFY(proto::foreignProtocol(proto::frame(QByteArray(length, 'x')).first(4)).isEmpty());
}

void TestForeignServer::namesThePort_data()
{
    QTest::addColumn<int>("port");
    QTest::addColumn<QString>("hint");
    QTest::newRow("proxy") << 17001
                           << u"17001 is usually the proxy port of frps, and 17000 its control port."_s;
    QTest::newRow("proxy, as configured")
        << 7001 << u"7001 is usually the proxy port of frps, and 17000 its control port."_s;
    QTest::newRow("public") << 18080
                            << u"18080 is usually the public port of frps, and 17000 its control port."_s;
    QTest::newRow("API") << 18081 << u"18081 is usually the API port of frps, and 17000 its control port."_s;
    QTest::newRow("another") << 8080 << QString();
}

void TestForeignServer::namesThePort()
{
    QFETCH(int, port);
    QFETCH(QString, hint);
    const ServerTarget server{u"frps.example.org"_s, static_cast<quint16>(port), 7001};
    const QString tail = hint.isEmpty() ? QString() : u' ' + hint;
    QCOMPARE(foreignPort(server, u"HTTP").detail,
        u"frps.example.org:%1 is no control port of frps: the program there uses HTTP.%2"_s.arg(port).arg(
            tail));
    QVERIFY(noTls(server, {}, u"closed"_s).detail.contains(hint));
    QVERIFY(withoutAnswer(server, {Errc::PeerClosed, u"closed"_s}).detail.endsWith(tail));
}

void TestForeignServer::namesWhatAnswersInstead()
{
    const ServerTarget server{u"::1"_s, 22};
    for (const Error &error :
        {speaksFirst(server, "SSH-2.0-x"), noTls(server, "SSH-2.0-x", u"wrong version"_s)}) {
        QCOMPARE(int(error.code), int(Errc::UnexpectedMessage));
        QCOMPARE(error.detail, u"[::1]:22 is no control port of frps: the program there uses SSH."_s);
    }
    for (const QByteArray &bytes : {"\0\0\0\x10"_ba, "hello"_ba, ""_ba}) {
        const Error error = speaksFirst(server, bytes);
        QCOMPARE(int(error.code), int(Errc::UnexpectedMessage));
        QVERIFY2(error.detail.contains(u"sends data before the login"_s), qPrintable(error.detail));
    }
}

void TestForeignServer::neverSendsAnybodyToTheClearLightly()
{
    const ServerTarget server{u"frps.example.org"_s, 17000};
    const Error closed = noTls(server, {}, u"The remote host closed the connection"_s);
    QCOMPARE(int(closed.code), int(Errc::TlsFailed));
    QVERIFY2(closed.detail.contains(u"Only an original server"_s), qPrintable(closed.detail));
    QVERIFY2(closed.detail.contains(u"the password then goes in clear"_s), qPrintable(closed.detail));
    QCOMPARE(
        int(noTls(server, QByteArray::fromHex("15030100020246"), u"alert"_s).code), int(Errc::TlsFailed));
    QVERIFY(!noTls(server, "HTTP/1.1 400", u"wrong version"_s).detail.contains(u"--tls off"_s));
}

void TestForeignServer::explainsWhatEndsALogin_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("text");
    QTest::newRow("too large") << int(Errc::FrameTooLarge) << u"h:1 is no control port of frps: Why."_s;
    QTest::newRow("no JSON") << int(Errc::BadJson) << u"h:1 is no control port of frps: Why."_s;
    QTest::newRow("closed") << int(Errc::PeerClosed)
                            << u"h:1 does not answer the login: Why. Is it the control port of frps?"_s;
    QTest::newRow("late") << int(Errc::Timeout)
                          << u"h:1 does not answer the login: Why. Is it the control port of frps?"_s;
    QTest::newRow("anything else") << int(Errc::OutboxFull) << u"Why."_s;
}

void TestForeignServer::explainsWhatEndsALogin()
{
    QFETCH(int, code);
    QFETCH(QString, text);
    const Error error = withoutAnswer({u"h"_s, 1}, {Errc(code), u"Why."_s});
    QCOMPARE(int(error.code), code);
    QCOMPARE(error.detail, text);
}

void TestForeignServer::warnsOfClearText_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("mode");
    QTest::addColumn<bool>("warned");
    using Mode = TlsSettings::Mode;
    QTest::newRow("off, afar") << u"192.0.2.1"_s << int(Mode::Off) << true;
    QTest::newRow("off, by name") << u"frps.example.org"_s << int(Mode::Off) << true;
    QTest::newRow("off, here") << u"127.0.0.1"_s << int(Mode::Off) << false;
    QTest::newRow("off, localhost") << u"LocalHost"_s << int(Mode::Off) << false;
    QTest::newRow("off, here by IPv6") << u"::1"_s << int(Mode::Off) << false;
    QTest::newRow("auto, afar") << u"192.0.2.1"_s << int(Mode::Auto) << false;
    QTest::newRow("auto, here") << u"127.0.0.1"_s << int(Mode::Auto) << false;
    QTest::newRow("on") << u"192.0.2.1"_s << int(Mode::On) << false;
}

void TestForeignServer::warnsOfClearText()
{
    QFETCH(QString, host);
    QFETCH(int, mode);
    QFETCH(bool, warned);
    TlsSettings tls;
    tls.mode = TlsSettings::Mode(mode);
    const std::optional<QString> warning = warnOfClearText(tls, {host, 17000}, false);
    QCOMPARE(warning.has_value(), warned);
    if (!warned)
        return;
    QVERIFY2(warning->contains(u"the password goes in clear to %1:17000"_s.arg(host)), qPrintable(*warning));
    QVERIFY(warnOfClearText(
        tls, {u"localhost"_s, 17000, 17001, net::OutboundProxy()}, false)); // who knows what a proxy means
    QVERIFY(warnOfClearText(tls, {host, 17000}, true)->contains(u"the login token goes in clear"_s));
}

const frpx::test::TestRegistration registration(
    "tst_foreignserver", frpx::test::runBareTest<TestForeignServer>);

#include "tst_foreignserver.moc"
