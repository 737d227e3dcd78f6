// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leaseimport.h"
#include "frps/ports/leasestore.h"
#include "frps/store/database.h"
#include "tests/support/testdatabase.h"
#include "tests/support/testregistry.h"

#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

LeaseChange adding(const QString &tunnel, quint16 port, PortProtocol protocol = PortProtocol::Tcp,
    const QString &user = u"u"_s)
{
    return {LeaseChange::Kind::Add,
        {.id = 0, .key = {user, tunnel, protocol}, .port = port, .createdAtMs = 0, .imported = false}};
}

LeaseChange removing(qint64 id)
{
    Lease lease;
    lease.id = id;
    return {LeaseChange::Kind::Remove, lease};
}

} // namespace

class TestLeaseStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void keepsLeases();
    void keepsAnyText();
    void keepsAccountsApartFromNames();
    void remembersTheLastUse();
    void separatesProtocols();
    void refusesDoubles_data();
    void refusesDoubles();
    void doesAllOrNothing();
    void neverUsesAnIdAgain();
    void noticesOtherPrograms();
    void refusesRowsWithoutSense();
    void survivesAFullDisk();
    void importsOldLeases();
    void importsTwiceWithoutHarm();
    void refusesBadImports_data();
    void refusesBadImports();

private:
    std::unique_ptr<Database> open() const
    {
        auto database = Database::open(m_target);
        return database ? *std::move(database) : nullptr;
    }

    test::TestDatabase m_databases;
    std::unique_ptr<QTemporaryDir> m_directory;
    DatabaseTarget m_target;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<LeaseStore> m_store;
};

void TestLeaseStore::initTestCase()
{
    if (const char *why = m_databases.prepare())
        QSKIP(why);
}

void TestLeaseStore::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_target = m_databases.fresh(*m_directory);
    m_database = open();
    QVERIFY(m_database);
    m_store = std::make_unique<LeaseStore>(*m_database, [] { return qint64(1'000); });
    const auto empty = m_store->load();
    QVERIFY(empty);
    QVERIFY(empty->empty());
}

void TestLeaseStore::cleanup()
{
    m_store.reset();
    m_database.reset();
}

void TestLeaseStore::keepsLeases()
{
    const auto added = m_store->apply({adding(u"a"_s, 6000), adding(u"b"_s, 6001)});
    QVERIFY(added);
    QCOMPARE(added->size(), 2U);
    QCOMPARE(added->at(0).id, 1);
    QCOMPARE(added->at(0).createdAtMs, 1'000);
    m_store.reset();
    m_database = open();
    m_store = std::make_unique<LeaseStore>(*m_database);
    const auto loaded = m_store->load();
    QVERIFY(loaded);
    QVERIFY(*loaded == *added);
}

void TestLeaseStore::keepsAnyText()
{
    const QString odd = u"'; DROP TABLE port_leases; -- \U0001F600 ü \"x\""_s;
    QVERIFY(m_store->apply({adding(odd, 6000, PortProtocol::Udp, {})}));
    const auto loaded = m_store->load();
    QVERIFY(loaded);
    QCOMPARE(loaded->at(0).key.tunnel, odd);
    QVERIFY(loaded->at(0).key.user.isEmpty());
}

void TestLeaseStore::keepsAccountsApartFromNames()
{
    LeaseChange ofAccount = adding(u"a"_s, 6000, PortProtocol::Tcp, {});
    ofAccount.lease.key.account = 17;
    LeaseChange ofAnother = adding(u"a"_s, 6001, PortProtocol::Tcp, {});
    ofAnother.lease.key.account = 18;
    const auto added = m_store->apply(
        {ofAccount, ofAnother, adding(u"a"_s, 6002), adding(u"a"_s, 6003, PortProtocol::Tcp, u"17"_s)});
    QVERIFY(added);
    QCOMPARE(m_store->apply({ofAccount}).error().code, Errc::AlreadyExists);
    const auto loaded = m_store->load();
    QVERIFY(loaded);
    QVERIFY(*loaded == *added);
    QCOMPARE(loaded->at(0).key.account, 17);
    QVERIFY(loaded->at(0).key.user.isEmpty());
    QCOMPARE(loaded->at(3).key.account, 0);
}

void TestLeaseStore::remembersTheLastUse()
{
    const auto added = m_store->apply({adding(u"a"_s, 6000), adding(u"b"_s, 6001)});
    QVERIFY(added);
    QCOMPARE(added->at(0).usedAtMs, 1'000);
    Lease used = added->at(1);
    used.usedAtMs = 5'000;
    Lease gone;
    gone.id = 77;
    QVERIFY(m_store->apply({{LeaseChange::Kind::Touch, used}, {LeaseChange::Kind::Touch, gone}}));
    QVERIFY(m_database->run(u"UPDATE port_leases SET used_at = NULL WHERE id = 1"_s)); // of an older version
    const auto loaded = m_store->load();
    QVERIFY(loaded);
    QCOMPARE(loaded->size(), 2U);
    QCOMPARE(loaded->at(0).usedAtMs, 1'000);
    QCOMPARE(loaded->at(1).usedAtMs, 5'000);
}

void TestLeaseStore::separatesProtocols()
{
    QVERIFY(m_store->apply({adding(u"a"_s, 6000), adding(u"a"_s, 6000, PortProtocol::Udp)}));
}

void TestLeaseStore::refusesDoubles_data()
{
    QTest::addColumn<QString>("tunnel");
    QTest::addColumn<int>("port");
    QTest::newRow("port") << u"b"_s << 6000;
    QTest::newRow("key") << u"a"_s << 6001;
}

void TestLeaseStore::refusesDoubles()
{
    QFETCH(const QString, tunnel);
    QFETCH(const int, port);
    QVERIFY(m_store->apply({adding(u"a"_s, 6000)}));
    const auto refused = m_store->apply({adding(tunnel, static_cast<quint16>(port))});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::AlreadyExists);
    QVERIFY(m_store->apply({adding(u"c"_s, 6002)})); // the transaction is over
}

void TestLeaseStore::doesAllOrNothing()
{
    QVERIFY(m_store->apply({adding(u"a"_s, 6000)}));
    QVERIFY(!m_store->apply({adding(u"b"_s, 6001), removing(1), adding(u"c"_s, 6001)}));
    const auto loaded = m_store->load();
    QVERIFY(loaded);
    QCOMPARE(loaded->size(), 1U);
    QCOMPARE(loaded->at(0).key.tunnel, u"a"_s);
    // A port may change hands within one transaction.
    QVERIFY(m_store->apply({removing(1), adding(u"b"_s, 6000)}));
}

void TestLeaseStore::neverUsesAnIdAgain()
{
    QVERIFY(m_store->apply({adding(u"a"_s, 6000)}));
    QVERIFY(m_store->apply({removing(1)}));
    const auto added = m_store->apply({adding(u"a"_s, 6000)});
    QVERIFY(added);
    QCOMPARE(added->at(0).id, 2);
}

void TestLeaseStore::noticesOtherPrograms()
{
    const auto other = open();
    LeaseStore otherStore(*other);
    QVERIFY(otherStore.load());
    QVERIFY(otherStore.apply({adding(u"a"_s, 6000)}));

    const auto outdated = m_store->isOutdated();
    QVERIFY(outdated && *outdated);
    const auto refused = m_store->apply({adding(u"b"_s, 6001)});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::AlreadyExists);
    QCOMPARE(m_store->load()->size(), 1U);
    QVERIFY(m_store->apply({adding(u"b"_s, 6001)}));
    QVERIFY(!*m_store->isOutdated());
}

void TestLeaseStore::refusesRowsWithoutSense()
{
    QVERIFY(m_store->apply({adding(u"a"_s, 6000)}));
    QVERIFY(m_database->run(u"UPDATE port_leases SET port = 70000"_s));
    const auto loaded = m_store->load();
    QVERIFY(!loaded);
    QCOMPARE(loaded.error().code, Errc::Storage);
}

void TestLeaseStore::survivesAFullDisk()
{
    if (test::TestDatabase::isPostgreSql())
        QSKIP("It is SQLite that can be told so.");
    QVERIFY(m_store->apply({adding(u"a"_s, 6000)}));
    auto pages = m_database->run(u"PRAGMA page_count"_s);
    QVERIFY(pages && pages->next());
    const int count = pages->value(0).toInt();
    pages->finish();
    QVERIFY(m_database->run(u"PRAGMA max_page_count = %1"_s.arg(count)));
    std::vector<LeaseChange> many;
    for (quint16 port = 6001; port < 6500; ++port)
        many.push_back(adding(QString(100, u'x') + QString::number(port), port));
    const auto refused = m_store->apply(many);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::Storage);
    QCOMPARE(m_store->load()->size(), 1U);
    QVERIFY(m_database->run(u"PRAGMA max_page_count = 1000000"_s));
    QVERIFY(m_store->apply(many));
    QCOMPARE(m_store->load()->size(), 500U);
}

void TestLeaseStore::importsOldLeases()
{
    const auto imported = importPortKeeperJson(
        R"({"proxies":{"alice.web":6000,"bob.game":6001},"ports":{"6000":"alice.web","6001":"bob.game"}})"_ba,
        *m_store);
    QVERIFY(imported);
    QCOMPARE(imported->added, 2);
    QCOMPARE(imported->known, 0);
    const auto loaded = m_store->load();
    QCOMPARE(loaded->size(), 4U); // of either protocol
    for (const Lease &lease : *loaded) {
        QVERIFY(lease.imported);
        QVERIFY(lease.key.user.isEmpty());
        QCOMPARE(lease.port, lease.key.tunnel == u"alice.web"_s ? 6000 : 6001);
    }
}

void TestLeaseStore::importsTwiceWithoutHarm()
{
    const QByteArray json = R"({"proxies":{"alice.web":6000,"bob.game":6001}})"_ba;
    QVERIFY(importPortKeeperJson(json, *m_store));
    // Meanwhile alice has come for her port.
    QVERIFY(m_store->apply(
        {removing(1), removing(2), adding(u"alice.web"_s, 6000, PortProtocol::Udp, u"alice"_s)}));
    const auto again = importPortKeeperJson(json, *m_store);
    QVERIFY2(again, qPrintable(again ? QString() : again.error().detail));
    QCOMPARE(again->added, 0);
    QCOMPARE(again->known, 2);
    QCOMPARE(m_store->load()->size(), 3U);
}

void TestLeaseStore::refusesBadImports_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("named");
    const int invalid = int(Errc::InvalidArgument);
    const int exists = int(Errc::AlreadyExists);
    QTest::newRow("nothing") << ""_ba << invalid << u"proxies"_s;
    QTest::newRow("array") << "[]"_ba << invalid << u"proxies"_s;
    QTest::newRow("other") << R"({"proxies":[6000]})"_ba << invalid << u"proxies"_s;
    QTest::newRow("text") << R"({"proxies":{"a.b":"6000"}})"_ba << invalid << u"a.b"_s;
    QTest::newRow("port 80") << R"({"proxies":{"a.b":80}})"_ba << invalid << u"a.b"_s;
    QTest::newRow("port 70000") << R"({"proxies":{"a.b":70000}})"_ba << invalid << u"a.b"_s;
    QTest::newRow("no name") << R"({"proxies":{"":6000}})"_ba << invalid << u"name"_s;
    QTest::newRow("double in the file") << R"({"proxies":{"a.b":6001,"a.c":6001}})"_ba << exists << u"6001"_s;
    QTest::newRow("port is taken") << R"({"proxies":{"a.a":6002,"a.b":6000}})"_ba << exists << u"taken"_s;
    QTest::newRow("name has another")
        << R"({"proxies":{"a.a":6002,"u.taken":6003}})"_ba << exists << u"6000"_s;
}

void TestLeaseStore::refusesBadImports()
{
    QFETCH(const QByteArray, json);
    QFETCH(const int, code);
    QFETCH(const QString, named);
    QVERIFY(m_store->apply({adding(u"taken"_s, 6000)}));
    const auto imported = importPortKeeperJson(json, *m_store);
    QVERIFY(!imported);
    QCOMPARE(int(imported.error().code), code);
    QVERIFY2(imported.error().detail.contains(named), qPrintable(imported.error().detail));
    QCOMPARE(m_store->load()->size(), 1U);
}

const frpx::test::TestRegistration registration("tst_leasestore", frpx::test::runTest<TestLeaseStore>);

#include "tst_leasestore.moc"
