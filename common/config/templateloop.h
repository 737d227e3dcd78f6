// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/templateaction.h"

#include <QStringList>

#include <utility>
#include <vector>

namespace frpx {

/// The turns of a `{{ range }}`, and what its variables are in each.
class TemplateLoop
{
public:
    /// \a lists are those of \a range. Faulty ones make a single turn, so that the rest of the file can be
    /// checked, and go to fault().
    TemplateLoop(TemplateAction range, const QStringList &lists);

    /// What is wrong with the lists; empty: nothing.
    const QString &fault() const { return m_fault; }
    /// On to the next turn; false if that was the last.
    bool advance() { return ++m_turn < m_numbers.size(); }
    /// What \a variable is in this turn. Errc::InvalidArgument with a sentence if it is none of this loop.
    Result<QByteArray> value(const TemplateAction &variable) const;

private:
    TemplateAction m_range;
    std::vector<std::pair<int, int>> m_numbers; ///< twice the same where there are no pairs
    size_t m_turn = 0;
    QString m_fault;
};

/// Of a \a variable that stands outside of loops.
Error strayVariable(const TemplateAction &variable);

} // namespace frpx
