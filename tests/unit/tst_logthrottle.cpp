// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/logbudget.h"
#include "common/core/throttledlog.h"
#include "tests/support/testregistry.h"

#include <QRegularExpression>
#include <QTest>

#include <mutex>
#include <thread>

using namespace frpx;
using namespace Qt::StringLiterals;

namespace {

constexpr LogKind one{lcSystem};
constexpr LogKind other{lcSystem};
constexpr LogKind burst{lcSystem, QtInfoMsg, 3};
constexpr LogKind fast{lcSystem, QtInfoMsg, 10, 10};
constexpr LogKind silent{lcSystem, QtDebugMsg};

/// The cases that \a line stands for.
int casesIn(const QString &line)
{
    static const QRegularExpression number(u"\\((\\d+) more in the last"_s);
    return 1 + number.match(line).captured(1).toInt();
}

/// What the log has got while it lives.
class Caught
{
public:
    Caught()
        : m_before(qInstallMessageHandler(take))
    {
        lines.clear();
    }
    ~Caught() { qInstallMessageHandler(m_before); }

    static QStringList taken()
    {
        const std::lock_guard lock(mutex);
        return lines;
    }

private:
    static void take(QtMsgType /*type*/, const QMessageLogContext & /*context*/, const QString &text)
    {
        const std::lock_guard lock(mutex);
        lines << text;
    }

    static inline std::mutex mutex;
    static inline QStringList lines;
    const QtMessageHandler m_before;
};

} // namespace

/// How often a line is written, and that none is lost.
class TestLogThrottle : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { forgetThrottledLines(); }

    void writesOneLineASecond();
    void writesTheCountWhenTheSecondIsOver();
    void writesTheCountAtTheEnd();
    void hasBursts();
    void earnsSeveralASecond();
    void keepsKindsAndSubjectsApart();
    void addsUp();
    void isBounded();
    void saysHowLongItTook();
    void writesByItself();
    void isSharedByThreads();
    void leavesOutWhatNobodyWants();
    void boundsTheBytes();
    void countsWhatIsLeftOut();
};

void TestLogThrottle::writesOneLineASecond()
{
    LogThrottle throttle;
    QCOMPARE(throttle.add(one, u"a"_s, {}, 5000), u"a"_s);
    for (int i = 0; i < 9; ++i)
        QVERIFY(!throttle.add(one, u"b"_s, {}, 5000 + 100 * i));
    QCOMPARE(throttle.add(one, u"c"_s, {}, 6000), u"c (9 more in the last second)"_s);
    QVERIFY(!throttle.add(one, u"d"_s, {}, 6999));
    QCOMPARE(throttle.add(one, u"e"_s, {}, 7000), u"e (1 more in the last second)"_s);
    QCOMPARE(throttle.add(one, u"f"_s, {}, 9000), u"f"_s);
}

void TestLogThrottle::writesTheCountWhenTheSecondIsOver()
{
    LogThrottle throttle;
    QVERIFY(!throttle.nextDueMs());
    QVERIFY(throttle.add(one, u"a"_s, {}, 5000));
    QVERIFY(!throttle.nextDueMs());
    QVERIFY(!throttle.add(one, u"b"_s, {}, 5100));
    QVERIFY(!throttle.add(one, u"c"_s, {}, 5200));
    QCOMPARE(throttle.nextDueMs(), 6000);
    QVERIFY(throttle.takeDue(5999).empty());
    const auto lines = throttle.takeDue(6000);
    QCOMPARE(lines.size(), 1U);
    QCOMPARE(lines.front().kind, &one);
    QCOMPARE(lines.front().text, u"c (1 more in the last second)"_s);
    QVERIFY(!throttle.nextDueMs());
    QVERIFY(throttle.takeDue(10'000).empty());
    QCOMPARE(throttle.add(one, u"d"_s, {}, 10'000), u"d"_s);
}

void TestLogThrottle::writesTheCountAtTheEnd()
{
    LogThrottle throttle;
    QVERIFY(throttle.add(one, u"a"_s, {}, 5000));
    QVERIFY(!throttle.add(one, u"b"_s, {}, 5100));
    const auto lines = throttle.takeAll(5200);
    QCOMPARE(lines.size(), 1U);
    QCOMPARE(lines.front().text, u"b"_s); // stands for itself only
}

void TestLogThrottle::hasBursts()
{
    LogThrottle throttle;
    for (int i = 0; i < 3; ++i)
        QCOMPARE(throttle.add(burst, u"a"_s, {}, 1000), u"a"_s);
    QVERIFY(!throttle.add(burst, u"a"_s, {}, 1000));
    QVERIFY(!throttle.add(burst, u"a"_s, {}, 1999));
    QCOMPARE(throttle.add(burst, u"a"_s, {}, 2000), u"a (2 more in the last second)"_s);
    QVERIFY(!throttle.add(burst, u"a"_s, {}, 2500));
    QCOMPARE(throttle.takeDue(3000).size(), 1U);
    for (int i = 0; i < 3; ++i) // rested, but never more than the burst
        QCOMPARE(throttle.add(burst, u"a"_s, {}, 100'000), u"a"_s);
    QVERIFY(!throttle.add(burst, u"a"_s, {}, 100'000));
}

void TestLogThrottle::earnsSeveralASecond()
{
    LogThrottle throttle;
    int lines = 0;
    for (qint64 ms = 0; ms < 10'000; ++ms)
        lines += throttle.add(fast, u"a"_s, {}, 1000 + ms) ? 1 : 0;
    QVERIFY2(lines >= 105 && lines <= 110, qPrintable(QString::number(lines))); // and the burst
}

void TestLogThrottle::keepsKindsAndSubjectsApart()
{
    LogThrottle throttle;
    QVERIFY(throttle.add(one, u"a"_s, {}, 1000));
    QVERIFY(throttle.add(other, u"a"_s, {}, 1000));
    QVERIFY(throttle.add(one, u"a"_s, u"x"_s, 1000));
    QVERIFY(throttle.add(one, u"a"_s, u"y"_s, 1000));
    QVERIFY(!throttle.add(one, u"a"_s, u"x"_s, 1000));
    QVERIFY(!throttle.add(other, u"a"_s, {}, 1000));
}

void TestLogThrottle::addsUp()
{
    LogThrottle throttle;
    int cases = 0;
    for (qint64 ms = 0; ms < 5000; ms += 7) {
        if (const auto line = throttle.add(one, u"a"_s, {}, 1000 + ms))
            cases += casesIn(*line);
        if (ms % 3 == 0) {
            for (const LogThrottle::Line &line : throttle.takeDue(1000 + ms))
                cases += casesIn(line.text);
        }
    }
    for (const LogThrottle::Line &line : throttle.takeAll(6000))
        cases += casesIn(line.text);
    QCOMPARE(cases, 715);
}

void TestLogThrottle::isBounded()
{
    LogThrottle throttle;
    const auto limit = static_cast<int>(LogThrottle::maxSubjects);
    int lines = 0;
    for (int i = 0; i < 10 * limit; ++i)
        lines += throttle.add(one, u"a"_s, QString::number(i), 1000) ? 1 : 0;
    QCOMPARE(lines, limit + 1); // the others share one line
    QVERIFY(throttle.size() <= limit + 1);
    QCOMPARE(throttle.takeDue(2000).size(), 1U);
    QVERIFY(throttle.add(one, u"a"_s, u"new"_s, 10'000)); // in the place of those that have rested
    QCOMPARE(throttle.size(), 1);
}

void TestLogThrottle::saysHowLongItTook()
{
    LogThrottle throttle;
    QVERIFY(throttle.add(one, u"a"_s, {}, 1000));
    QVERIFY(!throttle.add(one, u"b"_s, {}, 1100));
    QCOMPARE(throttle.add(one, u"c"_s, {}, 31'000), u"c (1 more in the last 30 s)"_s);
}

void TestLogThrottle::writesByItself()
{
    const Caught caught;
    for (int i = 0; i < 5; ++i)
        logThrottled(one, u"number %1"_s.arg(i));
    QCOMPARE(Caught::taken(), QStringList{u"number 0"_s});
    QTRY_COMPARE(Caught::taken(), (QStringList{u"number 0"_s, u"number 4 (3 more in the last second)"_s}));
    logThrottled(one, u"next"_s); // counts as the first of its second
    QTRY_COMPARE(Caught::taken().size(), 3);
    QCOMPARE(Caught::taken().last(), u"next"_s);
}

void TestLogThrottle::isSharedByThreads()
{
    constexpr int threads = 4;
    constexpr int each = 1000;
    const Caught caught;
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([] {
            for (int k = 0; k < each; ++k)
                logThrottled(fast, u"from a loop"_s);
        });
    }
    for (std::thread &thread : running)
        thread.join();
    const auto cases = [] {
        int sum = 0;
        const QStringList lines = Caught::taken();
        for (const QString &line : lines)
            sum += casesIn(line);
        return sum;
    };
    QTRY_COMPARE(cases(), threads * each);
    QVERIFY(Caught::taken().size() < 100);
}

void TestLogThrottle::leavesOutWhatNobodyWants()
{
    const Caught caught;
    logThrottled(silent, u"debug"_s);
    QCOMPARE(Caught::taken(), QStringList());
}

void TestLogThrottle::boundsTheBytes()
{
    LogBudget budget(1000, 100);
    qint64 written = 0;
    for (qint64 ms = 0; ms < 60'000; ms += 3)
        written += budget.take(50, 5'000'000 + ms) ? 50 : 0;
    QVERIFY2(written >= 1000 + 5800 && written <= 1000 + 6000, qPrintable(QString::number(written)));
    QVERIFY(budget.take(1000, 6'000'000)); // rested
    QVERIFY(!budget.take(1, 6'000'000));
}

void TestLogThrottle::countsWhatIsLeftOut()
{
    LogBudget budget(100, 100);
    QVERIFY(budget.take(100, 1000));
    QCOMPARE(budget.takeLeftOut(), 0U);
    for (int i = 0; i < 7; ++i)
        QVERIFY(!budget.take(50, 1100));
    QVERIFY(budget.take(50, 1500));
    QCOMPARE(budget.takeLeftOut(), 7U);
    QCOMPARE(budget.takeLeftOut(), 0U);
}

const frpx::test::TestRegistration registration("tst_logthrottle", frpx::test::runTest<TestLogThrottle>);

#include "tst_logthrottle.moc"
