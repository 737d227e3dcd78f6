// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/sessionpage.h"

#include "frpc-gui/session/profilemanager.h"
#include "frpc-gui/view/logindialog.h"
#include "frpc-gui/view/logtab.h"
#include "frpc-gui/view/overviewtab.h"
#include "frpc-gui/view/serverdialog.h"
#include "frpc-gui/view/statusheader.h"
#include "frpc-gui/view/trustdialog.h"
#include "frpc-gui/view/tunneltab.h"
#include "frpc-gui/view/widgets.h"

#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QTabWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace frpx::gui {

SessionPage::SessionPage(
    SessionController &controller, ProfileManager &profiles, LogModel &log, QWidget *parent)
    : QWidget(parent)
    , m_controller(controller)
    , m_profiles(profiles)
    , m_tabs(new QTabWidget)
{
    auto *header = new StatusHeader(controller);
    auto *tunnels = new TunnelTab(controller);
    m_tabs->addTab(new OverviewTab(controller), tr("&Overview"));
    m_tabs->addTab(tunnels, tr("&Tunnels"));
    m_tabs->addTab(new LogTab(log), tr("Lo&g"));
    name(m_tabs, u"tabs"_s, tr("Parts of the connection"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(12);
    layout->addWidget(header);
    layout->addWidget(m_tabs, 1);
    connect(header, &StatusHeader::loginRequested, this, &SessionPage::logIn);
    connect(header, &StatusHeader::certificateRequested, this, [this] { askForTrust(); });
    connect(header, &StatusHeader::settingsRequested, this, &SessionPage::editServer);
    connect(tunnels, &TunnelTab::settingsRequested, this, &SessionPage::editServer);
}

void SessionPage::logIn()
{
    if (!findChild<LoginDialog *>())
        (new LoginDialog(m_controller, this))->open();
}

void SessionPage::askForTrust(QWidget *above)
{
    const std::optional<client::ServerCertificate> &shown = m_controller.status().certificate;
    if (!shown)
        return;
    if (m_trustDialog && m_trustDialog->shown().fingerprint == shown->fingerprint)
        return m_trustDialog->raise();
    if (m_trustDialog)
        m_trustDialog->reject(); // the server now shows another certificate
    auto *dialog = new TrustDialog(*shown, m_controller.profile().name, above ? above : this);
    m_trustDialog = dialog;
    connect(dialog, &QDialog::accepted, this,
        [this, accepted = shown->fingerprint] { m_controller.trustServer(accepted); });
    dialog->open();
}

void SessionPage::editServer()
{
    auto *dialog = new ServerDialog(m_controller.profile(), this);
    connect(dialog, &ServerDialog::chosen, this,
        [this](const Profile &profile) { m_controller.setProfile(profile); });
    connect(dialog, &ServerDialog::exportRequested, this, &SessionPage::exportFile);
    connect(dialog, &ServerDialog::removeRequested, this, [this, dialog] {
        dialog->reject();
        removeServer();
    });
    dialog->open();
}

void SessionPage::exportFile()
{
    auto *dialog = new QFileDialog(this, tr("Export frpc.toml"), {}, tr("Configuration of frpc (*.toml)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"toml"_s);
    dialog->selectFile(u"frpc.toml"_s);
    connect(dialog, &QFileDialog::fileSelected, this,
        [this](const QString &path) { m_profiles.exportFile(m_controller, path); });
    dialog->open();
}

void SessionPage::removeServer()
{
    auto *question = new QMessageBox(QMessageBox::Question, tr("Remove a server"),
        tr("Remove the server “%1” with its tunnels and its login?").arg(m_controller.profile().name),
        QMessageBox::NoButton, this);
    question->setTextFormat(Qt::PlainText);
    const QPushButton *yes = question->addButton(tr("&Remove"), QMessageBox::AcceptRole);
    question->addButton(tr("Cancel"), QMessageBox::RejectRole);
    question->setAttribute(Qt::WA_DeleteOnClose);
    // Queued: the page, which is the parent of the message box, is deleted.
    connect(
        yes, &QPushButton::clicked, this, [this] { m_profiles.remove(&m_controller); }, Qt::QueuedConnection);
    question->open();
}

} // namespace frpx::gui
