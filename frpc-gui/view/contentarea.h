// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QScrollArea>

namespace frpx::gui {

/// Shows a whole widget with any font: gives it the height that its wrapped texts need at the current width,
/// and scrolls where the window is too small.
class ContentArea : public QScrollArea
{
    Q_OBJECT

public:
    /// Owns \a content, which has a layout.
    explicit ContentArea(QWidget *content, QWidget *parent = nullptr);

    /// Returns how many pixels are missing to show everything without scrolling.
    QSize missing() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void fit();
    int minimumWidthOfContent() const;
    int heightOfContent(int width) const;
};

} // namespace frpx::gui
