// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tls/tlsclientcontext.h"
#include "common/tls/tlsservercontext.h"
#include "tests/support/loopback.h"

namespace frpx::test {

/// A key (EC P-256) and a certificate it has signed itself, good for either end and as a CA.
TlsIdentity makeIdentity();
/// What a client has to be told of \a identity.
TlsTarget targetOf(const TlsIdentity &identity);

/// Both ends of a connection under TLS, non-blocking, the handshake done.
struct TlsPair
{
    Wire client;
    Wire server;
    std::unique_ptr<TlsState> clientTls;
    std::unique_ptr<TlsState> serverTls;
    TlsState::Progress clientProgress = TlsState::Progress::Waiting;
    TlsState::Progress serverProgress = TlsState::Progress::Waiting;

    bool isDone() const
    {
        return clientProgress == TlsState::Progress::Done && serverProgress == TlsState::Progress::Done;
    }
};

/// Goes on with the handshake at both ends until they are done or have failed.
TlsPair shakeHands(Connection connection, std::unique_ptr<TlsState> client, std::unique_ptr<TlsState> server);

/// Makes such pairs, with a certificate of its own.
class TlsPairs
{
public:
    TlsPairs();

    const TlsIdentity &identity() const { return m_identity; }
    TlsClientContext &client() { return *m_client; }
    std::shared_ptr<TlsClientContext> sharedClient() { return m_client; }
    std::shared_ptr<const TlsServerContext> server() { return m_server; }
    TlsPair pair(Connection connection)
    {
        return shakeHands(std::move(connection), m_client->connect(), m_server->accept());
    }

private:
    TlsIdentity m_identity;
    std::shared_ptr<const TlsServerContext> m_server; // as the product shares them
    std::shared_ptr<TlsClientContext> m_client;
};

} // namespace frpx::test
