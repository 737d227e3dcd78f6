// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/serversession.h"
#include "frps/accounts/token.h"
#include "frps/app/serverapp.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <future>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using client::ServerSession;

namespace {

/// Passes connections on to \a target and keeps the first byte of each.
class Sniffer : public QTcpServer
{
public:
    explicit Sniffer(quint16 target)
    {
        connect(this, &QTcpServer::newConnection, this, [this, target] {
            QTcpSocket *from = nextPendingConnection();
            auto *to = new QTcpSocket(from);
            to->connectToHost(QHostAddress(QHostAddress::LocalHost), target);
            connect(from, &QTcpSocket::readyRead, to, [this, from, to, isFirst = true]() mutable {
                const QByteArray bytes = from->readAll();
                if (std::exchange(isFirst, false))
                    firstBytes.append(bytes.front());
                to->write(bytes);
            });
            connect(to, &QTcpSocket::readyRead, from, [from, to] { from->write(to->readAll()); });
            connect(to, &QTcpSocket::disconnected, from, &QTcpSocket::disconnectFromHost);
        });
        listen(QHostAddress::LocalHost);
    }

    QByteArray firstBytes;
};

/// What \a work returns, done in a thread: the server and the client need the event loop here.
template <typename Work>
auto aside(Work work)
{
    auto future = std::async(std::launch::async, work);
    [[maybe_unused]] const bool done = QTest::qWaitFor(
        [&future] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }, 60'000);
    return future.get();
}

} // namespace

/// A server and a client in one process, with TLS on the control link and hence on the work connections.
class TestTlsWork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void isEncryptedOnTheWire_data() { ways(); }
    void isEncryptedOnTheWire();
    void keepsTheAnswerAfterHalfClose_data() { ways(); }
    void keepsTheAnswerAfterHalfClose();
    void carriesBulkBothWays_data() { ways(); }
    void carriesBulkBothWays();
    void letsTheServiceSpeakFirst_data() { ways(); }
    void letsTheServiceSpeakFirst();
    void passesAResetOn_data() { ways(); }
    void passesAResetOn();
    void servesManyInARow_data() { ways(); }
    void servesManyInARow();

private:
    static void ways()
    {
        QTest::addColumn<QByteArray>("backend");
        QTest::addColumn<bool>("inAdvance");
        for (const char *backend : {"epoll", "portable"}) {
            QTest::addRow("%s, waiting connection", backend) << QByteArray(backend) << true;
            QTest::addRow("%s, on request", backend) << QByteArray(backend) << false;
        }
    }
    std::unique_ptr<ServerSession> startClient(quint16 proxyPort = 0);
    UniqueFd user() const { return connectTo(m_app->ports().publicPort); }
    /// The local service's end of the next connection. The client and the server need their event loop for
    /// it.
    UniqueFd served();

    QTemporaryDir m_directory;
    QString m_token;
    std::unique_ptr<ServerApp> m_app;
    std::unique_ptr<ServerSession> m_client;
    UniqueFd m_service; ///< listens
    quint16 m_servicePort = 0;
};

void TestTlsWork::initTestCase()
{
    std::signal(SIGPIPE, SIG_IGN);
    const auto database = Database::open(m_directory.filePath(databaseFileName.toString()));
    QVERIFY(database);
    AccountStore store(**database);
    const PasswordHasher hasher({crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN});
    const Result<QString> hash = hasher.hash("correct horse battery staple"_ba);
    QVERIFY(hash);
    const Result<qint64> id = store.addUser(u"alice@example.com"_s, *hash, false);
    QVERIFY(id);
    m_token = newToken();
    QVERIFY(store.addToken(*id, tokenHash(m_token), tokenPrefix(m_token), {}));
}

void TestTlsWork::init()
{
    QFETCH(QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = config.proxyPort = config.publicPort = config.apiPort = 0;
    config.dataDir = m_directory.path();
    config.relayThreads = 1;
    m_app = std::make_unique<ServerApp>(config);
    QSignalSpy ready(m_app.get(), &ServerApp::ready);
    m_app->start();
    QTRY_COMPARE(ready.size(), 1);

    m_service = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    QVERIFY(::bind(m_service.get(), generic, length) == 0 && ::listen(m_service.get(), 64) == 0
        && ::getsockname(m_service.get(), generic, &length) == 0);
    m_servicePort = ntohs(address.sin_port);
}

void TestTlsWork::cleanup()
{
    m_client.reset();
    m_app.reset();
    m_service.reset();
    qunsetenv("FRPX_RELAY");
}

std::unique_ptr<ServerSession> TestTlsWork::startClient(quint16 proxyPort)
{
    QFETCH(const bool, inAdvance);
    client::SessionSettings settings;
    settings.clientId = u"alice"_s;
    settings.controlPort = m_app->ports().control;
    settings.proxyPort = proxyPort != 0 ? proxyPort : m_app->ports().proxy;
    settings.localPort = m_servicePort;
    settings.pool =
        inAdvance ? client::WorkConnectionManager::Size{4, 8} : client::WorkConnectionManager::Size{0, 0};
    settings.relayThreads = 1;
    settings.tls.mode = client::TlsSettings::Mode::On;
    settings.tls.knownServersFile = m_directory.filePath(u"known"_s);
    settings.tls.trustOnFirstUse = true;
    QFile::remove(settings.tls.knownServersFile);
    auto session = std::make_unique<ServerSession>(settings);
    session->setToken(m_token);
    session->start();
    if (!QTest::qWaitFor([&session] { return session->state() == ServerSession::State::Online; }))
        qFatal("the client does not come online");
    return session;
}

UniqueFd TestTlsWork::served()
{
    UniqueFd fd;
    [[maybe_unused]] const bool came = QTest::qWaitFor([&] {
        fd = UniqueFd(::accept(m_service.get(), nullptr, nullptr));
        return fd.isValid();
    });
    giveUpAfter(fd.get(), 30);
    return fd;
}

void TestTlsWork::isEncryptedOnTheWire()
{
    QFETCH(bool, inAdvance);
    Sniffer sniffer(m_app->ports().proxy);
    m_client = startClient(sniffer.serverPort());
    const UniqueFd asking = user();
    QVERIFY(sendAll(asking.get(), "question"));
    const UniqueFd answering = served();
    QCOMPARE(aside([&] { return receive(answering.get(), 8).bytes; }), QByteArray("question"));
    QTRY_VERIFY(sniffer.firstBytes.size() >= (inAdvance ? 4 : 1));
    QCOMPARE(sniffer.firstBytes.count('\x16'), sniffer.firstBytes.size());
}

void TestTlsWork::keepsTheAnswerAfterHalfClose()
{
    m_client = startClient();
    const QByteArray answer = noise(3'000'000, 1);
    const UniqueFd asking = user();
    QVERIFY(sendAll(asking.get(), "question"));
    QCOMPARE(::shutdown(asking.get(), SHUT_WR), 0);
    UniqueFd answering = served();
    const Received heard = aside([&] { return receiveAll(answering.get()); });
    QCOMPARE(heard.bytes, QByteArray("question"));
    QCOMPARE(heard.ending, Ending::Orderly);
    auto sent = std::async(std::launch::async, [&] {
        const bool all = sendAll(answering.get(), answer);
        answering.reset();
        return all;
    });
    const Received got = aside([&] { return receiveAll(asking.get()); });
    QVERIFY(sent.get());
    QVERIFY(got.bytes == answer);
    QCOMPARE(got.ending, Ending::Orderly);
}

void TestTlsWork::carriesBulkBothWays()
{
    m_client = startClient();
    const QByteArray up = noise(8 * 1024 * 1024, 2);
    const QByteArray down = noise(8 * 1024 * 1024 + 1, 3);
    const UniqueFd asking = user();
    QVERIFY(sendAll(asking.get(), up.first(100)));
    const UniqueFd answering = served();
    const auto send = [](int fd, QByteArrayView bytes) {
        return std::async(
            std::launch::async, [fd, bytes] { return sendAll(fd, bytes) && ::shutdown(fd, SHUT_WR) == 0; });
    };
    auto sentUp = send(asking.get(), QByteArrayView(up).sliced(100));
    auto sentDown = send(answering.get(), down);
    auto atUser = std::async(std::launch::async, [&asking] { return receiveAll(asking.get()); });
    QVERIFY(aside([&] { return receiveAll(answering.get()); }).bytes == up);
    QVERIFY(atUser.get().bytes == down);
    QVERIFY(sentUp.get() && sentDown.get());
}

void TestTlsWork::letsTheServiceSpeakFirst()
{
    m_client = startClient();
    const UniqueFd listening = user();
    const UniqueFd speaking = served();
    QVERIFY(sendAll(speaking.get(), "welcome"));
    QCOMPARE(aside([&] { return receive(listening.get(), 7).bytes; }), QByteArray("welcome"));
}

void TestTlsWork::passesAResetOn()
{
    m_client = startClient();
    for (const bool byUser : {true, false}) {
        UniqueFd asking = user();
        QVERIFY(sendAll(asking.get(), "question"));
        UniqueFd answering = served();
        QCOMPARE(aside([&] { return receive(answering.get(), 8).bytes; }), QByteArray("question"));
        UniqueFd &breaking = byUser ? asking : answering;
        const UniqueFd &other = byUser ? answering : asking;
        reset(breaking);
        QCOMPARE(aside([&] { return receiveAll(other.get()); }).ending, Ending::Reset);
    }
}

void TestTlsWork::servesManyInARow()
{
    m_client = startClient();
    for (int i = 0; i < 100; ++i) {
        const UniqueFd asking = user();
        const QByteArray question = QByteArray::number(i);
        QVERIFY(sendAll(asking.get(), question));
        const UniqueFd answering = served();
        QCOMPARE(aside([&] { return receive(answering.get(), question.size()).bytes; }), question);
        QVERIFY(sendAll(answering.get(), "answer"));
        QCOMPARE(aside([&] { return receive(asking.get(), 6).bytes; }), QByteArray("answer"));
    }
}

const frpx::test::TestRegistration registration("tst_tlswork", frpx::test::runTest<TestTlsWork>);

#include "tst_tlswork.moc"
