// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privatefile.h"
#include "common/tls/certificate.h"
#include "tests/support/frames.h"
#include "tests/support/httpservice.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Secrets do not leave the programs, and privileges do.
class TestE2eHardening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsNoSecrets();
    void leavesNoCoreDump();
    void closesTheApiToOthers();
    void drawsTheLineBetweenTokens();
    void becomesAnotherUser();
    void followsNoLinksOfItsUser_data();
    void followsNoLinksOfItsUser();
    void readsNoFileOfRootsThatItsUserChooses_data();
    void readsNoFileOfRootsThatItsUserChooses();
    void managesAccountsAsTheOwner();
    void refusesToBecomeWhoItCannot_data();
    void refusesToBecomeWhoItCannot();
};

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString createToken(const FrpsProcess &frps, const QString &kind)
{
    QByteArray output;
    const int code = Process::run(
        frpsProgram(), {u"token"_s, u"create"_s, kind, u"--data-dir"_s, frps.dataDirectory()}, {}, &output);
    return code == 0 ? QString::fromLatin1(output.trimmed()) : QString();
}

int statusOf(const FrpsProcess &frps, const QByteArray &request)
{
    RawPeer peer(frps.apiPort());
    if (!peer.send(request + "Connection: close\r\n\r\n") || !peer.waitForClosed())
        return -1;
    return peer.received().mid(9, 3).toInt();
}

QByteArray asking(const QByteArray &line, const QString &token)
{
    return line + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token.toLatin1() + "\r\n";
}

/// Of a process and all of its threads: the values of a line of /proc/PID/status.
QList<QByteArray> statusLines(qint64 pid, const QByteArray &name)
{
    QList<QByteArray> values;
    const QString tasks = u"/proc/%1/task"_s.arg(pid);
    for (const QString &task : QDir(tasks).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        for (const QByteArray &line : contentOf(tasks + u'/' + task + u"/status"_s).split('\n')) {
            if (line.startsWith(name + ':'))
                values << line.sliced(name.size() + 1).simplified();
        }
    }
    return values;
}

} // namespace

void TestE2eHardening::showsNoSecrets()
{
    const QByteArray password = "pass-4f1c-distinctive"_ba;
    const QByteArray wrongPassword = "wrong-77ab-distinctive"_ba;
    const QByteArray wrongToken = QByteArray("5ec2e7").repeated(10) + "beef";
    FrpsProcess frps;
    const QStringList dataDirectory{u"--data-dir"_s, frps.dataDirectory()};
    QCOMPARE(Process::run(frpsProgram(),
                 QStringList{u"user"_s, u"add"_s, u"me@example.org"_s} + dataDirectory, password + '\n'),
        0);
    const QByteArray admin = createToken(frps, u"--admin"_s).toLatin1();
    QCOMPARE(admin.size(), 64);
    frps.setVariable(u"QT_LOGGING_RULES"_s, u"frpx.*=true"_s);
    QVERIFY(frps.start({u"--log-level"_s, u"debug"_s, u"--api-require-token"_s}));

    HttpService service{"hello"_ba};
    QVERIFY(service.start());
    FrpcProcess frpc(u"quiet"_s);
    frpc.setVariable(u"QT_LOGGING_RULES"_s, u"frpx.*=true"_s);
    QVERIFY(frpc.start(frps, service.port(),
        {u"--log-level"_s, u"debug"_s, u"--email"_s, u"me@example.org"_s, u"--password"_s,
            QString::fromLatin1(password)}));
    QVERIFY(frps.user().get("/"_ba).isOk());
    const QByteArray loginToken = contentOf(frpc.tokenFile());
    QVERIFY(loginToken.size() > 64);

    // Everything that can go wrong with a secret in it.
    for (const QByteArray &bytes :
        {frame(R"({"Login":{"email":"me@example.org","pass":")" + wrongPassword + R"("}})"),
            frame(R"({"LoginByToken":{"token":")" + wrongToken + R"("}})"),
            frame(R"({"Login":{"email":7,"pass":")" + wrongPassword + R"("}})"),
            frame(R"({"Login":{"pass":")" + wrongPassword + R"(")"),
            frame(R"({")" + wrongPassword + R"(":{}})")}) {
        RawPeer peer(frps.controlPort());
        QVERIFY(peer.send(bytes));
        peer.waitForClosed(1'500);
        QVERIFY(!peer.received().contains("distinctive"));
        QVERIFY(!peer.received().contains(wrongToken));
    }
    QByteArray answers;
    for (const QByteArray &path : {"/api/clients"_ba, "/api/monitoring"_ba, "/api/stats"_ba,
             "/api/connections"_ba, "/api/config"_ba, "/api/tunnels"_ba, "/api/services"_ba, "/api/users"_ba,
             "/api/tokens/active"_ba, "/api/ports/leases"_ba, "/nothing"_ba}) {
        for (const QByteArray &token : {admin, wrongToken}) {
            RawPeer peer(frps.apiPort());
            QVERIFY(peer.send("GET " + path
                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + token
                + "\r\n\r\n"));
            QVERIFY(peer.waitForClosed());
            answers += peer.received();
        }
    }
    QVERIFY(answers.contains("me@example.org"));

    // What administrators do, which has no way to put a secret on a command line.
    QByteArray said;
    for (const QStringList &arguments : {QStringList{u"token"_s, u"list"_s},
             QStringList{u"user"_s, u"list"_s}, QStringList{u"user"_s, u"show"_s, u"me@example.org"_s}}) {
        QByteArray output;
        QByteArray log;
        QCOMPARE(Process::run(frpsProgram(), arguments + dataDirectory, {}, &output, &log), 0);
        said += output + log;
    }
    QVERIFY(said.contains("me@example.org"));
    for (const QString &command : {u"add"_s, u"passwd"_s}) {
        QByteArray log;
        const QStringList arguments{
            u"user"_s, command, u"me@example.org"_s, u"--password"_s, QString::fromLatin1(wrongPassword)};
        QCOMPARE(Process::run(frpsProgram(), arguments + dataDirectory, {}, nullptr, &log), 2);
        said += log;
    }

    const QByteArray cmdline = contentOf(u"/proc/%1/cmdline"_s.arg(frpc.pid()));
    QVERIFY(cmdline.contains("--password"));
    const QByteArray serverCmdline = contentOf(u"/proc/%1/cmdline"_s.arg(frps.pid()));
    QVERIFY(serverCmdline.contains("--data-dir"));
    QByteArray stored;
    for (const QString &file : QDir(frps.dataDirectory()).entryList(QDir::Files))
        stored += contentOf(frps.dataDirectory() + u'/' + file);
    QVERIFY(stored.contains("me@example.org"));
    QCOMPARE(frpc.terminate(), 0);
    QCOMPARE(frps.terminate(), 0);

    const QByteArray loginDigits = [&loginToken] {
        for (qsizetype i = 0; i + 64 <= loginToken.size(); ++i) {
            const QByteArray part = loginToken.sliced(i, 64);
            if (QByteArray::fromHex(part).toHex() == part)
                return part;
        }
        return QByteArray();
    }();
    QVERIFY(!loginDigits.isEmpty());
    const std::pair<const char *, QByteArray> places[] = {{"the log of frps", frps.log()},
        {"the output of frps", frps.output()}, {"the log of frpc", frpc.log()},
        {"the output of frpc", frpc.output()}, {"the API", answers}, {"the command line of frpc", cmdline},
        {"the command line of frps", serverCmdline}, {"what frps user and frps token say", said},
        {"the database", stored}};
    QVERIFY(frps.log().contains("DEBUG") || frps.log().contains("debug"));
    for (const auto &[place, bytes] : places) {
        for (const QByteArray &secret : {password, wrongPassword, wrongToken, admin, loginDigits})
            QVERIFY2(!bytes.contains(secret), place);
    }
}

void TestE2eHardening::leavesNoCoreDump()
{
    FrpsProcess frps;
    frps.setVariable(u"FRPX_DEBUGGABLE"_s, {});
    QVERIFY(frps.start());
    const QByteArray limits = contentOf(u"/proc/%1/limits"_s.arg(frps.pid())).simplified();
    QVERIFY2(limits.contains("Max core file size 0 0 bytes"), limits.constData());
    QCOMPARE(frps.terminate(), 0);
}

void TestE2eHardening::closesTheApiToOthers()
{
    FrpsProcess frps;
    const QStringList everywhere{u"--api-listen"_s, u"0.0.0.0"_s};
    QVERIFY(frps.Process::start(frpsProgram(), frps.arguments() + everywhere));
    QCOMPARE(frps.waitForExit(), 1);
    QVERIFY2(frps.log().contains("frps token create --admin"), frps.log().constData());
    QVERIFY(!createToken(frps, u"--read-only"_s).isEmpty());
    QVERIFY(frps.Process::start(frpsProgram(), frps.arguments() + everywhere));
    QCOMPARE(frps.waitForExit(), 1); // that is not enough
    const QString admin = createToken(frps, u"--admin"_s);
    QVERIFY(frps.start(everywhere));
    QCOMPARE(statusOf(frps, "GET /api/clients HTTP/1.1\r\nHost: 127.0.0.1\r\n"), 401);
    QCOMPARE(statusOf(frps, "GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n"), 200);
    QCOMPARE(statusOf(frps, asking("GET /api/clients", admin)), 200);
    QCOMPARE(statusOf(frps, "POST /port-registrations HTTP/1.1\r\nHost: 127.0.0.1\r\n"), 400);

    // --monitor shows it, from the environment or a file.
    const QStringList monitor{u"--monitor"_s, u"--api-port"_s, QString::number(frps.apiPort())};
    QByteArray complaint;
    QCOMPARE(Process::run(frpsProgram(), monitor, {}, nullptr, &complaint), 1);
    QVERIFY2(complaint.contains("needs a token"), complaint.constData());
    QFile file(frps.directory() + u"/api-token"_s);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(admin.toLatin1() + '\n') > 0);
    file.close();
    QByteArray table;
    QCOMPARE(Process::run(
                 frpsProgram(), monitor + QStringList{u"--api-token-file"_s, file.fileName()}, {}, &table),
        0);
    QVERIFY(table.contains("No clients"));
    QCOMPARE(frps.terminate(), 0);
}

void TestE2eHardening::drawsTheLineBetweenTokens()
{
    FrpsProcess frps;
    QVERIFY(frps.start({u"--api-require-token"_s, u"--api-allow-host"_s, u"frps.example.org"_s}));
    const QString reader = createToken(frps, u"--read-only"_s);
    const QString admin = createToken(frps, u"--admin"_s); // while it runs
    QTRY_COMPARE(statusOf(frps, asking("GET /api/clients", admin)), 200);
    QCOMPARE(statusOf(frps, asking("GET /api/clients", reader)), 200);
    QCOMPARE(statusOf(frps, asking("DELETE /api/clients/nobody", reader)), 403);
    QCOMPARE(statusOf(frps, asking("DELETE /api/clients/nobody", admin)), 404);
    QCOMPARE(statusOf(frps, asking("DELETE /api/clients/nobody", admin) + "Origin: https://evil.example\r\n"),
        403);
    QCOMPARE(statusOf(frps,
                 "GET /api/clients HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer "
                     + admin.toLatin1() + "\r\n"),
        403);
    QCOMPARE(statusOf(frps, "GET /api/health HTTP/1.1\r\nHost: FRPS.example.org:18081\r\n"), 200);
    // What a frp server makes of addr = "http://frp:TOKEN@127.0.0.1:18081".
    const QByteArray basic = ("frp:" + admin.toLatin1()).toBase64();
    const QByteArray registration = R"({"op":"Login","content":{}})";
    RawPeer plugin(frps.apiPort());
    QVERIFY(
        plugin.send("POST /port-registrations?op=Login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                    "Authorization: Basic "
            + basic + "\r\nContent-Length: " + QByteArray::number(registration.size()) + "\r\n\r\n"
            + registration));
    QVERIFY(plugin.waitForClosed());
    QVERIFY2(plugin.received().startsWith("HTTP/1.1 200 "), plugin.received().constData());
    QCOMPARE(Process::run(frpsProgram(),
                 {u"token"_s, u"revoke"_s, admin.left(16), u"--data-dir"_s, frps.dataDirectory()}, {}),
        0);
    QTRY_COMPARE(statusOf(frps, asking("GET /api/clients", admin)), 401);
    QCOMPARE(frps.terminate(), 0);
}

void TestE2eHardening::becomesAnotherUser()
{
    if (::geteuid() != 0)
        QSKIP("only root can become somebody else");
    FrpsProcess frps;
    frps.setVariable(u"FRPX_DEBUGGABLE"_s, {});
    QVERIFY(QFile::setPermissions(frps.directory(),
        QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther));
    const quint16 low = freeLowPort();
    QVERIFY(low > 0);
    QVERIFY(frps.Process::start(frpsProgram(),
        frps.arguments() + QStringList{u"--user"_s, u"nobody"_s, u"--public-port"_s, QString::number(low)}));
    QVERIFY(frps.waitForLog(u"Running as nobody"_s));

    const QList<QByteArray> users = statusLines(frps.pid(), "Uid"_ba);
    QVERIFY(users.size() > 1); // all threads
    for (const QByteArray &line : users) {
        const QList<QByteArray> ids = line.split(' ');
        QCOMPARE(ids.count(ids.first()), 4);
        QVERIFY(ids.first() != "0"_ba);
    }
    for (const QByteArray &line : statusLines(frps.pid(), "Gid"_ba))
        QVERIFY(!line.split(' ').contains("0"_ba));
    for (const QByteArray &line : statusLines(frps.pid(), "Groups"_ba))
        QVERIFY2(line.split(' ').size() == 1 && line != "0"_ba, line.constData());
    for (const QByteArray &line : statusLines(frps.pid(), "CapEff"_ba))
        QCOMPARE(line.toULongLong(nullptr, 16), 0ULL);
    for (const QByteArray &line : statusLines(frps.pid(), "NoNewPrivs"_ba))
        QCOMPARE(line, "1"_ba);
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(u"/proc/%1/maps"_s.arg(frps.pid())).constData(), &status), 0);
    QCOMPARE(status.st_uid, 0U); // closed to other processes of nobody's
    const QDir data(frps.dataDirectory());
    for (const QString &file : data.entryList(QDir::Files)) {
        QCOMPARE(::stat(QFile::encodeName(data.filePath(file)).constData(), &status), 0);
        QVERIFY2(status.st_uid != 0, qPrintable(file));
    }

    // It works: the login stores a token, and the low port is served.
    HttpService service{"hello"_ba};
    QVERIFY(service.start());
    FrpcProcess frpc(u"client"_s);
    QVERIFY(frpc.start(frps, service.port()));
    QVERIFY(HttpClient(low).get("/"_ba).isOk());
    QCOMPARE(frpc.terminate(), 0);
    QCOMPARE(frps.terminate(), 0);
}

void TestE2eHardening::followsNoLinksOfItsUser_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isThere");
    for (const QString &name : {u"frpx.db"_s, u"frpx.db-wal"_s, u"frpx.db-shm"_s, u"tls-key.pem"_s,
             u"tls-cert.pem"_s, u"tls.lock"_s}) {
        for (const bool isThere : {false, true})
            QTest::addRow("%s, %s", qPrintable(name), isThere ? "to a file" : "to nothing")
                << name << isThere;
    }
}

/// The account of --user has put a link to a file of root's into the data directory.
void TestE2eHardening::followsNoLinksOfItsUser()
{
    if (::geteuid() != 0)
        QSKIP("only root can become somebody else");
    QFETCH(const QString, name);
    QFETCH(const bool, isThere);
    const passwd *nobody = ::getpwnam("nobody"); // NOLINT(concurrency-mt-unsafe): there are no threads here
    QVERIFY(nobody);
    constexpr auto reachable = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup
        | QFile::ExeOther | QFile::ReadGroup | QFile::ReadOther;
    const QTemporaryDir roots;
    QVERIFY(QFile::setPermissions(roots.path(), reachable));
    const QString victim = roots.filePath(u"victim"_s);
    const auto statusOfVictim = [&victim] {
        struct stat status = {};
        return ::lstat(QFile::encodeName(victim).constData(), &status) == 0
            ? u"%1 %2 %3"_s.arg(status.st_mode).arg(status.st_uid).arg(status.st_size)
            : u"none"_s;
    };
    if (isThere) {
        QFile file(victim);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("root only\n") > 0);
        QVERIFY(
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther));
    }
    const QString before = statusOfVictim();

    FrpsProcess frps;
    QVERIFY(QFile::setPermissions(frps.directory(), reachable));
    QVERIFY(QDir().mkdir(frps.dataDirectory()));
    const QByteArray link = QFile::encodeName(frps.dataDirectory() + u'/' + name);
    QVERIFY(QFile::link(victim, QFile::decodeName(link)));
    QCOMPARE(::lchown(link.constData(), nobody->pw_uid, nobody->pw_gid), 0);
    QCOMPARE(::chown(QFile::encodeName(frps.dataDirectory()).constData(), nobody->pw_uid, nobody->pw_gid), 0);
    QVERIFY(frps.Process::start(frpsProgram(), frps.arguments() + QStringList{u"--user"_s, u"nobody"_s}));
    // It works in spite of that, or says what is wrong.
    if (frps.waitForLog(u"Running as nobody"_s))
        QCOMPARE(frps.terminate(), 0);
    else
        QCOMPARE(frps.waitForExit(), 1);
    QCOMPARE(statusOfVictim(), before);
    QCOMPARE(contentOf(victim), isThere ? "root only\n"_ba : QByteArray());
    QVERIFY(QDir(roots.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size()
        == (isThere ? 1 : 0));
}

void TestE2eHardening::readsNoFileOfRootsThatItsUserChooses_data()
{
    QTest::addColumn<QString>("option");
    QTest::addColumn<bool>("isChosen");
    for (const QString &option : {u"--tls"_s, u"--public-tls"_s, u"--api-tls"_s}) {
        QTest::addRow("%s, named by root", qPrintable(option)) << option << false;
        QTest::addRow("%s, by a link of the user's", qPrintable(option)) << option << true;
    }
}

/// The configuration names a key of root's, or a place in a directory of the account of --user.
void TestE2eHardening::readsNoFileOfRootsThatItsUserChooses()
{
    if (::geteuid() != 0)
        QSKIP("only root can become somebody else");
    QFETCH(const QString, option);
    QFETCH(const bool, isChosen);
    const passwd *nobody = ::getpwnam("nobody"); // NOLINT(concurrency-mt-unsafe): there are no threads here
    QVERIFY(nobody);
    const QTemporaryDir roots; // nobody else may even enter it
    const QTemporaryDir accounts;
    const Result<TlsIdentity> made = makeSelfSigned({u"localhost"_s}, QDateTime::currentDateTimeUtc());
    QVERIFY(made);
    QVERIFY(writePrivateFile(roots.filePath(u"key.pem"_s), made->keyPem));
    QVERIFY(writePrivateFile(roots.filePath(u"cert.pem"_s), made->certificatePem));
    for (const QString &name : {u"key.pem"_s, u"cert.pem"_s}) {
        const QByteArray link = QFile::encodeName(accounts.filePath(name));
        QVERIFY(QFile::link(roots.filePath(name), QFile::decodeName(link)));
        QCOMPARE(::lchown(link.constData(), nobody->pw_uid, nobody->pw_gid), 0);
    }
    QCOMPARE(::chown(QFile::encodeName(accounts.path()).constData(), nobody->pw_uid, nobody->pw_gid), 0);

    FrpsProcess frps;
    QVERIFY(QFile::setPermissions(frps.directory(),
        QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther));
    const QTemporaryDir &named = isChosen ? accounts : roots;
    QStringList arguments = frps.arguments()
        + QStringList{u"--user"_s, u"nobody"_s, option + u"-cert"_s, named.filePath(u"cert.pem"_s),
            option + u"-key"_s, named.filePath(u"key.pem"_s)};
    if (option == u"--api-tls"_s)
        arguments << option;
    QVERIFY(frps.Process::start(frpsProgram(), arguments));
    if (isChosen) {
        QCOMPARE(frps.waitForExit(), 1);
        QVERIFY2(frps.log().contains("Permission denied"), frps.log().constData());
    } else {
        QVERIFY2(frps.waitForLog(u"Running as nobody"_s), frps.log().constData());
        QCOMPARE(frps.terminate(), 0);
    }
}

/// frps user add by root, in a data directory that is another account's.
void TestE2eHardening::managesAccountsAsTheOwner()
{
    if (::geteuid() != 0)
        QSKIP("only root can be somebody else");
    const passwd *nobody = ::getpwnam("nobody"); // NOLINT(concurrency-mt-unsafe): there are no threads here
    QVERIFY(nobody);
    const QTemporaryDir directory;
    QVERIFY(QFile::setPermissions(directory.path(),
        QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther));
    const QString data = directory.filePath(u"data"_s);
    QVERIFY(QDir().mkdir(data));
    QCOMPARE(::chown(QFile::encodeName(data).constData(), nobody->pw_uid, nobody->pw_gid), 0);
    QFile secret(directory.filePath(u"secret"_s)); // root's alone
    QVERIFY(secret.open(QIODevice::WriteOnly) && secret.write("correct horse\n") > 0);
    secret.close();
    QVERIFY(secret.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    const QStringList add{u"user"_s, u"add"_s, u"me@example.org"_s, u"--data-dir"_s, data,
        u"--password-file"_s, secret.fileName()};
    QByteArray log;
    const int code = Process::run(frpsProgram(), add, {}, nullptr, &log);
    QVERIFY2(code == 0, log.constData());
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(data + u"/frpx.db"_s).constData(), &status), 0);
    QCOMPARE(status.st_uid, nobody->pw_uid);

    const QString victim = directory.filePath(u"victim"_s);
    QVERIFY(QFile::remove(data + u"/frpx.db"_s));
    QVERIFY(QFile::link(victim, data + u"/frpx.db"_s));
    QCOMPARE(Process::run(frpsProgram(), add, {}), 1);
    QVERIFY(!QFile::exists(victim));
}

void TestE2eHardening::refusesToBecomeWhoItCannot_data()
{
    QTest::addColumn<QString>("user");
    QTest::newRow("nobody there") << u"no-such-user"_s;
    QTest::newRow("root") << u"root"_s;
}

void TestE2eHardening::refusesToBecomeWhoItCannot()
{
    QFETCH(const QString, user);
    FrpsProcess frps;
    QVERIFY(frps.Process::start(frpsProgram(), frps.arguments() + QStringList{u"--user"_s, user}));
    QCOMPARE(frps.waitForExit(), 1);
    QVERIFY2(frps.log().contains(user.toLatin1()), frps.log().constData());
}

const frpx::test::TestRegistration registration("tst_e2e_hardening", frpx::test::runTest<TestE2eHardening>);

#include "tst_e2e_hardening.moc"
