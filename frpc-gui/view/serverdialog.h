// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profile.h"
#include "frpc-gui/view/contentdialog.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace frpx::gui {

class TestedAddress;

/// Asks for the settings of one server. Deletes itself when it is closed.
class ServerDialog : public ContentDialog
{
    Q_OBJECT

public:
    explicit ServerDialog(const Profile &profile, QWidget *parent = nullptr);

Q_SIGNALS:
    void chosen(const frpx::gui::Profile &profile);
    void exportRequested();
    void removeRequested();

private:
    Profile profile() const;
    void check();

    const Profile m_before;
    QLineEdit *m_name;
    QLineEdit *m_host;
    QSpinBox *m_controlPort;
    QSpinBox *m_proxyPort;
    QLineEdit *m_clientId;
    QCheckBox *m_servesDefault;
    TestedAddress *m_local;
    QSpinBox *m_weight;
    QCheckBox *m_connectAtStart;
    QLabel *m_fault;
    QPushButton *m_accept;
};

} // namespace frpx::gui
