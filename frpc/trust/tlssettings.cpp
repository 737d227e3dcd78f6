// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/trust/tlssettings.h"

#include "common/core/logging.h"
#include "common/net/ipaddress.h"
#include "frpc/trust/knownservers.h"

#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

static bool isSame(const std::optional<TlsIdentity> &left, const std::optional<TlsIdentity> &right)
{
    if (!left || !right)
        return left.has_value() == right.has_value();
    return left->certificatePem == right->certificatePem && left->keyPem == right->keyPem;
}

bool operator==(const TlsSettings &left, const TlsSettings &right)
{
    return left.mode == right.mode && left.caPem == right.caPem && left.serverName == right.serverName
        && left.pins == right.pins && isSame(left.own, right.own)
        && left.knownServersFile == right.knownServersFile && left.trustOnFirstUse == right.trustOnFirstUse;
}

bool usesTls(const TlsSettings &settings, const QString &host, bool isThroughProxy)
{
    if (settings.mode != TlsSettings::Mode::Auto)
        return settings.mode == TlsSettings::Mode::On;
    if (isThroughProxy || !settings.remembers() || settings.own || !settings.serverName.isEmpty()
        || settings.trustOnFirstUse)
        return true;
    return !isThisMachine(host);
}

bool isThisMachine(const QString &host)
{
    const std::optional<QHostAddress> address = net::parseIpAddress(host);
    return address ? net::plainAddress(*address).isLoopback()
                   : host.compare("localhost"_L1, Qt::CaseInsensitive) == 0;
}

Result<void> judge(const TlsSettings &settings, const ServerCertificate &shown, const QString &chainFault)
{
    const QString server = KnownServers::keyOf(logSafe(shown.host), shown.port);
    if (!settings.pins.isEmpty() && !settings.pins.contains(shown.fingerprint)) {
        return Error{Errc::BadCertificate,
            u"The server %1 has the certificate %2, which is not the one asked for (--tls-fingerprint)."_s
                .arg(server, shown.fingerprint.toString())};
    }
    if (!settings.caPem.isEmpty() && !chainFault.isEmpty()) {
        return Error{Errc::BadCertificate,
            u"The certificate of the server %1 is not trusted: %2 (its fingerprint is %3)."_s.arg(
                server, chainFault, shown.fingerprint.toString())};
    }
    if (!settings.remembers() || shown.remembered == shown.fingerprint)
        return {};
    if (shown.remembered)
        return Error{Errc::ServerChanged, u"The certificate of the server %1 has changed."_s.arg(server)};
    return Error{
        Errc::UnknownServer, u"The server %1 is unknown: it has not been accepted yet."_s.arg(server)};
}

/// Quotes \a text for a shell.
static QString quoted(QString text)
{
    const auto isSafe = [](QChar c) { return c.isLetterOrNumber() || u"/._-:"_s.contains(c); };
    if (!text.isEmpty() && std::all_of(text.cbegin(), text.cend(), isSafe))
        return text;
    return u"'%1'"_s.arg(text.replace(u'\'', u"'\\''"_s));
}

QString commandToTrust(const ServerCertificate &shown)
{
    QString command = u"frpc trust %1 --server-addr %2 --control-port %3"_s.arg(
        shown.fingerprint.toString(), quoted(logSafe(shown.host, 256)), QString::number(shown.port));
    if (!usesTls({}, shown.host))
        command += u" --tls on"_s;
    if (!shown.knownServersFile.isEmpty())
        command += u" --known-servers "_s + quoted(QFileInfo(shown.knownServersFile).absoluteFilePath());
    return command;
}

QString askAboutUnknown(const ServerCertificate &shown)
{
    return u"The server %1 is not known yet. It has this certificate (%2, valid until %3):\n"
           "  %4\n"
           "On the server, `frps fingerprint` prints the right one."_s.arg(
               KnownServers::keyOf(logSafe(shown.host), shown.port), shown.subject,
               shown.expires.toUTC().date().toString(Qt::ISODate), shown.fingerprint.toString());
}

QString warnOfChange(const ServerCertificate &shown)
{
    return u"THE CERTIFICATE OF THE SERVER HAS CHANGED: %1\n"
           "Another machine may be intercepting the connection and posing as the server. Or it has a new "
           "certificate.\n"
           "  accepted before: %2\n"
           "  shown now:       %3\n"
           "Neither password nor token has been sent. Ask the server's administrator what `frps fingerprint` "
           "prints there. Only if that is what is shown now, accept it by\n"
           "  %4"_s.arg(KnownServers::keyOf(logSafe(shown.host), shown.port),
               shown.remembered.value_or(Fingerprint()).toString(), shown.fingerprint.toString(),
               commandToTrust(shown));
}

} // namespace frpx::client
