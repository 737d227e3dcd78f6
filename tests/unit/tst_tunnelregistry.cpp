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
        return std::get<Tunnel *>(verdict) == nullptr ? u"own"_s : u"shared"_s;
    }
    TunnelId open(
        SessionId session, qint64 user, const QString &name, quint16 port, const QString &group = {})
    {
        Tunnel &tunnel = m_book->add({user, {}}, {.name = name, .group = group});
        m_book->join(tunnel, session, 1);
        m_book->setOpen(tunnel, port);
        return tunnel.id;
    }

    std::unique_ptr<TunnelRegistry> m_book;
};

void TestTunnelRegistry::keepsNamesApart()
{
    QCOMPARE(ask(a, alice, u"web"_s), u"own"_s);
    const TunnelId key = open(a, alice, u"web"_s, 9930);
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
    const TunnelId first = open(a, alice, u"1"_s, 9930, u"key"_s);
    open(b, alice, u"2"_s, 9931);
    QCOMPARE(ask(a, alice, u"3"_s), u"too_many_tunnels"_s);
    QCOMPARE(ask(b, alice, u"1"_s, 0, u"key"_s), u"shared"_s); // no further one
    QCOMPARE(ask(a, bob, u"3"_s), u"own"_s);
    m_book->take(first);
    QCOMPARE(ask(a, alice, u"3"_s), u"own"_s);
}

void TestTunnelRegistry::knowsWhoServesWhat()
{
    const TunnelId shared = open(a, alice, u"1"_s, 9930, u"key"_s);
    m_book->join(*m_book->find(shared), b, 2);
    const TunnelId own = open(a, alice, u"2"_s, 9931);
    QCOMPARE(m_book->ofSession(a), (std::vector<TunnelId>{shared, own}));
    QVERIFY(!m_book->leave(*m_book->find(shared), a));
    QVERIFY(m_book->leave(*m_book->find(shared), b));
    QCOMPARE(m_book->ofSession(b), std::vector<TunnelId>());
    QCOMPARE(m_book->ofSession(a), std::vector<TunnelId>{own});
    m_book->take(own);
    QCOMPARE(m_book->ofSession(a), std::vector<TunnelId>());
}

void TestTunnelRegistry::listsByPort()
{
    open(a, alice, u"late"_s, 9999);
    open(a, bob, u"early"_s, 9930);
    m_book->add({alice, {}}, {.name = u"requested"_s});
    m_book->setOpen(m_book->addDefault({.name = u"default"_s}), 9950); // it is not of an account
    const auto names = [this](quint16 after) {
        QStringList list;
        m_book->forEachOpen(after, [&list](const Tunnel &tunnel) {
            list += tunnel.spec.name;
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
    const TunnelId key = open(a, alice, u"short"_s, 9930);
    open(a, alice, u"long"_s, 9931);
    m_book->find(key)->deadlineMs = 500;
    QCOMPARE(m_book->due(499), std::vector<TunnelId>());
    QCOMPARE(m_book->due(500), std::vector<TunnelId>{key});
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
