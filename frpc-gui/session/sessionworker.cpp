// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/sessionworker.h"

#include "common/core/logging.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace frpx::gui {

using client::ClientApp;
using client::ClientConfig;
using client::ServerSession;
using Phase = TunnelStatus::Phase;

namespace {

constexpr int sampleIntervalMs = 1000;

TunnelTraffic read(const RelayMeter &meter)
{
    constexpr auto relaxed = std::memory_order_relaxed;
    return {meter.open.load(relaxed), meter.started.load(relaxed), meter.bytesToService.load(relaxed),
        meter.bytesToVisitor.load(relaxed)};
}

} // namespace

SessionWorker::SessionWorker()
    : m_services(this)
    , m_publisher(this)
    , m_sampler(this)
{
    m_publisher.setSingleShot(true);
    connect(&m_publisher, &QTimer::timeout, this, &SessionWorker::publish);
    m_sampler.setInterval(sampleIntervalMs);
    connect(&m_sampler, &QTimer::timeout, this, &SessionWorker::sample);
    connect(&m_services, &ServiceWatch::changed, this, &SessionWorker::publishSoon);
}

SessionWorker::~SessionWorker() = default;

void SessionWorker::configure(const Profile &profile, const QString &tokenFile)
{
    const Result<ClientConfig> config = toClientConfig(profile, tokenFile);
    m_configFault = config ? std::nullopt : std::optional(config.error());
    publishSoon();
    if (!config)
        return; // a running session keeps its configuration
    m_config = *config;
    m_default.service = {config->session.localHost, config->session.localPort};
    if (m_app && m_app->session())
        qCInfo(lcClient).noquote() << m_app->apply(m_config);
    setTargets();
}

void SessionWorker::start()
{
    if ((m_app && m_app->session()) || m_configFault)
        return;
    dropApp(); // it may still be leaving; the server lets the new session replace it
    makeApp();
    m_app->start();
    m_sampler.start();
    setTargets();
    publishSoon();
}

void SessionWorker::makeApp()
{
    m_status = {};
    m_tunnels.clear();
    m_app = std::make_unique<ClientApp>(m_config, nullptr, nullptr);
    ClientApp::TunnelHooks hooks;
    hooks.open = [this](ServerSession &session, const TunnelSpec &spec) {
        Tunnel &tunnel = m_tunnels[spec.name];
        if (!tunnel.meter) // a tunnel that was open before keeps its counters
            tunnel.meter = std::make_shared<RelayMeter>();
        const int id = session.openTunnel(spec, {.keepTrying = true, .meter = tunnel.meter});
        tunnel = {id, {}, {spec.localHost, spec.localPort}, tunnel.meter};
        tunnel.status.name = spec.name;
        publishSoon();
        return id;
    };
    hooks.close = [this](ServerSession &session, int id) {
        session.closeTunnel(id);
        std::erase_if(m_tunnels, [id](const auto &entry) { return entry.second.id == id; });
        publishSoon();
    };
    m_app->setTunnelHooks(std::move(hooks));
    connect(m_app.get(), &ClientApp::sessionMade, this, &SessionWorker::watchSession);
    connect(m_app.get(), &ClientApp::loginNeeded, this, [this](const Error &error) {
        m_status.error = error;
        publishSoon();
    });
    connect(m_app.get(), &ClientApp::stopped, this, [this] {
        m_app.release()->deleteLater(); // it may be the sender of the signal
        dropApp();
        Q_EMIT left();
    });
}

/// Also publishes the state Off.
void SessionWorker::dropApp()
{
    m_app.reset();
    m_sampler.stop();
    m_tunnels.clear();
    m_default.status = {};
    m_status = {};
    setTargets();
    publishSoon();
}

void SessionWorker::watchSession(ServerSession *session)
{
    m_default.status.serviceWarning.clear(); // it belongs to the old session
    const auto isCurrent = [this, session] { return m_app && m_app->session() == session; };
    connect(session, &ServerSession::stateChanged, this, [this, isCurrent](ServerSession::State state) {
        const bool isLeaving = m_app && !m_app->session() && state == ServerSession::State::Draining;
        if (isCurrent() || isLeaving)
            onStateChanged(state);
    });
    connect(
        session, &ServerSession::connectionLost, this, [this, isCurrent](const Error &error, qint64 delayMs) {
            if (!isCurrent())
                return;
            m_status.error = error;
            m_status.nextAttemptMs = QDateTime::currentMSecsSinceEpoch() + delayMs;
            publishSoon();
        });
    connect(session, &ServerSession::trustNeeded, this,
        [this, isCurrent](const client::ServerCertificate &shown) {
            if (!isCurrent())
                return;
            m_status.certificate = shown;
            publishSoon();
        });
    connect(session, &ServerSession::serverRefused, this,
        [this, isCurrent](const client::ServerCertificate &shown, const Error &error) {
            if (isCurrent() && error.code == Errc::ServerChanged)
                m_status.certificate = shown;
        });
    connect(session, &ServerSession::tokenIssued, session, [session] {
        session->setCredentials({}, {}); // used once: if the token is revoked, the person has to log in
    });
    connect(session, &ServerSession::serviceWarningChanged, this, [this, isCurrent](const QString &warning) {
        if (!isCurrent())
            return;
        m_default.status.serviceWarning = warning;
        publishSoon();
    });
    connect(session, &ServerSession::healthChanged, this, [this, isCurrent, session] {
        if (!isCurrent())
            return;
        m_default.status.serviceWarning = session->serviceWarning();
        publishSoon();
    });
    connect(session, &ServerSession::systemReported, this, [this](const SystemUsage &usage) {
        Q_EMIT usageReported(usage.cpuPercent, usage.memoryPercent, usage.diskPercent);
    });
    const auto note = [this, isCurrent](int id, Phase phase, quint16 port, const QString &reason,
                          qint64 nextAttemptMs = 0) {
        Tunnel *known = isCurrent() ? tunnel(id) : nullptr;
        if (!known)
            return;
        known->status.phase = phase;
        known->status.port = port;
        known->status.reason = reason;
        known->status.nextAttemptMs = nextAttemptMs;
        publishSoon();
    };
    connect(session, &ServerSession::tunnelOpened, this,
        [note](int id, quint16 port) { note(id, Phase::Open, port, {}); });
    connect(session, &ServerSession::tunnelDelayed, this,
        [note](int id, const Error &error, TunnelCode, qint64 delayMs) {
            note(id, Phase::Refused, 0, error.detail, QDateTime::currentMSecsSinceEpoch() + delayMs);
        });
    connect(session, &ServerSession::tunnelRefused, this,
        [note](int id, const Error &error) { note(id, Phase::Refused, 0, error.detail); });
    connect(session, &ServerSession::tunnelClosed, this,
        [note](int id, const QString &reason) { note(id, Phase::Closed, 0, reason); });
}

void SessionWorker::onStateChanged(ServerSession::State state)
{
    using State = ServerSession::State;
    m_status.state = state;
    if (state == State::LoggingIn)
        m_status.certificate.reset();
    if (state == State::Online || state == State::NeedsLogin) // the error follows
        m_status.error.reset();
    if (state == State::Online) {
        m_default.status.phase = Phase::Open;
        m_default.status.port = m_app->session()->publicPort().value_or(0);
    } else {
        m_default.status.phase = Phase::Waiting;
        for (auto &[name, known] : m_tunnels) {
            TunnelStatus &status = known.status;
            if (status.phase == Phase::Refused && status.nextAttemptMs != 0)
                status.reason.clear(); // the next session opens the tunnel again
            else if (status.phase != Phase::Open)
                continue;
            status.phase = Phase::Waiting;
            status.nextAttemptMs = 0;
        }
    }
    publishSoon();
}

SessionWorker::Tunnel *SessionWorker::tunnel(int id)
{
    for (auto &[name, known] : m_tunnels) {
        if (known.id == id)
            return &known;
    }
    return nullptr;
}

void SessionWorker::setTargets()
{
    QList<ServiceWatch::Target> targets;
    if (m_app && m_app->session()) {
        if (!m_config.session.onlyTunnels)
            targets << m_default.service;
        for (const TunnelSpec &spec : m_config.tunnels)
            targets << ServiceWatch::Target(spec.localHost, spec.localPort);
    }
    m_services.setTargets(targets);
}

void SessionWorker::publishSoon()
{
    if (!m_publisher.isActive())
        m_publisher.start(0);
}

void SessionWorker::publish()
{
    SessionStatus status = m_status;
    status.configFault = m_configFault;
    const auto add = [&](const Tunnel &known) {
        status.tunnels << known.status;
        if (const auto state = m_services.state(known.service)) {
            status.tunnels.last().serviceAnswers = state->answers;
            status.tunnels.last().serviceFault = state->fault;
        }
    };
    if (m_app && m_app->session() && !m_config.session.onlyTunnels)
        add(m_default);
    for (const TunnelSpec &spec : m_config.tunnels) {
        const auto found = m_tunnels.find(spec.name);
        if (found != m_tunnels.end())
            add(found->second);
    }
    Q_EMIT statusChanged(status);
}

void SessionWorker::sample()
{
    const ServerSession *session = m_app ? m_app->session() : nullptr;
    if (!session)
        return;
    TrafficSample sample;
    sample.insert({}, read(session->meter()));
    for (const auto &[name, known] : m_tunnels) {
        sample.insert(name, read(*known.meter));
    }
    Q_EMIT sampled(sample);
}

void SessionWorker::leave()
{
    if (!m_app || !m_app->session())
        return leaveAtOnce();
    m_app->drain();
    setTargets();
}

void SessionWorker::leaveAtOnce()
{
    dropApp();
    Q_EMIT left();
}

void SessionWorker::logIn(const QString &email, const QString &password)
{
    if (m_app)
        m_app->logIn(email, password);
}

void SessionWorker::trustServer(const Fingerprint &certificate)
{
    m_status.certificate.reset();
    if (m_app && m_app->session())
        m_app->session()->trustServer(certificate);
    publishSoon();
}

void SessionWorker::logOut()
{
    leaveAtOnce();
    if (const Result<void> removed = TokenFile(m_config.tokenFile).remove(); !removed)
        qCWarning(lcClient).noquote() << "The login cannot be deleted:" << removed.error().detail;
}

void SessionWorker::onNetworkChanged()
{
    if (m_app && m_app->session())
        m_app->session()->onNetworkChanged();
}

} // namespace frpx::gui
