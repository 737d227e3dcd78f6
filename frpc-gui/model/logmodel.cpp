// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/logmodel.h"

#include <QDateTime>
#include <QTextDocument>

using namespace Qt::StringLiterals;

namespace frpx::gui {

void LogModel::append(std::vector<LogLine> lines)
{
    if (lines.empty())
        return;
    if (lines.size() > maxLines)
        lines.erase(lines.begin(), lines.end() - maxLines);
    const size_t sum = m_lines.size() + lines.size();
    if (sum > maxLines) {
        const size_t surplus = sum - maxLines;
        beginRemoveRows({}, 0, int(surplus) - 1);
        m_lines.erase(m_lines.begin(), m_lines.begin() + qsizetype(surplus));
        endRemoveRows();
    }
    const int first = int(m_lines.size());
    beginInsertRows({}, first, first + int(lines.size()) - 1);
    m_lines.insert(
        m_lines.end(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
    endInsertRows();
}

void LogModel::clear()
{
    beginResetModel();
    m_lines.clear();
    endResetModel();
}

QString LogModel::lineText(int row) const
{
    const LogLine &line = m_lines.at(size_t(row));
    return u"%1 %2 %3: %4"_s.arg(
        QDateTime::fromMSecsSinceEpoch(line.timeMs).toString(u"yyyy-MM-dd hh:mm:ss.zzz"_s),
        levelName(line.level), line.category, line.text);
}

int LogModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_lines.size());
}

int LogModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant LogModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const LogLine &line = m_lines.at(size_t(index.row()));
    if (role == severityRole)
        return severity(line.level);
    if (role == Qt::ToolTipRole && index.column() == Text)
        return Qt::convertFromPlainText(line.text);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Time:
        return QDateTime::fromMSecsSinceEpoch(line.timeMs).toString(u"hh:mm:ss"_s);
    case Level:
        return levelName(line.level);
    case Text:
        return line.text;
    default:
        return {};
    }
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
    case Time:
        return tr("Time");
    case Level:
        return tr("Level");
    case Text:
        return tr("Message");
    default:
        return {};
    }
}

int LogModel::severity(QtMsgType level)
{
    switch (level) {
    case QtDebugMsg:
        return 0;
    case QtInfoMsg:
        return 1;
    case QtWarningMsg:
        return 2;
    default:
        return 3;
    }
}

QString LogModel::levelName(QtMsgType level)
{
    switch (severity(level)) {
    case 0:
        return tr("Debug");
    case 1:
        return tr("Info");
    case 2:
        return tr("Warning");
    default:
        return tr("Error");
    }
}

} // namespace frpx::gui
