// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/serverdialog.h"

#include "frpc-gui/model/addressinput.h"
#include "frpc-gui/model/knownservices.h"
#include "frpc-gui/view/flowlayout.h"
#include "frpc-gui/view/formlayout.h"
#include "frpc-gui/view/testedaddress.h"
#include "frpc-gui/view/widgets.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

using namespace Qt::StringLiterals;

namespace frpx::gui {

ServerDialog::ServerDialog(const Profile &profile, QWidget *parent)
    : ContentDialog(parent)
    , m_before(profile)
{
    setObjectName(u"serverDialog"_s);
    setWindowTitle(tr("Server settings"));
    const auto number = [&profile](const QString &option) { return profile.setting(option).toInt(); };
    m_name = new QLineEdit(profile.name);
    m_name->setMaxLength(100);
    m_host = hostField(profile.serverHost());
    m_controlPort = portField(number(u"control-port"_s));
    m_proxyPort = portField(number(u"proxy-port"_s));
    m_clientId = new QLineEdit(profile.setting(u"client-id"_s));
    m_clientId->setMaxLength(128);
    m_servesDefault = new QCheckBox(tr("Serve the &visitors of the server's public port"));
    m_servesDefault->setChecked(profile.servesDefaultTunnel());
    m_local =
        new TestedAddress(profile.setting(u"local-addr"_s), static_cast<quint16>(number(u"local-port"_s)));
    m_weight = new QSpinBox;
    m_weight->setRange(1, proto::maxWeight);
    m_weight->setValue(number(u"weight"_s));
    m_connectAtStart = new QCheckBox(tr("&Connect when the program starts"));
    m_connectAtStart->setChecked(profile.connectAtStart);
    m_fault = mutedLabel();
    m_fault->setMinimumHeight(fontMetrics().lineSpacing());
    m_fault->setObjectName(u"serverFault"_s);
    name(m_name, u"profileName"_s, tr("Name"));
    name(m_host, u"serverHost"_s, tr("Address of the server"));
    name(m_controlPort, u"controlPort"_s, tr("Control port"));
    name(m_proxyPort, u"proxyPort"_s, tr("Proxy port"));
    name(m_clientId, u"clientId"_s, tr("Client id"));
    m_servesDefault->setObjectName(u"servesDefault"_s);
    name(m_weight, u"weight"_s, tr("Share of the visitors"));
    m_connectAtStart->setObjectName(u"connectAtStart"_s);

    auto *serverBox = new QGroupBox(tr("Server"));
    auto *server = new FormLayout(serverBox);
    server->addRow(tr("&Name:"), m_name);
    server->addRow(tr("&Address:"), m_host);
    server->addRow(tr("Control &port:"), m_controlPort);
    server->addRow(tr("Pro&xy port:"), m_proxyPort);
    server->addRow(tr("Client &id:"), m_clientId);
    server->addRow(m_connectAtStart);
    auto *serviceBox = new QGroupBox(tr("Public port"));
    auto *service = new FormLayout(serviceBox);
    service->addRow(m_servesDefault);
    service->addRow(tr("&Local service:"), m_local);
    service->addRow(tr("S&hare of the visitors:"), m_weight);
    auto *exportButton = new QPushButton(tr("&Export frpc.toml …"));
    exportButton->setObjectName(u"exportButton"_s);
    auto *removeButton = new QPushButton(tr("&Remove this server …"));
    removeButton->setObjectName(u"removeServerButton"_s);
    auto *more = new FlowLayout;
    more->addWidget(exportButton);
    more->addWidget(removeButton);
    QDialogButtonBox *buttons = acceptBox(tr("Save"));
    m_accept = buttons->button(QDialogButtonBox::Ok);
    auto *content = new QVBoxLayout;
    content->setSpacing(12);
    content->addWidget(serverBox);
    content->addWidget(serviceBox);
    content->addLayout(more);
    content->addStretch();
    setContent(content, {m_fault, buttons});
    setMinimumWidth(widthOfChars(*this, 60));

    for (QLineEdit *field : {m_name, m_host, m_clientId})
        connect(field, &QLineEdit::textChanged, this, &ServerDialog::check);
    connect(m_local, &TestedAddress::changed, this, &ServerDialog::check);
    connect(m_servesDefault, &QCheckBox::toggled, this, &ServerDialog::check);
    connect(exportButton, &QPushButton::clicked, this, &ServerDialog::exportRequested);
    connect(removeButton, &QPushButton::clicked, this, &ServerDialog::removeRequested);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        Q_EMIT chosen(this->profile());
        accept();
    });
    check();
}

Profile ServerDialog::profile() const
{
    Profile profile = m_before;
    profile.name = m_name->text().trimmed();
    profile.connectAtStart = m_connectAtStart->isChecked();
    const Result<QString> host = readServerHost(m_host->text());
    profile.set(u"server-addr"_s, host ? *host : m_host->text().trimmed());
    profile.set(u"control-port"_s, QString::number(m_controlPort->value()));
    profile.set(u"proxy-port"_s, QString::number(m_proxyPort->value()));
    profile.set(u"client-id"_s, m_clientId->text().trimmed());
    profile.set(u"only-tunnels"_s, m_servesDefault->isChecked() ? u"0"_s : u"1"_s);
    profile.set(u"local-addr"_s, m_local->host());
    profile.set(u"local-port"_s, localPortSetting(m_local->port()));
    profile.set(u"weight"_s, QString::number(m_weight->value()));
    if (profile.setting(u"local-port"_s) != m_before.setting(u"local-port"_s))
        checkKnownService(profile);
    return profile;
}

void ServerDialog::check()
{
    m_local->setEnabled(m_servesDefault->isChecked());
    m_weight->setEnabled(m_servesDefault->isChecked());
    QString fault;
    if (m_name->text().trimmed().isEmpty())
        fault = tr("The server needs a name.");
    else if (const Result<QString> host = readServerHost(m_host->text()); !host)
        fault = host.error().detail;
    else if (m_clientId->text().trimmed().isEmpty())
        fault = tr("This computer needs a client id.");
    else if (m_servesDefault->isChecked())
        fault = m_local->fault();
    m_fault->setText(fault);
    m_accept->setEnabled(fault.isEmpty());
}

} // namespace frpx::gui
