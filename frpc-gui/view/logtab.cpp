// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/logtab.h"

#include "frpc-gui/model/logmodel.h"
#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/widgets.h"

#include <QClipboard>
#include <QComboBox>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QShortcut>
#include <QTableView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace frpx::gui {

LogTab::LogTab(LogModel &log, QWidget *parent)
    : QWidget(parent)
    , m_log(log)
    , m_view(new QTableView)
    , m_level(new QComboBox)
    , m_text(new QLineEdit)
{
    m_filter.setSourceModel(&m_log);
    m_filter.setMinSeverity(1);
    m_level->addItem(tr("Everything"), 0);
    m_level->addItem(tr("Information and worse"), 1);
    m_level->addItem(tr("Warnings and errors"), 2);
    m_level->setCurrentIndex(1);
    name(m_level, u"logLevel"_s, tr("Which lines are shown"));
    setPlaceholder(m_text, tr("Filter …"));
    m_text->setClearButtonEnabled(true);
    name(m_text, u"logFilter"_s, tr("Show only lines that contain this text"));
    auto *copyButton = new QPushButton(actionIcon(u"copy"_s), tr("Cop&y"));
    name(copyButton, u"copyLogButton"_s, tr("Copy the selected lines, or all of them"));
    auto *clearButton = new QPushButton(tr("Cl&ear"));
    name(clearButton, u"clearLogButton"_s, tr("Clear the log"));

    m_view->setModel(&m_filter);
    m_view->setShowGrid(false);
    m_view->setWordWrap(false);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setTabKeyNavigation(false);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    QHeaderView *header = m_view->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setStretchLastSection(true);
    const int digit = fontMetrics().horizontalAdvance(u'0');
    for (const int column : {LogModel::Time, LogModel::Level})
        header->resizeSection(column, std::max(12 * digit, header->sectionSizeHint(column)));
    name(m_view, u"logView"_s, tr("Log"));

    auto *bar = new QHBoxLayout;
    bar->addWidget(m_level);
    bar->addWidget(m_text, 1);
    bar->addWidget(copyButton);
    bar->addWidget(clearButton);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 14, 14, 14);
    layout->addLayout(bar);
    layout->addWidget(m_view, 1);

    connect(m_level, &QComboBox::currentIndexChanged, this,
        [this] { m_filter.setMinSeverity(m_level->currentData().toInt()); });
    connect(m_text, &QLineEdit::textChanged, this, [this](const QString &text) { m_filter.setText(text); });
    connect(copyButton, &QPushButton::clicked, this, &LogTab::copy);
    connect(clearButton, &QPushButton::clicked, this, [this] { m_log.clear(); });
    connect(&m_filter, &QAbstractItemModel::rowsAboutToBeInserted, this, [this] {
        const QScrollBar *scroll = m_view->verticalScrollBar();
        m_atEnd = scroll->value() >= scroll->maximum();
    });
    connect(&m_filter, &QAbstractItemModel::rowsInserted, this, [this] {
        if (m_atEnd)
            m_view->scrollToBottom();
    });
    auto *copyKey = new QShortcut(QKeySequence::Copy, m_view);
    copyKey->setContext(Qt::WidgetShortcut);
    connect(copyKey, &QShortcut::activated, this, &LogTab::copy);
    m_view->scrollToBottom();
}

void LogTab::copy()
{
    QList<int> rows;
    const QModelIndexList selected = m_view->selectionModel()->selectedRows();
    for (const QModelIndex &index : selected)
        rows << m_filter.mapToSource(index).row();
    if (rows.isEmpty()) {
        for (int i = 0; i < m_filter.rowCount(); ++i)
            rows << m_filter.mapToSource(m_filter.index(i, 0)).row();
    }
    std::sort(rows.begin(), rows.end());
    QString text;
    for (const int row : rows)
        text += m_log.lineText(row) + u'\n';
    QGuiApplication::clipboard()->setText(text);
}

} // namespace frpx::gui
