// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/clientapp.h"

#include "common/core/logging.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr int maxQuestions = 3;

ClientApp::ClientApp(const ClientConfig &config, Ask askLine, Ask askPassword, QObject *parent)
    : QObject(parent)
    , m_config(config)
    , m_askLine(std::move(askLine))
    , m_askPassword(std::move(askPassword))
    , m_tokenFile(config.tokenFile)
    , m_session(config.session)
{
    connect(&m_session, &ClientSession::tokenIssued, this, [this](const QString &token) {
        if (const Result<void> saved = m_tokenFile.save(token); !saved)
            qCWarning(lcClient).noquote()
                << "The login cannot be kept for the next start:" << saved.error().detail;
    });
    connect(&m_session, &ClientSession::stateChanged, this, [this](ClientSession::State state) {
        if (state == ClientSession::State::Online)
            m_questions = 0;
    });
    connect(&m_session, &ClientSession::drained, this, &ClientApp::stopped);
    // Queued: the answer may take a person a minute, which is no time to be inside the session's own code.
    connect(&m_session, &ClientSession::loginNeeded, this, &ClientApp::onLoginNeeded, Qt::QueuedConnection);
}

void ClientApp::start()
{
    qCInfo(lcClient).noquote() << u"Client %1 connects %2:%3 to the server %4"_s
                                      .arg(m_config.session.clientId)
                                      .arg(m_config.session.localHost)
                                      .arg(m_config.session.localPort)
                                      .arg(m_config.session.serverHost);
    const Result<std::optional<QString>> token = m_tokenFile.load();
    if (!token)
        qCWarning(lcClient).noquote() << token.error().detail;
    else if (*token)
        m_session.setToken(**token);
    if (!m_config.email.isEmpty())
        m_session.setCredentials(m_config.email, m_config.password);
    m_session.start();
}

void ClientApp::drain()
{
    m_session.drain(m_config.drainTimeoutS * 1000);
}

void ClientApp::onLoginNeeded(const Error &error)
{
    if (!m_config.email.isEmpty()) {
        Q_EMIT failed({error.code,
            u"The server refuses this --email and --password: %1. Nothing else to log in with."_s.arg(
                error.detail)});
        return;
    }
    if (m_questions >= maxQuestions)
        return Q_EMIT failed({error.code, u"Giving up after %1 refused logins."_s.arg(m_questions)});
    if (m_questions > 0)
        qCWarning(lcClient).noquote() << "Login refused:" << error.detail;
    ++m_questions;
    const Result<QString> email = m_askLine(u"E-mail: "_s);
    const Result<QString> password = email ? m_askPassword(u"Password: "_s) : email;
    if (!password && password.error().code == Errc::Io)
        return; // interrupted: the signal that did it ends the program
    if (!password) {
        return Q_EMIT failed({password.error().code,
            u"A login is needed (%1) and nobody is there to ask. Give --email and --password, or run frpc "
            u"once on "
            "a terminal."_s.arg(password.error().detail)});
    }
    m_session.setCredentials(email->trimmed(), *password);
}

} // namespace frpx::client
