// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/testregistry.h"
#include "tests/support/tlspair.h"

#include <QTest>

#include <csignal>

#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using Progress = TlsState::Progress;

class TestTlsState : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }

    void carriesBytes();
    void endsInOrderOneWayAtATime();
    void takesAnUnannouncedEndForABreak();
    void keepsWhatTheKernelDoesNotTake();
    void readsOnFromWhatSomebodyHasRead();
    void refusesAnotherCertificate();
    void refusesOldVersions();
    void takesVersion12();
    void resumesByTickets();
    void usesATicketOnce();
    void keepsABoundedNumberOfTickets();
    void requiresAClientCertificate_data();
    void requiresAClientCertificate();
    void resumesWithAClientCertificate();
    void saysWhatIsWrongWithAnIdentity_data();
    void saysWhatIsWrongWithAnIdentity();
    void failsOnGarbage();
    void costsLittleWhileIdle();

private:
    /// What \a to gets within the call.
    static QByteArray receive(Wire &wire, TlsState &to, WireStatus *status = nullptr)
    {
        std::vector<char> records;
        std::vector<char> buffer(100'000);
        wire.readable = true;
        wire.shortReadsDrain = false; // no loop tells of an end here
        QByteArray bytes;
        WireRead got;
        do {
            got = to.read(wire, records, buffer.data(), buffer.size());
            bytes.append(buffer.data(), qsizetype(got.bytes));
        } while (got.bytes > 0 || (got.status == WireStatus::Open && (wire.readable || to.hasPending())));
        if (status)
            *status = got.status;
        return bytes;
    }

    Connector m_connector;
    std::vector<char> m_records;
};

void TestTlsState::carriesBytes()
{
    TlsPairs pairs;
    TlsPair pair = pairs.pair(m_connector.connection());
    QVERIFY(pair.isDone());
    QVERIFY(!pair.clientTls->isResumed());
    const QByteArray small = "hello";
    const QByteArray large = noise(60'000, 1);
    for (const QByteArray &bytes : {small, large}) {
        QVERIFY(pair.clientTls->write(pair.client, m_records, bytes));
        QVERIFY(receive(pair.server, *pair.serverTls) == bytes);
        QVERIFY(pair.serverTls->write(pair.server, m_records, bytes));
        QVERIFY(receive(pair.client, *pair.clientTls) == bytes);
    }
    QVERIFY(!pair.clientTls->hasPending() && !pair.serverTls->hasPending());
}

void TestTlsState::endsInOrderOneWayAtATime()
{
    TlsPairs pairs;
    TlsPair pair = pairs.pair(m_connector.connection());
    QVERIFY(pair.clientTls->write(pair.client, m_records, "the question"));
    QVERIFY(pair.clientTls->endWriting(pair.client, m_records));
    WireStatus status = WireStatus::Open;
    QCOMPARE(receive(pair.server, *pair.serverTls, &status), QByteArray("the question"));
    QCOMPARE(status, WireStatus::Ended);
    QVERIFY(!pair.clientTls->write(pair.client, m_records, "more"));
    QVERIFY(pair.serverTls->write(pair.server, m_records, "the answer"));
    QVERIFY(pair.serverTls->endWriting(pair.server, m_records));
    QCOMPARE(receive(pair.client, *pair.clientTls, &status), QByteArray("the answer"));
    QCOMPARE(status, WireStatus::Ended);
}

void TestTlsState::takesAnUnannouncedEndForABreak()
{
    TlsPairs pairs;
    TlsPair pair = pairs.pair(m_connector.connection());
    QVERIFY(pair.clientTls->write(pair.client, m_records, "half of it"));
    pair.client.fd.reset();
    WireStatus status = WireStatus::Open;
    QCOMPARE(receive(pair.server, *pair.serverTls, &status), QByteArray("half of it"));
    QCOMPARE(status, WireStatus::Broken);
}

void TestTlsState::keepsWhatTheKernelDoesNotTake()
{
    TlsPairs pairs;
    TlsPair pair = pairs.pair(m_connector.connection());
    const QByteArray chunk = noise(64'000, 2);
    QByteArray sent;
    while (!pair.clientTls->hasUnsent()) {
        QVERIFY(pair.clientTls->write(pair.client, m_records, chunk));
        sent += chunk;
    }
    QByteArray received;
    while (received.size() < sent.size()) {
        received += receive(pair.server, *pair.serverTls);
        if (pair.clientTls->hasUnsent())
            QVERIFY(pair.clientTls->flush(pair.client));
    }
    QVERIFY(received == sent);
    QVERIFY(!pair.clientTls->hasUnsent());
}

void TestTlsState::readsOnFromWhatSomebodyHasRead()
{
    TlsPairs pairs;
    Connection connection = m_connector.connection();
    std::unique_ptr<TlsState> client = pairs.client().connect();
    Wire wire;
    wire.fd = std::move(connection.near);
    QCOMPARE(client->handshake(wire, m_records), Progress::Waiting);
    const QByteArray early = test::receive(connection.far.get(), 50).bytes;
    std::unique_ptr<TlsState> server = pairs.server()->accept();
    server->giveEarly(early);
    const TlsPair pair =
        shakeHands({std::move(wire.fd), std::move(connection.far)}, std::move(client), std::move(server));
    QVERIFY(pair.isDone());
}

void TestTlsState::refusesAnotherCertificate()
{
    TlsPairs pairs;
    const auto wrong = *TlsClientContext::create(targetOf(makeIdentity()));
    const TlsPair pair = shakeHands(m_connector.connection(), wrong->connect(), pairs.server()->accept());
    QCOMPARE(pair.clientProgress, Progress::Failed);
    QCOMPARE(pair.serverProgress, Progress::Failed);
    QCOMPARE(pair.clientTls->whyFailed(), u"the certificate of the other side is not accepted"_s);
    QCOMPARE(wrong->tickets(), 0u);
    QVERIFY(!TlsClientContext::create({"too short", {}}));
}

void TestTlsState::refusesOldVersions()
{
    TlsPairs pairs;
    SSL_CTX *old = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(old, 0);
    SSL_CTX_set_min_proto_version(old, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(old, TLS1_1_VERSION);
    SSL *ssl = SSL_new(old);
    SSL_set_connect_state(ssl);
    const TlsPair pair =
        shakeHands(m_connector.connection(), std::make_unique<TlsState>(ssl), pairs.server()->accept());
    QCOMPARE(pair.serverProgress, Progress::Failed);
    QCOMPARE(pair.clientProgress, Progress::Failed);
    QCOMPARE(pair.serverTls->whyFailed(), u"the two sides have no version of TLS in common"_s);
    QCOMPARE(pair.clientTls->whyFailed(), u"the two sides have no version of TLS in common"_s);
    SSL_CTX_free(old);
}

void TestTlsState::takesVersion12()
{
    TlsPairs pairs;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL *ssl = SSL_new(context);
    SSL_set_connect_state(ssl);
    TlsPair pair =
        shakeHands(m_connector.connection(), std::make_unique<TlsState>(ssl), pairs.server()->accept());
    QVERIFY(pair.isDone());
    QVERIFY(pair.serverTls->write(pair.server, m_records, "question"));
    QVERIFY(pair.serverTls->endWriting(pair.server, m_records));
    QCOMPARE(receive(pair.client, *pair.clientTls), QByteArray("question"));
    QVERIFY(pair.clientTls->write(pair.client, m_records, "answer"));
    QCOMPARE(receive(pair.server, *pair.serverTls), QByteArray("answer"));
    SSL_CTX_free(context);
}

void TestTlsState::resumesByTickets()
{
    TlsPairs pairs;
    for (int i = 0; i < 5; ++i) {
        TlsPair pair = pairs.pair(m_connector.connection());
        QVERIFY(pair.isDone());
        QCOMPARE(pair.clientTls->isResumed(), i > 0);
        QCOMPARE(pair.serverTls->isResumed(), i > 0);
        receive(pair.client, *pair.clientTls); // the tickets; nothing else is there
        QVERIFY(pairs.client().tickets() >= 1);
    }
    // Another server, or the same after a restart, has other keys for its tickets.
    const auto restarted = *TlsServerContext::create(pairs.identity());
    const TlsPair pair = shakeHands(m_connector.connection(), pairs.client().connect(), restarted->accept());
    QVERIFY(pair.isDone());
    QVERIFY(!pair.clientTls->isResumed());
}

void TestTlsState::usesATicketOnce()
{
    TlsPairs pairs;
    TlsPair first = pairs.pair(m_connector.connection());
    receive(first.client, *first.clientTls);
    const size_t tickets = pairs.client().tickets();
    QVERIFY(tickets >= 1);
    for (size_t left = tickets; left > 0; --left) {
        QCOMPARE(pairs.client().tickets(), left);
        QVERIFY(pairs.pair(m_connector.connection()).clientTls->isResumed());
    }
    QCOMPARE(pairs.client().tickets(), 0u);
    QVERIFY(!pairs.pair(m_connector.connection()).clientTls->isResumed());
}

void TestTlsState::keepsABoundedNumberOfTickets()
{
    TlsPairs pairs;
    std::vector<TlsPair> waiting;
    for (size_t i = 0; i < TlsClientContext::maxTickets / 2 + 10; ++i) // each brings two
        waiting.push_back(pairs.pair(m_connector.connection()));
    for (TlsPair &pair : waiting)
        receive(pair.client, *pair.clientTls);
    QCOMPARE(pairs.client().tickets(), TlsClientContext::maxTickets);
}

void TestTlsState::requiresAClientCertificate_data()
{
    QTest::addColumn<bool>("shows");
    QTest::addColumn<bool>("isKnown");
    QTest::newRow("none") << false << false;
    QTest::newRow("another one") << true << false;
    QTest::newRow("the right one") << true << true;
}

void TestTlsState::requiresAClientCertificate()
{
    QFETCH(bool, shows);
    QFETCH(bool, isKnown);
    const TlsIdentity identity = makeIdentity();
    const TlsIdentity known = makeIdentity();
    const auto server = *TlsServerContext::create(identity, known.certificatePem);
    TlsTarget target = targetOf(identity);
    if (shows)
        target.own = isKnown ? known : makeIdentity();
    const auto client = *TlsClientContext::create(target);
    TlsPair pair = shakeHands(m_connector.connection(), client->connect(), server->accept());
    QCOMPARE(pair.serverProgress, isKnown ? Progress::Done : Progress::Failed);
    WireStatus status = WireStatus::Open;
    QVERIFY(receive(pair.client, *pair.clientTls, &status).isEmpty());
    QCOMPARE(status, isKnown ? WireStatus::Open : WireStatus::Broken);
    if (!shows)
        QCOMPARE(pair.serverTls->whyFailed(), u"the other side shows no certificate, which is required"_s);
    else if (!isKnown)
        QCOMPARE(pair.serverTls->whyFailed(), u"the certificate of the other side is not accepted"_s);
}

void TestTlsState::resumesWithAClientCertificate()
{
    const TlsIdentity identity = makeIdentity();
    TlsTarget target = targetOf(identity);
    target.own = makeIdentity();
    const auto server = *TlsServerContext::create(identity, target.own->certificatePem);
    const auto client = *TlsClientContext::create(target);
    TlsPair first = shakeHands(m_connector.connection(), client->connect(), server->accept());
    QVERIFY(first.isDone());
    receive(first.client, *first.clientTls);
    const TlsPair second = shakeHands(m_connector.connection(), client->connect(), server->accept());
    QVERIFY(second.isDone());
    QVERIFY(second.serverTls->isResumed());
}

void TestTlsState::saysWhatIsWrongWithAnIdentity_data()
{
    QTest::addColumn<QByteArray>("certificate");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("ca");
    const TlsIdentity good = makeIdentity();
    const TlsIdentity other = makeIdentity();
    QByteArray damaged = good.certificatePem;
    damaged.replace(damaged.size() / 2, 1, "!");
    QTest::newRow("nothing") << QByteArray() << QByteArray() << QByteArray();
    QTest::newRow("a damaged certificate") << damaged << good.keyPem << QByteArray();
    QTest::newRow("a damaged second one") << good.certificatePem + damaged << good.keyPem << QByteArray();
    QTest::newRow("no key") << good.certificatePem << good.certificatePem << QByteArray();
    QTest::newRow("the key of another") << good.certificatePem << other.keyPem << QByteArray();
    QTest::newRow("no CA") << good.certificatePem << good.keyPem << QByteArray("nonsense");
}

void TestTlsState::saysWhatIsWrongWithAnIdentity()
{
    QFETCH(QByteArray, certificate);
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, ca);
    const auto context = TlsServerContext::create({certificate, key}, ca);
    QVERIFY(!context);
    QCOMPARE(context.error().code, Errc::BadConfig);
    QVERIFY(context.error().detail.endsWith(u'.'));
}

void TestTlsState::failsOnGarbage()
{
    TlsPairs pairs;
    for (const QByteArray &garbage :
        {QByteArray("GET / HTTP/1.1\r\n\r\n"), QByteArray("\x16\x03\x01\xff\xff", 5) + noise(1000, 3),
            QByteArray("\x16\x03\x01\x00\x05hello", 10), noise(20'000, 4)}) {
        Connection connection = m_connector.connection();
        QVERIFY(sendAll(connection.near.get(), garbage));
        Wire wire;
        wire.fd = std::move(connection.far);
        wire.readable = true;
        const std::unique_ptr<TlsState> server = pairs.server()->accept();
        QCOMPARE(server->handshake(wire, m_records), Progress::Failed);
        QVERIFY(!server->whyFailed().isEmpty());
    }
}

void TestTlsState::costsLittleWhileIdle()
{
#ifdef __SANITIZE_ADDRESS__
    QSKIP("The sanitizer's memory is not the product's.");
#endif
    TlsPairs pairs;
    std::vector<TlsPair> warm;
    for (int i = 0; i < 20; ++i) {
        warm.push_back(pairs.pair(m_connector.connection()));
        receive(warm.back().client, *warm.back().clientTls);
    }
    constexpr int count = 400;
    std::vector<TlsPair> idle;
    idle.reserve(count);
    const size_t before = ::mallinfo2().uordblks;
    for (int i = 0; i < count; ++i) {
        idle.push_back(pairs.pair(m_connector.connection()));
        QVERIFY(idle.back().isDone());
        QVERIFY(idle.back().clientTls->write(idle.back().client, m_records, "opening"));
        QCOMPARE(receive(idle.back().server, *idle.back().serverTls), QByteArray("opening"));
        QVERIFY(receive(idle.back().client, *idle.back().clientTls).isEmpty());
    }
    const size_t each = (::mallinfo2().uordblks - before) / count; // of both ends
    qInfo("%zu bytes for both ends", each);
    // OpenSSL 3.5 agrees on keys by X25519MLKEM768, and keeps those of ML-KEM as long as the connection. With
    // X25519 alone it is as good as its predecessors.
    const size_t mlKem = OpenSSL_version_num() >= 0x30500000UL ? 9 * 1024 : 0;
    QVERIFY2(each <= 2 * (24 * 1024 + mlKem), qPrintable(QString::number(each)));
}

const frpx::test::TestRegistration registration("tst_tlsstate", frpx::test::runTest<TestTlsState>);

#include "tst_tlsstate.moc"
