// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/reloadserver.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFileInfo>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QTest>

#include <future>

#include <sys/stat.h>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestReloadServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void givesEachFileItsPlace();
    void refusesASharedDirectory();
    void answers();
    void answersWithTheFaults();
    void answersLater();
    void answersWithWhatIsRefused();
    void ignoresOtherWords();
    void boundsConnections();
    void onlyOneListens();

private:
    /// requestReload() in another thread, as it blocks.
    static Result<QString> ask(const QString &path);

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestReloadServer::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(m_directory->path()));
}

Result<QString> TestReloadServer::ask(const QString &path)
{
    std::future<Result<QString>> answer =
        std::async(std::launch::async, [path] { return requestReload(path); });
    if (!QTest::qWaitFor(
            [&answer] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }))
        return Error{Errc::Timeout, u"The test waited in vain."_s};
    return answer.get();
}

void TestReloadServer::givesEachFileItsPlace()
{
    const Result<QString> one = reloadSocketPath(u"frpc"_s, u"/a/b.toml"_s);
    QVERIFY(one);
    QVERIFY(one->startsWith(m_directory->path()));
    QVERIFY(one->size() < 100); // sockets have short names
    QCOMPARE(*reloadSocketPath(u"frpc"_s, u"/a/b.toml"_s), *one);
    QVERIFY(*reloadSocketPath(u"frps"_s, u"/a/b.toml"_s) != *one);
    QVERIFY(*reloadSocketPath(u"frpc"_s, u"/a/c.toml"_s) != *one);
    const QFileInfo made(QFileInfo(*one).path());
    QCOMPARE(made.permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::ExeGroup | QFile::ExeOther),
        QFile::Permissions());
}

void TestReloadServer::refusesASharedDirectory()
{
    QVERIFY(reloadSocketPath(u"frpc"_s, u"/a"_s));
    ::chmod(QFile::encodeName(m_directory->filePath(u"frpx"_s)).constData(), 0777);
    QVERIFY(!reloadSocketPath(u"frpc"_s, u"/a"_s));
    QVERIFY(QDir(m_directory->filePath(u"frpx"_s)).removeRecursively());
    QVERIFY(QFile::link(u"/tmp"_s, m_directory->filePath(u"frpx"_s)));
    QVERIFY(!reloadSocketPath(u"frpc"_s, u"/a"_s));
}

void TestReloadServer::answers()
{
    int asked = 0;
    ReloadServer server([&asked]() -> Result<QString> { return u"Changed %1."_s.arg(++asked); });
    const QString path = *reloadSocketPath(u"frpc"_s, u"/a"_s);
    QVERIFY(server.listen(path));
    QCOMPARE(QFileInfo(path).permissions() & (QFile::WriteGroup | QFile::WriteOther), QFile::Permissions());
    for (int i = 1; i <= 20; ++i) { // more than may be connected at once
        const Result<QString> answer = ask(path);
        QVERIFY2(answer, qPrintable(answer ? QString() : answer.error().detail));
        QCOMPARE(*answer, u"Changed %1."_s.arg(i));
    }
    QCOMPARE(int(ask(path + u'x').error().code), int(Errc::NotFound));
}

void TestReloadServer::answersWithTheFaults()
{
    const QString faults = u"a.toml:1: one\na.toml:2: two"_s;
    ReloadServer server([&faults]() -> Result<QString> { return Error{Errc::BadConfig, faults}; });
    const QString path = *reloadSocketPath(u"frpc"_s, u"/a"_s);
    QVERIFY(server.listen(path));
    const Result<QString> answer = ask(path);
    QVERIFY(!answer);
    QCOMPARE(answer.error().detail, faults);
}

void TestReloadServer::answersLater()
{
    ReloadServer::Answer later;
    ReloadServer server([&later](const ReloadServer::Answer &answer) { later = answer; });
    const QString path = *reloadSocketPath(u"frpc"_s, u"/a"_s);
    QVERIFY(server.listen(path));
    std::future<Result<QString>> answer =
        std::async(std::launch::async, [path] { return requestReload(path); });
    const auto isReady = [&answer] {
        return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    QTRY_VERIFY(later);
    QVERIFY(!isReady());
    later(u"one\ntwo"_s);
    QTRY_VERIFY(isReady());
    const Result<QString> said = answer.get();
    QVERIFY(said);
    QCOMPARE(*said, u"one\ntwo"_s);
    later(u"again"_s); // nobody is there any more
}

void TestReloadServer::answersWithWhatIsRefused()
{
    const QString lines = u"Nothing has changed.\nTunnel 'a' is refused."_s + QString(30'000, u'x');
    ReloadServer server([&lines]() -> Result<QString> { return Error{Errc::Forbidden, lines}; });
    const QString path = *reloadSocketPath(u"frpc"_s, u"/a"_s);
    QVERIFY(server.listen(path));
    const Result<QString> answer = ask(path);
    QVERIFY(!answer);
    QCOMPARE(int(answer.error().code), int(Errc::Forbidden));
    QCOMPARE(answer.error().detail, lines);
}

void TestReloadServer::ignoresOtherWords()
{
    ReloadServer server([]() -> Result<QString> { qFatal("not asked to"); });
    const QString path = *reloadSocketPath(u"frpc"_s, u"/a"_s);
    QVERIFY(server.listen(path));
    QLocalSocket socket;
    socket.connectToServer(path);
    socket.write("GET / HTTP/1.1\r\n");
    QTRY_COMPARE(socket.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(socket.readAll(), QByteArray());
}

void TestReloadServer::boundsConnections()
{
    ReloadServer server([]() -> Result<QString> { return u"Yes."_s; });
    const QString path = *reloadSocketPath(u"frpc"_s, u"/a"_s);
    QVERIFY(server.listen(path));
    std::vector<std::unique_ptr<QLocalSocket>> silent;
    for (int i = 0; i < 12; ++i) {
        silent.push_back(std::make_unique<QLocalSocket>());
        silent.back()->connectToServer(path);
    }
    const auto open = [&silent] {
        return std::count_if(silent.begin(), silent.end(),
            [](const auto &socket) { return socket->state() == QLocalSocket::ConnectedState; });
    };
    QTRY_COMPARE(open(), 8);
    silent.clear();
    QTRY_VERIFY(ask(path));
}

void TestReloadServer::onlyOneListens()
{
    const QString path = *reloadSocketPath(u"frpc"_s, u"/a"_s);
    auto first = std::make_unique<ReloadServer>([]() -> Result<QString> { return u"first"_s; });
    QVERIFY(first->listen(path));
    ReloadServer second([]() -> Result<QString> { return u"second"_s; });
    const Result<void> refused = second.listen(path);
    QVERIFY(!refused);
    QCOMPARE(int(refused.error().code), int(Errc::AlreadyExists));
    QCOMPARE(*ask(path), u"first"_s);
    first.reset();
    QVERIFY(second.listen(path));
    QCOMPARE(*ask(path), u"second"_s);
}

const frpx::test::TestRegistration registration("tst_reloadserver", frpx::test::runTest<TestReloadServer>);

#include "tst_reloadserver.moc"
