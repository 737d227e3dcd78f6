// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

#include <vector>

namespace frpx {

/// One value of a configuration file of any format, with its line.
struct ConfigNode
{
    enum class Kind {
        Table,
        Array,
        Text,
        Integer,
        Bool,
        Untyped, ///< of an ini file, where everything is text
        Other, ///< a date, a time or a fraction; no option uses these
    };

    Kind kind = Kind::Table;
    int line = 0; ///< from 1
    QString name; ///< in its table; empty in an array
    QString text; ///< the value; empty for a table or an array; "true" or "false" for Bool
    std::vector<ConfigNode> children; ///< of a table or an array

    const ConfigNode *find(QStringView key) const
    {
        for (const ConfigNode &child : children) {
            if (child.name == key)
                return &child;
        }
        return nullptr;
    }
};

} // namespace frpx
