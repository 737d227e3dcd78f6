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

/// Connects to the first address of a DialTarget that answers (see AddressRace). Raw descriptors, so that no
/// proxy of the environment is in between. Lives on one thread, which it never blocks; the owner keeps the
/// time.
class ConnectRace : public QObject
{
    Q_OBJECT

public:
    explicit ConnectRace(QObject *parent = nullptr);
    ~ConnectRace() override;

    /// Once. One of the signals follows, and is the last; not from within this call.
    void start(const DialTarget &target);
    /// No signal follows.
    void abort();

    /// After connected(): the descriptor, once.
    UniqueFd takeFd() { return std::move(m_fd); }
    /// After connected(): the number of the address in the target.
    size_t winner() const { return m_winner; }

Q_SIGNALS:
    void connected();
    /// Errc::ConnectFailed or, out of descriptors, Errc::Io: no address has answered, and why the last one
    /// has not. Without the target's name.
    void failed(const frpx::Error &error);

private:
    struct Attempt
    {
        size_t index = 0;
        UniqueFd fd;
        std::unique_ptr<QSocketNotifier> notifier; // after fd: it must go before the descriptor does
    };

    void advance();
    void onWritable(size_t index);
    void dropAttempts();

    DialTarget m_target;
    AddressRace m_race;
    std::vector<Attempt> m_attempts; ///< those that are not decided yet
    QTimer m_next; ///< until the next one is due
    Error m_lastFault{Errc::ConnectFailed, {}};
    UniqueFd m_fd;
    size_t m_winner = 0;
};

} // namespace frpx::net
