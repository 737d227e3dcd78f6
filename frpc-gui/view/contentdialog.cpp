// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/contentdialog.h"

#include "frpc-gui/view/contentarea.h"
#include "frpc-gui/view/widgets.h"

#include <QEvent>
#include <QVBoxLayout>

#include <algorithm>

namespace frpx::gui {

ContentDialog::ContentDialog(QWidget *parent)
    : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
}

void ContentDialog::setContent(QLayout *content, const QList<QWidget *> &below)
{
    auto *inner = new QWidget;
    content->setContentsMargins(0, 0, 0, 0);
    inner->setLayout(content);
    m_area = new ContentArea(inner);
    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(fontMetrics().lineSpacing() * 2 / 3);
    layout->addWidget(m_area, 1);
    for (QWidget *widget : below)
        layout->addWidget(widget);
}

bool ContentDialog::event(QEvent *event)
{
    const bool result = QDialog::event(event);
    if (event->type() == QEvent::LayoutRequest && isVisible()) {
        keepRoomBelow();
        grow();
    }
    return result;
}

void ContentDialog::showEvent(QShowEvent *event)
{
    // Qt gives a new window two thirds of the screen at most.
    resize(size().expandedTo(layout()->totalSizeHint()).boundedTo(roomForWindow(*this)));
    grow();
    QDialog::showEvent(event); // sets the position
}

void ContentDialog::resizeEvent(QResizeEvent *event)
{
    keepRoomBelow();
    QDialog::resizeEvent(event);
}

/// Qt ignores the height of wrapped texts when it bounds a window.
void ContentDialog::keepRoomBelow()
{
    const int least = layout()->hasHeightForWidth() ? layout()->totalMinimumHeightForWidth(width())
                                                    : layout()->totalMinimumSize().height();
    setMinimumHeight(std::min(least, roomForWindow(*this).height()));
}

void ContentDialog::grow()
{
    if (isMaximized() || isFullScreen())
        return;
    const QSize wanted = size() + m_area->missing();
    resize(wanted.boundedTo(roomForWindow(*this)).expandedTo(size()));
}

} // namespace frpx::gui
