// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/config/clientconfig.h"
#include "frpc/session/serverconnector.h"
#include "frpc/trust/trustprompt.h"

#include <QTimer>

namespace frpx::client {

/// `frpc trust [FINGERPRINT]`: stores the certificate of the server; the one with the given fingerprint, or
/// the one that the server sends, if the person who is asked agrees.
class TrustCommand : public QObject
{
    Q_OBJECT

public:
    /// \a config has the task Trust. Without \a ask no question is asked.
    TrustCommand(const ClientConfig &config, AskTrust ask, QObject *parent = nullptr);

    void start();

Q_SIGNALS:
    void answered(const QString &text);
    void failed(const frpx::Error &error);

private:
    void onShown(const ServerCertificate &shown, const Error &error);

    const ClientConfig m_config;
    const AskTrust m_ask;
    ServerConnector m_connector;
    QTimer m_deadline;
};

} // namespace frpx::client
