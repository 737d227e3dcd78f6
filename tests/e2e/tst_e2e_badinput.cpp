// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/frames.h"
#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/originalclient.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QJsonObject>
#include <QTest>
#include <QUuid>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Whatever comes in on the control and proxy ports ends its own connection and nothing else: good requests
/// run all the time and none may fail.
class TestE2eBadInput : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void cleanupTestCase();

    void closesOnBadFrames_data();
    void closesOnBadFrames();
    void closesOnBadFramesAfterLogin_data();
    void closesOnBadFramesAfterLogin();
    void closesAfterRefusedLogins();
    void closesSilentAndSlowConnections();
    void refusesUnknownUsedAndExpiredIds();
    void takesHundredsOfBadFramesInARow();

private:
    enum Port { Control, Proxy };

    quint16 portOf(Port port) const { return port == Control ? m_frps.controlPort() : m_frps.proxyPort(); }
    int warnings() const { return m_frps.countInLog("WARN"_ba); }

    HttpService m_service{"good"_ba};
    FrpsProcess m_frps;
    FrpcProcess m_client{u"good"_s};
    std::unique_ptr<Load> m_load;
    int m_descriptors = 0;
    qint64 m_rssKib = 0;
};

namespace {

QByteArray loginFrame(const QByteArray &password = demoPassword)
{
    return frame(R"({"Login":{"email":"test@example.com","pass":")" + password + R"("}})");
}

QByteArray newProxyConn(const QString &id)
{
    return frame(R"({"NewProxyConn":{"proxy_conn_id":)" + jsonString(id) + "}}");
}

QString anyId()
{
    return QUuid::createUuid().toString(QUuid::WithoutBraces);
}

constexpr qint64 maxGrowthKib = qint64(scaled(32, 128)) * 1024;

} // namespace

void TestE2eBadInput::initTestCase()
{
    raiseDescriptorLimit();
    QVERIFY(m_service.start());
    QVERIFY(m_frps.start());
    {
        FrpcProcess client(u"warm-up"_s);
        QVERIFY(client.start(m_frps, m_service.port()));
        Load warmUp(m_frps.publicPort(), "/"_ba, 4);
        warmUp.start();
        QVERIFY(warmUp.waitForMore(200));
        warmUp.stop();
        QCOMPARE(client.terminate(), 0);
    }
    std::vector<RawPeer> logins(8); // at once, so that every thread that checks passwords has started
    for (RawPeer &peer : logins)
        QVERIFY(peer.open(m_frps.controlPort()) && peer.send(loginFrame()));
    for (RawPeer &peer : logins)
        QVERIFY(peer.receiveFrame());
    logins.clear();
    QTRY_COMPARE(m_service.connectionCount(), 0);
    QTRY_COMPARE(m_frps.activeClients(), 0);
    // Without a client, as the number of those that wait for users is his and the server's affair.
    int unchanged = 0;
    QVERIFY(QTest::qWaitFor([&] {
        const int before = std::exchange(m_descriptors, m_frps.descriptorCount());
        unchanged = before == m_descriptors ? unchanged + 1 : 0;
        return unchanged == 20;
    }));
    QVERIFY(m_client.start(m_frps, m_service.port()));
    m_rssKib = m_frps.rssKib();
}

void TestE2eBadInput::init()
{
    m_load = std::make_unique<Load>(m_frps.publicPort(), "/slow/5"_ba, 2);
    m_load->start();
}

void TestE2eBadInput::cleanup()
{
    QVERIFY(m_load->waitForMore(10));
    m_load->stop();
    QVERIFY2(m_load->failureCount() == 0, qPrintable(m_load->failures()));
    QTRY_COMPARE(m_frps.activeClients(), 1);
    QCOMPARE(m_client.registrations(), 1);
}

void TestE2eBadInput::cleanupTestCase()
{
    m_load.reset();
    if (!m_frps.isRunning())
        return;
    QCOMPARE(m_client.terminate(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(m_frps.descriptorCount() <= m_descriptors, 15'000);
    QVERIFY2(m_frps.rssKib() - m_rssKib < maxGrowthKib,
        qPrintable(u"from %1 to %2 KiB"_s.arg(m_rssKib).arg(m_frps.rssKib())));
    QCOMPARE(m_frps.terminate(), 0);
}

void TestE2eBadInput::closesOnBadFrames_data()
{
    QTest::addColumn<int>("port");
    QTest::addColumn<QByteArray>("bytes");
    const std::pair<const char *, QByteArray> cases[] = {
        {"4 GiB", QByteArray(4, '\xff')},
        {"1 GiB", "\x40\0\0\0"_ba},
        {"just above the limit", QByteArray("\0\0\x10\x01", 4)},
        {"zero length", QByteArray(4, '\0')},
        {"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"_ba},
        {"broken JSON", frame(R"({"Login":)"_ba)},
        {"no JSON", frame(QByteArray(100, '\x80'))},
        {"deep JSON", frame(QByteArray(4'000, '['))},
        {"JSON of another shape", frame("[1,2,3]"_ba)},
        {"a number", frame("7"_ba)},
        {"two variants", frame(R"({"Login":{},"Register":{}})"_ba)},
        {"wrong types", frame(R"({"Login":{"email":1,"pass":[]}})"_ba)},
        {"wrong types of an id", frame(R"({"NewProxyConn":{"proxy_conn_id":null}})"_ba)},
        {"missing fields", frame(R"({"Login":{}})"_ba)},
        {"no fields", frame(R"("NewProxyConn")"_ba)},
        {"unknown variant", frame(R"({"Surprise":{"x":1}})"_ba)},
        {"unknown bare variant", frame(R"("Surprise")"_ba)},
        {"the server's own variant",
            frame(R"({"LoginResult":{"success":true,"error":null,"token":null}})"_ba)},
        {"register before login", frame(R"({"Register":{"client_id":"x"}})"_ba)},
        {"heartbeat before login", frame(R"("Heartbeat")"_ba)},
        {"NUL in a name", frame(R"({"Login\u0000":{"email":"a","pass":"b"}})"_ba)},
    };
    for (const auto &[name, bytes] : cases) {
        QTest::addRow("control: %s", name) << int(Control) << bytes;
        QTest::addRow("proxy: %s", name) << int(Proxy) << bytes;
    }
    QTest::newRow("control: NewProxyConn") << int(Control) << newProxyConn(anyId());
    QTest::newRow("proxy: Login") << int(Proxy) << loginFrame();
}

void TestE2eBadInput::closesOnBadFrames()
{
    QFETCH(const int, port);
    QFETCH(const QByteArray, bytes);
    const int before = warnings();
    RawPeer peer(portOf(Port(port)));
    QVERIFY(peer.send(bytes));
    QVERIFY(peer.waitForClosed(3'000));
    QVERIFY2(peer.received().isEmpty(), peer.received().constData());
    QTRY_VERIFY(warnings() > before);
}

void TestE2eBadInput::closesOnBadFramesAfterLogin_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("just above the limit") << QByteArray("\0\x01\0\x01", 4);
    QTest::newRow("zero length") << QByteArray(4, '\0');
    QTest::newRow("broken JSON") << frame("{"_ba);
    QTest::newRow("login again") << loginFrame();
    QTest::newRow("heartbeat before register") << frame(R"("Heartbeat")"_ba);
    QTest::newRow("client id of the wrong type") << frame(R"({"Register":{"client_id":7}})"_ba);
    QTest::newRow("client id too long")
        << frame(R"({"Register":{"client_id":")" + QByteArray(10'000, 'x') + R"("}})");
    QTest::newRow("client id with a line break") << frame(R"({"Register":{"client_id":"a\nb"}})"_ba);
    QTest::newRow("empty client id") << frame(R"({"Register":{"client_id":""}})"_ba);
    QTest::newRow("registered, then unknown")
        << frame(R"({"Register":{"client_id":"x"}})"_ba) + frame(R"("Surprise")"_ba);
    QTest::newRow("registered, then percentages of the wrong type")
        << frame(R"({"Register":{"client_id":"x"}})"_ba)
            + frame(R"({"SystemInfo":{"cpu_usage":"a","memory_usage":1,"disk_usage":1}})"_ba);
    QTest::newRow("registered twice")
        << frame(R"({"Register":{"client_id":"x"}})"_ba) + frame(R"({"Register":{"client_id":"y"}})"_ba);
}

void TestE2eBadInput::closesOnBadFramesAfterLogin()
{
    QFETCH(const QByteArray, bytes);
    RawPeer peer(m_frps.controlPort());
    QVERIFY(peer.send(loginFrame()));
    const std::optional<QByteArray> result = peer.receiveFrame();
    QVERIFY(result);
    QVERIFY2(result->startsWith(R"({"LoginResult":{"success":true,)"), result->constData());
    const int before = warnings();
    QVERIFY(peer.send(bytes));
    QVERIFY(peer.waitForClosed(3'000));
    QTRY_VERIFY(warnings() > before);
}

void TestE2eBadInput::closesAfterRefusedLogins()
{
    RawPeer peer(m_frps.controlPort());
    int refusals = 0;
    while (refusals < 20 && peer.send(loginFrame("wrong"_ba))) {
        if (!peer.receiveFrame())
            break;
        ++refusals;
    }
    QVERIFY2(refusals >= 1 && refusals <= 5, qPrintable(QString::number(refusals)));
    QVERIFY(peer.waitForClosed());
    QVERIFY(!m_frps.log().contains("wrong\""));
}

void TestE2eBadInput::closesSilentAndSlowConnections()
{
    // None may stay beyond its deadline, whatever it does to look busy.
    constexpr int deadlineMs = 20'000; // twice the server's
    constexpr int silentCount = 1'000;
    const QDeadlineTimer deadline(deadlineMs);
    std::vector<RawPeer> silent(silentCount);
    for (size_t i = 0; i < silent.size(); ++i)
        QVERIFY(silent.at(i).open(portOf(i % 2 == 0 ? Control : Proxy)));

    std::vector<RawPeer> started;
    for (const Port port : {Control, Proxy}) {
        for (const QByteArray &bytes : {QByteArray(1, '\0'), QByteArray(3, '\0'), QByteArray("\0\0\0\x20", 4),
                 loginFrame().chopped(1), newProxyConn(anyId()).chopped(1)}) {
            started.emplace_back(portOf(port));
            QVERIFY(started.back().send(bytes));
        }
    }
    RawPeer unregistered(m_frps.controlPort());
    QVERIFY(unregistered.send(loginFrame()));

    // Meanwhile there is room for a client who behaves.
    FrpcProcess another(u"another"_s);
    QVERIFY(another.start(m_frps, m_service.port()));
    QVERIFY(m_frps.waitForClients(2));
    QCOMPARE(another.terminate(), 0);
    QTRY_COMPARE(m_frps.activeClients(), 1);

    // A byte every now and then buys no time.
    const QByteArray slowly = frame(QByteArray(200, ' '));
    RawPeer slowControl(m_frps.controlPort());
    RawPeer slowProxy(m_frps.proxyPort());
    qsizetype sent = 0;
    while (!deadline.hasExpired() && !(slowControl.isClosedByPeer() && slowProxy.isClosedByPeer())) {
        QVERIFY(sent < slowly.size());
        slowControl.send(slowly.sliced(sent, 1));
        slowProxy.send(slowly.sliced(sent, 1));
        ++sent;
        QTest::qWait(200);
    }
    QVERIFY(slowControl.isClosedByPeer());
    QVERIFY(slowProxy.isClosedByPeer());
    const auto remaining = [&deadline] { return std::max(1, static_cast<int>(deadline.remainingTime())); };
    for (RawPeer &peer : started)
        QVERIFY(peer.waitForClosed(remaining()));
    QVERIFY(unregistered.waitForClosed(remaining()));
    for (RawPeer &peer : silent)
        QVERIFY(peer.waitForClosed(remaining()));
}

void TestE2eBadInput::refusesUnknownUsedAndExpiredIds()
{
    FrpsProcess frps;
    QVERIFY(frps.start({u"--pending-timeout"_s, u"4"_s})); // the first user's client is this test
    const qsizetype start = frps.logSize();
    OriginalClient client(frps.controlPort(), frps.proxyPort());
    client.setAnswering(false);
    QVERIFY(client.login(QString::fromLatin1(demoEmail), QString::fromLatin1(demoPassword)));
    QVERIFY(client.registerAs(u"by hand"_s));

    RawPeer unknown(frps.proxyPort());
    QVERIFY(unknown.send(newProxyConn(anyId())));
    QVERIFY(unknown.waitForClosed(3'000));
    QCOMPARE(frps.countInLog("WARN"_ba, start), 1);

    RawPeer user(frps.publicPort());
    QTRY_COMPARE(client.requestedIds().size(), 1);
    const QString id = client.requestedIds().first();
    RawPeer work(frps.proxyPort());
    QVERIFY(work.send(newProxyConn(id) + "welcome"));
    QVERIFY(user.receive(7));
    QCOMPARE(user.received(), "welcome"_ba);
    RawPeer again(frps.proxyPort());
    QVERIFY(again.send(newProxyConn(id)));
    QVERIFY(again.waitForClosed(3'000));
    QCOMPARE(frps.countInLog("WARN"_ba, start), 2);
    QVERIFY(user.send("thanks"_ba)); // the pair it tried to get into goes on
    QVERIFY(work.receive(6));
    QCOMPARE(work.received(), "thanks"_ba);

    RawPeer late(frps.publicPort());
    QTRY_COMPARE(client.requestedIds().size(), 2);
    QVERIFY(late.waitForClosed(15'000));
    RawPeer expired(frps.proxyPort());
    QVERIFY(expired.send(newProxyConn(client.requestedIds().last())));
    QVERIFY(expired.waitForClosed(3'000));
    QCOMPARE(frps.countInLog("WARN"_ba, start), 4); // one for the user, one for the client
    QCOMPARE(client.problems(), QStringList());
}

void TestE2eBadInput::takesHundredsOfBadFramesInARow()
{
    for (int i = 0; i < scaled(500, 200); ++i) {
        RawPeer control(m_frps.controlPort());
        QVERIFY(control.send(frame(QByteArray(4'096, 'x'))));
        RawPeer proxy(m_frps.proxyPort());
        QVERIFY(proxy.send(frame(QByteArray(4'096, 'x'))));
        if (i % 3 == 0) {
            control.abort();
            proxy.abort();
        } else if (i % 3 == 1) {
            QVERIFY(control.waitForClosed() && proxy.waitForClosed());
        }
    }
}

const frpx::test::TestRegistration registration("tst_e2e_badinput", frpx::test::runTest<TestE2eBadInput>);

#include "tst_e2e_badinput.moc"
