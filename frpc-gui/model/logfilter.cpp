// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/logfilter.h"

#include "frpc-gui/model/logmodel.h"

namespace frpx::gui {

void LogFilter::setMinSeverity(int severity)
{
    m_minSeverity = severity;
    invalidateFilter();
}

void LogFilter::setText(const QString &text)
{
    m_text = text;
    invalidateFilter();
}

bool LogFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const QModelIndex index = sourceModel()->index(row, LogModel::Text, parent);
    return index.data(LogModel::severityRole).toInt() >= m_minSeverity
        && (m_text.isEmpty() || index.data().toString().contains(m_text, Qt::CaseInsensitive));
}

} // namespace frpx::gui
