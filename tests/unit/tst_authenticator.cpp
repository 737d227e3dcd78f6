// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/walltime.h"
#include "frps/accounts/authenticator.h"
#include "frps/accounts/token.h"
#include "frps/store/database.h"
#include "tests/support/testdatabase.h"
#include "tests/support/testregistry.h"

#include <QDateTime>
#include <QHostAddress>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

constexpr PasswordHasher::Cost least{crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};
const QHostAddress loopback(QHostAddress::LocalHost);
const QHostAddress afar(u"192.0.2.1"_s);
const QString demoPassword = u"123456"_s;

AuthenticatorSettings quickSettings()
{
    AuthenticatorSettings settings;
    settings.passwordCost = least;
    settings.pollInterval = 20ms;
    return settings;
}

/// For what the database itself is to answer: one that takes longer than an interval counts as gone, and then
/// known logins are let in without it.
AuthenticatorSettings patientSettings()
{
    AuthenticatorSettings settings = quickSettings();
    settings.pollInterval = 1500ms;
    return settings;
}

/// Another program's connection to the same file.
struct OtherProgram
{
    explicit OtherProgram(const DatabaseTarget &target)
        : database(std::move(Database::open(target).value()))
        , store(*database)
    { }

    qint64 addUser(const QString &email, const QString &password)
    {
        return store.addUser(email, PasswordHasher(least).hash(password.toUtf8()).value(), false).value();
    }

    std::unique_ptr<Database> database;
    AccountStore store;
};

} // namespace

class TestAuthenticator : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void makesTheDemoAccountAndWarns();
    void makesNoDemoAccountBesideOthers();
    void refusesAlike_data();
    void refusesAlike();
    void issuesATokenThatSurvivesARestart();
    void keepsDemoTokensOnLoopback();
    void refusesUnknownTokens_data();
    void refusesUnknownTokens();
    void expiresTokens();
    void tokensOutliveAClockThatWasBehind();
    void mendsTokensOfAClockThatWasBehind();
    void extendsTokensInTheirLastQuarter();
    void followsApiTokens();
    void noticesRevokedTokens();
    void noticesRemovedUsers();
    void refusesDisabledUsers();
    void renewsOutdatedHashes();
    void followsOtherPrograms();
    void answersBusyBeyondTheLimit();
    void keepsAFloodFromOthers();
    void outlivesItsDatabase();
    void tellsOfRevocations();
    void neverAnswersInsideTheCall();
    void sparesADeadContext();
    void mayBeDestroyedWithJobsInFlight();
    void mayBeDestroyedInAnAnswer();
    void reportsAStoreThatCannotBeOpened();

private:
    void start(AuthenticatorSettings settings = quickSettings());
    Result<Login> byPassword(
        const QString &email, const QString &password, const QHostAddress &peer = loopback);
    Result<Login> byToken(const QString &token, const QHostAddress &peer = loopback);
    QString directory() const { return m_directory->path(); }

    test::TestDatabase m_databases;
    std::unique_ptr<QTemporaryDir> m_directory;
    DatabaseTarget m_target;
    std::unique_ptr<Authenticator> m_authenticator;
};

void TestAuthenticator::initTestCase()
{
    if (const char *why = m_databases.prepare())
        QSKIP(why);
}

void TestAuthenticator::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    m_target = m_databases.fresh(*m_directory);
}

void TestAuthenticator::cleanup()
{
    m_authenticator.reset();
}

void TestAuthenticator::start(AuthenticatorSettings settings)
{
    m_authenticator = std::make_unique<Authenticator>(std::move(settings));
    QSignalSpy ready(m_authenticator.get(), &Authenticator::ready);
    m_authenticator->start(m_target);
    QTRY_COMPARE(ready.count(), 1);
}

Result<Login> TestAuthenticator::byPassword(
    const QString &email, const QString &password, const QHostAddress &peer)
{
    std::optional<Result<Login>> answer;
    QObject context;
    m_authenticator->loginByPassword(
        email, password, peer, &context, [&answer](const Result<Login> &result) { answer = result; });
    return QTest::qWaitFor([&answer] { return answer.has_value(); }) ? *answer
                                                                     : Error{Errc::Timeout, u"no answer"_s};
}

Result<Login> TestAuthenticator::byToken(const QString &token, const QHostAddress &peer)
{
    std::optional<Result<Login>> answer;
    QObject context;
    m_authenticator->loginByToken(
        token, peer, &context, [&answer](const Result<Login> &result) { answer = result; });
    return QTest::qWaitFor([&answer] { return answer.has_value(); }) ? *answer
                                                                     : Error{Errc::Timeout, u"no answer"_s};
}

void TestAuthenticator::makesTheDemoAccountAndWarns()
{
    for (int round = 0; round < 2; ++round) { // fresh, then found again
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"demo account.*loopback.*frps user add"_s));
        start();
        QCOMPARE(m_authenticator->snapshot().users, QStringList{demoEmail.toString()});
        const auto login = byPassword(demoEmail.toString(), demoPassword);
        QVERIFY(login);
        QCOMPARE(login->email, demoEmail);
        QVERIFY(login->loopbackOnly);
        QVERIFY(isTokenShaped(login->token));
    }
}

void TestAuthenticator::makesNoDemoAccountBesideOthers()
{
    const qint64 id = OtherProgram(m_target).addUser(u"alice@example.org"_s, u"secret"_s);
    start();
    QCOMPARE(m_authenticator->snapshot().users, QStringList{u"alice@example.org"_s});
    const auto login = byPassword(u" Alice@Example.org"_s, u"secret"_s, afar);
    QVERIFY(login);
    QCOMPARE(login->userId, id);
    QVERIFY(!login->loopbackOnly);
}

void TestAuthenticator::refusesAlike_data()
{
    QTest::addColumn<QString>("email");
    QTest::addColumn<QString>("password");
    QTest::addColumn<QHostAddress>("peer");
    const QString demo = demoEmail.toString();
    QTest::newRow("unknown address") << u"nobody@example.org"_s << demoPassword << loopback;
    QTest::newRow("wrong password") << demo << u"654321"_s << loopback;
    QTest::newRow("demo from afar") << demo << demoPassword << afar;
    QTest::newRow("no address") << u"nobody"_s << demoPassword << loopback;
    QTest::newRow("empty address") << QString() << demoPassword << loopback;
    QTest::newRow("empty password") << demo << QString() << loopback;
    QTest::newRow("endless password") << demo << QString(60'000, u'x') << loopback;
}

void TestAuthenticator::refusesAlike()
{
    QFETCH(const QString, email);
    QFETCH(const QString, password);
    QFETCH(const QHostAddress, peer);
    start();
    const auto refused = byPassword(email, password, peer);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::InvalidCredentials);
    QCOMPARE(refused.error().detail, u"Invalid e-mail or password"_s);
    QCOMPARE(m_authenticator->snapshot().tokenCount, 0);
}

void TestAuthenticator::issuesATokenThatSurvivesARestart()
{
    OtherProgram(m_target).addUser(u"alice@example.org"_s, u"secret"_s);
    start();
    const QString token = byPassword(u"alice@example.org"_s, u"secret"_s, afar)->token;
    QCOMPARE(m_authenticator->snapshot().tokenCount, 1); // already when the answer comes
    QCOMPARE(m_authenticator->snapshot().tokens.front().prefix, token.first(8));
    QCOMPARE(m_authenticator->snapshot().tokens.front().email, u"alice@example.org"_s);
    for (int round = 0; round < 2; ++round) {
        const auto login = byToken(token, afar);
        QVERIFY(login);
        QCOMPARE(login->email, u"alice@example.org"_s);
        QVERIFY(login->token.isNull());
        start();
    }
    QCOMPARE(m_authenticator->snapshot().tokenCount, 1);
}

void TestAuthenticator::keepsDemoTokensOnLoopback()
{
    start();
    const QString token = byPassword(demoEmail.toString(), demoPassword)->token;
    const auto refused = byToken(token, afar);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::InvalidToken);
    QVERIFY(byToken(token, loopback));
}

void TestAuthenticator::refusesUnknownTokens_data()
{
    QTest::addColumn<QString>("token");
    QTest::newRow("well-formed") << QString(64, u'0');
    QTest::newRow("empty") << QString();
    QTest::newRow("odd") << u"' OR 1=1"_s;
    QTest::newRow("endless") << QString(60'000, u'0');
}

void TestAuthenticator::refusesUnknownTokens()
{
    QFETCH(const QString, token);
    start();
    const auto refused = byToken(token);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::InvalidToken);
    QCOMPARE(refused.error().detail, u"Invalid token"_s);
}

void TestAuthenticator::expiresTokens()
{
    std::atomic<qint64> now = QDateTime::currentMSecsSinceEpoch();
    AuthenticatorSettings settings = quickSettings();
    settings.tokenLifetimeDays = 2;
    settings.clock = [&now] { return now.load(); };
    start(settings);
    const QString token = byPassword(demoEmail.toString(), demoPassword)->token;
    constexpr qint64 twoDays = 2LL * 24 * 3600 * 1000;
    now += twoDays / 2;
    QVERIFY(byToken(token));
    now += twoDays / 2; // not used in its last quarter
    const auto refused = byToken(token);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::InvalidToken);
    QCOMPARE(m_authenticator->snapshot().tokenCount, 0); // deleted
    m_authenticator.reset(); // it uses the local clock
}

void TestAuthenticator::tokensOutliveAClockThatWasBehind()
{
    std::atomic<qint64> now = 5'000; // 1970
    AuthenticatorSettings settings = quickSettings();
    settings.tokenLifetimeDays = 2;
    settings.clock = [&now] { return now.load(); };
    start(settings);
    const QString token = byPassword(demoEmail.toString(), demoPassword)->token;
    QVERIFY(byToken(token));
    now = buildDateMs() + 3'600'000; // put right
    QVERIFY(byToken(token));
    start(settings); // which removes what has expired
    QVERIFY(byToken(token));
    now = buildDateMs() + 5LL * 24 * 3'600'000;
    QVERIFY(!byToken(token));
    m_authenticator.reset(); // it uses the local clock
}

void TestAuthenticator::mendsTokensOfAClockThatWasBehind()
{
    constexpr qint64 day = 24LL * 3'600'000;
    const QString token = newToken();
    {
        const auto database =
            std::move(Database::open(m_target).value()); // of a frps that believed its clock
        AccountStore store(*database, [] { return 5'000; });
        const qint64 id = store.addUser(u"me@example.org"_s, u"hash"_s, false).value();
        QVERIFY(store.addToken(id, tokenHash(token), tokenPrefix(token), 5'000 + 2 * day));
    }
    std::atomic<qint64> now = buildDateMs() + day;
    AuthenticatorSettings settings = quickSettings();
    settings.tokenLifetimeDays = 2;
    settings.clock = [&now] { return now.load(); };
    start(settings);
    QVERIFY(byToken(token));
    QCOMPARE(m_authenticator->snapshot().tokens.at(0).createdAtMs, buildDateMs());
    now = buildDateMs() + 6 * day;
    QVERIFY(!byToken(token));
    m_authenticator.reset(); // it uses the local clock
}

void TestAuthenticator::extendsTokensInTheirLastQuarter()
{
    std::atomic<qint64> now = QDateTime::currentMSecsSinceEpoch();
    AuthenticatorSettings settings = quickSettings();
    settings.tokenLifetimeDays = 2;
    settings.clock = [&now] { return now.load(); };
    start(settings);
    const QString token = byPassword(demoEmail.toString(), demoPassword)->token;
    constexpr qint64 twoDays = 2LL * 24 * 3600 * 1000;
    now += twoDays - 1;
    QVERIFY(byToken(token));
    now += twoDays - 1;
    QVERIFY(byToken(token));
    now += twoDays;
    QVERIFY(!byToken(token));
    m_authenticator.reset(); // it uses the local clock
}

void TestAuthenticator::followsApiTokens()
{
    OtherProgram other(m_target);
    ApiTokenStore tokens(*other.database);
    const QString token = newToken();
    start();
    QVERIFY(!m_authenticator->apiTokens().any());
    ApiTokenRecord record;
    record.hash = tokenHash(token);
    record.prefix = tokenPrefix(token);
    record.access = ApiAccess::Admin;
    QVERIFY(tokens.add(record));
    QTRY_COMPARE(m_authenticator->apiTokens().check(token), std::optional(ApiAccess::Admin));
    QTRY_VERIFY(tokens.list().value().front().lastUsedAtMs); // noted by and by
    start();
    QCOMPARE(m_authenticator->apiTokens().count(), 1); // known from the beginning
    QVERIFY(tokens.removeByPrefix(record.prefix).value());
    QTRY_VERIFY(!m_authenticator->apiTokens().check(token));
}

void TestAuthenticator::noticesRevokedTokens()
{
    start(patientSettings());
    const QString token = byPassword(demoEmail.toString(), demoPassword)->token;
    QCOMPARE(*OtherProgram(m_target).store.removeToken(tokenHash(token)), true);
    const auto refused = byToken(token);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::InvalidToken);
    QTRY_COMPARE(m_authenticator->snapshot().tokenCount, 0);
}

void TestAuthenticator::noticesRemovedUsers()
{
    OtherProgram other(m_target);
    other.addUser(u"alice@example.org"_s, u"secret"_s);
    start(patientSettings());
    const QString token = byPassword(u"alice@example.org"_s, u"secret"_s)->token;
    QVERIFY(other.store.removeUser(u"alice@example.org"_s));
    QCOMPARE(byToken(token).error().code, Errc::InvalidToken);
    QCOMPARE(byPassword(u"alice@example.org"_s, u"secret"_s).error().code, Errc::InvalidCredentials);
}

void TestAuthenticator::refusesDisabledUsers()
{
    OtherProgram other(m_target);
    other.addUser(u"alice@example.org"_s, u"secret"_s);
    start(patientSettings());
    const QString token = byPassword(u"alice@example.org"_s, u"secret"_s)->token;
    QVERIFY(other.store.setDisabled(u"alice@example.org"_s, true));
    QCOMPARE(byToken(token).error().code, Errc::InvalidToken);
    QCOMPARE(byPassword(u"alice@example.org"_s, u"secret"_s).error().code, Errc::InvalidCredentials);
}

void TestAuthenticator::renewsOutdatedHashes()
{
    OtherProgram other(m_target);
    other.addUser(u"alice@example.org"_s, u"secret"_s);
    const auto hash = [&other] { return other.store.findUser(u"alice@example.org"_s).value()->passwordHash; };
    const QString before = hash();
    AuthenticatorSettings settings = quickSettings();
    settings.passwordCost.operations = least.operations + 1;
    start(settings);
    QVERIFY(byPassword(u"alice@example.org"_s, u"secret"_s));
    const QString after = hash();
    QVERIFY(after != before);
    QVERIFY(byPassword(u"alice@example.org"_s, u"secret"_s));
    QCOMPARE(hash(), after);
}

void TestAuthenticator::followsOtherPrograms()
{
    start();
    QSignalSpy changed(m_authenticator.get(), &Authenticator::snapshotChanged);
    OtherProgram(m_target).addUser(u"alice@example.org"_s, u"secret"_s);
    QTRY_COMPARE(m_authenticator->snapshot().users, QStringList{u"alice@example.org"_s});
    QCOMPARE(changed.count(), 1);
    QCOMPARE(byPassword(demoEmail.toString(), demoPassword).error().code, Errc::InvalidCredentials);
}

void TestAuthenticator::answersBusyBeyondTheLimit()
{
    AuthenticatorSettings settings = quickSettings();
    settings.maxQueued = 3;
    start(settings);
    QList<Errc> refusals;
    int accepted = 0;
    const auto note = [&refusals, &accepted](const Result<Login> &result) {
        if (result)
            ++accepted;
        else
            refusals << result.error().code;
    };
    for (int i = 0; i < 8; ++i) // two are hashed, three wait
        m_authenticator->loginByPassword(demoEmail.toString(), demoPassword, loopback, this, note);
    QTRY_COMPARE(accepted, 5);
    QCOMPARE(refusals, QList<Errc>(3, Errc::Busy));
    refusals.clear();
    for (int i = 0; i < 5; ++i) // they have places of their own
        m_authenticator->loginByToken(QString(64, u'0'), loopback, this, note);
    QTRY_COMPARE(refusals.size(), 5);
    QCOMPARE(refusals.count(Errc::Busy), 2);
    QVERIFY(byPassword(demoEmail.toString(), demoPassword)); // and there is room again
}

void TestAuthenticator::keepsAFloodFromOthers()
{
    OtherProgram(m_target).addUser(u"alice@example.org"_s, u"secret"_s);
    AuthenticatorSettings settings = quickSettings();
    settings.hashThreads = 1;
    start(settings);
    int floodAnswers = 0;
    int answersBefore = -1;
    const auto count = [&floodAnswers](const Result<Login> &) { ++floodAnswers; };
    for (int i = 0; i < 1000; ++i)
        m_authenticator->loginByPassword(u"nobody@example.org"_s, u"guess"_s, afar, this, count);
    m_authenticator->loginByPassword(u"alice@example.org"_s, u"secret"_s, QHostAddress(u"192.0.2.2"_s), this,
        [&](const Result<Login> &login) {
            QVERIFY(login);
            answersBefore = floodAnswers;
        });
    QTRY_VERIFY(answersBefore >= 0);
    // All but the ones that may wait were refused at once; of those, one or two came before.
    const int refusedAtOnce = 1000 - int(settings.maxQueuedPerSource) - settings.hashThreads;
    QVERIFY2(answersBefore - refusedAtOnce <= 3, qPrintable(QString::number(answersBefore)));
    QTRY_COMPARE(floodAnswers, 1000);
}

void TestAuthenticator::outlivesItsDatabase()
{
    if (!m_databases.server())
        QSKIP("A file does not go away.");
    {
        OtherProgram other(m_target);
        other.addUser(u"alice@example.org"_s, u"secret"_s);
    }
    start();
    const Result<Login> login = byPassword(u"alice@example.org"_s, u"secret"_s);
    QVERIFY(login);
    m_databases.server()->kill();
    const Result<Login> cached = byToken(login->token);
    QVERIFY(cached);
    QCOMPARE(cached->tokenId, login->tokenId);
    QCOMPARE(cached->email, u"alice@example.org"_s);
    QCOMPARE(byToken(QString(64, u'0')).error().code, Errc::Storage); // nobody can tell now
    const Result<Login> refused = byPassword(u"alice@example.org"_s, u"secret"_s);
    QCOMPARE(refused.error().code, Errc::Storage);
    QVERIFY2(!refused.error().detail.contains(u"postgresql"_s), qPrintable(refused.error().detail));
    QVERIFY(m_databases.server()->start());
    QTRY_VERIFY_WITH_TIMEOUT(byPassword(u"alice@example.org"_s, u"secret"_s), 20'000);
    QVERIFY(OtherProgram(m_target).store.removeUser(u"alice@example.org"_s));
    // Let in until the next look at the database.
    const auto isRevoked = [&] {
        const Result<Login> again = byToken(login->token);
        return !again && again.error().code == Errc::InvalidToken;
    };
    QTRY_VERIFY(isRevoked());
}

void TestAuthenticator::tellsOfRevocations()
{
    OtherProgram other(m_target);
    other.addUser(u"alice@example.org"_s, u"secret"_s);
    start();
    const Result<Login> login = byPassword(u"alice@example.org"_s, u"secret"_s);
    QVERIFY(login);
    QSignalSpy revoked(m_authenticator.get(), &Authenticator::loginsRevoked);
    QVERIFY(byToken(login->token));
    QTest::qWait(60); // three polls
    QCOMPARE(revoked.count(), 0); // a login is none
    QVERIFY(other.store.removeUser(u"alice@example.org"_s));
    QTRY_COMPARE(revoked.count(), 1);
    std::optional<LoginCheck> check;
    QObject context;
    m_authenticator->checkLogins({{login->userId, login->tokenId}}, &context,
        [&check](const Result<LoginCheck> &result) { check = result.value(); });
    QTRY_VERIFY(check);
    QCOMPARE(check->ended.size(), size_t(1));
}

void TestAuthenticator::neverAnswersInsideTheCall()
{
    AuthenticatorSettings settings = quickSettings();
    settings.maxQueued = 1;
    m_authenticator = std::make_unique<Authenticator>(settings);
    int answers = 0;
    const auto count = [&answers](const Result<Login> &result) {
        QVERIFY(!result);
        ++answers;
    };
    m_authenticator->loginByToken(u"malformed"_s, loopback, this, count); // not started: Storage
    m_authenticator->loginByToken(u"malformed"_s, loopback, this, count); // Busy
    QCOMPARE(answers, 0);
    QTRY_COMPARE(answers, 2);
    m_authenticator->start(m_target);
    m_authenticator->loginByToken(u"malformed"_s, loopback, this, count); // InvalidToken
    QCOMPARE(answers, 2);
    QTRY_COMPARE(answers, 3);
}

void TestAuthenticator::sparesADeadContext()
{
    AuthenticatorSettings settings = quickSettings();
    settings.maxQueued = 4;
    start(settings);
    int answers = 0;
    const auto count = [&answers](const Result<Login> &) { ++answers; };
    auto context = std::make_unique<QObject>();
    m_authenticator->loginByPassword(demoEmail.toString(), demoPassword, loopback, context.get(), count);
    m_authenticator->loginByToken(QString(64, u'0'), loopback, context.get(), count);
    m_authenticator->loginByToken(u"malformed"_s, loopback, context.get(), count);
    m_authenticator->loginByPassword(u"a@b"_s, u"x"_s, loopback, context.get(), count);
    m_authenticator->loginByPassword(u"a@b"_s, u"x"_s, loopback, context.get(), count); // Busy
    context.reset();
    // Everything above is through once four requests fit again and are answered.
    QTRY_VERIFY(!byToken(QString(64, u'0')) && byPassword(demoEmail.toString(), demoPassword));
    QCOMPARE(answers, 0);
}

void TestAuthenticator::mayBeDestroyedWithJobsInFlight()
{
    int answers = 0;
    const auto count = [&answers](const Result<Login> &) { ++answers; };
    for (int round = 0; round < 3; ++round) {
        if (round == 0) { // while it opens
            m_authenticator = std::make_unique<Authenticator>(quickSettings());
            m_authenticator->start(m_target);
        } else {
            start();
        }
        for (int i = 0; i < 300; ++i)
            m_authenticator->loginByPassword(demoEmail.toString(), demoPassword, loopback, this, count);
        if (round == 2) { // while it hashes
            QTRY_VERIFY(answers > 0);
            answers = 0;
        }
        m_authenticator.reset();
    }
    QCoreApplication::sendPostedEvents();
    QTest::qWait(1);
    QCOMPARE(answers, 0);
}

void TestAuthenticator::mayBeDestroyedInAnAnswer()
{
    start();
    bool answered = false;
    m_authenticator->loginByPassword(
        demoEmail.toString(), demoPassword, loopback, this, [this, &answered](const Result<Login> &) {
            answered = true;
            m_authenticator.reset();
        });
    QTRY_VERIFY(answered && !m_authenticator);
}

void TestAuthenticator::reportsAStoreThatCannotBeOpened()
{
    QVERIFY(QDir(directory()).mkdir(u"frpx.db"_s));
    m_authenticator = std::make_unique<Authenticator>(quickSettings());
    std::optional<Error> error;
    QObject::connect(
        m_authenticator.get(), &Authenticator::failed, this, [&error](const Error &e) { error = e; });
    m_authenticator->start(directory() + u"/frpx.db"_s);
    // Asked before it is known, and after.
    for (int round = 0; round < 2; ++round) {
        for (const auto &refused :
            {byPassword(demoEmail.toString(), demoPassword), byToken(QString(64, u'0'))}) {
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, Errc::Storage);
            QCOMPARE(refused.error().detail, u"The server cannot check accounts right now"_s);
        }
        QTRY_VERIFY(error);
        QCOMPARE(error->code, Errc::Storage);
    }
    QVERIFY(m_authenticator->snapshot().users.isEmpty());
}

const frpx::test::TestRegistration registration("tst_authenticator", frpx::test::runTest<TestAuthenticator>);

#include "tst_authenticator.moc"
