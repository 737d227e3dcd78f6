// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/session/portprobe.h"
#include "frpc/health/healthcounter.h"

#include <QPair>

#include <deque>
#include <map>
#include <optional>

namespace frpx::gui {

/// Tests every few seconds whether local services still answer, by a connection that is closed at once. A few
/// run in parallel. Lives on one thread and never blocks it.
class ServiceWatch : public QObject
{
    Q_OBJECT

public:
    using Target = QPair<QString, quint16>; ///< host and port

    struct State
    {
        bool answers = true;
        QString fault; ///< why it does not answer
    };

    explicit ServiceWatch(QObject *parent = nullptr);

    /// Replaces the targets; new ones are tested at once.
    void setTargets(const QList<Target> &targets);
    /// Empty: not tested yet.
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
    std::deque<Target> m_queue; ///< the targets of this round that are not tested yet
    std::map<PortProbe *, Target> m_running;
    std::vector<PortProbe *> m_idle; ///< children
    QTimer m_interval;
};

} // namespace frpx::gui
