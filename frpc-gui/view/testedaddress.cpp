// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/testedaddress.h"

#include "common/net/hostaddress.h"
#include "frpc-gui/model/addressinput.h"
#include "frpc-gui/view/widgets.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

using namespace Qt::StringLiterals;

namespace frpx::gui {

TestedAddress::TestedAddress(const QString &host, quint16 port, QWidget *parent)
    : QWidget(parent)
    , m_host(hostField(host))
    , m_port(portField(port))
    , m_test(new QPushButton(tr("&Test")))
    , m_result(mutedLabel())
{
    name(m_host, u"localHost"_s, tr("Address of the local service"));
    name(m_port, u"localPort"_s, tr("Port of the local service"));
    name(m_test, u"testButton"_s, tr("Test whether something answers there"));
    m_result->setObjectName(u"testResult"_s);
    auto *row = new QHBoxLayout;
    row->addWidget(m_host, 1);
    row->addWidget(m_port);
    row->addWidget(m_test);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(row);
    layout->addWidget(m_result);
    setFocusProxy(m_host);
    setFocusPolicy(Qt::StrongFocus); // lets the shortcut of a label reach this widget
    // A fixed height keeps the layout when the result appears.
    m_result->setMinimumHeight(fontMetrics().lineSpacing());
    connect(m_test, &QPushButton::clicked, this, &TestedAddress::test);
    connect(&m_probe, &PortProbe::finished, this, &TestedAddress::onFinished);
    connect(m_host, &QLineEdit::textChanged, this, &TestedAddress::onEdited);
    connect(m_port, &QSpinBox::valueChanged, this, &TestedAddress::onEdited);
    m_port->setEnabled(!net::isUnixSocket(host));
}

QString TestedAddress::host() const
{
    const QString written = m_host->text().trimmed();
    const Result<QString> host = readLocalHost(written);
    return host ? *host : written;
}

quint16 TestedAddress::port() const
{
    return net::isUnixSocket(host()) ? quint16(0) : static_cast<quint16>(m_port->value());
}

QString TestedAddress::fault() const
{
    const Result<QString> host = readLocalHost(m_host->text());
    return host ? QString() : host.error().detail;
}

void TestedAddress::onEdited()
{
    m_result->clear();
    m_port->setEnabled(!net::isUnixSocket(host()));
    Q_EMIT changed();
}

void TestedAddress::setAddress(const QString &host, quint16 port)
{
    m_host->setText(host);
    m_port->setValue(port);
}

QString TestedAddress::result() const
{
    return m_result->text();
}

void TestedAddress::test()
{
    if (const QString why = fault(); !why.isEmpty())
        return m_result->setText(why);
    m_test->setEnabled(false);
    m_result->setText(tr("Testing …"));
    m_probe.start(host(), port());
}

void TestedAddress::onFinished(const QString &fault)
{
    m_test->setEnabled(true);
    const QString address = net::hostWithPort(host(), port());
    m_result->setText(fault.isEmpty() ? tr("✓ Something answers at %1.").arg(address)
                                      : tr("✗ Nothing at %1: %2.").arg(address, fault));
}

} // namespace frpx::gui
