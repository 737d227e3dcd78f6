// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/programs.h"
#include "tests/support/sockets.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMutex>
#include <QTest>

#include <atomic>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

/// `frps port-keeper` on a free loopback port with a database of its own.
class KeeperProcess : public Process
{
public:
    KeeperProcess()
        : m_port(freePorts(1).first())
    { }

    QString database() const { return directory() + u"/keeper.db"_s; }
    HttpClient http() const { return HttpClient(m_port); }
    QStringList arguments(const QStringList &more = {u"--allow-ports"_s, u"20000-29999"_s}) const
    {
        return QStringList{
                   u"port-keeper"_s, u"--listen"_s, u"127.0.0.1:%1"_s.arg(m_port), u"--db"_s, database()}
        + more;
    }
    /// Starts it (again, on the same port and database).
    bool start(const QStringList &more = {u"--allow-ports"_s, u"20000-29999"_s})
    {
        const qsizetype from = logSize();
        return Process::start(frpsProgram(), arguments(more))
            && waitForLog(u"Port keeper listening"_s, 10'000, from);
    }
    /// The same where no file may grow beyond \a blocks of 512 bytes.
    bool startWithLimit(int blocks)
    {
        const qsizetype from = logSize();
        const QString script = u"trap '' XFSZ; ulimit -f %1; exec \"$0\" \"$@\""_s.arg(blocks);
        return Process::start(u"/bin/sh"_s, QStringList{u"-c"_s, script, frpsProgram()} + arguments())
            && waitForLog(u"Port keeper listening"_s, 10'000, from);
    }

private:
    quint16 m_port;
};

QByteArray registration(const QByteArray &name, const QByteArray &type = "tcp", int wanted = 0)
{
    return R"({"version":"0.1.0","op":"NewProxy","content":{"user":{"user":"u","metas":null,"run_id":"1"},)"
           R"("proxy_name":"u.)"
        + name + R"(","proxy_type":")" + type + R"(","big":9007199254740993,"remote_port":)"
        + QByteArray::number(wanted) + "}}";
}

QJsonObject json(const HttpReply &reply)
{
    return QJsonDocument::fromJson(reply.body).object();
}

/// The port that \a name is given; 0 when it is refused, -1 when there is no such answer.
int registered(const HttpClient &http, const QByteArray &name, const QByteArray &type = "tcp", int wanted = 0)
{
    const HttpReply reply = http.post("/port-registrations?op=NewProxy", registration(name, type, wanted));
    if (!reply.isOk())
        return -1;
    const QJsonObject answer = json(reply);
    if (answer.value("reject"_L1).toBool())
        return answer.value("reject_reason"_L1).toString().isEmpty() ? -1 : 0;
    return answer.value("content"_L1).toObject().value("remote_port"_L1).toInt(-1);
}

} // namespace

/// The port keeper as frp servers and their operators use it.
class TestE2ePortKeeper : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void survivesKills();
    void worksInsideTheServer();
    void listsAndReleases();
    void answersBadInput();
    void rejectsWhenNothingIsLeft();
    void goesOnWhenTheDiskIsFull();
    void refusesADamagedDatabase();
    void refusesAReadOnlyDatabase_data();
    void refusesAReadOnlyDatabase();
    void takesPortsFromFrp();
    void importsOldLeases();
    void namesTheBadOption_data();
    void namesTheBadOption();
};

void TestE2ePortKeeper::survivesKills()
{
    constexpr int threads = 8;
    constexpr int perThread = 125;
    constexpr int total = threads * perThread;
    KeeperProcess keeper;
    QVERIFY(keeper.start());

    QMutex mutex;
    QHash<QByteArray, QList<int>> acknowledged;
    std::atomic<int> count = 0;
    std::atomic<bool> stop = false;
    std::vector<std::jthread> clients;
    for (int thread = 0; thread < threads; ++thread) {
        clients.emplace_back([&, thread] {
            for (int i = 0; i < perThread && !stop; ++i) {
                const QByteArray name = QByteArray::number(thread) + '-' + QByteArray::number(i);
                int port = -1;
                while (port < 1 && !stop) // killed meanwhile: again, as frp's clients do
                    port = registered(keeper.http(), name);
                const QMutexLocker locker(&mutex);
                acknowledged[name] += port;
                ++count;
            }
        });
    }
    bool inTime = true;
    for (const int when : {total / 10, total / 3, total * 3 / 4}) {
        inTime = inTime && QTest::qWaitFor([&] { return count >= when; }, 60'000);
        keeper.kill9();
        inTime = inTime && keeper.start();
        // Whoever has been answered has the same port still.
        QHash<QByteArray, QList<int>> before;
        {
            const QMutexLocker locker(&mutex);
            before = acknowledged;
        }
        for (auto it = before.cbegin(); it != before.cend(); ++it) {
            const int port = registered(keeper.http(), it.key());
            const QMutexLocker locker(&mutex);
            acknowledged[it.key()] += port;
        }
    }
    inTime = inTime && QTest::qWaitFor([&] { return count == total; }, 60'000);
    stop = true;
    clients.clear();
    QVERIFY(inTime);

    keeper.kill9();
    QVERIFY(keeper.start());
    QSet<int> ports;
    for (auto it = acknowledged.cbegin(); it != acknowledged.cend(); ++it) {
        const int port = registered(keeper.http(), it.key());
        QVERIFY(port >= 20'000 && port <= 29'999);
        QCOMPARE(it->count(port), it->size());
        QVERIFY2(!ports.contains(port), "given to two");
        ports += port;
    }
    QCOMPARE(ports.size(), total);
    QCOMPARE(
        json(keeper.http().get("/api/ports/leases")).value("data"_L1).toObject().value("total"_L1).toInt(),
        total);
    QCOMPARE(keeper.terminate(), 0);
}

void TestE2ePortKeeper::worksInsideTheServer()
{
    FrpsProcess frps;
    QVERIFY(frps.start({u"--allow-ports"_s, u"20000-20010"_s}));
    const HttpClient api(frps.apiPort());
    QCOMPARE(api.get("/ping").body, "pong"_ba);
    QCOMPARE(registered(api, "a"), 20'000);
    QCOMPARE(registered(api, "a", "udp"), 20'000);
    QCOMPARE(registered(api, "b", "tcp", 20'005), 20'005);
    const HttpReply reply = api.post("/port-registrations?op=NewProxy&version=0.1.0", registration("a"));
    QCOMPARE(reply.body,
        R"({"reject":false,"unchange":false,"content":{"user":{"user":"u","metas":null,"run_id":"1"},)"
        R"("proxy_name":"u.a","proxy_type":"tcp","big":9007199254740993,"remote_port":20000}})"_ba);
    frps.kill9();
    QVERIFY(frps.start({u"--allow-ports"_s, u"20000-20010"_s}));
    QCOMPARE(registered(api, "b"), 20'005);
    QCOMPARE(registered(api, "a"), 20'000);
    QVERIFY(!frps.api("/api/clients").isUndefined());
}

void TestE2ePortKeeper::listsAndReleases()
{
    KeeperProcess keeper;
    QVERIFY(keeper.start());
    const HttpClient http = keeper.http();
    for (const auto *name : {"a", "b", "c"})
        QVERIFY(registered(http, name) > 0);
    const auto page = [&http](const QByteArray &query) {
        return json(http.get("/api/ports/leases" + query)).value("data"_L1).toObject();
    };
    QCOMPARE(page({}).value("leases"_L1).toArray().size(), 3);
    QCOMPARE(page({}).value("next_after"_L1), QJsonValue(QJsonValue::Null));
    const QJsonObject first = page("?limit=2");
    QCOMPARE(first.value("leases"_L1).toArray().size(), 2);
    QCOMPARE(first.value("next_after"_L1).toInt(), 2);
    const QJsonObject last = page("?limit=2&after=2").value("leases"_L1).toArray().at(0).toObject();
    QCOMPARE(last.value("tunnel"_L1).toString(), u"u.c"_s);
    QCOMPARE(last.value("user"_L1).toString(), u"u"_s);
    QCOMPARE(last.value("protocol"_L1).toString(), u"tcp"_s);
    QCOMPARE(last.value("port"_L1).toInt(), 20'002);
    QCOMPARE(http.get("/api/ports/leases?limit=0").status, 400);
    QCOMPARE(http.get("/api/ports/leases?after=x").status, 400);

    QCOMPARE(http.send("DELETE", "/api/ports/leases/1").status, 200);
    QCOMPARE(http.send("DELETE", "/api/ports/leases/1").status, 404);
    QCOMPARE(http.send("DELETE", "/api/ports/leases/x").status, 404);
    keeper.kill9();
    QVERIFY(keeper.start());
    QCOMPARE(registered(http, "d"), 20'000);
    QCOMPARE(registered(http, "b"), 20'001);
}

void TestE2ePortKeeper::answersBadInput()
{
    KeeperProcess keeper;
    QVERIFY(keeper.start());
    const HttpClient http = keeper.http();
    QCOMPARE(registered(http, "a"), 20'000);
    const auto status = [&http](
                            const QByteArray &body) { return http.post("/port-registrations", body).status; };
    QCOMPARE(status("hello"), 400);
    QCOMPARE(status({}), 400);
    QCOMPARE(status(QByteArray(60'000, '[')), 400);
    QCOMPARE(status(QByteArray(10 * 1024 * 1024, ' ')), 413);
    QCOMPARE(status("{}"), 400);
    QCOMPARE(http.get("/port-registrations").status, 405);
    QCOMPARE(http.post("/ping", {}).status, 405);
    QCOMPARE(http.get("/api/clients").status, 404);
    QCOMPARE(registered(http, "\\u0000"), 0);
    QCOMPARE(registered(http, "\\ud800"), 0);
    QCOMPARE(registered(http, QByteArray(1000, 'x')), 0);
    QCOMPARE(registered(http, "a"), 20'000);
    QCOMPARE(registered(http, "b"), 20'001);
    QCOMPARE(keeper.terminate(), 0);
}

void TestE2ePortKeeper::rejectsWhenNothingIsLeft()
{
    KeeperProcess keeper;
    QVERIFY(keeper.start({u"--allow-ports"_s, u"20000-20001"_s}));
    QCOMPARE(registered(keeper.http(), "a"), 20'000);
    QCOMPARE(registered(keeper.http(), "b"), 20'001);
    QCOMPARE(registered(keeper.http(), "c"), 0);
    QCOMPARE(registered(keeper.http(), "c", "udp"), 20'000);
    QCOMPARE(registered(keeper.http(), "a"), 20'000);
}

void TestE2ePortKeeper::goesOnWhenTheDiskIsFull()
{
    KeeperProcess keeper;
    QVERIFY(keeper.start());
    QVERIFY(registered(keeper.http(), "first") > 0);
    QCOMPARE(keeper.terminate(), 0);
    QVERIFY(keeper.startWithLimit(600));
    QHash<QByteArray, int> ports;
    int port = 1;
    for (int i = 0; i < 500 && port > 0; ++i) {
        const QByteArray name = QByteArray::number(i);
        port = registered(keeper.http(), name);
        if (port > 0)
            ports.insert(name, port);
    }
    QCOMPARE(port, 0); // refused with a reason
    QVERIFY(!ports.isEmpty());
    QVERIFY(keeper.waitForLog(u"Cannot store port leases"_s));
    for (auto it = ports.cbegin(); it != ports.cend(); ++it)
        QCOMPARE(registered(keeper.http(), it.key()), it.value());
    keeper.kill9();
    QVERIFY(keeper.start());
    for (auto it = ports.cbegin(); it != ports.cend(); ++it)
        QCOMPARE(registered(keeper.http(), it.key()), it.value());
    QVERIFY(registered(keeper.http(), "more") > 0);
}

void TestE2ePortKeeper::refusesADamagedDatabase()
{
    KeeperProcess keeper;
    QVERIFY(keeper.start());
    for (int i = 0; i < 20; ++i)
        QVERIFY(registered(keeper.http(), QByteArray::number(i)) > 0);
    QCOMPARE(keeper.terminate(), 0);
    QFile file(keeper.database());
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray sound = file.readAll();
    QByteArray damaged = sound;
    damaged.replace(4096, damaged.size() - 4096, QByteArray(damaged.size() - 4096, '\xa5'));
    file.seek(0);
    file.write(damaged);
    file.close();
    QByteArray log;
    QCOMPARE(Process::run(frpsProgram(), keeper.arguments(), {}, nullptr, &log), 1);
    QVERIFY2(log.contains("damaged"), log.constData());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll() == damaged); // nothing was made worse
}

void TestE2ePortKeeper::refusesAReadOnlyDatabase_data()
{
    QTest::addColumn<int>("fileMode");
    QTest::addColumn<int>("directoryMode");
    QTest::newRow("file") << 0400 << 0700;
    QTest::newRow("file and directory") << 0400 << 0500;
}

void TestE2ePortKeeper::refusesAReadOnlyDatabase()
{
    QFETCH(const int, fileMode);
    QFETCH(const int, directoryMode);
    KeeperProcess keeper;
    // Nothing is read-only for root, who becomes nobody for this.
    const bool isRoot = ::geteuid() == 0;
    QByteArray log;
    const auto run = [&](const QStringList &arguments) {
        log.clear();
        return isRoot ? Process::run(u"setpriv"_s,
                   QStringList{u"--reuid=65534"_s, u"--regid=65534"_s, u"--clear-groups"_s, frpsProgram()}
                       + arguments,
                   {}, nullptr, &log)
                      : Process::run(frpsProgram(), arguments, {}, nullptr, &log);
    };
    if (run({u"--version"_s}) != 0)
        QSKIP("frps cannot be run as nobody here");
    QVERIFY(keeper.start());
    QVERIFY(registered(keeper.http(), "a") > 0);
    QCOMPARE(keeper.terminate(), 0);
    const QByteArray file = keeper.database().toUtf8();
    const QByteArray directory = keeper.directory().toUtf8();
    if (isRoot) {
        QCOMPARE(::chown(file.constData(), 65534, 65534), 0);
        QCOMPARE(::chown(directory.constData(), 65534, 65534), 0);
    }
    QCOMPARE(::chmod(file.constData(), static_cast<mode_t>(fileMode)), 0);
    QCOMPARE(::chmod(directory.constData(), static_cast<mode_t>(directoryMode)), 0);
    const int code = run(keeper.arguments());
    ::chmod(directory.constData(), 0700);
    ::chmod(file.constData(), 0600);
    QCOMPARE(code, 1);
    QVERIFY2(log.contains(file), log.constData());
    QVERIFY(keeper.start());
    QCOMPARE(registered(keeper.http(), "a"), 20'000);
}

void TestE2ePortKeeper::takesPortsFromFrp()
{
    KeeperProcess keeper;
    const QString path = keeper.directory() + u"/frps.toml"_s;
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("bindPort = 7000\nallowPorts = [ { start = 21000, end = 21001 }, { single = 21003 } ]\n");
    file.close();
    QVERIFY(keeper.start({u"--frps-config"_s, path}));
    QCOMPARE(registered(keeper.http(), "a"), 21'000);
    QCOMPARE(registered(keeper.http(), "b", "tcp", 21'003), 21'003);
    QCOMPARE(registered(keeper.http(), "c", "tcp", 21'002), 21'001);
    QCOMPARE(registered(keeper.http(), "d"), 0);
}

void TestE2ePortKeeper::importsOldLeases()
{
    KeeperProcess keeper;
    const QString path = keeper.directory() + u"/db.json"_s;
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"proxies":{"u.a":20005,"u.b":20000},"ports":{"20005":"u.a","20000":"u.b"}})");
    file.close();
    for (int round = 0; round < 2; ++round) {
        QByteArray output;
        QCOMPARE(Process::run(frpsProgram(), keeper.arguments({u"--import"_s, path}), {}, &output), 0);
        QVERIFY2(output.contains(round == 0 ? "Imported 2" : "Imported 0"), output.constData());
    }
    QVERIFY(keeper.start());
    QCOMPARE(registered(keeper.http(), "a"), 20'005);
    QCOMPARE(registered(keeper.http(), "new"), 20'001);
    QCOMPARE(registered(keeper.http(), "b", "udp"), 20'000);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"proxies":{"x.y":20001}})");
    file.close();
    QByteArray log;
    QCOMPARE(Process::run(frpsProgram(), keeper.arguments({u"--import"_s, path}), {}, nullptr, &log), 1);
    QVERIFY2(log.contains("u.new"), log.constData());
}

void TestE2ePortKeeper::namesTheBadOption_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("named");
    const QStringList ports{u"--allow-ports"_s, u"20000"_s};
    QTest::newRow("no ports") << QStringList() << "--allow-ports"_ba;
    QTest::newRow("empty ports") << QStringList{u"--allow-ports"_s, QString()} << "--allow-ports"_ba;
    QTest::newRow("bad ports") << QStringList{u"--allow-ports"_s, u"7-6"_s} << "7-6"_ba;
    QTest::newRow("both") << ports + QStringList{u"--frps-config"_s, u"x.toml"_s} << "--frps-config"_ba;
    QTest::newRow("no file") << QStringList{u"--frps-config"_s, u"/none.toml"_s} << "/none.toml"_ba;
    QTest::newRow("listen") << ports + QStringList{u"--listen"_s, u"8080"_s} << "--listen"_ba;
    QTest::newRow("listen on a name")
        << ports + QStringList{u"--listen"_s, u"localhost:1"_s} << "--listen"_ba;
    QTest::newRow("listen, no brackets") << ports + QStringList{u"--listen"_s, u"::1:80"_s} << "--listen"_ba;
    QTest::newRow("unknown") << ports + QStringList{u"--nonsense"_s} << "nonsense"_ba;
    QTest::newRow("word") << ports + QStringList{u"nonsense"_s} << "nonsense"_ba;
}

void TestE2ePortKeeper::namesTheBadOption()
{
    QFETCH(const QStringList, options);
    QFETCH(const QByteArray, named);
    QByteArray log;
    QCOMPARE(Process::run(frpsProgram(), QStringList{u"port-keeper"_s} + options, {}, nullptr, &log), 2);
    QVERIFY2(log.contains(named), log.constData());
}

const frpx::test::TestRegistration registration("tst_e2e_portkeeper", frpx::test::runTest<TestE2ePortKeeper>);

#include "tst_e2e_portkeeper.moc"
