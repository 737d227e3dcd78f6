// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/openfilelimit.h"
#include "tests/support/testregistry.h"

#include <QTest>

#ifdef Q_OS_UNIX
#include <sys/resource.h>
#endif

using namespace frpx;

class TestOpenFileLimit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void raisesTheSoftLimit();
    void raisingTwiceChangesNothing();
};

void TestOpenFileLimit::raisesTheSoftLimit()
{
#ifdef Q_OS_UNIX
    struct rlimit limit = {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const rlim_t low = 64;
    QVERIFY(limit.rlim_max > low);
    limit.rlim_cur = low;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &limit), 0);

    const Result<OpenFileLimit> raised = raiseOpenFileLimit();
    QVERIFY(raised);
    QCOMPARE(raised->before, quint64(low));
    QVERIFY(raised->now > raised->before);
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    QCOMPARE(quint64(limit.rlim_cur), raised->now);
#else
    QVERIFY(raiseOpenFileLimit());
#endif
}

void TestOpenFileLimit::raisingTwiceChangesNothing()
{
    const Result<OpenFileLimit> first = raiseOpenFileLimit();
    const Result<OpenFileLimit> second = raiseOpenFileLimit();
    QVERIFY(first);
    QVERIFY(second);
    QCOMPARE(second->before, first->now);
    QCOMPARE(second->now, first->now);
}

const frpx::test::TestRegistration registration(
    "tst_openfilelimit", frpx::test::runBareTest<TestOpenFileLimit>);

#include "tst_openfilelimit.moc"
