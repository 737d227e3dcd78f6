// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/testregistry.h"

#include <QFile>
#include <QHash>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;

/// docs/limits.md promises limits, the code has them, and limits.txt says which belong together.
/// Whoever changes a constant changes the document with it, and a new row of its table needs a line in the
/// list.
class TestLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void areAsPromised_data();
    void areAsPromised();
    void areAllInTheList();

private:
    /// A row of the table: what it limits, the value, where, and what happens at it.
    using Row = QStringList;

    static QString read(const QString &file);
    static QStringList cells(const QString &line);
    /// The rows that \a name is, or else begins.
    QList<Row> rowsCalled(const QString &name) const;

    QList<Row> m_rows;
    QList<QStringList> m_list;
};

QString TestLimits::read(const QString &file)
{
    QFile source(QStringLiteral(FRPX_TEST_SOURCE_DIR "/") + file);
    return source.open(QIODevice::ReadOnly) ? QString::fromUtf8(source.readAll()) : QString();
}

QStringList TestLimits::cells(const QString &line)
{
    QStringList cells = line.split(u'|');
    for (QString &cell : cells)
        cell = cell.trimmed();
    return cells;
}

QList<TestLimits::Row> TestLimits::rowsCalled(const QString &name) const
{
    QList<Row> begun;
    for (const Row &row : m_rows) {
        if (row.first() == name)
            return {row};
        if (row.first().startsWith(name))
            begun << row;
    }
    return begun;
}

void TestLimits::initTestCase()
{
    const QString document = read(u"docs/limits.md"_s);
    const qsizetype begin = document.indexOf(u"| Limit | Value | Where |"_s);
    QVERIFY(begin > 0);
    const QString table = document.sliced(begin, document.indexOf(u"\n\n"_s, begin) - begin);
    const QStringList lines = table.split(u'\n');
    for (const QString &line : lines.sliced(2)) {
        const Row row = cells(line).sliced(1);
        QVERIFY2(row.size() == 5 && row.last().isEmpty(), qPrintable(line)); // four, and the end of the line
        m_rows << row;
    }
    QVERIFY(m_rows.size() > 100);
    for (const QString &line : read(u"tests/unit/limits.txt"_s).split(u'\n', Qt::SkipEmptyParts)) {
        if (line.startsWith(u'#'))
            continue;
        const QStringList entry = cells(line);
        QVERIFY2(entry.size() == 4, qPrintable(line));
        m_list << entry;
    }
}

void TestLimits::areAsPromised_data()
{
    QTest::addColumn<QStringList>("entry");
    for (const QStringList &entry : std::as_const(m_list))
        QTest::newRow(qPrintable(entry.join(u" | "_s))) << entry;
}

void TestLimits::areAsPromised()
{
    QFETCH(const QStringList, entry);
    const QList<Row> rows = rowsCalled(entry.at(0));
    QCOMPARE(rows.size(), 1);
    QVERIFY2(rows.first().at(1).contains(entry.at(1)), qPrintable(rows.first().at(1)));
    QVERIFY2(read(entry.at(2)).contains(entry.at(3)), "the code has another limit, or has it elsewhere");
}

void TestLimits::areAllInTheList()
{
    QHash<QString, QStringList> filesOf; // by row
    for (const QStringList &entry : std::as_const(m_list)) {
        for (const Row &row : rowsCalled(entry.at(0)))
            filesOf[row.first()] << entry.at(2);
    }
    for (const Row &row : std::as_const(m_rows)) {
        const QStringList files = filesOf.value(row.first());
        QVERIFY2(!files.isEmpty(), qPrintable(u"no line in limits.txt: "_s + row.first()));
        const bool isThere = std::any_of(files.begin(), files.end(), [&row](const QString &file) {
            return row.at(2).contains(u'`' + file + u'`')
                || row.at(2).contains(u'`' + file.section(u'/', 1) + u'`'); // without the program's folder
        });
        QVERIFY2(isThere, qPrintable(u"is it elsewhere? "_s + row.first()));
    }
}

const frpx::test::TestRegistration registration("tst_limits", frpx::test::runBareTest<TestLimits>);

#include "tst_limits.moc"
