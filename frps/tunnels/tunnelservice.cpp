// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/tunnelservice.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "frps/clients/controlserver.h"
#include "frps/tunnels/admission.h"
#include "frps/tunnels/tunnelobserver.h"

#include <QPointer>

#include <limits>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind portTaken{lcPublic, QtWarningMsg, 20};
constexpr LogKind tunnelOpened{lcPublic, QtInfoMsg, 1000, 10};
constexpr LogKind tunnelClosed{lcPublic, QtInfoMsg, 1000, 10};
constexpr LogKind tunnelRefused{lcPublic, QtInfoMsg, 20};

QString protocol()
{
    return u"tcp"_s;
}

/// The time in the format of the protocol and the API.
QString timeText(const QDateTime &time)
{
    return time.toString(Qt::ISODateWithMs);
}

int asInt(quint64 number)
{
    return static_cast<int>(std::min<quint64>(number, std::numeric_limits<int>::max()));
}

TunnelCode codeOf(Errc error)
{
    switch (error) {
    case Errc::Forbidden:
        return TunnelCode::PortNotAllowed;
    case Errc::AlreadyExists:
        return TunnelCode::PortOccupied;
    case Errc::Busy:
        return TunnelCode::NoFreePort;
    default:
        return TunnelCode::ServerError;
    }
}

/// The right that the account lacks, if the server would allow the request.
std::optional<TunnelRegistry::Refusal> missingRight(const UserRights &rights, const TunnelSpec &spec)
{
    if (!rights.mayUseTunnelName(spec.name))
        return TunnelRegistry::Refusal{TunnelCode::BadRequest,
            u"This account may not open a tunnel of the name '%1'."_s.arg(logSafe(spec.name))};
    if (spec.remotePort != 0 && !rights.mayUsePort(spec.remotePort))
        return TunnelRegistry::Refusal{TunnelCode::PortNotAllowed,
            u"This account may not use port %1; see frps user set --ports on the server."_s.arg(
                spec.remotePort)};
    return {};
}

} // namespace

TunnelService::TunnelService(TunnelSettings settings, TunnelRegistry &tunnels, ClientRegistry &registry,
    ControlServer &control, Admission &admission, QObject *parent)
    : QObject(parent)
    , m_settings(std::move(settings))
    , m_tunnels(tunnels)
    , m_registry(registry)
    , m_control(control)
    , m_admission(admission)
{
    connect(&control, &ControlServer::tunnelRequested, this, &TunnelService::onRequest);
    connect(&control, &ControlServer::clientRegistered, this, &TunnelService::onClientRegistered);
    connect(&control, &ControlServer::clientLeft, this,
        [this](SessionId session) { leaveAll(session, CloseCause::Loss); });
    connect(&control, &ControlServer::clientExpelled, this,
        [this](SessionId session) { leaveAll(session, CloseCause::Expulsion); });
    connect(&control, &ControlServer::clientDraining, this, &TunnelService::onClientDraining);
    connect(&control, &ControlServer::healthReported, this, &TunnelService::onHealth);
    connect(&control, &ControlServer::clientSilent, this,
        [this](SessionId session) { setUnavailable(session, Unavailability::Silent, true); });
    connect(&control, &ControlServer::clientAnsweredAgain, this,
        [this](SessionId session) { setUnavailable(session, Unavailability::Silent, false); });
    connect(&control, &ControlServer::rightsChanged, this, &TunnelService::tellSoon);
    connect(&admission, &Admission::servedAll, this, [this](TunnelId id) {
        if (m_tunnels.find(id))
            end(id, tunnelend::servedAll, false);
    });
}

TunnelService::~TunnelService() = default;

Result<quint16> TunnelService::openDefault(quint16 port)
{
    const TunnelSpec spec{.name = defaultTunnel.toString(), .remotePort = port};
    Result<quint16> opened = m_admission.open(m_tunnels.addDefault(spec), port);
    if (!opened)
        m_tunnels.take(defaultTunnelId);
    return opened;
}

void TunnelService::start(PortRanges ports, PortAssigner &assigner)
{
    m_settings.ports = std::move(ports);
    m_assigner = &assigner;
}

void TunnelService::addPorts(quint16 from, quint16 to)
{
    m_settings.ports.add(from, to);
    for (const qint64 userId : m_refused.users())
        tellSoon(userId);
}

void TunnelService::onRequest(SessionId session, const TunnelRequest &request)
{
    ClientLink *link = m_control.link(session);
    if (const auto *open = std::get_if<OpenTunnel>(&request))
        onOpen(session, *open);
    else if (const auto *closing = std::get_if<CloseTunnel>(&request))
        onClose(session, *closing);
    else if (const auto *list = std::get_if<ListServices>(&request))
        link->answer(services(*list, maxServicesPerPage));
    else if (const auto *ports = std::get_if<ListFreePorts>(&request))
        link->answer(freePorts(*ports, userOf(session)));
}

void TunnelService::onOpen(SessionId session, const OpenTunnel &request)
{
    const ClientRecord *client = m_registry.find(session);
    if (!client || client->leaving)
        return; // it does not wait for an answer
    const auto verdict =
        m_tunnels.judge(session, client->userId, request.spec, request.anyPort, client->rights.maxTunnels);
    if (const auto *refusal = std::get_if<TunnelRegistry::Refusal>(&verdict))
        return answer(session, request.requestId, refusal->code, refusal->text);
    if (const auto refusal = missingRight(client->rights, request.spec))
        return answer(session, request.requestId, refusal->code, refusal->text);
    if (!m_assigner || m_draining)
        return answer(
            session, request.requestId, TunnelCode::ServerError, u"The server opens no tunnels now."_s);
    if (Tunnel *shared = std::get<Tunnel *>(verdict)) {
        m_tunnels.join(*shared, session, request.requestId, request.spec.weight);
        if (!shared->isOpen())
            return; // the answer is sent when the tunnel is open
        joinPool(*shared, shared->members.back());
        return answer(session, request.requestId, TunnelCode::Ok, {}, shared->port);
    }
    const quint16 wanted = request.spec.remotePort;
    const bool any = wanted == 0 || request.anyPort;
    const bool isOwnPort = !any && !m_settings.ports.contains(wanted);
    if (isOwnPort || m_settings.ports.isEmpty()) {
        return answer(
            session, request.requestId, TunnelCode::PortNotAllowed, m_settings.ports.refusalOf(wanted));
    }
    if (client->rights.ports && !client->rights.ports->intersects(m_settings.ports))
        return answer(session, request.requestId, TunnelCode::PortNotAllowed,
            u"This account may use none of the ports that this server assigns to tunnels; see --allow-ports "
            "and user set --ports of frps."_s);
    const int accountLimit = client->rights.maxConnections.value_or(m_settings.maxConnectionsPerUser);
    Tunnel &tunnel = m_tunnels.add({client->userId, client->email}, request.spec,
        accountCounter(client->userId, accountLimit), accountLimit);
    const TunnelId id = tunnel.id;
    m_tunnels.join(tunnel, session, request.requestId, request.spec.weight);
    const int maxLeases = m_settings.maxLeasesPerUser > 0
        ? m_settings.maxLeasesPerUser
        : 2 * client->rights.maxTunnels.value_or(m_settings.maxPerUser);
    // The assigner may answer later, or never.
    m_assigner->acquire(client->userId, request.spec.name, protocol(),
        {wanted, any, client->rights.ports, maxLeases},
        [self = QPointer<TunnelService>(this), id](const Result<quint16> &port) {
            if (self)
                self->onAssigned(id, port);
        });
}

void TunnelService::onAssigned(TunnelId id, const Result<quint16> &port)
{
    Tunnel *requested = m_tunnels.find(id);
    Q_ASSERT(requested);
    Tunnel &tunnel = *requested;
    if (!port || tunnel.members.empty()) { // refused, or all members have left
        if (port)
            m_assigner->release(tunnel.owner.userId, tunnel.spec.name, protocol(), {});
        const Tunnel &removed = remove(id, true);
        if (!port)
            refuse(removed, codeOf(port.error().code), port.error().detail);
        if (removed.members.empty())
            tellSoon(removed.owner.userId); // another client may have asked for its name
        return;
    }
    const qint64 now = steadyMs();
    const std::optional<SuspendedTunnel> remains =
        m_tunnels.takeSuspended(tunnel.owner.userId, tunnel.spec.name, tunnel.spec.totalConnections, now);
    tunnel.limiter.setAdmitted(remains ? remains->admitted : 0);
    const Result<quint16> opened = m_settings.ports.contains(*port)
        ? m_admission.open(tunnel, *port)
        : Result<quint16>(Error{Errc::Io, u"The port belongs to the server itself."_s});
    if (!opened) {
        logThrottled(portTaken, opened.error().detail);
        m_assigner->release(tunnel.owner.userId, tunnel.spec.name, protocol(), {});
        return refuse(remove(id, true), TunnelCode::PortOccupied,
            u"Port %1 cannot be opened: another program may have it."_s.arg(*port));
    }
    tunnel.birth = remains ? remains->birth : QDateTime::currentDateTimeUtc();
    tunnel.deadlineMs = tunnel.spec.lifetimeS > 0 ? now + tunnel.spec.lifetimeS * qint64(1000) : 0;
    if (m_observer && isRefusedByObserver(id))
        return;
    logThrottled(tunnelOpened,
        u"Tunnel '%1' of %2 is open on port %3."_s.arg(
            logSafe(tunnel.spec.name), tunnel.owner.email, QString::number(*port)));
    const auto members = tunnel.members; // a copy: a broken link removes its member, and then the tunnel
    for (const Tunnel::Member &member : members)
        joinPool(tunnel, member);
    for (const Tunnel::Member &member : members)
        answer(member.session, member.requestId, TunnelCode::Ok, {}, *port);
}

/// True if the observer has refused it: then it is removed, and its clients have the answer.
bool TunnelService::isRefusedByObserver(TunnelId id)
{
    const Tunnel &tunnel = *m_tunnels.find(id);
    const SessionId opener = tunnel.members.front().session;
    const ClientRecord *client = m_registry.find(opener);
    const ClientLink *link = m_control.link(opener);
    const std::optional<QString> why = m_observer->onOpened(
        tunnel, client ? client->clientId : QString(), link ? link->ends() : net::LinkEnds());
    if (!why)
        return false;
    m_assigner->release(tunnel.owner.userId, tunnel.spec.name, protocol(), {});
    refuse(remove(id, true), TunnelCode::ServerError, *why);
    return true;
}

/// Takes the tunnel out of the registry and closes it. The result is valid until the next sweep of Admission.
const Tunnel &TunnelService::remove(TunnelId id, bool cutConnections)
{
    std::unique_ptr<Tunnel> tunnel = m_tunnels.take(id);
    const Tunnel &removed = *tunnel;
    m_admission.close(std::move(tunnel), cutConnections);
    return removed;
}

void TunnelService::joinPool(Tunnel &tunnel, const Tunnel::Member &member)
{
    const SessionId session = member.session;
    ClientRecord *client = m_registry.find(session);
    if (!client || tunnel.backends->contains(session))
        return;
    // Its own meter for each pool, so that the loads of two pools are separate.
    const auto meter = std::make_shared<RelayMeter>(); // shared with the relays, which may outlive both
    client->streams.add(meter);
    tunnel.backends->join(client->serving, member.weight > 0 ? member.weight : client->weight, meter);
    tunnel.backends->setUnavailable(session, Unavailability::Draining, client->isDraining());
}

void TunnelService::onClose(SessionId session, const CloseTunnel &request)
{
    const ClientRecord *client = m_registry.find(session);
    const Tunnel *tunnel = client ? m_tunnels.findByName(client->userId, request.tunnel) : nullptr;
    if (!tunnel)
        return;
    const bool isMember = std::any_of(tunnel->members.begin(), tunnel->members.end(),
        [session](const Tunnel::Member &member) { return member.session == session; });
    if (!isMember)
        return;
    leave(tunnel->id, session, CloseCause::Request);
    if (ClientLink *link = m_control.link(session))
        link->tell({request.tunnel, tunnelend::closed.toString()});
}

void TunnelService::onClientRegistered(SessionId session)
{
    Tunnel *tunnel = m_tunnels.find(defaultTunnelId);
    if (!tunnel || m_registry.find(session)->onlyTunnels)
        return;
    m_tunnels.join(*tunnel, session, 0);
    joinPool(*tunnel, tunnel->members.back());
}

/// The health of the service behind the tunnel \a name, or behind the default one.
void TunnelService::onHealth(SessionId session, const std::optional<QString> &name, bool healthy)
{
    const ClientRecord *client = m_registry.find(session);
    const Tunnel *tunnel = nullptr;
    if (!name)
        tunnel = m_tunnels.find(defaultTunnelId);
    else if (client)
        tunnel = m_tunnels.findByName(client->userId, *name);
    if (tunnel && tunnel->isOpen()) // no-op unless the session is in the pool
        tunnel->backends->setUnavailable(session, Unavailability::Unhealthy, !healthy);
}

void TunnelService::onClientDraining(SessionId session)
{
    const ClientRecord *client = m_registry.find(session);
    if (!client)
        return;
    setUnavailable(session, Unavailability::Draining, client->isDraining());
    if (client->leaving)
        leaveAll(session, CloseCause::Exit); // no visitor must come to a client that will not serve it
}

void TunnelService::setUnavailable(SessionId session, Unavailability reason, bool unavailable)
{
    for (const TunnelId id : m_tunnels.ofSession(session)) {
        if (const Tunnel *tunnel = m_tunnels.find(id); tunnel->isOpen())
            tunnel->backends->setUnavailable(session, reason, unavailable);
    }
}

void TunnelService::leaveAll(SessionId session, CloseCause why)
{
    m_refused.remove(session);
    for (const TunnelId id : m_tunnels.ofSession(session)) {
        // The default tunnel stays open, and shows what its leaving clients still serve.
        if (why != CloseCause::Exit || !m_tunnels.find(id)->isOfServer())
            leave(id, session, why);
    }
}

/// The port of a client that may reconnect is kept for a while, and its visitors may still be served. A
/// client that leaves in order does not need that: others of its account may have the port.
void TunnelService::leave(TunnelId id, SessionId session, CloseCause why)
{
    Tunnel &tunnel = *m_tunnels.find(id);
    const bool empty = m_tunnels.leave(tunnel, session);
    if (!tunnel.isOpen())
        return; // onAssigned() will find that no member is left
    tunnel.backends->leave(session);
    if (!empty || tunnel.isOfServer())
        return;
    const bool comesBack = why == CloseCause::Loss || why == CloseCause::Exit;
    const Tunnel &removed = remove(id, !comesBack);
    const qint64 userId = removed.owner.userId;
    if (comesBack) {
        m_tunnels.keep(userId, removed.spec.name,
            {removed.spec.totalConnections, removed.birth, removed.limiter.admitted(),
                steadyMs() + m_settings.holdMs});
    }
    m_assigner->release(
        userId, removed.spec.name, protocol(), {comesBack ? m_settings.holdMs : 0, why == CloseCause::Exit});
    tellSoon(userId);
    logThrottled(tunnelClosed,
        u"Tunnel '%1' of %2 on port %3 is closed: %4"_s.arg(logSafe(removed.spec.name), removed.owner.email,
            QString::number(removed.port),
            comesBack                        ? u"its client has left"_s
                : why == CloseCause::Request ? u"its client has closed it"_s
                                             : u"its client's login is no longer valid"_s));
    if (m_observer)
        m_observer->onClosed(removed, comesBack ? QStringView() : tunnelend::closed);
}

void TunnelService::end(TunnelId id, QStringView reason, bool cutConnections)
{
    const Tunnel &removed = remove(id, cutConnections);
    m_assigner->release(removed.owner.userId, removed.spec.name, protocol(), {});
    tellSoon(removed.owner.userId);
    logThrottled(tunnelClosed,
        u"Tunnel '%1' of %2 on port %3 is closed: %4"_s.arg(
            logSafe(removed.spec.name), removed.owner.email, QString::number(removed.port), reason));
    if (m_observer)
        m_observer->onClosed(removed, reason);
    for (const Tunnel::Member &member : removed.members) {
        if (ClientLink *link = m_control.link(member.session))
            link->tell({removed.spec.name, reason.toString()});
    }
}

bool TunnelService::close(TunnelId id)
{
    const Tunnel *tunnel = m_tunnels.find(id);
    if (!tunnel || !tunnel->isOpen() || tunnel->isOfServer())
        return false;
    end(id, tunnelend::deleted, true);
    return true;
}

qint64 TunnelService::openRelaysOf(SessionId session) const
{
    qint64 open = 0;
    for (const TunnelId id : m_tunnels.ofSession(session)) {
        if (const Tunnel *tunnel = m_tunnels.find(id); tunnel->isOpen())
            open += tunnel->backends->openOf(session);
    }
    return open;
}

void TunnelService::sweep()
{
    const qint64 now = steadyMs();
    for (const TunnelId id : m_tunnels.due(now)) {
        if (m_tunnels.find(id)) // a broken link may have removed it
            end(id, tunnelend::lifetime, true);
    }
    m_tunnels.forgetSuspended(now);
}

void TunnelService::refuse(const Tunnel &tunnel, TunnelCode code, const QString &why)
{
    for (const Tunnel::Member &member : tunnel.members)
        answer(member.session, member.requestId, code, why);
}

void TunnelService::answer(
    SessionId session, int requestId, TunnelCode code, const QString &why, quint16 port)
{
    OpenTunnelResult result{requestId, code, {}, port};
    if (code != TunnelCode::Ok) {
        result.error = why;
        const ClientRecord *client = m_registry.find(session);
        if (client)
            m_refused.add(session, client->userId);
        logThrottled(tunnelRefused,
            u"Client '%1' does not get its tunnel: %2"_s.arg(client ? client->clientId : u"(gone)"_s, why));
    }
    if (ClientLink *link = m_control.link(session))
        link->answer(result);
}

/// A request of \a userId that was refused may succeed now.
void TunnelService::tellSoon(qint64 userId)
{
    if (!m_refused.hasOf(userId))
        return;
    // Queued: many tunnels may end together, and this may run inside the code of one of them.
    if (m_toTell.isEmpty())
        QMetaObject::invokeMethod(this, &TunnelService::tellRefused, Qt::QueuedConnection);
    m_toTell.insert(userId);
}

void TunnelService::tellRefused()
{
    for (const qint64 userId : std::exchange(m_toTell, {})) {
        for (const SessionId session : m_refused.take(userId)) {
            if (ClientLink *link = m_control.link(session))
                link->retryTunnels();
        }
    }
}

std::shared_ptr<ConnectionCounter> TunnelService::accountCounter(qint64 userId, int limit)
{
    if (limit == 0)
        return nullptr;
    m_accounts.removeIf([](const QHash<qint64, std::weak_ptr<ConnectionCounter>>::iterator &it) {
        return it.value().expired();
    });
    std::shared_ptr<ConnectionCounter> counter = m_accounts.value(userId).lock();
    if (!counter) {
        counter = std::make_shared<ConnectionCounter>();
        m_accounts.insert(userId, counter);
    }
    return counter;
}

Service TunnelService::serviceOf(const Tunnel &tunnel) const
{
    Service service;
    service.port = tunnel.port;
    service.name = tunnel.spec.name;
    service.message = tunnel.spec.message;
    service.birth = timeText(tunnel.birth);
    service.online = tunnel.limiter.online();
    service.capacity = tunnel.spec.maxConnections;
    service.alreadyServe = asInt(tunnel.limiter.admitted());
    service.totalServe = tunnel.spec.totalConnections;
    if (tunnel.deadlineMs > 0) {
        const QDateTime end = QDateTime::currentDateTimeUtc().addMSecs(tunnel.deadlineMs - steadyMs());
        service.deadLine = timeText(end);
    }
    return service;
}

Services TunnelService::services(const ListServices &request, qsizetype limit) const
{
    Services list;
    list.requestId = request.requestId;
    m_tunnels.forEachOpen(static_cast<quint16>(request.afterPort), [&](const Tunnel &tunnel) {
        if (!tunnel.spec.name.startsWith(request.prefix))
            return true;
        if (list.items.size() >= static_cast<size_t>(limit)) {
            list.more = true;
            return false;
        }
        list.items.push_back(serviceOf(tunnel));
        return true;
    });
    return list;
}

/// The account of the session; 0 before it has registered.
qint64 TunnelService::userOf(SessionId session) const
{
    const ClientRecord *client = m_registry.find(session);
    return client ? client->userId : 0;
}

FreePorts TunnelService::freePorts(const ListFreePorts &request, qint64 userId) const
{
    FreePorts list;
    list.requestId = request.requestId;
    const auto add = [&list](int from, int to) {
        if (from > to)
            return true;
        list.more = list.ranges.size() >= size_t(maxRangesPerPage);
        if (!list.more)
            list.ranges.push_back({from, to});
        return !list.more;
    };
    const std::function<bool(quint16)> isKept = m_assigner ? m_assigner->keptPorts(userId) : nullptr;
    const auto addUnkept = [&](int from, int to) {
        for (int port = from; isKept && port <= to; ++port) {
            if (isKept(static_cast<quint16>(port)) && !add(std::exchange(from, port + 1), port - 1))
                return false;
        }
        return add(from, to);
    };
    for (const PortRanges::Range &range : m_settings.ports.ranges()) {
        int next = std::max<int>(range.from, request.afterPort + 1);
        m_tunnels.forEachOpen(static_cast<quint16>(next - 1), [&](const Tunnel &tunnel) {
            if (tunnel.port > range.to)
                return false;
            const int from = std::exchange(next, tunnel.port + 1);
            return addUnkept(from, tunnel.port - 1);
        });
        if (list.more || !addUnkept(next, range.to))
            return list;
    }
    return list;
}

} // namespace frpx::server
