// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QPointer>
#include <QWizardPage>

class QLabel;
class QProgressBar;

namespace frpx::gui {

class SessionController;
class SetupWizard;

/// Tries to connect with the wizard's answers and shows the state. Complete once the session is online.
class ConnectPage : public QWizardPage
{
    Q_OBJECT

public:
    explicit ConnectPage(SetupWizard &wizard);

    void initializePage() override;
    bool isComplete() const override;

private:
    void watch(SessionController *controller);
    void refresh();

    SetupWizard &m_wizard;
    QPointer<SessionController> m_controller;
    QLabel *m_picture;
    QLabel *m_headline;
    QLabel *m_detail;
    QLabel *m_advice;
    QProgressBar *m_progress;
};

} // namespace frpx::gui
