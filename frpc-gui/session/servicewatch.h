// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/session/portprobe.h"
#include "frpc/healthcounter.h"

#include <QPair>

#include <deque>
#include <map>
#include <optional>

namespace frpx::gui {

/// Looks every few seconds whether local services still answer: a connection that is closed at once. A few at
/// a time. Lives on one thread, which it never blocks.
class ServiceWatch : public QObject
{
    Q_OBJECT

public:
    using Target = QPair<QString, quint16>; ///< host and port

    struct State
    {
        bool answers = true;
        QString fault; ///< if it does not
    };

    explicit ServiceWatch(QObject *parent = nullptr);

    /// Watches these and no others from now on; the new ones are looked at at once.
    void setTargets(const QList<Target> &targets);
    /// Nothing: not looked at yet.
    std::optional<State> state(const Target &target) const;
    void setInterval(int ms) { m_interval.setInterval(ms); }

Q_SIGNALS:
    void changed();

private:
    struct Watched
    {
        client::HealthCounter counter{1, 2};
        std::optional<State> state;
    };

    void round();
    void probeNext(PortProbe *probe);
    void settle(const Target &target, const QString &fault);

    std::map<Target, Watched> m_targets;
    std::deque<Target> m_queue; ///< still to be looked at in this round
    std::map<PortProbe *, Target> m_running;
    std::vector<PortProbe *> m_idle; ///< children
    QTimer m_interval;
};

} // namespace frpx::gui
