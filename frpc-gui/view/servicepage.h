// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/session/servicewatch.h"

#include <QWizardPage>

class QComboBox;
class QLabel;
class QLineEdit;
class QRadioButton;

namespace frpx::gui {

class TestedAddress;
struct Profile;

/// Asks which service to expose, and how; lists the services found on this computer.
class ServicePage : public QWizardPage
{
    Q_OBJECT

public:
    explicit ServicePage(const QString &clientId);

    void fill(Profile &profile) const;
    void initializePage() override;
    bool isComplete() const override;

private:
    void showFound();
    void onOfferChosen();
    void onAddressChanged();

    QComboBox *m_offers;
    TestedAddress *m_address;
    QLabel *m_fault; ///< what is wrong with the address
    QRadioButton *m_shared;
    QRadioButton *m_own;
    QLineEdit *m_tunnelName;
    QLineEdit *m_clientId;
    ServiceWatch m_finder;
    bool m_hasChosen = false; ///< the person has chosen, so services found later do not change the choice
};

} // namespace frpx::gui
