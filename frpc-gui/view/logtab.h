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

/// The log, with a filter, and a way to take it elsewhere. Follows the end as long as that is in sight.
class LogTab : public QWidget
{
    Q_OBJECT

public:
    explicit LogTab(LogModel &log, QWidget *parent = nullptr);

private:
    /// The selected lines to the clipboard; all that the filter shows if none is selected.
    void copy();

    LogModel &m_log;
    LogFilter m_filter;
    QTableView *m_view;
    QComboBox *m_level;
    QLineEdit *m_text;
    bool m_atEnd = true;
};

} // namespace frpx::gui
