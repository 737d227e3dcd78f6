// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/addressrace.h"
#include "common/net/dialtarget.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <memory>
#include <vector>

namespace frpx::net {

/// Connects to the first address of a DialTarget that answers (see AddressRace). Uses raw descriptors, to
/// which proxies of the environment do not apply. Lives on one thread and never blocks it; the owner applies
/// the time-out.
class ConnectRace : public QObject
{
    Q_OBJECT

public:
    explicit ConnectRace(QObject *parent = nullptr);
    ~ConnectRace() override;

    /// Call once. One of the signals follows as the last one, never during the call.
    void start(const DialTarget &target);
    /// Stops; no signal follows.
    void abort();

    /// After connected(): gives the descriptor away, once.
    UniqueFd takeFd() { return std::move(m_fd); }
    /// After connected(): the number of the address in the target.
    size_t winner() const { return m_winner; }

Q_SIGNALS:
    void connected();
    /// Errc::ConnectFailed or, out of descriptors, Errc::Io: no address has answered; with the last reason,
    /// without the target's name.
    void failed(const frpx::Error &error);

private:
    struct Attempt
    {
        size_t index = 0;
        UniqueFd fd;
        std::unique_ptr<QSocketNotifier>
            notifier; // after fd: it must be destroyed before the descriptor is closed
    };

    void advance();
    void onWritable(size_t index);
    void dropAttempts();

    DialTarget m_target;
    AddressRace m_race;
    std::vector<Attempt> m_attempts; ///< attempts under way
    QTimer m_next; ///< until the next attempt is due
    Error m_lastFault{Errc::ConnectFailed, {}};
    UniqueFd m_fd;
    size_t m_winner = 0;
};

} // namespace frpx::net
