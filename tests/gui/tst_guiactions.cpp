// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/logindialog.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/settingsdialog.h"
#include "frpc-gui/view/setupwizard.h"
#include "tests/gui/guibench.h"
#include "tests/support/testregistry.h"

#include <QAbstractButton>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QTcpServer>
#include <QTest>

using namespace frpx;
using namespace frpx::gui;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// What the icon in the tray, the wizard's pages, the log and the command line offer, with a real server, on
/// no screen.
class TestGuiActions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_bench.reset(); }

    void statesDifferWithoutColour();
    void trayTellsStateAndRate();
    void trayMenuDoesWhatItSays();
    void headSaysSinceWhen();
    void wizardOffersWhatRuns();
    void wizardTestsTheService();
    void logIsFilteredAndCopied();
    void profileOptionConnects();

private:
    /// The entry of the tray's menu that begins so, as it would be shown now; null: none.
    static QAction *entry(GuiApp &app, const QString &text);

    std::unique_ptr<GuiBench> m_bench;
};

void TestGuiActions::init()
{
    m_bench = std::make_unique<GuiBench>();
    QVERIFY(m_bench->isReady());
}

QAction *TestGuiActions::entry(GuiApp &app, const QString &text)
{
    Q_EMIT app.tray().menu()->aboutToShow();
    const QList<QAction *> actions = app.tray().menu()->actions();
    for (QAction *action : actions) {
        if (action->text().remove(u'&').startsWith(text))
            return action;
    }
    return nullptr;
}

/// Somebody who sees no colours tells the four icons apart by their shapes, also at the size of a tray.
void TestGuiActions::statesDifferWithoutColour()
{
    constexpr int side = 22;
    QList<QImage> pictures;
    for (const StatusLevel level :
        {StatusLevel::Off, StatusLevel::Connecting, StatusLevel::Connected, StatusLevel::Attention}) {
        QImage picture(side, side, QImage::Format_RGB32);
        picture.fill(Qt::white);
        QPainter painter(&picture);
        levelIcon(level).paint(&painter, picture.rect());
        painter.end();
        pictures << picture.convertToFormat(QImage::Format_Grayscale8);
    }
    for (qsizetype a = 0; a < pictures.size(); ++a) {
        for (qsizetype b = a + 1; b < pictures.size(); ++b) {
            int different = 0;
            for (int y = 0; y < side; ++y) {
                for (int x = 0; x < side; ++x)
                    different +=
                        std::abs(qGray(pictures[a].pixel(x, y)) - qGray(pictures[b].pixel(x, y))) > 64;
            }
            QVERIFY2(different > side * side / 20, qPrintable(u"%1 and %2"_s.arg(a).arg(b)));
        }
    }
}

void TestGuiActions::trayTellsStateAndRate()
{
    const auto app = m_bench->startApp();
    QVERIFY(app->tray().toolTip().contains(u"Off"_s));
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    QVERIFY(app->tray().toolTip().contains(u"Connected to home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(app->tray().toolTip().contains(u"↑ 0 bytes/s"_s), patience);
    const auto isUnderWay = [&] {
        m_bench->server().user().get("/bytes/200000");
        return app->tray().toolTip().contains(u"kB/s"_s) || app->tray().toolTip().contains(u"MB/s"_s);
    };
    QTRY_VERIFY_WITH_TIMEOUT(isUnderWay(), patience);
}

void TestGuiActions::trayMenuDoesWhatItSays()
{
    const auto app = m_bench->startApp();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);

    QAction *copy = entry(*app, u"Copy "_s);
    QVERIFY(copy);
    copy->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(), u"127.0.0.1:%1"_s.arg(m_bench->server().publicPort()));

    QVERIFY(!entry(*app, u"Connect"_s) || !entry(*app, u"Connect"_s)->isEnabled()); // that is the title
    entry(*app, u"Disconnect"_s)->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->server().activeClients(), 0, patience);
    QTRY_COMPARE_WITH_TIMEOUT(app->tray().level(), StatusLevel::Off, patience);
    QVERIFY(!entry(*app, u"Disconnect"_s));
    QVERIFY(!entry(*app, u"Copy "_s)); // there is no address
    entry(*app, u"Connect"_s)->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(app->tray().level(), StatusLevel::Connected, patience);

    app->window().hide();
    entry(*app, u"Open window"_s)->trigger();
    QVERIFY(app->window().isVisible());
    entry(*app, u"Settings"_s)->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<SettingsDialog *>(), patience);
    app->window().findChild<SettingsDialog *>()->reject();

    const QString token = u"%1/profiles/%2/token.json"_s.arg(m_bench->directory(), controller->profile().id);
    QVERIFY(QFile::exists(token));
    entry(*app, u"Log out"_s)->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(!QFile::exists(token), patience);
    QTRY_COMPARE_WITH_TIMEOUT(app->tray().level(), StatusLevel::Off, patience);
    entry(*app, u"Connect"_s)->trigger(); // which now needs the password
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<LoginDialog *>(), patience);

    QSignalSpy finished(app.get(), &GuiApp::finished);
    entry(*app, u"Quit"_s)->trigger();
    QVERIFY(finished.size() == 1 || finished.wait(patience));
}

void TestGuiActions::headSaysSinceWhen()
{
    const auto app = m_bench->startApp();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    app->window().show();
    const SessionPage *page = app->window().page(controller);
    QTRY_COMPARE_WITH_TIMEOUT(
        find<QLabel>(*page, u"statusTitle"_s)->text(), u"Connected to home"_s, patience);
    const auto *since = find<QLabel>(*page, u"statusSince"_s);
    QVERIFY(since->text().startsWith(u"since "_s));
    static const QRegularExpression someSeconds(u"\\(([2-9]|[1-9][0-9]) s\\)$"_s);
    QTRY_VERIFY_WITH_TIMEOUT(since->text().contains(someSeconds), patience);
    m_bench->server().terminate();
    QTRY_VERIFY_WITH_TIMEOUT(since->text().contains(u"next try in"_s), patience);
    QVERIFY(!find<QLabel>(*page, u"statusDetail"_s)->text().isEmpty());
}

void TestGuiActions::wizardOffersWhatRuns()
{
    constexpr quint16 ollamaPort = 11434;
    QTcpServer ollama;
    const auto app = m_bench->startApp();
    auto *wizard = app->window().findChild<SetupWizard *>();
    find<QLineEdit>(*wizard->currentPage(), u"serverHost"_s)->setText(u"127.0.0.1"_s);
    wizard->next();
    find<QLineEdit>(*wizard->currentPage(), u"email"_s)->setText(u"me@example.org"_s);
    find<QLineEdit>(*wizard->currentPage(), u"password"_s)->setText(u"secret"_s);
    wizard->next();
    const QWizardPage *page = wizard->currentPage();
    QVERIFY(!find<QLineEdit>(*page, u"clientId"_s)->text().isEmpty());
    QCOMPARE(find<QLineEdit>(*page, u"clientId"_s)->text(), app->profiles().defaultClientId());
    auto *offers = find<QComboBox>(*page, u"offers"_s);
    const auto offer = [offers] { return offers->findData(ollamaPort); };
    const auto isOffered = [&] { // whoever else listens there, such as a second run of this test, may end
        if (!ollama.isListening())
            ollama.listen(QHostAddress::LocalHost, ollamaPort);
        return offer() >= 0;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isOffered(), patience);
    QVERIFY(offers->itemText(offer()).contains(u"Ollama"_s));
    auto *port = find<QSpinBox>(*page, u"localPort"_s);
    port->setValue(1);
    offers->setCurrentIndex(offer());
    Q_EMIT offers->activated(offer());
    QCOMPARE(port->value(), int(ollamaPort));
}

void TestGuiActions::wizardTestsTheService()
{
    const auto app = m_bench->startApp();
    SetupWizard wizard(app->profiles());
    wizard.setAttribute(Qt::WA_DeleteOnClose, false);
    wizard.setStartId(SetupWizard::Service);
    wizard.open();
    const QWizardPage *page = wizard.currentPage();
    auto *port = find<QSpinBox>(*page, u"localPort"_s);
    auto *test = find<QAbstractButton>(*page, u"testButton"_s);
    const auto *result = find<QLabel>(*page, u"testResult"_s);
    port->setValue(m_bench->service().port());
    test->click();
    QTRY_VERIFY_WITH_TIMEOUT(result->text().contains(u"Something answers"_s), patience);
    port->setValue(freePorts(1).first());
    QVERIFY(result->text().isEmpty()); // that was about another one
    test->click();
    QTRY_VERIFY_WITH_TIMEOUT(result->text().contains(u"nothing listens there"_s), patience);
    find<QLineEdit>(*page, u"localHost"_s)->setText(u"no-such-host.invalid"_s);
    test->click();
    // It is unknown; without a network nobody can tell.
    QTRY_VERIFY_WITH_TIMEOUT(result->text().startsWith(u"✗"_s), patience);
    QVERIFY(result->text().contains(u"no-such-host.invalid"_s));
    find<QLineEdit>(*page, u"localHost"_s)->setText(u"no such host"_s);
    test->click(); // nothing is looked up that cannot be a name
    QVERIFY2(result->text().contains(u"Write the name or address alone"_s), qPrintable(result->text()));
}

void TestGuiActions::logIsFilteredAndCopied()
{
    const auto app = m_bench->startApp();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    const SessionPage *page = app->window().page(controller);
    auto *table = find<QTableView>(*page, u"logView"_s);
    auto *filter = find<QLineEdit>(*page, u"logFilter"_s);
    qWarning("the needle");
    filter->setText(u"NEEDLE"_s);
    QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 1, patience);
    find<QAbstractButton>(*page, u"copyLogButton"_s)->click();
    QVERIFY(QGuiApplication::clipboard()->text().endsWith(u"the needle\n"_s));
    QCOMPARE(QGuiApplication::clipboard()->text().count(u'\n'), 1);
    filter->clear();
    QVERIFY(table->model()->rowCount() > 2);
    table->selectRow(0);
    find<QAbstractButton>(*page, u"copyLogButton"_s)->click();
    QCOMPARE(QGuiApplication::clipboard()->text().count(u'\n'), 1);
    find<QAbstractButton>(*page, u"clearLogButton"_s)->click();
    QCOMPARE(table->model()->rowCount(), 0);
}

/// `--profile NAME`, also of one that is not connected at the start otherwise.
void TestGuiActions::profileOptionConnects()
{
    {
        const auto app = m_bench->startApp();
        Profile profile = m_bench->profile(u"work"_s);
        profile.connectAtStart = false;
        SessionController *controller = m_bench->addAndLogIn(*app, profile);
        QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
        QTRY_VERIFY_WITH_TIMEOUT(
            QFile::exists(u"%1/profiles/%2/token.json"_s.arg(m_bench->directory(), controller->profile().id)),
            patience);
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->server().activeClients(), 0, patience);
    {
        const auto app = m_bench->startApp();
        QCOMPARE(app->profiles().controllers().size(), 1u);
        QVERIFY(!app->profiles().controllers().front()->isWanted());
    }
    GuiOptions options;
    options.directory = m_bench->directory();
    options.profile = u"work"_s;
    options.minimized = true;
    GuiApp app(options);
    app.start();
    QTRY_VERIFY_WITH_TIMEOUT(app.window().current() && app.window().current()->isOnline(), patience);
    QVERIFY(app.window().isMinimized()); // there is no tray on this platform
    QCOMPARE(m_bench->server().activeClients(), 1);
}

namespace {

int testMain(int argc, char *argv[])
{
    GuiBench::prepare();
    const QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestGuiActions test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_guiactions", testMain);

#include "tst_guiactions.moc"
