// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leaseimport.h"
#include "frps/ports/portkeeper.h"
#include "frps/store/database.h"
#include "tests/support/testregistry.h"

#include <QSet>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

LeaseKey key(const QString &tunnel, const QString &user = u"u"_s, PortProtocol protocol = PortProtocol::Tcp)
{
    return {user, tunnel, protocol};
}

} // namespace

class TestPortKeeper : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void givesTheSamePortForEver();
    void prefersTheWantedPort();
    void answersKnownKeysAtOnce();
    void givesEachItsOwn();
    void tellsWhenNothingIsLeft();
    void refusesBadKeys_data();
    void refusesBadKeys();
    void releases();
    void ordersWhatConcernsOneKey();
    void keepsLeasesOutsideTheRanges();
    void inheritsImports();
    void sharesAFileWithAnotherKeeper();
    void refusesWhenTheQueueIsFull();
    void goesOnWhenTheDatabaseIsLocked();
    void reportsADamagedDatabase();
    void deliversNothingAfterItsEnd();

private:
    QString path() const { return m_directory->filePath(u"frpx.db"_s); }
    std::unique_ptr<PortKeeper> start(PortKeeperSettings settings) const
    {
        auto keeper = std::make_unique<PortKeeper>(std::move(settings));
        QSignalSpy ready(keeper.get(), &PortKeeper::ready);
        keeper->start(path());
        return ready.wait() ? std::move(keeper) : nullptr;
    }
    void restart(const QString &ranges = u"6000-6009"_s)
    {
        m_keeper.reset();
        m_keeper = start({.allowed = *PortRanges::parse(ranges)});
        QVERIFY(m_keeper);
    }
    static Result<quint16> lease(PortKeeper &keeper, const LeaseKey &key, quint16 wanted = 0)
    {
        std::optional<Result<quint16>> answer;
        keeper.lease(key, wanted, [&answer](const Result<quint16> &result) { answer = result; });
        // Twice the time a writer waits for another one.
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 15'000))
            qFatal("no answer");
        return *answer;
    }
    int port(const LeaseKey &key, quint16 wanted = 0) const
    {
        const auto result = lease(*m_keeper, key, wanted);
        return result ? *result : -1;
    }
    Result<Lease> release(qint64 id) const
    {
        std::optional<Result<Lease>> answer;
        m_keeper->release(id, [&answer](const Result<Lease> &result) { answer = result; });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }))
            qFatal("no answer");
        return *answer;
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<PortKeeper> m_keeper;
};

void TestPortKeeper::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    restart();
}

void TestPortKeeper::cleanup()
{
    m_keeper.reset();
}

void TestPortKeeper::givesTheSamePortForEver()
{
    QCOMPARE(port(key(u"a"_s)), 6000);
    QCOMPARE(port(key(u"b"_s)), 6001);
    QCOMPARE(port(key(u"a"_s)), 6000);
    QCOMPARE(port(key(u"b"_s), 6005), 6001); // an existing lease wins
    restart();
    QCOMPARE(m_keeper->find(key(u"a"_s)), std::optional<quint16>(6000));
    QCOMPARE(port(key(u"b"_s)), 6001);
    QCOMPARE(port(key(u"a"_s)), 6000);
    QCOMPARE(m_keeper->count(), 2);
}

void TestPortKeeper::prefersTheWantedPort()
{
    QCOMPARE(port(key(u"a"_s), 6005), 6005);
    QCOMPARE(port(key(u"b"_s), 6005), 6000); // taken
    QCOMPARE(port(key(u"c"_s), 22), 6001); // not allowed
}

void TestPortKeeper::answersKnownKeysAtOnce()
{
    QCOMPARE(port(key(u"a"_s)), 6000);
    int answers = 0;
    for (int i = 0; i < 100'000; ++i)
        m_keeper->lease(
            key(u"a"_s), 0, [&answers](const Result<quint16> &result) { answers += result ? 1 : 0; });
    QCOMPARE(answers, 100'000);
    // But never before it is on the disk.
    bool answered = false;
    m_keeper->lease(key(u"b"_s), 0, [&answered](const Result<quint16> & /*port*/) { answered = true; });
    QVERIFY(!answered);
    QVERIFY(!m_keeper->find(key(u"b"_s)));
    QTRY_VERIFY(answered);
    QVERIFY(m_keeper->find(key(u"b"_s)));
}

void TestPortKeeper::givesEachItsOwn()
{
    restart(u"6000-6999"_s);
    // All at once, every one of them twice, and in both spaces.
    QHash<QString, QSet<int>> ports;
    int answers = 0;
    for (int i = 0; i < 500; ++i) {
        for (const PortProtocol protocol : {PortProtocol::Tcp, PortProtocol::Udp}) {
            for (int twice = 0; twice < 2; ++twice) {
                const QString name = QString::number(i) + protocolName(protocol);
                m_keeper->lease(key(QString::number(i), u"u"_s, protocol), 6100,
                    [&answers, &ports, name](const Result<quint16> &result) {
                        ++answers;
                        ports[name] += result ? *result : -1;
                    });
            }
        }
    }
    QTRY_COMPARE(answers, 2000);
    QSet<int> tcp;
    QSet<int> udp;
    for (auto it = ports.cbegin(); it != ports.cend(); ++it) {
        QCOMPARE(it->size(), 1);
        (it.key().endsWith(u"tcp"_s) ? tcp : udp) += *it->cbegin();
    }
    QCOMPARE(tcp.size(), 500);
    QCOMPARE(udp.size(), 500);
    QVERIFY(!tcp.contains(-1) && !udp.contains(-1));
    const std::vector<Lease> before = m_keeper->leases(0, 2000);
    restart(u"6000-6999"_s);
    QVERIFY(m_keeper->leases(0, 2000) == before);
}

void TestPortKeeper::tellsWhenNothingIsLeft()
{
    restart(u"6000"_s);
    QCOMPARE(port(key(u"a"_s)), 6000);
    const auto none = lease(*m_keeper, key(u"b"_s));
    QVERIFY(!none);
    QCOMPARE(none.error().code, Errc::NotFound);
    QCOMPARE(port(key(u"a"_s)), 6000);
    QCOMPARE(port(key(u"b"_s, u"u"_s, PortProtocol::Udp)), 6000);
    restart(QString());
    QCOMPARE(lease(*m_keeper, key(u"c"_s)).error().code, Errc::NotFound);
}

void TestPortKeeper::refusesBadKeys_data()
{
    QTest::addColumn<QString>("user");
    QTest::addColumn<QString>("tunnel");
    QTest::newRow("no tunnel") << u"u"_s << QString();
    QTest::newRow("long") << u"u"_s << QString(maxLeaseNameLength + 1, u'x');
    QTest::newRow("control character") << u"u\n"_s << u"a"_s;
    QTest::newRow("null character") << u"u"_s << QString(QChar(0));
    QTest::newRow("half a surrogate") << u"u"_s << QString(QChar(0xd800));
}

void TestPortKeeper::refusesBadKeys()
{
    QFETCH(const QString, user);
    QFETCH(const QString, tunnel);
    const auto refused = lease(*m_keeper, key(tunnel, user));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::InvalidArgument);
}

void TestPortKeeper::releases()
{
    QCOMPARE(port(key(u"a"_s)), 6000);
    QCOMPARE(port(key(u"b"_s)), 6001);
    const auto released = release(1);
    QVERIFY(released);
    QCOMPARE(released->key.tunnel, u"a"_s);
    QCOMPARE(release(1).error().code, Errc::NotFound);
    QVERIFY(!m_keeper->find(key(u"a"_s)));
    restart();
    QCOMPARE(port(key(u"c"_s)), 6000);
    QCOMPARE(port(key(u"a"_s)), 6002);
    QCOMPARE(port(key(u"b"_s)), 6001);
}

void TestPortKeeper::ordersWhatConcernsOneKey()
{
    QStringList events;
    const auto leased = [&events](const Result<quint16> &result) {
        events += result ? QString::number(*result) : u"error"_s;
    };
    const auto released = [&events](const Result<Lease> &result) {
        events += result ? u"released"_s : u"not found"_s;
    };
    m_keeper->lease(key(u"a"_s), 6003, leased);
    m_keeper->release(key(u"a"_s), released);
    m_keeper->lease(key(u"a"_s), 6004, leased);
    QTRY_COMPARE(events.size(), 3);
    QCOMPARE(events, (QStringList{u"6003"_s, u"released"_s, u"6004"_s}));
    m_keeper->release(key(u"b"_s), released);
    QCOMPARE(events.last(), u"not found"_s);
}

void TestPortKeeper::keepsLeasesOutsideTheRanges()
{
    QCOMPARE(port(key(u"a"_s), 6009), 6009);
    restart(u"6000-6005"_s);
    const auto refused = lease(*m_keeper, key(u"a"_s));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::Forbidden);
    QVERIFY2(refused.error().detail.contains(u"6009"_s), qPrintable(refused.error().detail));
    restart();
    QCOMPARE(port(key(u"a"_s)), 6009); // nothing was lost
}

void TestPortKeeper::inheritsImports()
{
    m_keeper.reset();
    {
        const auto database = Database::open(path());
        QVERIFY(database);
        LeaseStore store(**database);
        QVERIFY(importPortKeeperJson(
            R"({"proxies":{"alice.web":6004,"alice.dns":6000,"bob.far":9000}})"_ba, store));
    }
    restart();
    QCOMPARE(m_keeper->count(), 6);
    QCOMPARE(port(key(u"x"_s)), 6001); // 6000 and 6004 are held
    QCOMPARE(port(key(u"alice.web"_s, u"alice"_s), 6009), 6004);
    QCOMPARE(port(key(u"alice.dns"_s, u"alice"_s, PortProtocol::Udp)), 6000);
    QCOMPARE(port(key(u"y"_s)), 6000); // tcp 6000 has become free
    QCOMPARE(m_keeper->count(), 6);
    QCOMPARE(port(key(u"bob.far"_s, u"bob"_s)), 6002); // not allowed here
    restart();
    QCOMPARE(port(key(u"alice.web"_s, u"alice"_s)), 6004);
    QCOMPARE(port(key(u"alice.dns"_s, u"alice"_s, PortProtocol::Udp)), 6000);
}

void TestPortKeeper::sharesAFileWithAnotherKeeper()
{
    const auto other = start({.allowed = *PortRanges::parse(u"6000-6009"_s), .pollInterval = 20ms});
    QVERIFY(other);
    QCOMPARE(port(key(u"a"_s)), 6000);
    QCOMPARE(*lease(*other, key(u"b"_s)), 6001); // finds 6000 taken
    QCOMPARE(port(key(u"b"_s)), 6001);
    QCOMPARE(*lease(*other, key(u"a"_s)), 6000);
    QVERIFY(release(1));
    QTRY_VERIFY(!other->find(key(u"a"_s)));
    QCOMPARE(*lease(*other, key(u"c"_s)), 6000);
    QCOMPARE(port(key(u"d"_s)), 6002);
}

void TestPortKeeper::refusesWhenTheQueueIsFull()
{
    m_keeper.reset();
    m_keeper = start({.allowed = *PortRanges::parse(u"6000-6999"_s), .maxQueued = 10});
    int answers = 0;
    int busy = 0;
    for (int i = 0; i < 50; ++i) {
        m_keeper->lease(key(QString::number(i)), 0, [&answers, &busy](const Result<quint16> &result) {
            ++answers;
            busy += !result && result.error().code == Errc::Busy ? 1 : 0;
        });
    }
    QTRY_COMPARE(answers, 50);
    QCOMPARE(busy, 40);
    QCOMPARE(port(key(u"more"_s)), 6010);
}

void TestPortKeeper::goesOnWhenTheDatabaseIsLocked()
{
    QCOMPARE(port(key(u"a"_s)), 6000);
    {
        const auto database = Database::open(path());
        QVERIFY(database);
        const auto lock = (*database)->begin();
        QVERIFY(lock);
        const auto refused = lease(*m_keeper, key(u"b"_s)); // five seconds later
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, Errc::Storage);
        QVERIFY2(!refused.error().detail.contains(path()), "the path is not the peer's business");
        QCOMPARE(port(key(u"a"_s)), 6000);
    }
    QCOMPARE(port(key(u"b"_s)), 6001); // the port was given back
}

void TestPortKeeper::reportsADamagedDatabase()
{
    m_keeper.reset();
    QFile file(path());
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.write(QByteArray(8192, 'x'));
    file.close();
    PortKeeper keeper;
    QSignalSpy failed(&keeper, &PortKeeper::failed);
    keeper.start(path());
    QVERIFY(failed.wait());
    QVERIFY(failed.first().first().value<Error>().detail.contains(u"damaged"_s));
    QCOMPARE(lease(keeper, key(u"a"_s)).error().code, Errc::Storage);
}

void TestPortKeeper::deliversNothingAfterItsEnd()
{
    int answers = 0;
    for (int i = 0; i < 5; ++i)
        m_keeper->lease(
            key(QString::number(i)), 0, [&answers](const Result<quint16> & /*port*/) { ++answers; });
    m_keeper.reset();
    QCoreApplication::processEvents();
    QCOMPARE(answers, 0);
}

const frpx::test::TestRegistration registration("tst_portkeeper", frpx::test::runTest<TestPortKeeper>);

#include "tst_portkeeper.moc"
