// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"
#include "tests/support/framepeer.h"
#include "tests/support/namespaces.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QRegularExpression>
#include <QStandardPaths>

using namespace frpx::test;
using namespace Qt::StringLiterals;

constexpr int buildTimeoutMs = 200'000; // much of it is waiting for other builds

/// The libraries as others get them: installed into a prefix, and the examples built with them alone.
class TestE2eLibraries : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void installsHeadersThatNeedNothingOfOurs();
    void servesWithTheQuickStart();
    void blocksAndCountsByHooks();
    void buildsWithPkgConfig_data();
    void buildsWithPkgConfig();

private:
    static void run(const QString &program, const QStringList &arguments);
    QString example(const QString &name) const { return m_directory.filePath(u"build/%1/%1"_s.arg(name)); }
    static QString source(const QString &path) { return QStringLiteral(FRPX_TEST_SOURCE_DIR "/") + path; }
    QString prefix() const { return m_directory.filePath(u"prefix"_s); }
    static QStringList account() { return {u"alice"_s, u"secret"_s}; }
    /// A client with a tunnel from port 9931 to an echo service.
    bool start(FrpcProcess &client, quint16 controlPort) const;

    QTemporaryDir m_directory;
    EchoService m_service;
};

/// Fails the test, with all the program has said, if it ends with anything but 0.
void TestE2eLibraries::run(const QString &program, const QStringList &arguments)
{
    QByteArray output;
    QByteArray log;
    const int code = Process::run(program, arguments, {}, &output, &log, buildTimeoutMs);
    if (code != 0)
        qInfo().noquote() << program << arguments.join(u' ') << Qt::endl << output << log;
    QCOMPARE(code, 0);
}

void TestE2eLibraries::initTestCase()
{
    QVERIFY(m_service.start());
    if (qEnvironmentVariableIsEmpty("CCACHE_DIR")) // what is started gets a home of its own
        qputenv("CCACHE_DIR", (QDir::homePath() + u"/.cache/ccache"_s).toLocal8Bit());
    const QString cmake = QStringLiteral(FRPX_TEST_CMAKE);
    run(cmake,
        {u"--install"_s, QStringLiteral(FRPX_TEST_BUILD_DIR), u"--component"_s, u"libfrpx-dev"_s,
            u"--prefix"_s, prefix()});
    QStringList configure{u"-S"_s, source(u"examples"_s), u"-B"_s, m_directory.filePath(u"build"_s),
        u"-GNinja"_s, u"-DCMAKE_PREFIX_PATH="_s + prefix(), u"-DCMAKE_BUILD_TYPE=Debug"_s,
        u"-DCMAKE_CXX_COMPILER=" FRPX_TEST_COMPILER ""_s,
        u"-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror " FRPX_TEST_FLAGS ""_s};
    if (!QStandardPaths::findExecutable(u"ccache"_s).isEmpty())
        configure += u"-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"_s;
    run(cmake, configure);
    run(cmake, {u"--build"_s, m_directory.filePath(u"build"_s)});
}

bool TestE2eLibraries::start(FrpcProcess &client, quint16 controlPort) const
{
    const QString tunnel = u"ssh,local=127.0.0.1:%1,remote=9931"_s.arg(m_service.port());
    const auto proxyPort = static_cast<quint16>(controlPort + 1);
    return client.launch(controlPort, proxyPort, m_service.port(),
               {u"--email"_s, account().at(0), u"--password"_s, account().at(1), u"--only-tunnels"_s,
                   u"--tunnel"_s, tunnel})
        && client.waitForLog(u"is open on port 9931"_s);
}

void TestE2eLibraries::installsHeadersThatNeedNothingOfOurs()
{
    static const QRegularExpression other(
        u"^\\s*#include\\s+(\"|<(?!Frpx/|Q[a-zA-Z]+>|[a-z_]+>))"_s, QRegularExpression::MultilineOption);
    const QDir headers(prefix() + u"/include/Frpx"_s);
    const QStringList names = headers.entryList(QDir::Files);
    QVERIFY(names.contains(u"Server"_s) && names.contains(u"server.h"_s) && names.contains(u"version.h"_s));
    for (const QString &name : names) {
        QFile file(headers.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QRegularExpressionMatch match = other.match(QString::fromUtf8(file.readAll()));
        QVERIFY2(!match.hasMatch(), qPrintable(name + u": "_s + match.captured()));
        QVERIFY2(!name.endsWith(u".in"_s), qPrintable(name));
    }
}

void TestE2eLibraries::servesWithTheQuickStart()
{
    const quint16 port = freePorts(1).first();
    Process server;
    QVERIFY(server.start(example(u"quickstart-server"_s), account() << QString::number(port)));
    QVERIFY(server.waitForLog(u"ready"_s));
    const auto numbers = [port](quint16 more) {
        return QStringList{QString::number(port), QString::number(port + 1), QString::number(more)};
    };
    Process client;
    QVERIFY(client.start(
        example(u"ssh-client"_s), QStringList{u"127.0.0.1"_s} + account() + numbers(m_service.port())));
    QVERIFY(client.waitForLog(u"ssh is at 127.0.0.1:9931"_s));
    QVERIFY(server.waitForLog(u"ssh is open at port 9931"_s));
    FramePeer user(9931);
    user.sendRaw("hello");
    QCOMPARE(user.raw(5), "hello"_ba);

    QByteArray found;
    QByteArray log;
    const int code = Process::run(example(u"discovery"_s),
        QStringList{u"127.0.0.1"_s} + account() + numbers(0).first(1), {}, &found, &log);
    QVERIFY2(code == 0 && (found + log).contains("9931") && (found + log).contains("ssh login"),
        (found + log).constData());
}

void TestE2eLibraries::blocksAndCountsByHooks()
{
    const quint16 port = freePorts(1).first();
    Process server;
    QVERIFY(server.start(example(u"hook"_s), account() << u"forbidden"_s << QString::number(port)));
    QVERIFY(server.waitForLog(u"ready"_s));
    FrpcProcess client(u"a"_s);
    QVERIFY(start(client, port));
    {
        FramePeer good(9931);
        good.sendRaw("allowed");
        QCOMPARE(good.raw(7), "allowed"_ba);
        FramePeer bad(9931);
        bad.sendRaw("this is forbidden");
        QVERIFY(bad.isClosed());
        QVERIFY(bad.received().isEmpty());
    }
    QVERIFY(server.waitForLog(u"has sent 7 of 7 bytes in all"_s));
    QVERIFY(server.waitForLog(u"has sent 0 of 7 bytes in all"_s));
    QCOMPARE(client.terminate(), 0);
}

void TestE2eLibraries::buildsWithPkgConfig_data()
{
    QTest::addColumn<QString>("package");
    QTest::addColumn<QString>("program");
    QTest::newRow("server") << u"frpx-server"_s << u"quickstart-server"_s;
    QTest::newRow("client") << u"frpx-client"_s << u"ssh-client"_s;
}

void TestE2eLibraries::buildsWithPkgConfig()
{
    QFETCH(const QString, package);
    QFETCH(const QString, program);
    const QString libdir = prefix() + u"/" FRPX_TEST_LIBDIR ""_s;
    const QString built = m_directory.filePath(program);
    run(u"sh"_s,
        {u"-ec"_s,
            u"flags=$(PKG_CONFIG_PATH=\"$1/pkgconfig\" pkg-config --cflags --libs \"$2\"); "
            "exec " FRPX_TEST_COMPILER " -std=c++20 -fPIC " FRPX_TEST_FLAGS " \"$3\" -o \"$4\" $flags"_s,
            u"sh"_s, libdir, package, source(u"examples/%1/main.cpp"_s.arg(program)), built});
    QByteArray log;
    QCOMPARE(Process::run(built, {}, {}, nullptr, &log), 2);
    QVERIFY(log.contains("usage: " + program.toUtf8()));
}

namespace {

int testMain(int argc, char **argv)
{
    // The examples have ports of their own, which another run beside this one has as well. Where the system
    // allows no namespaces, only one can run at a time.
    if (const QString refusal = enterOwn(Namespace::Network); !refusal.isNull()) // while there is one thread
        qInfo().noquote() << refusal;
    QCoreApplication app(argc, argv);
    TestE2eLibraries test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_e2e_libraries", testMain);

#include "tst_e2e_libraries.moc"
