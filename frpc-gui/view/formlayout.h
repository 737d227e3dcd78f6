// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QFormLayout>

namespace frpx::gui {

/// A QFormLayout that avoids a fault of Qt 6: at exactly the width of its size hint, QFormLayout may use row
/// heights for another width, which cuts wrapped texts off. This class never gives it that width.
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
