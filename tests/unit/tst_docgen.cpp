// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/guioptions.h"
#include "frpc/clientconfig.h"
#include "frps/serverconfig.h"
#include "packaging/docgen/completion.h"
#include "packaging/docgen/manpage.h"

#include <QDir>
#include <QTest>

using namespace frpx;
using namespace frpx::docgen;
using namespace Qt::StringLiterals;

class TestDocgen : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void escapesWhatGroffWouldTake_data();
    void escapesWhatGroffWouldTake();
    void namesEveryOptionEverywhere_data();
    void namesEveryOptionEverywhere();
    void showsTheKeyAndTheVariable();
    void hidesTheHomeOfTheBuilder();
    void quotesForShells();
    void completesFilesWhereTheyMayFollow();
};

void TestDocgen::escapesWhatGroffWouldTake_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("escaped");
    QTest::newRow("plain") << u"a word"_s << u"a word"_s;
    QTest::newRow("dash") << u"--a-b"_s << u"\\-\\-a\\-b"_s;
    QTest::newRow("backslash") << u"a\\b"_s << u"a\\eb"_s;
    QTest::newRow("dot") << u"one\n.SH two"_s << u"one\n\\&.SH two"_s;
    QTest::newRow("quote") << u"'tis"_s << u"\\(aqtis"_s;
}

void TestDocgen::escapesWhatGroffWouldTake()
{
    QFETCH(const QString, text);
    QFETCH(const QString, escaped);
    QCOMPARE(roff(text), escaped);
}

void TestDocgen::namesEveryOptionEverywhere_data()
{
    QTest::addColumn<ProgramHelp>("help");
    QTest::addColumn<int>("atLeast");
    QTest::addColumn<QString>("word");
    QTest::newRow("frps") << frpx::server::serverHelp() << 20 << u"reload"_s;
    QTest::newRow("frpc") << frpx::client::clientHelp() << 20 << u"reload"_s;
    QTest::newRow("frpc-gui") << frpx::gui::guiHelp() << 3 << u"-o default"_s;
}

void TestDocgen::namesEveryOptionEverywhere()
{
    QFETCH(const ProgramHelp, help);
    QFETCH(const int, atLeast);
    QFETCH(const QString, word);
    QVERIFY(help.options.size() >= atLeast);
    const QString page = programPage(help, u"a summary"_s, {});
    const QString file = filePage(help, {});
    const QString bash = bashCompletion(help);
    const QString zsh = zshCompletion(help);
    const QString fish = fishCompletion(help);
    for (const ProgramHelp::Option &entry : help.options) {
        const QString &name = entry.option.name;
        if (name.size() == 1)
            continue;
        QVERIFY2(page.contains(u"\\fB\\-\\-%1\\fR"_s.arg(roff(name))), qPrintable(name));
        QVERIFY2(bash.contains(u"--"_s + name), qPrintable(name));
        QVERIFY2(zsh.contains(u"'--%1["_s.arg(name)), qPrintable(name));
        QVERIFY2(fish.contains(u" -l %1 "_s.arg(name)), qPrintable(name));
        if (!entry.key.isEmpty())
            QVERIFY2(file.contains(u"\\fB%1\\fR"_s.arg(roff(entry.key))), qPrintable(entry.key));
    }
    QVERIFY(bash.contains(word));
}

void TestDocgen::showsTheKeyAndTheVariable()
{
    const QString page = programPage(frpx::server::serverHelp(), u"a summary"_s, u".SH MORE\n"_s);
    QVERIFY(page.contains(u"In the file: \\fBbindPort\\fR; in the environment: \\fBFRPX_CONTROL_PORT\\fR."));
    QVERIFY(page.endsWith(u".SH MORE\n"));
}

void TestDocgen::hidesTheHomeOfTheBuilder()
{
    ProgramHelp help{u"x"_s, u"x: does it"_s, {}, {}};
    help.options.append(ProgramHelp::Option{{u"data-dir"_s, u"DIR"_s, CommandLine::Option::Kind::Setting,
                                                u"Where"_s, QDir::homePath() + u"/.x"_s},
        {}, {}});
    QVERIFY(programPage(help, u"a summary"_s, {}).contains(u"Default: ~/.x."));
}

void TestDocgen::quotesForShells()
{
    ProgramHelp help{u"x"_s, u"x: does it"_s, {}, {{u"go [PLACE] | stop"_s, u"Moves."_s}}};
    help.options.append(ProgramHelp::Option{
        {u"file"_s, u"FILE"_s, CommandLine::Option::Kind::Setting, u"The user's [own] file; or not"_s}, {},
        {}});
    QVERIFY(zshCompletion(help).contains(u"'--file[The user'\\''s own file]:file:_files'"));
    QVERIFY(zshCompletion(help).contains(u"'*:command:(go stop)'"));
    QVERIFY(fishCompletion(help).contains(u"-l file -r -F -d 'The user'\\''s [own] file'"));
    QVERIFY(bashCompletion(help).contains(u"compgen -f"));
}

void TestDocgen::completesFilesWhereTheyMayFollow()
{
    ProgramHelp help{u"x"_s, u"x: does it"_s, {}, {}};
    QVERIFY(fishCompletion(help).contains(u"complete -c x -f\n"));
    QVERIFY(!bashCompletion(help).contains(u"-o default"));
    help.positionals.append({u"FILE..."_s, u"What to read."_s});
    QVERIFY(!fishCompletion(help).contains(u"complete -c x -f\n"));
    QVERIFY(bashCompletion(help).contains(u"-o default"));
    QVERIFY(zshCompletion(help).contains(u"'*:file:_files'"));
}

QTEST_GUILESS_MAIN(TestDocgen)
#include "tst_docgen.moc"
