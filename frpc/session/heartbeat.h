// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/frpx/controlchannel.h"
#include "common/system/systemprobe.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace frpx::client {

/// Sends heartbeats and reports on this machine over a control link, and notices when the server stops to
/// acknowledge them.
class Heartbeat : public QObject
{
    Q_OBJECT

public:
    /// \a proofMs: for the acknowledgement after demandProof().
    Heartbeat(int intervalMs, int proofMs, QObject *parent = nullptr);

    /// Sends one at each interval. \a channel stays until stop(). \a isAcknowledged: the server answers each.
    void start(ControlChannel &channel, bool isAcknowledged);
    void stop();
    /// Sends one now; after start().
    void beat();
    void onAcknowledged();
    /// Sends one now; the server has to acknowledge it soon. Does nothing if the server acknowledges none.
    void demandProof();

Q_SIGNALS:
    /// The server has acknowledged nothing for too long.
    void silent();
    /// The report that has just been sent.
    void reported(const frpx::SystemUsage &usage);

private:
    ControlChannel *m_channel = nullptr; ///< null while stopped
    const int m_proofMs;
    const std::unique_ptr<SystemProbe> m_probe;
    QTimer m_interval;
    QTimer m_silence; ///< since the last acknowledgement, independent of a blocked outbox
};

} // namespace frpx::client
