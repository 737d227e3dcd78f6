// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/profilestore.h"
#include "frpc/config/clientconfigwriter.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::gui;
using namespace Qt::StringLiterals;

/// Profiles, their files, and what frpc makes of these.
class TestGuiProfiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void comesBackFromTheDisk();
    void writesWhatFrpcReads();
    void roundTripsEverySetting();
    void keepsNoPassword();
    void namesFaultsOfAnImport();
    void pausedTunnelsAreNotOpened();
    void pausedDefaultTunnelIsNotServed();
    void givesEachProfileAPlaceOfItsOwn();
    void survivesBrokenProfiles();
    void removesOnlyItsOwn();
    void renamesTunnels();

private:
    QString write(const QByteArray &content);
    static TunnelSpec tunnel(const QString &name, quint16 port);

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<ProfileStore> m_store;
};

void TestGuiProfiles::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_store = std::make_unique<ProfileStore>(m_directory->filePath(u"profiles"_s));
}

QString TestGuiProfiles::write(const QByteArray &content)
{
    QFile file(m_directory->filePath(u"import.toml"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        return {};
    return file.fileName();
}

TunnelSpec TestGuiProfiles::tunnel(const QString &name, quint16 port)
{
    TunnelSpec spec;
    spec.name = name;
    spec.localPort = port;
    return spec;
}

void TestGuiProfiles::comesBackFromTheDisk()
{
    Profile profile;
    profile.name = u"Zu Hause 家"_s;
    profile.email = u"me@example.org"_s;
    profile.connectAtStart = false;
    profile.set(u"client-id"_s, u"desk"_s);
    profile.set(u"server-addr"_s, u"frps.example.org"_s);
    profile.putTunnel({}, tunnel(u"ssh"_s, 22));
    profile.paused << u"ssh"_s;
    QVERIFY(m_store->save(profile));
    const ProfileStore::Loaded loaded = m_store->load();
    QCOMPARE(loaded.faults, QStringList());
    QCOMPARE(loaded.profiles.size(), 1);
    const Profile &read = loaded.profiles.first();
    QCOMPARE(read.id, profile.id);
    QCOMPARE(read.name, profile.name);
    QCOMPARE(read.email, profile.email);
    QCOMPARE(read.connectAtStart, false);
    QCOMPARE(read.settings, profile.settings);
    QCOMPARE(read.paused, profile.paused);
    QCOMPARE(read.tunnels.size(), 1u);
    QVERIFY(read.servesDefaultTunnel());
    QCOMPARE(QFileInfo(m_store->directoryOf(profile.id) + u"/frpc.toml"_s).permissions()
            & (QFile::ReadGroup | QFile::ReadOther),
        QFile::Permissions());
}

void TestGuiProfiles::writesWhatFrpcReads()
{
    Profile profile;
    profile.set(u"server-addr"_s, u"frps.example.org"_s);
    profile.set(u"client-id"_s, u"12"_s); // a number as text
    profile.putTunnel({}, tunnel(u"we\"ird\\ {{ .Envs.X }} 家"_s, 22));
    TunnelSpec grouped = tunnel(u"shared"_s, 80);
    grouped.group = u"key"_s;
    grouped.remotePort = 6000;
    grouped.maxConnections = 5;
    grouped.totalConnections = 6;
    grouped.lifetimeS = 7;
    grouped.message = u"hello"_s;
    grouped.policy = u"random"_s;
    grouped.proxyProtocol = u"v2"_s;
    profile.putTunnel({}, grouped);
    const QString file = write(toConfigFile(profile));
    const Result<client::ClientConfig> config =
        client::parseClientArguments({u"frpc"_s, u"-c"_s, file}, QProcessEnvironment());
    QVERIFY2(config, config ? "" : qPrintable(config.error().detail));
    QCOMPARE(config->session.serverHost, u"frps.example.org"_s);
    QCOMPARE(config->session.clientId, u"12"_s);
    QCOMPARE(config->session.onlyTunnels, false);
    QVERIFY(config->tunnels == profile.tunnels);
}

void TestGuiProfiles::roundTripsEverySetting()
{
    const QString file = write(R"(
serverAddr = "frps.example.org"
serverPort = 7000
proxyPort = 7001
clientID = "desk"
localIP = "192.0.2.7"
localPort = 80
weight = 3
drainTimeout = 5
[transport]
poolCount = 2
maxPoolCount = 9
heartbeatInterval = 7
proxyProtocolVersion = "v2"
[healthCheck]
type = "http"
path = "/ok"
intervalSeconds = 11
)");
    const Result<ImportedProfile> first = importProfile(file, QProcessEnvironment());
    QVERIFY2(first, first ? "" : qPrintable(first.error().detail));
    QCOMPARE(first->profile.settings.size(), 15);
    const Result<ImportedProfile> second =
        importProfile(write(toConfigFile(first->profile)), QProcessEnvironment());
    QVERIFY2(second, second ? "" : qPrintable(second.error().detail));
    QCOMPARE(second->profile.settings, first->profile.settings);
    const Result<client::ClientConfig> config = toClientConfig(second->profile, u"/x/token.json"_s);
    QVERIFY(config);
    QCOMPARE(config->session.controlPort, 7000);
    QCOMPARE(config->session.weight, 3);
    QCOMPARE(config->session.proxyProtocol, proxyproto::Version::V2);
    QCOMPARE(config->session.health.intervalMs, 11'000);
    QCOMPARE(config->tokenFile, u"/x/token.json"_s);
    QCOMPARE(config->session.tls.knownServersFile, u"/x/known_servers"_s);
}

void TestGuiProfiles::keepsNoPassword()
{
    const QString file = write(R"(
clientID = "desk"
[auth]
email = "me@example.org"
password = "open sesame"
)");
    const Result<ImportedProfile> imported = importProfile(file, QProcessEnvironment());
    QVERIFY(imported);
    QCOMPARE(imported->email, u"me@example.org"_s);
    QCOMPARE(imported->password, u"open sesame"_s);
    Profile profile = imported->profile;
    QVERIFY(m_store->save(profile));
    const QDir directory(m_store->directoryOf(profile.id));
    for (const QString &name : directory.entryList(QDir::Files)) {
        QFile kept(directory.filePath(name));
        QVERIFY(kept.open(QIODevice::ReadOnly));
        QVERIFY(!kept.readAll().contains("sesame"));
    }
}

void TestGuiProfiles::namesFaultsOfAnImport()
{
    const Result<ImportedProfile> imported =
        importProfile(write("servrAddr = \"x\"\n"), QProcessEnvironment());
    QVERIFY(!imported);
    QCOMPARE(imported.error().code, Errc::BadConfig);
    QVERIFY(imported.error().detail.contains(u"serverAddr"_s)); // the suggestion
    QVERIFY(!importProfile(m_directory->filePath(u"nothing.toml"_s), QProcessEnvironment()));
}

void TestGuiProfiles::pausedTunnelsAreNotOpened()
{
    Profile profile;
    profile.set(u"client-id"_s, u"desk"_s);
    profile.putTunnel({}, tunnel(u"one"_s, 1));
    profile.putTunnel({}, tunnel(u"two"_s, 2));
    profile.paused << u"one"_s;
    const Result<client::ClientConfig> config = toClientConfig(profile, u"token.json"_s);
    QVERIFY(config);
    QCOMPARE(config->tunnels.size(), 1u);
    QCOMPARE(config->tunnels.front().name, u"two"_s);
    QCOMPARE(config->session.onlyTunnels, false);
}

void TestGuiProfiles::pausedDefaultTunnelIsNotServed()
{
    Profile profile;
    profile.set(u"client-id"_s, u"desk"_s);
    profile.paused << QString();
    const Result<client::ClientConfig> config = toClientConfig(profile, u"token.json"_s);
    QVERIFY(config);
    QVERIFY(config->session.onlyTunnels);
    QVERIFY(profile.servesDefaultTunnel()); // it is still one of the profile's
}

void TestGuiProfiles::givesEachProfileAPlaceOfItsOwn()
{
    QStringList ids;
    for (int i = 0; i < 3; ++i) {
        Profile profile;
        profile.name = u"../Same Näme"_s;
        profile.set(u"client-id"_s, u"desk"_s);
        QVERIFY(m_store->save(profile));
        QVERIFY(!profile.id.contains(u'/') && !profile.id.startsWith(u'.'));
        ids << profile.id;
    }
    QCOMPARE(QSet<QString>(ids.begin(), ids.end()).size(), 3);
    QCOMPARE(m_store->load().profiles.size(), 3);
}

void TestGuiProfiles::survivesBrokenProfiles()
{
    Profile good;
    good.name = u"good"_s;
    good.set(u"client-id"_s, u"desk"_s);
    QVERIFY(m_store->save(good));
    Profile bad = good;
    bad.id.clear();
    bad.name = u"bad"_s;
    QVERIFY(m_store->save(bad));
    QFile file(m_store->directoryOf(bad.id) + u"/frpc.toml"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("nonsense");
    file.close();
    const ProfileStore::Loaded loaded = m_store->load();
    QCOMPARE(loaded.profiles.size(), 1);
    QCOMPARE(loaded.faults.size(), 1);
}

void TestGuiProfiles::removesOnlyItsOwn()
{
    Profile profile;
    profile.name = u"one"_s;
    QVERIFY(m_store->save(profile));
    QVERIFY(!m_store->remove({}));
    QVERIFY(!m_store->remove(u"../profiles"_s));
    QVERIFY(QDir(m_store->directoryOf(profile.id)).exists());
    QVERIFY(m_store->remove(profile.id));
    QVERIFY(!QDir(m_store->directoryOf(profile.id)).exists());
}

void TestGuiProfiles::renamesTunnels()
{
    Profile profile;
    profile.putTunnel({}, tunnel(u"one"_s, 1));
    profile.paused << u"one"_s;
    profile.putTunnel(u"one"_s, tunnel(u"two"_s, 2));
    QCOMPARE(profile.tunnels.size(), 1u);
    QVERIFY(profile.isPaused(u"two"_s));
    QVERIFY(!profile.isPaused(u"one"_s));
    profile.removeTunnel(u"two"_s);
    QVERIFY(profile.tunnels.empty() && profile.paused.isEmpty());
}

const frpx::test::TestRegistration registration("tst_guiprofiles", frpx::test::runTest<TestGuiProfiles>);

#include "tst_guiprofiles.moc"
