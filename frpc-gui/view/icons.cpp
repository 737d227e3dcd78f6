// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

#include <memory>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

/// Renders an SVG for each size and scale, and line drawings in the current text colour: sharp at every size,
/// correct in dark and light, and without Qt's icon plugin, which an installation may lack.
class SvgIconEngine : public QIconEngine
{
public:
    SvgIconEngine(QByteArray svg, bool isLineDrawing)
        : m_svg(std::move(svg))
        , m_isLineDrawing(isLineDrawing)
    { }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        QByteArray svg = m_svg;
        if (m_isLineDrawing) {
            const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
            const auto role = mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::ButtonText;
            svg.replace("#000000", QGuiApplication::palette().color(group, role).name().toLatin1());
        }
        QSvgRenderer renderer(svg);
        const int side = std::min(rect.width(), rect.height());
        QRectF square(0, 0, side, side);
        square.moveCenter(QRectF(rect).center());
        if (mode == QIcon::Disabled && !m_isLineDrawing)
            painter->setOpacity(0.5);
        renderer.render(painter, square);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QImage image(size, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        painter.setRenderHint(QPainter::Antialiasing);
        paint(&painter, QRect(QPoint(), size), mode, state);
        painter.end();
        return QPixmap::fromImage(image);
    }

    QList<QSize> availableSizes(QIcon::Mode, QIcon::State) override
    {
        // The sizes that trays ask for.
        return {{16, 16}, {22, 22}, {24, 24}, {32, 32}, {48, 48}, {64, 64}, {128, 128}, {256, 256}};
    }

    QIconEngine *clone() const override { return new SvgIconEngine(*this); }

private:
    QByteArray m_svg;
    bool m_isLineDrawing;
};

QIcon icon(const QString &name, bool isLineDrawing)
{
    QFile file(u":/frpx/"_s + name + u".svg"_s); // a resource, so it does not block on a disk
    const bool isThere = file.open(QIODevice::ReadOnly);
    Q_ASSERT(isThere);
    return isThere ? QIcon(new SvgIconEngine(file.readAll(), isLineDrawing)) : QIcon();
}

} // namespace

QIcon levelIcon(StatusLevel level)
{
    switch (level) {
    case StatusLevel::Off:
        return icon(u"state-off"_s, false);
    case StatusLevel::Connecting:
        return icon(u"state-connecting"_s, false);
    case StatusLevel::Connected:
        return icon(u"state-connected"_s, false);
    case StatusLevel::Attention:
        return icon(u"state-attention"_s, false);
    }
    return {};
}

QIcon applicationIcon()
{
    return icon(u"frpc-gui"_s, false);
}

QIcon actionIcon(const QString &name)
{
    return icon(name, true);
}

} // namespace frpx::gui
