// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/frpx/controlchannel.h"
#include "frpc/session/sessionqueries.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

/// Asks the server of a session for lists. A query waits until the session is online, and is sent again after
/// a loss.
class QueryClient : public QObject
{
    Q_OBJECT

public:
    static constexpr int timeoutMs = 10'000;

    explicit QueryClient(QObject *parent = nullptr);

    /// \a done is called exactly once, never during this call.
    void ask(ListQuery query, SessionQueries::Done done);
    /// Calls \a done with \a error, not during this call.
    void refuse(const Error &error, SessionQueries::Done done);
    /// Ends all queries with \a error.
    void endAll(const Error &error);

    /// The session is online, and the server answers queries; \a channel stays until goOffline().
    void goOnline(ControlChannel &channel);
    void goOffline();
    /// Takes a message of the server. \return false if it is not for this class.
    bool take(const proto::Message &message);

private:
    void sendDue();
    void schedule();

    SessionQueries m_queries;
    ControlChannel *m_channel = nullptr; ///< null while offline
    QTimer m_timer; ///< until the earliest deadline
};

} // namespace frpx::client
