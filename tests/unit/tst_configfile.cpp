// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/closestword.h"
#include "common/config/configfile.h"
#include "common/config/configtemplate.h"
#include "common/config/tablereader.h"
#include "tests/support/testregistry.h"

#include <QStringEncoder>
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
    void repeatsRanges_data();
    void repeatsRanges();
    void readsTheRangesOfFrp();
    void rangesKeepTheLines();
    void refusesBadRanges_data();
    void refusesBadRanges();
    void boundsRanges_data();
    void boundsRanges();
    void unfoldsIniRanges();
    void refusesBadIniRanges_data();
    void refusesBadIniRanges();
    void readsIniValues_data();
    void readsIniValues();
    void namesUtf16_data();
    void namesUtf16();
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
    QTest::newRow("of the root") << "a = \"{{ $.Envs.HOST }}\""_ba << u"example.org"_s;
    QTest::newRow("trimmed") << "a = \"x {{- .Envs.HOST -}} y\""_ba << u"xexample.orgy"_s;
    QTest::newRow("no trim marker") << "a = \"x {{.Envs.HOST}} y\""_ba << u"x example.org y"_s;
    QTest::newRow("trimmed line end") << "a = \n{{- .Envs.PORT }}"_ba << u"6000"_s;
    QTest::newRow("trimmed behind a comment") << "a = 5 # b\n{{- .Envs.PORT }}"_ba << u"5"_s;
    QTest::newRow("values are not trimmed")
        << "a = \"{{ .Envs.QUOTED }}{{- .Envs.PORT }}\""_ba << u"a\"b\\c\nd6000"_s;
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

void TestConfigFile::repeatsRanges_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expanded");
    const auto row = [](const char *name, const QByteArray &text, const QByteArray &expanded) {
        QTest::newRow(name) << text << expanded;
    };
    row("numbers", R"({{ range $_, $v := parseNumberRange "1-3,7" }}a{{ $v }} {{ end }}b)", "a1 a2 a3 a7 b");
    row("pairs",
        R"({{ range $_, $v := parseNumberRangePair "1-2" "8-9" }}{{ $v.First }}:{{ $v.Second }} {{ end }})",
        "1:8 2:9 ");
    row("index", R"({{ range $i, $v := parseNumberRange "5-6" }}{{ $i }}={{ $v }} {{ end }})", "0=5 1=6 ");
    row("one variable", R"({{ range $v := parseNumberRange "5-6" }}{{ $v }} {{ end }})", "5 6 ");
    row("tight", R"({{range $i,$v:=parseNumberRange `5`}}{{$i}}{{$v}}{{end}})", "05");
    row("list of a variable", R"({{ range $_, $v := parseNumberRange .Envs.PORT }}{{ $v }}{{ end }})",
        "6000");
    row("spaces in the list", R"({{ range $_, $v := parseNumberRange " 1 - 2 , 4" }}{{ $v }}{{ end }})",
        "124");
    row("in the order given", R"({{ range $_, $v := parseNumberRange "3,1,3" }}{{ $v }}{{ end }})", "313");
    row("trimmed", "x\n\n{{- range $_, $v := parseNumberRange \"1-2\" -}}\n a {{ $v }}\n{{- end -}}\n\ny",
        "xa 1a 2y");
    row("as in frp", "x\n{{- range $_, $v := parseNumberRange \"1-2\" }}\n[{{ $v }}]\n{{- end }}\ny\n",
        "x\n[1]\n[2]\ny\n");
    row("in quotes", R"({{ range $_, $v := parseNumberRange "1-2" }}"n-{{ $v }}" {{ end }})",
        R"("n-1" "n-2" )");
    row("two",
        R"({{ range $_, $v := parseNumberRange "1" }}{{ $v }}{{ end }},{{ range $_, $v := parseNumberRange "2" }}{{ $v }}{{ end }})",
        "1,2");
    row("environment within", R"({{ range $_, $v := parseNumberRange "1-2" }}"{{ .Envs.HOST }}" {{ end }})",
        R"("example.org" "example.org" )");
    row("in a comment", "# {{ range $_, $v := whatever }}\n", "# {{ range $_, $v := whatever }}\n");
}

void TestConfigFile::repeatsRanges()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QByteArray, expanded);
    ConfigReport report;
    const ExpandedText result = expandTomlTemplates(text, someEnvironment(), report);
    QVERIFY2(!report.hasFaults(), qPrintable(report.faults().join(u'\n')));
    QCOMPARE(result.text, expanded);
    QCOMPARE(result.lines.size(), size_t(expanded.count('\n')) + 1);
}

void TestConfigFile::readsTheRangesOfFrp()
{
    ConfigReport report;
    const ConfigNode root =
        read("auth.user = \"x\" # the example of frp's README\n"
             "{{- range $_, $v := parseNumberRangePair \"6000-6006,6007\" \"6000-6006,6007\" }}\n"
             "[[proxies]]\n"
             "name = \"tcp-{{ $v.First }}\"\n"
             "type = \"tcp\"\n"
             "localPort = {{ $v.First }}\n"
             "remotePort = {{ $v.Second }}\n"
             "{{- end }}\n",
            report);
    QVERIFY2(!report.hasFaults(), qPrintable(report.faults().join(u'\n')));
    const std::vector<ConfigNode> &proxies = root.find(u"proxies")->children;
    QCOMPARE(proxies.size(), size_t(8));
    QCOMPARE(proxies.front().find(u"name")->text, u"tcp-6000"_s);
    QCOMPARE(proxies.back().find(u"name")->text, u"tcp-6007"_s);
    QCOMPARE(proxies.back().find(u"remotePort")->text, u"6007"_s);
}

void TestConfigFile::rangesKeepTheLines()
{
    ConfigReport report;
    const ConfigNode root = read("a = 1\n"
                                 "{{- range $_, $v := parseNumberRange \"1-3\" }}\n"
                                 "[[p]]\n"
                                 "b = {{ $v }}\n"
                                 "{{- end }}\n"
                                 "[q]\n"
                                 "c = 2\n",
        report);
    QVERIFY2(!report.hasFaults(), qPrintable(report.faults().join(u'\n')));
    for (const ConfigNode &table : root.find(u"p")->children) {
        QCOMPARE(table.line, 3);
        QCOMPARE(table.find(u"b")->line, 4);
    }
    QCOMPARE(root.find(u"q")->line, 6);
    QCOMPARE(root.find(u"q")->find(u"c")->line, 7);

    ConfigReport broken; // the same fault in each turn is told once
    (void)read(
        "{{ range $_, $v := parseNumberRange \"1-3\" }}\nx = {{ .Envs.NO }}\n{{ end }}\ny =\n", broken);
    QCOMPARE(broken.faults().size(), 2);
    QVERIFY(broken.faults().at(0).startsWith("x.toml:2: the environment variable NO"_L1));
    QVERIFY2(broken.faults().at(1).startsWith("x.toml:4: not TOML"_L1), qPrintable(broken.faults().at(1)));
}

void TestConfigFile::refusesBadRanges_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("fault");
    const auto row = [](const char *name, const QByteArray &text, const QString &fault) {
        QTest::newRow(name) << text << fault;
    };
    row("no end", "a = 1\n{{ range $_, $v := parseNumberRange \"1\" }}\n#",
        u":2: {{ range }} has no {{ end }}"_s);
    row("nothing behind", "{{ range $_, $v := parseNumberRange \"1\" }}",
        u":1: {{ range }} has no {{ end }}"_s);
    row("end in quotes", "{{ range $_, $v := parseNumberRange \"1\" }}\na = \"{{ end }}\"",
        u":2: {{ end }} ends no {{ range }}"_s);
    row("end alone", "\n{{ end }}", u":2: {{ end }} ends no {{ range }}"_s);
    row("in quotes", "a = \"{{ range $_, $v := parseNumberRange \"1\" }}\"\n{{ end }}",
        u":1: {{ range }} stands outside"_s);
    row("nested",
        "{{ range $_, $v := parseNumberRange \"1\" }}\n{{ range $_, $w := parseNumberRange \"1\" }}{{ end "
        "}}{{ end }}",
        u":2: a {{ range }} within a {{ range }}"_s);
    row("two lists", "{{ range $_, $v := parseNumberRange \"1\" \"2\" }}{{ end }}", u":1: {{ range"_s);
    row("one list", "{{ range $_, $v := parseNumberRangePair \"1\" }}{{ end }}", u":1: {{ range"_s);
    row("function", "{{ range $_, $v := seq \"1\" }}{{ end }}",
        u"is not understood; there are {{ .Envs.NAME }}"_s);
    row("no variable", "{{ range parseNumberRange \"1\" }}{{ end }}", u"is not understood"_s);
    row("if", "{{ if .Envs.HOST }}{{ end }}", u"is not understood"_s);
    row("open quote", "{{ range $_, $v := parseNumberRange \"1 }}{{ end }}", u"is not understood"_s);
    row("comment", "{{/* a */}}", u"is not understood"_s);
    row("lengths", "\n{{ range $_, $v := parseNumberRangePair \"1-3\" \"1,2\" }}{{ end }}",
        u":2: \"1-3\" has 3 numbers, and \"1,2\" has 2"_s);
    row("letters", "{{ range $_, $v := parseNumberRange \"a\" }}{{ end }}", u":1: \"a\" is not a list"_s);
    row("backwards", "{{ range $_, $v := parseNumberRange \"3-1\" }}{{ end }}", u"\"3-1\" is not a list"_s);
    row("empty", "{{ range $_, $v := parseNumberRange \"\" }}{{ end }}", u"\"\" is not a list"_s);
    row("empty part", "{{ range $_, $v := parseNumberRange \"1,\" }}{{ end }}", u"is not a list"_s);
    row("three parts", "{{ range $_, $v := parseNumberRange \"1-2-3\" }}{{ end }}", u"is not a list"_s);
    row("large number", "{{ range $_, $v := parseNumberRange \"65536\" }}{{ end }}", u"is not a list"_s);
    row("unset list", "{{ range $_, $v := parseNumberRange .Envs.NO }}{{ end }}",
        u":1: the environment variable NO is not set"_s);
    row("field of a number", "{{ range $_, $v := parseNumberRange \"1-9\" }}\n# b\n{{ $v.First }}{{ end }}",
        u":3: {{ $v }} is a number"_s);
    row("no field of a pair", "{{ range $_, $v := parseNumberRangePair \"1\" \"1\" }}{{ $v }}{{ end }}",
        u":1: {{ $v }} is a pair"_s);
    row("other variable", "{{ range $_, $v := parseNumberRange \"1\" }}{{ $w }}{{ end }}",
        u"{{ $w }} stands in no"_s);
    row("outside", "{{ $v.First }}", u":1: {{ $v }} stands in no {{ range }}"_s);
    row("other field", "{{ $v.Third }}", u"is not understood"_s);
}

void TestConfigFile::refusesBadRanges()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QString, fault);
    ConfigReport report;
    (void)expandTomlTemplates(text, someEnvironment(), report);
    QVERIFY(report.hasFaults());
    const QString faults = report.faults().join(u'\n');
    QVERIFY2(faults.contains(fault), qPrintable(faults));
    QVERIFY(report.count() <= 2);
}

void TestConfigFile::boundsRanges_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("good");
    const QByteArray most = "{{ range $_, $v := parseNumberRange \"1-1000\" }}";
    QTest::newRow("as many as tunnels") << most + "#{{ end }}" << false; // {{ end }} is in the comment
    QTest::newRow("a thousand") << most + "\n{{ end }}" << true;
    QTest::newRow("one more") << "{{ range $_, $v := parseNumberRange \"1-1000,1\" }}\n{{ end }}"_ba << false;
    QTest::newRow("many more") << "{{ range $_, $v := parseNumberRange \"0-65535\" }}\n{{ end }}"_ba << false;
    QTest::newRow("too much text") << most + "#" + QByteArray(1100, 'x') + "\n{{ end }}" << false;
    QTest::newRow("trimmed away") << most + QByteArray(1000 * 1000, ' ') + "{{- end }}" << false;
    QTest::newRow("many without text") << (most + "{{ end }}").repeated(1000) << false;
    QTest::newRow("deep keys") << most + "k.{{ end }}k = 1" << false;
    QTest::newRow("deep keys over lines") << most + "k\n{{- end }} = 1" << true;
    QTest::newRow("deep keys, line ends trimmed") << most + "\n{{- $v }}.{{ end }} = 1" << false;
}

void TestConfigFile::boundsRanges()
{
    QFETCH(const QByteArray, text);
    QFETCH(const bool, good);
    ConfigReport report;
    const ExpandedText result = expandTomlTemplates(text, someEnvironment(), report);
    QVERIFY2(report.hasFaults() != good, qPrintable(report.faults().join(u'\n')));
    QVERIFY(result.text.size() <= 2 * configlimits::maxBytes);
}

void TestConfigFile::unfoldsIniRanges()
{
    ConfigReport report;
    const ConfigNode root = read("[common]\nserver_addr = x\n[before]\nlocal_port = 1\n"
                                 "[range:web]\ntype = tcp\nlocal_port = 6010-6012,6022\n"
                                 "remote_port = 7010,7011, 7012-7013 ; lists\n[after]\nlocal_port = 2\n",
        report, u"x.ini"_s);
    QVERIFY2(!report.hasFaults(), qPrintable(report.faults().join(u'\n')));
    const std::vector<ConfigNode> &proxies = root.find(u"proxies")->children;
    QStringList told;
    for (const ConfigNode &proxy : proxies) {
        const ConfigNode *remote = proxy.find(u"remotePort");
        told << u"%1 %2 %3"_s.arg(
            proxy.find(u"name")->text, proxy.find(u"localPort")->text, remote ? remote->text : u"-"_s);
    }
    QCOMPARE(told,
        (QStringList{u"before 1 -"_s, u"web_0 6010 7010"_s, u"web_1 6011 7011"_s, u"web_2 6012 7012"_s,
            u"web_3 6022 7013"_s, u"after 2 -"_s}));
    QCOMPARE(proxies.at(4).find(u"localPort")->line, 7);
    QCOMPARE(proxies.at(4).line, 5);
    QCOMPARE(proxies.at(4).find(u"type")->text, u"tcp"_s);
}

void TestConfigFile::refusesBadIniRanges_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("fault");
    const auto row = [](const char *name, const QByteArray &text, const QString &fault) {
        QTest::newRow(name) << text << fault;
    };
    row("no remote", "[range:a]\nlocal_port = 1-2\n",
        u"x.ini:1: [range:...] needs local_port and remote_port"_s);
    row("no local", "[range:a]\nremote_port = 1-2\n", u"x.ini:1: [range:...] needs"_s);
    row("lengths", "[range:a]\nlocal_port = 1-2\nremote_port = 1\n", u"x.ini:3: \"1-2\" has 2 numbers"_s);
    row("letters", "[range:a]\nlocal_port = 1-b\nremote_port = 1\n", u"x.ini:2: \"1-b\" is not a list"_s);
    row("too many", "[range:a]\nlocal_port = 1-2000\nremote_port = 1-2000\n",
        u"x.ini:2: \"1-2000\" has more than"_s);
    row("no name", "[range:]\nlocal_port = 1\nremote_port = 1\n", u"x.ini:1: a section is written [name]"_s);
    row("Go's templates", "[common]\n{{ range $_, $v := parseNumberRange \"1\" }}\n{{ end }}\n",
        u"x.ini:2: this is for TOML; for many ports an ini file has [range:NAME]"_s);
    row("in a value", "[a]\nlocal_port = {{ $v }}\n",
        u"x.ini:2: in an ini file there is {{ .Envs.NAME }} alone"_s);
    row("too large",
        "[range:a]\nlocal_port = 1-1000\nremote_port = 1-1000\nmessage = " + QByteArray(2000, 'x'),
        u"x.ini:1: with its ranges the file is larger"_s);
}

void TestConfigFile::refusesBadIniRanges()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QString, fault);
    ConfigReport report;
    (void)read(text, report, u"x.ini"_s);
    QVERIFY(report.hasFaults());
    QVERIFY2(report.faults().constFirst().startsWith(fault), qPrintable(report.faults().join(u'\n')));
}

void TestConfigFile::readsIniValues_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<QString>("value");
    QTest::newRow("plain") << "22"_ba << u"22"_s;
    QTest::newRow("comment") << "22 ; ssh"_ba << u"22"_s;
    QTest::newRow("comment without a space") << "22 ;ssh"_ba << u"22"_s;
    QTest::newRow("hash") << "22\t# ssh"_ba << u"22"_s;
    QTest::newRow("two words") << "a b ; c # d"_ba << u"a b"_s;
    QTest::newRow("part of a value") << "a;b#c"_ba << u"a;b#c"_s;
    QTest::newRow("begins with a hash") << "#22"_ba << u"#22"_s;
    QTest::newRow("quoted") << "\"a ; b\""_ba << u"a ; b"_s;
    QTest::newRow("quoted, with a comment") << "\"a ; b\" ; c"_ba << u"a ; b"_s;
    QTest::newRow("quoted, with a quoted comment") << "'a' # 'b'"_ba << u"a"_s;
    QTest::newRow("quotes within") << "\"a\"b\""_ba << u"a\"b"_s;
    QTest::newRow("open quote") << "\"a ; b"_ba << u"\"a"_s;
    QTest::newRow("empty quotes") << "\"\""_ba << u""_s;
    QTest::newRow("one quote") << "\""_ba << u"\""_s;
    QTest::newRow("empty") << ""_ba << u""_s;
}

void TestConfigFile::readsIniValues()
{
    QFETCH(const QByteArray, written);
    QFETCH(const QString, value);
    ConfigReport report;
    const ConfigNode root = read("[common]\na = " + written + "\n", report, u"x.ini"_s);
    QVERIFY2(!report.hasFaults(), qPrintable(report.faults().join(u'\n')));
    QCOMPARE(root.find(u"a")->text, value);
}

void TestConfigFile::namesUtf16_data()
{
    QTest::addColumn<QByteArray>("content");
    const QString text = u"serverAddr = \"x\"\n"_s;
    for (const bool bigEndian : {false, true}) {
        for (const bool mark : {false, true}) {
            QStringEncoder encoder(bigEndian ? QStringEncoder::Utf16BE : QStringEncoder::Utf16LE,
                mark ? QStringEncoder::Flag::WriteBom : QStringEncoder::Flag::Default);
            QTest::addRow("%s-endian, %s mark", bigEndian ? "big" : "little", mark ? "with a" : "without a")
                << QByteArray(encoder(text));
        }
    }
}

void TestConfigFile::namesUtf16()
{
    QFETCH(const QByteArray, content);
    for (const QString &name : {u"x.toml"_s, u"x.ini"_s, u"x"_s}) {
        ConfigReport report;
        (void)read(content, report, name);
        QCOMPARE(report.faults().size(), 1);
        QVERIFY2(report.faults().constFirst().startsWith(name + u":1: this is UTF-16 text"_s),
            qPrintable(report.faults().constFirst()));
    }
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

const frpx::test::TestRegistration registration("tst_configfile", frpx::test::runTest<TestConfigFile>);

#include "tst_configfile.moc"
