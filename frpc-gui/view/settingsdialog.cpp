// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/settingsdialog.h"

#include "frpc-gui/view/formlayout.h"
#include "frpc-gui/view/widgets.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>

using namespace Qt::StringLiterals;

namespace frpx::gui {

SettingsDialog::SettingsDialog(
    const AppSettings &settings, std::optional<bool> startsWithSystem, QWidget *parent)
    : ContentDialog(parent)
    , m_settings(settings)
    , m_autostart(new QCheckBox(tr("&Start with the system")))
    , m_minimized(new QCheckBox(tr("Start &minimized")))
    , m_notifications(new QCheckBox(tr("&Notify when a connection is lost and when it is back")))
    , m_style(new QComboBox)
{
    setObjectName(u"settingsDialog"_s);
    setWindowTitle(tr("Settings"));
    m_autostart->setObjectName(u"autostart"_s);
    m_autostart->setEnabled(startsWithSystem.has_value());
    m_autostart->setChecked(startsWithSystem.value_or(false));
    m_minimized->setObjectName(u"startMinimized"_s);
    m_minimized->setChecked(settings.startMinimized);
    m_notifications->setObjectName(u"notifications"_s);
    m_notifications->setChecked(settings.notifications);
    name(m_style, u"style"_s, tr("Appearance"));
    m_style->addItem(tr("as the system has it"), int(AppSettings::Style::System));
    m_style->addItem(tr("light"), int(AppSettings::Style::Light));
    m_style->addItem(tr("dark"), int(AppSettings::Style::Dark));
    m_style->setCurrentIndex(m_style->findData(int(settings.style)));
    auto *form = new FormLayout;
    form->addRow(m_autostart);
    form->addRow(m_minimized);
    form->addRow(m_notifications);
    form->addRow(tr("&Appearance:"), m_style);
    QDialogButtonBox *buttons = acceptBox(tr("Save"));
    auto *content = new QVBoxLayout;
    content->setSpacing(12);
    content->addLayout(form);
    content->addWidget(mutedLabel(tr("frpc-gui %1").arg(QStringLiteral(FRPX_VERSION))));
    content->addStretch();
    setContent(content, {buttons});
    setMinimumWidth(widthOfChars(*this, 50));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        m_settings.startMinimized = m_minimized->isChecked();
        m_settings.notifications = m_notifications->isChecked();
        m_settings.style = AppSettings::Style(m_style->currentData().toInt());
        Q_EMIT chosen(m_settings, m_autostart->isChecked());
        accept();
    });
}

} // namespace frpx::gui
