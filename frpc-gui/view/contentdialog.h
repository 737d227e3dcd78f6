// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDialog>
#include <QList>

class QLayout;

namespace frpx::gui {

class ContentArea;

/// A dialog whose content scrolls where the screen is too small, while the part below it, such as the
/// buttons, is always visible. It grows with its texts up to the size of the screen.
class ContentDialog : public QDialog
{
    Q_OBJECT

protected:
    explicit ContentDialog(QWidget *parent);

    /// Call once, in the constructor. Each of \a below is shown below \a content, which scrolls.
    void setContent(QLayout *content, const QList<QWidget *> &below);
    bool event(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void grow();
    void keepRoomBelow();

    ContentArea *m_area = nullptr;
};

} // namespace frpx::gui
