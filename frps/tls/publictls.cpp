// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tls/publictls.h"

#include "common/core/logging.h"
#include "common/system/privileges.h"

#include <QCryptographicHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

QString portsOf(const PublicTlsRule &rule)
{
    if (!rule.ofPublicPort)
        return u"ports %1"_s.arg(rule.ports.toString());
    return rule.ports.isEmpty() ? u"the public port"_s
                                : u"the public port and %1"_s.arg(rule.ports.toString());
}

} // namespace

PublicTls::Stamps PublicTls::stampsOf(const PublicTlsRule &rule)
{
    return {fileStamp(rule.certificateFile), fileStamp(rule.keyFile)};
}

/// If the content of the files is the same, \a entry keeps its context, and with it the visitors' session
/// tickets.
Result<void> PublicTls::read(Entry &entry, const QDateTime &now)
{
    const RootRights forRootsFiles({entry.rule.certificateFile, entry.rule.keyFile});
    const Result<CheckedIdentity> checked = loadIdentity(entry.rule.certificateFile, entry.rule.keyFile, now);
    if (!checked)
        return checked.error();
    for (const QString &warning : checked->warnings)
        qCWarning(lcPublic).noquote() << warning;
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(checked->identity.certificatePem);
    hash.addData(checked->identity.keyPem);
    if (entry.digest == hash.result())
        return {};
    const auto context = TlsServerContext::create(checked->identity);
    if (!context)
        return context.error();
    entry.context = *context;
    entry.digest = hash.result();
    qCInfo(lcPublic).noquote() << u"Visitors of %1 see the certificate %2, valid until %3"_s.arg(
        portsOf(entry.rule), checked->fingerprint.toString(), checked->expires.toString(Qt::ISODate));
    return {};
}

Result<void> PublicTls::set(const std::vector<PublicTlsRule> &rules, const QDateTime &now)
{
    std::vector<Entry> entries;
    for (const PublicTlsRule &rule : rules) {
        const auto before = std::find_if(
            m_entries.begin(), m_entries.end(), [&rule](const Entry &entry) { return entry.rule == rule; });
        Entry entry = before != m_entries.end() ? *before : Entry{rule, {}, {}, {}, {}};
        entry.read = entry.seen = stampsOf(rule);
        if (const Result<void> done = read(entry, now); !done)
            return done.error();
        entries.push_back(std::move(entry));
    }
    m_entries = std::move(entries);
    return {};
}

void PublicTls::look(const QDateTime &now)
{
    for (Entry &entry : m_entries) {
        const Stamps stamps = stampsOf(entry.rule);
        const bool isQuiet = std::exchange(entry.seen, stamps) == stamps;
        if (stamps == entry.read || !isQuiet)
            continue;
        entry.read = stamps;
        if (const Result<void> done = read(entry, now); !done) {
            qCWarning(lcPublic).noquote() << u"Visitors of %1 still see the old certificate: %2"_s.arg(
                portsOf(entry.rule), done.error().detail);
        }
    }
}

std::shared_ptr<const TlsServerContext> PublicTls::contextFor(bool isPublicPort, quint16 port) const
{
    for (const Entry &entry : m_entries) {
        if (entry.rule.covers(isPublicPort, port))
            return entry.context;
    }
    return nullptr;
}

} // namespace frpx::server
