// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/addressinput.h"

#include "common/net/hostaddress.h"

#include <QCoreApplication>

namespace frpx::gui {

namespace {

struct AddressInput
{
    Q_DECLARE_TR_FUNCTIONS(frpx::gui::AddressInput)
};

} // namespace

Result<QString> readServerHost(const QString &written)
{
    const QString text = written.trimmed();
    if (text.isEmpty())
        return Error{Errc::InvalidArgument, AddressInput::tr("Where is the server?")};
    Result<QString> host = net::parseHost(text, {});
    if (host)
        return host;
    return Error{Errc::InvalidArgument,
        AddressInput::tr(
            "Write the name or address alone, such as frps.example.org, 192.0.2.1 or 2001:db8::1; "
            "the port has a field of its own.")};
}

Result<QString> readLocalHost(const QString &written)
{
    const QString text = written.trimmed();
    if (text.isEmpty())
        return Error{Errc::InvalidArgument, AddressInput::tr("Where is the local service?")};
    Result<QString> host = net::parseService(text, {});
    if (host)
        return host;
    return Error{Errc::InvalidArgument,
        AddressInput::tr(
            "Write the name or address alone, such as localhost, 192.0.2.1 or ::1, or a unix socket "
            "such as unix:/run/app.sock.")};
}

} // namespace frpx::gui
