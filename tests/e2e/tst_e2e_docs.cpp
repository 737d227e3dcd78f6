// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/docs.h"
#include "tests/e2e/typed.h"
#include "tests/support/httpservice.h"
#include "tests/support/namespaces.h"
#include "tests/support/process.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QCoreApplication>
#include <QDir>
#include <QRegularExpression>
#include <QTest>

#include <memory>
#include <vector>

#include <unistd.h>

using namespace frpx::test;
using namespace frpx::test::docs;
using namespace Qt::StringLiterals;

namespace {

QString refusal; ///< why there is no place of our own
bool isRoot = false; ///< before that

bool writeFile(const QString &path, const QByteArray &content, bool isProgram = false)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        return false;
    return !isProgram || file.setPermissions(file.permissions() | QFile::ExeOwner | QFile::ExeOther);
}

} // namespace

/// The documents do what they say: their commands are run word by word, in the order in which they stand, on
/// a machine of their own. It has my.server.org, an Ollama, and the programs built here.
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
    static QByteArray read(const QString &file)
    {
        QFile document(QStringLiteral(FRPX_TEST_SOURCE_DIR "/") + file);
        return document.open(QIODevice::ReadOnly) ? document.readAll() : QByteArray();
    }
    bool makeEtc();
    void makePrograms() const;
    void beginAnew();
    void work(const QString &command);
    void prepare(const QString &command);
    void needAccount();
    void needServer(const QString &command = u"frps"_s);
    void tryConfiguration(const QByteArray &text);
    void run(const QString &command, QLatin1String text = {});
    void serve(const QString &command, QLatin1String text);
    bool isRunning(const QString &begin) const;
    void stop(const QString &begin);
    void restartServer(const QString &command);

    QTemporaryDir m_scratch;
    const TestCa m_ca;
    std::unique_ptr<SmallDisk> m_varLib;
    std::unique_ptr<HttpService> m_ollama;
    std::vector<std::unique_ptr<Typed>> m_running;
    QByteArray m_document;
    QByteArray m_said; ///< by the last command that has ended
    QString m_token; ///< of the last `frps token create`
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
    const PemPair pair = m_ca.issue();
    const std::pair<QString, QByteArray> files[] = {
        {u"passwd"_s, "root:x:0:0:root:/root:/bin/sh\nfrps:x:990:990::/var/lib/frpx:/bin/false\n"_ba},
        {u"group"_s, "root:x:0:\nfrps:x:990:\n"_ba},
        {u"nsswitch.conf"_s, "passwd: files\ngroup: files\nhosts: files\n"_ba},
        {u"hosts"_s, "127.0.0.1 localhost\n203.0.113.7 my.server.org frps.example.org\n"_ba},
        {u"letsencrypt/live/my.server.org/fullchain.pem"_s, pair.certificate},
        {u"letsencrypt/live/my.server.org/privkey.pem"_s, pair.key},
        {u"letsencrypt/renewal-hooks/deploy/other"_s, {}},
        {u"frpx/frps.toml"_s, {}},
        {u"frpx/password"_s, "secret of mine\n"_ba},
        {u"frpx/frpc/default.toml"_s, {}},
        {u"frpx/frpc.credentials/other"_s, {}},
        {u"default/frpx-port-keeper"_s, {}},
        {u"frp/frps.toml"_s, "allowPorts = [ { single = 6000 } ]\n"_ba},
    };
    return std::all_of(std::begin(files), std::end(files), [&etc](const auto &file) {
        return writeFile(etc + u'/' + file.first, file.second);
    }) && showInPlaceOf(etc, u"/etc"_s);
}

/// The programs built here, and in place of what a test must not do: sudo that changes nothing, systemctl
/// that manages nothing, an editor that looks whether there is a file, a password manager, and Ollama's own
/// client, which asks for the list of models.
void TestE2eDocs::makePrograms() const
{
    const QString bin = m_scratch.filePath(u"bin/"_s);
    const std::pair<QString, QByteArray> programs[] = {
        {u"sudo"_s, "[ \"$1\" = -u ] && shift 2\nexec env \"$@\"\n"_ba},
        {u"systemctl"_s, "echo \"systemctl $*\"\n"_ba},
        {u"sudoedit"_s, "test -f \"$1\"\n"_ba},
        {u"pass"_s, "[ \"$*\" = 'show frpx' ] && echo 'secret of mine'\n"_ba},
        {u"ollama"_s, "[ \"$1\" = list ] && exec curl -fsS \"$OLLAMA_HOST/api/tags\"\n"_ba},
    };
    for (const auto &[name, text] : programs)
        QVERIFY(writeFile(bin + name, "#!/bin/sh\n" + text, true));
    QVERIFY(QFile::link(frpsProgram(), bin + u"frps"_s) && QFile::link(frpcProgram(), bin + u"frpc"_s));
}

void TestE2eDocs::init()
{
    m_ollama = std::make_unique<HttpService>("ollama"_ba);
    m_ollama->actAsOllama();
    QVERIFY(m_ollama->start(11434));
    beginAnew();
}

void TestE2eDocs::cleanup()
{
    stop({});
    m_ollama.reset();
    QDir::setCurrent(u"/"_s);
}

/// As if nothing had been run yet.
void TestE2eDocs::beginAnew()
{
    stop({});
    m_token.clear();
    QVERIFY(QDir(home()).removeRecursively() && QDir().mkpath(home()));
    QDir(u"/var/lib/frpx"_s).removeRecursively();
    QVERIFY(QDir().mkpath(u"/var/lib/frpx"_s) && QDir::setCurrent(home()));
    const PemPair api = m_ca.issue({.names = {"DNS:frps.example.org"_ba}});
    QVERIFY(writeFile(u"api.crt"_s, api.certificate) && writeFile(u"api.key"_s, api.key));
    QVERIFY(writeFile(u"ca.crt"_s, m_ca.certificate()) && writeFile(u"FILE"_s, "secret of mine\n"_ba));
    QVERIFY(
        writeFile(u"frps.toml"_s, {}) && writeFile(u"frpc.toml"_s, "serverAddr = \"my.server.org\"\n"_ba));
    QVERIFY(writeFile(u"db.json"_s, R"({"proxies":{"me.ssh":6001}})"_ba));
}

bool TestE2eDocs::isRunning(const QString &begin) const
{
    return std::any_of(m_running.begin(), m_running.end(),
        [&begin](const auto &program) { return program->command().startsWith(begin); });
}

/// All whose commands begin so.
void TestE2eDocs::stop(const QString &begin)
{
    std::erase_if(m_running, [&begin](const auto &program) {
        return program->command().startsWith(begin) && (program->terminate(), true);
    });
}

void TestE2eDocs::run(const QString &command, QLatin1String text)
{
    Typed typed;
    const QString variables = u"TOKEN='%1' CURL_CA_BUNDLE=ca.crt"_s.arg(m_token);
    QVERIFY(typed.start(command, home(), command.contains("$TOKEN"_L1) ? variables : QString()));
    const bool ended = typed.waitFor({});
    m_said = typed.screen();
    QVERIFY2(!m_said.contains(" default: "), m_said.constData()); // a warning of Qt's own
    QVERIFY2(ended && typed.code() == 0 && m_said.contains(text.latin1()), m_said.constData());
}

void TestE2eDocs::serve(const QString &command, QLatin1String text)
{
    auto typed = std::make_unique<Typed>();
    QVERIFY(typed->start(command, home()));
    QVERIFY2(typed->waitFor(text.latin1()) && !typed->code(), typed->screen().constData());
    m_running.push_back(std::move(typed));
}

/// Runs frps with other options, and waits until the clients are back.
void TestE2eDocs::restartServer(const QString &command)
{
    std::vector<std::pair<Typed *, qsizetype>> clients;
    for (const auto &program : m_running) {
        if (program->command().startsWith("frpc"_L1))
            clients.emplace_back(program.get(), program->screen().count(registered.latin1()));
    }
    stop(u"frps"_s);
    serve(command, listening);
    for (const auto &[client, before] : clients)
        QVERIFY2(client->waitFor(registered.latin1(), before + 1), client->screen().constData());
}

void TestE2eDocs::needAccount()
{
    run(u"frps user list"_s);
    if (!m_said.contains("me@example.org"))
        run(u"frps user add me@example.org"_s);
}

void TestE2eDocs::needServer(const QString &command)
{
    needAccount();
    if (!isRunning(u"frps"_s))
        serve(command, listening);
}

/// What the text around a command says, or what has happened before in a place that shows only a part.
void TestE2eDocs::prepare(const QString &command)
{
    const QLatin1String allow("frps --allow-ports 9000-9099");
    const How how = ruleFor(command)->how;
    if (command.startsWith("sudo -u frps"_L1)) { // the package has started it
        if (m_running.empty())
            serve(u"STATE_DIRECTORY=/var/lib/frpx frps"_s, listening);
    } else if (command.startsWith("frps port-keeper"_L1)) {
        stop(u"frps port-keeper"_s); // one at a time has the port
    } else if (command.startsWith("frps"_L1) && how == How::Serves) {
        if (command.contains("/etc/frpx/public."_L1) && !QFile::exists(u"/etc/frpx/public.key"_s))
            run(u"cd /etc/letsencrypt/live/my.server.org && "
                "install -o frps -m 600 fullchain.pem /etc/frpx/public.crt && "
                "install -o frps -m 600 privkey.pem /etc/frpx/public.key"_s);
        stop({});
    } else if (command.startsWith("frps user"_L1) || command.startsWith("frps token"_L1)) {
        if (!command.contains(" add "_L1))
            needAccount();
    } else if (command.contains("https://127.0.0.1:18081"_L1)) {
        needServer(u"frps --api-tls"_s);
    } else if (command.contains("127.0.0.1:8080/"_L1)) {
        if (!isRunning(u"frps port-keeper"_s))
            serve(u"frps port-keeper --listen 127.0.0.1:8080 --allow-ports 6000-7000"_s, keeping);
    } else if (command.contains("127.0.0.1:18081"_L1) || command.contains("frpc"_L1)
        || command.contains("--monitor"_L1)) {
        needServer();
    }
    if (command.contains("remote=90"_L1) && m_document.contains('`' + QByteArray(allow.latin1()) + '`'))
        restartServer(allow);
    if (command.contains("/home1"_L1) && !isRunning(u"frpc"_s))
        serve(u"frpc --client-id home1"_s, registered);
    if (command.startsWith("frpc reload"_L1))
        serve(u"frpc -c frpc.toml"_s, registered);
    if (command.contains("pass show"_L1)) {
        run(u"frpc trust --server-addr my.server.org"_s);
        stop(u"frpc"_s);
        stop(u"pass"_s);
    }
    if (command.contains("systemctl restart ollama"_L1))
        m_ollama->setChecksHost(false);
}

void TestE2eDocs::work(const QString &command)
{
    const Rule *rule = ruleFor(command);
    QVERIFY2(rule, "this is neither run nor listed");
    const bool needsRoot = command.contains("-o frps"_L1) || command.contains("--user frps"_L1);
    if (rule->how == How::NotHere || (needsRoot && !isRoot))
        return;
    prepare(command);
    if (QTest::currentTestFailed())
        return;
    if (rule->how == How::Once)
        return run(command, rule->text);
    serve(command, rule->text);
    if (rule->how == How::Stops)
        stop(command);
}

/// A configuration file: does the program that it is for take it?
void TestE2eDocs::tryConfiguration(const QByteArray &text)
{
    for (const auto &[part, reason] : blocksNotHere) {
        if (text.contains(part.latin1()))
            return;
    }
    const bool isIni = text.startsWith("[common]");
    const QString file = isIni ? u"block.ini"_s : u"block.toml"_s;
    QVERIFY(writeFile(file, text));
    if (text.contains("port-registrations")) // for a server of frp's: it names the ports to the port keeper
        return serve(u"frps port-keeper --listen 127.0.0.1:0 --frps-config "_s + file, keeping);
    const bool isOfClient =
        text.contains("serverAddr") || text.contains("server_addr") || text.contains("[[proxies]]");
    run(u"CREDENTIALS_DIRECTORY=/etc/frpx %1 -c %2 --check-config"_s.arg(
        isOfClient ? u"frpc"_s : u"frps"_s, file));
}

void TestE2eDocs::commandsWork_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("isOneStory"); // what stands further up has been run, too
    for (const auto *file : {"README.md", "docs/guides.md"})
        QTest::newRow(file) << QString::fromLatin1(file) << true;
    for (const auto *file :
        {"docs/install.md", "docs/operations.md", "docs/configuration.md", "docs/port-keeper.md"})
        QTest::newRow(file) << QString::fromLatin1(file) << false;
}

void TestE2eDocs::commandsWork()
{
    QFETCH(const QString, file);
    QFETCH(const bool, isOneStory);
    m_document = read(file);
    const QList<Block> blocks = blocksOf(QString::fromUtf8(m_document));
    QVERIFY(!blocks.isEmpty());
    for (const Block &block : blocks) {
        if (block.language.isEmpty() || block.language == "cpp"_L1)
            continue; // what programs print; what is in examples/ and built with the rest
        if (!isOneStory)
            beginAnew();
        const bool isShell = block.language == "sh"_L1;
        QVERIFY2(isShell || block.language == "toml"_L1 || block.language == "ini"_L1,
            qPrintable(u"%1:%2: what language is this?"_s.arg(file).arg(block.line)));
        if (!isShell)
            tryConfiguration(block.lines.join(u'\n').toUtf8() + '\n');
        for (const QString &command : isShell ? commandsOf(block) : QStringList()) {
            work(command);
            if (QTest::currentTestFailed())
                qWarning().noquote() << "The command is" << command;
            static const QRegularExpression token(u"^([0-9a-f]{64})\\s*$"_s);
            if (const auto made = token.match(QString::fromLatin1(m_said)); made.hasMatch())
                m_token = made.captured(1);
        }
        if (QTest::currentTestFailed())
            return (void)qWarning("The block is at %s:%d", qPrintable(file), block.line);
    }
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
    static const QRegularExpression fence(u"^ *```.*?^ *```"_s,
        QRegularExpression::MultilineOption | QRegularExpression::DotMatchesEverythingOption);
    static const QRegularExpression span(u"`(frp[sc] [^`]*--[^`]*)`"_s);
    const QString text = QString::fromUtf8(read(file)).remove(fence);
    QVERIFY(!text.isEmpty());
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
    needServer();
    serve(
        u"frpc --server-addr my.server.org --client-id study --health-check http --health-path /api/version "
        "--health-interval 1"_s,
        QLatin1String("the service refuses requests for my.server.org (403): "));
    Typed &server = *m_running.front();
    Typed &client = *m_running.back();
    run(u"[ $(curl -s -o /dev/null -w '%{http_code}' http://my.server.org:18080/) = 403 ]"_s);
    run(u"curl -s http://127.0.0.1:18081/api/clients/study | "
        "grep '\"health_warning\":\"the service refuses requests for my.server.org (403): '"_s);
    QVERIFY(m_said.contains("\"healthy\":true"));
    run(u"frps --monitor | grep '^study: the service refuses requests for my.server.org (403): '"_s);
    QVERIFY2(
        server.waitFor("Client study warns: the service refuses requests"_ba), server.screen().constData());

    m_ollama->setChecksHost(false); // somebody has set OLLAMA_HOST
    QVERIFY2(
        client.waitFor("accepts requests for the server's public name now"_ba), client.screen().constData());
    QVERIFY2(server.waitFor("Client study has nothing to warn of any more."_ba), server.screen().constData());
    run(u"! curl -s http://127.0.0.1:18081/api/clients/study | grep health_warning"_s);
    run(u"curl -s http://my.server.org:18080/ | grep 'Ollama is running'"_s);
}

namespace {

int testMain(int argc, char **argv)
{
    isRoot = ::geteuid() == 0;
    refusal = enterOwn(Namespace::Mounts); // while there is one thread
    if (refusal.isNull())
        refusal = enterOwn(Namespace::Network);
    QCoreApplication app(argc, argv);
    TestE2eDocs test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_e2e_docs", testMain);

#include "tst_e2e_docs.moc"
