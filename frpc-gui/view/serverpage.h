// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QWizardPage>

class QLabel;
class QLineEdit;
class QSpinBox;

namespace frpx::gui {

struct Profile;

/// Asks for the address of the server.
class ServerPage : public QWizardPage
{
    Q_OBJECT

public:
    ServerPage();

    void fill(Profile &profile) const;
    bool isComplete() const override;

private:
    QLineEdit *m_host;
    QSpinBox *m_controlPort;
    QSpinBox *m_proxyPort;
    QLabel *m_fault;
};

} // namespace frpx::gui
