// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QWidget>

class QLabel;

namespace frpx::gui {

class FlowLayout;
class SessionController;
class TrafficGraph;

/// Traffic figures, and the graph of the last minutes.
class OverviewTab : public QWidget
{
    Q_OBJECT

public:
    explicit OverviewTab(SessionController &controller, QWidget *parent = nullptr);

private:
    QLabel *addFigure(FlowLayout &figures, const QString &objectName, const QString &title);
    void refresh();

    SessionController &m_controller;
    QLabel *m_received;
    QLabel *m_sent;
    QLabel *m_open;
    QLabel *m_total;
    QLabel *m_cpu;
    QLabel *m_memory;
    QLabel *m_disk;
    QLabel *m_sum;
    TrafficGraph *m_graph;
};

} // namespace frpx::gui
