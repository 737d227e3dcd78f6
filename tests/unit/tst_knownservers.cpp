// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/trust/knownservers.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <future>
#include <memory>
#include <vector>

#include <sys/stat.h>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

class TestKnownServers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void knowsNobodyAtFirst();
    void remembersByHostAndPort();
    void replacesWhatItKnew();
    void namesServers_data();
    void namesServers();
    void keepsComments();
    void readsWhatPeopleWrite();
    void refusesDamage_data();
    void refusesDamage();
    void isBounded();
    void isForItsOwnerOnly();
    void severalMayWriteAtOnce();
    void remembersNothingWithoutAFile();

private:
    KnownServers known() const { return KnownServers(path()); }
    QString path() const { return m_directory->filePath(u"known_servers"_s); }
    void write(const QByteArray &content) const
    {
        QFile file(path());
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("The file cannot be written.");
    }
    QByteArray read() const
    {
        QFile file(path());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    const Fingerprint m_one = Fingerprint::ofDer("one"_ba);
    const Fingerprint m_two = Fingerprint::ofDer("two"_ba);
    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestKnownServers::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
}

void TestKnownServers::knowsNobodyAtFirst()
{
    const auto found = known().find(u"example.org"_s, 17000);
    QVERIFY(found);
    QVERIFY(!found->has_value());
    QVERIFY(!QFile::exists(path()));
}

void TestKnownServers::remembersByHostAndPort()
{
    QVERIFY(known().remember(u"example.org"_s, 17000, m_one));
    QVERIFY(known().remember(u"example.org"_s, 17002, m_two));
    QVERIFY(*known().find(u"example.org"_s, 17000) == m_one);
    QVERIFY(*known().find(u"example.org"_s, 17002) == m_two);
    QVERIFY(!known().find(u"example.org"_s, 17001)->has_value());
    QVERIFY(!known().find(u"example.com"_s, 17000)->has_value());
    QCOMPARE(read(),
        "example.org:17000 " + m_one.toString().toLatin1() + "\nexample.org:17002 "
            + m_two.toString().toLatin1() + '\n');
}

void TestKnownServers::replacesWhatItKnew()
{
    QVERIFY(known().remember(u"example.org"_s, 17000, m_one));
    QVERIFY(known().remember(u"EXAMPLE.org."_s, 17000, m_two));
    QVERIFY(*known().find(u"example.org"_s, 17000) == m_two);
    QCOMPARE(read().count('\n'), 1);
}

void TestKnownServers::namesServers_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("name");
    QTest::newRow("name") << u"Example.ORG"_s << u"example.org:17000"_s;
    QTest::newRow("in full") << u"example.org."_s << u"example.org:17000"_s;
    QTest::newRow("IPv4") << u"192.0.2.1"_s << u"192.0.2.1:17000"_s;
    QTest::newRow("IPv6") << u"2001:DB8:0::1"_s << u"[2001:db8::1]:17000"_s;
    QTest::newRow("mapped") << u"::ffff:192.0.2.1"_s << u"192.0.2.1:17000"_s;
}

void TestKnownServers::namesServers()
{
    QFETCH(const QString, host);
    QFETCH(const QString, name);
    QCOMPARE(KnownServers::keyOf(host, 17000), name);
}

void TestKnownServers::keepsComments()
{
    write("# the one in the cellar\nexample.org:17000 " + m_one.toString().toLatin1() + "\n");
    QVERIFY(known().remember(u"example.com"_s, 17000, m_two));
    QVERIFY2(read().startsWith("# the one in the cellar\n"), read().constData());
    QVERIFY(*known().find(u"example.org"_s, 17000) == m_one);
}

void TestKnownServers::readsWhatPeopleWrite()
{
    write("\r\n  Example.org:17000\t  " + m_one.bytes().toHex() + "  \r\n\n");
    QVERIFY(*known().find(u"example.org"_s, 17000) == m_one);
}

void TestKnownServers::refusesDamage_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("named");
    const QByteArray good = "example.org:17000 " + m_one.toString().toLatin1();
    QTest::newRow("cut off") << good.chopped(4) << u"line 1"_s;
    QTest::newRow("no fingerprint") << "# comment\nexample.org:17000\n"_ba << u"line 2"_s;
    QTest::newRow("no port") << "example.org " + m_one.toString().toLatin1() << u"line 1"_s;
    QTest::newRow("more on the line") << good + " and more" << u"line 1"_s;
    QTest::newRow("not text") << good + "\n\xff\xfe\x00\x01\n"_ba << u"line 2"_s;
    QTest::newRow("twice") << good + '\n' + good << u"twice"_s;
    QTest::newRow("too large") << QByteArray(KnownServers::maxFileSize + 1, '\n') << u"larger"_s;
}

void TestKnownServers::refusesDamage()
{
    QFETCH(const QByteArray, content);
    QFETCH(const QString, named);
    write(content);
    const auto found = known().find(u"other.example"_s, 17000); // the bad line might have been about it
    QVERIFY(!found);
    QCOMPARE(found.error().code, Errc::Storage);
    QVERIFY2(found.error().detail.contains(named), qPrintable(found.error().detail));
    QVERIFY2(found.error().detail.contains(path()), qPrintable(found.error().detail));
    QCOMPARE(known().remember(u"other.example"_s, 17000, m_two).error().code, Errc::Storage);
    QCOMPARE(read(), content);
}

void TestKnownServers::isBounded()
{
    QByteArray content;
    for (qsizetype i = 0; i < KnownServers::maxServers; ++i)
        content += 'h' + QByteArray::number(i) + ":1 " + m_one.toString().toLatin1() + '\n';
    write(content);
    QVERIFY(*known().find(u"h17"_s, 1) == m_one);
    QVERIFY(known().remember(u"h17"_s, 1, m_two)); // no further one
    const Result<void> refused = known().remember(u"example.org"_s, 1, m_two);
    QVERIFY(!refused);
    QVERIFY(*known().find(u"h17"_s, 1) == m_two);
}

void TestKnownServers::isForItsOwnerOnly()
{
    const mode_t before = ::umask(0);
    QVERIFY(known().remember(u"example.org"_s, 17000, m_one));
    ::umask(before);
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(path()).constData(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, 0600U);
    QCOMPARE(
        QDir(m_directory->path()).entryList(QDir::Files | QDir::Hidden), QStringList{u"known_servers"_s});
}

void TestKnownServers::severalMayWriteAtOnce()
{
    std::vector<std::future<bool>> writers;
    for (int i = 0; i < 8; ++i) {
        writers.push_back(std::async(std::launch::async,
            [this, i] { return known().remember(u"host%1"_s.arg(i), 17000, m_one).hasValue(); }));
    }
    for (auto &writer : writers)
        QVERIFY(writer.get());
    for (int i = 0; i < 8; ++i)
        QVERIFY(known().find(u"host%1"_s.arg(i), 17000)->has_value());
}

void TestKnownServers::remembersNothingWithoutAFile()
{
    const KnownServers none{QString()};
    QVERIFY(!none.find(u"example.org"_s, 17000)->has_value());
    QVERIFY(!none.remember(u"example.org"_s, 17000, m_one));
    QVERIFY(!KnownServers(m_directory->filePath(u"missing/file"_s)).remember(u"example.org"_s, 17000, m_one));
}

const frpx::test::TestRegistration registration("tst_knownservers", frpx::test::runTest<TestKnownServers>);

#include "tst_knownservers.moc"
