// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/trust/servertrust.h"

#include "common/core/logging.h"
#include "frpc/trust/knownservers.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

Result<void> ServerTrust::examine(ServerCertificate &shown, const QString &chainFault) const
{
    if (const Result<void> known = lookUp(shown); !known)
        return known;
    return judge(m_settings, shown, chainFault);
}

Result<void> ServerTrust::lookUp(ServerCertificate &shown) const
{
    if (!m_settings.remembers())
        return {};
    if (m_accepted) {
        shown.remembered = m_accepted;
        return {};
    }
    const KnownServers known(m_settings.knownServersFile);
    const Result<std::optional<Fingerprint>> found = known.find(shown.host, shown.port);
    if (!found)
        return found.error();
    shown.remembered = *found;
    if (*found || !m_settings.trustOnFirstUse)
        return {};
    if (const Result<void> kept = known.remember(shown.host, shown.port, shown.fingerprint); !kept)
        return kept.error();
    qCWarning(lcClient).noquote()
        << u"The server %1 was unknown; its certificate %2 is trusted from now on."_s.arg(
               KnownServers::keyOf(shown.host, shown.port), shown.fingerprint.toString());
    shown.remembered = shown.fingerprint;
    return {};
}

void ServerTrust::accept(const QString &host, quint16 port, const Fingerprint &certificate)
{
    m_accepted.reset();
    const Result<void> kept = KnownServers(m_settings.knownServersFile).remember(host, port, certificate);
    if (kept)
        return;
    qCWarning(lcClient).noquote() << "The server is trusted until the end of the program only:"
                                  << kept.error().detail;
    m_accepted = certificate;
}

} // namespace frpx::client
