// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/outboundproxy.h"

#include <QHostAddress>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace frpx::net {

constexpr qsizetype maxPart = 255; // of user and password: the limit of SOCKS5

QString OutboundProxy::toString() const
{
    const QString scheme = kind == Kind::Http ? u"http"_s : u"socks5"_s;
    return (host.contains(u':') ? u"%1://[%2]:%3"_s : u"%1://%2:%3"_s).arg(scheme, host).arg(port);
}

Result<OutboundProxy> parseOutboundProxy(const QString &text)
{
    const Error malformed{Errc::InvalidArgument,
        u"the proxy is written http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ in front of HOST "
        "if it asks for them"_s};
    const QUrl url(text, QUrl::StrictMode);
    const QString scheme = url.scheme();
    const bool isSocks = scheme == "socks5"_L1 || scheme == "socks5h"_L1;
    const bool hasMore =
        (!url.path().isEmpty() && url.path() != "/"_L1) || url.hasQuery() || url.hasFragment();
    if (!url.isValid() || (scheme != "http"_L1 && !isSocks) || url.host().isEmpty() || url.port() < 1
        || hasMore)
        return malformed;
    OutboundProxy proxy;
    proxy.kind = isSocks ? OutboundProxy::Kind::Socks5 : OutboundProxy::Kind::Http;
    proxy.host = url.host(QUrl::FullyDecoded);
    proxy.port = static_cast<quint16>(url.port());
    proxy.user = url.userName(QUrl::FullyDecoded);
    proxy.password = url.password(QUrl::FullyDecoded);
    if (proxy.user.toUtf8().size() > maxPart || proxy.password.toUtf8().size() > maxPart)
        return Error{Errc::InvalidArgument,
            u"user and password of the proxy take at most %1 bytes each"_s.arg(maxPart)};
    if (proxy.user.isEmpty() && !proxy.password.isEmpty())
        return Error{Errc::InvalidArgument, u"the proxy has a password and no user"_s};
    return proxy;
}

} // namespace frpx::net
