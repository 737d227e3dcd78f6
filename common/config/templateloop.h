// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/templateaction.h"

#include <QStringList>

#include <utility>
#include <vector>

namespace frpx {

/// The iterations of a `{{ range }}`, and the values of its variables.
class TemplateLoop
{
public:
    /// \a lists are those of \a range. Faulty lists give one iteration, so that the rest of the file can be
    /// checked; see fault().
    TemplateLoop(TemplateAction range, const QStringList &lists);

    /// What is wrong with the lists; empty if they are valid.
    const QString &fault() const { return m_fault; }
    /// Goes to the next iteration; false after the last one.
    bool advance() { return ++m_turn < m_numbers.size(); }
    /// The value of \a variable in this iteration. Errc::InvalidArgument with a sentence for a variable of
    /// another loop.
    Result<QByteArray> value(const TemplateAction &variable) const;

private:
    TemplateAction m_range;
    std::vector<std::pair<int, int>> m_numbers; ///< both numbers are equal for a single list
    size_t m_turn = 0;
    QString m_fault;
};

/// The error for a \a variable outside of loops.
Error strayVariable(const TemplateAction &variable);

} // namespace frpx
