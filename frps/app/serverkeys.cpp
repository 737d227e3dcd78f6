// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/app/serverkeys.h"

namespace frpx::server {

namespace {

constexpr OptionKey optionKeys[] = {
    {u"config", u""},
    {u"monitor", u""},
    {u"watch", u""},
    {u"listen", u"bindAddr"},
    {u"control-port", u"bindPort"},
    {u"api-listen", u"webServer.addr"},
    {u"api-port", u"webServer.port"},
    {u"api-require-token", u"webServer.requireToken"},
    {u"api-allow-host", u"webServer.allowHost"},
    {u"api-allow-origin", u"webServer.allowOrigin"},
    {u"api-token-file", u"webServer.tokenFile"},
    {u"heartbeat-timeout", u"transport.heartbeatTimeout"},
    {u"pending-timeout", u"userConnTimeout"},
    {u"log-level", u"log.level"},
    {u"tls-cert", u"transport.tls.certFile"},
    {u"tls-key", u"transport.tls.keyFile"},
    {u"tls-ca", u"transport.tls.trustedCaFile"},
    {u"allow-plain", u"transport.tls.allowPlain"},
    {u"require-tls", u"transport.tls.force"},
    {u"api-tls", u"webServer.tls.enable"},
    {u"api-tls-cert", u"webServer.tls.certFile"},
    {u"api-tls-key", u"webServer.tls.keyFile"},
    {u"allow-ports", u"allowPorts", OptionKey::Form::PortRanges},
};

constexpr QStringView byAccount =
    u"clients log in by e-mail and password; add their accounts by frps user add";
constexpr QStringView byApiToken = u"the API uses tokens; create one by frps token create";
constexpr QStringView logsToStderr = u"the log goes to standard error, where a service manager collects it";
constexpr QStringView onlyTcp = u"its tunnels are TCP";

constexpr ForeignKey foreignKeys[] = {
    {u"auth", false, byAccount},
    {u"maxPortsPerClient", false, u"maxTunnelsPerUser limits the tunnels of an account"},
    {u"log.to", true, logsToStderr, u"console"},
    {u"log.maxDays", true, logsToStderr},
    {u"log.disablePrintColor", true, u"the log has no colours", u"true"},
    {u"webServer.tls.trustedCaFile", false, u"the API does not use client certificates"},
    {u"webServer.tls.serverName", true},
    {u"webServer.user", false, byApiToken},
    {u"webServer.password", false, byApiToken},
    {u"webServer.assetsDir", false, u"it has no web pages"},
    {u"webServer.pprofEnable", true},
    {u"enablePrometheus", false},
    {u"proxyBindAddr", false, u"bindAddr is the address of all ports but the API's"},
    {u"kcpBindPort", false, onlyTcp},
    {u"quicBindPort", false, onlyTcp},
    {u"vhostHTTPPort", false, onlyTcp},
    {u"vhostHTTPSPort", false, onlyTcp},
    {u"vhostHTTPTimeout", true, onlyTcp},
    {u"tcpmuxHTTPConnectPort", false, onlyTcp},
    {u"tcpmuxPassthrough", false, onlyTcp},
    {u"subDomainHost", false, onlyTcp},
    {u"custom404Page", true, onlyTcp},
    {u"sshTunnelGateway", false},
    {u"httpPlugins", false},
    {u"detailedErrorsToClient", true, u"clients get only what they need to know"},
    {u"udpPacketSize", true, onlyTcp},
    {u"natholeAnalysisDataReserveHours", true, onlyTcp},
    {u"transport.maxPoolCount", true, u"a client keeps at most 256 connections ready"},
    {u"transport.tcpMux", true, u"each visitor has its own connection"},
    {u"transport.tcpMuxKeepaliveInterval", true, u"each visitor has its own connection"},
    {u"transport.tcpKeepalive", true, u"heartbeats find a dead client"},
    {u"transport.quic", false, u"the links are TCP"},
};

constexpr QStringView ownKeys[] = {u"publicTls"};

} // namespace

const ConfigSchema &serverSchema()
{
    static const ConfigSchema schema{optionKeys, foreignKeys, ownKeys};
    return schema;
}

} // namespace frpx::server
