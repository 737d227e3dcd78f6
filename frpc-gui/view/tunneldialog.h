// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profile.h"
#include "frpc-gui/view/contentdialog.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace frpx::gui {

class TestedAddress;

/// Asks for the settings of one tunnel. Deletes itself when it is closed.
class TunnelDialog : public ContentDialog
{
    Q_OBJECT

public:
    /// \a tunnelName is a tunnel of \a profile, or empty for a new one.
    TunnelDialog(const Profile &profile, const QString &tunnelName, QWidget *parent = nullptr);

Q_SIGNALS:
    void chosen(const frpx::TunnelSpec &spec);

private:
    void check();
    TunnelSpec spec() const;
    QString fault() const; ///< empty: none

    const QStringList m_otherNames;
    TunnelSpec m_before; ///< keeps the fields that the dialog does not show
    QLineEdit *m_name;
    TestedAddress *m_local;
    QSpinBox *m_remotePort;
    QLineEdit *m_group;
    QSpinBox *m_maxConnections;
    QSpinBox *m_totalConnections;
    QSpinBox *m_lifetime;
    QLineEdit *m_message;
    QComboBox *m_policy;
    QLabel *m_fault;
    QPushButton *m_accept;
};

} // namespace frpx::gui
