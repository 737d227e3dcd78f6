// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <optional>

namespace frpx::gui {

/// Tells from two looks whether the machine has slept or is in another network. A value class.
class NetworkChange
{
public:
    /// \a steadyMs does not count the time asleep, \a wallMs does; \a addresses are those of this machine.
    /// \return whether something has changed since the last look, and there is a network to try.
    bool look(qint64 steadyMs, qint64 wallMs, QStringList addresses);

private:
    static constexpr qint64 sleepMs = 5000; ///< clocks that are set move less, or rarely

    struct Look
    {
        qint64 steadyMs;
        qint64 wallMs;
        QStringList addresses; ///< sorted
    };
    std::optional<Look> m_last;
};

/// Looks every two seconds, without asking a service that may not be there. Lives on the control thread.
class NetworkWatch : public QObject
{
    Q_OBJECT

public:
    explicit NetworkWatch(QObject *parent = nullptr);

    void start();

Q_SIGNALS:
    void changed();

private:
    void look();

    NetworkChange m_change;
    QTimer m_timer;
};

} // namespace frpx::gui
