// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/accountpage.h"

#include "frpc-gui/model/profile.h"
#include "frpc-gui/view/formlayout.h"
#include "frpc-gui/view/widgets.h"

#include <QLabel>
#include <QLineEdit>

using namespace Qt::StringLiterals;

namespace frpx::gui {

AccountPage::AccountPage()
    : m_email(new QLineEdit)
    , m_password(passwordField())
{
    setTitle(tr("Your account"));
    setSubTitle(tr("What you log in with at this server."));
    m_email->setMaxLength(254);
    m_email->setInputMethodHints(Qt::ImhEmailCharactersOnly);
    name(m_email, u"email"_s, tr("E-mail"));
    name(m_password, u"password"_s, tr("Password"));
    auto *form = new FormLayout;
    form->addRow(tr("&E-mail:"), m_email);
    form->addRow(tr("&Password:"), m_password);
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(16);
    layout->addLayout(form);
    layout->addWidget(
        mutedLabel(tr("The password is used once and never stored. The server issues a login that only this "
                      "computer has, and that can be revoked.")));
    layout->addStretch();
    showContent(*this, content);
    connect(m_email, &QLineEdit::textChanged, this, &QWizardPage::completeChanged);
    connect(m_password, &QLineEdit::textChanged, this, &QWizardPage::completeChanged);
}

void AccountPage::fill(Profile &profile) const
{
    profile.email = email();
}

QString AccountPage::email() const
{
    return m_email->text().trimmed();
}

QString AccountPage::password() const
{
    return m_password->text();
}

void AccountPage::forgetPassword()
{
    m_password->clear();
}

bool AccountPage::isComplete() const
{
    return !email().isEmpty() && !m_password->text().isEmpty();
}

} // namespace frpx::gui
