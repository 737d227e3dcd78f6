// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/guioptions.h"
#include "frpc/config/clientconfig.h"
#include "frps/app/serverconfig.h"
#include "frps/backends/balancepolicy.h"
#include "packaging/docgen/completion.h"
#include "packaging/docgen/manpage.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
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
    void namesTheOptionsOfCommands();
    void knowsTheSharedOptions_data();
    void knowsTheSharedOptions();
    void completes_data();
    void completes();

private:
    /// What \a shell prints for \a script; the completion is in the file completion, and the directory empty
    /// but for it and a file and a directory, a.toml and a.dir.
    QStringList run(const QString &shell, const QString &completion, const QString &script);
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
    ProgramHelp help{u"x"_s, u"x: does it"_s, {}, {}};
    help.commands = {{u"go"_s, u"[PLACE]"_s, u"Moves"_s}, {u"stop"_s, {}, u"Doesn't. Any more"_s}};
    help.options.append(ProgramHelp::Option{{u"file"_s, u"FILE"_s, CommandLine::Option::Kind::Setting,
                                                u"The user's [own] file (or not): read 1.5 times. Twice"_s},
        {}, {}});
    const QString zsh = zshCompletion(help);
    QVERIFY(zsh.contains(u"'--file[The user'\\''s \\[own\\] file (or not): read 1.5 times]:file:_files'"));
    QVERIFY(zsh.contains(u"'stop:Doesn'\\''t'"));
    QVERIFY(zsh.contains(u"':PLACE: '"));
    QVERIFY(fishCompletion(help).contains(
        u"-l file -r -F -d 'The user'\\''s [own] file (or not): read 1.5 times'\n"));
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

void TestDocgen::namesTheOptionsOfCommands()
{
    const QString page = programPage(frpx::server::serverHelp(), u"a summary"_s, {});
    const qsizetype commands = page.indexOf(u".SH COMMANDS\n");
    const qsizetype options = page.indexOf(u".SH OPTIONS\n");
    QVERIFY(commands > 0 && options > commands);
    const QString part = page.sliced(commands, options - commands);
    for (const QString &text :
        {u"\\fBuser set\\fR \\fIEMAIL\\fR"_s, u"\\fB\\-\\-client\\-ids\\fR \\fIPATTERNS\\fR"_s,
            u"\\fB\\-\\-password\\-file\\fR \\fIFILE\\fR"_s, u"\\fBtoken create\\fR"_s,
            u"\\fB\\-\\-expires\\fR \\fIDAYS\\fR"_s, u"\\fBport\\-keeper\\fR"_s,
            u"\\fB\\-\\-frps\\-config\\fR \\fIFILE\\fR"_s})
        QVERIFY2(part.contains(text), qPrintable(text));
    const QString keys = filePage(frpx::client::clientHelp(), {});
    QVERIFY(keys.contains(u".SH KEYS OF [[proxies]]\n"));
    QVERIFY(keys.contains(u"\\fBloadBalancer.group\\fR"));
}

void TestDocgen::knowsTheSharedOptions_data()
{
    QTest::addColumn<ProgramHelp>("help");
    QTest::newRow("frps") << frpx::server::serverHelp();
    QTest::newRow("frpc") << frpx::client::clientHelp();
}

void TestDocgen::knowsTheSharedOptions()
{
    QFETCH(const ProgramHelp, help);
    QVERIFY(!help.commands.isEmpty());
    QHash<QString, bool> takesValue; // what stands behind it on the line is told by its name alone
    const auto see = [&takesValue](const CommandLine::Option &option) {
        const bool takes = !option.valueName.isEmpty();
        return takesValue.insert(option.name, takesValue.value(option.name, takes)).value() == takes;
    };
    for (const ProgramHelp::Option &entry : help.options)
        QVERIFY2(see(entry.option), qPrintable(entry.option.name));
    for (const CommandHelp &command : help.commands) {
        for (const QString &name : command.shared)
            QVERIFY2(takesValue.contains(name), qPrintable(command.words + u": "_s + name));
    }
    for (const CommandHelp &command : help.commands) {
        for (const CommandLine::Option &option : command.options)
            QVERIFY2(see(option), qPrintable(command.words + u": "_s + option.name));
    }
}

QStringList TestDocgen::run(const QString &shell, const QString &completion, const QString &script)
{
    QTemporaryDir directory;
    for (const QString &name : {u"completion"_s, u"a.toml"_s}) {
        QFile file(directory.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(completion.toUtf8()) < 0)
            return {u"the file cannot be written"_s};
    }
    if (!QDir(directory.path()).mkdir(u"a.dir"_s))
        return {u"the directory cannot be made"_s};
    QProcess process;
    process.setWorkingDirectory(directory.path());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"HOME"_s, directory.path()); // nobody's own settings
    process.setProcessEnvironment(environment);
    process.start(shell, {u"-c"_s, u"source ./completion; "_s + script});
    process.closeWriteChannel();
    if (!process.waitForFinished() || process.exitStatus() != QProcess::NormalExit)
        return {u"%1: %2"_s.arg(shell, process.errorString())};
    if (const QByteArray complaint = process.readAllStandardError(); !complaint.isEmpty())
        return {QString::fromUtf8(complaint)};
    return QString::fromUtf8(process.readAllStandardOutput()).split(u'\n', Qt::SkipEmptyParts);
}

void TestDocgen::completes_data()
{
    QTest::addColumn<QString>("shell");
    QTest::addColumn<QStringList>("words"); // the last one is at the cursor
    QTest::addColumn<QStringList>("expected");
    const QStringList verbs{
        u"add"_s, u"disable"_s, u"enable"_s, u"list"_s, u"passwd"_s, u"remove"_s, u"set"_s, u"show"_s};
    const QStringList database{u"--config"_s, u"--data-dir"_s, u"--database"_s, u"--database-file"_s};
    QStringList ofCreate =
        database + QStringList{u"--admin"_s, u"--expires"_s, u"--help"_s, u"--name"_s, u"--read-only"_s};
    ofCreate.sort();
    QStringList policies = frpx::server::policyNames();
    policies.sort();
    for (const QString &shell : {u"bash"_s, u"fish"_s}) {
        const auto row = [&shell](const char *name, const QString &line, const QStringList &expected) {
            QTest::addRow("%s: %s", qPrintable(shell), name) << shell << line.split(u' ') << expected;
        };
        row("commands", u"frps "_s, {u"fingerprint"_s, u"port-keeper"_s, u"reload"_s, u"token"_s, u"user"_s});
        row("a group", u"frps user "_s, verbs);
        row("a part", u"frps user s"_s, {u"set"_s, u"show"_s});
        row("options of a command", u"frps token create --"_s, ofCreate);
        row("one option", u"frps user add --p"_s, {u"--password-file"_s});
        row("behind an argument", u"frps user set a@b --cl"_s, {u"--client-ids"_s});
        row("port keeper", u"frps port-keeper --f"_s, {u"--frps-config"_s});
        row("none of the program", u"frps port-keeper --po"_s, {});
        row("an option before", u"frps --data-dir user token r"_s, {u"revoke"_s});
        row("policy", u"frps --policy "_s, policies);
        row("level", u"frpc --log-level w"_s, {u"warning"_s});
        row("tls", u"frpc services --tls "_s, {u"auto"_s, u"off"_s, u"on"_s});
        row("check", u"frpc --health-check "_s, {u"http"_s, u"none"_s, u"tcp"_s});
        row("header", u"frpc --proxy-protocol v"_s, {u"v1"_s, u"v2"_s});
        row("commands of frpc", u"frpc "_s, {u"ports"_s, u"reload"_s, u"services"_s, u"trust"_s});
        row("a number", u"frpc --weight "_s, {});
        const QString slash = shell == u"fish"_s ? u"/"_s : QString(); // bash adds it by itself
        row("file", u"frps --config a."_s, {u"a.dir"_s + slash, u"a.toml"_s});
        row("directory", u"frps --data-dir a."_s, {u"a.dir"_s + slash});
    }
    QTest::newRow("bash: no command of a group")
        << u"bash"_s << QStringList{u"frps"_s, u"a"_s} << QStringList();
    QTest::newRow("bash: value in one word")
        << u"bash"_s << QStringList{u"frps"_s, u"--policy"_s, u"="_s, u"ra"_s} << QStringList{u"random"_s};
    QTest::newRow("bash: value not begun")
        << u"bash"_s << QStringList{u"frps"_s, u"--policy"_s, u"="_s} << policies;
    QTest::newRow("bash: command behind such")
        << u"bash"_s << u"frps --data-dir = user token r"_s.split(u' ') << QStringList{u"revoke"_s};
    QTest::newRow("zsh: syntax") << u"zsh"_s << QStringList() << QStringList();
}

void TestDocgen::completes()
{
    QFETCH(const QString, shell);
    QFETCH(const QStringList, words);
    QFETCH(const QStringList, expected);
    if (QStandardPaths::findExecutable(shell).isEmpty())
        QSKIP("The shell is not installed.");
    const ProgramHelp help =
        words.value(0) == u"frpc" ? frpx::client::clientHelp() : frpx::server::serverHelp();
    QStringList found;
    if (shell == u"bash") {
        found = run(shell, bashCompletion(help),
            u"COMP_WORDS=('%1'); COMP_CWORD=%2; _%3; printf '%s\\n' \"${COMPREPLY[@]}\""_s
                .arg(words.join(u"' '"))
                .arg(words.size() - 1)
                .arg(help.program));
    } else if (shell == u"fish") {
        for (const QString &line :
            run(shell, fishCompletion(help), u"complete -C '%1'"_s.arg(words.join(u' '))))
            found << line.section(u'\t', 0, 0);
    } else {
        for (const ProgramHelp &each :
            {frpx::server::serverHelp(), frpx::client::clientHelp(), frpx::gui::guiHelp()})
            found += run(shell, u"return\n"_s + zshCompletion(each), u"zsh -n ./completion"_s);
    }
    found.sort();
    QCOMPARE(found, expected);
}

const frpx::test::TestRegistration registration("tst_docgen", frpx::test::runTest<TestDocgen>);

#include "tst_docgen.moc"
