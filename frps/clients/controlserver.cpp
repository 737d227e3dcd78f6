// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/controlserver.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

// Clients can cause each of these as often as they like. The limits show a whole fleet that reconnects.
constexpr LogKind crowded{lcControl};
constexpr LogKind unregisteredFault{lcControl, QtWarningMsg, 200};
constexpr LogKind registeredFault{lcControl, QtWarningMsg, 200, 10};
constexpr LogKind clientCame{lcControl, QtInfoMsg, 1000, 10};
constexpr LogKind clientWent{lcControl, QtInfoMsg, 1000, 10};
constexpr LogKind clientReplaced{lcControl, QtInfoMsg, 200, 10};
constexpr LogKind clientLeaving{lcControl, QtInfoMsg, 200, 10};
constexpr LogKind clientSilence{lcControl, QtWarningMsg, 200, 10};
constexpr LogKind clientAnswers{lcControl, QtInfoMsg, 200, 10};
constexpr LogKind clientHealth{lcControl, QtInfoMsg, 2}; // per client: its own checks are a second apart

ControlServer::ControlServer(
    ControlLimits limits, ClientRegistry &registry, LoginService &logins, QObject *parent)
    : QObject(parent)
    , m_limits(limits)
    , m_registry(registry)
    , m_logins(logins)
    , m_bandwidth(m_limits.bandwidthPerUser)
    , m_hung(m_limits.hungClientTimeoutMs)
    , m_acceptor([this](ControlAcceptor::Arrival arrival) { onArrived(std::move(arrival)); },
          [this](quint64 id) { m_newcomers.remove(id); })
    , m_listener([this](UniqueFd fd) { onAccepted(std::move(fd)); })
    , m_nextCheckMs(steadyMs() + loginCheckIntervalMs)
{ }

ControlServer::~ControlServer()
{
    for (const auto &[id, session] : m_sessions)
        session->disconnect(this);
}

Result<quint16> ControlServer::listen(const QHostAddress &address, quint16 port)
{
    m_listener.acceptBelow(m_limits.acceptBelow);
    return m_listener.listenOn(address, port);
}

void ControlServer::stopListening()
{
    m_listener.close();
}

FrpxClientLink *ControlServer::find(SessionId id) const
{
    const auto it = m_sessions.find(static_cast<quint64>(id));
    return it == m_sessions.end() ? nullptr : it->second;
}

void ControlServer::onAccepted(UniqueFd fd)
{
    const net::SourceKey source = net::sourceKey(net::peerOf(fd.get()).address);
    if (!makeRoomFor(source))
        return;
    const quint64 id = ++m_lastId;
    m_newcomers.add(id, source);
    m_acceptor.take(id, std::move(fd), steadyMs());
}

void ControlServer::onArrived(ControlAcceptor::Arrival arrival)
{
    const auto id = SessionId{arrival.id};
    auto *channel = arrival.encrypted ? new ControlChannel(arrival.encrypted.release())
                                      : new ControlChannel(std::move(arrival.plain));
    auto *session = new FrpxClientLink(id, channel, arrival.acceptedAtMs, m_logins, this);
    if (!arrival.refusal.isEmpty())
        session->refuseLogins(arrival.refusal);
    m_sessions.emplace(static_cast<quint64>(id), session);
    connect(session, &FrpxClientLink::stateChanged, this, [this, id](FrpxClientLink::State state) {
        m_newcomers.setIdle(static_cast<quint64>(id), state == FrpxClientLink::State::AwaitingLogin);
        if (state != FrpxClientLink::State::AwaitingLogin)
            m_acceptor.settled(static_cast<quint64>(id));
    });
    connect(session, &FrpxClientLink::registrationRequested, this,
        [this, session] { onRegistrationRequested(session); });
    connect(session, &FrpxClientLink::alive, this, [this, id] { onAlive(id); });
    connect(session, &FrpxClientLink::heartbeatReceived, this,
        [this, id] { m_registry.touch(id, steadyMs(), QDateTime::currentDateTimeUtc()); });
    connect(session, &FrpxClientLink::systemInfoReceived, this, [this, id](const proto::SystemInfo &info) {
        if (ClientRecord *record = m_registry.find(id)) {
            record->systemInfo = info;
            if (info.computerName)
                record->computerName = *info.computerName;
        }
    });
    connect(session, &FrpxClientLink::proxyConnFailed, this,
        [this, id](
            const QString &connId, const QString &reason) { Q_EMIT proxyConnFailed(id, connId, reason); });
    connect(session, &FrpxClientLink::healthReported, this,
        [this, id](const proto::Health &health) { onHealthReported(id, health); });
    connect(session, &FrpxClientLink::tunnelRequested, this,
        [this, id](const TunnelRequest &request) { Q_EMIT tunnelRequested(id, request); });
    connect(session, &FrpxClientLink::drainRequested, this, [this, id] { onDrainRequested(id); });
    connect(session, &FrpxClientLink::closed, this,
        [this, session](const Error &reason) { onClosed(session, reason); });
}

/// If too many links have not registered, closes the oldest one that has sent nothing: of \a source if that
/// has too many, else of the source with the most.
bool ControlServer::makeRoomFor(const net::SourceKey &source)
{
    const bool sourceIsFull = m_newcomers.sizeOf(source) >= m_limits.maxUnregisteredPerSource;
    if (!sourceIsFull && m_newcomers.size() < m_limits.maxUnregistered)
        return true;
    const std::optional<quint64> oldest =
        sourceIsFull ? m_newcomers.oldestOf(source) : m_newcomers.oldestOfBusiest();
    logThrottled(crowded,
        u"Too many control connections wait to log in: %1 in all. One that has sent nothing is closed."_s.arg(
            m_newcomers.size()));
    if (!oldest)
        return false;
    ++m_crowdedOut;
    if (FrpxClientLink *session = find(SessionId{*oldest})) {
        session->hangUp({}, 0);
        drop(session); // not registered: nothing else refers to it
    } else {
        m_acceptor.close(*oldest);
    }
    return true;
}

void ControlServer::onRegistrationRequested(FrpxClientLink *session)
{
    const QString &clientId = session->registration().clientId;
    if (const Result<void> valid = checkClientId(clientId); !valid)
        return session->refuse(valid.error());
    if (!session->rights().mayUseClientId(clientId))
        return session->refuse(
            {Errc::Forbidden, u"This account may not use the client id '%1'."_s.arg(logSafe(clientId))});
    if (m_draining)
        return session->refuse({Errc::Busy, u"The server is shutting down."_s});
    const ClientRecord *holder = m_registry.findByClientId(clientId);
    if (!holder) {
        if (m_limits.maxSessionsPerUser > 0
            && m_registry.sessionsOf(session->userId()) >= m_limits.maxSessionsPerUser)
            return session->refuse({Errc::Busy,
                u"This account has its limit of %1 sessions already."_s.arg(m_limits.maxSessionsPerUser)});
        if (m_limits.maxSessions > 0 && m_registry.size() >= m_limits.maxSessions)
            return session->refuse({Errc::Busy,
                u"The server has as many clients as its open files allow: %1."_s.arg(m_limits.maxSessions)});
        return completeRegistration(session);
    }
    if (holder->userId != session->userId())
        return session->refuse({Errc::ClientIdInUse, u"Client ID already in use"_s});
    const QString instance = session->registration().instance.value_or(QString());
    if (holder->leaving || (!instance.isEmpty() && instance == holder->instance))
        return takeOver(holder->session, session->id());
    startProbe(find(holder->session), session);
}

void ControlServer::startProbe(FrpxClientLink *older, FrpxClientLink *newer)
{
    Probe probe{older->id(), newer->id(), {}, steadyMs() + m_limits.probeTimeoutMs};
    logThrottled(clientReplaced,
        u"A second session asks for client id %1; checking whether the first one still answers"_s.arg(
            newer->registration().clientId));
    const bool byPing = older->supports(proto::feature::ping);
    if (!byPing)
        probe.proxyConnId = randomUuid();
    const QString id = probe.proxyConnId;
    m_probes.push_back(std::move(probe)); // first: a broken link ends the probe within the call
    if (byPing)
        older->ping();
    else
        older->requestConnection({id});
}

bool ControlServer::answerProbe(const QString &proxyConnId)
{
    const auto it = std::find_if(m_probes.begin(), m_probes.end(), [&proxyConnId](const Probe &probe) {
        return !probe.proxyConnId.isEmpty() && probe.proxyConnId == proxyConnId;
    });
    if (it == m_probes.end())
        return false;
    refuseNewcomers(it->older);
    return true;
}

void ControlServer::onAlive(SessionId session)
{
    if (!m_probes.empty())
        refuseNewcomers(session);
    ClientRecord *record = m_registry.find(session);
    if (!record)
        return;
    record->heardAtMs = steadyMs();
    record->askedSinceHeard = false;
    if (record->serving->pulse && record->serving->pulse->heard(record->heardAtMs)) {
        logThrottled(clientAnswers, u"Client %1 answers again."_s.arg(record->clientId));
        Q_EMIT clientAnsweredAgain(session);
    }
}

void ControlServer::onHealthReported(SessionId session, const proto::Health &health)
{
    ClientRecord *record = m_registry.find(session);
    if (!record)
        return;
    if (health.tunnel) {
        const QString state = health.healthy
            ? u"healthy"_s
            : u"unhealthy: "_s + logSafe(health.detail.value_or(QString()), proto::maxTextLength);
        logThrottled(clientHealth,
            u"Client %1: the service of tunnel '%2' is %3"_s.arg(
                record->clientId, logSafe(*health.tunnel), state),
            record->clientId);
        return Q_EMIT healthReported(session, health.tunnel, health.healthy);
    }
    const bool changed = record->healthy != health.healthy;
    const QString warning =
        health.healthy ? logSafe(health.warning.value_or(QString()), proto::maxTextLength) : QString();
    const bool isWarningOther = std::exchange(record->healthWarning, warning) != warning;
    record->healthy = health.healthy;
    record->healthDetail =
        health.healthy ? QString() : logSafe(health.detail.value_or(QString()), proto::maxTextLength);
    if (!changed && !isWarningOther)
        return;
    QString line;
    if (!health.healthy)
        line = u"Client %1 is unhealthy: %2"_s.arg(record->clientId, record->healthDetail);
    else if (!warning.isEmpty())
        line = u"Client %1 warns: %2"_s.arg(record->clientId, warning);
    else if (changed)
        line = u"Client %1 is healthy again."_s.arg(record->clientId);
    else
        line = u"Client %1 has nothing to warn of any more."_s.arg(record->clientId);
    logThrottled(clientHealth, line, record->clientId);
    if (!changed)
        return;
    Q_EMIT healthReported(session, std::nullopt, health.healthy);
}

void ControlServer::refuseNewcomers(SessionId older)
{
    std::vector<SessionId> newcomers;
    std::erase_if(m_probes, [&](const Probe &probe) {
        if (probe.older != older)
            return false;
        newcomers.push_back(probe.newer);
        return true;
    });
    for (const SessionId newer : newcomers) {
        if (FrpxClientLink *session = find(newer);
            session && session->state() == FrpxClientLink::State::Registering)
            session->refuse({Errc::ClientIdInUse, u"Client ID already in use"_s});
    }
}

void ControlServer::takeOver(SessionId older, SessionId newer)
{
    const ClientRecord *holder = m_registry.find(older);
    const bool held = holder != nullptr;
    if (holder && !holder->leaving)
        rememberLost(*holder); // the newer session may be of another process, and this one hang
    if (FrpxClientLink *session = find(older)) {
        logThrottled(clientReplaced,
            u"Client %1 is taken over by its newer session"_s.arg(session->registration().clientId));
        session->hangUp(u"A newer session of this client has taken over."_s, 0);
        m_registry.remove(older);
        drop(session);
    }
    // The newer one first, so that it can take the visitors that waited for the older one.
    if (FrpxClientLink *session = find(newer);
        session && session->state() == FrpxClientLink::State::Registering)
        onRegistrationRequested(session); // the id is free now
    if (held && !m_registry.find(older))
        Q_EMIT clientLeft(older);
    settleProbesOf(older);
}

/// The holder has ended: a session that waits for its client id may have it.
void ControlServer::settleProbesOf(SessionId older)
{
    std::vector<SessionId> newcomers;
    std::erase_if(m_probes, [&](const Probe &probe) {
        if (probe.older == older)
            newcomers.push_back(probe.newer);
        return probe.older == older || probe.newer == older;
    });
    for (const SessionId newer : newcomers) {
        if (FrpxClientLink *session = find(newer);
            session && session->state() == FrpxClientLink::State::Registering)
            onRegistrationRequested(session);
    }
}

void ControlServer::completeRegistration(FrpxClientLink *session)
{
    const proto::Register &wanted = session->registration();
    ClientRecord record;
    record.session = session->id();
    record.clientId = wanted.clientId;
    record.userId = session->userId();
    record.email = session->email();
    record.instance = wanted.instance.value_or(QString());
    record.computerName = wanted.computerName.value_or(QString());
    ServingClient &serving = *record.serving;
    serving.session = record.session;
    serving.clientId = record.clientId;
    serving.source = net::sourceKey(session->peer().address);
    record.connectedAt = QDateTime::currentDateTimeUtc();
    record.aliveAtMs = steadyMs();
    record.heardAtMs = record.aliveAtMs;
    record.silenceLimitMs = wanted.heartbeatS
        ? qint64(*wanted.heartbeatS) * 1000 * proto::missedHeartbeatsUntilDead
        : m_limits.heartbeatTimeoutMs;
    if (wanted.features && wanted.features->contains(proto::feature::ping.toString()))
        serving.pulse = std::make_shared<LivenessProbe>(m_anyDoubt);
    const bool dialsInAdvance =
        wanted.features && wanted.features->contains(proto::feature::workConn.toString());
    const QString workSecret = dialsInAdvance ? randomUuid() : QString();
    record.workSecret = workSecret;
    record.poolMin = wanted.poolMin.value_or(0);
    record.poolMax = wanted.poolMax.value_or(proto::maxPooledPerClient);
    serving.reusesWork = wanted.features && wanted.features->contains(proto::feature::reuse.toString());
    serving.saysStreamEnds =
        wanted.features && wanted.features->contains(proto::feature::streamEnds.toString());
    serving.wantsVisitorAddress =
        wanted.features && wanted.features->contains(proto::feature::visitorAddress.toString());
    record.weight = wanted.weight.value_or(1);
    record.rights = session->rights();
    serving.login = m_activeLogins.hold(session->login());
    serving.setLimit(m_bandwidth.of(record.userId, record.rights.bandwidth));
    record.onlyTunnels = wanted.onlyTunnels.value_or(false);
    takeBackStreams(record);
    m_registry.add(std::move(record));
    m_newcomers.remove(static_cast<quint64>(session->id()));
    session->accept(workSecret, m_publicPort);
    logThrottled(clientCame, u"Client %1 registered successfully."_s.arg(wanted.clientId));
    if (m_registry.find(session->id())) // the link may have broken during the answer
        Q_EMIT clientRegistered(session->id());
}

void ControlServer::onClosed(FrpxClientLink *session, const Error &reason)
{
    const bool orderly = reason.code == Errc::PeerClosed || reason.code == Errc::LinkLost
        || reason.code == Errc::ClientIdInUse || reason.code == Errc::Busy
        || reason.code == Errc::InvalidCredentials || reason.code == Errc::Forbidden;
    const ClientRecord *record = m_registry.find(session->id());
    const QString name = record ? u"Client %1"_s.arg(record->clientId) : u"A control connection"_s;
    const QString line = u"%1 from %2 is gone: %3"_s.arg(name, session->peer().toString(), reason.detail);
    if (!orderly)
        logThrottled(record ? registeredFault : unregisteredFault, line);
    else if (record)
        logThrottled(clientWent, line);
    else
        qCDebug(lcControl).noquote() << line;
    // A client that has sent Drain and then closes has ended in order. After any other end, a client that
    // lives reconnects soon.
    if (record && !(record->leaving && reason.code == Errc::PeerClosed))
        rememberLost(*record);
    drop(session);
    leave(session->id());
}

void ControlServer::leave(SessionId session)
{
    if (m_registry.find(session)) {
        m_registry.remove(session);
        Q_EMIT clientLeft(session);
    }
    settleProbesOf(session);
}

void ControlServer::drop(FrpxClientLink *session)
{
    session->disconnect(this);
    m_sessions.erase(static_cast<quint64>(session->id()));
    m_newcomers.remove(static_cast<quint64>(session->id()));
    m_acceptor.settled(static_cast<quint64>(session->id()));
    session->deleteLater();
}

void ControlServer::sweep()
{
    const qint64 now = steadyMs();

    std::vector<Probe> unanswered;
    for (const Probe &probe : m_probes) {
        if (probe.deadlineMs <= now)
            unanswered.push_back(probe);
    }
    std::erase_if(m_probes, [now](const Probe &probe) { return probe.deadlineMs <= now; });
    for (const Probe &probe : unanswered)
        takeOver(probe.older, probe.newer);

    for (const quint64 id : m_acceptor.sweep(now, m_limits.loginTimeoutMs)) {
        if (FrpxClientLink *session = find(SessionId{id})) {
            ++m_crowdedOut;
            session->hangUp({}, 0);
            drop(session); // it has sent nothing: nothing else refers to it
        }
    }
    std::vector<FrpxClientLink *> late;
    std::vector<FrpxClientLink *> unchecked;
    for (const auto &[id, source] : m_newcomers.members()) {
        FrpxClientLink *session = find(SessionId{id});
        if (!session)
            continue; // still in the acceptor
        // Sessions are not in this order: a handshake takes its time.
        const qint64 age = now - session->acceptedAtMs();
        if (age >= m_limits.loginTimeoutMs)
            late.push_back(session);
        else if (age >= m_limits.loginAnswerMs && session->state() == FrpxClientLink::State::Authenticating)
            unchecked.push_back(session);
    }
    for (FrpxClientLink *session : unchecked) {
        // Else a session before it has settled it.
        if (session->state() == FrpxClientLink::State::Authenticating)
            session->giveUpLogin();
    }
    for (FrpxClientLink *session : late) {
        if (session->state() == FrpxClientLink::State::Closed)
            continue; // a session before it has settled it
        session->hangUp({}, 0);
        onClosed(session, {Errc::Timeout, u"it did not log in and register in time."_s});
    }

    if (now >= m_nextCheckMs)
        checkLogins();
    probeClients(now);
    for (const SessionId id : m_registry.silent(now)) {
        FrpxClientLink *session = find(id);
        if (!session)
            continue; // its link broke when the visitors of a session before it were offered to it
        session->hangUp(u"No heartbeat for too long."_s, 0);
        onClosed(session, {Errc::Timeout, u"no heartbeat for too long."_s});
    }
    endHungStreams(now);
}

/// Sends a Ping to the clients that let visitors wait for too long.
void ControlServer::probeClients(qint64 now)
{
    if (!m_anyDoubt->exchange(false, std::memory_order_acquire))
        return;
    std::vector<SessionId> asked;
    std::vector<SessionId> silent;
    m_registry.forEach([&](const ClientRecord &record) {
        LivenessProbe *pulse = record.serving->pulse.get();
        if (!pulse)
            return;
        const LivenessProbe::Finding finding = pulse->check(now);
        if (finding == LivenessProbe::Finding::Doubtful)
            asked.push_back(record.session);
        else if (finding == LivenessProbe::Finding::Silent)
            silent.push_back(record.session);
        if (pulse->owesAnswer())
            m_anyDoubt->store(true, std::memory_order_relaxed); // check again
    });
    for (const SessionId id : asked) {
        if (FrpxClientLink *session = find(id))
            session->ping();
    }
    for (const SessionId id : silent) {
        if (const ClientRecord *record = m_registry.find(id)) { // a full outbox may have ended it
            logThrottled(clientSilence,
                u"Client %1 does not answer; visitors go to others first."_s.arg(record->clientId));
            Q_EMIT clientSilent(id);
        }
    }
}

ClientLink *ControlServer::link(SessionId session) const
{
    return find(session);
}

bool ControlServer::disconnectClient(const QString &clientId, const QString &reason, int retryAfterS)
{
    const ClientRecord *record = m_registry.findByClientId(clientId);
    if (!record)
        return false;
    FrpxClientLink *session = find(record->session);
    qCInfo(lcControl).noquote() << u"Client %1 is disconnected: %2"_s.arg(clientId, reason);
    session->hangUp(reason, retryAfterS);
    drop(session);
    leave(session->id());
    return true;
}

void ControlServer::onDrainRequested(SessionId session)
{
    ClientRecord *record = m_registry.find(session);
    if (!record)
        return;
    if (!std::exchange(record->leaving, true))
        logThrottled(
            clientLeaving, u"Client %1 is leaving: it gets no more visitors"_s.arg(record->clientId));
    Q_EMIT clientDraining(session);
    // Last: all messages about its visitors have been sent when it reads the answer.
    if (FrpxClientLink *leaving = find(session))
        leaving->drain();
}

bool ControlServer::setDrained(const QString &clientId, bool drained)
{
    if (!m_registry.setDrained(clientId, drained))
        return false;
    qCInfo(lcControl).noquote() << (drained ? u"Client %1 is drained: it gets no more visitors"_s
                                            : u"Client %1 is not drained any more"_s)
                                       .arg(logSafe(clientId));
    if (const ClientRecord *record = m_registry.findByClientId(clientId))
        Q_EMIT clientDraining(record->session);
    return true;
}

void ControlServer::drain()
{
    m_draining = true;
    // A copy: a session whose link is broken removes itself when a message is sent.
    const auto sessions = m_sessions;
    for (const auto &[id, session] : sessions) {
        if (session->state() == FrpxClientLink::State::Active)
            session->drain();
    }
}

void ControlServer::disconnectAll(const QString &reason)
{
    m_acceptor.closeAll();
    const auto sessions = m_sessions;
    for (const auto &[id, session] : sessions) {
        session->hangUp(reason, 0);
        drop(session);
        m_registry.remove(session->id());
    }
    m_probes.clear();
}

} // namespace frpx::server
