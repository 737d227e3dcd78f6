// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/logindialog.h"
#include "frpc-gui/view/serverdialog.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/settingsdialog.h"
#include "frpc-gui/view/setupwizard.h"
#include "frpc-gui/view/trustdialog.h"
#include "frpc-gui/view/tunneldialog.h"
#include "tests/gui/guibench.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QGroupBox>
#include <QHeaderView>
#include <QKeySequence>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QPushButton>
#include <QRadioButton>
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

/// Why \a widget does not show all of its text; empty: it does.
QString cutOff(const QWidget *widget)
{
    const auto *label = qobject_cast<const QLabel *>(widget);
    if (label && label->wordWrap() && label->height() < label->heightForWidth(label->width()))
        return u"%1 instead of %2 high"_s.arg(label->height()).arg(label->heightForWidth(label->width()));
    if (label && !label->wordWrap() && label->width() < label->sizeHint().width())
        return u"%1 instead of %2 wide"_s.arg(label->width()).arg(label->sizeHint().width());
    if (const auto *line = qobject_cast<const QLineEdit *>(widget)) {
        const int wanted = line->fontMetrics().horizontalAdvance(line->placeholderText());
        return wanted > line->width() ? u"the placeholder does not fit"_s : QString();
    }
    const bool hasText = qobject_cast<const QAbstractButton *>(widget)
        || qobject_cast<const QAbstractSpinBox *>(widget) || qobject_cast<const QComboBox *>(widget)
        || qobject_cast<const QTabBar *>(widget);
    const QSize wanted = widget->minimumSizeHint();
    if (hasText && (widget->width() < wanted.width() || widget->height() < wanted.height()))
        return u"%1x%2 instead of %3x%4"_s.arg(widget->width())
            .arg(widget->height())
            .arg(wanted.width())
            .arg(wanted.height());
    return {};
}

} // namespace

/// Everything can be done by the keyboard, has a name for a screen reader, and is shown whole, in each
/// language and with a large font.
class TestGuiAccess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void windowsAreForEverybody_data();
    void windowsAreForEverybody();

private:
    void look(QWidget &window, const QString &where);
    void lookAndClose(QDialog *dialog, const QString &where);

    std::unique_ptr<GuiBench> m_bench;
    QFont m_usualFont;
    QStringList m_faults;
    int m_looked = 0;
};

void TestGuiAccess::init()
{
    m_bench = std::make_unique<GuiBench>();
    QVERIFY(m_bench->isReady());
    m_usualFont = QApplication::font();
    m_faults.clear();
    m_looked = 0;
}

void TestGuiAccess::cleanup()
{
    QApplication::setFont(m_usualFont);
    m_bench.reset();
}

void TestGuiAccess::look(QWidget &window, const QString &where)
{
    window.activateWindow();
    QVERIFY2(QTest::qWaitForWindowActive(&window), qPrintable(where));
    QCoreApplication::processEvents(); // layouts
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
        if (const QString how = cutOff(widget); !how.isEmpty())
            fault(u"cut off, %1: %2"_s.arg(how, describe(widget)));
        if (const auto *table = qobject_cast<const QTableView *>(widget)) {
            const QHeaderView *header = table->horizontalHeader();
            for (int i = 0; i < header->count(); ++i) {
                if (header->sectionSize(i) < header->sectionSizeHint(i))
                    fault(u"the head of column %1 is cut off"_s.arg(i));
            }
        }
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
    dialog->reject();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void TestGuiAccess::windowsAreForEverybody_data()
{
    QTest::addColumn<QString>("translation");
    QTest::addColumn<double>("scale");
    QTest::newRow("English") << QString() << 1.0;
    QTest::newRow("English, large") << QString() << 1.5;
    QTest::newRow("Simplified Chinese") << u":/i18n/frpc-gui_zh_CN.qm"_s << 1.0;
    QTest::newRow("Simplified Chinese, large") << u":/i18n/frpc-gui_zh_CN.qm"_s << 1.5;
}

void TestGuiAccess::windowsAreForEverybody()
{
    QFETCH(const QString, translation);
    QFETCH(const double, scale);
    QTranslator translator;
    if (!translation.isEmpty())
        QVERIFY(translator.load(translation) && QCoreApplication::installTranslator(&translator));
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() * scale);
    QApplication::setFont(font);

    const auto app = m_bench->startApp();
    lookAndClose(app->window().findChild<SetupWizard *>(), u"wizard, server"_s);
    for (const auto step : {SetupWizard::Account, SetupWizard::Service}) {
        auto *wizard = new SetupWizard(app->profiles(), &app->window());
        wizard->setStartId(step);
        lookAndClose(wizard, u"wizard, step %1"_s.arg(step));
    }
    look(app->window(), u"window without a server"_s);

    Profile profile = m_bench->profile(u"home"_s);
    client::TunnelSpec spec;
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
    QTRY_COMPARE_WITH_TIMEOUT(controller->words().light, Light::Off, patience);
    controller->connectToServer();
    QTRY_VERIFY_WITH_TIMEOUT(page->findChild<LoginDialog *>(), patience);
    look(*page->findChild<LoginDialog *>(), u"login"_s);
    page->findChild<LoginDialog *>()->reject();
    QTRY_VERIFY(!page->findChild<LoginDialog *>());
    page->tabs()->setCurrentIndex(0);
    look(app->window(), u"window that wants a login"_s);

    QVERIFY2(m_faults.isEmpty(), qPrintable(m_faults.join(u'\n')));
    QVERIFY(m_looked > 100);
}

int main(int argc, char *argv[])
{
    GuiBench::prepare();
    const QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestGuiAccess test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_guiaccess.moc"
