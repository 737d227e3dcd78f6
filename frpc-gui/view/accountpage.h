// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QWizardPage>

class QLineEdit;

namespace frpx::gui {

struct Profile;

/// Asks for the account on the server.
class AccountPage : public QWizardPage
{
    Q_OBJECT

public:
    AccountPage();

    void fill(Profile &profile) const;
    QString email() const;
    QString password() const;
    void forgetPassword();
    bool isComplete() const override;

private:
    QLineEdit *m_email;
    QLineEdit *m_password;
};

} // namespace frpx::gui
