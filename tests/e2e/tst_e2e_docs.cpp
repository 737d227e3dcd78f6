// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/namespaces.h"
#include "tests/support/process.h"
#include "tests/support/pty.h"
#include "tests/support/testca.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <memory>
#include <vector>

#include <unistd.h>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 20'000; // ms
QString refusal; ///< why there is no place of our own
bool isRoot = false; ///< before that

/// What the documents show between two lines of ```.
struct Block
{
    int line = 0; ///< of its first line in the file
    QString language;
    QStringList lines;
};

/// What becomes of a command of the documents.
enum class How {
    Once, ///< it ends, and well, having said `text`
    Serves, ///< it goes on after it has said `text`
    Stops, ///< likewise, and is interrupted then
    NotHere, ///< it cannot run in a test, because of `text`
};

struct Rule
{
    QLatin1StringView begins; ///< the command
    How how;
    QLatin1StringView text = {};
};

/// The first that fits. A command of the documents that has none is a fault of this test: it must be run, or
/// there must be a reason.
constexpr Rule rules[] = {
    {"packaging/build.sh"_L1, How::NotHere, "builds and installs; packaging/test.sh does that"_L1},
    {"sudo apt install"_L1, How::NotHere, "installs; packaging/test.sh does that"_L1},
    {"./quickstart.sh"_L1, How::NotHere, "the test quickstart runs it"_L1},
    {"./test.sh"_L1, How::NotHere, "this test is a part of it"_L1},
    {"sudo -u frps STATE_DIRECTORY=/var/lib/frpx frps "_L1, How::Once},
    {"sudo systemctl "_L1, How::Once},
    {"frps user add "_L1, How::Once, "Added me@example.org."_L1},
    {"frps --monitor --watch"_L1, How::Stops, "CLIENT"_L1},
    {"frps --monitor"_L1, How::Once},
    {"frps"_L1, How::Serves, "FRPS listening on ports"_L1},
    {"frpc services"_L1, How::Once},
    {"frpc"_L1, How::Serves, "Successfully registered with the server."_L1},
    {"curl http://my.server.org:18080/"_L1, How::Once, "Ollama is running"_L1},
    {"curl -s http://127.0.0.1:18081/api/"_L1, How::Once, "\"success\":true"_L1},
    {"curl -s -X DELETE http://127.0.0.1:18081/api/clients/living-room"_L1, How::Once, "\"success\":true"_L1},
    {"OLLAMA_HOST=http://my.server.org:18080 ollama list"_L1, How::Once, "\"models\""_L1},
    {"cat > /etc/letsencrypt/"_L1, How::Once},
};

const Rule *ruleFor(const QString &command)
{
    for (const Rule &rule : rules) {
        if (command.startsWith(rule.begins))
            return &rule;
    }
    return nullptr;
}

/// What a person answers.
struct Answer
{
    QByteArray question;
    QByteArray line;
};
const std::vector<Answer> answers{
    {"Password for me@example.org: "_ba, "secret of mine\n"_ba},
    {"The same again: "_ba, "secret of mine\n"_ba},
    {"E-mail: "_ba, "me@example.org\n"_ba},
    {"Password: "_ba, "secret of mine\n"_ba},
    {"or the fingerprint)? "_ba, "yes\n"_ba},
};

QList<Block> blocksOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n');
    QList<Block> blocks;
    bool inside = false;
    qsizetype indent = 0; // of a block within a list
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString text = lines.at(i).trimmed();
        if (text.startsWith("```"_L1)) {
            inside = !inside;
            indent = lines.at(i).indexOf(u'`');
            if (inside)
                blocks.append({static_cast<int>(i) + 2, text.sliced(3), {}});
        } else if (inside) {
            blocks.last().lines += lines.at(i).mid(indent);
        }
    }
    return blocks;
}

/// A line each, or more if they end with a backslash; all of it if a part is a document for the shell.
QStringList commandsOf(const Block &block)
{
    const QString all = block.lines.join(u'\n');
    if (all.contains("<<'"_L1))
        return {all};
    QStringList commands;
    bool continues = false;
    for (const QString &line : block.lines) {
        if (continues)
            commands.last() += u'\n' + line;
        else if (!line.trimmed().isEmpty() && !line.startsWith(u'#'))
            commands += line;
        continues = line.endsWith(u'\\');
    }
    return commands;
}

bool writeFile(const QString &path, const QByteArray &content, bool isProgram = false)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        return false;
    return !isProgram || file.setPermissions(file.permissions() | QFile::ExeOwner | QFile::ExeOther);
}

/// Runs a command on a terminal, as a person types it, who answers its questions.
class Typed
{
public:
    bool start(const QString &command, const QString &home)
    {
        m_command = command;
        return m_pty.start(u"/bin/bash"_s, {u"-c"_s, command}, home);
    }
    const QString &command() const { return m_command; }
    const QByteArray &screen() const { return m_pty.screen(); }
    /// Until it ends, or has shown \a text \a count times if that is given.
    bool waitFor(const QByteArray &text, qsizetype count = 1)
    {
        return QTest::qWaitFor(
            [&] {
                m_code = m_pty.poll();
                answerQuestions();
                return m_code || (!text.isEmpty() && screen().count(text) >= count);
            },
            patience);
    }
    std::optional<int> code() const { return m_code; }
    int terminate() { return m_pty.terminate(patience); }

private:
    void answerQuestions()
    {
        for (const Answer &answer : answers) {
            if (const qsizetype at = screen().indexOf(answer.question, m_answered); at >= 0) {
                m_answered = at + answer.question.size();
                m_pty.type(answer.line);
                return;
            }
        }
    }

    QString m_command;
    PtyProcess m_pty;
    qsizetype m_answered = 0;
    std::optional<int> m_code;
};

} // namespace

/// README.md and the guides do what they say: their commands are run word by word, in the order in which they
/// stand, on a machine of their own. It has my.server.org, an Ollama, and the programs built here.
class TestE2eDocs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void commandsWork_data();
    void commandsWork();
    void optionsInTheTextExist_data();
    void optionsInTheTextExist();
    void warnsOfAnOllamaThatRefusesTheName();

private:
    QString home() const { return m_scratch.filePath(u"home"_s); }
    static QString source(const QString &file) { return QStringLiteral(FRPX_TEST_SOURCE_DIR "/") + file; }
    bool makeEtc();
    void makePrograms() const;
    void prepare(const QString &file, const QString &command);
    void run(const QString &command, QLatin1StringView text = {});
    void serve(const QString &command, QLatin1StringView text);
    void stopAll();
    void restartServer(const QString &command);
    void checkToml(const QByteArray &text);

    QTemporaryDir m_scratch;
    std::unique_ptr<SmallDisk> m_varLib;
    std::unique_ptr<HttpService> m_ollama;
    std::vector<std::unique_ptr<Typed>> m_running;
    QByteArray m_document;
};

void TestE2eDocs::initTestCase()
{
    if (!refusal.isNull())
        QSKIP(qPrintable(refusal));
    QVERIFY(addAddress(u"203.0.113.7"_s)); // that of my.server.org: clients come to it from afar, by TLS
    QVERIFY(makeEtc());
    makePrograms();
    m_varLib = std::make_unique<SmallDisk>(u"/var/lib"_s, qint64(64) * 1024 * 1024);
    QVERIFY(m_varLib->isMounted());
    QVERIFY(QFile::setPermissions(u"/var/lib"_s, QFile::Permissions(0x7755)));
    qputenv("PATH", QFile::encodeName(m_scratch.filePath(u"bin"_s)) + ":/usr/bin:/bin");
}

/// A directory /etc of this test's own.
bool TestE2eDocs::makeEtc()
{
    const QString etc = m_scratch.filePath(u"etc"_s);
    for (const QString &name : {u"ld.so.cache"_s, u"ssl/openssl.cnf"_s, u"localtime"_s}) {
        QDir().mkpath(QFileInfo(etc + u'/' + name).path());
        QFile::copy(u"/etc/"_s + name, etc + u'/' + name);
    }
    const TestCa ca;
    const PemPair pair = ca.issue({});
    const QString live = etc + u"/letsencrypt/live/my.server.org"_s;
    return writeFile(etc + u"/passwd"_s,
               "root:x:0:0:root:/root:/bin/sh\nfrps:x:990:990::/var/lib/frpx:/bin/false\n"_ba)
        && writeFile(etc + u"/group"_s, "root:x:0:\nfrps:x:990:\n"_ba)
        && writeFile(etc + u"/nsswitch.conf"_s, "passwd: files\ngroup: files\nhosts: files\n"_ba)
        && writeFile(etc + u"/hosts"_s, "127.0.0.1 localhost\n203.0.113.7 my.server.org\n"_ba)
        && writeFile(etc + u"/frpx/frps.toml"_s, {})
        && writeFile(live + u"/fullchain.pem"_s, pair.certificate)
        && writeFile(live + u"/privkey.pem"_s, pair.key)
        && QDir().mkpath(etc + u"/letsencrypt/renewal-hooks/deploy"_s) && showInPlaceOf(etc, u"/etc"_s);
}

/// The programs built here, and in place of what a test must not do: sudo that changes nothing, systemctl
/// that manages nothing, an Ollama's own client that asks for the list of models.
void TestE2eDocs::makePrograms() const
{
    const QString bin = m_scratch.filePath(u"bin"_s);
    QVERIFY(QDir().mkpath(bin) && QDir().mkpath(home()));
    QVERIFY(QFile::link(frpsProgram(), bin + u"/frps"_s) && QFile::link(frpcProgram(), bin + u"/frpc"_s));
    QVERIFY(writeFile(bin + u"/sudo"_s, "#!/bin/sh\n[ \"$1\" = -u ] && shift 2\nexec env \"$@\"\n"_ba, true));
    QVERIFY(writeFile(bin + u"/systemctl"_s, "#!/bin/sh\necho \"systemctl $*\"\n"_ba, true));
    QVERIFY(writeFile(bin + u"/ollama"_s,
        "#!/bin/sh\n[ \"$1\" = list ] && exec curl -fsS \"$OLLAMA_HOST/api/tags\"\n"_ba, true));
}

void TestE2eDocs::init()
{
    m_ollama = std::make_unique<HttpService>("ollama"_ba);
    m_ollama->actAsOllama();
    QVERIFY(m_ollama->start(11434));
    QVERIFY(QDir(home()).removeRecursively() && QDir().mkpath(home()));
    QDir(u"/var/lib/frpx"_s).removeRecursively();
    QVERIFY(QDir().mkpath(u"/var/lib/frpx"_s));
    QVERIFY(QDir::setCurrent(home()));
}

void TestE2eDocs::cleanup()
{
    stopAll();
    m_ollama.reset();
    QDir::setCurrent(u"/"_s);
}

void TestE2eDocs::stopAll()
{
    for (const auto &program : m_running)
        (void)program->terminate();
    m_running.clear();
}

void TestE2eDocs::run(const QString &command, QLatin1StringView text)
{
    Typed typed;
    QVERIFY(typed.start(command, home()));
    QVERIFY2(typed.waitFor({}), typed.screen().constData());
    QVERIFY2(typed.code() == 0 && (text.isEmpty() || typed.screen().contains(text.latin1())),
        typed.screen().constData());
}

void TestE2eDocs::serve(const QString &command, QLatin1StringView text)
{
    auto typed = std::make_unique<Typed>();
    QVERIFY(typed->start(command, home()));
    QVERIFY2(typed->waitFor(text.latin1()) && !typed->code(), typed->screen().constData());
    m_running.push_back(std::move(typed));
}

/// Runs frps with other options, and waits until the clients are back.
void TestE2eDocs::restartServer(const QString &command)
{
    const QByteArray registered = "Successfully registered with the server."_ba;
    std::vector<std::pair<Typed *, qsizetype>> clients;
    std::erase_if(m_running, [&](const auto &program) {
        const bool isClient = program->command().startsWith("frpc"_L1);
        if (isClient)
            clients.emplace_back(program.get(), program->screen().count(registered));
        else
            (void)program->terminate();
        return !isClient;
    });
    serve(command, "FRPS listening on ports"_L1);
    for (const auto &[client, before] : clients)
        QVERIFY2(client->waitFor(registered, before + 1), client->screen().constData());
}

/// What the text around a command says, or has happened between two commands.
void TestE2eDocs::prepare(const QString &file, const QString &command)
{
    const QLatin1StringView allow = "frps --allow-ports 9000-9099"_L1;
    if (command.startsWith("frps"_L1) && ruleFor(command)->how == How::Serves)
        stopAll(); // one at a time has the ports
    if (command.contains("remote="_L1)) {
        QVERIFY(m_document.contains(QByteArray("`") + allow.latin1() + '`'));
        restartServer(allow);
    }
    if (file.endsWith("guides.md"_L1) && command.startsWith("sudo -u frps"_L1)
        && m_running.empty()) // the package
        serve(u"STATE_DIRECTORY=/var/lib/frpx frps"_s, "FRPS listening on ports"_L1);
    if (command.contains("systemctl restart ollama"_L1))
        m_ollama->setChecksHost(false);
}

void TestE2eDocs::checkToml(const QByteArray &text)
{
    QVERIFY(writeFile(home() + u"/block.toml"_s, text));
    if (text.contains("[[httpPlugins]]")) // for a server of frp's: it names the ports to the port keeper
        serve(u"frps port-keeper --listen 127.0.0.1:8080 --frps-config block.toml"_s,
            "Port keeper listening"_L1);
    else
        run(u"frps -c block.toml --check-config"_s);
}

void TestE2eDocs::commandsWork_data()
{
    QTest::addColumn<QString>("file");
    for (const auto *file : {"README.md", "docs/guides.md"})
        QTest::newRow(file) << QString::fromLatin1(file);
}

void TestE2eDocs::commandsWork()
{
    QFETCH(const QString, file);
    QFile document(source(file));
    QVERIFY(document.open(QIODevice::ReadOnly));
    m_document = document.readAll();
    int count = 0;
    for (const Block &block : blocksOf(source(file))) {
        const QByteArray place = (file + u':' + QString::number(block.line)).toUtf8();
        if (block.language.isEmpty() || block.language == "cpp"_L1)
            continue; // a picture; what is in examples/ and built with the rest
        if (block.language == "toml"_L1) {
            checkToml(block.lines.join(u'\n').toUtf8() + '\n');
            if (QTest::currentTestFailed())
                return (void)qWarning("in the block %s", place.constData());
            continue;
        }
        QVERIFY2(block.language == "sh"_L1, (place + ": in what language is this block?").constData());
        for (const QString &command : commandsOf(block)) {
            const Rule *rule = ruleFor(command);
            QVERIFY2(rule, (place + ": is neither run nor listed: " + command.toUtf8()).constData());
            const bool needsRoot = command.contains("-o frps"_L1) || command.contains("--user frps"_L1);
            if (rule->how == How::NotHere || (needsRoot && !isRoot))
                continue;
            prepare(file, command);
            if (rule->how == How::Once) {
                run(command, rule->text);
            } else {
                serve(command, rule->text);
                if (rule->how == How::Stops && !m_running.empty()) {
                    (void)m_running.back()->terminate();
                    m_running.pop_back();
                }
            }
            ++count;
            if (QTest::currentTestFailed())
                return (void)qWarning("%s: %s", place.constData(), qPrintable(command));
        }
    }
    QVERIFY(count > 5);
}

void TestE2eDocs::optionsInTheTextExist_data()
{
    QTest::addColumn<QString>("file");
    for (const auto *file : {"README.md", "docs/guides.md", "docs/operations.md", "docs/configuration.md",
             "docs/install.md", "docs/security.md", "docs/gui.md", "docs/migrating.md"})
        QTest::newRow(file) << QString::fromLatin1(file);
}

/// `frps --policy least-connections` and its like within sentences: the options are there.
void TestE2eDocs::optionsInTheTextExist()
{
    QFETCH(const QString, file);
    QFile document(source(file));
    QVERIFY(document.open(QIODevice::ReadOnly));
    static const QRegularExpression fence(u"^```.*?^```"_s,
        QRegularExpression::MultilineOption | QRegularExpression::DotMatchesEverythingOption);
    const QString text = QString::fromUtf8(document.readAll()).remove(fence);
    static const QRegularExpression span(u"`(frp[sc] [^`]*--[^`]*)`"_s);
    for (auto it = span.globalMatch(text); it.hasNext();) {
        QStringList words = QProcess::splitCommand(it.next().captured(1).replace(u'\n', u' '));
        words.removeIf([](const QString &word) { return word.contains(u'…') || word == "|"_L1; });
        const QString program = words.takeFirst() == "frps"_L1 ? frpsProgram() : frpcProgram();
        QByteArray log;
        // Unknown options are found before the version is printed; an option may be named without its value.
        QVERIFY2(Process::run(program, words + QStringList{u"--version"_s}, {}, nullptr, &log) == 0
                || Process::run(program, words + QStringList{u"x"_s, u"--version"_s}, {}) == 0,
            (words.join(u' ').toUtf8() + ": " + log).constData());
    }
}

void TestE2eDocs::warnsOfAnOllamaThatRefusesTheName()
{
    run(u"frps user add me@example.org"_s);
    serve(u"frps"_s, "FRPS listening on ports"_L1);
    serve(
        u"frpc --server-addr my.server.org --client-id study --health-check http --health-path /api/version "
        "--health-interval 1"_s,
        "the service refuses requests for my.server.org (403): "_L1);
    run(u"[ $(curl -s -o /dev/null -w '%{http_code}' http://my.server.org:18080/) = 403 ]"_s);
    run(u"curl -s http://127.0.0.1:18081/api/clients/study | "
        "grep '\"health_warning\":\"the service refuses requests for my.server.org (403): '"_s);
    run(u"curl -s http://127.0.0.1:18081/api/clients/study | grep '\"healthy\":true'"_s);
    run(u"frps --monitor | grep '^study: the service refuses requests for my.server.org (403): '"_s);
    QTRY_VERIFY2((m_running.front()->waitFor("Client study warns: the service refuses requests"_ba)),
        m_running.front()->screen().constData());

    m_ollama->setChecksHost(false); // somebody has set OLLAMA_HOST
    QVERIFY2(m_running.back()->waitFor("takes requests for the server's public name now"_ba),
        m_running.back()->screen().constData());
    QTRY_VERIFY(m_running.front()->waitFor("Client study has nothing to warn of any more."_ba));
    run(u"! curl -s http://127.0.0.1:18081/api/clients/study | grep health_warning"_s);
    run(u"curl -s http://my.server.org:18080/ | grep 'Ollama is running'"_s);
}

int main(int argc, char **argv)
{
    isRoot = ::geteuid() == 0;
    refusal = enterOwn(Namespace::Mounts); // while there is one thread
    if (refusal.isNull())
        refusal = enterOwn(Namespace::Network);
    QCoreApplication app(argc, argv);
    TestE2eDocs test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_e2e_docs.moc"
