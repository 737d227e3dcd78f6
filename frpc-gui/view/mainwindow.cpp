// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/mainwindow.h"

#include "frpc-gui/session/profilemanager.h"
#include "frpc-gui/view/contentarea.h"
#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/widgets.h"

#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QLabel>
#include <QListWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTextDocument>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

/// Returns the files that an import can read.
QStringList configFiles(const QMimeData *data)
{
    QStringList files;
    const QList<QUrl> urls = data->urls();
    for (const QUrl &url : urls) {
        const QString path = url.toLocalFile();
        if (path.endsWith(".toml"_L1, Qt::CaseInsensitive) || path.endsWith(".ini"_L1, Qt::CaseInsensitive))
            files << path;
    }
    return files;
}

} // namespace

MainWindow::MainWindow(ProfileManager &profiles, LogModel &log)
    : m_profiles(profiles)
    , m_log(log)
    , m_list(new QListWidget)
    , m_pages(new QStackedWidget)
{
    setObjectName(u"mainWindow"_s);
    setWindowTitle(u"frpc"_s);
    setWindowIcon(applicationIcon());
    setAcceptDrops(true);
    makeMenu();

    name(m_list, u"serverList"_s, tr("Servers"));
    m_list->setIconSize({20, 20});
    m_list->setSpacing(2);
    auto *addButton = new QPushButton(actionIcon(u"add"_s), tr("Add a &server …"));
    addButton->setObjectName(u"addServerButton"_s);
    auto *side = new QWidget;
    auto *sideLayout = new QVBoxLayout(side);
    sideLayout->setContentsMargins(12, 12, 0, 12);
    sideLayout->addWidget(m_list, 1);
    sideLayout->addWidget(addButton);

    auto *empty = new QWidget;
    auto *emptyLayout = new QVBoxLayout(empty);
    auto *hello = new QLabel(tr("No server yet"));
    hello->setAlignment(Qt::AlignCenter);
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.5);
    hello->setFont(big);
    QLabel *hint = mutedLabel(tr("Add one, or drop a configuration file of frpc here."));
    hint->setAlignment(Qt::AlignCenter);
    emptyLayout->addStretch();
    emptyLayout->addWidget(hello);
    emptyLayout->addWidget(hint);
    emptyLayout->addStretch();
    m_pages->addWidget(new ContentArea(empty));

    auto *splitter = new QSplitter;
    splitter->addWidget(side);
    splitter->addWidget(m_pages);
    splitter->setStretchFactor(0, 0);
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    setCentralWidget(splitter);
    statusBar()->setSizeGripEnabled(true);
    resize(QSize(widthOfChars(*this, 130), 42 * fontMetrics().lineSpacing()).boundedTo(roomForWindow(*this)));
    // On a small screen the list is narrow, so that the page has room.
    const int sideWidth =
        std::max(side->minimumSizeHint().width(), std::min(widthOfChars(*this, 28), width() / 4));
    splitter->setSizes({sideWidth, width() - sideWidth});

    connect(addButton, &QPushButton::clicked, this, &MainWindow::addRequested);
    connect(m_list, &QListWidget::currentRowChanged, this, [this](int row) {
        m_pages->setCurrentIndex(row + 1); // page 0 is shown when there is no server
    });
    connect(&m_profiles, &ProfileManager::added, this, &MainWindow::add);
    connect(&m_profiles, &ProfileManager::removed, this, &MainWindow::remove);
}

void MainWindow::makeMenu()
{
    QMenu *program = menuBar()->addMenu(tr("&Program"));
    program->addAction(tr("&Add a server …"), QKeySequence::New, this, &MainWindow::addRequested);
    program->addAction(tr("&Import frpc.toml …"), QKeySequence::Open, this, &MainWindow::chooseImport);
    program->addSeparator();
    QAction *settings = program->addAction(tr("&Settings …"), this, &MainWindow::settingsRequested);
    settings->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Comma));
    settings->setMenuRole(QAction::PreferencesRole);
    program->addSeparator();
    QAction *quit = program->addAction(tr("&Quit"), this, &MainWindow::quitRequested);
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
    quit->setMenuRole(QAction::QuitRole);
    QMenu *server = menuBar()->addMenu(tr("Co&nnection"));
    const auto with = [this](auto what) {
        return [this, what] {
            if (SessionController *controller = current())
                what(*controller);
        };
    };
    server->addAction(tr("&Connect"), this, with([](SessionController &c) { c.connectToServer(); }));
    server->addAction(tr("&Disconnect"), this, with([](SessionController &c) { c.disconnectFromServer(); }));
    server->addAction(tr("&Log out"), this, with([](SessionController &c) { c.logOut(); }));
    server->addSeparator();
    server->addAction(
        tr("&Server settings …"), this, with([this](SessionController &c) { page(&c)->editServer(); }));
}

/// Null for the page without a server.
SessionPage *MainWindow::pageAt(int index) const
{
    return qobject_cast<SessionPage *>(static_cast<ContentArea *>(m_pages->widget(index))->widget());
}

/// -1: it has no page.
int MainWindow::indexOf(SessionController *controller) const
{
    for (int i = 1; i < m_pages->count(); ++i) {
        if (&pageAt(i)->controller() == controller)
            return i;
    }
    return -1;
}

SessionPage *MainWindow::page(SessionController *controller) const
{
    const int index = indexOf(controller);
    return index < 0 ? nullptr : pageAt(index);
}

SessionController *MainWindow::current() const
{
    SessionPage *known = pageAt(m_pages->currentIndex());
    return known ? &known->controller() : nullptr;
}

QListWidgetItem *MainWindow::item(SessionController *controller) const
{
    const int index = indexOf(controller);
    return index < 0 ? nullptr : m_list->item(index - 1);
}

void MainWindow::showServer(SessionController *controller)
{
    if (QListWidgetItem *known = item(controller))
        m_list->setCurrentItem(known);
}

void MainWindow::add(SessionController *controller)
{
    m_pages->addWidget(new ContentArea(new SessionPage(*controller, m_profiles, m_log)));
    m_list->addItem(new QListWidgetItem);
    connect(controller, &SessionController::changed, this, [this, controller] { refresh(controller); });
    refresh(controller);
    if (m_list->currentRow() < 0)
        m_list->setCurrentRow(0);
}

void MainWindow::remove(SessionController *controller)
{
    controller->disconnect(this);
    QWidget *known = m_pages->widget(indexOf(controller));
    QListWidgetItem *row = item(controller);
    m_pages->removeWidget(known);
    delete known; // delete at once: it refers to the controller
    delete row;
    m_pages->setCurrentIndex(m_list->currentRow() + 1);
}

void MainWindow::refresh(SessionController *controller)
{
    QListWidgetItem *row = item(controller);
    const StatusText &text = controller->statusText();
    row->setText(controller->profile().name);
    row->setIcon(levelIcon(text.level));
    row->setToolTip(Qt::convertFromPlainText(text.title)); // plain text may contain characters of markup
    row->setData(Qt::AccessibleTextRole, u"%1: %2"_s.arg(controller->profile().name, levelName(text.level)));
}

void MainWindow::raiseFully()
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

void MainWindow::say(const QString &sentence)
{
    constexpr int shownMs = 10'000;
    statusBar()->showMessage(sentence, shownMs);
}

void MainWindow::showFailure(const QString &what, const QString &why)
{
    auto *box = new QMessageBox(QMessageBox::Warning, u"frpc"_s, what, QMessageBox::NoButton, this);
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(why);
    box->addButton(tr("Close"), QMessageBox::AcceptRole);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::chooseImport()
{
    auto *dialog = new QFileDialog(
        this, tr("Import a configuration"), {}, tr("Configurations of frpc and frp (*.toml *.ini)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, &m_profiles, &ProfileManager::importFile);
    dialog->open();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    event->ignore();
    Q_EMIT closing();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (!configFiles(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    const QStringList files = configFiles(event->mimeData());
    for (const QString &file : files)
        m_profiles.importFile(file);
    event->acceptProposedAction();
}

} // namespace frpx::gui
