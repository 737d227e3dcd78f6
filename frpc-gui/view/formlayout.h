// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QFormLayout>

namespace frpx::gui {

/// A QFormLayout without a fault of Qt 6's: at just the width of its size hint it may give its rows the
/// heights for another width, which cuts wrapped texts off. It is never given that width.
class FormLayout : public QFormLayout
{
    Q_OBJECT

public:
    using QFormLayout::QFormLayout;

    QSize sizeHint() const override { return QFormLayout::sizeHint().expandedTo(minimumSize()); }
    QSize minimumSize() const override { return QFormLayout::minimumSize() + QSize(1, 0); }
    int heightForWidth(int width) const override { return QFormLayout::heightForWidth(otherThanHint(width)); }
    void setGeometry(const QRect &rect) override
    {
        QFormLayout::setGeometry({rect.topLeft(), QSize(otherThanHint(rect.width()), rect.height())});
    }

private:
    int otherThanHint(int width) const
    {
        return width == QFormLayout::sizeHint().width() ? width - 1 : width;
    }
};

} // namespace frpx::gui
