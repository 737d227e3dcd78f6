// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tls/servertls.h"

#include "common/system/privileges.h"
#include "frps/tls/ownidentity.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

std::vector<CheckedIdentity> ServerTls::identities() const
{
    if (api && api->fingerprint != server.fingerprint)
        return {server, *api};
    return {server};
}

/// Opens the server's identity with the rights of the data directory's owner; files that \a options names may
/// be readable only by root.
static Result<CheckedIdentity> openIdentity(
    const TlsOptions &options, const QString &dataDir, const QDateTime &now)
{
    if (options.given)
        return checkIdentity(*options.given, u"The certificate"_s, u"the key"_s, now);
    if (options.certificateFile.isEmpty())
        return OwnIdentity(dataDir).loadOrMake(now);
    const RootRights forRootsFiles({options.certificateFile, options.keyFile});
    return loadIdentity(options.certificateFile, options.keyFile, now);
}

Result<ServerTls> openServerTls(const TlsOptions &options, const QString &dataDir, const QDateTime &now)
{
    ServerTls tls;
    Result<CheckedIdentity> server = openIdentity(options, dataDir, now);
    if (!server)
        return server.error();
    tls.server = *std::move(server);
    const RootRights forRootsFiles({options.clientCaFile, options.apiCertificateFile, options.apiKeyFile});
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
