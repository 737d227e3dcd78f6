// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"
#include "tests/support/httpservice.h"
#include "tests/support/pattern.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"
#include "tests/support/tlsuser.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QStandardPaths>
#include <QTest>

#include <csignal>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr quint64 bulk = 24'000'000;

/// Version 2, from 203.0.113.7:54321 to 192.0.2.1:443.
const QByteArray fromElsewhere =
    QByteArray::fromHex("0d0a0d0a000d0a515549540a2111000ccb007107c0000201d43101bb");

} // namespace

/// Users who speak TLS to frps, and clients and services that see nothing of it.
class TestE2ePublicTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void servesAPage_data() { links(); }
    void servesAPage();
    void carriesBulkBothWays_data() { links(); }
    void carriesBulkBothWays();
    void keepsHalfClosedConnections();
    void resumesSessions();
    void triesAnotherClientWithoutLoss_data();
    void triesAnotherClientWithoutLoss();
    void takesUpARenewedCertificate();
    void cutsWhoDoesNotShakeHands();
    void countsThoseInTheirHandshake();
    void believesItsFrontProxy();
    void givesPortsTheirOwnCertificates();
    void followsItsFile();
    void endsConnectionsInOrderWhenItStops();
    void refusesToStartWithoutItsFiles();

private:
    static void links();
    QString certificate() const { return m_frps->directory() + u"/c.pem"_s; }
    QString key() const { return m_frps->directory() + u"/k.pem"_s; }
    /// As the tools that renew certificates do: beside, and then over the old one.
    static void install(const QString &file, const QByteArray &content);
    void install(const PemPair &pair) const
    {
        install(certificate(), pair.certificate);
        install(key(), pair.key);
    }
    QStringList tls() const { return {u"--public-tls-cert"_s, certificate(), u"--public-tls-key"_s, key()}; }
    int stat(QLatin1String name) const { return m_frps->api("/api/stats").toObject().value(name).toInt(-1); }
    /// The answer behind the head.
    static QByteArray bodyOf(const QByteArray &answer)
    {
        return answer.sliced(std::max<qsizetype>(0, answer.indexOf("\r\n\r\n") + 4));
    }
    QByteArray seenBy(quint16 port) const
    {
        TlsUser user(m_ca.certificate());
        return user.open(port) ? user.serverSha256() : QByteArray();
    }
    static bool echoes(TlsUser &user, const QByteArray &text = "hello"_ba)
    {
        return user.send(text) && user.receive(text.size()) == text;
    }

    const TestCa m_ca;
    std::unique_ptr<FrpsProcess> m_frps;
    std::unique_ptr<FrpcProcess> m_client;
    std::unique_ptr<HttpService> m_web;
    std::unique_ptr<EchoService> m_echo;
};

void TestE2ePublicTls::init()
{
    m_frps = std::make_unique<FrpsProcess>();
    m_client = std::make_unique<FrpcProcess>(u"alice"_s);
    m_web = std::make_unique<HttpService>("here"_ba);
    m_echo = std::make_unique<EchoService>();
    QVERIFY(m_web->start() && m_echo->start());
    install(m_ca.issue({.names = {"DNS:localhost", "IP:127.0.0.1"}}));
}

void TestE2ePublicTls::cleanup()
{
    m_client.reset();
    m_frps.reset();
    m_web.reset();
    m_echo.reset();
}

void TestE2ePublicTls::links()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("plain link, waiting connections") << QStringList();
    QTest::newRow("plain link, on request") << QStringList{u"--pool-max"_s, u"0"_s};
    QTest::newRow("TLS link, waiting connections")
        << QStringList{u"--tls"_s, u"on"_s, u"--trust-on-first-use"_s};
    QTest::newRow("TLS link, on request")
        << QStringList{u"--tls"_s, u"on"_s, u"--trust-on-first-use"_s, u"--pool-max"_s, u"0"_s};
}

void TestE2ePublicTls::install(const QString &file, const QByteArray &content)
{
    QFile fresh(file + u".new"_s);
    QVERIFY(fresh.open(QIODevice::WriteOnly));
    QCOMPARE(fresh.write(content), content.size());
    QVERIFY(fresh.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    fresh.close();
    QCOMPARE(::rename(qPrintable(fresh.fileName()), qPrintable(file)), 0);
}

void TestE2ePublicTls::servesAPage()
{
    QFETCH(const QStringList, options);
    QVERIFY2(m_frps->start(tls()), m_frps->log().constData());
    QVERIFY(m_client->start(*m_frps, m_web->port(), options));
    TlsUser user(m_ca.certificate());
    for (int i = 0; i < 20; ++i) {
        QVERIFY2(user.open(m_frps->publicPort()), qPrintable(user.error()));
        QVERIFY(user.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        QCOMPARE(bodyOf(user.receiveAll()), "here"_ba);
        QVERIFY(user.endedInOrder());
    }
    const QString curl = QStandardPaths::findExecutable(u"curl"_s);
    if (!curl.isEmpty()) {
        const QString ca = m_frps->directory() + u"/ca.pem"_s;
        install(ca, m_ca.certificate());
        QByteArray output;
        QByteArray log;
        const QString url = u"https://127.0.0.1:%1/"_s.arg(m_frps->publicPort());
        QCOMPARE(Process::run(curl, {u"-sSv"_s, u"--cacert"_s, ca, url}, {}, &output, &log), 0);
        QCOMPARE(output, "here"_ba);
        QVERIFY2(log.contains("TLSv1.3"), log.constData());
        QCOMPARE(
            Process::run(curl, {u"-sS"_s, u"--tls-max"_s, u"1.2"_s, u"--cacert"_s, ca, url}, {}, &output), 0);
        QVERIFY(Process::run(curl, {u"-sS"_s, u"--cacert"_s, ca, u"--tls-max"_s, u"1.1"_s, url}, {}, &output)
            != 0);
        QVERIFY(Process::run(curl, {u"-sS"_s, url}, {}, &output) != 0); // nobody else vouches for it
    }
    const QJsonObject tunnel = m_frps->api("/api/tunnels").toArray().first().toObject();
    QCOMPARE(tunnel.value("tls"_L1), QJsonValue(true));
    QCOMPARE(m_frps->api("/api/ports").toObject().value("public_tls"_L1), QJsonValue(true));
    QVERIFY(!m_frps->log().contains("PRIVATE KEY"));
}

void TestE2ePublicTls::carriesBulkBothWays()
{
    QFETCH(const QStringList, options);
    QVERIFY(m_frps->start(tls()));
    QVERIFY(m_client->start(*m_frps, m_web->port(), options));
    TlsUser down(m_ca.certificate());
    QVERIFY(down.open(m_frps->publicPort()));
    QVERIFY(down.send("GET /bytes/" + QByteArray::number(bulk) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const QByteArray body = bodyOf(down.receiveAll());
    QCOMPARE(quint64(body.size()), bulk);
    QCOMPARE(QCryptographicHash::hash(body, QCryptographicHash::Sha256).toHex(), patternSha256(bulk));

    TlsUser up(m_ca.certificate());
    QVERIFY(up.open(m_frps->publicPort()));
    QVERIFY(up.send("POST /sink HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + QByteArray::number(bulk)
        + "\r\n\r\n"));
    for (quint64 sent = 0; sent < bulk;) {
        const QByteArrayView piece = patternAt(sent, std::min<quint64>(bulk - sent, 1'000'000));
        QVERIFY(up.send(piece));
        sent += quint64(piece.size());
    }
    QCOMPARE(bodyOf(up.receiveAll()), QByteArray::number(bulk) + ' ' + patternSha256(bulk));
    QVERIFY(up.endedInOrder());
}

void TestE2ePublicTls::keepsHalfClosedConnections()
{
    EchoService echo(EchoService::Mode::AfterEof);
    QVERIFY(echo.start());
    QVERIFY(m_frps->start(tls()));
    QVERIFY(m_client->start(*m_frps, echo.port()));
    const QByteArray question = patternAt(0, 900'000).toByteArray();
    TlsUser user(m_ca.certificate());
    for (const int version : {0, 0x0303}) { // 1.3, 1.2
        user.setMaxVersion(version);
        QVERIFY(user.open(m_frps->publicPort()));
        QVERIFY(user.send(question));
        QVERIFY(user.endSending());
        QCOMPARE(user.receiveAll(), question);
        QVERIFY(user.endedInOrder());
    }
    // Cut off, it is not taken for whole: the service sees no end of stream, and so says nothing.
    QVERIFY(user.open(m_frps->publicPort()));
    QVERIFY(user.send(question));
    user.close();
    QTRY_COMPARE(stat("open_connections"_L1), 0);
}

void TestE2ePublicTls::resumesSessions()
{
    QVERIFY(m_frps->start(tls()));
    QVERIFY(m_client->start(*m_frps, m_echo->port()));
    for (const int version : {0, 0x0303}) {
        TlsUser user(m_ca.certificate());
        user.setMaxVersion(version);
        QVERIFY(user.open(m_frps->publicPort()));
        QVERIFY(!user.isResumed());
        QVERIFY(echoes(user));
        QVERIFY(user.open(m_frps->publicPort()));
        QVERIFY(user.isResumed());
        QVERIFY(echoes(user));
    }
}

void TestE2ePublicTls::triesAnotherClientWithoutLoss_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("waiting connections") << QStringList();
    QTest::newRow("on request") << QStringList{u"--pool-max"_s, u"0"_s};
}

void TestE2ePublicTls::triesAnotherClientWithoutLoss()
{
    QFETCH(const QStringList, options);
    QVERIFY(m_frps->start(tls() + QStringList{u"--policy"_s, u"round-robin"_s}));
    FrpcProcess refusing(u"refusing"_s);
    QVERIFY(refusing.start(*m_frps, freePorts(1).first(), options));
    QVERIFY(m_client->start(*m_frps, m_echo->port(), options));
    const QByteArray text = patternAt(0, 40'000).toByteArray(); // more than is sent ahead
    for (int i = 0; i < 6; ++i) {
        TlsUser user(m_ca.certificate());
        QVERIFY(user.open(m_frps->publicPort()));
        QVERIFY(echoes(user, text));
        QVERIFY(user.endSending());
        QCOMPARE(user.receiveAll(), QByteArray());
        QVERIFY(user.endedInOrder());
    }
    QVERIFY2(
        m_frps->log().contains("Client 'refusing' cannot serve a connection"), m_frps->log().constData());
    QCOMPARE(stat("rejected_other"_L1), 0);
}

void TestE2ePublicTls::takesUpARenewedCertificate()
{
    QVERIFY(m_frps->start(tls()));
    QVERIFY(m_client->start(*m_frps, m_echo->port()));
    TlsUser user(m_ca.certificate());
    QVERIFY(user.open(m_frps->publicPort()));
    QVERIFY(echoes(user));
    const QByteArray before = user.serverSha256();
    QCOMPARE(seenBy(m_frps->publicPort()), before);

    install(m_ca.issue({.key = KeyKind::Rsa}));
    QByteArray after;
    QVERIFY(QTest::qWaitFor(
        [&] {
            after = seenBy(m_frps->publicPort());
            return !after.isEmpty() && after != before;
        },
        15'000));
    QVERIFY(echoes(user)); // whoever is there stays, with what he has

    // From here: it may have looked between the two files of the pair before, and found that they do not fit.
    const qsizetype from = m_frps->logSize();
    install(certificate(), "rubbish");
    QVERIFY2(m_frps->waitForLog(u"still see the old certificate"_s, 15'000, from), m_frps->log().constData());
    QCOMPARE(seenBy(m_frps->publicPort()), after);
    QTest::qWait(5000);
    QCOMPARE(m_frps->countInLog("still see the old certificate", from), 1);
    QVERIFY(echoes(user));
}

void TestE2ePublicTls::cutsWhoDoesNotShakeHands()
{
    QVERIFY(m_frps->start(tls()));
    QVERIFY(m_client->start(*m_frps, m_echo->port()));
    RawPeer silent(m_frps->publicPort());
    RawPeer slow(m_frps->publicPort());
    QVERIFY(slow.send(QByteArray::fromHex("1603010200010001fc")));
    RawPeer garbage(m_frps->publicPort());
    QVERIFY(garbage.send("\x16 is all that it knows, and then a lot of other things"));
    QVERIFY(garbage.waitForClosed());
    RawPeer other(m_frps->publicPort());
    QVERIFY(other.send(QByteArray(100, '\0')));
    QVERIFY(other.waitForClosed());
    RawPeer http(m_frps->publicPort());
    QVERIFY(http.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    QVERIFY(http.waitForClosed());
    QVERIFY2(http.received().startsWith("HTTP/1.0 400 "), http.received().constData());
    QVERIFY(http.received().contains("https"));
    QVERIFY(!http.wasReset());
    RawPeer knocking(m_frps->publicPort());
    knocking.close();
    QVERIFY(!silent.isClosedByPeer() && !slow.isClosedByPeer());
    TlsUser user(m_ca.certificate());
    QVERIFY(user.open(m_frps->publicPort()) && echoes(user));
    QVERIFY(silent.waitForClosed(8000));
    QVERIFY(slow.waitForClosed(8000));
    QTRY_COMPARE(stat("tls_failed"_L1), 5); // counted after they are closed, in another thread
    QCOMPARE(stat("rejected_other"_L1), 0);
    QVERIFY(m_frps->log().contains("is closed during its TLS handshake"));
    QVERIFY(!m_client->log().contains("closed")); // no client has been troubled
}

void TestE2ePublicTls::countsThoseInTheirHandshake()
{
    QVERIFY(m_frps->start(tls() + QStringList{u"--max-connections-per-source"_s, u"1"_s}));
    QVERIFY(m_client->start(*m_frps, m_echo->port()));
    RawPeer silent(m_frps->publicPort());
    RawPeer second(m_frps->publicPort());
    QVERIFY(second.waitForClosed());
    silent.close();
    TlsUser user(m_ca.certificate());
    QVERIFY(QTest::qWaitFor([&] { return user.open(m_frps->publicPort()); }));
    QVERIFY(echoes(user));
    QVERIFY(stat("over_limit"_L1) >= 1);
}

void TestE2ePublicTls::believesItsFrontProxy()
{
    QVERIFY(m_frps->start(tls() + QStringList{u"--accept-proxy-protocol-from"_s, u"127.0.0.1"_s}));
    QVERIFY(m_client->start(*m_frps, m_echo->port(), {u"--proxy-protocol"_s, u"v1"_s}));
    const QByteArray told = "PROXY TCP4 203.0.113.7 192.0.2.1 54321 443\r\nhello"_ba;
    TlsUser user(m_ca.certificate());
    QVERIFY(user.open(m_frps->publicPort(), fromElsewhere));
    QVERIFY(user.send("hello"));
    QCOMPARE(user.receive(told.size()), told);
    QVERIFY(!user.open(m_frps->publicPort()));
}

void TestE2ePublicTls::givesPortsTheirOwnCertificates()
{
    const QList<quint16> ports = freePorts(3);
    const PemPair another = m_ca.issue();
    const QString directory = m_frps->directory();
    install(directory + u"/c2.pem"_s, another.certificate);
    install(directory + u"/k2.pem"_s, another.key);
    QFile config(directory + u"/frps.toml"_s);
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write(u"publicTlsCert = \"%1\"\npublicTlsKey = \"%2\"\npublicTlsPorts = \"%3\"\n"
                 "[[publicTls]]\nports = \"%4\"\ncertFile = \"%5/c2.pem\"\nkeyFile = \"%5/k2.pem\"\n"_s
                     .arg(certificate(), key())
                     .arg(ports[0])
                     .arg(ports[1])
                     .arg(directory)
                     .toUtf8());
    config.close();
    QVERIFY2(m_frps->start({u"--config"_s, config.fileName(), u"--allow-ports"_s,
                 u"%1,%2,%3"_s.arg(ports[0]).arg(ports[1]).arg(ports[2])}),
        m_frps->log().constData());
    QStringList tunnels;
    for (int i = 0; i < 3; ++i)
        tunnels << u"--tunnel"_s << u"t%1,local=%2,remote=%3"_s.arg(i).arg(m_echo->port()).arg(ports[i]);
    QVERIFY(m_client->start(*m_frps, m_echo->port(), tunnels));
    QTRY_COMPARE(m_client->countInLog("is open on port"), 3);

    const QByteArray first = seenBy(m_frps->publicPort());
    QVERIFY(!first.isEmpty());
    QCOMPARE(seenBy(ports[0]), first);
    const QByteArray second = seenBy(ports[1]);
    QVERIFY(!second.isEmpty() && second != first);
    for (const quint16 port : {m_frps->publicPort(), ports[0], ports[1]}) {
        TlsUser user(m_ca.certificate());
        QVERIFY(user.open(port) && echoes(user));
    }
    RawPeer plain(ports[2]);
    QVERIFY(plain.send("hello") && plain.receive(5));
    const QJsonArray list = m_frps->api("/api/tunnels").toArray();
    QCOMPARE(list.size(), 4);
    for (const auto &tunnel : list)
        QCOMPARE(tunnel["tls"_L1].toBool(), tunnel["port"_L1].toInt() != ports[2]);
}

void TestE2ePublicTls::followsItsFile()
{
    QFile config(m_frps->directory() + u"/frps.toml"_s);
    const auto configure = [&config](const QString &content) {
        return config.open(QIODevice::WriteOnly | QIODevice::Truncate) && config.write(content.toUtf8()) >= 0
            && (config.close(), true);
    };
    QVERIFY(configure({}));
    QVERIFY(m_frps->start({u"--config"_s, config.fileName()}));
    QVERIFY(m_client->start(*m_frps, m_echo->port()));
    RawPeer before(m_frps->publicPort());
    QVERIFY(before.send("hello") && before.receive(5));

    QVERIFY(configure(u"publicTlsCert = \"%1\"\npublicTlsKey = \"%2\"\n"_s.arg(certificate(), key())));
    m_frps->sendSignal(SIGHUP);
    QVERIFY2(m_frps->waitForLog(u"Changed: public-tls-cert, public-tls-key."_s), m_frps->log().constData());
    TlsUser user(m_ca.certificate());
    QVERIFY(user.open(m_frps->publicPort()) && echoes(user));
    QVERIFY(before.send("again") && before.receive(10));

    QVERIFY(configure(u"publicTlsCert = \"%1\"\npublicTlsKey = \"/nowhere\"\n"_s.arg(certificate())));
    m_frps->sendSignal(SIGHUP);
    QVERIFY2(m_frps->waitForLog(u"Nothing has changed: There is no /nowhere"_s), m_frps->log().constData());
    QVERIFY(!seenBy(m_frps->publicPort()).isEmpty());

    QVERIFY(configure({}));
    const qsizetype from = m_frps->logSize();
    m_frps->sendSignal(SIGHUP);
    QVERIFY(m_frps->waitForLog(u"Changed: public-tls-cert"_s, 10'000, from));
    QVERIFY(echoes(user));
    RawPeer after(m_frps->publicPort());
    QVERIFY(after.send("hello") && after.receive(5));
}

void TestE2ePublicTls::endsConnectionsInOrderWhenItStops()
{
    QVERIFY(m_frps->start(tls()));
    QVERIFY(m_client->start(*m_frps, m_echo->port()));
    TlsUser user(m_ca.certificate());
    QVERIFY(user.open(m_frps->publicPort()) && echoes(user));
    m_frps->sendSignal(SIGTERM);
    QVERIFY(m_frps->waitForLog(u"No more visitors are accepted"_s));
    QVERIFY(echoes(user));
    QVERIFY(m_frps->isRunning());
    QVERIFY(user.endSending());
    QCOMPARE(user.receiveAll(), QByteArray());
    QVERIFY(user.endedInOrder());
    user.close();
    QCOMPARE(m_frps->waitForExit(), 0);
}

void TestE2ePublicTls::refusesToStartWithoutItsFiles()
{
    QVERIFY(!m_frps->start({u"--public-tls-cert"_s, u"/nowhere/c.pem"_s, u"--public-tls-key"_s, key()}));
    QCOMPARE(m_frps->waitForExit(), 1);
    QVERIFY2(m_frps->log().contains("There is no /nowhere/c.pem"), m_frps->log().constData());
    QVERIFY(QFile::setPermissions(key(), QFile::ReadOwner | QFile::ReadOther));
    QVERIFY(m_frps->start(tls()));
    QVERIFY2(
        m_frps->log().contains("Other users of this machine can read the key"), m_frps->log().constData());
}

const frpx::test::TestRegistration registration("tst_e2e_publictls", frpx::test::runTest<TestE2ePublicTls>);

#include "tst_e2e_publictls.moc"
