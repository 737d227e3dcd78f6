// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/trafficgraph.h"

#include "frpc-gui/model/format.h"
#include "frpc-gui/model/traffichistory.h"

#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <cmath>

namespace frpx::gui {

namespace {

/// Rounds up to 1, 2 or 5 times a power of ten, for readable axis labels.
double roundedUp(double value)
{
    if (value <= 0)
        return 1;
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0, 10.0}) {
        if (value <= step * power)
            return step * power;
    }
    return value;
}

} // namespace

TrafficGraph::TrafficGraph(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Traffic of the last minutes"));
    setObjectName(QStringLiteral("trafficGraph"));
}

void TrafficGraph::setHistory(const TrafficHistory *history)
{
    m_history = history;
    refresh();
}

void TrafficGraph::refresh()
{
    if (m_history) {
        const TrafficHistory::Point last = m_history->last();
        setAccessibleDescription(tr("Received %1, sent %2, connections: %3")
                                     .arg(rateText(last.toService), rateText(last.toVisitor))
                                     .arg(last.open));
    }
    update();
}

/// The series also differ in form: the first is filled, the second a line, the third has its own plot.
QColor TrafficGraph::color(Series series) const
{
    const bool dark = palette().color(QPalette::Base).lightness() < 128;
    switch (series) {
    case Series::ToVisitor:
        return dark ? QColor(0x5b, 0xa8, 0xff) : QColor(0x1b, 0x6f, 0xd8);
    case Series::ToService:
        return dark ? QColor(0xff, 0xb4, 0x54) : QColor(0xc2, 0x62, 0x00);
    case Series::Open:
        break;
    }
    return dark ? QColor(0x6f, 0xd3, 0x9b) : QColor(0x1a, 0x7f, 0x4b);
}

/// The width of the widest axis label.
double TrafficGraph::axisWidth() const
{
    return fontMetrics().horizontalAdvance(rateText(888'800'000));
}

QSize TrafficGraph::sizeHint() const
{
    constexpr int characters = 70;
    constexpr int lines = 17;
    return minimumSizeHint().expandedTo(
        {fontMetrics().averageCharWidth() * characters, fontMetrics().height() * lines});
}

QSize TrafficGraph::minimumSizeHint() const
{
    constexpr int characters = 40;
    constexpr int lines = 12; // the labels around the plots and some lines for the plots
    const int line = fontMetrics().height();
    const int width = int(axisWidth()) + fontMetrics().averageCharWidth() * characters;
    const double widthOfLegend = width - 2 * line;
    const std::vector<LegendEntry> entries = legend(QRectF(0, 0, widthOfLegend, line));
    return {width, lines * line + int(entries.back().place.top())};
}

void TrafficGraph::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(palette().color(QPalette::Mid));
    painter.setBrush(palette().base());
    painter.drawRoundedRect(frame, 6, 6);

    const double line = fontMetrics().height();
    const double margin = line / 2;
    const QRectF inner = frame.adjusted(margin, margin, -margin, -margin);
    const std::vector<LegendEntry> entries = legend(inner);
    const double left = inner.left() + axisWidth() + margin;
    const QRectF plot(
        QPointF(left, entries.back().place.bottom() + line), QPointF(inner.right(), inner.bottom() - line));
    const double lower = plot.height() * 0.26;
    const QRectF rates = plot.adjusted(0, 0, 0, -lower - 1.5 * line); // room for the labels of both plots
    const QRectF connections(plot.left(), plot.bottom() - lower, plot.width(), lower);

    const double peakRate = roundedUp(std::max(1000.0, m_history ? m_history->peakRate() : 0));
    const double peakOpen = roundedUp(std::max(4.0, m_history ? double(m_history->peakOpen()) : 0));
    paintAxes(painter, rates, peakRate, true);
    paintAxes(painter, connections, peakOpen, false);
    paintLegend(painter, entries);
    painter.setPen(palette().color(QPalette::PlaceholderText));
    const QRectF below(plot.left(), plot.bottom(), plot.width(), line);
    painter.drawText(below, Qt::AlignLeft | Qt::AlignBottom,
        tr("%1 ago").arg(durationText(qint64(TrafficHistory::maxPoints) * 1000)));
    painter.drawText(below, Qt::AlignRight | Qt::AlignBottom, tr("now"));
    if (!m_history)
        return;
    paintSeries(painter, rates, Series::ToVisitor, peakRate);
    paintSeries(painter, rates, Series::ToService, peakRate);
    paintSeries(painter, connections, Series::Open, peakOpen);
}

void TrafficGraph::paintAxes(QPainter &painter, const QRectF &area, double peak, bool isRate) const
{
    QColor grid = palette().color(QPalette::Mid);
    grid.setAlphaF(0.5F);
    const int lines = isRate ? 4 : 1;
    for (int i = 0; i <= lines; ++i) {
        const double part = double(i) / lines;
        const double y = area.bottom() - part * area.height();
        painter.setPen(QPen(grid, 1, i == 0 ? Qt::SolidLine : Qt::DotLine));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        if (i % 2 != 0 && isRate)
            continue;
        const QString text = isRate ? rateText(part * peak) : QLocale().toString(part * peak, 'f', 0);
        painter.setPen(palette().color(QPalette::PlaceholderText));
        const double height = fontMetrics().height();
        painter.drawText(
            QRectF(0, y - height / 2, area.left() - 6, height), Qt::AlignRight | Qt::AlignVCenter, text);
    }
}

void TrafficGraph::paintSeries(QPainter &painter, const QRectF &area, Series series, double peak) const
{
    const auto &points = m_history->points();
    if (points.size() < 2)
        return;
    const double step = area.width() / double(TrafficHistory::maxPoints - 1);
    const auto value = [series](const TrafficHistory::Point &point) {
        switch (series) {
        case Series::ToVisitor:
            return point.toVisitor;
        case Series::ToService:
            return point.toService;
        case Series::Open:
            break;
        }
        return double(point.open);
    };
    QPainterPath path;
    double x = area.right() - step * double(points.size() - 1);
    const double start = x;
    for (const TrafficHistory::Point &point : points) {
        const QPointF at(x, area.bottom() - value(point) / peak * area.height());
        if (path.elementCount() == 0)
            path.moveTo(at);
        else
            path.lineTo(at);
        x += step;
    }
    const QColor stroke = color(series);
    if (series != Series::ToService) {
        QPainterPath filled = path;
        filled.lineTo(area.right(), area.bottom());
        filled.lineTo(start, area.bottom());
        filled.closeSubpath();
        QColor fill = stroke;
        fill.setAlphaF(0.22F);
        painter.fillPath(filled, fill);
    }
    painter.setPen(QPen(stroke, 1.8));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
}

std::vector<TrafficGraph::LegendEntry> TrafficGraph::legend(const QRectF &area) const
{
    const double line = fontMetrics().height();
    const double box = line * 0.6;
    constexpr double gap = 6;
    constexpr double gapBetweenEntries = 20;
    QPointF at = area.topLeft();
    std::vector<LegendEntry> entries;
    const auto add = [&](Series series, const QString &text) {
        const double width = box * 1.4 + gap + fontMetrics().horizontalAdvance(text) + 2;
        if (at.x() > area.left() && at.x() + width > area.right())
            at = {area.left(), at.y() + line};
        const QRectF swatch(at.x(), at.y() + (line - box) / 2, box * 1.4, box);
        const QRectF place(swatch.right() + gap, at.y(), width - swatch.width() - gap, line);
        entries.push_back({series, text, swatch, place});
        at.rx() += width + gapBetweenEntries;
    };
    add(Series::ToVisitor, tr("sent to visitors"));
    add(Series::ToService, tr("received from visitors"));
    add(Series::Open, tr("open connections"));
    return entries;
}

void TrafficGraph::paintLegend(QPainter &painter, const std::vector<LegendEntry> &entries) const
{
    for (const LegendEntry &entry : entries) {
        const QColor stroke = color(entry.series);
        if (entry.series == Series::ToService) {
            const double middle = entry.swatch.center().y();
            painter.setPen(QPen(stroke, 2));
            painter.drawLine(QPointF(entry.swatch.left(), middle), QPointF(entry.swatch.right(), middle));
        } else {
            QColor fill = stroke;
            fill.setAlphaF(0.35F);
            painter.setPen(QPen(stroke, 1.5));
            painter.setBrush(fill);
            painter.drawRect(entry.swatch);
        }
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(entry.place, Qt::AlignVCenter, entry.text);
    }
}

} // namespace frpx::gui
