// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/namespaces.h"
#include "tests/support/outboundproxy.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

QString refusal; ///< why there are no namespaces of our own
const QString serverName = u"my.server.org"_s;
const QString serviceName = u"app.internal"_s;

/// Listens on [::1]:\a port and never takes a connection: what comes when its queue is full is not answered,
/// as by a firewall that drops packets.
class BlackHole
{
public:
    explicit BlackHole(quint16 port)
        : m_listener(listenOn("::1", port, 0))
    {
        for (int i = 0; i < 4; ++i)
            m_fillers.push_back(connectTo(port));
    }
    bool isThere() const { return m_listener.isValid(); }

private:
    static Fd connectTo(quint16 port)
    {
        Fd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(port);
        address.sin6_addr = IN6ADDR_LOOPBACK_INIT;
        const int begun = ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
        Q_UNUSED(begun) // the last ones are not answered
        return fd;
    }

    Fd m_listener;
    std::vector<Fd> m_fillers;
};

/// A TLS server name that nobody can mistake for this machine makes frpc speak TLS; these links stay plain.
const QStringList plain{u"--tls"_s, u"off"_s};

} // namespace

/// How frpc gets to its server and to its local service: names, several addresses, proxies, unix sockets. In
/// namespaces of its own, with an /etc/hosts of its own.
class TestE2eWays : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void ignoresTheProxiesOfTheEnvironment();
    void goesThroughAProxy_data();
    void goesThroughAProxy();
    void speaksTlsThroughAProxy();
    void saysWhyAProxyDenies_data();
    void saysWhyAProxyDenies();
    void keepsTheProxysPasswordInAFile();
    void refusesProxiesThatMakeNoSense();
    void takesTheAddressThatAnswers();
    void servesLocalhostOfOneFamily_data();
    void servesLocalhostOfOneFamily();
    void followsAServiceThatMoves();
    void followsAServerThatMoves();
    void namesTheHostThatIsUnknown();
    void servesUnixSockets_data();
    void servesUnixSockets();

private:
    /// The lines of /etc/hosts, beside that of localhost.
    bool setHosts(const QByteArray &lines)
    {
        QFile file(m_hosts);
        return file.open(QIODevice::WriteOnly | QIODevice::Unbuffered)
            && file.write("127.0.0.1 localhost\n::1 localhost\n" + lines) > 0;
    }
    bool launch(FrpcProcess &frpc, const QStringList &more) const
    {
        return frpc.launch(
            m_frps->controlPort(), m_frps->proxyPort(), m_service->port(), FrpcProcess::demoAccount() + more);
    }
    /// Users one after the other, over waiting work connections and over ones that are dialled on request.
    void serves(const QByteArray &expected = "here"_ba, int count = 12) const
    {
        for (int i = 0; i < count; ++i) {
            const HttpReply reply = m_frps->user().get("/"_ba);
            QVERIFY2(reply.isOk(), qPrintable(reply.error));
            QCOMPARE(reply.body, expected);
        }
    }

    QTemporaryDir m_directory;
    QString m_hosts;
    std::unique_ptr<HttpService> m_service;
    std::unique_ptr<FrpsProcess> m_frps;
};

void TestE2eWays::initTestCase()
{
    if (!refusal.isNull())
        QSKIP(qPrintable(refusal));
    m_hosts = m_directory.filePath(u"hosts"_s);
    QVERIFY(setHosts({}));
    QVERIFY(::mount(QFile::encodeName(m_hosts).constData(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0);
}

void TestE2eWays::init()
{
    QVERIFY(setHosts("127.0.0.1 my.server.org\n"));
    m_service = std::make_unique<HttpService>("here"_ba);
    QVERIFY(m_service->start());
    m_frps = std::make_unique<FrpsProcess>();
}

void TestE2eWays::cleanup()
{
    m_frps.reset();
    m_service.reset();
}

void TestE2eWays::ignoresTheProxiesOfTheEnvironment()
{
    OutboundProxy proxy;
    const QString url = u"http://127.0.0.1:%1"_s.arg(proxy.start());
    FrpcProcess frpc(u"alice"_s);
    for (const QString &name :
        {u"http_proxy"_s, u"https_proxy"_s, u"all_proxy"_s, u"HTTP_PROXY"_s, u"ALL_PROXY"_s}) {
        m_frps->setVariable(name, url);
        frpc.setVariable(name, url);
    }
    QVERIFY2(m_frps->start({u"--listen"_s, u"0.0.0.0"_s}), m_frps->log().constData());
    QVERIFY(
        launch(frpc, QStringList{u"--server-addr"_s, serverName, u"--health-check"_s, u"http"_s} + plain));
    QVERIFY2(frpc.waitForRegistrations(1), frpc.log().constData());
    serves();
    QByteArray output;
    QVERIFY(qputenv("http_proxy", url.toLatin1()) && qputenv("all_proxy", url.toLatin1()));
    QCOMPARE(Process::run(frpcProgram(),
                 FrpcProcess::demoAccount()
                     + QStringList{u"--control-port"_s, QString::number(m_frps->controlPort()),
                         u"--token-file"_s, frpc.tokenFile(), u"services"_s},
                 {}, &output),
        0);
    QCOMPARE(Process::run(frpsProgram(),
                 {u"--monitor"_s, u"--api-port"_s, QString::number(m_frps->apiPort())}, {}, &output),
        0);
    qunsetenv("http_proxy");
    qunsetenv("all_proxy");
    QVERIFY(proxy.asked().isEmpty());
}

void TestE2eWays::goesThroughAProxy_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QByteArray>("user");
    QTest::addColumn<QStringList>("more");
    for (const QString &scheme : {u"http"_s, u"socks5"_s}) {
        for (const char *user : {"", "me"}) {
            QTest::addRow("%s %s in advance", qPrintable(scheme), user)
                << scheme << QByteArray(user) << QStringList{};
            QTest::addRow("%s %s on request", qPrintable(scheme), user)
                << scheme << QByteArray(user) << QStringList{u"--pool-max"_s, u"0"_s};
        }
    }
}

/// No name of the server is known here: the proxy looks it up.
void TestE2eWays::goesThroughAProxy()
{
    QFETCH(const QString, scheme);
    QFETCH(const QByteArray, user);
    QFETCH(const QStringList, more);
    QVERIFY(setHosts({}));
    OutboundProxy proxy;
    proxy.user = user;
    proxy.password = user.isEmpty() ? QByteArray() : "s3cr3t"_ba;
    const QString login = user.isEmpty() ? QString() : u"me:s3cr3t@"_s;
    const QString url = u"%1://%2localhost:%3"_s.arg(scheme, login).arg(proxy.start());
    QVERIFY(m_frps->start());
    FrpcProcess frpc(u"alice"_s);
    QVERIFY(launch(frpc, QStringList{u"--server-addr"_s, serverName, u"--proxy-url"_s, url} + plain + more));
    QVERIFY2(frpc.waitForRegistrations(1), frpc.log().constData());
    serves();
    const QString control = u"%1 %2:%3"_s.arg(scheme, serverName).arg(m_frps->controlPort());
    const QString work = u"%1 %2:%3"_s.arg(scheme, serverName).arg(m_frps->proxyPort());
    QCOMPARE(proxy.asked().count(control), 1);
    QVERIFY(proxy.asked().contains(work));
    QVERIFY(!frpc.log().contains("s3cr3t"));
    QCOMPARE(frpc.terminate(), 0);
}

void TestE2eWays::speaksTlsThroughAProxy()
{
    OutboundProxy proxy;
    const QString url = u"socks5://127.0.0.1:%1"_s.arg(proxy.start());
    QVERIFY(m_frps->start({u"--require-tls"_s}));
    for (const QStringList &more : {QStringList{}, QStringList{u"--pool-max"_s, u"0"_s}}) {
        FrpcProcess frpc(u"alice"_s);
        // "This machine" is the proxy's: TLS is spoken without --tls on.
        QVERIFY(launch(frpc,
            QStringList{u"--server-addr"_s, u"127.0.0.1"_s, u"--proxy-url"_s, url, u"--trust-on-first-use"_s,
                u"--known-servers"_s, frpc.directory() + u"/known"_s}
                + more));
        QVERIFY2(frpc.waitForRegistrations(1), frpc.log().constData());
        serves();
        QCOMPARE(frpc.terminate(), 0);
    }
}

void TestE2eWays::saysWhyAProxyDenies_data()
{
    QTest::addColumn<QByteArray>("denial");
    QTest::addColumn<QByteArray>("user");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("403") << "403 Forbidden by the company"_ba << QByteArray()
                         << "does not connect to my.server.org"_ba;
    QTest::newRow("502") << "502 Bad Gateway"_ba << QByteArray() << "cannot reach my.server.org"_ba;
    QTest::newRow("407") << QByteArray() << "me"_ba
                         << "asks for a user and a password"_ba;
}

void TestE2eWays::saysWhyAProxyDenies()
{
    QFETCH(const QByteArray, denial);
    QFETCH(const QByteArray, user);
    QFETCH(const QByteArray, words);
    OutboundProxy proxy;
    proxy.denial = denial;
    proxy.user = user;
    const QString url = u"http://127.0.0.1:%1"_s.arg(proxy.start());
    FrpcProcess frpc(u"alice"_s);
    QVERIFY(launch(frpc, {u"--server-addr"_s, serverName, u"--proxy-url"_s, url}));
    QVERIFY2(frpc.waitForLog(QString::fromLatin1(words)), frpc.log().constData());
    QVERIFY2(frpc.log().contains("the proxy " + url.toLatin1()), frpc.log().constData());
}

void TestE2eWays::keepsTheProxysPasswordInAFile()
{
    OutboundProxy proxy;
    proxy.user = "me"_ba;
    proxy.password = "s3cr3t"_ba;
    const QString file = m_directory.filePath(u"proxy-password"_s);
    QFile password(file);
    QVERIFY(password.open(QIODevice::WriteOnly) && password.write("s3cr3t\n") > 0);
    password.close();
    const QString url = u"http://me@127.0.0.1:%1"_s.arg(proxy.start());
    QVERIFY(m_frps->start());
    FrpcProcess frpc(u"alice"_s);
    QVERIFY(launch(frpc,
        QStringList{u"--server-addr"_s, serverName, u"--proxy-url"_s, url, u"--proxy-password-file"_s, file}
            + plain));
    QVERIFY2(frpc.waitForRegistrations(1), frpc.log().constData());
    serves();
    QVERIFY(!frpc.log().contains("s3cr3t"));
}

void TestE2eWays::refusesProxiesThatMakeNoSense()
{
    for (const QString &url :
        {u"proxy:3128"_s, u"https://me:s3cr3t@proxy:3128"_s, u"http://me:s3cr3t@proxy"_s}) {
        QByteArray log;
        QCOMPARE(
            Process::run(frpcProgram(), {u"--proxy-url"_s, url, u"--check-config"_s}, {}, nullptr, &log), 2);
        QVERIFY2(log.contains("http://HOST:PORT or socks5://HOST:PORT"), log.constData());
        QVERIFY(!log.contains("s3cr3t"));
    }
}

/// A name with an IPv6 address that swallows packets, and an IPv4 one that works.
void TestE2eWays::takesTheAddressThatAnswers()
{
    QVERIFY(setHosts("::1 my.server.org\n127.0.0.1 my.server.org\n"));
    QVERIFY(m_frps->start());
    const BlackHole control(m_frps->controlPort());
    const BlackHole work(m_frps->proxyPort());
    QVERIFY(control.isThere() && work.isThere());
    for (const QStringList &more : {QStringList{}, QStringList{u"--pool-max"_s, u"0"_s}}) {
        FrpcProcess frpc(u"alice"_s);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(launch(frpc, QStringList{u"--server-addr"_s, serverName} + plain + more));
        QVERIFY2(frpc.waitForRegistrations(1, 8000), frpc.log().constData()); // and not after 10 s of silence
        qInfo() << "registered after" << timer.elapsed() << "ms";
        serves();
        QVERIFY(!frpc.log().contains("Not connected"));
        QCOMPARE(frpc.terminate(), 0);
    }
}

void TestE2eWays::servesLocalhostOfOneFamily_data()
{
    QTest::addColumn<QByteArray>("address");
    QTest::addColumn<bool>("othersAreSilent");
    QTest::newRow("IPv4") << "127.0.0.1"_ba << false;
    QTest::newRow("IPv6") << "::1"_ba << false;
    QTest::newRow("IPv4 beside a black hole") << "127.0.0.1"_ba << true;
}

void TestE2eWays::servesLocalhostOfOneFamily()
{
    QFETCH(const QByteArray, address);
    QFETCH(const bool, othersAreSilent);
    const quint16 port = freePorts(1).first();
    HttpService service("local"_ba);
    QVERIFY(service.startOn(listenOn(address.constData(), port)));
    std::unique_ptr<BlackHole> hole;
    if (othersAreSilent)
        hole = std::make_unique<BlackHole>(port);
    QVERIFY(m_frps->start());
    for (const QStringList &more : {QStringList{}, QStringList{u"--pool-max"_s, u"0"_s}}) {
        FrpcProcess frpc(u"alice"_s);
        QVERIFY(frpc.start(*m_frps, port,
            QStringList{u"--local-addr"_s, u"localhost"_s, u"--health-check"_s, u"http"_s} + more));
        serves("local"_ba);
        QVERIFY(!frpc.log().contains("unhealthy"));
        QCOMPARE(frpc.terminate(), 0);
    }
}

/// The old address goes on answering, as another one's.
void TestE2eWays::followsAServiceThatMoves()
{
    const quint16 port = freePorts(1).first();
    HttpService before("before"_ba);
    HttpService after("after"_ba);
    QVERIFY(before.startOn(listenOn("127.0.0.2", port)) && after.startOn(listenOn("127.0.0.3", port)));
    QVERIFY(setHosts("127.0.0.2 app.internal\n"));
    QVERIFY(m_frps->start());
    FrpcProcess frpc(u"alice"_s);
    QVERIFY(frpc.start(*m_frps, port, {u"--local-addr"_s, serviceName}));
    serves("before"_ba);
    QVERIFY(setHosts("127.0.0.3 app.internal\n"));
    QTRY_COMPARE_WITH_TIMEOUT(m_frps->user().get("/"_ba).body, "after"_ba, 12'000);
    serves("after"_ba);
    // When it refuses, it is looked up at once.
    after.stop();
    QVERIFY(setHosts("127.0.0.2 app.internal\n"));
    QTRY_COMPARE_WITH_TIMEOUT(m_frps->user().get("/"_ba).body, "before"_ba, 5000);
}

void TestE2eWays::followsAServerThatMoves()
{
    QVERIFY(setHosts("127.0.0.2 my.server.org\n"));
    QVERIFY(m_frps->start({u"--listen"_s, u"127.0.0.2"_s}));
    FrpcProcess frpc(u"alice"_s);
    QVERIFY(launch(frpc, QStringList{u"--server-addr"_s, serverName} + plain));
    QVERIFY2(frpc.waitForRegistrations(1), frpc.log().constData());
    QCOMPARE(m_frps->terminate(), 0);
    QVERIFY(setHosts("127.0.0.3 my.server.org\n"));
    QVERIFY(m_frps->start({u"--listen"_s, u"127.0.0.3"_s}));
    QVERIFY2(frpc.waitForRegistrations(2, 8000), frpc.log().constData());
}

void TestE2eWays::namesTheHostThatIsUnknown()
{
    FrpcProcess frpc(u"alice"_s);
    QVERIFY(launch(frpc, {u"--server-addr"_s, u"no-such.server.org"_s}));
    QVERIFY2(frpc.waitForLog(u"no-such.server.org"_s, 20'000), frpc.log().constData());
}

void TestE2eWays::servesUnixSockets_data()
{
    QTest::addColumn<QStringList>("more");
    QTest::newRow("in advance") << QStringList{};
    QTest::newRow("on request") << QStringList{u"--pool-max"_s, u"0"_s};
}

void TestE2eWays::servesUnixSockets()
{
    QFETCH(const QStringList, more);
    const QString path = m_directory.filePath(u"app.sock"_s);
    QFile::remove(path);
    HttpService service("unix"_ba);
    QVERIFY(service.startOn(listenUnix(QFile::encodeName(path))));
    const quint16 port = freePorts(1).first();
    QVERIFY(m_frps->start({u"--allow-ports"_s, QString::number(port)}));
    FrpcProcess frpc(u"alice"_s);
    // The socket is the service of the public port and of a tunnel.
    const QStringList arguments{u"--client-id"_s, u"alice"_s, u"--token-file"_s, frpc.tokenFile(),
        u"--control-port"_s, QString::number(m_frps->controlPort()), u"--proxy-port"_s,
        QString::number(m_frps->proxyPort()), u"--local-addr"_s, u"unix:"_s + path, u"--health-check"_s,
        u"http"_s, u"--tunnel"_s, u"web,local=unix:%1,remote=%2"_s.arg(path).arg(port)};
    QVERIFY(frpc.Process::start(frpcProgram(), arguments + FrpcProcess::demoAccount() + more));
    QVERIFY2(frpc.waitForLog(u"Tunnel 'web' is open"_s), frpc.log().constData());
    serves("unix"_ba);
    for (int i = 0; i < 12; ++i)
        QCOMPARE(HttpClient(port).get("/"_ba).body, "unix"_ba);
    constexpr quint64 size = 20'000'000;
    const HttpReply bulk = HttpClient(port).get("/bytes/20000000"_ba, HttpClient::Body::Hash);
    QVERIFY2(bulk.isOk(), qPrintable(bulk.error));
    QCOMPARE(bulk.bodySize, size);
    QCOMPARE(bulk.firstDifference, -1);
    QVERIFY(!frpc.log().contains("unhealthy"));
    // The service is gone, and back.
    service.stop();
    QFile::remove(path);
    QVERIFY(!HttpClient(port).get("/"_ba).isOk());
    QVERIFY(frpc.log().contains("unix:" + path.toUtf8()));
    QVERIFY(service.startOn(listenUnix(QFile::encodeName(path))));
    QTRY_COMPARE(HttpClient(port).get("/"_ba).body, "unix"_ba);
    QCOMPARE(frpc.terminate(), 0);
}

namespace {

int testMain(int argc, char **argv)
{
    refusal = enterOwn(Namespace::Network); // while there is one thread
    if (refusal.isNull())
        refusal = enterOwn(Namespace::Mounts);
    QCoreApplication app(argc, argv);
    TestE2eWays test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_e2e_ways", testMain);

#include "tst_e2e_ways.moc"
