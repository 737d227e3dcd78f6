// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/serverpage.h"

#include "frpc-gui/model/addressinput.h"
#include "frpc-gui/model/profile.h"
#include "frpc-gui/view/formlayout.h"
#include "frpc-gui/view/widgets.h"

#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>

using namespace Qt::StringLiterals;

namespace frpx::gui {

ServerPage::ServerPage()
    : m_host(hostField({}))
    , m_controlPort(portField(defaultSettings().value(u"control-port"_s).toInt()))
    , m_proxyPort(portField(defaultSettings().value(u"proxy-port"_s).toInt()))
    , m_fault(mutedLabel())
{
    m_fault->setObjectName(u"serverPageFault"_s);
    setTitle(tr("Which server?"));
    setSubTitle(tr("The machine on which frps runs. Its administrator knows the address."));
    setPlaceholder(m_host, tr("for example frps.example.org"));
    name(m_host, u"serverHost"_s, tr("Address of the server"));
    name(m_controlPort, u"controlPort"_s, tr("Control port"));
    name(m_proxyPort, u"proxyPort"_s, tr("Proxy port"));
    auto *form = new FormLayout;
    form->addRow(tr("&Address:"), m_host);
    auto *portsBox = new QGroupBox(tr("Only if the server uses other ports"));
    auto *ports = new FormLayout(portsBox);
    ports->addRow(tr("Control &port:"), m_controlPort);
    ports->addRow(tr("Pro&xy port:"), m_proxyPort);
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(16);
    layout->addLayout(form);
    layout->addWidget(m_fault);
    layout->addWidget(portsBox);
    layout->addStretch();
    showContent(*this, content);
    connect(m_host, &QLineEdit::textChanged, this, [this](const QString &text) {
        const Result<QString> host = readServerHost(text);
        m_fault->setText(host || text.trimmed().isEmpty() ? QString() : host.error().detail);
        Q_EMIT completeChanged();
    });
}

void ServerPage::fill(Profile &profile) const
{
    const Result<QString> host = readServerHost(m_host->text());
    profile.set(u"server-addr"_s, host ? *host : m_host->text().trimmed());
    profile.set(u"control-port"_s, QString::number(m_controlPort->value()));
    profile.set(u"proxy-port"_s, QString::number(m_proxyPort->value()));
}

bool ServerPage::isComplete() const
{
    return readServerHost(m_host->text()).hasValue();
}

} // namespace frpx::gui
