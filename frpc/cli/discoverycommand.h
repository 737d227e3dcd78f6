// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/config/clientconfig.h"
#include "frpc/session/discovery.h"
#include "frpc/trust/trustprompt.h"

namespace frpx::client {

/// `frpc services [PREFIX]` and `frpc ports`: asks the server and formats the answer.
class DiscoveryCommand : public QObject
{
    Q_OBJECT

public:
    /// \a config has the task Services or Ports. Without \a ask no question is asked about an unknown server.
    explicit DiscoveryCommand(const ClientConfig &config, AskTrust ask = {}, QObject *parent = nullptr);

    void start();

    static QString table(const std::vector<Service> &services);
    /// Formats port ranges on one line, such as "9930-9932,10000".
    static QString list(const std::vector<PortRange> &ports);

Q_SIGNALS:
    void answered(const QString &text);
    void failed(const frpx::Error &error);

private:
    static Discovery::Target target(const ClientConfig &config);
    void onServerRefused(const ServerCertificate &shown, const Error &error);

    const ClientConfig m_config;
    const AskTrust m_ask;
    std::unique_ptr<Discovery> m_discovery; ///< replaced after the server has become trusted
};

} // namespace frpx::client
