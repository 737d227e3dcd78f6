// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/gui/cutoff.h"

#include "frpc-gui/view/trafficgraph.h"

#include <QAbstractButton>
#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QSplitter>
#include <QStyleOption>
#include <QTabBar>
#include <QTableView>

using namespace Qt::StringLiterals;

namespace frpx::test {

using namespace frpx::gui;

QString sizes(QSize is, QSize wanted)
{
    return u"%1x%2 instead of %3x%4"_s.arg(is.width())
        .arg(is.height())
        .arg(wanted.width())
        .arg(wanted.height());
}

namespace {

bool isSmaller(QSize is, QSize wanted)
{
    return is.width() < wanted.width() || is.height() < wanted.height();
}

QString cutOffLabel(const QLabel &label)
{
    QSize wanted = label.sizeHint();
    if (label.wordWrap()) // its longest word, and all of its lines
        wanted = {label.minimumSizeHint().width(), label.heightForWidth(label.width())};
    return isSmaller(label.size(), wanted) ? sizes(label.size(), wanted) : QString();
}

QString cutOffLine(const QLineEdit &line)
{
    QStyleOptionFrame option;
    option.initFrom(&line);
    const QRect room = line.style()->subElementRect(QStyle::SE_LineEditContents, &option, &line);
    constexpr int besideText = 2 * 2; // QLineEdit's own
    if (line.fontMetrics().horizontalAdvance(line.placeholderText()) > room.width() - besideText)
        return u"the placeholder does not fit"_s;
    const int wanted = line.minimumSizeHint().height();
    return line.height() < wanted ? u"%1 instead of %2 high"_s.arg(line.height()).arg(wanted) : QString();
}

QString cutOffTab(const QTabBar &bar)
{
    for (int i = 0; i < bar.count(); ++i) {
        const int wanted = bar.fontMetrics().size(Qt::TextShowMnemonic, bar.tabText(i)).width();
        if (!bar.rect().contains(bar.tabRect(i)) || bar.tabRect(i).width() < wanted)
            return u"tab %1"_s.arg(i);
    }
    return {};
}

QString cutOffMenu(const QMenuBar &bar)
{
    const QList<QAction *> actions = bar.actions();
    for (const QAction *action : actions) {
        if (!bar.rect().contains(bar.actionGeometry(const_cast<QAction *>(action))))
            return action->text();
    }
    return {};
}

QString cutOffHead(const QTableView &table)
{
    const QHeaderView *header = table.horizontalHeader();
    for (int i = 0; i < header->count(); ++i) {
        if (header->sectionSize(i) < header->sectionSizeHint(i))
            return u"the head of column %1"_s.arg(i);
    }
    return {};
}

} // namespace

QString cutOff(const QWidget *widget)
{
    if (const auto *label = qobject_cast<const QLabel *>(widget))
        return cutOffLabel(*label);
    if (const auto *line = qobject_cast<const QLineEdit *>(widget))
        return cutOffLine(*line);
    if (const auto *bar = qobject_cast<const QTabBar *>(widget))
        return cutOffTab(*bar);
    if (const auto *bar = qobject_cast<const QMenuBar *>(widget))
        return cutOffMenu(*bar);
    if (const auto *table = qobject_cast<const QTableView *>(widget))
        return cutOffHead(*table);
    const bool hasText = qobject_cast<const QAbstractButton *>(widget)
        || qobject_cast<const QAbstractSpinBox *>(widget) || qobject_cast<const QComboBox *>(widget)
        || qobject_cast<const QGroupBox *>(widget) || qobject_cast<const TrafficGraph *>(widget);
    const QSize wanted = widget->minimumSizeHint();
    return hasText && isSmaller(widget->size(), wanted) ? sizes(widget->size(), wanted) : QString();
}

bool isOutside(const QWidget *widget)
{
    const QWidget *parent = widget->parentWidget();
    const auto *area = qobject_cast<const QAbstractScrollArea *>(parent->parentWidget());
    const bool isScrolled = area && area->viewport() == parent;
    return !isScrolled && !widget->isWindow() && !qobject_cast<const QSplitterHandle *>(widget)
        && !parent->rect().contains(widget->geometry());
}

} // namespace frpx::test
