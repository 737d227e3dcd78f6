// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// A refused login is to tell nobody whether there is such an account: not by its words, and not by its time.
// Time is shown here by what is done for it: the only thing that takes any is the verification of the
// password, and the functions of this file stand in front of the library's, to see each.

#include "frps/accounts/authenticator.h"
#include "frps/store/database.h"
#include "tests/support/testregistry.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <mutex>
#include <vector>

#include <dlfcn.h>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

struct Verification
{
    QByteArray parameters; ///< the hash without salt and digest: kind, version, memory, passes, lanes
    qsizetype hashSize = 0;
    Qt::HANDLE thread = nullptr;
};

std::mutex mutex;
std::vector<Verification> verifications; // guarded by mutex
int hashings = 0; // likewise

template <typename Function>
Function *original(const char *name)
{
    return reinterpret_cast<Function *>(::dlsym(RTLD_NEXT, name));
}

} // namespace

int crypto_pwhash_str_verify(const char *str, const char *passwd, unsigned long long passwdlen)
{
    const QByteArray hash(str);
    {
        const std::scoped_lock lock(mutex);
        verifications.push_back({hash.first(hash.lastIndexOf('$', hash.lastIndexOf('$') - 1)), hash.size(),
            QThread::currentThreadId()});
    }
    return original<decltype(crypto_pwhash_str_verify)>("crypto_pwhash_str_verify")(str, passwd, passwdlen);
}

int crypto_pwhash_str_alg(char *out, const char *passwd, unsigned long long passwdlen,
    unsigned long long opslimit, size_t memlimit, int alg)
{
    {
        const std::scoped_lock lock(mutex);
        ++hashings;
    }
    return original<decltype(crypto_pwhash_str_alg)>("crypto_pwhash_str_alg")(
        out, passwd, passwdlen, opslimit, memlimit, alg);
}

class TestLoginWork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void costsTheSame_data();
    void costsTheSame();

private:
    QTemporaryDir m_directory;
    std::unique_ptr<Authenticator> m_authenticator;
};

void TestLoginWork::initTestCase()
{
    const DatabaseTarget target = m_directory.filePath(u"frpx.db"_s);
    AuthenticatorSettings settings;
    settings.passwordCost = {crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};
    const PasswordHasher hasher(settings.passwordCost);
    {
        auto database = Database::open(target);
        QVERIFY(database);
        AccountStore store(**database);
        for (const QString &email : {u"alice@example.org"_s, u"disabled@example.org"_s})
            QVERIFY(store.addUser(email, *hasher.hash("right"), false));
        QVERIFY(store.setDisabled(u"disabled@example.org"_s, true));
    }
    m_authenticator = std::make_unique<Authenticator>(settings);
    QSignalSpy ready(m_authenticator.get(), &Authenticator::ready);
    m_authenticator->start(target);
    QTRY_COMPARE(ready.count(), 1);
}

void TestLoginWork::costsTheSame_data()
{
    QTest::addColumn<QString>("email");
    QTest::addColumn<QString>("password");
    const QString alice = u"alice@example.org"_s;
    QTest::newRow("wrong password") << alice << u"wrong"_s; // what the others are to look like
    QTest::newRow("unknown address") << u"nobody@example.org"_s << u"wrong"_s;
    QTest::newRow("another one") << u"somebody@example.org"_s << u"right"_s;
    QTest::newRow("disabled, right password") << u"disabled@example.org"_s << u"right"_s;
    QTest::newRow("disabled, wrong password") << u"disabled@example.org"_s << u"wrong"_s;
    QTest::newRow("no password") << alice << QString();
    QTest::newRow("too long a password") << alice << QString(5000, u'x');
    QTest::newRow("no address") << QString() << u"wrong"_s;
}

void TestLoginWork::costsTheSame()
{
    QFETCH(const QString, email);
    QFETCH(const QString, password);
    {
        const std::scoped_lock lock(mutex);
        verifications.clear();
        hashings = 0;
    }
    std::optional<Result<Login>> answer;
    QObject context;
    m_authenticator->loginByPassword(email, password, QHostAddress(u"192.0.2.1"_s), &context,
        [&answer](const Result<Login> &result) { answer = result; });
    QTRY_VERIFY(answer);
    QVERIFY(!*answer);
    QCOMPARE(answer->error().code, Errc::InvalidCredentials);
    QCOMPARE(answer->error().detail, u"Invalid e-mail or password"_s);

    const std::scoped_lock lock(mutex);
    QCOMPARE(hashings, 0);
    QCOMPARE(verifications.size(), 1U);
    const Verification &only = verifications.front();
    QVERIFY(only.thread != QThread::currentThreadId()); // in the pool
    const auto cost = QByteArray::number(qulonglong(crypto_pwhash_MEMLIMIT_MIN / 1024));
    QCOMPARE(only.parameters, "$argon2id$v=19$m=" + cost + ",t=1,p=1");
    QCOMPARE(only.hashSize - only.parameters.size(), 67); // of salt and digest, as in any other
}

const frpx::test::TestRegistration registration("tst_loginwork", frpx::test::runTest<TestLoginWork>);

#include "tst_loginwork.moc"
