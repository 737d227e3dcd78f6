// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <functional>
#include <optional>

namespace frpx::gui {

/// The clocks and addresses of this machine at one moment.
struct NetworkLook
{
    qint64 steadyMs = 0; ///< on some systems it stops while the machine sleeps
    qint64 wallMs = 0; ///< since 1970
    QStringList addresses; ///< the addresses under which other machines reach this one
};

/// Compares two snapshots that are seconds apart: has the machine slept, or is it in another network? A value
/// class.
class NetworkChange
{
public:
    /// \return whether something has changed since the last call, and there is a network to try.
    bool look(NetworkLook now);

private:
    static constexpr qint64 sleepMs = 5000; ///< the wall clock and the steady clock differ by more only after
                                            ///< a sleep (or a large clock change)
    /// a longer gap between two calls means that the process was stopped
    static constexpr qint64 pauseMs = 10'000;

    std::optional<NetworkLook> m_last;
};

/// Checks the network every second, without a system service that may be missing. Lives on the control
/// thread.
class NetworkWatch : public QObject
{
    Q_OBJECT

public:
    /// Takes the snapshot; called on the thread of this object.
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
