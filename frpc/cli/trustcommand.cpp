// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/cli/trustcommand.h"

#include "frpc/trust/knownservers.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

TrustCommand::TrustCommand(const ClientConfig &config, AskTrust ask, QObject *parent)
    : QObject(parent)
    , m_config(config)
    , m_ask(std::move(ask))
    , m_connector({config.session.serverHost, config.session.controlPort, config.session.proxyPort,
                      config.session.proxy},
          ServerTrust(config.session.tls))
{
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        m_connector.disconnect(this);
        Q_EMIT failed({Errc::Timeout, u"The server does not answer."_s});
    });
    connect(&m_connector, &ServerConnector::failed, this, [this](const Error &error) {
        m_deadline.stop();
        Q_EMIT failed(error);
    });
    connect(&m_connector, &ServerConnector::refused, this, &TrustCommand::onShown);
    connect(&m_connector, &ServerConnector::ready, this, [this] {
        onShown(m_connector.shown(), {Errc::AlreadyExists, {}});
    });
}

void TrustCommand::start()
{
    m_deadline.start(m_config.session.connectTimeoutMs);
    m_connector.start();
}

void TrustCommand::onShown(const ServerCertificate &shown, const Error &error)
{
    m_deadline.stop();
    if (error.code == Errc::Storage)
        return Q_EMIT failed(error);
    const QString fingerprint = shown.fingerprint.toString();
    if (m_config.trusted && *m_config.trusted != shown.fingerprint) {
        return Q_EMIT failed({Errc::BadCertificate,
            u"The server has another certificate, %1. Nothing has been stored."_s.arg(fingerprint)});
    }
    if (shown.remembered == shown.fingerprint)
        return Q_EMIT answered(u"Trusted already: %1\n"_s.arg(fingerprint));
    if (!m_config.trusted) {
        const Result<bool> answer = m_ask ? m_ask(shown) : Error{Errc::NotFound, {}};
        if (!answer && answer.error().code == Errc::Io)
            return; // interrupted by the signal that ends the program
        if (!answer)
            return Q_EMIT failed({error.code, explainRefusal(shown, error)});
        if (!*answer)
            return Q_EMIT failed({error.code, u"The server stays untrusted."_s});
    }
    const Result<void> kept = KnownServers(m_config.session.tls.knownServersFile)
                                  .remember(shown.host, shown.port, shown.fingerprint);
    if (!kept)
        return Q_EMIT failed(kept.error());
    Q_EMIT answered(u"Trusted from now on: %1\n"_s.arg(fingerprint));
}

} // namespace frpx::client
