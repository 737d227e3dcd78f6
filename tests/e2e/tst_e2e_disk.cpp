// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/namespaces.h"
#include "tests/support/originalclient.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>
#include <QJsonDocument>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 diskSize = qint64(2) * 1024 * 1024;
const QString alice = u"alice@example.com"_s;
const QByteArray secret = "correct horse battery"_ba;
QString refusal; ///< why there are no file systems of our own

} // namespace

/// Accounts, tokens and leases on a disk that is full, or can only be read: what was acknowledged is there,
/// what cannot be is refused, and what was refused works again when there is space.
class TestE2eDisk : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void changesNothingOnAFullDisk();
    void goesOnWithAFullDisk();
    void losesNothingWhenKilledOnAFullDisk();
    void startsOnADiskThatTakesNothing_data();
    void startsOnADiskThatTakesNothing();

private:
    static int frps(const FrpsProcess &server, const QStringList &arguments, const QByteArray &input = {},
        QByteArray *output = nullptr, QByteArray *log = nullptr)
    {
        return Process::run(frpsProgram(), arguments + QStringList{u"--data-dir"_s, server.dataDirectory()},
            input, output, log);
    }
    static int add(const FrpsProcess &server, const QString &email, QByteArray *log = nullptr)
    {
        return frps(server, {u"user"_s, u"add"_s, email}, secret + '\n', nullptr, log);
    }
    static QByteArrayList usersOf(const FrpsProcess &server)
    {
        QByteArray listed;
        return frps(server, {u"user"_s, u"list"_s}, {}, &listed) == 0 ? listed.trimmed().split('\n')
                                                                      : QByteArrayList();
    }
    static QStringList account()
    {
        return {u"--email"_s, alice, u"--password"_s, QString::fromLatin1(secret)};
    }
    /// Changes of all kinds until each has been refused once, as happens soon on a full disk.
    void changeUntilRefused(const FrpsProcess &server);
    void expectWhatWasAcknowledged(const FrpsProcess &server) const;

    QByteArrayList m_users; ///< acknowledged, like the next two
    QStringList m_tokens;
    QHash<QString, int> m_leases;
    QByteArray m_userRefusal;
    QString m_loginRefusal;
};

namespace {

/// The port that the server gives to \a name; 0 if it gives none.
int leasedPort(const FrpsProcess &frps, const QString &name)
{
    const QByteArray body =
        R"({"version":"0.1.0","op":"NewProxy","content":{"user":{"user":"u","metas":null,"run_id":"1"},)"
        R"("proxy_name":"u.)"
        + name.toUtf8() + R"(","proxy_type":"tcp","remote_port":0}})";
    const HttpReply reply = HttpClient(frps.apiPort()).post("/port-registrations?op=NewProxy", body);
    const QJsonObject answer = QJsonDocument::fromJson(reply.body).object();
    return reply.isOk() && !answer.value("reject"_L1).toBool()
        ? answer.value("content"_L1).toObject().value("remote_port"_L1).toInt()
        : 0;
}

const QStringList ports{u"--allow-ports"_s, u"33000-39999"_s};

} // namespace

void TestE2eDisk::initTestCase()
{
    if (!refusal.isNull())
        QSKIP(qPrintable(refusal));
}

void TestE2eDisk::changeUntilRefused(const FrpsProcess &server)
{
    static int number = 0; // no name comes twice
    constexpr int enough = 200; // the journal may have some room left
    OriginalClient client(server.controlPort(), server.proxyPort());
    bool refused = false;
    for (int i = 0; i < enough && !refused; ++i) {
        refused = !client.login(alice, QString::fromLatin1(secret));
        if (refused)
            m_loginRefusal = client.error();
        else
            m_tokens << client.token();
        client.close();
    }
    QVERIFY(refused);
    refused = false;
    for (int i = 0; i < enough && !refused; ++i) {
        const QString name = u"lease%1"_s.arg(++number);
        const int port = leasedPort(server, name);
        refused = port == 0;
        if (!refused)
            m_leases.insert(name, port);
    }
    QVERIFY(refused);
    refused = false;
    for (int i = 0; i < enough && !refused; ++i) {
        const QString email = u"user%1@example.com"_s.arg(++number);
        refused = add(server, email, &m_userRefusal) != 0;
        if (!refused)
            m_users << email.toUtf8();
    }
    QVERIFY(refused);
}

void TestE2eDisk::expectWhatWasAcknowledged(const FrpsProcess &server) const
{
    QByteArrayList users = usersOf(server);
    QByteArrayList expected = m_users;
    std::sort(users.begin(), users.end());
    std::sort(expected.begin(), expected.end());
    QCOMPARE(users, expected);
    for (auto lease = m_leases.cbegin(); lease != m_leases.cend(); ++lease)
        QCOMPARE(leasedPort(server, lease.key()), lease.value());
    for (const QString &token : m_tokens) {
        OriginalClient client(server.controlPort(), server.proxyPort());
        QVERIFY2(client.loginByToken(token), qPrintable(client.error()));
    }
}

/// The command alone; no server runs.
void TestE2eDisk::changesNothingOnAFullDisk()
{
    FrpsProcess server;
    SmallDisk disk(server.dataDirectory(), diskSize);
    QVERIFY(disk.isMounted());
    QCOMPARE(add(server, alice), 0);
    QVERIFY(disk.fill());
    QByteArray log;
    QCOMPARE(add(server, u"bob@example.com"_s, &log), 1);
    QVERIFY2(log.contains("the disk is full"), log.constData());
    QCOMPARE(frps(server, {u"user"_s, u"disable"_s, alice}, {}, nullptr, &log), 1);
    QVERIFY2(log.contains("the disk is full"), log.constData());
    QVERIFY(disk.free());
    QCOMPARE(usersOf(server), QByteArrayList{alice.toUtf8()});
    QCOMPARE(add(server, u"bob@example.com"_s), 0);
    QCOMPARE(usersOf(server).size(), 2);
}

void TestE2eDisk::goesOnWithAFullDisk()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess server;
    SmallDisk disk(server.dataDirectory(), diskSize);
    QVERIFY(disk.isMounted());
    m_users = {alice.toUtf8()};
    m_tokens.clear();
    m_leases.clear();
    QCOMPARE(add(server, alice), 0);
    QVERIFY(server.start(ports));
    FrpcProcess frpc(u"client"_s);
    QVERIFY(frpc.start(server, service.port(), account()));

    QVERIFY(disk.fill());
    changeUntilRefused(server);
    QCOMPARE(m_loginRefusal, u"The server cannot check accounts right now"_s);
    QVERIFY2(m_userRefusal.contains("the disk is full"), m_userRefusal.constData());
    QVERIFY2(server.log().contains("Cannot check accounts") && server.log().contains("the disk is full"),
        server.log().constData());
    // Who is connected stays, users are served, and known tokens and ports are good.
    QVERIFY(server.user().get("/"_ba).isOk());
    QCOMPARE(server.activeClients(), 1);
    QCOMPARE(frpc.terminate(), 0);
    QVERIFY(frpc.launch(server.controlPort(), server.proxyPort(), service.port(), {})); // by its token
    QVERIFY(frpc.waitForRegistrations(2));
    QVERIFY(server.user().get("/"_ba).isOk());
    expectWhatWasAcknowledged(server);

    // By itself, when there is space again.
    QVERIFY(disk.free());
    OriginalClient client(server.controlPort(), server.proxyPort());
    QVERIFY2(client.login(alice, QString::fromLatin1(secret)), qPrintable(client.error()));
    m_tokens << client.token();
    const int port = leasedPort(server, u"afterwards"_s);
    QVERIFY(port > 0);
    m_leases.insert(u"afterwards"_s, port);
    QCOMPARE(add(server, u"afterwards@example.com"_s), 0);
    m_users << "afterwards@example.com"_ba;
    expectWhatWasAcknowledged(server);
    QVERIFY(server.waitForLog(u"Accounts can be checked again"_s));

    QCOMPARE(server.terminate(), 0);
    QVERIFY(server.start(ports)); // which looks whether the database is whole
    expectWhatWasAcknowledged(server);
}

void TestE2eDisk::losesNothingWhenKilledOnAFullDisk()
{
    FrpsProcess server;
    SmallDisk disk(server.dataDirectory(), diskSize);
    QVERIFY(disk.isMounted());
    m_users = {alice.toUtf8()};
    m_tokens.clear();
    m_leases.clear();
    QCOMPARE(add(server, alice), 0);
    for (int round = 0; round < 3; ++round) {
        QVERIFY(server.start(ports));
        expectWhatWasAcknowledged(server);
        QVERIFY(disk.fill());
        changeUntilRefused(server);
        server.kill9();
        QVERIFY(disk.free());
    }
    QVERIFY(server.start(ports));
    expectWhatWasAcknowledged(server);
}

void TestE2eDisk::startsOnADiskThatTakesNothing_data()
{
    QTest::addColumn<bool>("readOnly");
    QTest::addColumn<bool>("killed"); // changes wait in the journal
    QTest::newRow("full") << false << false;
    QTest::newRow("full, after a kill") << false << true;
    QTest::newRow("read-only") << true << false;
    QTest::newRow("read-only, after a kill") << true << true;
}

void TestE2eDisk::startsOnADiskThatTakesNothing()
{
    QFETCH(bool, readOnly);
    QFETCH(bool, killed);
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess server;
    SmallDisk disk(server.dataDirectory(), diskSize);
    QVERIFY(disk.isMounted());
    QCOMPARE(add(server, alice), 0);
    m_users = {alice.toUtf8()};
    m_tokens.clear();
    m_leases.clear();
    QVERIFY(server.start(ports));
    FrpcProcess frpc(u"client"_s);
    QVERIFY(frpc.start(server, service.port(), account()));
    OriginalClient known(server.controlPort(), server.proxyPort());
    QVERIFY(known.login(alice, QString::fromLatin1(secret)));
    m_tokens << known.token();
    m_leases.insert(u"known"_s, leasedPort(server, u"known"_s));
    known.close();
    if (killed)
        server.kill9();
    else
        QCOMPARE(server.terminate(), 0);
    QVERIFY(readOnly ? disk.setReadOnly(true) : disk.fill());

    // It serves what it can, and says what it cannot.
    QVERIFY2(server.start(ports), server.log().constData());
    const QByteArray why = readOnly ? "the disk is read-only"_ba : "the disk is full"_ba;
    QVERIFY2(server.log().contains(why), server.log().constData());
    QVERIFY2(server.log().contains("Logins by token work"), server.log().constData());
    QVERIFY2(server.log().contains("Known ports are assigned"), server.log().constData());
    QTRY_COMPARE(server.activeClients(), 1);
    QVERIFY(server.user().get("/"_ba).isOk());
    expectWhatWasAcknowledged(server);
    changeUntilRefused(server);
    QCOMPARE(m_loginRefusal, u"The server cannot check accounts right now"_s);
    QVERIFY2(m_userRefusal.contains(why), m_userRefusal.constData());

    // By itself, when the disk takes changes again: of this program, and of another one.
    QVERIFY(readOnly ? disk.setReadOnly(false) : disk.free());
    QCOMPARE(add(server, u"bob@example.com"_s), 0);
    m_users << "bob@example.com"_ba;
    const auto logsIn = [&server, this] {
        OriginalClient again(server.controlPort(), server.proxyPort());
        const bool done = again.login(u"bob@example.com"_s, QString::fromLatin1(secret));
        m_tokens << again.token();
        return done;
    };
    QTRY_VERIFY_WITH_TIMEOUT(logsIn(), 15'000);
    m_tokens.removeAll(QString());
    QTRY_VERIFY_WITH_TIMEOUT((m_leases[u"new"_s] = leasedPort(server, u"new"_s)) > 0, 15'000);
    expectWhatWasAcknowledged(server);
    QCOMPARE(server.activeClients(), 1);
}

namespace {

int testMain(int argc, char **argv)
{
    refusal = enterOwn(Namespace::Mounts); // while there is one thread
    QCoreApplication app(argc, argv);
    TestE2eDisk test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_e2e_disk", testMain);

#include "tst_e2e_disk.moc"
