// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QString>

#include <atomic>
#include <thread>
#include <vector>

namespace frpx::test {

/// Users who ask for the same thing again and again, each in a thread, until told to stop.
class Load
{
public:
    struct Sample
    {
        QByteArray body;
        QString error; ///< empty when the whole answer came
        qint64 startedMs = 0; ///< on the clock of nowMs()
        qint64 endedMs = 0;
    };

    Load(quint16 port, QByteArray path, int users);
    Load(const Load &) = delete;
    Load &operator=(const Load &) = delete;
    ~Load() { stop(); }

    /// Between two requests of one user; none unless set. Before start().
    void setPause(int ms) { m_pauseMs = ms; }
    /// How long a user waits for a whole answer. Before start().
    void setTimeout(int ms) { m_timeoutMs = ms; }

    void start();
    /// Lets each user finish its request. \return all samples so far.
    const std::vector<Sample> &stop();

    int finished() const { return m_finished; }
    /// Waits until \a count more requests have ended, while the event loop runs.
    bool waitForMore(int count, int ms = 15'000) const;

    /// The samples that failed, with their reasons, for a message.
    QString failures() const;
    int failureCount() const;

    static qint64 nowMs();

private:
    const quint16 m_port;
    const QByteArray m_path;
    int m_pauseMs = 0;
    int m_timeoutMs = 30'000;
    std::vector<std::vector<Sample>> m_perUser;
    std::vector<Sample> m_samples;
    std::vector<std::thread> m_threads;
    std::atomic<bool> m_stopping = false;
    std::atomic<int> m_finished = 0;
};

} // namespace frpx::test
