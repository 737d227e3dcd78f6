// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace frpx::client {

/// Whether the local service answers requests for the server's public host name, which visitors use. A
/// service may accept only names that it knows, as Ollama does while it listens on a loopback address; the
/// health check uses the service's own name and does not show that.
///
/// Decides when to send such a request and evaluates the answer. Due once after begin(), and again from time
/// to time while there is a warning or no answer. A value class: the time is passed in.
class HostQuestion
{
public:
    /// \a repeatMs is the interval while there is a warning.
    explicit HostQuestion(qint64 repeatMs)
        : m_repeatMs(repeatMs)
    { }

    /// The public host name and port (0: unknown). With an empty \a host no request is due.
    void setPublicName(const QString &host, quint16 port);
    /// The session or the service has restarted: a request is due as soon as the service is healthy.
    void begin() { m_dueMs = 0; }

    bool isDue(qint64 nowMs) const { return !m_host.isEmpty() && m_dueMs && nowMs >= *m_dueMs; }
    /// The value of the field Host: "my.server.org:18080".
    QByteArray field() const;

    /// Takes the result of the request: its status, and whether that is good for a check. No status: there
    /// was no answer. \return whether warning() has changed.
    bool settle(std::optional<int> status, bool good, qint64 nowMs);
    /// The warning for people; empty: no fault is known.
    const QString &warning() const { return m_warning; }
    /// Removes the warning, because a worse state is reported. \return whether there was one.
    bool clear();

private:
    const qint64 m_repeatMs;
    QString m_host;
    quint16 m_port = 0;
    std::optional<qint64> m_dueMs; ///< empty: no request is due any more
    QString m_warning;
};

/// Returns host and port as in a URL, such as "[::1]:80": without the scope of a link-local address, which
/// has a meaning on this machine only; without the port if it is 0.
QString authority(const QString &host, quint16 port);

} // namespace frpx::client
