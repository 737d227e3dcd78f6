// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/loopback.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"
#include "tests/support/sockets.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <csignal>

#include <poll.h>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype small = 1'000;
constexpr qsizetype bulk = 300'000; // beyond the chunks of a plain connection

/// A client with one tunnel, whose service is this test.
class TunnelClient
{
public:
    explicit TunnelClient(const QString &id)
        : frpc(id)
        , m_listener(listenLoopback(0))
        , port(freePorts(1).constFirst())
    { }

    bool start(const FrpsProcess &frps, const QStringList &options)
    {
        const quint16 service = localPort(m_listener);
        return frpc.start(frps, service,
                   QStringList{u"--only-tunnels"_s, u"--tunnel"_s,
                       u"%1,local=127.0.0.1:%2,remote=%3"_s.arg(frpc.clientId()).arg(service).arg(port)}
                       + options)
            && frpc.waitForLog(u"is open on port"_s);
    }
    /// A visitor (near) and the service (far) that have said something, \a size bytes of which came down.
    Connection stream(qsizetype size) const
    {
        Connection both{connectTo(port), {}};
        sendAll(both.near.get(), "?");
        pollfd watched{m_listener.get(), POLLIN, 0};
        if (::poll(&watched, 1, 10'000) != 1)
            return {};
        both.far = UniqueFd(::accept(m_listener.get(), nullptr, nullptr));
        giveUpAfter(both.far.get(), 30);
        const QByteArray down = noise(size, 1);
        if (receive(both.far.get(), 1).bytes != "?" || !sendAll(both.far.get(), down)
            || receive(both.near.get(), size).bytes != down)
            return {};
        return both;
    }

    FrpcProcess frpc;

private:
    Fd m_listener;

public:
    const quint16 port;
};

bool isAlive(const Connection &both)
{
    return sendAll(both.near.get(), "up") && receive(both.far.get(), 2).bytes == "up"
        && sendAll(both.far.get(), "down") && receive(both.near.get(), 4).bytes == "down";
}

bool hasNews(const UniqueFd &fd)
{
    pollfd watched{fd.get(), POLLIN, 0};
    return ::poll(&watched, 1, 0) != 0;
}

} // namespace

/// frpc that stops, with visitors whose streams it carries.
class TestE2eHungClients : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void endsTheStreams_data();
    void endsTheStreams();
    void keepsThemIfItGoesOnInTime();
    void keepsThemWithoutTheSetting();
    void takesTheSettingByReload();

private:
    static void startFrps(FrpsProcess &frps, const QList<quint16> &ports, int timeoutS);
    static void stop(TunnelClient &client);
};

void TestE2eHungClients::startFrps(FrpsProcess &frps, const QList<quint16> &ports, int timeoutS)
{
    QStringList list;
    for (const quint16 port : ports)
        list << QString::number(port);
    QStringList options{u"--log-level"_s, u"debug"_s, u"--allow-ports"_s, list.join(u',')};
    if (timeoutS > 0)
        options << u"--hung-client-timeout"_s << QString::number(timeoutS);
    QVERIFY(frps.start(options));
}

void TestE2eHungClients::stop(TunnelClient &client)
{
    client.frpc.sendSignal(SIGSTOP);
    QTRY_VERIFY(client.frpc.isStopped());
}

void TestE2eHungClients::endsTheStreams_data()
{
    QTest::addColumn<int>("timeoutS");
    QTest::addColumn<int>("heartbeatS");
    QTest::addColumn<bool>("sessionIsThere");
    QTest::addColumn<QStringList>("options");
    QTest::newRow("its session is over") << 5 << 1 << false << QStringList();
    QTest::newRow("its session is there, between two heartbeats") << 2 << 10 << true << QStringList();
    if (!isLong())
        return;
    QTest::newRow("without waiting connections") << 5 << 1 << false << QStringList{u"--pool-max"_s, u"0"_s};
    QTest::newRow("TLS") << 2 << 10 << true << QStringList{u"--tls"_s, u"on"_s, u"--trust-on-first-use"_s};
}

void TestE2eHungClients::endsTheStreams()
{
    QFETCH(const int, timeoutS);
    QFETCH(const int, heartbeatS);
    QFETCH(const bool, sessionIsThere);
    QFETCH(const QStringList, options);
    const QStringList all = options + QStringList{u"--heartbeat-interval"_s, QString::number(heartbeatS)};
    TunnelClient a(u"a"_s);
    TunnelClient b(u"b"_s); // of the same account
    FrpsProcess frps;
    startFrps(frps, {a.port, b.port}, timeoutS);
    QVERIFY(a.start(frps, all) && b.start(frps, all));
    const Connection idle = a.stream(small);
    const Connection download = a.stream(bulk);
    const Connection other = b.stream(small);
    const Connection otherDownload = b.stream(bulk);
    QVERIFY(idle.far && download.far && other.far && otherDownload.far);

    QElapsedTimer since;
    since.start();
    stop(a);
    QVERIFY(sendAll(download.far.get(), noise(small, 2))); // and more was to come
    const qint64 latestMs = timeoutS * 1000 + 10'000;
    QVERIFY(QTest::qWaitFor([&] { return hasNews(idle.near) && hasNews(download.near); }, int(latestMs)));
    // Its last message came at most a heartbeat before it stopped.
    QVERIFY2(since.elapsed() >= (timeoutS - (sessionIsThere ? timeoutS / 2 : heartbeatS)) * 1000 - 500,
        qPrintable(QString::number(since.elapsed())));
    QCOMPARE(frps.clientIds().contains(u"a"_s), sessionIsThere);
    for (const Connection *cut : {&idle, &download}) {
        const Received rest = receiveAll(cut->near.get());
        QCOMPARE(rest.bytes.size(), 0);
        QCOMPARE(rest.ending, Ending::Reset);
    }
    QCOMPARE(frps.countInLog("Client a has sent nothing for too long"), 1);
    QTest::qWait(2000); // b has been as quiet for longer than that, but for its heartbeats
    QVERIFY(isAlive(other) && isAlive(otherDownload));
    QCOMPARE(frps.countInLog("has sent nothing for too long"), 1);

    a.frpc.sendSignal(SIGCONT); // with the next visitor all is well
    if (!sessionIsThere)
        QVERIFY(a.frpc.waitForRegistrations(2));
    Connection later;
    QTRY_VERIFY((later = a.stream(small)).far);
    QVERIFY(isAlive(later));
}

void TestE2eHungClients::keepsThemIfItGoesOnInTime()
{
    constexpr int timeoutS = 7;
    TunnelClient a(u"a"_s);
    FrpsProcess frps;
    startFrps(frps, {a.port}, timeoutS);
    QVERIFY(a.start(frps, {u"--heartbeat-interval"_s, u"1"_s}));
    const Connection idle = a.stream(small);
    const Connection download = a.stream(bulk);
    QVERIFY(idle.far && download.far);
    stop(a);
    QVERIFY(sendAll(download.far.get(), noise(bulk, 2)));
    QVERIFY(frps.waitForLog(u"no heartbeat for too long"_s));
    a.frpc.sendSignal(SIGCONT);
    QVERIFY(a.frpc.waitForRegistrations(2));
    QTest::qWait(timeoutS * 1000); // longer than since its last message before
    QVERIFY(receive(download.near.get(), bulk).bytes == noise(bulk, 2));
    QVERIFY(isAlive(idle) && isAlive(download));
    QCOMPARE(frps.countInLog("has sent nothing for too long"), 0);

    // They are watched with its new session, too.
    stop(a);
    QCOMPARE(receiveAll(idle.near.get()).ending, Ending::Reset);
    QCOMPARE(receiveAll(download.near.get()).ending, Ending::Reset);
}

void TestE2eHungClients::keepsThemWithoutTheSetting()
{
    TunnelClient a(u"a"_s);
    FrpsProcess frps;
    startFrps(frps, {a.port}, 0);
    QVERIFY(a.start(frps, {u"--heartbeat-interval"_s, u"1"_s}));
    const Connection idle = a.stream(small);
    const Connection download = a.stream(bulk);
    QVERIFY(idle.far && download.far);
    stop(a);
    QVERIFY(frps.waitForLog(u"no heartbeat for too long"_s));
    QTest::qWait(3000);
    QVERIFY(!hasNews(idle.near) && !hasNews(download.near));
    a.frpc.sendSignal(SIGCONT);
    QVERIFY(isAlive(idle) && isAlive(download));
}

void TestE2eHungClients::takesTheSettingByReload()
{
    TunnelClient a(u"a"_s);
    FrpsProcess frps;
    QFile file(frps.directory() + u"/frps.toml"_s);
    const auto write = [&file](const QByteArray &text) {
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && (file.close(), true);
    };
    QVERIFY(write("hungClientTimeout = 0\n"));
    QVERIFY(frps.start({u"--config"_s, file.fileName(), u"--allow-ports"_s, QString::number(a.port)}));
    QVERIFY(a.start(frps, {}));
    const Connection idle = a.stream(small);
    QVERIFY(idle.far);
    QVERIFY(write("hungClientTimeout = 2\n"));
    frps.sendSignal(SIGHUP);
    QVERIFY(frps.waitForLog(u"Changed: hung-client-timeout."_s));
    stop(a);
    QCOMPARE(receiveAll(idle.near.get()).ending, Ending::Reset);
}

const frpx::test::TestRegistration registration(
    "tst_e2e_hungclients", frpx::test::runTest<TestE2eHungClients>);

#include "tst_e2e_hungclients.moc"
