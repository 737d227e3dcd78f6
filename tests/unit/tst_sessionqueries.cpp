// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/sessionqueries.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

class TestSessionQueries : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_queries = SessionQueries(); }

    void collectsPages();
    void refusesListsWithoutEnd_data();
    void refusesListsWithoutEnd();
    void refusesTheOtherList();
    void asksForAFewAtATime();
    void beginsAgainAfterABreak();
    void givesUpAtTheDeadline();
    void isBounded();

private:
    bool add(ListQuery query, qint64 deadline = 100)
    {
        return m_queries.add(std::move(query), deadline, [](const Result<ListQuery> &) {});
    }
    /// The ids of the requests that are due.
    QList<int> due()
    {
        QList<int> ids;
        for (const proto::Message &message : m_queries.takeDue()) {
            if (const auto *services = std::get_if<proto::ListServices>(&message))
                ids += services->requestId;
            else
                ids += std::get<proto::ListFreePorts>(message).requestId;
        }
        return ids;
    }
    static proto::Service service(int port) { return {port, u"x"_s, {}, {}, 0, 0, 0, 0, {}}; }

    SessionQueries m_queries;
};

void TestSessionQueries::collectsPages()
{
    QVERIFY(add(ListQuery::services(u"we"_s)));
    const std::vector<proto::Message> first = m_queries.takeDue();
    QCOMPARE(first.size(), 1u);
    QVERIFY((std::get<proto::ListServices>(first[0]) == proto::ListServices{1, u"we"_s, 0}));
    QVERIFY(!m_queries.onPage(proto::Services{7, {service(80)}, false})); // nobody's
    QVERIFY(!m_queries.onPage(proto::Services{1, {service(80), service(81)}, true}));
    const std::vector<proto::Message> second = m_queries.takeDue();
    QVERIFY((std::get<proto::ListServices>(second.at(0)) == proto::ListServices{2, u"we"_s, 81}));
    QVERIFY(!m_queries.onPage(proto::Services{1, {service(82)}, false})); // answered already
    const auto finished = m_queries.onPage(proto::Services{2, {service(90)}, false});
    QVERIFY(finished && finished->result);
    QCOMPARE(finished->result->foundServices().size(), 3u);
    QCOMPARE(finished->result->foundServices().back().port, 90);
    QVERIFY(!m_queries.nextDeadline());
}

void TestSessionQueries::refusesListsWithoutEnd_data()
{
    QTest::addColumn<int>("port");
    QTest::newRow("the same") << 81;
    QTest::newRow("falling") << 80;
}

void TestSessionQueries::refusesListsWithoutEnd()
{
    QFETCH(const int, port);
    QVERIFY(add(ListQuery::freePorts()));
    QCOMPARE(due(), QList<int>{1});
    QVERIFY(!m_queries.onPage(proto::FreePorts{1, {{70, 81}}, true}));
    QCOMPARE(due(), QList<int>{2});
    const auto finished = m_queries.onPage(proto::FreePorts{2, {{port, 100}}, true});
    QVERIFY(finished && !finished->result);
    QCOMPARE(finished->result.error().code, Errc::BadField);
}

void TestSessionQueries::refusesTheOtherList()
{
    QVERIFY(add(ListQuery::freePorts()));
    QCOMPARE(due(), QList<int>{1});
    const auto finished = m_queries.onPage(proto::Services{1, {service(80)}, false});
    QVERIFY(finished && !finished->result);
}

void TestSessionQueries::asksForAFewAtATime()
{
    for (int i = 0; i < 4; ++i)
        QVERIFY(add(ListQuery::freePorts()));
    QCOMPARE(due(), (QList<int>{1, 2}));
    QVERIFY(due().isEmpty());
    QVERIFY(m_queries.onPage(proto::FreePorts{2, {}, false}));
    QCOMPARE(due(), QList<int>{3});
}

void TestSessionQueries::beginsAgainAfterABreak()
{
    QVERIFY(add(ListQuery::services({})));
    QCOMPARE(due(), QList<int>{1});
    QVERIFY(!m_queries.onPage(proto::Services{1, {service(80)}, true}));
    m_queries.onOffline();
    const std::vector<proto::Message> again = m_queries.takeDue();
    QVERIFY((std::get<proto::ListServices>(again.at(0)) == proto::ListServices{2, {}, 0}));
    const auto finished = m_queries.onPage(proto::Services{2, {service(70)}, false});
    QVERIFY(finished);
    QCOMPARE(finished->result->foundServices().size(), 1u);
}

void TestSessionQueries::givesUpAtTheDeadline()
{
    QVERIFY(add(ListQuery::freePorts(), 100));
    QVERIFY(add(ListQuery::freePorts(), 50));
    QCOMPARE(m_queries.nextDeadline(), 50);
    QVERIFY(m_queries.takeExpired(49).empty());
    const auto expired = m_queries.takeExpired(50);
    QCOMPARE(expired.size(), 1u);
    QCOMPARE(expired[0].result.error().code, Errc::Timeout);
    QCOMPARE(m_queries.nextDeadline(), 100);
    QCOMPARE(m_queries.takeAll({Errc::PeerClosed, {}}).size(), 1u);
    QVERIFY(due().isEmpty());
}

void TestSessionQueries::isBounded()
{
    for (size_t i = 0; i < SessionQueries::maxQueries; ++i)
        QVERIFY(add(ListQuery::freePorts()));
    QVERIFY(!add(ListQuery::freePorts()));
}

const frpx::test::TestRegistration registration(
    "tst_sessionqueries", frpx::test::runBareTest<TestSessionQueries>);

#include "tst_sessionqueries.moc"
