// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/namespaces.h"
#include "tests/support/originalclient.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"

#include <QCoreApplication>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QString elsewhere = u"10.77.0.1"_s; ///< an address of this machine that is none of loopback
const QString alice = u"alice@example.com"_s;
QString refusal; ///< why there is no network of our own

} // namespace

/// Clients that come from another address than loopback.
class TestE2eAfar : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void refusesPlainLinks();
    void refusesPlainWorkConnections();
    void takesTls();
    void takesPlainLinksWhenToldTo();
    void keepsTheDemoAccountAtHome();

private:
    bool start(const QStringList &more = {})
    {
        return m_frps->start(QStringList{u"--listen"_s, u"0.0.0.0"_s} + more);
    }
    /// As another machine would.
    bool launch(FrpcProcess &frpc, const QStringList &more)
    {
        return frpc.launch(m_frps->controlPort(), m_frps->proxyPort(), m_service->port(),
            QStringList{u"--server-addr"_s, elsewhere, u"--email"_s, alice, u"--password"_s, u"secret"_s}
                + more);
    }

    std::unique_ptr<HttpService> m_service;
    std::unique_ptr<FrpsProcess> m_frps;
};

void TestE2eAfar::initTestCase()
{
    if (!refusal.isNull())
        QSKIP(qPrintable(refusal));
    QVERIFY(addAddress(elsewhere));
}

void TestE2eAfar::init()
{
    m_service = std::make_unique<HttpService>("here"_ba);
    QVERIFY(m_service->start());
    m_frps = std::make_unique<FrpsProcess>();
    QCOMPARE(Process::run(frpsProgram(),
                 {u"user"_s, u"add"_s, alice, u"--data-dir"_s, m_frps->dataDirectory()}, "secret\n"),
        0);
}

void TestE2eAfar::cleanup()
{
    m_frps.reset();
    m_service.reset();
}

void TestE2eAfar::refusesPlainLinks()
{
    QVERIFY(start());
    FrpcProcess frpc(u"plain"_s);
    QVERIFY(launch(frpc, {u"--tls"_s, u"off"_s}));
    QVERIFY2(frpc.waitForLog(u"This server wants an encrypted connection: use a client with TLS."_s),
        frpc.log().constData());
    QVERIFY(m_frps->waitForLog(u"A control connection from 10.77.0.1"_s));
    QVERIFY2(m_frps->log().contains("is refused: it is not encrypted"), m_frps->log().constData());
    QCOMPARE(frpc.registrations(), 0);
    QCOMPARE(m_frps->activeClients(), 0);
    // Whatever it shows, its password has not been looked at.
    QCOMPARE(m_frps->api("/api/stats").toObject().value("login_failures"_L1).toInt(-1), 0);
}

void TestE2eAfar::refusesPlainWorkConnections()
{
    QVERIFY(start());
    QTcpSocket work;
    work.connectToHost(elsewhere, m_frps->proxyPort());
    QVERIFY(work.waitForConnected());
    work.write(frame(R"({"NewProxyConn":{"proxy_conn_id":"00000000-0000-4000-8000-000000000000"}})"));
    QTRY_COMPARE(work.state(), QAbstractSocket::UnconnectedState);
    QVERIFY2(m_frps->waitForLog(u"refused: it does not use TLS"_s), m_frps->log().constData());
}

void TestE2eAfar::takesTls()
{
    QVERIFY(start());
    QByteArray fingerprint;
    QCOMPARE(Process::run(frpsProgram(), {u"fingerprint"_s, u"--data-dir"_s, m_frps->dataDirectory()}, {},
                 &fingerprint),
        0);
    FrpcProcess frpc(u"encrypted"_s); // by itself: the server is not on loopback
    QVERIFY(launch(frpc, {u"--tls-fingerprint"_s, QString::fromLatin1(fingerprint.trimmed())}));
    QVERIFY2(frpc.waitForRegistrations(1), frpc.log().constData());
    QVERIFY(m_frps->user().get("/"_ba).isOk());
}

void TestE2eAfar::takesPlainLinksWhenToldTo()
{
    QVERIFY(start({u"--allow-plain"_s}));
    FrpcProcess frpc(u"plain"_s);
    QVERIFY(launch(frpc, {u"--tls"_s, u"off"_s}));
    QVERIFY2(frpc.waitForRegistrations(1), frpc.log().constData());
    QVERIFY(m_frps->user().get("/"_ba).isOk());
}

void TestE2eAfar::keepsTheDemoAccountAtHome()
{
    FrpsProcess frps;
    QVERIFY(frps.start({u"--listen"_s, u"0.0.0.0"_s, u"--allow-plain"_s}));
    FrpcProcess frpc(u"demo"_s);
    QVERIFY(frpc.launch(frps.controlPort(), frps.proxyPort(), m_service->port(),
        FrpcProcess::demoAccount() + QStringList{u"--server-addr"_s, elsewhere, u"--tls"_s, u"off"_s}));
    QCOMPARE(frpc.waitForExit(), 1);
    QVERIFY2(frpc.log().contains("Invalid e-mail or password"), frpc.log().constData());
    FrpcProcess local(u"local"_s);
    QVERIFY(local.start(frps, m_service->port()));
}

namespace {

int testMain(int argc, char **argv)
{
    refusal = enterOwn(Namespace::Network); // while there is one thread
    QCoreApplication app(argc, argv);
    TestE2eAfar test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_e2e_afar", testMain);

#include "tst_e2e_afar.moc"
