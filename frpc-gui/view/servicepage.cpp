// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/servicepage.h"

#include "common/core/ids.h"
#include "frpc-gui/model/knownservices.h"
#include "frpc-gui/model/profile.h"
#include "frpc-gui/view/formlayout.h"
#include "frpc-gui/view/testedaddress.h"
#include "frpc-gui/view/widgets.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QRadioButton>
#include <QSignalBlocker>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

constexpr quint16 firstPort = 11434; // frpc's own default

QString thisComputer()
{
    return u"127.0.0.1"_s;
}

} // namespace

ServicePage::ServicePage(const QString &clientId)
    : m_offers(new QComboBox)
    , m_address(new TestedAddress(thisComputer(), firstPort))
    , m_fault(mutedLabel())
    , m_shared(new QRadioButton(tr("On the server's &public port, shared with other computers")))
    , m_own(new QRadioButton(tr("On a port of its &own:")))
    , m_tunnelName(new QLineEdit)
    , m_clientId(new QLineEdit(clientId))
{
    m_fault->setObjectName(u"servicePageFault"_s);
    setTitle(tr("What do you want to expose?"));
    setSubTitle(tr("A service on this computer, or on one that this computer can reach."));
    m_shared->setChecked(true);
    setPlaceholder(m_tunnelName, tr("name of the tunnel"));
    m_tunnelName->setMaxLength(128);
    m_clientId->setMaxLength(128);
    name(m_offers, u"offers"_s, tr("Found on this computer"));
    m_shared->setObjectName(u"sharedPort"_s);
    m_own->setObjectName(u"ownPort"_s);
    name(m_tunnelName, u"tunnelName"_s, tr("Name of the tunnel"));
    name(m_clientId, u"clientId"_s, tr("Name of this computer"));

    auto *form = new FormLayout;
    form->addRow(tr("&Found here:"), m_offers);
    form->addRow(tr("&Local service:"), m_address);
    form->addRow(m_fault);
    auto *own = new QHBoxLayout;
    own->addWidget(m_own);
    own->addWidget(m_tunnelName, 1);
    auto *ways = new QVBoxLayout;
    ways->addWidget(m_shared);
    ways->addLayout(own);
    form->addRow(tr("Offer it:"), ways);
    form->addRow(tr("This &computer is:"), m_clientId);
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(12);
    layout->addLayout(form);
    layout->addWidget(
        mutedLabel(tr("The server knows this computer by that name; it has to be unique there.")));
    layout->addStretch();
    showContent(*this, content);

    connect(&m_finder, &ServiceWatch::changed, this, &ServicePage::showFound);
    connect(m_offers, &QComboBox::activated, this, &ServicePage::onOfferChosen);
    connect(m_address, &TestedAddress::changed, this, &ServicePage::onAddressChanged);
    connect(m_tunnelName, &QLineEdit::textChanged, this, [this](const QString &text) {
        if (!text.isEmpty() && m_tunnelName->isModified())
            m_own->setChecked(true);
        Q_EMIT completeChanged();
    });
    connect(m_clientId, &QLineEdit::textChanged, this, &QWizardPage::completeChanged);
    connect(m_own, &QRadioButton::toggled, this, &QWizardPage::completeChanged);
    showFound();
}

void ServicePage::initializePage()
{
    QList<ServiceWatch::Target> targets;
    for (const KnownService &service : knownServices())
        targets << ServiceWatch::Target(thisComputer(), service.port);
    m_finder.setTargets(targets);
}

void ServicePage::showFound()
{
    const QSignalBlocker quiet(m_offers);
    m_offers->clear();
    for (const KnownService &service : knownServices()) {
        const auto state = m_finder.state({thisComputer(), service.port});
        if (state && state->answers)
            m_offers->addItem(tr("%1, port %2").arg(service.name).arg(service.port), service.port);
    }
    const int found = m_offers->count();
    m_offers->addItem(found == 0 ? tr("no well-known service is running") : tr("something else"), 0);
    m_offers->setEnabled(found > 0);
    const int current = m_offers->findData(m_address->port());
    if (!m_hasChosen && found > 0 && current < 0) {
        m_offers->setCurrentIndex(0);
        const QSignalBlocker alsoQuiet(m_address);
        m_address->setAddress(thisComputer(), quint16(m_offers->currentData().toUInt()));
    } else {
        m_offers->setCurrentIndex(current < 0 ? found : current);
    }
}

void ServicePage::onOfferChosen()
{
    const auto port = quint16(m_offers->currentData().toUInt());
    if (port == 0)
        return;
    m_address->setAddress(thisComputer(), port);
    for (const KnownService &service : knownServices()) {
        if (service.port == port && !m_tunnelName->isModified())
            m_tunnelName->setText(service.tunnel);
    }
}

void ServicePage::onAddressChanged()
{
    m_hasChosen = true;
    const int offer = m_offers->findData(m_address->port());
    m_offers->setCurrentIndex(offer < 0 ? m_offers->count() - 1 : offer);
    m_fault->setText(m_address->host().isEmpty() ? QString() : m_address->fault());
    Q_EMIT completeChanged();
}

void ServicePage::fill(Profile &profile) const
{
    profile.set(u"client-id"_s, m_clientId->text().trimmed());
    profile.set(u"only-tunnels"_s, m_own->isChecked() ? u"1"_s : u"0"_s);
    if (!m_own->isChecked()) {
        profile.set(u"local-addr"_s, m_address->host());
        profile.set(u"local-port"_s, localPortSetting(m_address->port()));
        checkKnownService(profile);
        return;
    }
    TunnelSpec spec;
    spec.name = m_tunnelName->text().trimmed();
    spec.localHost = m_address->host();
    spec.localPort = m_address->port();
    profile.putTunnel(spec.name, spec);
}

bool ServicePage::isComplete() const
{
    return m_address->fault().isEmpty() && bool(checkClientId(m_clientId->text().trimmed()))
        && (!m_own->isChecked() || bool(checkTunnelName(m_tunnelName->text().trimmed())));
}

} // namespace frpx::gui
