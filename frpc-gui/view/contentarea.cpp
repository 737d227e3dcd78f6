// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/contentarea.h"

#include <QEvent>
#include <QLayout>
#include <QScreen>
#include <QScrollBar>

#include <algorithm>

namespace frpx::gui {

ContentArea::ContentArea(QWidget *content, QWidget *parent)
    : QScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::NoFocus);
    setWidget(content); // not resizable: fit() computes the height
    content->setAutoFillBackground(false);
}

int ContentArea::minimumWidthOfContent() const
{
    return std::max(widget()->minimumWidth(), widget()->layout()->totalMinimumSize().width());
}

int ContentArea::heightOfContent(int width) const
{
    QLayout *layout = widget()->layout();
    return std::max(widget()->minimumHeight(),
        layout->hasHeightForWidth() ? layout->totalMinimumHeightForWidth(width)
                                    : layout->totalMinimumSize().height());
}

QSize ContentArea::missing() const
{
    const QSize room = maximumViewportSize();
    const int width = std::max(room.width(), minimumWidthOfContent());
    return (QSize(width, heightOfContent(width)) - room).expandedTo({0, 0});
}

QSize ContentArea::sizeHint() const
{
    QLayout *layout = widget()->layout();
    QSize size = layout->totalSizeHint().expandedTo(widget()->minimumSize());
    if (layout->hasHeightForWidth())
        size.setHeight(std::max(widget()->minimumHeight(), layout->totalHeightForWidth(size.width())));
    return size;
}

QSize ContentArea::minimumSizeHint() const
{
    constexpr int lines = 5;
    const int width = minimumWidthOfContent() + verticalScrollBar()->sizeHint().width();
    const int height = std::min(heightOfContent(width), lines * fontMetrics().lineSpacing());
    return {std::min(width, screen()->availableSize().width() * 3 / 5), height};
}

void ContentArea::fit()
{
    const QSize room = maximumViewportSize();
    const int least = minimumWidthOfContent();
    int width = std::max(room.width(), least);
    int height = heightOfContent(width);
    const bool scrollsDown = height > room.height();
    if (scrollsDown) { // the scroll bar takes part of the width
        width = std::max(room.width() - verticalScrollBar()->sizeHint().width(), least);
        height = heightOfContent(width);
    }
    int free = room.height();
    if (width > room.width())
        free -= horizontalScrollBar()->sizeHint().height();
    widget()->resize(width, std::max(height, free));
    setFocusPolicy(scrollsDown || width > room.width() ? Qt::StrongFocus : Qt::NoFocus);
}

bool ContentArea::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest)
        fit();
    return QScrollArea::event(event);
}

/// A text of the content has changed, so the surrounding layout may have to adapt.
bool ContentArea::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest) {
        fit();
        updateGeometry();
    }
    return QScrollArea::viewportEvent(event);
}

void ContentArea::resizeEvent(QResizeEvent *event)
{
    fit();
    QScrollArea::resizeEvent(event);
}

} // namespace frpx::gui
