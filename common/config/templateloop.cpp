// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/templateloop.h"

#include "common/config/numberrange.h"

using namespace Qt::StringLiterals;

namespace frpx {

TemplateLoop::TemplateLoop(TemplateAction range, const QStringList &lists)
    : m_range(std::move(range))
{
    Result<std::vector<std::pair<int, int>>> numbers = parseNumberRangePair(lists.first(), lists.last());
    if (numbers) {
        m_numbers = *std::move(numbers);
    } else {
        m_fault = numbers.error().detail;
        m_numbers.emplace_back(1, 1);
    }
}

Result<QByteArray> TemplateLoop::value(const TemplateAction &variable) const
{
    const bool isPair = m_range.lists.size() == 2;
    if (variable.name != m_range.name) {
        const bool isIndex = !m_range.index.isEmpty() && variable.name == m_range.index;
        return isIndex && variable.field.isEmpty()
            ? Result<QByteArray>(QByteArray::number(qulonglong(m_turn)))
            : strayVariable(variable);
    }
    if (variable.field.isEmpty() == isPair) {
        return Error{Errc::InvalidArgument,
            (isPair ? u"{{ $%1 }} is a pair: write {{ $%1.First }} or {{ $%1.Second }}"_s
                    : u"{{ $%1 }} is a number: it has no First and Second"_s)
                .arg(QString::fromLatin1(variable.name))};
    }
    const auto &[first, second] = m_numbers.at(m_turn);
    return QByteArray::number(variable.field == "Second" ? second : first);
}

Error strayVariable(const TemplateAction &variable)
{
    return {Errc::InvalidArgument,
        u"{{ $%1 }} stands in no {{ range }} that has it"_s.arg(QString::fromLatin1(variable.name))};
}

} // namespace frpx
