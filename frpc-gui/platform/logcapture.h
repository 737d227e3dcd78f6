// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/logmodel.h"

#include <QObject>
#include <QTimer>

namespace frpx::gui {

/// Copies every log line of this process, from any thread, to a LogModel a few times a second. At most one
/// object exists at a time; its destructor restores the previous message handler.
class LogCapture : public QObject
{
    Q_OBJECT

public:
    explicit LogCapture(LogModel &model, QObject *parent = nullptr);
    ~LogCapture() override;

private:
    void drain();

    LogModel &m_model;
    QTimer m_timer;
};

} // namespace frpx::gui
