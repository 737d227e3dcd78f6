// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/system/filestamp.h"
#include "common/tls/certificate.h"
#include "common/tls/tlsservercontext.h"
#include "frps/tls/publictlsrule.h"

#include <vector>

namespace frpx::server {

/// The certificates of the public ports with TLS. Control thread only. The contexts that it returns may be
/// used in any thread, and stay valid when another certificate replaces theirs.
class PublicTls
{
public:
    /// Reads the files of all \a rules; later visitors see them. On an error, as of loadIdentity() and
    /// TlsServerContext::create(), nothing changes.
    Result<void> set(const std::vector<PublicTlsRule> &rules, const QDateTime &now);

    /// Reads files that have changed since, unless they have also changed since the last call: certificate
    /// and key are two files, and do not match while only one of them is replaced. A pair that does not match
    /// is logged once, and the old one stays. Call every few seconds.
    void look(const QDateTime &now);

    /// The context for the visitors of \a port; null: they use plain TCP.
    std::shared_ptr<const TlsServerContext> contextFor(bool isPublicPort, quint16 port) const;
    bool isEmpty() const { return m_entries.empty(); }

private:
    struct Stamps
    {
        FileStamp certificate;
        FileStamp key;
        friend bool operator==(const Stamps &, const Stamps &) = default;
    };
    struct Entry
    {
        PublicTlsRule rule;
        Stamps read; ///< of the files when they were read
        Stamps seen; ///< of the files at the last look()
        QByteArray digest; ///< of certificate and key in use
        std::shared_ptr<const TlsServerContext> context; ///< shared with the handshakes
    };

    static Stamps stampsOf(const PublicTlsRule &rule);
    static Result<void> read(Entry &entry, const QDateTime &now);

    std::vector<Entry> m_entries;
};

} // namespace frpx::server
