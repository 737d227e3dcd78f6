// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/tunnelregistry.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;
using Code = frpx::proto::TunnelCode;

namespace {

constexpr auto a = SessionId{1};
constexpr auto b = SessionId{2};
constexpr qint64 alice = 10;
constexpr qint64 bob = 11;

} // namespace

class TestTunnelRegistry : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_book = std::make_unique<TunnelRegistry>(2); }

    void keepsNamesApart();
    void sharesAmongAGroup();
    void refusesNonsense_data();
    void refusesNonsense();
    void limitsTunnelsOfAnAccount();
    void knowsWhoServesWhat();
    void listsByPort();
    void findsThoseWhoseLifeIsOver();
    void remembersOneThatBroke();

private:
    /// What becomes of a request; "own", "shared" or the code.
    QString ask(SessionId session, qint64 user, const QString &name, int port = 0, const QString &group = {})
    {
        const TunnelSpec spec{.name = name, .remotePort = static_cast<quint16>(port), .group = group};
        const auto verdict = m_book->judge(session, user, spec, false);
        if (const auto *refusal = std::get_if<TunnelRegistry::Refusal>(&verdict))
            return proto::tunnelCodeName(refusal->code);
        return std::get<quint64>(verdict) == 0 ? u"own"_s : u"shared"_s;
    }
    quint64 open(SessionId session, qint64 user, const QString &name, quint16 port, const QString &group = {})
    {
        TunnelRecord record;
        record.userId = user;
        record.spec = {.name = name, .group = group};
        const quint64 key = m_book->add(std::move(record));
        m_book->join(key, session, 1);
        m_book->setOpen(key, TunnelId{key}, port);
        return key;
    }

    std::unique_ptr<TunnelRegistry> m_book;
};

void TestTunnelRegistry::keepsNamesApart()
{
    QCOMPARE(ask(a, alice, u"web"_s), u"own"_s);
    const quint64 key = open(a, alice, u"web"_s, 9930);
    QCOMPARE(ask(a, alice, u"web"_s), u"name_in_use"_s);
    QCOMPARE(ask(b, alice, u"web"_s), u"name_in_use"_s);
    QCOMPARE(ask(b, bob, u"web"_s), u"own"_s); // another account has its own names
    QCOMPARE(ask(a, alice, u"Web"_s), u"own"_s);
    QVERIFY(m_book->take(key));
    QVERIFY(!m_book->take(key));
    QCOMPARE(ask(a, alice, u"web"_s), u"own"_s);
}

void TestTunnelRegistry::sharesAmongAGroup()
{
    open(a, alice, u"web"_s, 9930, u"key"_s);
    QCOMPARE(ask(b, alice, u"web"_s, 0, u"key"_s), u"shared"_s);
    QCOMPARE(ask(b, alice, u"web"_s, 9930, u"key"_s), u"shared"_s);
    QCOMPARE(ask(b, alice, u"web"_s, 9931, u"key"_s), u"name_in_use"_s);
    QCOMPARE(ask(b, alice, u"web"_s, 0, u"other"_s), u"name_in_use"_s);
    QCOMPARE(ask(b, alice, u"web"_s), u"name_in_use"_s);
    QCOMPARE(ask(a, alice, u"web"_s, 0, u"key"_s), u"name_in_use"_s); // it is in already
    QCOMPARE(ask(b, bob, u"web"_s, 0, u"key"_s), u"own"_s); // a key means nothing to another account
}

void TestTunnelRegistry::refusesNonsense_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("policy");
    QTest::newRow("no name") << QString() << QString();
    QTest::newRow("long name") << QString(129, u'x') << QString();
    QTest::newRow("control character") << u"a\tb"_s << QString();
    QTest::newRow("policy") << u"a"_s << u"coin"_s;
}

void TestTunnelRegistry::refusesNonsense()
{
    QFETCH(const QString, name);
    QFETCH(const QString, policy);
    const auto verdict = m_book->judge(a, alice, {.name = name, .policy = policy}, false);
    const auto *refusal = std::get_if<TunnelRegistry::Refusal>(&verdict);
    QVERIFY(refusal);
    QCOMPARE(refusal->code, Code::BadRequest);
    QVERIFY(!refusal->text.isEmpty());
}

void TestTunnelRegistry::limitsTunnelsOfAnAccount()
{
    const quint64 first = open(a, alice, u"1"_s, 9930, u"key"_s);
    open(b, alice, u"2"_s, 9931);
    QCOMPARE(ask(a, alice, u"3"_s), u"too_many_tunnels"_s);
    QCOMPARE(ask(b, alice, u"1"_s, 0, u"key"_s), u"shared"_s); // no further one
    QCOMPARE(ask(a, bob, u"3"_s), u"own"_s);
    m_book->take(first);
    QCOMPARE(ask(a, alice, u"3"_s), u"own"_s);
}

void TestTunnelRegistry::knowsWhoServesWhat()
{
    const quint64 shared = open(a, alice, u"1"_s, 9930, u"key"_s);
    m_book->join(shared, b, 2);
    const quint64 own = open(a, alice, u"2"_s, 9931);
    QCOMPARE(m_book->keysOf(a), (std::vector<quint64>{shared, own}));
    QVERIFY(!m_book->leave(shared, a));
    QVERIFY(m_book->leave(shared, b));
    QCOMPARE(m_book->keysOf(b), std::vector<quint64>());
    QCOMPARE(m_book->keysOf(a), std::vector<quint64>{own});
    m_book->take(own);
    QCOMPARE(m_book->keysOf(a), std::vector<quint64>());
}

void TestTunnelRegistry::listsByPort()
{
    open(a, alice, u"late"_s, 9999);
    open(a, bob, u"early"_s, 9930);
    TunnelRecord wish;
    wish.userId = alice;
    wish.spec.name = u"wish"_s;
    m_book->add(std::move(wish));
    const auto names = [this](quint16 after) {
        QStringList list;
        m_book->forEachOpen(after, [&list](const TunnelRecord &record) {
            list += record.spec.name;
            return true;
        });
        return list;
    };
    QCOMPARE(names(0), (QStringList{u"early"_s, u"late"_s}));
    QCOMPARE(names(9930), QStringList{u"late"_s});
    QVERIFY(m_book->hasPort(9930) && !m_book->hasPort(9931));
}

void TestTunnelRegistry::findsThoseWhoseLifeIsOver()
{
    const quint64 key = open(a, alice, u"short"_s, 9930);
    open(a, alice, u"long"_s, 9931);
    m_book->find(key)->deadlineMs = 500;
    QCOMPARE(m_book->due(499), std::vector<quint64>());
    QCOMPARE(m_book->due(500), std::vector<quint64>{key});
}

void TestTunnelRegistry::remembersOneThatBroke()
{
    const SuspendedTunnel remains{10, QDateTime::currentDateTimeUtc(), 7, 1000};
    m_book->keep(alice, u"web"_s, remains);
    QVERIFY(!m_book->takeSuspended(bob, u"web"_s, 10, 500));
    const std::optional<SuspendedTunnel> back = m_book->takeSuspended(alice, u"web"_s, 10, 500);
    QVERIFY(back);
    QCOMPARE(back->admitted, 7u);
    QVERIFY(!m_book->takeSuspended(alice, u"web"_s, 10, 500)); // once
    m_book->keep(alice, u"web"_s, remains);
    QVERIFY(!m_book->takeSuspended(alice, u"web"_s, 11, 500)); // another limit is another tunnel
    m_book->keep(alice, u"web"_s, remains);
    QVERIFY(!m_book->takeSuspended(alice, u"web"_s, 10, 1000)); // too late
    m_book->keep(alice, u"web"_s, remains);
    m_book->forgetSuspended(1000);
    QVERIFY(!m_book->takeSuspended(alice, u"web"_s, 10, 500));
}

const frpx::test::TestRegistration registration(
    "tst_tunnelregistry", frpx::test::runBareTest<TestTunnelRegistry>);

#include "tst_tunnelregistry.moc"
