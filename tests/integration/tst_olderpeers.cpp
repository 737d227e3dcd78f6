// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/messages.h"
#include "frpc/session/serversession.h"
#include "frps/app/serverapp.h"
#include "tests/support/framepeer.h"
#include "tests/support/frames.h"
#include "tests/support/httpclient.h"
#include "tests/support/testregistry.h"
#include "tests/support/threads.h"

#include <QJsonArray>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray ready = frame(R"("ProxyConnReady")");
constexpr int rounds = 40; // the feature was used after 8

QByteArray chunk(const QByteArray &bytes)
{
    return frame(bytes); // a length in front, too
}

/// What the scripted peer offers: all features of this version, and the one that it has not.
QByteArray featuresWithTrunk()
{
    QByteArray list;
    for (const QString &feature : proto::ownFeatures() + QStringList{u"trunk"_s})
        list += (list.isEmpty() ? "" : ",") + jsonString(feature);
    return '[' + list + ']';
}

class Port : public QTcpServer
{
public:
    Port() { listen(QHostAddress::LocalHost, 0); }

    std::unique_ptr<FramePeer> next(int ms = 5000)
    {
        if (!QTest::qWaitFor([this] { return hasPendingConnections(); }, ms))
            return nullptr;
        return std::make_unique<FramePeer>(nextPendingConnection());
    }
};

/// A conversation in small messages between \a plain (a visitor or a service) and \a work: every message is a
/// chunk, and there is nothing between the chunks.
bool converse(FramePeer &plain, FramePeer &work)
{
    for (int i = 0; i < rounds; ++i) {
        const QByteArray out = "message " + QByteArray::number(i);
        const QByteArray in = "answer " + QByteArray::number(i);
        plain.sendRaw(out);
        if (work.raw(chunk(out).size()) != chunk(out))
            return false;
        work.sendRaw(chunk(in));
        if (plain.raw(in.size()) != in)
            return false;
    }
    return work.received().isEmpty() && plain.received().isEmpty();
}

} // namespace

/// Peers of development versions, which offer the feature `trunk` (docs/adr/0037).
class TestOlderPeers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serverServesAClientThatOffersTrunks();
    void clientServesWithAServerThatOffersTrunks();
};

void TestOlderPeers::serverServesAClientThatOffersTrunks()
{
    const QTemporaryDir directory;
    server::ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = config.proxyPort = config.publicPort = config.apiPort = 0;
    config.dataDir = directory.path();
    config.relayThreads = 1;
    server::ServerApp app(config);
    QSignalSpy started(&app, &server::ServerApp::ready);
    app.start();
    QVERIFY(!started.isEmpty() || started.wait(20'000));
    const server::PortsView ports = app.ports();

    FramePeer link(ports.control);
    link.send(R"({"Login":{"email":"test@example.com","pass":"123456"}})");
    QVERIFY(link.message(u"LoginResult"_s, 20'000).value("success"_L1).toBool());
    link.send(R"({"Register":{"client_id":"older","features":)" + featuresWithTrunk() + "}}");
    const QJsonObject result = link.message(u"RegisterResult"_s);
    const QJsonArray features = result.value("features"_L1).toArray();
    QVERIFY(features.contains("reuse"_L1));
    QVERIFY(!features.contains("trunk"_L1));
    FramePeer work(ports.proxy);
    work.send(R"({"NewWorkConn":{"session":)" + jsonString(result.value("session"_L1).toString()) + "}}");
    QTRY_VERIFY(work.isConnected());
    // By the time it answers the server has seen what came before.
    inThreads(1, [&](int) { HttpClient(ports.api).get("/api/clients"_ba); });

    FramePeer visitor(ports.publicPort);
    visitor.sendRaw("go");
    QVERIFY(work.message(u"StartProxyConn"_s).value("chunks"_L1).toBool());
    QCOMPARE(work.raw(6), chunk("go"));
    work.sendRaw(ready);
    QVERIFY(converse(visitor, work));

    // To say something of the feature all the same breaks the rules, and the visitor is cut off.
    work.sendRaw("\xff\xff\xff\xfc");
    QVERIFY(visitor.isClosed());
    QVERIFY(work.isClosed());
}

void TestOlderPeers::clientServesWithAServerThatOffersTrunks()
{
    Port control;
    Port proxy;
    Port local;
    client::SessionSettings settings;
    settings.clientId = u"client"_s;
    settings.controlPort = control.serverPort();
    settings.proxyPort = proxy.serverPort();
    settings.localPort = local.serverPort();
    settings.relayThreads = 1;
    settings.pool = {2, 4};
    client::ServerSession session(settings);
    session.setToken(u"secret"_s);
    session.start();
    const auto link = control.next();
    QVERIFY(link);
    QVERIFY(!link->message(u"LoginByToken"_s).isEmpty());
    link->send(R"({"LoginResult":{"success":true,"error":null,"token":null}})");
    const QJsonArray offered = link->message(u"Register"_s).value("features"_L1).toArray();
    QVERIFY(offered.contains("reuse"_L1));
    QVERIFY(!offered.contains("trunk"_L1));
    link->send(R"({"RegisterResult":{"success":true,"error":null,"session":"s","features":)"
        + featuresWithTrunk() + "}}");
    QTRY_COMPARE(session.state(), client::ServerSession::State::Online);

    const QByteArray introduction = R"({"NewWorkConn":{"session":"s"}})";
    const auto work = proxy.next();
    QVERIFY(work);
    QCOMPARE(work->frame(), introduction);
    work->send(R"({"StartProxyConn":{"proxy_conn_id":"one","chunks":true}})");
    work->sendRaw(chunk("go"));
    const auto service = local.next();
    QVERIFY(service);
    QCOMPARE(service->raw(2), "go"_ba);
    QCOMPARE(work->raw(ready.size()), ready);
    QVERIFY(converse(*service, *work));

    // A proposal breaks the rules of what was agreed on: nothing answers it, and no trunk is dialled.
    work->sendRaw(QByteArray("\xff\xff\xff\xfe\0\0\0\0\0\0\0\1", 12));
    QVERIFY(service->isClosed());
    QVERIFY(work->isClosed());
    QCOMPARE(work->received(), QByteArray());
    while (const auto other = proxy.next(200))
        QCOMPARE(other->frame(), introduction);
}

const frpx::test::TestRegistration registration("tst_olderpeers", frpx::test::runTest<TestOlderPeers>);

#include "tst_olderpeers.moc"
