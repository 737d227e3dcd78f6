// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/logindialog.h"
#include "frpc-gui/view/serverdialog.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/settingsdialog.h"
#include "frpc-gui/view/setupwizard.h"
#include "frpc-gui/view/trustdialog.h"
#include "frpc-gui/view/tunneldialog.h"
#include "tests/gui/cutoff.h"
#include "tests/gui/guibench.h"
#include "tests/support/testregistry.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QFontDatabase>
#include <QGroupBox>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QKeySequence>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QPushButton>
#include <QRadioButton>
#include <QScreen>
#include <QTabBar>
#include <QTableView>
#include <QTabWidget>
#include <QTest>
#include <QTranslator>

using namespace frpx;
using namespace frpx::gui;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

/// Made by Qt inside of another widget, which does its work by the keyboard.
bool isPart(const QWidget *widget)
{
    const QWidget *parent = widget->parentWidget();
    return widget->objectName().startsWith(u"qt_"_s) || qobject_cast<const QAbstractSpinBox *>(parent)
        || qobject_cast<const QComboBox *>(parent) || qobject_cast<const QLineEdit *>(parent)
        || qobject_cast<const QTabBar *>(parent) || qobject_cast<const QAbstractItemView *>(parent)
        || qobject_cast<const QHeaderView *>(widget);
}

bool isInteractive(const QWidget *widget)
{
    return qobject_cast<const QAbstractButton *>(widget) || qobject_cast<const QLineEdit *>(widget)
        || qobject_cast<const QAbstractSpinBox *>(widget) || qobject_cast<const QComboBox *>(widget)
        || qobject_cast<const QAbstractItemView *>(widget) || qobject_cast<const QTabBar *>(widget);
}

/// What can be seen of \a window now.
QList<QWidget *> visibleWidgets(const QWidget &window)
{
    QList<QWidget *> widgets = window.findChildren<QWidget *>();
    widgets.removeIf([&window](const QWidget *widget) {
        return widget->window() != &window || !widget->isVisible() || isPart(widget);
    });
    return widgets;
}

QString describe(const QWidget *widget)
{
    QString text = QString::fromLatin1(widget->metaObject()->className()) + u' ' + widget->objectName();
    if (const auto *label = qobject_cast<const QLabel *>(widget))
        text += u" “%1”"_s.arg(label->text());
    if (const auto *button = qobject_cast<const QAbstractButton *>(widget))
        text += u" “%1”"_s.arg(button->text());
    return text;
}

/// Those that Tab leads to, from one to the next and round again.
QSet<const QWidget *> reachedByTab()
{
    QSet<const QWidget *> reached;
    for (const QWidget *focus = QApplication::focusWidget(); focus && !reached.contains(focus);
         focus = QApplication::focusWidget()) {
        reached.insert(focus);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    return reached;
}

bool isReached(const QWidget *widget, const QSet<const QWidget *> &reached)
{
    if (reached.contains(widget) || reached.contains(widget->focusProxy()))
        return true;
    const auto *radio = qobject_cast<const QRadioButton *>(widget);
    if (!radio)
        return false;
    // Tab leads to the chosen one, arrows to the others.
    const QList<QRadioButton *> group = radio->parentWidget()->findChildren<QRadioButton *>();
    return std::any_of(
        group.begin(), group.end(), [&reached](const QRadioButton *one) { return reached.contains(one); });
}

/// What is shown with Alt and a letter.
QStringList textsWithMnemonics(const QWidget &window)
{
    QStringList texts;
    const QList<QWidget *> widgets = visibleWidgets(window);
    for (const QWidget *widget : widgets) {
        if (const auto *button = qobject_cast<const QAbstractButton *>(widget))
            texts << button->text();
        else if (const auto *label = qobject_cast<const QLabel *>(widget); label && label->buddy())
            texts << label->text();
        else if (const auto *box = qobject_cast<const QGroupBox *>(widget))
            texts << box->title();
        else if (const auto *bar = qobject_cast<const QMenuBar *>(widget)) {
            for (const QAction *action : bar->actions())
                texts << action->text();
        } else if (const auto *tabs = qobject_cast<const QTabBar *>(widget)) {
            for (int i = 0; i < tabs->count(); ++i)
                texts << tabs->tabText(i);
        }
    }
    return texts;
}

/// What of \a window is cut off or out of reach.
QStringList hiddenTexts(const QWidget &window)
{
    QStringList faults;
    const QList<QWidget *> widgets = visibleWidgets(window);
    for (const QWidget *widget : widgets) {
        if (const QString how = cutOff(widget); !how.isEmpty())
            faults << u"cut off, %1: %2"_s.arg(how, describe(widget));
        if (isOutside(widget))
            faults << u"outside of what it is in: "_s + describe(widget);
    }
    return faults;
}

constexpr QSize smallScreen(1024, 600);
constexpr int layoutPatience = 1000; // ms

/// Qt's offscreen platform with that screen; \a file is to describe it.
bool useSmallScreen(const QString &file)
{
    const QJsonObject screen{{u"name"_s, u"small"_s}, {u"x"_s, 0}, {u"y"_s, 0},
        {u"width"_s, smallScreen.width()}, {u"height"_s, smallScreen.height()}, {u"logicalDpi"_s, 96},
        {u"logicalBaseDpi"_s, 96}, {u"dpr"_s, 1}};
    QFile description(file);
    if (!description.open(QIODevice::WriteOnly))
        return false;
    description.write(QJsonDocument(QJsonObject{{u"screens"_s, QJsonArray{screen}}}).toJson());
    return qputenv("QT_QPA_PLATFORM", "offscreen:configfile=" + QFile::encodeName(file));
}

/// As long as what a server or the system may say.
QString longSentence()
{
    return u"The server cannot be reached at the moment, since the network of this computer has no way to "
           u"it; "
           u"the next attempt is in a minute, and whoever runs the server may know more."_s;
}

} // namespace

/// Everything can be done by the keyboard, has a name for a screen reader, and is shown whole, in each
/// language, with fonts of two families in three sizes, on a small screen.
class TestGuiAccess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void windowsAreForEverybody_data();
    void windowsAreForEverybody();

private:
    void look(QWidget &window, const QString &where);
    void checkAtSizes(QWidget &window, const QString &where);
    void lookAndClose(QDialog *dialog, const QString &where);

    std::unique_ptr<GuiBench> m_bench;
    QFont m_usualFont;
    QStringList m_faults;
    int m_looked = 0;
};

void TestGuiAccess::initTestCase()
{
    QCOMPARE(QGuiApplication::primaryScreen()->size(), smallScreen);
    m_bench = std::make_unique<GuiBench>();
    QVERIFY(m_bench->isReady());
}

void TestGuiAccess::init()
{
    m_usualFont = QApplication::font();
    m_faults.clear();
    m_looked = 0;
}

void TestGuiAccess::cleanup()
{
    QApplication::setFont(m_usualFont);
    QDir(m_bench->directory()).removeRecursively(); // a new person comes
    QVERIFY(QDir().mkpath(m_bench->directory()));
}

/// As it opens, as small as it may be made, and large.
void TestGuiAccess::checkAtSizes(QWidget &window, const QString &where)
{
    const QSize opened = window.size();
    if (opened.width() > smallScreen.width() || opened.height() > smallScreen.height())
        m_faults << u"%1: larger than the screen, %2"_s.arg(where, sizes(opened, smallScreen));
    for (const QSize size : {opened, QSize(1, 1), QSize(1600, 1000), opened}) {
        window.resize(size);
        QStringList faults; // until the layouts within layouts have settled
        if (!QTest::qWaitFor([&] { return (faults = hiddenTexts(window)).isEmpty(); }, layoutPatience))
            m_faults << u"%1, %2x%3: %4"_s.arg(where)
                            .arg(window.width())
                            .arg(window.height())
                            .arg(faults.join(u"; "_s));
    }
}

void TestGuiAccess::look(QWidget &window, const QString &where)
{
    window.activateWindow();
    QVERIFY2(QTest::qWaitForWindowActive(&window), qPrintable(where));
    QCoreApplication::processEvents();
    checkAtSizes(window, where);
    const auto fault = [&](const QString &what) { m_faults << u"%1: %2"_s.arg(where, what); };
    const QList<QWidget *> widgets = visibleWidgets(window);
    QWidget *first = nullptr;
    for (QWidget *widget : widgets) {
        if (!first && isInteractive(widget) && widget->isEnabled())
            first = widget;
    }
    QVERIFY(first);
    if (!QApplication::focusWidget() || QApplication::focusWidget()->window() != &window)
        first->setFocus(Qt::TabFocusReason);
    const QSet<const QWidget *> reached = reachedByTab();
    for (const QWidget *widget : widgets) {
        if (!isInteractive(widget))
            continue;
        ++m_looked;
        const QAccessibleInterface *face =
            QAccessible::queryAccessibleInterface(const_cast<QWidget *>(widget));
        if (!face || (face->text(QAccessible::Name).isEmpty() && !qobject_cast<const QTabBar *>(widget)))
            fault(u"nameless: "_s + describe(widget));
        if (widget->isEnabled() && !isReached(widget, reached))
            fault(u"not reached by Tab: "_s + describe(widget));
    }
    QSet<QString> keys;
    const QStringList texts = textsWithMnemonics(window);
    for (const QString &text : texts) {
        const QString key = QKeySequence::mnemonic(text).toString();
        if (!key.isEmpty() && keys.contains(key))
            fault(u"%1 is taken twice, by “%2”"_s.arg(key, text));
        keys.insert(key);
    }
}

void TestGuiAccess::lookAndClose(QDialog *dialog, const QString &where)
{
    dialog->open();
    look(*dialog, where);
    // What is said later.
    for (const QString &label :
        {u"serverFault"_s, u"tunnelFault"_s, u"testResult"_s, u"serverPageFault"_s, u"servicePageFault"_s}) {
        if (auto *found = dialog->findChild<QLabel *>(label); found && found->isVisible())
            found->setText(longSentence());
    }
    checkAtSizes(*dialog, where + u", with a long sentence"_s);
    dialog->reject();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void TestGuiAccess::windowsAreForEverybody_data()
{
    QTest::addColumn<QString>("translation");
    QTest::addColumn<QString>("family");
    QTest::addColumn<int>("points");
    for (const QString &family : {u"DejaVu Sans"_s, u"Noto Sans"_s}) {
        for (const int points : {8, 11, 16}) {
            QTest::addRow("English, %s, %d", qPrintable(family), points) << QString() << family << points;
            QTest::addRow("Simplified Chinese, %s, %d", qPrintable(family), points)
                << u":/i18n/frpc-gui_zh_CN.qm"_s << family << points;
        }
    }
}

void TestGuiAccess::windowsAreForEverybody()
{
    QFETCH(const QString, translation);
    QFETCH(const QString, family);
    QFETCH(const int, points);
    if (!QFontDatabase::hasFamily(family))
        QSKIP("This font is not installed.");
    QTranslator translator;
    if (!translation.isEmpty())
        QVERIFY(translator.load(translation) && QCoreApplication::installTranslator(&translator));
    QApplication::setFont(QFont(family, points));

    const auto app = m_bench->startApp();
    lookAndClose(app->window().findChild<SetupWizard *>(), u"wizard, server"_s);
    for (const auto step : {SetupWizard::Account, SetupWizard::Service}) {
        auto *wizard = new SetupWizard(app->profiles(), &app->window());
        wizard->setStartId(step);
        lookAndClose(wizard, u"wizard, step %1"_s.arg(step));
    }
    look(app->window(), u"window without a server"_s);

    Profile profile = m_bench->profile(u"home"_s);
    TunnelSpec spec;
    spec.name = u"web"_s;
    spec.localPort = m_bench->service().port();
    profile.putTunnel({}, spec);
    SessionController *controller = m_bench->addAndLogIn(*app, profile);
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    SessionPage *page = app->window().page(controller);
    for (int tab = 0; tab < page->tabs()->count(); ++tab) {
        page->tabs()->setCurrentIndex(tab);
        if (auto *table = page->tabs()->widget(tab)->findChild<QTableView *>())
            table->selectRow(1);
        look(app->window(), u"window, tab %1"_s.arg(tab));
    }
    client::ServerCertificate shown;
    lookAndClose(new TrustDialog(shown, u"home"_s, &app->window()), u"certificate"_s);
    shown.remembered = Fingerprint::ofDer("x");
    lookAndClose(new TrustDialog(shown, u"home"_s, &app->window()), u"changed certificate"_s);
    lookAndClose(new SettingsDialog(app->settings(), true, &app->window()), u"settings"_s);
    lookAndClose(new ServerDialog(controller->profile(), &app->window()), u"server"_s);
    lookAndClose(new TunnelDialog(controller->profile(), {}, &app->window()), u"new tunnel"_s);
    lookAndClose(new TunnelDialog(controller->profile(), u"web"_s, &app->window()), u"tunnel"_s);

    controller->logOut();
    QTRY_COMPARE_WITH_TIMEOUT(controller->statusText().level, StatusLevel::Off, patience);
    controller->connectToServer();
    QTRY_VERIFY_WITH_TIMEOUT(page->findChild<LoginDialog *>(), patience);
    look(*page->findChild<LoginDialog *>(), u"login"_s);
    find<QLabel>(*page->findChild<LoginDialog *>(), u"loginReason"_s)->setText(longSentence());
    checkAtSizes(*page->findChild<LoginDialog *>(), u"login, with a long sentence"_s);
    page->findChild<LoginDialog *>()->reject();
    QTRY_VERIFY(!page->findChild<LoginDialog *>());
    page->tabs()->setCurrentIndex(0);
    look(app->window(), u"window that wants a login"_s);
    for (const QString &label : {u"statusDetail"_s, u"statusAdvice"_s}) {
        find<QLabel>(*page, label)->setText(longSentence());
        find<QLabel>(*page, label)->show();
    }
    checkAtSizes(app->window(), u"window, with long sentences"_s);

    QVERIFY2(m_faults.isEmpty(), qPrintable(m_faults.join(u'\n')));
    QVERIFY(m_looked > 100);
}

namespace {

int testMain(int argc, char *argv[])
{
    GuiBench::prepare();
    const QTemporaryDir place;
    if (!useSmallScreen(place.filePath(u"screen.json"_s)))
        return EXIT_FAILURE;
    const QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestGuiAccess test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_guiaccess", testMain);

#include "tst_guiaccess.moc"
