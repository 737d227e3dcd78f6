// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QLayout>

#include <memory>
#include <vector>

namespace frpx::gui {

/// Places its items side by side, and in further rows where one row is too narrow.
class FlowLayout : public QLayout
{
    Q_OBJECT

public:
    /// With \a mostColumns, up to that many columns of equal width fill the rows; with 0, each item has its
    /// preferred width.
    explicit FlowLayout(int mostColumns = 0);

    void setSpacings(int horizontal, int vertical);

    void addItem(QLayoutItem *item) override; ///< takes ownership
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
