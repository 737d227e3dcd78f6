// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/closestword.h"
#include "common/config/configfile.h"
#include "common/config/configtemplate.h"
#include "common/config/tablereader.h"

#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace Qt::StringLiterals;

namespace {

QProcessEnvironment someEnvironment()
{
    QProcessEnvironment environment;
    environment.insert(u"HOST"_s, u"example.org"_s);
    environment.insert(u"PORT"_s, u"6000"_s);
    environment.insert(u"QUOTED"_s, u"a\"b\\c\nd"_s);
    environment.insert(u"SINGLE"_s, u"it's"_s);
    environment.insert(u"EMPTY"_s, QString());
    environment.insert(u"LONG"_s, QString(configlimits::maxVariableBytes + 1, u'x'));
    return environment;
}

ConfigNode read(const QByteArray &content, ConfigReport &report, const QString &name = u"x.toml"_s)
{
    return readConfig(content, name, someEnvironment(), report);
}

} // namespace

/// The text of configuration files, before anybody knows what the keys mean.
class TestConfigFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsTomlWithItsLines();
    void readsIni();
    void tellsIniByItsContent();
    void replacesVariables_data();
    void replacesVariables();
    void variablesKeepTheLines();
    void refusesBadText_data();
    void refusesBadText();
    void boundsTheFile();
    void survivesGarbage();
    void reportsAtMostTwenty();
    void checksTypes_data();
    void checksTypes();
    void namesTheUnknownKey();
    void suggestsTheClosestWord_data();
    void suggestsTheClosestWord();
};

void TestConfigFile::readsTomlWithItsLines()
{
    ConfigReport report;
    const ConfigNode root = read("# c\na = 1\n\n[t]\nb = \"x\"\nc = true\n[[p]]\nd = 1.5\n", report);
    QVERIFY2(!report.hasFaults(), qPrintable(report.faults().join(u'\n')));
    QCOMPARE(root.find(u"a")->kind, ConfigNode::Kind::Integer);
    QCOMPARE(root.find(u"a")->text, u"1"_s);
    QCOMPARE(root.find(u"a")->line, 2);
    const ConfigNode *table = root.find(u"t");
    QVERIFY(table);
    QCOMPARE(table->find(u"b")->text, u"x"_s);
    QCOMPARE(table->find(u"b")->line, 5);
    QCOMPARE(table->find(u"c")->kind, ConfigNode::Kind::Bool);
    QCOMPARE(root.find(u"p")->kind, ConfigNode::Kind::Array);
    QCOMPARE(root.find(u"p")->children.front().find(u"d")->kind, ConfigNode::Kind::Other);
    QCOMPARE(root.find(u"nothing"), nullptr);
}

void TestConfigFile::readsIni()
{
    ConfigReport report;
    const ConfigNode root =
        read("; note\r\n[common]\r\nserver_addr = \"{{ .Envs.HOST }}\"\r\nlog_level=debug\r\n"
             "[ssh]\ntype = tcp\nlocal_ip = 127.0.0.1\nlocal_port = 22\nremote_port=6000\n"
             "use_encryption = false\n",
            report, u"frpc.ini"_s);
    QVERIFY2(!report.hasFaults(), qPrintable(report.faults().join(u'\n')));
    QCOMPARE(root.find(u"serverAddr")->text, u"example.org"_s);
    QCOMPARE(root.find(u"serverAddr")->line, 3);
    QCOMPARE(root.find(u"log")->find(u"level")->text, u"debug"_s);
    const ConfigNode &ssh = root.find(u"proxies")->children.front();
    QCOMPARE(ssh.find(u"name")->text, u"ssh"_s);
    QCOMPARE(ssh.find(u"localIP")->text, u"127.0.0.1"_s);
    QCOMPARE(ssh.find(u"remotePort")->text, u"6000"_s);
    QCOMPARE(ssh.find(u"remotePort")->line, 9);
}

void TestConfigFile::tellsIniByItsContent()
{
    ConfigReport report;
    QVERIFY(read("[common]\nserver_port = 1\n", report, u"frpc.conf"_s).find(u"serverPort"));
    QVERIFY(read("serverPort = 1\n", report, u"frpc.conf"_s).find(u"serverPort"));
    QVERIFY(read("[common]\nserver_port = 1\n", report, u"frpc.toml"_s).find(u"common"));
    QVERIFY(!report.hasFaults());
}

void TestConfigFile::replacesVariables_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("value"); // null: a fault
    QTest::newRow("none") << "a = \"x{y}\""_ba << u"x{y}"_s;
    QTest::newRow("text") << "a = \"{{ .Envs.HOST }}\""_ba << u"example.org"_s;
    QTest::newRow("tight, and with more")
        << "a = \"<{{.Envs.HOST}}:{{.Envs.PORT}}>\""_ba << u"<example.org:6000>"_s;
    QTest::newRow("literal") << "a = '{{ .Envs.HOST }}'"_ba << u"example.org"_s;
    QTest::newRow("number") << "a = {{ .Envs.PORT }}"_ba << u"6000"_s;
    QTest::newRow("escaped") << "a = \"{{ .Envs.QUOTED }}\""_ba << u"a\"b\\c\nd"_s;
    QTest::newRow("many lines") << "a = \"\"\"{{ .Envs.QUOTED }}\"\"\""_ba << u"a\"b\\c\nd"_s;
    QTest::newRow("empty") << "a = \"{{ .Envs.EMPTY }}\""_ba << u""_s;
    QTest::newRow("after an escape") << "a = \"\\\"{{ .Envs.PORT }}\""_ba << u"\"6000"_s;
    QTest::newRow("comment") << "a = 1 # {{ whatever"_ba << u"1"_s;
    QTest::newRow("hash in a string") << "a = \"# {{ .Envs.PORT }}\""_ba << u"# 6000"_s;
    QTest::newRow("unknown") << "a = \"{{ .Envs.NOBODY }}\""_ba << QString();
    QTest::newRow("other") << "a = \"{{ now }}\""_ba << QString();
    QTest::newRow("pipeline") << "a = \"{{ .Envs.HOST | upper }}\""_ba << QString();
    QTest::newRow("open") << "a = \"{{ .Envs.HOST\""_ba << QString();
    QTest::newRow("over lines") << "a = \"\"\"{{ .Envs.\nHOST }}\"\"\""_ba << QString();
    QTest::newRow("no number") << "a = {{ .Envs.QUOTED }}"_ba << QString();
    QTest::newRow("nothing bare") << "a = {{ .Envs.EMPTY }}"_ba << QString();
    QTest::newRow("quote in a literal") << "a = '{{ .Envs.SINGLE }}'"_ba << QString();
    QTest::newRow("too long") << "a = \"{{ .Envs.LONG }}\""_ba << QString();
}

void TestConfigFile::replacesVariables()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QString, value);
    ConfigReport report;
    const ConfigNode root = read(text, report);
    QCOMPARE(report.hasFaults(), value.isNull());
    if (value.isNull())
        QVERIFY(report.faults().constFirst().startsWith("x.toml:1: "_L1));
    else
        QCOMPARE(root.find(u"a")->text, value);
}

void TestConfigFile::variablesKeepTheLines()
{
    ConfigReport report;
    const ConfigNode root =
        read("a = \"\"\"{{ .Envs.QUOTED }}\"\"\"\nb = 1\nc = \"{{ .Envs.NO }}\"\n", report);
    QCOMPARE(report.faults(), QStringList{u"x.toml:3: the environment variable NO is not set"_s});
    QCOMPARE(root.find(u"b")->line, 2);
}

void TestConfigFile::refusesBadText_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    const auto toml = [](const char *title, const QByteArray &text, int line) {
        QTest::newRow(title) << u"x.toml"_s << text << line;
    };
    const auto ini = [](const char *title, const QByteArray &text, int line) {
        QTest::newRow(title) << u"x.ini"_s << text << line;
    };
    toml("no value", "a = 1\nb = \n", 2);
    toml("twice", "a = 1\na = 2\n", 2);
    toml("open string", "a = \"x\n", 1);
    toml("NUL", QByteArray("a = 1\n\0b", 8), 2);
    toml("not UTF-8", "a = 1\nb = \"\xff\"\n", 2);
    toml("binary",
        "\x7f"
        "ELF\x01\x02",
        1);
    toml("many parts", "a = 1\n" + QByteArray("k.").repeated(100) + "k = 1\n", 2);
    toml("many parts of a table", "[" + QByteArray("k.").repeated(400'000) + "k]\n", 1);
    toml("deep arrays", "a = " + QByteArray("[").repeated(300) + QByteArray("]").repeated(300), 1);
    toml("rather deep", "a = " + QByteArray("[").repeated(20) + QByteArray("]").repeated(20), 1);
    toml("deep tables", QByteArray("{a=").prepend("a = ").repeated(1000), 1);
    ini("no section", "a = 1\n", 1);
    ini("no key", "[common]\n= 1\n", 2);
    ini("no value", "[common]\n\nabc\n", 3);
    ini("open section", "[common\n", 1);
    ini("empty section", "[]\n", 1);
    ini("section twice", "[a]\n[b]\n[a]\n", 3);
    ini("key twice", "[a]\nlocal_port = 1\nlocal_port = 1\n", 3);
    ini("variable", "[common]\nserver_addr = {{ .Envs.NOBODY }}\n", 2);
    toml("letter outside quotes", "a = 1\n\u00e4 = 1\n", 2);
    ini("deep key", "[common]\n" + QByteArray("a.").repeated(100'000) + "a = 1\n", 2);
    ini("name twice", "[a]\nname = b\n", 2);
}

void TestConfigFile::refusesBadText()
{
    QFETCH(const QString, name);
    QFETCH(const QByteArray, text);
    QFETCH(const int, line);
    ConfigReport report;
    (void)read(text, report, name);
    QVERIFY(report.hasFaults());
    const QString first = report.faults().constFirst();
    QVERIFY2(first.startsWith(u"%1:%2: "_s.arg(name).arg(line)), qPrintable(first));
    QCOMPARE(int(report.error()->code), int(Errc::BadConfig));
}

void TestConfigFile::boundsTheFile()
{
    QTemporaryDir directory;
    const QString path = directory.filePath(u"big.toml"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("#" + QByteArray(configlimits::maxBytes - 1, 'x'));
    file.close();
    ConfigReport exact;
    (void)readConfigFile(path, someEnvironment(), exact);
    QVERIFY2(!exact.hasFaults(), qPrintable(exact.faults().join(u'\n')));
    QVERIFY(file.open(QIODevice::Append));
    file.write("x");
    file.close();
    ConfigReport over;
    (void)readConfigFile(path, someEnvironment(), over);
    QVERIFY(over.faults().constFirst().contains("larger"_L1));

    ConfigReport none;
    (void)readConfigFile(directory.filePath(u"none.toml"_s), someEnvironment(), none);
    QVERIFY(none.hasFaults());
    ConfigReport device;
    (void)readConfigFile(u"/dev/zero"_s, someEnvironment(), device);
    QVERIFY(device.hasFaults());

    ConfigReport grown; // small as written, large with its variables
    QProcessEnvironment environment;
    environment.insert(u"X"_s, QString(4000, u'x'));
    (void)readConfig(
        "a = \"" + QByteArray("{{ .Envs.X }}").repeated(1000) + "\"", u"x.toml"_s, environment, grown);
    QVERIFY(grown.hasFaults());

    ConfigReport deep;
    environment.insert(u"X"_s, u"k."_s.repeated(2000));
    (void)readConfig(QByteArray("{{ .Envs.X }}").repeated(200) + "k = 1", u"x.toml"_s, environment, deep);
    QVERIFY(deep.faults().constFirst().contains("parts"_L1));
}

void TestConfigFile::survivesGarbage()
{
    // Every cut and every changed byte of a real file: an answer, whichever, and no crash.
    const QByteArray good =
        "a.b = \"{{ .Envs.HOST }}\" # c\nd = '''x'''\n[t]\ne = [1, 2, {f = \"\\u00e4\"}]\n[[p]]\ng = 1\n";
    for (const QString &name : {u"x.toml"_s, u"x.ini"_s}) {
        for (qsizetype cut = 0; cut <= good.size(); ++cut) {
            ConfigReport report;
            (void)read(good.first(cut), report, name);
        }
        for (qsizetype at = 0; at < good.size(); ++at) {
            for (const char byte : QByteArrayView("\"'[]{}=.\n\\#\x01\xc3")) {
                QByteArray bad = good;
                bad[at] = byte;
                ConfigReport report;
                (void)read(bad, report, name);
            }
        }
    }
}

void TestConfigFile::reportsAtMostTwenty()
{
    ConfigReport report;
    (void)read(QByteArray("nonsense\n").repeated(100'000), report, u"x.ini"_s);
    QCOMPARE(report.faults().size(), ConfigReport::maxFaults);
}

void TestConfigFile::checksTypes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("good");
    QTest::newRow("good") << "t = \"x\"\nn = 5\nb = false\n[s]\nk = \"y\""_ba << true;
    QTest::newRow("nothing") << ""_ba << true;
    QTest::newRow("number for text") << "t = 5"_ba << false;
    QTest::newRow("text for number") << "n = \"5\""_ba << false;
    QTest::newRow("fraction") << "n = 5.0"_ba << false;
    QTest::newRow("too large") << "n = 11"_ba << false;
    QTest::newRow("too small") << "n = 0"_ba << false;
    QTest::newRow("huge") << "n = 9223372036854775807"_ba << false;
    QTest::newRow("text for boolean") << "b = \"true\""_ba << false;
    QTest::newRow("table for text") << "[t]\nx = 1"_ba << false;
    QTest::newRow("array for number") << "n = [1]"_ba << false;
    QTest::newRow("date") << "t = 2026-01-01"_ba << false;
    QTest::newRow("text for table") << "s = \"x\""_ba << false;
    QTest::newRow("unknown in a table") << "[s]\nj = \"x\""_ba << false;
}

void TestConfigFile::checksTypes()
{
    QFETCH(const QByteArray, text);
    QFETCH(const bool, good);
    ConfigReport report;
    const ConfigNode root = read(text, report);
    QVERIFY(!report.hasFaults());
    TableReader table(root, u"file"_s, report);
    (void)table.text(u"t"_s);
    (void)table.number(u"n"_s, 1, 10);
    (void)table.boolean(u"b"_s);
    (void)table.text(u"s.k"_s);
    table.finish();
    QCOMPARE(report.hasFaults(), !good);
}

void TestConfigFile::namesTheUnknownKey()
{
    ConfigReport report;
    const ConfigNode root = read("\nlocalProt = 1\n", report);
    TableReader table(root, u"[[proxies]]"_s, report);
    (void)table.number(u"localPort"_s, 1, 10);
    table.finish();
    QCOMPARE(report.faults(),
        QStringList{u"x.toml:2: unknown key 'localProt' in [[proxies]]; did you mean 'localPort'?"_s});
}

void TestConfigFile::suggestsTheClosestWord_data()
{
    QTest::addColumn<QString>("word");
    QTest::addColumn<QString>("closest");
    QTest::newRow("letter left out") << u"servrPort"_s << u"serverPort"_s;
    QTest::newRow("swapped") << u"sevrerPort"_s << u"serverPort"_s;
    QTest::newRow("case") << u"serveraddr"_s << u"serverAddr"_s;
    QTest::newRow("snake case") << u"server_port"_s << u"serverPort"_s;
    QTest::newRow("in no table") << u"poolCount"_s << u"transport.poolCount"_s;
    QTest::newRow("in another table") << u"log.poolCount"_s << u"transport.poolCount"_s;
    QTest::newRow("in its table") << u"log.levle"_s << u"log.level"_s;
    QTest::newRow("nothing near") << u"colour"_s << QString();
    QTest::newRow("one letter") << u"x"_s << QString();
    QTest::newRow("empty") << QString() << QString();
    QTest::newRow("very long") << QString(100'000, u'x') << QString();
}

void TestConfigFile::suggestsTheClosestWord()
{
    QFETCH(const QString, word);
    QFETCH(const QString, closest);
    const QStringList words{u"serverAddr"_s, u"serverPort"_s, u"proxyPort"_s, u"transport.poolCount"_s,
        u"log.level"_s, u"user"_s};
    QCOMPARE(closestWord(word, words), closest);
}

QTEST_GUILESS_MAIN(TestConfigFile)
#include "tst_configfile.moc"
