// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/lease.h"

#include <QHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

bool isPlain(const QString &text)
{
    const auto isControl = [](QChar c) { return c.category() == QChar::Other_Control; };
    // The database would change text that is not valid.
    return text.size() <= maxLeaseNameLength && text.isValidUtf16()
        && std::none_of(text.begin(), text.end(), isControl);
}

} // namespace

QString protocolName(PortProtocol protocol)
{
    return protocol == PortProtocol::Udp ? u"udp"_s : u"tcp"_s;
}

std::optional<PortProtocol> protocolFromName(QStringView name)
{
    if (name == "tcp"_L1)
        return PortProtocol::Tcp;
    if (name == "udp"_L1)
        return PortProtocol::Udp;
    return std::nullopt;
}

size_t LeaseKeyHash::operator()(const LeaseKey &key) const
{
    return qHashMulti(
        QHashSeed::globalSeed(), key.user, key.tunnel, static_cast<int>(key.protocol), key.account);
}

Result<void> checkLeaseKey(const LeaseKey &key)
{
    if (key.tunnel.isEmpty())
        return Error{Errc::InvalidArgument, u"The tunnel has no name"_s};
    if (!isPlain(key.user) || !isPlain(key.tunnel))
        return Error{Errc::InvalidArgument,
            u"The names of user and tunnel must have at most %1 characters, none of them a control character"_s
                .arg(maxLeaseNameLength)};
    return {};
}

} // namespace frpx::server
