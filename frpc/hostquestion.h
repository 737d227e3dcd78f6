// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace frpx::client {

/// Whether the local service answers requests for the server's public name, by which its users call it. A
/// service may take only requests for names that it knows, as Ollama does while it listens on a loopback
/// address; the check of its health, which calls it by its own name, does not show that.
///
/// Decides when to ask and what an answer means. Asked once after begin(), and now and then while there is a
/// warning or no answer. A value class: the time is passed in.
class HostQuestion
{
public:
    /// \a repeatMs is the pace while there is a warning.
    explicit HostQuestion(qint64 repeatMs)
        : m_repeatMs(repeatMs)
    { }

    /// The name that users know, and their port (0: unknown). An empty \a host asks nothing.
    void setPublicName(const QString &host, quint16 port);
    /// The session or the service has begun anew: it is asked again as soon as the service is well.
    void begin() { m_dueMs = 0; }

    bool isDue(qint64 nowMs) const { return !m_host.isEmpty() && m_dueMs && nowMs >= *m_dueMs; }
    /// What stands in the field Host: "my.server.org:18080".
    QByteArray field() const;

    /// The answer to the question that was due: its status, and whether it would do as a check. No status:
    /// there was no answer. \return whether warning() is another one now.
    bool settle(std::optional<int> status, bool good, qint64 nowMs);
    /// What to tell people; empty: nothing is wrong as far as is known.
    const QString &warning() const { return m_warning; }
    /// Drops the warning, as there is something worse to tell. \return whether there was one.
    bool clear();

private:
    const qint64 m_repeatMs;
    QString m_host;
    quint16 m_port = 0;
    std::optional<qint64> m_dueMs; ///< nothing: not to be asked any more
    QString m_warning;
};

/// "[::1]:80": host and port as in a URL, without the scope of a link-local address, which means nothing to
/// others; without the port if that is 0.
QString authority(const QString &host, quint16 port);

} // namespace frpx::client
