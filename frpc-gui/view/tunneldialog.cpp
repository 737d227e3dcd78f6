// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/tunneldialog.h"

#include "common/tunnel/tunnelfield.h"
#include "frpc-gui/view/formlayout.h"
#include "frpc-gui/view/testedaddress.h"
#include "frpc-gui/view/widgets.h"
#include "frpc/session/wantedtunnels.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

QStringList namesBut(const Profile &profile, const QString &tunnelName)
{
    QStringList names;
    for (const TunnelSpec &spec : profile.tunnels)
        names << spec.name;
    names.removeAll(tunnelName);
    return names;
}

QSpinBox *limitField(const TunnelSpec &spec, int TunnelSpec::*member, const QString &suffix = {})
{
    auto *field = new QSpinBox;
    field->setRange(0, tunnelField(member).max);
    field->setSpecialValueText(TunnelDialog::tr("no limit"));
    field->setSuffix(suffix);
    field->setValue(spec.*member);
    return field;
}

} // namespace

TunnelDialog::TunnelDialog(const Profile &profile, const QString &tunnelName, QWidget *parent)
    : ContentDialog(parent)
    , m_otherNames(namesBut(profile, tunnelName))
{
    const TunnelSpec *known = tunnelName.isEmpty() ? nullptr : profile.tunnel(tunnelName);
    if (known)
        m_before = *known;
    setObjectName(u"tunnelDialog"_s);
    setWindowTitle(known ? tr("Edit a tunnel") : tr("Add a tunnel"));

    m_name = new QLineEdit(m_before.name);
    m_name->setMaxLength(tunnelField(&TunnelSpec::name).max);
    setPlaceholder(m_name, tr("for example ssh"));
    m_local =
        new TestedAddress(m_before.localHost, m_before.localPort != 0 ? m_before.localPort : quint16(80));
    m_remotePort = portField(m_before.remotePort, tr("any, always the same"));
    m_group = new QLineEdit(m_before.group);
    m_group->setMaxLength(tunnelField(&TunnelSpec::group).max);
    setPlaceholder(m_group, tr("no other client serves it"));
    m_maxConnections = limitField(m_before, &TunnelSpec::maxConnections);
    m_totalConnections = limitField(m_before, &TunnelSpec::totalConnections);
    m_lifetime = limitField(m_before, &TunnelSpec::lifetimeS, tr(" s", "seconds"));
    m_message = new QLineEdit(m_before.message);
    m_message->setMaxLength(tunnelField(&TunnelSpec::message).max);
    m_policy = new QComboBox;
    m_policy->addItem(tr("the server's default"), QString());
    for (const QStringView policy : tunnelPolicies())
        m_policy->addItem(policy.toString(), policy.toString());
    m_policy->setCurrentIndex(std::max(0, m_policy->findData(m_before.policy)));
    m_fault = mutedLabel();
    m_fault->setMinimumHeight(fontMetrics().lineSpacing());

    name(m_name, u"tunnelName"_s, tr("Name"));
    name(m_remotePort, u"remotePort"_s, tr("Port of the server"));
    name(m_group, u"groupKey"_s, tr("Group key"));
    name(m_maxConnections, u"maxConnections"_s, tr("Connections at a time"));
    name(m_totalConnections, u"totalConnections"_s, tr("Connections in total"));
    name(m_lifetime, u"lifetime"_s, tr("Lifetime"));
    name(m_message, u"tunnelMessage"_s, tr("Description"));
    name(m_policy, u"tunnelPolicy"_s, tr("Balancing"));
    m_fault->setObjectName(u"tunnelFault"_s);

    auto *main = new FormLayout;
    main->addRow(tr("&Name:"), m_name);
    main->addRow(tr("&Local service:"), m_local);
    main->addRow(tr("&Port of the server:"), m_remotePort);
    auto *limitsBox = new QGroupBox(tr("Limits and sharing"));
    auto *limits = new FormLayout(limitsBox);
    limits->addRow(tr("&Connections at a time:"), m_maxConnections);
    limits->addRow(tr("C&onnections in total:"), m_totalConnections);
    limits->addRow(tr("Li&fetime:"), m_lifetime);
    limits->addRow(tr("&Group key:"), m_group);
    limits->addRow(tr("&Balancing in the group:"), m_policy);
    limits->addRow(tr("&Description:"), m_message);
    QDialogButtonBox *buttons = acceptBox(known ? tr("Save") : tr("Add"));
    m_accept = buttons->button(QDialogButtonBox::Ok);
    auto *content = new QVBoxLayout;
    content->setSpacing(12);
    content->addLayout(main);
    content->addWidget(limitsBox);
    content->addStretch();
    setContent(content, {m_fault, buttons});
    setMinimumWidth(widthOfChars(*this, 60));

    connect(m_name, &QLineEdit::textChanged, this, &TunnelDialog::check);
    connect(m_local, &TestedAddress::changed, this, &TunnelDialog::check);
    connect(m_message, &QLineEdit::textChanged, this, &TunnelDialog::check);
    connect(m_group, &QLineEdit::textChanged, this, &TunnelDialog::check);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        Q_EMIT chosen(spec());
        accept();
    });
    check();
    m_name->setFocus();
}

TunnelSpec TunnelDialog::spec() const
{
    TunnelSpec spec = m_before;
    spec.name = m_name->text().trimmed();
    spec.localHost = m_local->host();
    spec.localPort = m_local->port();
    spec.remotePort = static_cast<quint16>(m_remotePort->value());
    spec.group = m_group->text();
    spec.maxConnections = m_maxConnections->value();
    spec.totalConnections = m_totalConnections->value();
    spec.lifetimeS = m_lifetime->value();
    spec.message = m_message->text();
    spec.policy = m_policy->currentData().toString();
    return spec;
}

QString TunnelDialog::fault() const
{
    const TunnelSpec wanted = spec();
    if (wanted.name.isEmpty())
        return tr("The tunnel needs a name.");
    if (m_otherNames.contains(wanted.name))
        return tr("There is a tunnel of this name already.");
    if (const QString why = m_local->fault(); !why.isEmpty())
        return why;
    // The client makes the same checks, so it accepts what the dialog accepts.
    const Result<void> checked = client::WantedTunnels().check(wanted);
    return checked ? QString() : checked.error().detail;
}

void TunnelDialog::check()
{
    const QString sentence = fault();
    m_fault->setText(sentence);
    m_accept->setEnabled(sentence.isEmpty());
}

} // namespace frpx::gui
