// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tls/servertls.h"

#include "frps/tls/ownidentity.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

std::vector<CheckedIdentity> ServerTls::identities() const
{
    if (api && api->fingerprint != server.fingerprint)
        return {server, *api};
    return {server};
}

Result<ServerTls> openServerTls(const TlsOptions &options, const QString &dataDir, const QDateTime &now)
{
    ServerTls tls;
    Result<CheckedIdentity> server = options.given
        ? checkIdentity(*options.given, u"The certificate"_s, u"the key"_s, now)
        : options.certificateFile.isEmpty() ? OwnIdentity(dataDir).loadOrMake(now)
                                            : loadIdentity(options.certificateFile, options.keyFile, now);
    if (!server)
        return server.error();
    tls.server = *std::move(server);
    if (!options.clientCaFile.isEmpty()) {
        Result<QByteArray> ca = loadCertificates(options.clientCaFile);
        if (!ca)
            return ca.error();
        tls.clientCaPem = *std::move(ca);
    }
    tls.plain = options.plain;
    if (options.api && options.apiCertificateFile.isEmpty())
        tls.api = tls.server;
    if (options.api && !options.apiCertificateFile.isEmpty()) {
        Result<CheckedIdentity> api = loadIdentity(options.apiCertificateFile, options.apiKeyFile, now);
        if (!api)
            return api.error();
        tls.api = *std::move(api);
    }
    return tls;
}

Result<CheckedIdentity> loadServerIdentity(
    const TlsOptions &options, const QString &dataDir, const QDateTime &now)
{
    return options.certificateFile.isEmpty() ? OwnIdentity(dataDir).load(now)
                                             : loadIdentity(options.certificateFile, options.keyFile, now);
}

Result<CheckedIdentity> loadApiIdentity(
    const TlsOptions &options, const QString &dataDir, const QDateTime &now)
{
    return options.apiCertificateFile.isEmpty()
        ? loadServerIdentity(options, dataDir, now)
        : loadIdentity(options.apiCertificateFile, options.apiKeyFile, now);
}

} // namespace frpx::server
