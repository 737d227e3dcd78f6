// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QAbstractTableModel>
#include <QString>

#include <deque>
#include <vector>

namespace frpx::gui {

struct LogLine
{
    qint64 timeMs = 0; ///< since 1970
    QtMsgType level = QtInfoMsg;
    QString category;
    QString text;
};

/// The latest maxLines log lines.
class LogModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    static constexpr size_t maxLines = 5000;
    enum Column { Time, Level, Text, ColumnCount };
    static constexpr int severityRole = Qt::UserRole; ///< 0 debug … 3 critical

    using QAbstractTableModel::QAbstractTableModel;

    /// Appends all \a lines in one step and removes the oldest lines beyond maxLines.
    void append(std::vector<LogLine> lines);
    void clear();
    /// Returns one line in the form in which it is copied.
    QString lineText(int row) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    static int severity(QtMsgType level);
    static QString levelName(QtMsgType level);

private:
    std::deque<LogLine> m_lines;
};

} // namespace frpx::gui
