// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/logfilter.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QTableView;

namespace frpx::gui {

class LogModel;

/// Shows the log with a filter, and copies lines. Follows the end while the end is visible.
class LogTab : public QWidget
{
    Q_OBJECT

public:
    explicit LogTab(LogModel &log, QWidget *parent = nullptr);

private:
    /// Copies the selected lines to the clipboard; without a selection, all lines that the filter shows.
    void copy();

    LogModel &m_log;
    LogFilter m_filter;
    QTableView *m_view;
    QComboBox *m_level;
    QLineEdit *m_text;
    bool m_atEnd = true;
};

} // namespace frpx::gui
