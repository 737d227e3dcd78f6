// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/answerwatch.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::client;

/// When a service is said to owe an answer. A user of the watch looks once a second.
class TestAnswerWatch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { *m_silent = false; }

    void countsNothingUnlessAsked();
    void waitsForBytes();
    void noticesWhatIsNotAnswered();
    void isContentWithAnyAnswer();
    void noticesTheNextRequestToo();
    void beginsAnew();

private:
    bool isNoticed(AnswerWatch &watch, qint64 fromMs, qint64 toMs)
    {
        for (qint64 now = fromMs; now <= toMs; now += 1000)
            watch.inspect(now);
        return m_silent->load();
    }

    const SilentService m_silent = std::make_shared<std::atomic<bool>>(false);
};

void TestAnswerWatch::countsNothingUnlessAsked()
{
    AnswerWatch watch(nullptr);
    QVERIFY(!watch.begin());
    watch.inspect(1'000'000);
}

void TestAnswerWatch::waitsForBytes()
{
    AnswerWatch watch(m_silent);
    const auto totals = watch.begin();
    QVERIFY(!isNoticed(watch, 1000, 60'000));
    totals->toVisitor = 10; // a service that speaks first
    QVERIFY(!isNoticed(watch, 61'000, 120'000));
}

void TestAnswerWatch::noticesWhatIsNotAnswered()
{
    AnswerWatch watch(m_silent);
    const auto totals = watch.begin();
    totals->toService = 100;
    QVERIFY(!isNoticed(watch, 1000, 5000));
    totals->toService = 200; // more of the same does not begin anew
    QVERIFY(isNoticed(watch, 6000, 6000));
    *m_silent = false;
    QVERIFY(isNoticed(watch, 7000, 7000)); // and again: whoever looks has the pause
    *m_silent = false;
    totals->toVisitor = 1;
    QVERIFY(!isNoticed(watch, 8000, 60'000));
}

void TestAnswerWatch::isContentWithAnyAnswer()
{
    AnswerWatch watch(m_silent);
    const auto totals = watch.begin();
    for (qint64 now = 1000; now <= 60'000; now += 1000) {
        totals->toService += 100;
        if (now % 4000 == 0)
            totals->toVisitor += 1; // slow
        watch.inspect(now);
        QVERIFY(!*m_silent);
    }
}

void TestAnswerWatch::noticesTheNextRequestToo()
{
    AnswerWatch watch(m_silent);
    const auto totals = watch.begin();
    totals->toService = 100;
    totals->toVisitor = 100;
    QVERIFY(!isNoticed(watch, 1000, 60'000));
    totals->toService = 200;
    QVERIFY(!isNoticed(watch, 61'000, 65'000));
    QVERIFY(isNoticed(watch, 66'000, 66'000));
}

void TestAnswerWatch::beginsAnew()
{
    AnswerWatch watch(m_silent);
    watch.begin()->toService = 100;
    QVERIFY(!isNoticed(watch, 1000, 5000));
    const auto next = watch.begin();
    QVERIFY(!isNoticed(watch, 6000, 60'000));
}

const frpx::test::TestRegistration registration("tst_answerwatch", frpx::test::runBareTest<TestAnswerWatch>);

#include "tst_answerwatch.moc"
