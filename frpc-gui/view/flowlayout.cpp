// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/flowlayout.h"

#include <QStyle>
#include <QWidget>

#include <algorithm>

namespace frpx::gui {

FlowLayout::FlowLayout(int mostColumns)
    : m_mostColumns(mostColumns)
{ }

void FlowLayout::setSpacings(int horizontal, int vertical)
{
    m_horizontal = horizontal;
    m_vertical = vertical;
    invalidate();
}

void FlowLayout::addItem(QLayoutItem *item)
{
    m_items.emplace_back(item);
    invalidate();
}

QLayoutItem *FlowLayout::itemAt(int index) const
{
    return index >= 0 && index < count() ? m_items[size_t(index)].get() : nullptr;
}

QLayoutItem *FlowLayout::takeAt(int index)
{
    if (index < 0 || index >= count())
        return nullptr;
    QLayoutItem *item = m_items[size_t(index)].release();
    m_items.erase(m_items.begin() + index);
    return item;
}

int FlowLayout::heightForWidth(int width) const
{
    return arrange(QRect(0, 0, width, 0), false);
}

int FlowLayout::widest(QSize (QLayoutItem::*size)() const) const
{
    int width = 0;
    for (const auto &item : m_items)
        width = std::max(width, (item.get()->*size)().width());
    return width;
}

QSize FlowLayout::sizeHint() const
{
    int width = -m_horizontal;
    if (m_mostColumns > 0) {
        width += m_mostColumns * (widest(&QLayoutItem::sizeHint) + m_horizontal);
    } else {
        for (const auto &item : m_items)
            width += item->sizeHint().width() + m_horizontal;
    }
    return {width, heightForWidth(width)};
}

QSize FlowLayout::minimumSize() const
{
    int height = 0;
    for (const auto &item : m_items)
        height = std::max(height, item->minimumSize().height());
    return {widest(&QLayoutItem::minimumSize), height};
}

void FlowLayout::setGeometry(const QRect &rect)
{
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

/// The largest number of columns that fits and divides the items into full rows.
int FlowLayout::columnCount(int width) const
{
    const int fitting = (width + m_horizontal) / (widest(&QLayoutItem::sizeHint) + m_horizontal);
    int columns = std::clamp(fitting, 1, m_mostColumns);
    while (count() % columns != 0)
        --columns;
    return columns;
}

/// \return the height.
int FlowLayout::arrange(const QRect &rect, bool apply) const
{
    const int columns = m_mostColumns > 0 ? columnCount(rect.width()) : 0;
    QPoint at = rect.topLeft();
    int rowHeight = 0;
    const auto place = [&](QLayoutItem *item, int width, int height) {
        if (apply)
            item->setGeometry(
                QStyle::visualRect(parentWidget()->layoutDirection(), rect, QRect(at, QSize(width, height))));
    };
    for (int i = 0; i < count(); ++i) {
        QLayoutItem *item = itemAt(i);
        if (item->isEmpty())
            continue;
        int width = std::min(item->sizeHint().width(), rect.width());
        if (columns > 0)
            width = (rect.width() - (columns - 1) * m_horizontal) / columns;
        const bool isFull = columns > 0 ? i > 0 && i % columns == 0
                                        : at.x() > rect.left() && at.x() + width > rect.left() + rect.width();
        if (isFull) {
            at = {rect.left(), at.y() + rowHeight + m_vertical};
            rowHeight = 0;
        }
        const int height =
            item->hasHeightForWidth() ? item->heightForWidth(width) : item->sizeHint().height();
        place(item, width, height);
        at.rx() += width + m_horizontal;
        rowHeight = std::max(rowHeight, height);
    }
    return at.y() + rowHeight - rect.top();
}

} // namespace frpx::gui
