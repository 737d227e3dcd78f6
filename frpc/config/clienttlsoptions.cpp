// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/config/clienttlsoptions.h"

#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "common/tls/certificate.h"

#include <QSslCertificate>
#include <QSslConfiguration>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr qsizetype maxPins = 16;

struct ModeName
{
    TlsSettings::Mode mode;
    QLatin1StringView name;
};

constexpr ModeName modes[] = {
    {TlsSettings::Mode::On, "on"_L1},
    {TlsSettings::Mode::Off, "off"_L1},
    {TlsSettings::Mode::Auto, "auto"_L1},
};

QStringList modeNames()
{
    QStringList names;
    for (const ModeName &each : modes)
        names << each.name;
    return names;
}

QList<Fingerprint> readPins(CommandLine &line)
{
    QList<Fingerprint> pins;
    const QStringList texts = line.text(u"tls-fingerprint"_s).split(u',', Qt::SkipEmptyParts);
    for (const QString &text : texts) {
        if (const std::optional<Fingerprint> pin = Fingerprint::parse(text.trimmed()))
            pins << *pin;
        else
            line.fail(
                u"--tls-fingerprint takes what frps fingerprint prints, such as SHA256:AB:CD:…, not \"%1\"."_s
                    .arg(logSafe(text)));
    }
    if (pins.size() > maxPins)
        line.fail(u"--tls-fingerprint takes at most %1 fingerprints."_s.arg(maxPins));
    return pins;
}

PemReader pemReader(CommandLine &line)
{
    return [&files = line.files()](const QString &file) { return files.readExisting(file, maxPemFile); };
}

QByteArray readCa(CommandLine &line)
{
    const QString file = line.text(u"tls-ca"_s);
    if (file.isEmpty())
        return {};
    if (file == "system"_L1) {
        QByteArray pem;
        const QList<QSslCertificate> certificates = QSslConfiguration::systemCaCertificates();
        for (const QSslCertificate &certificate : certificates)
            pem += certificate.toPem();
        if (pem.isEmpty())
            line.fail(u"--tls-ca system: this system has no certificates of CAs."_s);
        return pem;
    }
    const Result<QByteArray> pem = loadCertificates(file, pemReader(line));
    if (!pem)
        line.fail(u"--tls-ca: "_s + pem.error().detail);
    return pem ? *pem : QByteArray();
}

std::optional<TlsIdentity> readOwn(CommandLine &line, QStringList &notes)
{
    const QString certificate = line.text(u"tls-cert"_s);
    const QString key = line.text(u"tls-key"_s);
    if (certificate.isEmpty() != key.isEmpty())
        line.fail(u"--tls-cert and --tls-key go together."_s);
    if (certificate.isEmpty() || key.isEmpty())
        return std::nullopt;
    const Result<CheckedIdentity> identity =
        loadIdentity(certificate, key, QDateTime::currentDateTimeUtc(), pemReader(line));
    if (!identity) {
        line.fail(u"--tls-cert and --tls-key: "_s + identity.error().detail);
        return std::nullopt;
    }
    notes += identity->warnings;
    return identity->identity;
}

} // namespace

void addTlsOptions(CommandLine &line)
{
    line.add(u"tls"_s,
        u"Encrypt the links to the server: on, off (the password goes in clear), or auto: unless the server "
        u"is this machine"_s,
        u"MODE"_s, u"auto"_s);
    line.setValues(u"tls"_s, modeNames());
    line.add(u"tls-ca"_s,
        u"Trust a server whose certificate leads to one of these (PEM) and is for its name; system: to one "
        u"of this system's"_s,
        u"FILE"_s);
    line.add(u"tls-server-name"_s, u"The name in that certificate, if it is not that of --server-addr"_s,
        u"NAME"_s);
    line.add(u"tls-fingerprint"_s,
        u"Trust the server with this certificate, as frps fingerprint prints it; or with one of several"_s,
        u"SHA256,..."_s);
    line.add(u"tls-cert"_s, u"Certificate (PEM) to show to a server that asks for one"_s, u"FILE"_s);
    line.add(u"tls-key"_s, u"Key of that certificate (PEM, no passphrase)"_s, u"FILE"_s);
    line.add(u"known-servers"_s,
        u"File that remembers the servers that were accepted [default: known_servers beside the --token-file]"_s,
        u"FILE"_s);
    line.add(u"trust-on-first-use"_s,
        u"Accept and remember a server that is not known, without a question; never one that has changed"_s);
}

TlsSettings readTlsOptions(CommandLine &line, QStringList &notes)
{
    TlsSettings tls;
    const QString mode = line.text(u"tls"_s);
    const auto *const known = std::find_if(
        std::begin(modes), std::end(modes), [&mode](const ModeName &each) { return each.name == mode; });
    if (known != std::end(modes))
        tls.mode = known->mode;
    else
        line.fail(u"--tls takes on, off or auto, not \"%1\"."_s.arg(logSafe(mode)));
    tls.pins = readPins(line);
    tls.caPem = readCa(line);
    tls.own = readOwn(line, notes);
    tls.serverName = line.text(u"tls-server-name"_s);
    if (!tls.serverName.isEmpty()) {
        if (Result<QString> name = net::parseHost(tls.serverName, u"--control-port"))
            tls.serverName = *std::move(name);
        else
            line.fail(u"--tls-server-name %1."_s.arg(name.error().detail));
    }
    tls.knownServersFile = line.text(u"known-servers"_s);
    tls.trustOnFirstUse = line.isSet(u"trust-on-first-use"_s);

    // An option without effect is an error: the person who gives it expects a check.
    for (const QString &name :
        {u"tls-ca"_s, u"tls-server-name"_s, u"tls-fingerprint"_s, u"tls-cert"_s, u"trust-on-first-use"_s}) {
        if (tls.mode == TlsSettings::Mode::Off && line.isSet(name))
            line.fail(u"--%1 does not go with --tls off."_s.arg(name));
    }
    if (line.isSet(u"tls-server-name"_s) && !line.isSet(u"tls-ca"_s))
        line.fail(u"--tls-server-name goes together with --tls-ca."_s);
    if (tls.trustOnFirstUse && !tls.remembers())
        line.fail(u"--trust-on-first-use does not go with --tls-fingerprint and --tls-ca."_s);
    return tls;
}

} // namespace frpx::client
