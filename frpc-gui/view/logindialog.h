// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/view/contentdialog.h"

class QLabel;
class QLineEdit;

namespace frpx::gui {

class SessionController;

/// Asks for e-mail and password of one server until it accepts them. Deletes itself when it is closed.
class LoginDialog : public ContentDialog
{
    Q_OBJECT

public:
    explicit LoginDialog(SessionController &controller, QWidget *parent = nullptr);

private:
    void logIn();
    void onChanged();

    SessionController &m_controller;
    QLabel *m_reason;
    QLineEdit *m_email;
    QLineEdit *m_password;
    QPushButton *m_accept;
    bool m_isTrying = false;
    bool m_hasBeenOffline = false; ///< since the dialog was made
};

} // namespace frpx::gui
