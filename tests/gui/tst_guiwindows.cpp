// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/platform/singleinstance.h"
#include "frpc-gui/screenshots.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/settingsdialog.h"
#include "frpc-gui/view/setupwizard.h"
#include "frpc-gui/view/tunneldialog.h"
#include "tests/gui/guibench.h"
#include "tests/support/testregistry.h"

#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QDropEvent>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QTabWidget>
#include <QTest>

using namespace frpx;
using namespace frpx::gui;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// What can be done in the windows, with a real server, on no screen.
class TestGuiWindows : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_bench.reset(); }

    void tunnelsAreAddedPausedEditedAndRemoved();
    void filesAreImportedAndExported();
    void settingsAreKept();
    void secondStartRaisesTheFirst();
    void closingWithoutATrayQuits();
    void rendersEachPage();

private:
    std::unique_ptr<GuiBench> m_bench;
};

void TestGuiWindows::init()
{
    m_bench = std::make_unique<GuiBench>();
    QVERIFY(m_bench->isReady());
}

void TestGuiWindows::tunnelsAreAddedPausedEditedAndRemoved()
{
    const auto app = m_bench->startApp();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    SessionPage *page = app->window().page(controller);
    page->tabs()->setCurrentIndex(1);
    QTest::mouseClick(find<QAbstractButton>(*page, u"addTunnelButton"_s), Qt::LeftButton);
    auto *dialog = page->findChild<TunnelDialog *>();
    QVERIFY(dialog);
    auto *ok = dialog->findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok);
    QVERIFY(!ok->isEnabled()); // it needs a name
    find<QLineEdit>(*dialog, u"tunnelName"_s)->setText(u"web"_s);
    find<QSpinBox>(*dialog, u"localPort"_s)->setValue(m_bench->service().port());
    QVERIFY(ok->isEnabled());
    ok->click();
    TunnelTableModel *model = controller->tunnels();
    QTRY_VERIFY_WITH_TIMEOUT(model->rowOf(u"web"_s) == 1 && !model->publicAddress(1).isEmpty(), patience);
    const auto port = quint16(model->publicAddress(1).section(u':', -1).toUInt());
    QCOMPARE(HttpClient(port).get("/").body, "page"_ba);
    QTRY_COMPARE_WITH_TIMEOUT(
        model->index(1, TunnelTableModel::Total).data(TunnelTableModel::SortRole).toULongLong(), 1u,
        patience);
    QCOMPARE(model->index(0, TunnelTableModel::Total).data(TunnelTableModel::SortRole).toULongLong(), 0u);

    auto *table = find<QTableView>(*page, u"tunnelTable"_s);
    table->selectRow(1);
    auto *pause = find<QAbstractButton>(*page, u"pauseTunnelButton"_s);
    QTest::mouseClick(pause, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!HttpClient(port).get("/").isOk(), patience);
    QVERIFY(controller->isOnline()); // nothing else was touched
    QTest::mouseClick(pause, Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(
        model->publicAddress(1), u"127.0.0.1:%1"_s.arg(port), patience); // the same port

    QTest::mouseClick(find<QAbstractButton>(*page, u"editTunnelButton"_s), Qt::LeftButton);
    dialog = page->findChild<TunnelDialog *>();
    QVERIFY(dialog);
    find<QLineEdit>(*dialog, u"tunnelName"_s)->setText(u"web2"_s);
    GuiBench::press(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(model->rowOf(u"web2"_s) == 1 && !model->publicAddress(1).isEmpty(), patience);

    table->selectRow(1);
    QTest::mouseClick(find<QAbstractButton>(*page, u"removeTunnelButton"_s), Qt::LeftButton);
    auto *question = page->findChild<QMessageBox *>();
    QVERIFY(question);
    for (QAbstractButton *button : question->buttons()) {
        if (question->buttonRole(button) == QMessageBox::AcceptRole)
            button->click();
    }
    QCOMPARE(model->rowCount(), 1);
    QCOMPARE(controller->profile().tunnels.size(), 0u);
}

void TestGuiWindows::filesAreImportedAndExported()
{
    const QString file = (m_bench->directory() + u"/mine.toml"_s);
    QFile out(file);
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write(u"clientID = \"imported\"\nserverPort = %1\nproxyPort = %2\nlocalPort = %3\n"
              "auth.email = \"%4\"\nauth.password = \"%5\"\n"_s.arg(m_bench->server().controlPort())
                  .arg(m_bench->server().proxyPort())
                  .arg(m_bench->service().port())
                  .arg(QLatin1String(demoEmail), QLatin1String(demoPassword))
                  .toUtf8());
    out.close();
    const auto app = m_bench->startApp();
    app->window().findChild<SetupWizard *>()->reject();
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(file)});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&app->window(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&app->window(), &drop);
    QTRY_COMPARE_WITH_TIMEOUT(app->profiles().controllers().size(), 1u, patience);
    SessionController *controller = app->profiles().controllers().front().get();
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    QCOMPARE(m_bench->server().clientIds(), QStringList{u"imported"_s});
    const QString exported = (m_bench->directory() + u"/exported.toml"_s);
    app->profiles().exportFile(*controller, exported);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(exported), patience);
    const Result<ImportedProfile> read = importProfile(exported, QProcessEnvironment());
    QVERIFY(read);
    QCOMPARE(read->profile.settings, controller->profile().settings);
    QVERIFY(read->password.isEmpty());
    app->profiles().importFile((m_bench->directory() + u"/nothing.toml"_s));
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<QMessageBox *>(), patience); // says why not
}

void TestGuiWindows::settingsAreKept()
{
    {
        const auto app = m_bench->startApp();
        app->window().findChild<SetupWizard *>()->reject();
        app->showSettings();
        QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<SettingsDialog *>(), patience);
        auto *dialog = app->window().findChild<SettingsDialog *>();
        auto *style = find<QComboBox>(*dialog, u"style"_s);
        style->setCurrentIndex(style->findData(int(AppSettings::Style::Dark)));
        find<QAbstractButton>(*dialog, u"notifications"_s)->setChecked(false);
        find<QAbstractButton>(*dialog, u"autostart"_s)->setChecked(true);
        GuiBench::press(dialog);
        QVERIFY(QApplication::palette().color(QPalette::Window).lightness() < 100);
        const QString entry = qEnvironmentVariable("XDG_CONFIG_HOME") + u"/autostart/frpc-gui.desktop"_s;
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(entry), patience);
        app->showSettings();
        QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<SettingsDialog *>(), patience);
        dialog = app->window().findChild<SettingsDialog *>();
        QVERIFY(find<QAbstractButton>(*dialog, u"autostart"_s)->isChecked());
        find<QAbstractButton>(*dialog, u"autostart"_s)->setChecked(false);
        GuiBench::press(dialog);
        QTRY_VERIFY_WITH_TIMEOUT(!QFile::exists(entry), patience);
    }
    const auto app = m_bench->startApp();
    QCOMPARE(app->settings().notifications, false);
    QCOMPARE(app->settings().style, AppSettings::Style::Dark);
}

void TestGuiWindows::secondStartRaisesTheFirst()
{
    const QString path = (m_bench->directory() + u"/s"_s);
    auto first = std::make_unique<SingleInstance>(path);
    QSignalSpy became(first.get(), &SingleInstance::becameFirst);
    first->claim("one");
    QVERIFY(became.wait(patience));
    QSignalSpy received(first.get(), &SingleInstance::messageReceived);
    SingleInstance second(path);
    QSignalSpy handedOver(&second, &SingleInstance::handedOver);
    second.claim("two");
    QVERIFY(handedOver.wait(patience));
    QCOMPARE(received.size(), 1);
    QCOMPARE(received.first().first().toByteArray(), "two"_ba);
    first.reset(); // it is gone, and what it has left behind is no obstacle
    SingleInstance third(path);
    QSignalSpy becameToo(&third, &SingleInstance::becameFirst);
    third.claim("three");
    QVERIFY(becameToo.wait(patience));
}

void TestGuiWindows::closingWithoutATrayQuits()
{
    const auto app = m_bench->startApp();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    QVERIFY(!app->tray().isThere()); // on this platform
    QSignalSpy finished(app.get(), &GuiApp::finished);
    app->window().close();
    QVERIFY(finished.size() == 1 || finished.wait(patience));
    QTRY_COMPARE_WITH_TIMEOUT(m_bench->server().activeClients(), 0, patience);
}

void TestGuiWindows::rendersEachPage()
{
    const auto app = m_bench->startApp();
    app->window().findChild<SetupWizard *>()->reject();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    const QString directory = (m_bench->directory() + u"/pictures"_s);
    Screenshots screenshots(*app, directory);
    QSignalSpy finished(&screenshots, &Screenshots::finished);
    screenshots.start();
    QVERIFY(finished.wait(60'000));
    QCOMPARE(finished.first().first().toStringList(), QStringList());
    const QStringList files = QDir(directory).entryList({u"*.png"_s});
    QCOMPARE(files.size(), 12);
    for (const QString &file : files)
        QVERIFY(QImage(QDir(directory).filePath(file)).width() > 300);
}

namespace {

int testMain(int argc, char *argv[])
{
    GuiBench::prepare();
    const QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestGuiWindows test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_guiwindows", testMain);

#include "tst_guiwindows.moc"
