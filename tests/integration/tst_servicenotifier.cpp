// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/uniquefd.h"
#include "common/system/servicenotifier.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace frpx;
using namespace Qt::StringLiterals;

/// The service manager's end of the socket.
class TestServiceNotifier : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void saysNothingUnasked();
    void announcesTheStates();
    void keepsTheStatusOnOneLine();
    void feedsTheWatchdogOnceReady();
    void leavesTheWatchdogOfAnotherProcess();
    void feedsAtHalfTheLimit_data();
    void feedsAtHalfTheLimit();
    void survivesAManagerThatIsGone();

private:
    QByteArray received() const;
    QProcessEnvironment environment() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
    UniqueFd m_manager;
};

void TestServiceNotifier::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_path = m_directory->filePath(u"notify"_s);
    m_manager.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray name = m_path.toLocal8Bit();
    QVERIFY(size_t(name.size()) < sizeof address.sun_path);
    std::memcpy(address.sun_path, name.constData(), size_t(name.size()));
    QCOMPARE(::bind(m_manager.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
}

QByteArray TestServiceNotifier::received() const
{
    std::array<char, 2048> buffer{};
    const auto got = ::recv(m_manager.get(), buffer.data(), buffer.size(), 0);
    return got < 0 ? QByteArray() : QByteArray(buffer.data(), qsizetype(got));
}

QProcessEnvironment TestServiceNotifier::environment() const
{
    QProcessEnvironment environment;
    environment.insert(u"NOTIFY_SOCKET"_s, m_path);
    return environment;
}

void TestServiceNotifier::saysNothingUnasked()
{
    ServiceNotifier notifier{QProcessEnvironment()};
    QVERIFY(!notifier.isWanted());
    notifier.ready(u"Serving"_s);
    QCOMPARE(received(), QByteArray());
}

void TestServiceNotifier::announcesTheStates()
{
    ServiceNotifier notifier(environment());
    QVERIFY(notifier.isWanted());
    notifier.ready(u"Serving"_s);
    QCOMPARE(received(), "READY=1\nSTATUS=Serving");
    notifier.reloading();
    QCOMPARE(received(), "RELOADING=1");
    notifier.setStatus(u"3 clients"_s);
    QCOMPARE(received(), "STATUS=3 clients");
    notifier.stopping(u"Draining"_s);
    QCOMPARE(received(), "STOPPING=1\nSTATUS=Draining");
    QCOMPARE(received(), QByteArray());
}

void TestServiceNotifier::keepsTheStatusOnOneLine()
{
    ServiceNotifier notifier(environment());
    notifier.setStatus(u"line 3: unknown\nREADY=0"_s);
    QCOMPARE(received(), "STATUS=line 3: unknown READY=0");
}

void TestServiceNotifier::feedsTheWatchdogOnceReady()
{
    QProcessEnvironment env = environment();
    env.insert(u"WATCHDOG_USEC"_s, u"20000"_s);
    env.insert(u"WATCHDOG_PID"_s, QString::number(QCoreApplication::applicationPid()));
    ServiceNotifier notifier(env);
    notifier.ready(u"Serving"_s);
    QCOMPARE(received(), "READY=1\nSTATUS=Serving");
    // QTRY_COMPARE asks more than once, and each time takes a datagram: so they are counted.
    QByteArrayList fed;
    const auto count = [this, &fed] {
        for (QByteArray text = received(); !text.isEmpty(); text = received())
            fed.append(text);
        return fed.size();
    };
    QTRY_VERIFY(count() >= 2);
    QCOMPARE(fed.count("WATCHDOG=1"), fed.size());
}

void TestServiceNotifier::leavesTheWatchdogOfAnotherProcess()
{
    QProcessEnvironment env = environment();
    env.insert(u"WATCHDOG_USEC"_s, u"2000"_s);
    env.insert(u"WATCHDOG_PID"_s, u"1"_s);
    ServiceNotifier notifier(env);
    notifier.ready(u"Serving"_s);
    QCOMPARE(received(), "READY=1\nSTATUS=Serving");
    QTest::qWait(20); // ten times the interval there would be
    QCOMPARE(received(), QByteArray());
}

void TestServiceNotifier::feedsAtHalfTheLimit_data()
{
    QTest::addColumn<QString>("microseconds");
    QTest::addColumn<int>("milliseconds");
    QTest::newRow("30 s") << u"30000000"_s << 15'000;
    QTest::newRow("tiny") << u"1"_s << 1;
    QTest::newRow("none") << QString() << 0;
    QTest::newRow("zero") << u"0"_s << 0;
    QTest::newRow("text") << u"soon"_s << 0;
    QTest::newRow("negative") << u"-5"_s << 0;
    QTest::newRow("huge") << u"18446744073709551615"_s << std::numeric_limits<int>::max();
}

void TestServiceNotifier::feedsAtHalfTheLimit()
{
    QFETCH(const QString, microseconds);
    QFETCH(const int, milliseconds);
    QCOMPARE(ServiceNotifier::feedIntervalMs(microseconds), milliseconds);
}

void TestServiceNotifier::survivesAManagerThatIsGone()
{
    ServiceNotifier notifier(environment());
    m_manager.reset();
    notifier.ready(u"Serving"_s);
    notifier.stopping(u"Leaving"_s);
}

const frpx::test::TestRegistration registration(
    "tst_servicenotifier", frpx::test::runTest<TestServiceNotifier>);

#include "tst_servicenotifier.moc"
