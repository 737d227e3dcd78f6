// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/logmodel.h"

#include <QObject>
#include <QTimer>

namespace frpx::gui {

/// Takes a copy of everything that this process logs, in any thread, and hands it to a LogModel a few times a
/// second. At most one exists at a time; it puts the handler of before back.
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
