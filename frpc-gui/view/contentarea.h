// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QScrollArea>

namespace frpx::gui {

/// Shows a widget whole, whatever the font: gives it the height that its wrapped texts need at the width
/// there is, and scrolls where the window is too small for that.
class ContentArea : public QScrollArea
{
    Q_OBJECT

public:
    /// Owns \a content, which has a layout.
    explicit ContentArea(QWidget *content, QWidget *parent = nullptr);

    /// What is missing until nothing has to be scrolled, in pixels.
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
