// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <functional>
#include <optional>

namespace frpx::gui {

/// What this machine looks like at one moment.
struct NetworkLook
{
    qint64 steadyMs = 0; ///< on some systems it stands still while the machine sleeps
    qint64 wallMs = 0; ///< since 1970
    QStringList addresses; ///< by which others reach this machine
};

/// Tells from two looks, which follow each other within seconds, whether the machine has slept or is in
/// another network. A value class.
class NetworkChange
{
public:
    /// \return whether something has changed since the last look, and there is a network to try.
    bool look(NetworkLook now);

private:
    static constexpr qint64 sleepMs = 5000; ///< clocks that are set move less, or rarely
    static constexpr qint64 pauseMs = 10'000; ///< nobody is that late unless he was stopped

    std::optional<NetworkLook> m_last;
};

/// Looks every second, without asking a service that may not be there. Lives on the control thread.
class NetworkWatch : public QObject
{
    Q_OBJECT

public:
    /// How it looks; called on the thread it lives on.
    using NetworkReader = std::function<NetworkLook()>;

    explicit NetworkWatch(NetworkReader reader = lookAtMachine);

    static NetworkLook lookAtMachine();

    void start();

Q_SIGNALS:
    void changed();

private:
    void look();

    const NetworkReader m_reader;
    NetworkChange m_change;
    QTimer m_timer;
};

} // namespace frpx::gui
