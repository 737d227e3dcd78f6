// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QLayout>

#include <memory>
#include <vector>

namespace frpx::gui {

/// Puts its items side by side, and in further rows where they do not fit into one.
class FlowLayout : public QLayout
{
    Q_OBJECT

public:
    /// With \a mostColumns, so many columns of the same width fill the rows, or fewer where they do not fit;
    /// with 0, each item is as wide as it wants to be.
    explicit FlowLayout(int mostColumns = 0);

    void setSpacings(int horizontal, int vertical);

    void addItem(QLayoutItem *item) override; ///< takes it
    int count() const override { return int(m_items.size()); }
    QLayoutItem *itemAt(int index) const override;
    QLayoutItem *takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSize() const override;
    void setGeometry(const QRect &rect) override;

private:
    int arrange(const QRect &rect, bool apply) const;
    int columnCount(int width) const;
    int widest(QSize (QLayoutItem::*size)() const) const;

    const int m_mostColumns;
    int m_horizontal = 6;
    int m_vertical = 6;
    std::vector<std::unique_ptr<QLayoutItem>> m_items;
};

} // namespace frpx::gui
