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

bool isPrintable(QStringView text)
{
    // Surrogates are halves of characters beyond the basic plane; they are allowed, unlike control
    // characters.
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.isPrint() || c.isSurrogate(); });
}

Result<void> checkClientId(QStringView clientId)
{
    if (clientId.isEmpty())
        return Error{Errc::BadField, u"The client id is empty."_s};
    if (clientId.size() > maxClientIdLength)
        return Error{Errc::BadField, u"The client id is longer than %1 characters."_s.arg(maxClientIdLength)};
    if (clientId.trimmed().size() != clientId.size())
        return Error{Errc::BadField, u"The client id begins or ends with a space."_s};
    if (!isPrintable(clientId))
        return Error{Errc::BadField, u"The client id has a control character."_s};
    return {};
}

Result<void> checkTunnelName(QStringView name)
{
    if (name.isEmpty())
        return Error{Errc::BadField, u"The tunnel's name is empty."_s};
    if (name.size() > maxTunnelNameLength) {
        return Error{
            Errc::BadField, u"The tunnel's name is longer than %1 characters."_s.arg(maxTunnelNameLength)};
    }
    if (!isPrintable(name))
        return Error{Errc::BadField, u"The tunnel's name has a control character."_s};
    return {};
}

} // namespace frpx
