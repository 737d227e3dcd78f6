// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/clientapp.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

namespace {

TunnelSpec tunnel(const QString &name, quint16 localPort)
{
    TunnelSpec spec;
    spec.name = name;
    spec.localPort = localPort;
    return spec;
}

} // namespace

/// What ClientApp does with a changed configuration; no server is there.
class TestClientApp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void opensTheTunnelsAtTheStart();
    void changesOnlyChangedTunnels();
    void keepsTheSessionForLiveOptions();
    void replacesTheSession_data();
    void replacesTheSession();
    void stopsAllSessions();
    void leavesABoundedNumber();

private:
    std::unique_ptr<ClientApp> start();

    QTemporaryDir m_directory;
    ClientConfig m_config;
    QStringList m_names; ///< by id
    QStringList m_calls; ///< of the hooks: "+name:port" and "-name"
    std::vector<const ClientSession *> m_sessions; ///< that have opened tunnels, in order, each once in a row
};

void TestClientApp::init()
{
    m_config = {};
    m_config.session.clientId = u"a"_s;
    m_config.session.controlPort = 1; // nobody listens there
    m_config.email = u"a@b.c"_s;
    m_config.password = u"p"_s;
    m_config.tokenFile = m_directory.filePath(u"token.json"_s);
    m_config.logLevel = u"critical"_s;
    m_config.tunnels = {tunnel(u"one"_s, 1), tunnel(u"two"_s, 2)};
    m_names.clear();
    m_calls.clear();
    m_sessions.clear();
}

std::unique_ptr<ClientApp> TestClientApp::start()
{
    const auto nobody = [](const QString &) -> Result<QString> { return Error{Errc::Io, u"nobody"_s}; };
    auto app = std::make_unique<ClientApp>(m_config, nobody, nobody);
    ClientApp::TunnelHooks hooks;
    hooks.open = [this](const ClientSession &session, const TunnelSpec &spec) {
        m_calls << u"+%1:%2"_s.arg(spec.name).arg(spec.localPort);
        if (m_sessions.empty() || m_sessions.back() != &session)
            m_sessions.push_back(&session);
        m_names << spec.name;
        return static_cast<int>(m_names.size()) - 1;
    };
    hooks.close = [this](const ClientSession &, int id) { m_calls << u'-' + m_names.at(id); };
    app->setTunnelHooks(hooks);
    app->start();
    return app;
}

void TestClientApp::opensTheTunnelsAtTheStart()
{
    const auto app = start();
    QCOMPARE(m_calls, (QStringList{u"+one:1"_s, u"+two:2"_s}));
}

void TestClientApp::changesOnlyChangedTunnels()
{
    const auto app = start();
    m_calls.clear();
    m_config.tunnels = {tunnel(u"three"_s, 3), tunnel(u"two"_s, 22)};
    (void)app->apply(m_config);
    QCOMPARE(m_calls, (QStringList{u"-one"_s, u"-two"_s, u"+three:3"_s, u"+two:22"_s}));
    m_calls.clear();
    QCOMPARE(app->apply(m_config), u"Nothing has changed."_s);
    QVERIFY(m_calls.isEmpty());
    QCOMPARE(m_sessions.size(), size_t(1));
}

void TestClientApp::keepsTheSessionForLiveOptions()
{
    const auto app = start();
    m_calls.clear();
    m_config.settings.insert(u"drain-timeout"_s, u"1"_s);
    m_config.drainTimeoutS = 1;
    m_config.settings.insert(u"log-level"_s, u"warning"_s);
    m_config.logLevel = u"warning"_s;
    (void)app->apply(m_config);
    QVERIFY(m_calls.isEmpty());
}

void TestClientApp::replacesTheSession_data()
{
    QTest::addColumn<bool>("byPassword");
    QTest::newRow("setting") << false;
    QTest::newRow("content of the password file") << true;
}

void TestClientApp::replacesTheSession()
{
    QFETCH(const bool, byPassword);
    const auto app = start();
    m_calls.clear();
    if (byPassword)
        m_config.password = u"q"_s;
    else
        m_config.settings.insert(u"control-port"_s, u"2"_s);
    m_config.tunnels.pop_back();
    (void)app->apply(m_config);
    QCOMPARE(m_calls, QStringList{u"+one:1"_s}); // nothing is closed: the old session takes its own along
    QCOMPARE(m_sessions.size(), size_t(2));
}

void TestClientApp::stopsAllSessions()
{
    const auto app = start();
    QSignalSpy stopped(app.get(), &ClientApp::stopped);
    m_config.settings.insert(u"control-port"_s, u"2"_s);
    (void)app->apply(m_config);
    app->drain();
    app->drain(); // once is enough
    QTRY_COMPARE(stopped.size(), 1);
    QCOMPARE(app->apply(m_config), u"It is about to stop."_s);
    app->stop();
    QTest::qWait(0);
    QCOMPARE(stopped.size(), 1);
}

void TestClientApp::leavesABoundedNumber()
{
    const auto app = start();
    QSignalSpy stopped(app.get(), &ClientApp::stopped);
    for (int i = 0; i < 20; ++i) {
        m_config.settings.insert(u"control-port"_s, QString::number(i));
        (void)app->apply(m_config);
    }
    app->drain();
    QTRY_COMPARE(stopped.size(), 1);
}

QTEST_GUILESS_MAIN(TestClientApp)
#include "tst_clientapp.moc"
