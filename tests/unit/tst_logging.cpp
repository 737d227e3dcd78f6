// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/logging.h"
#include "common/core/uniquefd.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QTemporaryFile>
#include <QTest>

#include <unistd.h>

#ifdef Q_OS_LINUX
#include <sys/stat.h>
#endif

using namespace frpx;
using namespace Qt::StringLiterals;

class TestLogging : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesWholeLines_data();
    void writesWholeLines();
    void knowsTheJournal();
    void makesTextOfPeersSafe();
    void boundsWhatIsWritten();
};

void TestLogging::writesWholeLines_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QByteArray>("plain");
    QTest::addColumn<QByteArray>("journal");
    QTest::newRow("debug") << int(QtDebugMsg) << "NOW DEBUG frpx.work: t\u00e9xt\n"_ba
                           << "<7>frpx.work: t\u00e9xt\n"_ba;
    QTest::newRow("info") << int(QtInfoMsg) << "NOW INFO  frpx.work: t\u00e9xt\n"_ba
                          << "<6>frpx.work: t\u00e9xt\n"_ba;
    QTest::newRow("warning") << int(QtWarningMsg) << "NOW WARN  frpx.work: t\u00e9xt\n"_ba
                             << "<4>frpx.work: t\u00e9xt\n"_ba;
    QTest::newRow("critical") << int(QtCriticalMsg) << "NOW ERROR frpx.work: t\u00e9xt\n"_ba
                              << "<3>frpx.work: t\u00e9xt\n"_ba;
    QTest::newRow("fatal") << int(QtFatalMsg) << "NOW FATAL frpx.work: t\u00e9xt\n"_ba
                           << "<2>frpx.work: t\u00e9xt\n"_ba;
}

void TestLogging::writesWholeLines()
{
    QFETCH(const int, type);
    QFETCH(const QByteArray, plain);
    QFETCH(const QByteArray, journal);
    const QString text = u"t\u00e9xt"_s;
    QCOMPARE(logLine(LogStyle::TimeAndLevel, "NOW"_ba, QtMsgType(type), "frpx.work", text), plain);
    QCOMPARE(logLine(LogStyle::Journal, {}, QtMsgType(type), "frpx.work", text), journal);
}

void TestLogging::knowsTheJournal()
{
#ifdef Q_OS_LINUX
    QTemporaryFile file;
    QVERIFY(file.open());
    struct stat about
    { };
    QCOMPARE(::fstat(file.handle(), &about), 0);
    const QByteArray device = QByteArray::number(about.st_dev);
    const QByteArray inode = QByteArray::number(about.st_ino);
    QVERIFY(isJournal(file.handle(), device + ':' + inode));
    QVERIFY(!isJournal(file.handle(), device + ':' + inode + '1')); // that of a parent with another log
    QVERIFY(!isJournal(file.handle(), {}));
    QVERIFY(!isJournal(-1, device + ':' + inode));
#else
    QVERIFY(!isJournal(2, "8:1"_ba));
#endif
}

void TestLogging::makesTextOfPeersSafe()
{
    QCOMPARE(logSafe(u"a\nb\x1b[31mc"), u"a?b?[31mc"_s);
    QCOMPARE(logSafe(u"abcdef", 3), u"abc\u2026"_s);
}

/// Whatever there is to say: no more than a budget, but each error, and how much is missing.
void TestLogging::boundsWhatIsWritten()
{
    qunsetenv("QT_MESSAGE_PATTERN");
    QTemporaryFile file;
    QVERIFY(file.open());
    const UniqueFd before(::dup(2));
    const QtMessageHandler handler = qInstallMessageHandler(nullptr);
    QCOMPARE(::dup2(file.handle(), 2), 2);
    QElapsedTimer clock;
    clock.start();
    setUpLogging();
    const QByteArray text(1000, 'x');
    for (int i = 0; i < 3000; ++i)
        qCInfo(lcSystem, "%s", text.constData());
    for (int i = 0; i < 3; ++i)
        qCCritical(lcSystem, "this is an error");
    const qint64 elapsed = clock.elapsed();
    QTest::qSleep(50); // until the budget is worth three lines again
    qCInfo(lcSystem, "the next line");
    ::dup2(before.get(), 2);
    qInstallMessageHandler(handler);

    QVERIFY(file.seek(0));
    const QByteArray log = file.readAll();
    const qint64 most = 1024 * 1024 + 64 * (elapsed + 1000) + 4096;
    QVERIFY2(log.size() > 1000 * 1000 && log.size() <= most, qPrintable(QString::number(log.size())));
    QCOMPARE(log.count("this is an error"), 3);
    QVERIFY(log.contains("lines have been left out here"));
    const QByteArray last = log.sliced(log.lastIndexOf("WARN"));
    QVERIFY2(last.contains("frpx.system: ") && last.contains("the next line"), last.constData());
}

const frpx::test::TestRegistration registration("tst_logging", frpx::test::runBareTest<TestLogging>);

#include "tst_logging.moc"
