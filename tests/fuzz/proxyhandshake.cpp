// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/proxyhandshake.h"

#include "tests/fuzz/target.h"

namespace frpx::fuzz {

using Progress = ProxyHandshake::Progress;

/// The first byte says which proxy it is and whether there is a login; the rest is what the proxy says.
static void tryInput(QByteArrayView input)
{
    if (input.isEmpty())
        return;
    net::OutboundProxy proxy;
    proxy.kind = (input.front() & 1) != 0 ? net::OutboundProxy::Kind::Socks5 : net::OutboundProxy::Kind::Http;
    proxy.host = QStringLiteral("proxy");
    proxy.port = 1080;
    if ((input.front() & 2) != 0) {
        proxy.user = QStringLiteral("me");
        proxy.password = QStringLiteral("s3cr3t");
    }
    const net::ProxyRequest request{proxy, QStringLiteral("my.server.org"), 17000};
    const QByteArrayView said = input.sliced(1);

    ProxyHandshake whole(request);
    require(!whole.takeOutput().isEmpty(), "the client speaks first");
    const Progress progress = whole.feed(said);
    require(!whole.error().detail.contains(proxy.password) || proxy.password.isEmpty(),
        "the password is not told");

    ProxyHandshake bytewise(request);
    for (qsizetype i = 0; i < said.size(); ++i) {
        const Progress step = bytewise.feed(said.sliced(i, 1));
        if (step == Progress::Waiting)
            continue;
        const bool isLast = i + 1 == said.size();
        if (step == Progress::Done && !isLast)
            require(progress == Progress::Failed, "nothing may follow the answer");
        else
            require(progress == step, "pieces make no difference");
        if (step == Progress::Failed)
            require(whole.error().code == bytewise.error().code, "nor do they for the fault");
        return;
    }
    require(said.isEmpty() || progress == Progress::Waiting, "pieces make no difference");
}

const TargetRegistration registration("proxyhandshake", tryInput);

} // namespace frpx::fuzz
