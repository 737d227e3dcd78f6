// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/view/contentdialog.h"
#include "frpc/trust/tlssettings.h"

class QCheckBox;

namespace frpx::gui {

/// Asks whether a server is the right one, by the fingerprint of its certificate. For a certificate that has
/// changed, it shows a warning and requires a check box before the button. Deletes itself when it is closed;
/// accepted() means trust.
class TrustDialog : public ContentDialog
{
    Q_OBJECT

public:
    TrustDialog(const client::ServerCertificate &shown, const QString &server, QWidget *parent = nullptr);

    const client::ServerCertificate &shown() const { return m_shown; }

private:
    QWidget *makeBanner(const QString &title, const QString &text, bool loud);

    const client::ServerCertificate m_shown;
};

} // namespace frpx::gui
