// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/appsettings.h"
#include "frpc-gui/view/contentdialog.h"

class QCheckBox;
class QComboBox;

namespace frpx::gui {

/// Asks for the settings of the whole program. Deletes itself when it is closed.
class SettingsDialog : public ContentDialog
{
    Q_OBJECT

public:
    /// \a startsWithSystem: the current setting; empty on a system without a supported way.
    SettingsDialog(
        const AppSettings &settings, std::optional<bool> startsWithSystem, QWidget *parent = nullptr);

Q_SIGNALS:
    void chosen(const frpx::gui::AppSettings &settings, bool startsWithSystem);

private:
    AppSettings m_settings;
    QCheckBox *m_autostart;
    QCheckBox *m_minimized;
    QCheckBox *m_notifications;
    QComboBox *m_style;
};

} // namespace frpx::gui
