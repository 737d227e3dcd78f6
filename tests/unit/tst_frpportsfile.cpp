// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/frpportsfile.h"
#include "tests/support/testregistry.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

/// The files are as frp's own documentation has them.
class TestFrpPortsFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void readsFiles();
};

void TestFrpPortsFile::reads_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("ranges");
    QTest::newRow("toml") << u"toml"_s << R"(
bindAddr = "0.0.0.0"
bindPort = 7000
webServer.port = 7500
allowPorts = [
  { start = 2000, end = 3000 },
  { single = 3001 },
  { single = 3003 }, # one more
  { start = 4000, end = 50000 }
]
[[httpPlugins]]
name = "port-keeper"
addr = "127.0.0.1:8080"
path = "/port-registrations"
ops = ["NewProxy"]
)"_ba << u"2000-3001,3003,4000-50000"_s;
    QTest::newRow("toml, table list")
        << u"toml"_s << "[[allowPorts]]\nstart = 2000\nend = 2001\n[[allowPorts]]\nsingle = 9000\n"_ba
        << u"2000-2001,9000"_s;
    QTest::newRow("toml, low ports") << u"toml"_s << "allowPorts = [{start=80,end=2000},{single=443}]"_ba
                                     << u"1024-2000"_s;
    QTest::newRow("yaml, block") << u"yaml"_s << R"(
bindPort: 7000
transport:
  allowPorts: 5 # not this one
allowPorts:   # these
  - start: 2000
    end: 3000

  - single: 3001
  # - single: 3002
  - { single: 3003 }
  -
    start: 4000
    end: 5000
httpPlugins:
  - name: keeper
)"_ba << u"2000-3001,3003,4000-5000"_s;
    QTest::newRow("yaml, block at the margin")
        << u"yaml"_s << "allowPorts:\n- start: 2000\n  end: 3000\n- single: 4000\nbindPort: 7000\n"_ba
        << u"2000-3000,4000"_s;
    QTest::newRow("yaml, flow")
        << u"yaml"_s << "\"allowPorts\": [{start: 2000, end: 3000}, {'single': \"4000\"},]\r\nx: 1\r\n"_ba
        << u"2000-3000,4000"_s;
    QTest::newRow("yaml, flow over lines")
        << u"yaml"_s
        << "allowPorts: [\n  {start: 2000,\n end: 3000},\n {single: 4000}\n]\nbindPort: 7000\n"_ba
        << u"2000-3000,4000"_s;
    QTest::newRow("ini")
        << u"ini"_s
        << "# frps\n[common]\nbind_port = 7000\n;allow_ports = 1\nallow_ports = 2000-3000, 3001,4000-5000\r\n"
           "[plugin.x]\nallow_ports = 9\n"_ba
        << u"2000-3001,4000-5000"_s;
}

void TestFrpPortsFile::reads()
{
    QFETCH(const QString, format);
    QFETCH(const QByteArray, text);
    QFETCH(const QString, ranges);
    const auto read = format == u"toml"_s ? &allowPortsFromToml
        : format == u"yaml"_s             ? &allowPortsFromYaml
                                          : &allowPortsFromIni;
    const Result<PortRanges> found = read(text);
    QVERIFY2(found, qPrintable(found ? QString() : found.error().detail));
    QCOMPARE(found->toString(), ranges);
}

void TestFrpPortsFile::refuses_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("named");
    const auto row = [](const char *format, const char *name, const QByteArray &text, const QString &named) {
        QTest::addRow("%s: %s", format, name) << QString::fromLatin1(format) << text << named;
    };
    row("toml", "broken", "allowPorts = ["_ba, u"line 1"_s);
    row("toml", "none", "bindPort = 7000"_ba, u"--allow-ports"_s);
    row("toml", "empty", "allowPorts = []"_ba, u"--allow-ports"_s);
    row("toml", "no list", "allowPorts = 2000"_ba, u"list"_s);
    row("toml", "numbers", "allowPorts = [2000]"_ba, u"single"_s);
    row("toml", "no end", "allowPorts = [{start=2000}]"_ba, u"start and end"_s);
    row("toml", "all three", "allowPorts = [{start=2000,end=2001,single=5}]"_ba, u"start and end"_s);
    row("toml", "reversed", "allowPorts = [{start=3000,end=2000}]"_ba, u"reversed"_s);
    row("toml", "text", "allowPorts = [{single=\"x\"}]"_ba, u"not a port"_s);
    row("toml", "too large", "allowPorts = [{single=65536}]"_ba, u"65536"_s);
    row("toml", "unknown name", "allowPorts = [{port=2000}]"_ba, u"'port'"_s);
    row("toml", "deep", "allowPorts = "_ba + QByteArray(5000, '['), u"TOML"_s);
    row("yaml", "none", "bindPort: 7000\n"_ba, u"--allow-ports"_s);
    row("yaml", "number", "allowPorts: 2000\n"_ba, u"2000"_s);
    row("yaml", "no item", "allowPorts:\n  start: 2000\n"_ba, u"list"_s);
    row("yaml", "no bracket", "allowPorts: [{single: 2000}\nbindPort: 7000\n"_ba, u"bracket"_s);
    row("yaml", "no brace", "allowPorts: [2000]\n"_ba, u"braces"_s);
    row("yaml", "no comma", "allowPorts: [{single: 2000} {single: 2001}]\n"_ba, u"comma"_s);
    row("yaml", "word", "allowPorts:\n  - single: many\n"_ba, u"many"_s);
    row("yaml", "twice", "allowPorts:\n  - single: 2000\n    single: 2001\n"_ba, u"repeated"_s);
    row("ini", "none", "[common]\nbind_port = 7000\n"_ba, u"--allow-ports"_s);
    row("ini", "elsewhere", "[other]\nallow_ports = 2000\n"_ba, u"[common]"_s);
    row("ini", "word", "[common]\nallow_ports = many\n"_ba, u"many"_s);
    row("ini", "empty", "[common]\nallow_ports =\n"_ba, u"not a port"_s);
}

void TestFrpPortsFile::refuses()
{
    QFETCH(const QString, format);
    QFETCH(const QByteArray, text);
    QFETCH(const QString, named);
    const auto read = format == u"toml"_s ? &allowPortsFromToml
        : format == u"yaml"_s             ? &allowPortsFromYaml
                                          : &allowPortsFromIni;
    const Result<PortRanges> found = read(text);
    QVERIFY(!found);
    QCOMPARE(found.error().code, Errc::InvalidArgument);
    QVERIFY2(found.error().detail.contains(named), qPrintable(found.error().detail));
}

void TestFrpPortsFile::readsFiles()
{
    const QTemporaryDir directory;
    const auto write = [&directory](const QString &name, const QByteArray &text) {
        QFile file(directory.filePath(name));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() ? file.fileName()
                                                                                  : QString();
    };
    for (const QString &name : {u"frps.yaml"_s, u"frps.YML"_s})
        QCOMPARE(allowPortsFromFile(write(name, "allowPorts:\n- single: 2000\n"_ba))->toString(), u"2000"_s);
    QCOMPARE(
        allowPortsFromFile(write(u"frps.toml"_s, "allowPorts=[{single=2000}]"_ba))->toString(), u"2000"_s);
    QCOMPARE(
        allowPortsFromFile(write(u"frps.ini"_s, "[common]\nallow_ports=2000"_ba))->toString(), u"2000"_s);
    const auto other = allowPortsFromFile(write(u"frps.conf"_s, {}));
    QVERIFY(!other && other.error().detail.contains(u"frps.conf"_s));
    const auto large = allowPortsFromFile(write(u"large.toml"_s, QByteArray(1024 * 1024 + 1, '\n')));
    QVERIFY(!large && large.error().detail.contains(u"1 MiB"_s));
    const auto missing = allowPortsFromFile(directory.filePath(u"none.toml"_s));
    QVERIFY(!missing);
    QCOMPARE(missing.error().code, Errc::Io);
}

const frpx::test::TestRegistration registration(
    "tst_frpportsfile", frpx::test::runBareTest<TestFrpPortsFile>);

#include "tst_frpportsfile.moc"
