// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tunnel/tunnelfield.h"
#include "frpc-gui/model/addressinput.h"
#include "frpc-gui/model/tunneltablemodel.h"
#include "frpc-gui/session/portprobe.h"
#include "frpc-gui/view/serverdialog.h"
#include "frpc-gui/view/serverpage.h"
#include "frpc-gui/view/servicepage.h"
#include "frpc-gui/view/tunneldialog.h"
#include "tests/support/testregistry.h"

#include <QAbstractButton>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QLocalServer>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::gui;
using namespace Qt::StringLiterals;

/// The fields of the windows that take addresses, and what is kept of these.
class TestGuiAddresses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAddresses_data();
    void readsAddresses();
    void serverPageTakesAddresses();
    void servicePageTakesAddresses();
    void serverDialogTakesAddresses();
    void tunnelDialogTakesAddresses();
    void tunnelDialogKeepsUnixSockets();
    void tunnelDialogKeepsEveryField_data();
    void tunnelDialogKeepsEveryField();
    void serverDialogKeepsUnixSockets();
    void profilesKeepUnixSockets();
    void modelShowsAddresses();
    void probesUnixSockets();

private:
    template <typename T>
    static T *find(const QObject &parent, const QString &name)
    {
        return parent.findChild<T *>(name);
    }
    static Profile profile();
    /// As a person presses Save. \return what the dialog then says.
    template <typename Dialog, typename Chosen>
    static Chosen save(Dialog *dialog, void (Dialog::*signal)(const Chosen &));
};

Profile TestGuiAddresses::profile()
{
    Profile profile;
    profile.name = u"home"_s;
    profile.set(u"client-id"_s, u"desk"_s);
    profile.set(u"server-addr"_s, u"frps.example.org"_s);
    profile.set(u"local-port"_s, u"8080"_s);
    return profile;
}

template <typename Dialog, typename Chosen>
Chosen TestGuiAddresses::save(Dialog *dialog, void (Dialog::*signal)(const Chosen &))
{
    Chosen chosen;
    connect(dialog, signal, dialog, [&chosen](const Chosen &what) { chosen = what; });
    dialog->template findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok)->click();
    return chosen;
}

void TestGuiAddresses::readsAddresses_data()
{
    QTest::addColumn<QString>("written");
    QTest::addColumn<QString>("server"); // empty: refused
    QTest::addColumn<QString>("local"); // likewise
    QTest::newRow("name") << u" frps.example.org "_s << u"frps.example.org"_s << u"frps.example.org"_s;
    QTest::newRow("brackets") << u"[::1]"_s << u"::1"_s << u"::1"_s;
    QTest::newRow("empty") << u" "_s << QString() << QString();
    QTest::newRow("port") << u"frps.example.org:7000"_s << QString() << QString();
    QTest::newRow("page") << u"https://frps.example.org"_s << QString() << QString();
    QTest::newRow("number") << u"10"_s << QString() << QString();
#ifdef Q_OS_UNIX
    QTest::newRow("unix socket") << u"unix:/run/app.sock"_s << QString() << u"unix:/run/app.sock"_s;
#endif
}

void TestGuiAddresses::readsAddresses()
{
    QFETCH(const QString, written);
    QFETCH(const QString, server);
    QFETCH(const QString, local);
    const auto check = [](const Result<QString> &read, const QString &expected) {
        QCOMPARE(read ? *read : QString(), expected);
        if (!read)
            QVERIFY(!read.error().detail.isEmpty());
    };
    check(readServerHost(written), server);
    check(readLocalHost(written), local);
}

void TestGuiAddresses::serverPageTakesAddresses()
{
    ServerPage page;
    auto *host = find<QLineEdit>(page, u"serverHost"_s);
    const auto *fault = find<QLabel>(page, u"serverPageFault"_s);
    QVERIFY(!page.isComplete());
    QVERIFY(fault->text().isEmpty()); // nobody has written anything yet
    host->setText(u"https://frps.example.org"_s);
    QVERIFY(!page.isComplete());
    QVERIFY(!fault->text().isEmpty());
    host->setText(u"[2001:db8::1]"_s);
    QVERIFY(page.isComplete());
    QVERIFY(fault->text().isEmpty());
    Profile filled;
    page.fill(filled);
    QCOMPARE(filled.serverHost(), u"2001:db8::1"_s);
}

void TestGuiAddresses::servicePageTakesAddresses()
{
    ServicePage page(u"desk"_s);
    auto *host = find<QLineEdit>(page, u"localHost"_s);
    QVERIFY(page.isComplete());
    host->setText(u"localhost:80"_s);
    QVERIFY(!page.isComplete());
    host->setText(u"[::1]"_s);
    QVERIFY(page.isComplete());
    Profile filled;
    page.fill(filled);
    QCOMPARE(filled.setting(u"local-addr"_s), u"::1"_s);
#ifdef Q_OS_UNIX
    host->setText(u"unix:/run/app.sock"_s);
    QVERIFY(page.isComplete());
    page.fill(filled);
    QCOMPARE(filled.setting(u"local-addr"_s), u"unix:/run/app.sock"_s);
    QVERIFY(toClientConfig(filled, u"/x/token.json"_s));
#endif
}

void TestGuiAddresses::serverDialogTakesAddresses()
{
    auto *dialog = new ServerDialog(profile());
    auto *ok = dialog->findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok);
    const auto *fault = find<QLabel>(*dialog, u"serverFault"_s);
    QVERIFY(ok->isEnabled());
    find<QLineEdit>(*dialog, u"serverHost"_s)->setText(u"frps.example.org:7000"_s);
    QVERIFY(!ok->isEnabled());
    QVERIFY(!fault->text().isEmpty());
    find<QLineEdit>(*dialog, u"serverHost"_s)->setText(u"[2001:db8::1]"_s);
    QVERIFY(ok->isEnabled());
    find<QLineEdit>(*dialog, u"localHost"_s)->setText(u"http://localhost"_s);
    QVERIFY(!ok->isEnabled());
    find<QLineEdit>(*dialog, u"localHost"_s)->setText(u"[::1]"_s);
    const Profile chosen = save(dialog, &ServerDialog::chosen);
    QCOMPARE(chosen.serverHost(), u"2001:db8::1"_s);
    QCOMPARE(chosen.setting(u"local-addr"_s), u"::1"_s);
    QCOMPARE(chosen.setting(u"local-port"_s), u"8080"_s);
}

void TestGuiAddresses::tunnelDialogTakesAddresses()
{
    auto *dialog = new TunnelDialog(profile(), {});
    auto *ok = dialog->findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok);
    find<QLineEdit>(*dialog, u"tunnelName"_s)->setText(u"web"_s);
    QVERIFY(ok->isEnabled());
    find<QLineEdit>(*dialog, u"localHost"_s)->setText(u"10"_s);
    QVERIFY(!ok->isEnabled());
    QVERIFY(!find<QLabel>(*dialog, u"tunnelFault"_s)->text().isEmpty());
    find<QLineEdit>(*dialog, u"localHost"_s)->setText(u"[fe80::1%eth0]"_s);
    const TunnelSpec chosen = save(dialog, &TunnelDialog::chosen);
    QCOMPARE(chosen.localHost, u"fe80::1%eth0"_s);
    QCOMPARE(chosen.localPort, 80);
}

void TestGuiAddresses::tunnelDialogKeepsEveryField_data()
{
    QTest::addColumn<size_t>("index");
    for (size_t i = 0; i < tunnelFields().size(); ++i)
        QTest::newRow(qPrintable(tunnelFields()[i].label.toString())) << i;
}

/// Also those for which the dialog has no place.
void TestGuiAddresses::tunnelDialogKeepsEveryField()
{
    QFETCH(const size_t, index);
    const TunnelField &field = tunnelFields()[index];
    TunnelSpec spec{.name = u"web"_s, .localPort = 80};
    const bool isText = std::holds_alternative<QString TunnelSpec::*>(field.member);
    QString other = QString::number(std::min(field.max, 8080));
    if (field.isPath)
        other = u"/other"_s;
    else if (isText)
        other = field.words.empty() ? u"other"_s : field.words.back().toString();
    QVERIFY(setField(spec, field, other));
    Profile with = profile();
    with.putTunnel({}, spec);
    QVERIFY(save(new TunnelDialog(with, spec.name), &TunnelDialog::chosen) == spec);
}

void TestGuiAddresses::tunnelDialogKeepsUnixSockets()
{
#ifndef Q_OS_UNIX
    QSKIP("There are no services on unix sockets here.");
#endif
    Profile with = profile();
    TunnelSpec docker;
    docker.name = u"docker"_s;
    docker.localHost = u"unix:/run/docker.sock"_s;
    docker.proxyProtocol = u"v1"_s;
    with.putTunnel({}, docker);
    auto *dialog = new TunnelDialog(with, u"docker"_s);
    QVERIFY(!find<QSpinBox>(*dialog, u"localPort"_s)->isEnabled());
    const TunnelSpec same = save(dialog, &TunnelDialog::chosen);
    QCOMPARE(same.localHost, docker.localHost);
    QCOMPARE(same.localPort, 0);
    QVERIFY(same.proxyProtocol == docker.proxyProtocol);
    // And back to a port.
    dialog = new TunnelDialog(with, u"docker"_s);
    find<QLineEdit>(*dialog, u"localHost"_s)->setText(u"localhost"_s);
    QVERIFY(find<QSpinBox>(*dialog, u"localPort"_s)->isEnabled());
    QVERIFY(save(dialog, &TunnelDialog::chosen).localPort != 0);
}

void TestGuiAddresses::serverDialogKeepsUnixSockets()
{
#ifndef Q_OS_UNIX
    QSKIP("There are no services on unix sockets here.");
#endif
    auto *dialog = new ServerDialog(profile());
    find<QLineEdit>(*dialog, u"localHost"_s)->setText(u"unix:/run/app.sock"_s);
    const Profile chosen = save(dialog, &ServerDialog::chosen);
    QCOMPARE(chosen.setting(u"local-addr"_s), u"unix:/run/app.sock"_s);
    const Result<client::ClientConfig> config = toClientConfig(chosen, u"/x/token.json"_s);
    QVERIFY2(config, config ? "" : qPrintable(config.error().detail));
    QCOMPARE(config->session.localHost, u"unix:/run/app.sock"_s);
    QCOMPARE(config->session.localPort, 0);
    QCOMPARE(save(new ServerDialog(chosen), &ServerDialog::chosen).settings, chosen.settings);
}

void TestGuiAddresses::profilesKeepUnixSockets()
{
#ifndef Q_OS_UNIX
    QSKIP("There are no services on unix sockets here.");
#endif
    QTemporaryDir directory;
    const QString path = directory.filePath(u"frpc.toml"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("serverAddr = \"[2001:db8::1]\"\nlocalIP = \"unix:/run/a.sock\"\n[[proxies]]\nname = \"b\"\n"
               "plugin.type = \"unix_domain_socket\"\nplugin.unixPath = \"/run/b.sock\"\n");
    file.close();
    const Result<ImportedProfile> imported = importProfile(path, QProcessEnvironment());
    QVERIFY2(imported, imported ? "" : qPrintable(imported.error().detail));
    QCOMPARE(imported->profile.tunnels.front().localHost, u"unix:/run/b.sock"_s);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(toConfigFile(imported->profile));
    file.close();
    const Result<ImportedProfile> again = importProfile(path, QProcessEnvironment());
    QVERIFY2(again, again ? "" : qPrintable(again.error().detail));
    QCOMPARE(again->profile.settings, imported->profile.settings);
    QCOMPARE(again->profile.serverHost(), u"2001:db8::1"_s);
    QCOMPARE(again->profile.tunnels.front().localHost, u"unix:/run/b.sock"_s);
    QCOMPARE(again->profile.tunnels.front().localPort, 0);
}

void TestGuiAddresses::modelShowsAddresses()
{
    Profile with = profile();
    with.set(u"server-addr"_s, u"2001:db8::1"_s);
    with.set(u"local-addr"_s, u"unix:/run/a.sock"_s);
    TunnelSpec web;
    web.name = u"web"_s;
    web.localHost = u"::1"_s;
    web.localPort = 80;
    with.putTunnel({}, web);
    TunnelTableModel model;
    model.setProfile(with);
    const auto shown = [&model](int row) {
        return model.index(row, TunnelTableModel::LocalAddress).data().toString();
    };
    QCOMPARE(shown(0), u"unix:/run/a.sock"_s);
    QCOMPARE(shown(1), u"[::1]:80"_s);
}

void TestGuiAddresses::probesUnixSockets()
{
#ifndef Q_OS_UNIX
    QSKIP("There are no services on unix sockets here.");
#endif
    QTemporaryDir directory;
    const QString path = directory.filePath(u"a.sock"_s);
    PortProbe probe;
    QSignalSpy finished(&probe, &PortProbe::finished);
    probe.start(u"unix:"_s + path, 0);
    QTRY_COMPARE(finished.size(), 1);
    QVERIFY(!finished.takeFirst().first().toString().isEmpty());
    QLocalServer server;
    QVERIFY(server.listen(path));
    probe.start(u"unix:"_s + path, 0);
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(finished.takeFirst().first().toString(), QString());
}

const frpx::test::TestRegistration registration(
    "tst_guiaddresses", frpx::test::runTest<TestGuiAddresses, QApplication>);

#include "tst_guiaddresses.moc"
