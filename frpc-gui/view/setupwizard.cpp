// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/setupwizard.h"

#include "frpc-gui/session/profilemanager.h"
#include "frpc-gui/view/accountpage.h"
#include "frpc-gui/view/connectpage.h"
#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/serverpage.h"
#include "frpc-gui/view/servicepage.h"
#include "frpc-gui/view/widgets.h"

using namespace Qt::StringLiterals;

namespace frpx::gui {

SetupWizard::SetupWizard(ProfileManager &profiles, QWidget *parent)
    : QWizard(parent)
    , m_profiles(profiles)
    , m_server(new ServerPage)
    , m_account(new AccountPage)
    , m_service(new ServicePage(profiles.defaultClientId()))
    , m_connect(new ConnectPage(*this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(u"setupWizard"_s);
    const auto tellStep = [this](int page) {
        setWindowTitle(tr("Connect to a server (%1 of %2)").arg(std::max(page, 0) + 1).arg(Connect + 1));
    };
    connect(this, &QWizard::currentIdChanged, this, tellStep);
    tellStep(Server);
    setWizardStyle(QWizard::ModernStyle);
    setOption(QWizard::NoBackButtonOnStartPage);
    setOption(QWizard::NoDefaultButton, false);
    // Qt's own translations may lack the language of the program.
    setButtonText(QWizard::NextButton, tr("&Next >"));
    setButtonText(QWizard::BackButton, tr("< &Back"));
    setButtonText(QWizard::FinishButton, tr("&Finish"));
    setButtonText(QWizard::CancelButton, tr("Cancel"));
    setPixmap(QWizard::LogoPixmap, applicationIcon().pixmap(QSize(48, 48), devicePixelRatioF()));
    setPage(Server, m_server);
    setPage(Account, m_account);
    setPage(Service, m_service);
    setPage(Connect, m_connect);
    QSize wanted(widthOfChars(*this, 80), 0);
    const QList<int> ids = pageIds();
    for (const int id : ids)
        wanted = wanted.expandedTo(page(id)->sizeHint());
    constexpr int linesAround = 12; // title, subtitle, buttons and the space between them
    wanted.rheight() += linesAround * fontMetrics().lineSpacing();
    resize(wanted.boundedTo(roomForWindow(*this)));
}

Profile SetupWizard::profile() const
{
    Profile profile;
    m_server->fill(profile);
    m_account->fill(profile);
    m_service->fill(profile);
    return profile;
}

void SetupWizard::tryToConnect()
{
    const QString email = m_account->email();
    const QString password = m_account->password();
    if (m_controller) {
        Profile changed = profile();
        changed.id = m_controller->profile().id;
        changed.name = m_controller->profile().name;
        m_controller->setProfile(changed);
        m_controller->logIn(email, password);
        Q_EMIT controllerMade(m_controller);
        return;
    }
    if (m_isMaking)
        return;
    m_isMaking = true;
    Profile made = profile();
    made.name = made.serverHost();
    m_profiles.add(made, this, [this, email, password](SessionController *controller) {
        m_isMaking = false;
        m_controller = controller;
        controller->logIn(email, password);
        Q_EMIT controllerMade(controller);
    });
}

void SetupWizard::done(int result)
{
    m_account->forgetPassword();
    if (result == QDialog::Rejected && m_controller && !m_controller->isOnline())
        m_profiles.remove(m_controller);
    QWizard::done(result);
}

} // namespace frpx::gui
