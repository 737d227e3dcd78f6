// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/ids.h"

#include <QUuid>

using namespace Qt::StringLiterals;

namespace frpx {

QString randomUuid()
{
    return QUuid::createUuid().toString(QUuid::WithoutBraces);
}

Result<void> checkClientId(QStringView clientId)
{
    if (clientId.isEmpty())
        return Error{Errc::BadField, u"The client id is empty."_s};
    if (clientId.size() > maxClientIdLength)
        return Error{Errc::BadField, u"The client id is longer than %1 characters."_s.arg(maxClientIdLength)};
    if (clientId.trimmed().size() != clientId.size())
        return Error{Errc::BadField, u"The client id begins or ends with a space."_s};
    // Surrogates are the halves of characters beyond the basic plane; fine here, unlike control characters.
    const auto printable = [](QChar c) { return c.isPrint() || c.isSurrogate(); };
    if (!std::all_of(clientId.begin(), clientId.end(), printable))
        return Error{Errc::BadField, u"The client id has a control character."_s};
    return {};
}

} // namespace frpx
