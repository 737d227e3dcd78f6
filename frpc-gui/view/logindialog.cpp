// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/logindialog.h"

#include "frpc-gui/session/sessioncontroller.h"
#include "frpc-gui/view/formlayout.h"
#include "frpc-gui/view/widgets.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace frpx::gui {

using State = client::ServerSession::State;

LoginDialog::LoginDialog(SessionController &controller, QWidget *parent)
    : ContentDialog(parent)
    , m_controller(controller)
    , m_reason(textLabel())
    , m_email(new QLineEdit(controller.profile().email))
    , m_password(passwordField())
{
    setObjectName(u"loginDialog"_s);
    setWindowTitle(tr("Log in to %1").arg(controller.profile().name));
    m_email->setMaxLength(254);
    m_email->setInputMethodHints(Qt::ImhEmailCharactersOnly);
    name(m_email, u"email"_s, tr("E-mail"));
    name(m_password, u"password"_s, tr("Password"));
    m_reason->setObjectName(u"loginReason"_s);
    auto *form = new FormLayout;
    form->addRow(tr("&E-mail:"), m_email);
    form->addRow(tr("&Password:"), m_password);
    QDialogButtonBox *buttons = acceptBox(tr("Log in"));
    m_accept = buttons->button(QDialogButtonBox::Ok);
    auto *content = new QVBoxLayout;
    content->setSpacing(12);
    content->addWidget(m_reason);
    content->addLayout(form);
    content->addWidget(mutedLabel(tr("The password is not stored; the login that the server issues is.")));
    content->addStretch();
    setContent(content, {buttons});
    setMinimumWidth(widthOfChars(*this, 50));
    connect(buttons, &QDialogButtonBox::accepted, this, &LoginDialog::logIn);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    const auto check = [this] {
        m_accept->setEnabled(
            !m_isTrying && !m_email->text().trimmed().isEmpty() && !m_password->text().isEmpty());
    };
    connect(m_email, &QLineEdit::textChanged, this, check);
    connect(m_password, &QLineEdit::textChanged, this, check);
    connect(&m_controller, &SessionController::changed, this, &LoginDialog::onChanged);
    connect(&m_controller, &QObject::destroyed, this, &QDialog::reject);
    check();
    onChanged();
    (m_email->text().isEmpty() ? m_email : m_password)->setFocus();
}

void LoginDialog::logIn()
{
    m_isTrying = true;
    m_accept->setEnabled(false);
    m_reason->setText(tr("Logging in …"));
    m_controller.logIn(m_email->text().trimmed(), m_password->text());
    m_password->clear();
}

void LoginDialog::onChanged()
{
    const SessionStatus &status = m_controller.status();
    if (status.state == State::Online) {
        if (m_hasBeenOffline)
            accept();
        return;
    }
    m_hasBeenOffline = true;
    const bool hasReason = status.state == State::NeedsLogin || status.state == State::Waiting;
    if (!hasReason || !status.error)
        return;
    if (m_isTrying && status.state == State::NeedsLogin)
        m_password->setFocus();
    m_isTrying = false;
    m_reason->setText(m_controller.statusText().detail);
}

} // namespace frpx::gui
