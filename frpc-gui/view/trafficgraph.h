// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QWidget>

#include <vector>

namespace frpx::gui {

class TrafficHistory;

/// Draws a TrafficHistory: bytes per second in both directions above, open connections below.
class TrafficGraph : public QWidget
{
    Q_OBJECT

public:
    explicit TrafficGraph(QWidget *parent = nullptr);

    /// \a history outlives the widget or is replaced before it is deleted; call update() when it has changed.
    void setHistory(const TrafficHistory *history);
    void refresh();

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    enum class Series { ToVisitor, ToService, Open };
    QColor color(Series series) const;
    void paintAxes(QPainter &painter, const QRectF &area, double peak, bool isRate) const;
    void paintSeries(QPainter &painter, const QRectF &area, Series series, double peak) const;
    double axisWidth() const;
    struct LegendEntry
    {
        Series series;
        QString text;
        QRectF swatch;
        QRectF place; ///< of the text
    };
    /// Uses as many lines as the width of \a area requires.
    std::vector<LegendEntry> legend(const QRectF &area) const;
    void paintLegend(QPainter &painter, const std::vector<LegendEntry> &entries) const;

    const TrafficHistory *m_history = nullptr;
};

} // namespace frpx::gui
