// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/confignode.h"
#include "common/config/configreport.h"

#include <optional>

namespace frpx {

/// Reads the values of a table of a configuration file. Dotted keys name values of nested tables. A value of
/// the wrong type or out of range is a fault, and finish() makes each unread key a fault.
class TableReader
{
public:
    /// Both references outlive the reader. \a path names the table in sentences, such as "proxies".
    TableReader(const ConfigNode &table, QString path, ConfigReport &report);

    const ConfigNode *find(const QString &key);
    QString text(const QString &key, const QString &otherwise = {});
    int number(const QString &key, int min, int max, int otherwise = 0);
    bool boolean(const QString &key, bool otherwise = false);

    /// \a key is known, but has no effect.
    void ignore(const QString &key, const QString &why);
    /// \a key is known, but ignoring it would mislead the person who sets it.
    void refuse(const QString &key, const QString &why);
    void fault(const QString &key, const QString &sentence);

    /// Reports the keys that have not been read.
    void finish();

    int line() const { return m_table.line; }

private:
    void complain(const ConfigNode &table, const QString &prefix);

    const ConfigNode &m_table;
    const QString m_path;
    ConfigReport &m_report;
    QStringList m_known;
};

} // namespace frpx
