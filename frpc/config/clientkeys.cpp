// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/config/clientkeys.h"

namespace frpx::client {

namespace {

using Form = OptionKey::Form;

constexpr OptionKey optionKeys[] = {
    {u"c", u""},
    {u"config", u""},
    {u"tunnel", u""}, // in a file this is [[proxies]]
    {u"client-id", u"clientID", Form::TextOrNumber},
    {u"control-port", u"serverPort"},
    {u"proxy-url", u"transport.proxyURL"},
    {u"proxy-password-file", u"transport.proxyPasswordFile"},
    {u"local-addr", u"localIP"},
    {u"email", u"auth.email"},
    {u"password", u"auth.password"},
    {u"password-file", u"auth.passwordFile"},
    {u"token-file", u"auth.tokenFile"},
    {u"heartbeat-interval", u"transport.heartbeatInterval"},
    {u"pool-min", u"transport.poolCount"},
    {u"pool-max", u"transport.maxPoolCount"},
    {u"proxy-protocol", u"transport.proxyProtocolVersion"},
    {u"health-check", u"healthCheck.type"},
    {u"health-path", u"healthCheck.path"},
    {u"health-status", u"healthCheck.status", Form::TextOrNumber},
    {u"health-interval", u"healthCheck.intervalSeconds"},
    {u"health-timeout", u"healthCheck.timeoutSeconds"},
    {u"health-rise", u"healthCheck.minSucceeded"},
    {u"health-fall", u"healthCheck.maxFailed"},
    {u"log-level", u"log.level"},
    {u"tls", u"transport.tls.mode"},
    {u"tls-ca", u"transport.tls.trustedCaFile"},
    {u"tls-server-name", u"transport.tls.serverName"},
    {u"tls-fingerprint", u"transport.tls.fingerprint"},
    {u"tls-cert", u"transport.tls.certFile"},
    {u"tls-key", u"transport.tls.keyFile"},
    {u"known-servers", u"transport.tls.knownServersFile"},
    {u"trust-on-first-use", u"transport.tls.trustOnFirstUse"},
};

constexpr QStringView byPassword =
    u"it logs in by e-mail and password; give auth.email and auth.passwordFile "
    u"instead (frps user add makes the account)";
constexpr QStringView logsToStderr = u"the log goes to standard error, for a service manager to keep";

constexpr ForeignKey foreignKeys[] = {
    {u"auth.method", false, byPassword},
    {u"auth.token", false, byPassword},
    {u"auth.tokenSource", false, byPassword},
    {u"auth.additionalScopes", false, byPassword},
    {u"auth.oidc", false, byPassword},
    {u"log.to", true, logsToStderr, u"console"},
    {u"log.maxDays", true, logsToStderr},
    {u"log.disablePrintColor", true, u"the log has no colours", u"true"},
    {u"loginFailExit", true,
        u"frpc tries again while the server is away, and ends when it refuses the login"},
    {u"webServer", false, u"frpc reload and SIGHUP need no web server"},
    {u"transport.protocol", false, u"the links are TCP", u"tcp"},
    {u"transport.tcpMux", true, u"each visitor has its own connection"},
    {u"transport.tcpMuxKeepaliveInterval", true, u"each visitor has its own connection"},
    {u"transport.heartbeatTimeout", true, u"it is three times transport.heartbeatInterval"},
    {u"transport.dialServerTimeout", true, u"it is 10 s"},
    {u"transport.dialServerKeepalive", true, u"heartbeats notice a server that is gone"},
    {u"transport.connectServerLocalIP", false, u"the system chooses the address"},
    {u"transport.quic", false, u"the links are TCP"},
    {u"transport.useEncryption", true,
        u"the links to the server are encrypted by TLS; see transport.tls.mode", u"false"},
    {u"transport.useCompression", true, u"nothing is compressed", u"false"},
    {u"transport.tls.enable", false, u"write transport.tls.mode = \"on\" or \"off\"", u"true"},
    {u"transport.tls.disableCustomTLSFirstByte", true, u"there is no such byte", u"true"},
    {u"dnsServer", false, u"the system looks names up"},
    {u"natHoleStunServer", true, u"there are no hole-punched tunnels"},
    {u"udpPacketSize", true, u"there are no UDP tunnels"},
    {u"includes", false, u"write all in one file"},
    {u"start", false, u"take out, or comment out, the proxies that are not to be opened"},
    {u"metadatas", true},
    {u"visitors", false, u"there are no secret tunnels"},
    {u"featureGates", false},
    {u"virtualNet", false},
};

constexpr QStringView ownKeys[] = {u"proxies", u"user"};

} // namespace

const ConfigSchema &clientSchema()
{
    static const ConfigSchema schema{optionKeys, foreignKeys, ownKeys};
    return schema;
}

} // namespace frpx::client
