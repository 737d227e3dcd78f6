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

/// The next 1, 2 or 5 times a power of ten, so that the axis has a readable end.
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
                                     .arg(rateText(last.toService), rateText(last.toUser))
                                     .arg(last.open));
    }
    update();
}

/// Told apart without colour, too: the first is filled, the second a line, the third has an area of its own.
QColor TrafficGraph::color(Series series) const
{
    const bool dark = palette().color(QPalette::Base).lightness() < 128;
    switch (series) {
    case Series::ToUser:
        return dark ? QColor(0x5b, 0xa8, 0xff) : QColor(0x1b, 0x6f, 0xd8);
    case Series::ToService:
        return dark ? QColor(0xff, 0xb4, 0x54) : QColor(0xc2, 0x62, 0x00);
    case Series::Open:
        break;
    }
    return dark ? QColor(0x6f, 0xd3, 0x9b) : QColor(0x1a, 0x7f, 0x4b);
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
    const QRectF legend(inner.left(), inner.top(), inner.width(), line);
    const double left = inner.left() + fontMetrics().horizontalAdvance(rateText(888'800'000)) + margin;
    const QRectF plot(QPointF(left, legend.bottom() + line), QPointF(inner.right(), inner.bottom() - line));
    const double lower = plot.height() * 0.26;
    const QRectF rates = plot.adjusted(0, 0, 0, -lower - 1.5 * line); // room for the labels of both
    const QRectF connections(plot.left(), plot.bottom() - lower, plot.width(), lower);

    const double peakRate = roundedUp(std::max(1000.0, m_history ? m_history->peakRate() : 0));
    const double peakOpen = roundedUp(std::max(4.0, m_history ? double(m_history->peakOpen()) : 0));
    paintAxes(painter, rates, peakRate, true);
    paintAxes(painter, connections, peakOpen, false);
    paintLegend(painter, legend);
    painter.setPen(palette().color(QPalette::PlaceholderText));
    const QRectF below(plot.left(), plot.bottom(), plot.width(), line);
    painter.drawText(below, Qt::AlignLeft | Qt::AlignBottom,
        tr("%1 ago").arg(durationText(qint64(TrafficHistory::maxPoints) * 1000)));
    painter.drawText(below, Qt::AlignRight | Qt::AlignBottom, tr("now"));
    if (!m_history)
        return;
    paintSeries(painter, rates, Series::ToUser, peakRate);
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
        painter.drawText(QRectF(0, y - 20, area.left() - 6, 40), Qt::AlignRight | Qt::AlignVCenter, text);
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
        case Series::ToUser:
            return point.toUser;
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

void TrafficGraph::paintLegend(QPainter &painter, const QRectF &area) const
{
    double x = area.left();
    const auto entry = [&](Series series, const QString &text) {
        const double box = area.height() * 0.6;
        QRectF swatch(x, area.center().y() - box / 2, box * 1.4, box);
        const QColor stroke = color(series);
        if (series == Series::ToService) {
            painter.setPen(QPen(stroke, 2));
            painter.drawLine(
                QPointF(swatch.left(), swatch.center().y()), QPointF(swatch.right(), swatch.center().y()));
        } else {
            QColor fill = stroke;
            fill.setAlphaF(0.35F);
            painter.setPen(QPen(stroke, 1.5));
            painter.setBrush(fill);
            painter.drawRect(swatch);
        }
        painter.setPen(palette().color(QPalette::Text));
        const double width = fontMetrics().horizontalAdvance(text);
        painter.drawText(
            QRectF(swatch.right() + 6, area.top(), width + 2, area.height()), Qt::AlignVCenter, text);
        x = swatch.right() + 6 + width + 20;
    };
    entry(Series::ToUser, tr("sent to users"));
    entry(Series::ToService, tr("received from users"));
    entry(Series::Open, tr("open connections"));
}

} // namespace frpx::gui
