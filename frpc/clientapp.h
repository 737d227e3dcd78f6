// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/clientconfig.h"
#include "frpc/clientsession.h"
#include "frpc/tokenfile.h"

#include <QObject>

namespace frpx::client {

/// The headless client: a ClientSession with its token file and questions asked on the terminal.
class ClientApp : public QObject
{
    Q_OBJECT

public:
    /// How a person is asked; replaced in tests.
    using Ask = std::function<Result<QString>(const QString &prompt)>;

    ClientApp(const ClientConfig &config, Ask askLine, Ask askPassword, QObject *parent = nullptr);

    void start();
    /// Leaves the server, letting what is under way end within the drain time-out; then stopped().
    void drain();
    /// Leaves at once.
    void stop() { m_session.stop(); }

    const ClientSession &session() const { return m_session; }

Q_SIGNALS:
    /// Nothing left to try: the sentence says what to do.
    void failed(const frpx::Error &error);
    /// After drain(): time to go. What is left is cut when the program ends.
    void stopped();

private:
    void onLoginNeeded(const Error &error);

    const ClientConfig m_config;
    Ask m_askLine;
    Ask m_askPassword;
    TokenFile m_tokenFile;
    ClientSession m_session;
    int m_questions = 0; ///< asked since the last success
};

} // namespace frpx::client
