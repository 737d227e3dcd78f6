// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/app/serverconfig.h"
#include "frps/tls/publictls.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int publicPort = 18080;

PortRanges ports(QStringView text)
{
    return *PortRanges::parse(text);
}

} // namespace

/// Which public ports speak TLS, as configured, and with which certificate, as their files change.
class TestPublicTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();

    void readsTheOptions();
    void readsTheTables();
    void namesFaults_data();
    void namesFaults();

    void coversPorts();
    void refusesWhatIsNoPair();
    void takesUpANewPair_data();
    void takesUpANewPair();
    void waitsForTheSecondFile();
    void keepsTheOldOneWithOneWord();
    void leavesTicketsAloneWhenNothingChanges();
    void keepsEverythingWhenOneIsBad();

private:
    static Result<ServerConfig> configured(const QStringList &options)
    {
        return parseServerArguments(QStringList{u"frps"_s} + options, {});
    }
    Result<ServerConfig> configured(const QByteArray &file, const QStringList &options = {})
    {
        write(u"frps.toml"_s, file);
        return configured(QStringList{u"--config"_s, path(u"frps.toml"_s)} + options);
    }
    QString path(const QString &name) const { return m_directory->filePath(name); }
    void write(const QString &name, const QByteArray &content) const
    {
        QFile file(path(name));
        file.remove(); // so that it is another one
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()
            || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner))
            qFatal("The file cannot be written.");
    }
    void writePair(const PemPair &pair) const
    {
        write(u"c.pem"_s, pair.certificate);
        write(u"k.pem"_s, pair.key);
    }
    PublicTlsRule rule() const { return {true, {}, path(u"c.pem"_s), path(u"k.pem"_s)}; }
    void look() { m_tls.look(now()); }
    std::shared_ptr<const TlsServerContext> context() const { return m_tls.contextFor(true, publicPort); }
    static QDateTime now() { return QDateTime::currentDateTimeUtc(); }

    PemPair m_first;
    PemPair m_second;
    std::unique_ptr<QTemporaryDir> m_directory;
    PublicTls m_tls;
};

void TestPublicTls::initTestCase()
{
    const TestCa ca;
    m_first = ca.issue();
    m_second = ca.issue({.key = KeyKind::Rsa});
}

void TestPublicTls::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_tls = {};
}

void TestPublicTls::readsTheOptions()
{
    QVERIFY(configured(QStringList())->publicTls.empty());
    const auto one = configured({u"--public-tls-cert"_s, u"c"_s, u"--public-tls-key"_s, u"k"_s});
    QVERIFY(one);
    QCOMPARE(one->publicTls.size(), size_t(1));
    QVERIFY((one->publicTls.front() == PublicTlsRule{true, {}, u"c"_s, u"k"_s}));
    const auto more = configured({u"--public-tls-cert"_s, u"c"_s, u"--public-tls-key"_s, u"k"_s,
        u"--public-tls-ports"_s, u"20000-20010"_s, u"--public-port"_s, u"443"_s});
    QVERIFY(more);
    QVERIFY((more->publicTls.front() == PublicTlsRule{true, ports(u"20000-20010"), u"c"_s, u"k"_s}));
}

void TestPublicTls::readsTheTables()
{
    const auto config = configured("publicTlsCert = \"c\"\npublicTlsKey = \"k\"\n"
                                   "[[publicTls]]\nports = \"20000-20010,20020\"\n"
                                   "certFile = \"c1\"\nkeyFile = \"k1\"\n"
                                   "[[publicTls]]\nports = \"20011\"\ncertFile = \"c2\"\nkeyFile = \"k2\"\n");
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    QCOMPARE(config->publicTls.size(), size_t(3));
    QVERIFY(config->publicTls[0].ofPublicPort);
    QVERIFY((config->publicTls[1] == PublicTlsRule{false, ports(u"20000-20010,20020"), u"c1"_s, u"k1"_s}));
    QVERIFY((config->publicTls[2] == PublicTlsRule{false, ports(u"20011"), u"c2"_s, u"k2"_s}));
    // The public port may be in a table, if the options leave it alone.
    QVERIFY(configured("[[publicTls]]\nports = \"18080\"\ncertFile = \"c\"\nkeyFile = \"k\"\n"_ba));
}

void TestPublicTls::namesFaults_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("fault");
    const QByteArray table = "[[publicTls]]\ncertFile = \"c\"\nkeyFile = \"k\"\nports = "_ba;
    const QStringList pair{u"--public-tls-cert"_s, u"c"_s, u"--public-tls-key"_s, u"k"_s};
    QTest::newRow("without key") << ""_ba << pair.first(2) << u"go together"_s;
    QTest::newRow("without certificate") << ""_ba << pair.sliced(2) << u"go together"_s;
    QTest::newRow("ports alone") << ""_ba << QStringList{u"--public-tls-ports"_s, u"20000"_s}
                                 << u"--public-tls-ports goes with --public-tls-cert"_s;
    QTest::newRow("no port") << ""_ba << pair + QStringList{u"--public-tls-ports"_s, u"http"_s}
                             << u"'http'"_s;
    QTest::newRow("no table") << "publicTls = \"c\"\n"_ba << QStringList() << u"[[publicTls]]"_s;
    QTest::newRow("a single table") << "[publicTls]\nports = \"20000\"\n"_ba << QStringList()
                                    << u"[[publicTls]]"_s;
    QTest::newRow("list of texts") << "publicTls = [\"c\"]\n"_ba << QStringList() << u"[[publicTls]]"_s;
    QTest::newRow("without ports") << table + "\"\"\n" << QStringList() << u"ports"_s;
    QTest::newRow("bad ports") << table + "\"9-1\"\n" << QStringList() << u"reversed"_s;
    QTest::newRow("numbers") << table + "20000\n" << QStringList() << u"ports"_s;
    QTest::newRow("no files") << "[[publicTls]]\nports = \"20000\"\n"_ba << QStringList() << u"keyFile"_s;
    QTest::newRow("unknown key") << table + "\"20000\"\nclientCa = \"x\"\n" << QStringList() << u"clientCa"_s;
    QTest::newRow("twice") << table + "\"20000-20010\"\n" + table + "\"20010\"\n"
                           << QStringList() << u"has a certificate already"_s;
    QTest::newRow("the public port twice") << table + "\"18000-19000\"\n"
                                           << pair << u"has a certificate already"_s;
    QTest::newRow("of the options twice")
        << table + "\"20000\"\n"
        << pair + QStringList{u"--public-tls-ports"_s, u"20000-20001"_s} << u"has a certificate already"_s;
    QByteArray many;
    for (int port = 20000; port < 20257; ++port)
        many += table + '"' + QByteArray::number(port) + "\"\n";
    QTest::newRow("too many") << many << QStringList() << u"more than 256"_s;
}

void TestPublicTls::namesFaults()
{
    QFETCH(const QByteArray, file);
    QFETCH(const QStringList, options);
    QFETCH(const QString, fault);
    const auto config = configured(file, options);
    QVERIFY(!config);
    QVERIFY2(config.error().detail.contains(fault), qPrintable(config.error().detail));
}

void TestPublicTls::coversPorts()
{
    writePair(m_first);
    QVERIFY(m_tls.isEmpty());
    QVERIFY(!m_tls.contextFor(true, publicPort));
    PublicTlsRule tunnels = rule();
    tunnels.ofPublicPort = false;
    tunnels.ports = ports(u"20000-20010");
    QVERIFY(m_tls.set({rule(), tunnels}, now()));
    QVERIFY(context());
    QVERIFY(m_tls.contextFor(true, 443));
    QVERIFY(!m_tls.contextFor(false, publicPort));
    QVERIFY(m_tls.contextFor(false, 20010));
    QVERIFY(!m_tls.contextFor(false, 20011));
    QVERIFY(m_tls.contextFor(false, 20010) != context());
    QVERIFY(m_tls.set({}, now()));
    QVERIFY(!context());
}

void TestPublicTls::refusesWhatIsNoPair()
{
    const Result<void> missing = m_tls.set({rule()}, now());
    QVERIFY(!missing && missing.error().detail.contains("c.pem"_L1));
    writePair({m_first.certificate, m_second.key});
    const Result<void> foreign = m_tls.set({rule()}, now());
    QVERIFY(!foreign && foreign.error().detail.contains("is not the one of the certificate"_L1));
    QVERIFY(m_tls.isEmpty());
}

void TestPublicTls::takesUpANewPair_data()
{
    QTest::addColumn<QString>("way");
    for (const char *way : {"rename", "written in place", "symbolic link"})
        QTest::newRow(way) << QString::fromLatin1(way);
}

void TestPublicTls::takesUpANewPair()
{
    QFETCH(const QString, way);
    const bool byLink = way == "symbolic link"_L1;
    const QString files[] = {path(u"c.pem"_s), path(u"k.pem"_s)};
    if (byLink) {
        write(u"c1.pem"_s, m_first.certificate);
        write(u"k1.pem"_s, m_first.key);
        QVERIFY(QFile::link(u"c1.pem"_s, files[0]) && QFile::link(u"k1.pem"_s, files[1]));
    } else {
        writePair(m_first);
    }
    QVERIFY(m_tls.set({rule()}, now()));
    const auto before = context();
    look();
    look();
    QVERIFY(context() == before);

    const QByteArray contents[] = {m_second.certificate, m_second.key};
    for (const int i : {0, 1}) {
        if (way == "written in place"_L1) {
            QFile file(files[i]);
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
            QCOMPARE(file.write(contents[i]), contents[i].size());
            continue;
        }
        const QString fresh = i == 0 ? u"c2.pem"_s : u"k2.pem"_s;
        write(fresh, contents[i]);
        if (byLink) {
            QVERIFY(QFile::remove(files[i]) && QFile::link(fresh, files[i]));
        } else {
            QCOMPARE(::rename(qPrintable(path(fresh)), qPrintable(files[i])), 0);
        }
    }
    look(); // they may change still
    QVERIFY(context() == before);
    look();
    QVERIFY(context() && context() != before);
    const auto after = context();
    look();
    look();
    QVERIFY(context() == after);
}

void TestPublicTls::waitsForTheSecondFile()
{
    writePair(m_first);
    QVERIFY(m_tls.set({rule()}, now()));
    const auto before = context();
    write(u"c.pem"_s, m_second.certificate);
    look();
    write(u"k.pem"_s, m_second.key);
    look(); // the pair was broken when it was looked at last: not a word
    QVERIFY(context() == before);
    look();
    QVERIFY(context() != before);
}

void TestPublicTls::keepsTheOldOneWithOneWord()
{
    writePair(m_first);
    QVERIFY(m_tls.set({rule()}, now()));
    const auto before = context();
    write(u"c.pem"_s, "rubbish");
    look();
    QTest::ignoreMessage(QtWarningMsg,
        QRegularExpression(u"the public port still see the old certificate: .*c.pem holds no certificate"_s));
    look();
    QTest::failOnWarning(QRegularExpression(u".*"_s));
    for (int i = 0; i < 5; ++i)
        look();
    QVERIFY(context() == before);
    writePair(m_second);
    look();
    look();
    QVERIFY(context() != before);
}

void TestPublicTls::leavesTicketsAloneWhenNothingChanges()
{
    writePair(m_first);
    QVERIFY(m_tls.set({rule()}, now()));
    const auto before = context();
    writePair(m_first);
    look();
    look();
    QVERIFY(context() == before);
    QVERIFY(m_tls.set({rule()}, now()));
    QVERIFY(context() == before);
}

void TestPublicTls::keepsEverythingWhenOneIsBad()
{
    writePair(m_first);
    QVERIFY(m_tls.set({rule()}, now()));
    const auto before = context();
    PublicTlsRule bad = rule();
    bad.ofPublicPort = false;
    bad.ports = ports(u"20000");
    bad.keyFile = path(u"nowhere"_s);
    QVERIFY(!m_tls.set({bad}, now()));
    QVERIFY(context() == before);
    QVERIFY(!m_tls.contextFor(false, 20000));
}

const frpx::test::TestRegistration registration("tst_publictls", frpx::test::runTest<TestPublicTls>);

#include "tst_publictls.moc"
