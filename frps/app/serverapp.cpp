// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/app/serverapp.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/core/walltime.h"
#include "common/system/freememory.h"
#include "common/system/privileges.h"
#include "common/tls/sslsettings.h"
#include "frps/app/descriptorshares.h"
#include "frps/ports/leasedports.h"
#include "frps/ports/stickyports.h"

#include <QDir>
#include <QNetworkProxy>
#include <QTcpServer>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr int sweepIntervalMs = 250;
constexpr qsizetype costOfApiConnection = 8; ///< in memory: one takes as much as so many others
constexpr int inspectionIntervalMs = 1000;
constexpr int certificateIntervalMs = 2000; ///< a new certificate is used after two of them at most

ControlLimits controlLimits(const ServerConfig &config)
{
    ControlLimits limits;
    limits.heartbeatTimeoutMs = config.heartbeatTimeoutS * qint64(1000);
    limits.hungClientTimeoutMs = config.hungClientTimeoutS * qint64(1000);
    limits.bandwidthPerUser = config.bandwidthPerUser;
    constexpr quint64 leastSessions = 100;
    limits.maxSessionsPerUser = config.maxSessionsPerUser;
    const DescriptorShares shares = DescriptorShares::of(config.openFileLimit);
    limits.maxSessions = shares.sessions;
    limits.maxUnregistered = shares.newcomers;
    limits.maxUnregisteredPerSource = std::min<qsizetype>(limits.maxUnregisteredPerSource, shares.newcomers);
    limits.acceptBelow = shares.clientsBelow;
    if (limits.maxSessionsPerUser == 0 && config.openFileLimit > 0)
        limits.maxSessionsPerUser = static_cast<int>(
            std::clamp<quint64>(config.openFileLimit / 8, leastSessions, std::numeric_limits<int>::max()));
    return limits;
}

DispatchLimits dispatchLimits(const ServerConfig &config)
{
    DispatchLimits limits;
    limits.pendingTimeoutMs = config.pendingTimeoutS * qint64(1000);
    limits.attemptTimeoutMs = limits.pendingTimeoutMs / 2; // leaves time for a second client
    limits.maxIdleWork = static_cast<size_t>(DescriptorShares::of(config.openFileLimit).idleWork);
    return limits;
}

AdmissionSettings admissionSettings(const ServerConfig &config)
{
    AdmissionSettings settings;
    settings.policy = config.policy;
    settings.outliers = config.outliers;
    // The visitor is served or closed by then.
    settings.outliers.trialMs = config.pendingTimeoutS * qint64(1000) + 1000;
    settings.acceptBelow = DescriptorShares::of(config.openFileLimit).visitorsBelow;
    settings.accessRules = config.accessRules;
    return settings;
}

HttpLimits apiLimits(const ServerConfig &config)
{
    HttpLimits limits;
    limits.connections = DescriptorShares::of(config.openFileLimit).apiConnections;
    return limits;
}

/// The server's own ports are never assigned.
PortRanges portsToGive(const ServerConfig &config)
{
    PortRanges ports = config.allowPorts;
    for (const quint16 own : {config.controlPort, config.proxyPort, config.publicPort, config.apiPort})
        ports.remove(own);
    return ports;
}

ApiGateSettings gateSettings(const ServerConfig &config)
{
    ApiGateSettings settings;
    settings.tokenRequired = config.apiTokenRequired || !config.apiListen.isLoopback();
    settings.localPluginIsFree = !config.apiTokenRequired;
    settings.hosts = config.apiHosts;
    settings.origins = config.apiOrigins;
    return settings;
}

/// A program with an embedded server may set the directory alone.
DatabaseTarget databaseOf(const ServerConfig &config)
{
    if (config.database == DatabaseTarget())
        return QDir(config.dataDir).filePath(databaseFileName.toString());
    return config.database;
}

AuthenticatorSettings authenticatorSettings(const ServerConfig &config)
{
    AuthenticatorSettings settings;
    settings.tokenLifetimeDays = config.tokenLifetimeDays;
    return settings;
}

TunnelSettings tunnelSettings(const ServerConfig &config)
{
    TunnelSettings settings;
    settings.maxPerUser = config.maxTunnelsPerUser;
    settings.maxLeasesPerUser = config.maxLeasesPerUser;
    settings.maxConnectionsPerUser = config.maxConnectionsPerUser;
    return settings;
}

} // namespace

ServerApp::ServerApp(const ServerConfig &config, const Embedding &embedding, QObject *parent)
    : QObject(parent)
    , m_config(config)
    , m_embedding(embedding)
    , m_relays(config.relayThreads)
    , m_authenticator(authenticatorSettings(config))
    , m_keeper({.allowed = portsToGive(config),
          .maxPerAccount =
              config.maxLeasesPerUser > 0 ? config.maxLeasesPerUser : 2 * config.maxTunnelsPerUser})
    , m_portRoutes(m_keeper)
    , m_control(controlLimits(config), m_registry, embedding.logins ? *embedding.logins : m_authenticator)
    , m_dispatcher(dispatchLimits(config), m_registry, m_control)
    , m_tunnelRegistry(config.maxTunnelsPerUser)
    , m_admission(admissionSettings(config), config.listen, m_tunnelRegistry, m_dispatcher, m_relays)
    , m_tunnels(tunnelSettings(config), m_tunnelRegistry, m_registry, m_control, m_admission)
    , m_work([this](const WorkOpening &opening, WorkConn connection) {
        m_dispatcher.onWorkConnection(opening, std::move(connection));
    })
    , m_status(m_registry, m_admission, m_authenticator, m_control, m_tunnels, m_relays)
    , m_api(m_status, m_status, apiLimits(config))
    , m_drainWatch(m_relays, [this] { return m_admission.waiting(); })
{
    const DescriptorShares shares = DescriptorShares::of(config.openFileLimit);
    m_work.setShare(static_cast<size_t>(shares.unopened), shares.clientsBelow);
    m_admission.setTls(&m_publicTls);
    m_dispatcher.setHeldUp([this](const net::SourceKey &source) { return m_work.isHeldUp(source); });
    m_work.setDemand([this](const net::SourceKey &source) {
        return WorkListener::Demand{
            m_dispatcher.state().requests.askedOf(source), m_dispatcher.state().requests.size()};
    });
    m_admission.setObserver(embedding.observer);
    m_tunnels.setObserver(embedding.observer);
    connect(&m_control, &ControlServer::loginEnded, this,
        [this](const std::shared_ptr<void> &login) { m_relays.cut(login); });
    connect(&m_control, &ControlServer::streamsHung, this,
        [this](const std::shared_ptr<void> &meter) { m_relays.cut(meter); });
    connect(&m_authenticator, &Authenticator::ready, this, [this] {
        if (m_embedding.onlyTunnels)
            openPorts();
        else
            m_keeper.start(databaseOf(m_config));
    });
    connect(&m_authenticator, &Authenticator::loginsRevoked, &m_control, &ControlServer::checkLogins);
    connect(&m_keeper, &PortKeeper::ready, this, &ServerApp::openPorts);
    connect(&m_keeper, &PortKeeper::failed, this, &ServerApp::failed);
    m_api.addService(m_portRoutes);
    ApiGateSettings gate = gateSettings(config);
    gate.check = [this](QStringView token) -> std::optional<ApiRight> {
        const std::optional<ApiAccess> access = m_authenticator.apiTokens().check(token);
        if (!access)
            return std::nullopt;
        return *access == ApiAccess::Admin ? ApiRight::Change : ApiRight::Read;
    };
    m_api.setGate(ApiGate(std::move(gate)));
    connect(&m_authenticator, &Authenticator::failed, this, &ServerApp::failed);
    connect(&m_drainWatch, &DrainWatch::finished, this, &ServerApp::onDrained);
    m_certificateWatch.setInterval(certificateIntervalMs);
    connect(&m_certificateWatch, &QTimer::timeout, this,
        [this] { m_publicTls.look(QDateTime::currentDateTimeUtc()); });
    m_inspector.setInterval(inspectionIntervalMs);
    connect(&m_inspector, &QTimer::timeout, this, [this] { m_relays.inspect(); });
    m_sweeper.setInterval(sweepIntervalMs);
    connect(&m_sweeper, &QTimer::timeout, this, &ServerApp::sweep);
}

ServerApp::~ServerApp()
{
    reportCut();
    m_admission.stopListening();
    m_work.stopListening();
    m_control.stopListening();
    m_control.disconnectAll(u"The server is shutting down."_s);
    m_relays.shutDown(); // before the destructors: the loops call back into the dispatcher
}

void ServerApp::start()
{
    if (m_embedding.logins)
        openPorts();
    else
        m_authenticator.start(databaseOf(m_config));
}

Result<void> ServerApp::openOwnPorts()
{
    const RootRights forLowPorts;
    const Result<quint16> control = m_control.listen(m_config.listen, m_config.controlPort);
    if (!control)
        return control.error();
    const Result<quint16> work = m_work.listen(m_config.listen, m_config.proxyPort);
    if (!work)
        return work.error();
    PortsView ports{*control, *work, 0, 0};
    if (!m_embedding.onlyTunnels) {
        const Result<quint16> visitors = m_tunnels.openDefault(m_config.publicPort);
        if (!visitors)
            return visitors.error();
        const Result<quint16> api = m_api.listen(m_config.apiListen, m_config.apiPort);
        if (!api)
            return api.error();
        ports.publicPort = *visitors;
        m_control.setPublicPort(*visitors);
        ports.api = *api;
    }
    m_status.setPorts(ports);
    return {};
}

/// May be called again while the server runs; later connections use the new settings.
Result<void> ServerApp::openTls(const TlsOptions &options)
{
    const Result<ServerTls> tls = openServerTls(options, m_config.dataDir, QDateTime::currentDateTimeUtc());
    if (!tls)
        return tls.error();
    const auto work = TlsServerContext::create(tls->server.identity, tls->clientCaPem);
    if (!work)
        return work.error();
    m_work.setTls(*work, tls->plain, m_relays);
    for (const CheckedIdentity &identity : tls->identities()) {
        for (const QString &warning : identity.warnings)
            qCWarning(lcServer).noquote() << warning;
    }
    m_control.setTls(serverSslConfiguration(tls->server.identity, tls->clientCaPem), tls->plain);
    if (std::exchange(m_certificate, tls->server.fingerprint) != tls->server.fingerprint)
        qCInfo(lcServer).noquote() << "Clients see the certificate" << m_certificate.toString();
    if (tls->api)
        m_api.setTls(serverSslConfiguration(tls->api->identity));
    m_config.tls = options;
    return {};
}

/// An API that other hosts can reach needs a token.
Result<void> ServerApp::checkApiTokens() const
{
    const std::vector<ApiTokenRecord> &tokens = m_authenticator.snapshot().apiTokens;
    const qint64 now = wallMs();
    const bool hasAdmin = std::any_of(tokens.begin(), tokens.end(), [now](const ApiTokenRecord &token) {
        return token.access == ApiAccess::Admin && (!token.expiresAtMs || *token.expiresAtMs > now);
    });
    if (hasAdmin)
        return {};
    if (!m_config.apiListen.isLoopback()) {
        return Error{Errc::Forbidden,
            u"The API cannot listen on %1, which other hosts can reach, without a token. Create one "
            "by frps token create --admin, or leave --api-listen at 127.0.0.1."_s.arg(
                m_config.apiListen.toString())};
    }
    if (m_config.apiTokenRequired)
        qCWarning(lcServer)
            << "The API requires a token and there is none: create one by frps token create --admin";
    return {};
}

Result<void> ServerApp::openPublicTls()
{
    return m_publicTls.set(m_config.publicTls, QDateTime::currentDateTimeUtc());
}

void ServerApp::openPorts()
{
    if (!m_embedding.onlyTunnels) {
        if (const Result<void> tokens = checkApiTokens(); !tokens)
            return Q_EMIT failed(tokens.error());
    }
    if (const Result<void> tls = openTls(m_config.tls); !tls)
        return Q_EMIT failed(tls.error());
    if (const Result<void> tls = openPublicTls(); !tls)
        return Q_EMIT failed(tls.error());
    if (const Result<void> opened = openOwnPorts(); !opened)
        return Q_EMIT failed(opened.error());
    const PortsView ports = m_status.ports();
    startTunnels(ports);
    m_sweeper.start();
    m_inspector.start();
    m_certificateWatch.start();
    QString line = u"FRPS listening on ports: Control=%1, Proxy=%2"_s.arg(ports.control).arg(ports.proxy);
    if (!m_embedding.onlyTunnels)
        line += u", Public=%1, API=%2"_s.arg(ports.publicPort).arg(ports.api);
    qCInfo(lcServer).noquote() << line;
    Q_EMIT ready();
}

void ServerApp::startTunnels(const PortsView &own)
{
    PortRanges ports = m_config.allowPorts;
    for (const quint16 port : {own.control, own.proxy, own.publicPort, own.api})
        ports.remove(port);
    const auto isFree = [address = m_config.listen](quint16 port) {
        QTcpServer probe;
        probe.setProxy(QNetworkProxy::NoProxy);
        return probe.listen(address, port);
    };
    if (m_embedding.onlyTunnels) // without a database
        m_assigner = std::make_unique<StickyPorts>(ports, isFree);
    else
        m_assigner = std::make_unique<LeasedPorts>(m_keeper, ports, isFree);
    m_tunnels.start(ports, *m_assigner);
}

void ServerApp::sweep()
{
    m_control.sweep();
    m_work.sweep();
    m_dispatcher.sweep();
    m_admission.sweep();
    m_tunnels.sweep();
    const qint64 connections =
        m_control.links() + m_work.handshakes() + m_admission.pending() + m_relays.openRelays();
    const bool fewer = m_loadDrop.hasCome(connections, steadyMs());
    const bool fewerOfApi = m_apiLoadDrop.hasCome(m_api.openConnections() * costOfApiConnection, steadyMs());
    if (fewer || fewerOfApi)
        returnFreeMemory();
}

bool ServerApp::addPorts(quint16 from, quint16 to)
{
    PortRanges added;
    if (!added.add(from, to))
        return false;
    m_config.allowPorts.add(from, to);
    if (!m_assigner)
        return true; // startTunnels() will use them
    const PortsView own = m_status.ports();
    for (const quint16 port : {own.control, own.proxy, own.publicPort, own.api})
        added.remove(port);
    for (const PortRanges::Range &range : added.ranges()) {
        m_assigner->addPorts(range.from, range.to);
        m_tunnels.addPorts(range.from, range.to);
    }
    return true;
}

void ServerApp::drain()
{
    if (m_drainWatch.isRunning())
        return;
    // The ports are not open yet, or nothing must be waited for.
    if (!m_sweeper.isActive() || m_config.drainTimeoutS == 0)
        return onDrained(false);
    m_tunnels.drain();
    m_admission.acceptLast();
    m_status.setDraining();
    m_control.drain();
    qCInfo(lcServer).noquote()
        << u"No more visitors are accepted; %1 waiting and %2 open connections have %3 s to end"_s
               .arg(m_admission.pending())
               .arg(m_relays.openRelays())
               .arg(m_config.drainTimeoutS);
    m_drainWatch.start(m_config.drainTimeoutS * 1000);
}

QString ServerApp::apply(const ServerConfig &next)
{
    TlsOptions tls = next.tls;
    tls.api = m_config.tls.api;
    const Fingerprint before = m_certificate;
    const bool otherTables = m_config.publicTls != next.publicTls;
    const PublicTls publicBefore = m_publicTls;
    // Always: renewed certificates have the same names.
    Result<void> opened = m_publicTls.set(next.publicTls, QDateTime::currentDateTimeUtc());
    if (opened)
        opened = openTls(tls);
    if (!opened) {
        m_publicTls = publicBefore;
        qCWarning(lcServer).noquote() << "The configuration stays as it was:" << opened.error().detail;
        return u"Nothing has changed: "_s + opened.error().detail;
    }
    m_config.publicTls = next.publicTls;
    QStringList changed;
    QStringList needRestart;
    for (auto it = next.settings.cbegin(); it != next.settings.cend(); ++it) {
        if (m_config.settings.value(it.key()) == it.value())
            continue;
        (next.liveSettings.contains(it.key()) ? changed : needRestart) << it.key();
    }
    if (otherTables && changed.filter(u"public-tls"_s).isEmpty())
        changed << u"publicTls"_s;
    changed.sort();
    needRestart.sort();
    if (changed.contains(u"log-level"_s))
        setLogLevel(next.logLevel);
    if (changed.contains(u"policy"_s)) // else keep the policy that the API has set
        m_tunnelRegistry.find(defaultTunnelId)->backends->setPolicy(next.policy);
    m_admission.setAccessRules(next.accessRules);
    m_control.setHungClientTimeout(next.hungClientTimeoutS * qint64(1000));
    m_config.accessRules = next.accessRules;
    m_config.policy = next.policy;
    m_config.drainTimeoutS = next.drainTimeoutS;
    m_config.hungClientTimeoutS = next.hungClientTimeoutS;
    m_config.logLevel = next.logLevel;
    for (const QString &option : std::as_const(changed))
        m_config.settings[option] = next.settings.value(option);
    QString done =
        changed.isEmpty() ? u"Nothing has changed."_s : u"Changed: %1."_s.arg(changed.join(u", "_s));
    if (m_certificate != before)
        done += u" Clients now see the certificate %1."_s.arg(m_certificate.toString());
    if (!needRestart.isEmpty()) {
        const QString later = u"To change %1 the server needs a restart."_s.arg(needRestart.join(u", "_s));
        qCWarning(lcServer).noquote() << later;
        done += u' ' + later;
    }
    return done;
}

void ServerApp::onDrained(bool inTime)
{
    if (inTime)
        qCInfo(lcServer) << "All connections have ended";
    Q_EMIT drained();
}

void ServerApp::reportCut() const
{
    const qint64 waiting = m_admission.pending();
    const qint64 open = m_relays.openRelays();
    if (waiting + open > 0)
        qCWarning(lcServer).noquote()
            << u"%1 waiting and %2 open connections are cut"_s.arg(waiting).arg(open);
}

} // namespace frpx::server
