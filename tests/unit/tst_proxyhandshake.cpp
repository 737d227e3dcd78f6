// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/proxyhandshake.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::net;
using namespace Qt::StringLiterals;

using Progress = ProxyHandshake::Progress;

namespace {

ProxyRequest request(const QString &proxyUrl, const QString &host = u"my.server.org"_s)
{
    return {*parseOutboundProxy(proxyUrl), host, 17000};
}

} // namespace

class TestProxyHandshake : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsUrls_data();
    void readsUrls();
    void refusesOtherUrls_data();
    void refusesOtherUrls();
    void neverShowsThePassword();
    void asksByConnect_data();
    void asksByConnect();
    void takesTheAnswerInPieces();
    void readsAnswersOfHttp_data();
    void readsAnswersOfHttp();
    void boundsTheAnswer();
    void asksBySocks_data();
    void asksBySocks();
    void logsInBySocks();
    void readsAnswersOfSocks_data();
    void readsAnswersOfSocks();
    void wantsNothingBehindTheAnswer();
};

void TestProxyHandshake::readsUrls_data()
{

    QTest::addColumn<QString>("url");
    QTest::addColumn<bool>("isSocks");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<QString>("user");
    QTest::addColumn<QString>("password");
    QTest::newRow("http") << u"http://proxy:3128"_s << false << u"proxy"_s << 3128 << QString() << QString();
    QTest::newRow("slash") << u"http://proxy:3128/"_s << false << u"proxy"_s << 3128 << QString()
                           << QString();
    QTest::newRow("login") << u"http://me:p%40ss@proxy:3128"_s << false << u"proxy"_s << 3128 << u"me"_s
                           << u"p@ss"_s;
    QTest::newRow("user") << u"socks5://me@10.0.0.1:1080"_s << true << u"10.0.0.1"_s << 1080 << u"me"_s
                          << QString();
    QTest::newRow("socks5h") << u"socks5h://proxy:1080"_s << true << u"proxy"_s << 1080 << QString()
                             << QString();
    QTest::newRow("IPv6") << u"socks5://[::1]:1080"_s << true << u"::1"_s << 1080 << QString() << QString();
}

void TestProxyHandshake::readsUrls()
{
    QFETCH(const QString, url);
    const Result<OutboundProxy> proxy = parseOutboundProxy(url);
    QVERIFY2(proxy, proxy ? "" : qPrintable(proxy.error().detail));
    QTEST(proxy->kind == OutboundProxy::Kind::Socks5, "isSocks");
    QTEST(proxy->host, "host");
    QTEST(int(proxy->port), "port");
    QTEST(proxy->user, "user");
    QTEST(proxy->password, "password");
}

void TestProxyHandshake::refusesOtherUrls_data()
{
    QTest::addColumn<QString>("url");
    for (const QString &url : {u""_s, u"proxy"_s, u"proxy:3128"_s, u"http://proxy"_s, u"http://:3128"_s,
             u"https://proxy:3128"_s, u"socks4://proxy:1080"_s, u"http://proxy:0"_s, u"http://proxy:70000"_s,
             u"http://proxy:80/path"_s, u"http://proxy:80?query"_s, u"http://:secret@proxy:80"_s,
             u"http://secret secret@proxy:80"_s, u"http://me:secret%@proxy:80"_s,
             u"http://secret%1:80"_s.arg(QString(300, u'a')) + u"@proxy:80"_s})
        QTest::newRow(qPrintable(url.left(40))) << url;
}

void TestProxyHandshake::refusesOtherUrls()
{
    QFETCH(const QString, url);
    const Result<OutboundProxy> proxy = parseOutboundProxy(url);
    QVERIFY(!proxy);
    QCOMPARE(proxy.error().code, Errc::InvalidArgument);
    QVERIFY(!proxy.error().detail.contains("secret"_L1));
}

void TestProxyHandshake::neverShowsThePassword()
{
    const Result<OutboundProxy> proxy = parseOutboundProxy(u"http://me:secret@[::1]:3128"_s);
    QVERIFY(proxy);
    QCOMPARE(proxy->toString(), u"http://[::1]:3128"_s);
    for (const char *answer :
        {"HTTP/1.1 407 No\r\n\r\n", "HTTP/1.1 403 No\r\n\r\n", "HTTP/1.1 502 No\r\n\r\n", "no"}) {
        ProxyHandshake handshake({*proxy, u"my.server.org"_s, 17000});
        QCOMPARE(handshake.feed(answer), Progress::Failed);
        QVERIFY(!handshake.error().detail.contains("secret"_L1));
        QVERIFY(handshake.error().detail.contains("[::1]:3128"_L1));
    }
}

void TestProxyHandshake::asksByConnect_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("host");
    QTest::addColumn<QByteArray>("output");
    QTest::newRow("name") << u"http://p:1"_s << u"my.server.org"_s
                          << "CONNECT my.server.org:17000 HTTP/1.1\r\nHost: my.server.org:17000\r\n\r\n"_ba;
    QTest::newRow("IPv6") << u"http://p:1"_s << u"2001:db8::1"_s
                          << "CONNECT [2001:db8::1]:17000 HTTP/1.1\r\nHost: [2001:db8::1]:17000\r\n\r\n"_ba;
    QTest::newRow("login") << u"http://me:secret@p:1"_s << u"h"_s
                           << "CONNECT h:17000 HTTP/1.1\r\nHost: h:17000\r\n"
                              "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n"_ba;
}

void TestProxyHandshake::asksByConnect()
{
    QFETCH(const QString, url);
    QFETCH(const QString, host);
    ProxyHandshake handshake(request(url, host));
    QTEST(handshake.takeOutput(), "output");
    QVERIFY(handshake.takeOutput().isEmpty());
    QCOMPARE(handshake.feed("HTTP/1.1 200 Connection established\r\n\r\n"), Progress::Done);
}

void TestProxyHandshake::takesTheAnswerInPieces()
{
    ProxyHandshake handshake(request(u"http://p:1"_s));
    const QByteArray answer = "HTTP/1.0 200 OK\r\nVia: x\r\n\r\n"_ba;
    for (qsizetype i = 0; i < answer.size() - 1; ++i)
        QCOMPARE(handshake.feed(answer.mid(i, 1)), Progress::Waiting);
    QCOMPARE(handshake.feed("\n"), Progress::Done);
}

void TestProxyHandshake::readsAnswersOfHttp_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    const auto head = [](const char *status) { return QByteArray("HTTP/1.1 ") + status + "\r\n\r\n"; };
    QTest::newRow("403") << head("403 Forbidden") << int(Errc::Forbidden)
                         << u"does not connect to my.server.org:17000"_s;
    QTest::newRow("404") << head("404 Not Found") << int(Errc::Forbidden) << u"404 Not Found"_s;
    QTest::newRow("407") << head("407 Login") << int(Errc::Forbidden) << u"asks for a user and a password"_s;
    QTest::newRow("502") << head("502 Bad Gateway") << int(Errc::ConnectFailed)
                         << u"cannot reach my.server.org:17000"_s;
    QTest::newRow("504") << head("504 Timeout") << int(Errc::ConnectFailed) << u"cannot reach"_s;
    QTest::newRow("no number") << head("OK") << int(Errc::Forbidden) << u"(OK)"_s;
    QTest::newRow("no HTTP") << "SSH-2.0-x\r\n"_ba << int(Errc::UnexpectedMessage) << u"as an HTTP proxy"_s;
    QTest::newRow("control characters") << head("500 \x1b[31m") << int(Errc::Forbidden) << u"500"_s;
}

void TestProxyHandshake::readsAnswersOfHttp()
{
    QFETCH(const QByteArray, answer);
    QFETCH(const QString, words);
    ProxyHandshake handshake(request(u"http://p:1"_s));
    QCOMPARE(handshake.feed(answer), Progress::Failed);
    QTEST(int(handshake.error().code), "code");
    QVERIFY2(handshake.error().detail.contains(words), qPrintable(handshake.error().detail));
    QVERIFY(!handshake.error().detail.contains(QChar(0x1b)));
    QCOMPARE(handshake.feed("HTTP/1.1 200 OK\r\n\r\n"), Progress::Failed); // it is over
}

void TestProxyHandshake::boundsTheAnswer()
{
    ProxyHandshake handshake(request(u"http://p:1"_s));
    QCOMPARE(handshake.feed("HTTP/1.1 200 OK\r\n" + QByteArray(8000, 'x')), Progress::Waiting);
    QCOMPARE(handshake.feed(QByteArray(200, 'x')), Progress::Failed);
}

void TestProxyHandshake::asksBySocks_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QByteArray>("output");
    const QByteArray port = QByteArray::fromHex("4268");
    QTest::newRow("name") << u"ab.c"_s << QByteArray::fromHex("0501000304") + "ab.c" + port;
    QTest::newRow("IPv4") << u"192.0.2.1"_s << QByteArray::fromHex("05010001c0000201") + port;
    QTest::newRow("IPv6") << u"2001:db8::1"_s
                          << QByteArray::fromHex("0501000420010db8000000000000000000000001") + port;
}

void TestProxyHandshake::asksBySocks()
{
    QFETCH(const QString, host);
    ProxyHandshake handshake(request(u"socks5://p:1"_s, host));
    QCOMPARE(handshake.takeOutput(), QByteArray::fromHex("050100"));
    QCOMPARE(handshake.feed(QByteArray::fromHex("05")), Progress::Waiting);
    QVERIFY(handshake.takeOutput().isEmpty());
    QCOMPARE(handshake.feed(QByteArray::fromHex("00")), Progress::Waiting);
    QTEST(handshake.takeOutput(), "output");
    QCOMPARE(handshake.feed(QByteArray::fromHex("05000001000000000000")), Progress::Done);
}

void TestProxyHandshake::logsInBySocks()
{
    ProxyHandshake handshake(request(u"socks5://me:pw@p:1"_s));
    QCOMPARE(handshake.takeOutput(), QByteArray::fromHex("05020002"));
    QCOMPARE(handshake.feed(QByteArray::fromHex("0502")), Progress::Waiting);
    QCOMPARE(handshake.takeOutput(), QByteArray::fromHex("01026d65027077"));
    QCOMPARE(handshake.feed(QByteArray::fromHex("0100")), Progress::Waiting);
    QVERIFY(handshake.takeOutput().startsWith(QByteArray::fromHex("05010003")));
    QCOMPARE(handshake.feed(QByteArray::fromHex("0500000303") + "abcxx"), Progress::Done);
}

void TestProxyHandshake::readsAnswersOfSocks_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    const QString plain = u"socks5://p:1"_s;
    const QString login = u"socks5://me:pw@p:1"_s;
    const auto hex = [](const char *text) { return QByteArray::fromHex(text); };
    QTest::newRow("HTTP") << plain << "HTTP/1.1 400"_ba << int(Errc::UnexpectedMessage)
                          << u"as a SOCKS5 proxy"_s;
    QTest::newRow("wants a login") << plain << hex("0502") << int(Errc::Forbidden) << u"asks for a user"_s;
    QTest::newRow("wants nothing of it")
        << plain << hex("05ff") << int(Errc::Forbidden) << u"asks for a user"_s;
    QTest::newRow("another login") << login << hex("05ff") << int(Errc::Forbidden)
                                   << u"another kind of login"_s;
    QTest::newRow("refused login") << login << hex("05020101") << int(Errc::Forbidden)
                                   << u"refuses the user"_s;
    QTest::newRow("not allowed") << plain << hex("05000502") << int(Errc::Forbidden) << u"do not allow"_s;
    QTest::newRow("refused") << plain << hex("05000505") << int(Errc::ConnectFailed)
                             << u"connection refused"_s;
    QTest::newRow("unreachable") << plain << hex("05000504") << int(Errc::ConnectFailed)
                                 << u"my.server.org:17000"_s;
    QTest::newRow("bad address") << plain << hex("05000500000900") << int(Errc::UnexpectedMessage)
                                 << u"SOCKS5"_s;
}

void TestProxyHandshake::readsAnswersOfSocks()
{
    QFETCH(const QString, url);
    QFETCH(const QByteArray, answer);
    QFETCH(const QString, words);
    ProxyHandshake handshake(request(url));
    QCOMPARE(handshake.feed(answer), Progress::Failed);
    QTEST(int(handshake.error().code), "code");
    QVERIFY2(handshake.error().detail.contains(words), qPrintable(handshake.error().detail));
}

/// The server waits for the client: what speaks first is none, and must not be taken for its answer.
void TestProxyHandshake::wantsNothingBehindTheAnswer()
{
    ProxyHandshake http(request(u"http://p:1"_s));
    QCOMPARE(http.feed("HTTP/1.1 200 OK\r\n\r\nSSH-2.0"), Progress::Failed);
    QCOMPARE(http.error().code, Errc::UnexpectedMessage);
    ProxyHandshake socks(request(u"socks5://p:1"_s));
    QCOMPARE(socks.feed(QByteArray::fromHex("0500")), Progress::Waiting);
    QCOMPARE(socks.feed(QByteArray::fromHex("0500000100000000000000")), Progress::Failed);
}

const frpx::test::TestRegistration registration(
    "tst_proxyhandshake", frpx::test::runBareTest<TestProxyHandshake>);

#include "tst_proxyhandshake.moc"
