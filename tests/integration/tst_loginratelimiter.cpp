// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/authenticator.h"
#include "frps/clients/controlserver.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/framepeer.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <memory>
#include <optional>

#include <sodium.h>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Logins through LoginRateLimiter, from addresses that are only claimed, and the room on the control port,
/// from several loopback addresses.
class TestLoginRateLimiter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void passesRightLoginsAtOnce();
    void holdsOthersBehindTheAddressForTheDelayOnly();
    void refusesUnseenWhileTheBanIsFull();
    void dropsWhatIsHeldForAPeerThatHasGone();
    void mayGoWithLoginsUnderWay();
    void tellsThatItIsBusyInTime();
    void makesRoomAtTheControlPort();
    void keepsASourceWithinItsBound();

private:
    struct Answer
    {
        std::optional<Result<Login>> result;
        QElapsedTimer timer;
        qint64 afterMs = -1;
    };
    std::shared_ptr<Answer> ask(const QString &email, const QString &password, const QString &source);
    void listen(qsizetype all, qsizetype perSource);
    std::unique_ptr<QTcpSocket> dial(const QString &from);

    QTemporaryDir m_directory;
    std::unique_ptr<Authenticator> m_authenticator;
    std::unique_ptr<LoginRateLimiter> m_guard;
    std::unique_ptr<QObject> m_peer;
    ClientRegistry m_registry;
    std::unique_ptr<ControlServer> m_server;
    quint16 m_port = 0;
};

namespace {

constexpr auto password = "correct horse"_L1;

bool isClosed(const QTcpSocket &socket)
{
    return socket.state() == QAbstractSocket::UnconnectedState;
}

} // namespace

void TestLoginRateLimiter::initTestCase()
{
    const auto database = Database::open(m_directory.filePath(databaseFileName.toString()));
    QVERIFY(database);
    AccountStore store(**database);
    const PasswordHasher hasher({crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN});
    for (const QString &email : {u"alice@example.com"_s, u"bob@example.com"_s})
        QVERIFY(
            store.addUser(email, hasher.hash(QByteArray(password.data(), password.size())).value(), false));
}

void TestLoginRateLimiter::init()
{
    AuthenticatorSettings settings;
    settings.passwordCost = {crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};
    m_authenticator = std::make_unique<Authenticator>(settings);
    QSignalSpy ready(m_authenticator.get(), &Authenticator::ready);
    m_authenticator->start(m_directory.filePath(databaseFileName.toString()));
    QTRY_COMPARE(ready.size(), 1);
    m_guard = std::make_unique<LoginRateLimiter>(*m_authenticator);
    m_peer = std::make_unique<QObject>();
}

void TestLoginRateLimiter::cleanup()
{
    m_server.reset();
    m_guard.reset();
    m_authenticator.reset();
}

std::shared_ptr<TestLoginRateLimiter::Answer> TestLoginRateLimiter::ask(
    const QString &email, const QString &pass, const QString &source)
{
    auto answer = std::make_shared<Answer>();
    answer->timer.start();
    m_guard->loginByPassword(
        email, pass, QHostAddress(source), m_peer.get(), [answer](const Result<Login> &result) {
            answer->afterMs = answer->timer.elapsed();
            answer->result = result;
        });
    return answer;
}

void TestLoginRateLimiter::passesRightLoginsAtOnce()
{
    const auto first = ask(u"alice@example.com"_s, password, u"192.0.2.1"_s);
    QVERIFY(!first->result);
    QTRY_VERIFY(first->result);
    QVERIFY(*first->result);
    std::optional<Result<Login>> second;
    m_guard->loginByToken((*first->result)->token, QHostAddress(u"192.0.2.1"_s), m_peer.get(),
        [&second](const Result<Login> &result) { second = result; });
    QTRY_VERIFY(second);
    QVERIFY(*second);
    QCOMPARE(m_guard->counters().failed, 0U);
    QCOMPARE(m_guard->counters().delayed, 0U);
}

void TestLoginRateLimiter::holdsOthersBehindTheAddressForTheDelayOnly()
{
    std::vector<std::shared_ptr<Answer>> guesses;
    for (int i = 0; i < 11; ++i)
        guesses.push_back(ask(u"user%1@example.com"_s.arg(i), u"not right"_s, u"192.0.2.1"_s));
    for (const auto &guess : guesses) {
        QTRY_VERIFY(guess->result);
        QCOMPARE(guess->result->error().code, Errc::InvalidCredentials);
    }
    const auto right = ask(u"bob@example.com"_s, password, u"192.0.2.1"_s);
    const auto elsewhere = ask(u"bob@example.com"_s, password, u"192.0.2.2"_s);
    QTRY_VERIFY(elsewhere->result);
    QVERIFY(*elsewhere->result);
    QVERIFY(!right->result);
    QTRY_VERIFY(right->result);
    QVERIFY(*right->result);
    QVERIFY2(right->afterMs >= 1000, qPrintable(QString::number(right->afterMs)));
    QCOMPARE(m_guard->counters().failed, 11U);
    QCOMPARE(m_guard->counters().delayed, 1U);

    // From now on he is known there.
    const auto again = ask(u"bob@example.com"_s, password, u"192.0.2.1"_s);
    QTRY_VERIFY(again->result);
    QVERIFY(*again->result);
    QCOMPARE(m_guard->counters().delayed, 1U);
}

void TestLoginRateLimiter::refusesUnseenWhileTheBanIsFull()
{
    std::vector<std::shared_ptr<Answer>> guesses;
    for (int i = 0; i < 10; ++i)
        guesses.push_back(ask(u"alice@example.com"_s, u"not right"_s, u"192.0.2.1"_s));
    for (const auto &guess : guesses)
        QTRY_VERIFY(guess->result);
    QCOMPARE(m_guard->counters().bans, 1U);
    QCOMPARE(m_guard->activeBans(), 1);
    const auto held = ask(u"alice@example.com"_s, password, u"192.0.2.1"_s);
    const auto second = ask(u"alice@example.com"_s, u"not right"_s, u"192.0.2.1"_s);
    const auto third = ask(u"alice@example.com"_s, u"not right"_s, u"192.0.2.1"_s);
    QVERIFY(!third->result); // never within the call
    QTRY_VERIFY(third->result);
    QCOMPARE(third->result->error().code, Errc::Busy);
    QCOMPARE(third->result->error().detail, u"Too many failed logins, try again in 5 s"_s);
    QVERIFY(!held->result);
    QCOMPARE(m_guard->counters().refused, 1U);
    QTRY_VERIFY_WITH_TIMEOUT(held->result, 8000);
    QVERIFY(*held->result);
    QVERIFY(held->afterMs >= LoginThrottle::maxDelayMs);
    QTRY_VERIFY(second->result);
    QCOMPARE(m_guard->activeBans(), 0);
}

void TestLoginRateLimiter::dropsWhatIsHeldForAPeerThatHasGone()
{
    for (int i = 0; i < 5; ++i) {
        const auto guess = ask(u"alice@example.com"_s, u"not right"_s, u"192.0.2.1"_s);
        if (i < 4) // the last one is held
            QTRY_VERIFY(guess->result);
    }
    QCOMPARE(m_guard->counters().failed, 4U);
    m_peer = std::make_unique<QObject>();
    const auto next = ask(u"alice@example.com"_s, password, u"192.0.2.1"_s); // due later than that one
    QTRY_VERIFY(next->result);
    QVERIFY(*next->result);
    QCOMPARE(m_guard->counters().failed, 4U);
}

void TestLoginRateLimiter::mayGoWithLoginsUnderWay()
{
    for (int i = 0; i < 3; ++i) {
        const auto guess = ask(u"alice@example.com"_s, u"not right"_s, u"192.0.2.1"_s);
        QTRY_VERIFY(guess->result);
    }
    const auto held = ask(u"alice@example.com"_s, u"not right"_s, u"192.0.2.1"_s);
    const auto checked = ask(u"bob@example.com"_s, u"not right"_s, u"192.0.2.2"_s);
    m_guard.reset();
    QTRY_VERIFY(checked->result); // the Authenticator is still there
    QVERIFY(!held->result);
}

void TestLoginRateLimiter::listen(qsizetype all, qsizetype perSource)
{
    ControlLimits limits;
    limits.maxUnregistered = all;
    limits.maxUnregisteredPerSource = perSource;
    m_server = std::make_unique<ControlServer>(limits, m_registry, *m_authenticator);
    m_port = m_server->listen(QHostAddress(QHostAddress::AnyIPv4), 0).value();
}

std::unique_ptr<QTcpSocket> TestLoginRateLimiter::dial(const QString &from)
{
    auto socket = std::make_unique<QTcpSocket>();
    socket->bind(QHostAddress(from));
    socket->connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
    if (!QTest::qWaitFor([&socket] { return socket->state() == QAbstractSocket::ConnectedState; }))
        qFatal("no connection");
    return socket;
}

/// A login that is not checked before the link's time is over is answered, and not held against anybody.
void TestLoginRateLimiter::tellsThatItIsBusyInTime()
{
    class NeverAnswers : public LoginService
    {
    public:
        void loginByPassword(const QString & /*email*/, const QString & /*password*/,
            const QHostAddress & /*peer*/, QObject *context, Done done) override
        {
            contexts.emplace_back(context);
            kept.push_back(std::move(done));
        }
        void loginByToken(
            const QString & /*token*/, const QHostAddress & /*peer*/, QObject *context, Done done) override
        {
            contexts.emplace_back(context);
            kept.push_back(std::move(done));
        }
        std::vector<QPointer<QObject>> contexts;
        std::vector<Done> kept;
    } logins;
    ControlLimits limits;
    limits.loginAnswerMs = 100;
    limits.loginTimeoutMs = 60'000;
    m_server = std::make_unique<ControlServer>(limits, m_registry, logins);
    m_port = m_server->listen(QHostAddress(QHostAddress::AnyIPv4), 0).value();
    QTimer sweeper;
    connect(&sweeper, &QTimer::timeout, m_server.get(), &ControlServer::sweep);
    sweeper.start(20);
    const auto silent = dial(u"127.0.0.1"_s); // waits for its own word, and has all its time
    const QByteArray byPassword = R"({"Login":{"email":"alice@example.com","pass":"x"}})"_ba;
    for (int i = 0; i < 8; ++i) { // more than may fail without consequences
        FramePeer peer(dial(u"127.0.0.1"_s).release());
        peer.send(i == 0 ? R"({"LoginByToken":{"token":"x"}})"_ba : byPassword);
        const QJsonObject answer = peer.message(u"LoginResult"_s);
        QCOMPARE(answer.value("success"_L1), QJsonValue(false));
        QVERIFY(answer.value("error"_L1).toString().contains(u"busy"_s));
        QTRY_VERIFY(peer.isClosed());
        QTRY_VERIFY(!logins.contexts.back()); // so that the service need not go on
        logins.kept.clear();
    }
    QVERIFY(!isClosed(*silent));
    QCOMPARE(logins.contexts.size(), 8U);
    QCOMPARE(m_server->logins().counters().delayed, 0U);
    sweeper.stop();
    m_server.reset(); // before the service
}

void TestLoginRateLimiter::makesRoomAtTheControlPort()
{
    listen(20, 1000);
    const auto quiet = dial(u"127.0.0.3"_s);
    std::vector<std::unique_ptr<QTcpSocket>> silent;
    for (int i = 0; i < 30; ++i)
        silent.push_back(dial(u"127.0.0.2"_s));
    QTRY_COMPARE(m_server->crowdedOut(), 11U);
    for (size_t i = 0; i < silent.size(); ++i)
        QTRY_COMPARE(isClosed(*silent.at(i)), i < 11);
    FramePeer good(dial(u"127.0.0.1"_s).release());
    good.send(R"({"Login":{"email":"alice@example.com","pass":")" + QByteArray(password.data()) + R"("}})");
    QVERIFY(good.message(u"LoginResult"_s).value("success"_L1).toBool());
    QTRY_VERIFY(isClosed(*silent.at(11)));
    QVERIFY(!isClosed(*quiet)); // the only one of its address
    QVERIFY(!isClosed(*silent.at(12)));
}

void TestLoginRateLimiter::keepsASourceWithinItsBound()
{
    listen(1000, 5);
    const auto quiet = dial(u"127.0.0.3"_s);
    std::vector<std::unique_ptr<QTcpSocket>> silent;
    for (int i = 0; i < 8; ++i)
        silent.push_back(dial(u"127.0.0.2"_s));
    for (size_t i = 0; i < silent.size(); ++i)
        QTRY_COMPARE(isClosed(*silent.at(i)), i < 3);
    // One of the same address that speaks has its place until it has registered.
    FramePeer good(dial(u"127.0.0.2"_s).release());
    good.send(R"({"Login":{"email":"alice@example.com","pass":")" + QByteArray(password.data()) + R"("}})");
    QVERIFY(good.message(u"LoginResult"_s).value("success"_L1).toBool());
    std::vector<std::unique_ptr<QTcpSocket>> more;
    for (int i = 0; i < 10; ++i)
        more.push_back(dial(u"127.0.0.2"_s));
    QTRY_VERIFY(isClosed(*more.at(5)));
    good.send(R"({"Register":{"client_id":"good"}})");
    QVERIFY(good.message(u"RegisterResult"_s).value("success"_L1).toBool());
    QVERIFY(!isClosed(*quiet));
}

const frpx::test::TestRegistration registration(
    "tst_loginratelimiter", frpx::test::runTest<TestLoginRateLimiter>);

#include "tst_loginratelimiter.moc"
