// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/system/filestamp.h"
#include "common/tls/certificate.h"
#include "common/tls/tlsservercontext.h"
#include "frps/tls/publictlsrule.h"

#include <vector>

namespace frpx::server {

/// The certificates of the public ports that speak TLS. Control thread only; what it hands out is for any
/// thread and stays good when another certificate takes its place.
class PublicTls
{
public:
    /// Reads the files of all \a rules; for users who come from then on. On an error, as loadIdentity() and
    /// TlsServerContext::create(), everything stays as it was.
    Result<void> set(const std::vector<PublicTlsRule> &rules, const QDateTime &now);

    /// Takes up files that have changed since, and have not changed again since the last look: certificate
    /// and key are two files, between whose replacements the pair is broken. What is no pair is complained of
    /// once, and the old one stays. Call every few seconds.
    void look(const QDateTime &now);

    /// For the users of \a port, who need TLS; null: they speak plain.
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
        Stamps read; ///< of the files when they were read last
        Stamps seen; ///< of the files when they were looked at last
        QByteArray digest; ///< of certificate and key in use
        std::shared_ptr<const TlsServerContext> context; ///< shared with the handshakes
    };

    static Stamps stampsOf(const PublicTlsRule &rule);
    static Result<void> read(Entry &entry, const QDateTime &now);

    std::vector<Entry> m_entries;
};

} // namespace frpx::server
