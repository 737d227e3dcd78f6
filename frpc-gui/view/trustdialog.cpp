// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/trustdialog.h"

#include "frpc-gui/view/formlayout.h"
#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/widgets.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QFrame>
#include <QLabel>
#include <QLocale>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

/// Two lines, so that a person can compare the fingerprint in parts.
QLabel *fingerprintLabel(
    const Fingerprint &fingerprint, const QString &objectName, const QString &accessibleName)
{
    QString text = fingerprint.toString();
    const qsizetype middle = text.indexOf(u':') + 1 + Fingerprint::size / 2 * 3;
    text.insert(middle, u'\n');
    QLabel *label = textLabel(text);
    label->setWordWrap(false);
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPointSizeF(label->font().pointSizeF());
    label->setFont(fixed);
    name(label, objectName, accessibleName);
    return label;
}

} // namespace

TrustDialog::TrustDialog(const client::ServerCertificate &shown, const QString &server, QWidget *parent)
    : ContentDialog(parent)
    , m_shown(shown)
{
    const bool changed = shown.remembered && *shown.remembered != shown.fingerprint;
    setObjectName(u"trustDialog"_s);
    setWindowTitle(changed ? tr("WARNING: the server has changed") : tr("Is this the right server?"));
    const QString address = u"%1:%2"_s.arg(shown.host).arg(shown.port);
    auto *content = new QVBoxLayout;
    content->setSpacing(14);
    content->addWidget(changed
            ? makeBanner(tr("%1 is not the server it was").arg(server),
                tr("Its certificate is not the one you have accepted. Another machine may be "
                   "intercepting the connection and posing as the server. Neither your password nor "
                   "your login has been sent."),
                true)
            : makeBanner(tr("Is this %1?").arg(server),
                tr("This computer has not been connected to this server before. Compare the "
                   "fingerprint with the one that “frps fingerprint” prints on the server, or ask "
                   "its administrator."),
                false));
    auto *form = new FormLayout;
    form->addRow(tr("Server:"), textLabel(address));
    if (changed)
        form->addRow(tr("Accepted before:"),
            fingerprintLabel(
                *shown.remembered, u"rememberedFingerprint"_s, tr("Fingerprint accepted before")));
    form->addRow(changed ? tr("Shown now:") : tr("Fingerprint:"),
        fingerprintLabel(shown.fingerprint, u"fingerprint"_s, tr("Fingerprint")));
    form->addRow(tr("Valid until:"),
        textLabel(QLocale().toString(shown.expires.toLocalTime().date(), QLocale::LongFormat)));
    content->addLayout(form);

    QDialogButtonBox *buttons =
        acceptBox(changed ? tr("Accept the new certificate") : tr("Trust this server"));
    QPushButton *accept = buttons->button(QDialogButtonBox::Ok);
    accept->setObjectName(u"trustButton"_s);
    QPushButton *cancel = buttons->button(QDialogButtonBox::Cancel);
    cancel->setText(changed ? tr("Do not connect") : tr("Cancel"));
    if (changed) {
        auto *sure =
            new QCheckBox(tr("I have &asked the server's administrator: this is its new fingerprint."));
        sure->setObjectName(u"sureBox"_s);
        content->addWidget(sure);
        accept->setEnabled(false);
        accept->setAutoDefault(false);
        accept->setDefault(false);
        cancel->setDefault(true);
        connect(sure, &QCheckBox::toggled, accept, &QPushButton::setEnabled);
    }
    content->addStretch();
    setContent(content, {buttons});
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    (changed ? cancel : accept)->setFocus();
}

QWidget *TrustDialog::makeBanner(const QString &title, const QString &text, bool loud)
{
    auto *banner = new QFrame;
    auto *heading = textLabel(title);
    QFont bold = font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() * 1.25);
    heading->setFont(bold);
    QLabel *body = textLabel(text);
    body->setMinimumWidth(widthOfChars(*body, 50));
    auto *picture = new QLabel;
    picture->setPixmap(levelIcon(StatusLevel::Attention).pixmap(QSize(40, 40), devicePixelRatioF()));
    picture->setAccessibleName(tr("Attention"));
    if (loud) {
        QPalette red = palette();
        red.setColor(QPalette::Window, QColor(0xb4, 0x23, 0x18));
        red.setColor(QPalette::WindowText, Qt::white);
        banner->setAutoFillBackground(true);
        banner->setPalette(red);
        heading->setPalette(red);
        body->setPalette(red);
    }
    auto *labels = new QVBoxLayout;
    labels->addWidget(heading);
    labels->addWidget(body);
    auto *row = new QHBoxLayout(banner);
    row->setSpacing(14);
    if (!loud)
        row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(picture, 0, Qt::AlignTop);
    row->addLayout(labels, 1);
    return banner;
}

} // namespace frpx::gui
