// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/tunnelservice.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "frps/clients/controlserver.h"
#include "frps/dispatch/dispatcher.h"
#include "frps/ports/portassigner.h"
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

proto::TunnelCode codeOf(Errc error)
{
    switch (error) {
    case Errc::Forbidden:
        return proto::TunnelCode::PortNotAllowed;
    case Errc::AlreadyExists:
        return proto::TunnelCode::PortOccupied;
    case Errc::Busy:
        return proto::TunnelCode::NoFreePort;
    default:
        return proto::TunnelCode::ServerError;
    }
}

/// The right that the account lacks, if the server would allow the request.
std::optional<TunnelRegistry::Refusal> missingRight(const UserRights &rights, const TunnelSpec &spec)
{
    if (!rights.mayUseTunnelName(spec.name))
        return TunnelRegistry::Refusal{proto::TunnelCode::BadRequest,
            u"This account may not open a tunnel of the name '%1'."_s.arg(logSafe(spec.name))};
    if (spec.remotePort != 0 && !rights.mayUsePort(spec.remotePort))
        return TunnelRegistry::Refusal{proto::TunnelCode::PortNotAllowed,
            u"This account may not use port %1; see frps user set --ports on the server."_s.arg(
                spec.remotePort)};
    return {};
}

} // namespace

TunnelService::TunnelService(TunnelSettings settings, ClientRegistry &registry, ControlServer &control,
    Dispatcher &dispatcher, QObject *parent)
    : QObject(parent)
    , m_settings(std::move(settings))
    , m_registry(registry)
    , m_control(control)
    , m_dispatcher(dispatcher)
    , m_book(m_settings.maxPerUser)
{
    connect(&control, &ControlServer::tunnelMessageReceived, this, &TunnelService::onMessage);
    // The dispatcher connects first: it has removed the session from the pools already.
    connect(&control, &ControlServer::clientLeft, this,
        [this](SessionId session) { leaveAll(session, CloseCause::Loss); });
    connect(&control, &ControlServer::clientExpelled, this,
        [this](SessionId session) { leaveAll(session, CloseCause::Expulsion); });
    connect(&control, &ControlServer::clientDraining, this, &TunnelService::onClientDraining);
    connect(&control, &ControlServer::rightsChanged, this, &TunnelService::tellSoon);
    connect(&dispatcher, &Dispatcher::servedAll, this, [this](TunnelId id) {
        if (const TunnelRecord *record = m_book.find(id))
            end(record->key, proto::tunnelend::servedAll, false);
    });
}

TunnelService::~TunnelService() = default;

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

void TunnelService::onMessage(SessionId session, const proto::Message &message)
{
    if (const auto *open = std::get_if<proto::OpenTunnel>(&message))
        onOpen(session, *open);
    else if (const auto *closing = std::get_if<proto::CloseTunnel>(&message))
        onClose(session, *closing);
    else if (const auto *list = std::get_if<proto::ListServices>(&message))
        m_control.answer(session, services(*list, proto::maxServicesPerMessage));
    else if (const auto *ports = std::get_if<proto::ListFreePorts>(&message))
        m_control.answer(session, freePorts(*ports, userOf(session)));
}

void TunnelService::onOpen(SessionId session, const proto::OpenTunnel &request)
{
    const ClientRecord *client = m_registry.find(session);
    if (!client || client->leaving)
        return; // it does not wait for an answer
    const auto verdict =
        m_book.judge(session, client->userId, request.spec, request.anyPort, client->rights.maxTunnels);
    if (const auto *refusal = std::get_if<TunnelRegistry::Refusal>(&verdict))
        return answer(session, request.requestId, refusal->code, refusal->text);
    if (const auto refusal = missingRight(client->rights, request.spec))
        return answer(session, request.requestId, refusal->code, refusal->text);
    if (!m_assigner || m_draining)
        return answer(session, request.requestId, proto::TunnelCode::ServerError,
            u"The server opens no tunnels now."_s);
    if (const quint64 shared = std::get<quint64>(verdict)) {
        m_book.join(shared, session, request.requestId);
        const TunnelRecord &record = *m_book.find(shared);
        if (!record.isOpen())
            return; // the answer is sent when the tunnel is open
        m_dispatcher.join(record.id, session);
        return answer(session, request.requestId, proto::TunnelCode::Ok, {}, record.port);
    }
    const quint16 wanted = request.spec.remotePort;
    const bool any = wanted == 0 || request.anyPort;
    const bool isOwnPort = !any && !m_settings.ports.contains(wanted);
    if (isOwnPort || m_settings.ports.isEmpty()) {
        return answer(session, request.requestId, proto::TunnelCode::PortNotAllowed,
            m_settings.ports.refusalOf(wanted));
    }
    if (client->rights.ports && !client->rights.ports->intersects(m_settings.ports))
        return answer(session, request.requestId, proto::TunnelCode::PortNotAllowed,
            u"This account may use none of the ports that this server assigns to tunnels; see --allow-ports "
            "and user set --ports of frps."_s);
    TunnelRecord record;
    record.userId = client->userId;
    record.owner = client->email;
    record.spec = request.spec;
    record.accountLimit = client->rights.maxConnections.value_or(m_settings.maxConnectionsPerUser);
    const quint64 key = m_book.add(std::move(record));
    m_book.join(key, session, request.requestId);
    const int maxLeases = m_settings.maxLeasesPerUser > 0
        ? m_settings.maxLeasesPerUser
        : 2 * client->rights.maxTunnels.value_or(m_settings.maxPerUser);
    // The assigner may answer later, or never.
    m_assigner->acquire(client->userId, request.spec.name, protocol(),
        {wanted, any, client->rights.ports, maxLeases},
        [self = QPointer<TunnelService>(this), key](const Result<quint16> &port) {
            if (self)
                self->onAssigned(key, port);
        });
}

void TunnelService::onAssigned(quint64 key, const Result<quint16> &port)
{
    const TunnelRecord *record = m_book.find(key);
    Q_ASSERT(record);
    if (!port || record->members.empty()) { // refused, or all members have left
        const std::optional<TunnelRecord> taken = m_book.take(key);
        if (port)
            m_assigner->release(taken->userId, taken->spec.name, protocol(), {});
        else
            refuse(*taken, codeOf(port.error().code), port.error().detail);
        if (taken->members.empty())
            tellSoon(taken->userId); // another client may have asked for its name
        return;
    }
    const qint64 now = steadyMs();
    const std::optional<SuspendedTunnel> remains =
        m_book.takeSuspended(record->userId, record->spec.name, record->spec.totalConnections, now);
    PortSettings settings;
    settings.spec = record->spec;
    settings.spec.remotePort = *port;
    settings.admitted = remains ? remains->admitted : 0;
    settings.account = accountCounter(record->userId, record->accountLimit);
    settings.accountLimit = record->accountLimit;
    const Result<TunnelId> opened = m_settings.ports.contains(*port)
        ? m_dispatcher.openPort(std::move(settings))
        : Result<TunnelId>(Error{Errc::Io, u"The port belongs to the server itself."_s});
    if (!opened) {
        const std::optional<TunnelRecord> taken = m_book.take(key);
        m_assigner->release(taken->userId, taken->spec.name, protocol(), {});
        logThrottled(portTaken, opened.error().detail);
        return refuse(*taken, proto::TunnelCode::PortOccupied,
            u"Port %1 cannot be opened: another program may have it."_s.arg(*port));
    }
    m_book.setOpen(key, *opened, *port);
    TunnelRecord &open = *m_book.find(key);
    open.birth = remains ? remains->birth : QDateTime::currentDateTimeUtc();
    open.deadlineMs = open.spec.lifetimeS > 0 ? now + open.spec.lifetimeS * qint64(1000) : 0;
    if (m_watcher && isRefusedByWatcher(key))
        return;
    logThrottled(tunnelOpened,
        u"Tunnel '%1' of %2 is open on port %3."_s.arg(
            logSafe(open.spec.name), open.owner, QString::number(*port)));
    const auto members = open.members; // a copy: a broken link removes its member
    for (const TunnelRecord::Member &member : members)
        m_dispatcher.join(*opened, member.session);
    for (const TunnelRecord::Member &member : members)
        answer(member.session, member.requestId, proto::TunnelCode::Ok, {}, *port);
}

/// True if the observer has refused it: then it is removed, and its clients have the answer.
bool TunnelService::isRefusedByWatcher(quint64 key)
{
    const TunnelRecord &record = *m_book.find(key);
    const SessionId opener = record.members.front().session;
    const ClientRecord *client = m_registry.find(opener);
    const std::optional<QString> why =
        m_watcher->onOpened(record, client ? client->clientId : QString(), m_control.linkOf(opener));
    if (!why)
        return false;
    const TunnelRecord taken = *m_book.take(key);
    m_dispatcher.closePort(taken.id, true);
    m_assigner->release(taken.userId, taken.spec.name, protocol(), {});
    refuse(taken, proto::TunnelCode::ServerError, *why);
    return true;
}

void TunnelService::onClose(SessionId session, const proto::CloseTunnel &request)
{
    const ClientRecord *client = m_registry.find(session);
    const TunnelRecord *record = client ? m_book.findByName(client->userId, request.tunnel) : nullptr;
    if (!record)
        return;
    const quint64 key = record->key;
    const bool isMember = std::any_of(record->members.begin(), record->members.end(),
        [session](const TunnelRecord::Member &member) { return member.session == session; });
    if (!isMember)
        return;
    leave(key, session, CloseCause::Request);
    m_control.answer(session, proto::TunnelClosed{request.tunnel, proto::tunnelend::closed.toString()});
}

void TunnelService::onClientDraining(SessionId session)
{
    const ClientRecord *client = m_registry.find(session);
    if (client && client->leaving)
        leaveAll(session, CloseCause::Exit); // no visitor must come to a client that will not serve it
}

void TunnelService::leaveAll(SessionId session, CloseCause why)
{
    m_refused.remove(session);
    for (const quint64 key : m_book.keysOf(session))
        leave(key, session, why);
}

/// The port of a client that may reconnect is kept for a while, and its visitors may still be served. A
/// client that leaves in order does not need that: others of its account may have the port.
void TunnelService::leave(quint64 key, SessionId session, CloseCause why)
{
    const bool comesBack = why == CloseCause::Loss || why == CloseCause::Exit;
    const bool empty = m_book.leave(key, session);
    TunnelRecord &record = *m_book.find(key);
    if (!record.isOpen())
        return; // onAssigned() will find that no member is left
    m_dispatcher.leave(record.id, session);
    if (!empty)
        return;
    const qint64 now = steadyMs();
    if (comesBack) {
        m_book.keep(record.userId, record.spec.name,
            {record.spec.totalConnections, record.birth, m_dispatcher.port(record.id)->gate().admitted(),
                now + m_settings.holdMs});
    }
    const TunnelRecord taken = *m_book.take(key);
    m_dispatcher.closePort(taken.id, !comesBack);
    m_assigner->release(taken.userId, taken.spec.name, protocol(),
        {comesBack ? m_settings.holdMs : 0, why == CloseCause::Exit});
    tellSoon(taken.userId);
    logThrottled(tunnelClosed,
        u"Tunnel '%1' of %2 on port %3 is closed: %4"_s.arg(logSafe(taken.spec.name), taken.owner,
            QString::number(taken.port),
            comesBack                        ? u"its client has left"_s
                : why == CloseCause::Request ? u"its client has closed it"_s
                                             : u"its client's login is no longer valid"_s));
    if (m_watcher)
        m_watcher->onClosed(taken, comesBack ? QStringView() : proto::tunnelend::closed);
}

void TunnelService::end(quint64 key, QStringView reason, bool cutConnections)
{
    const TunnelRecord record = *m_book.take(key);
    m_dispatcher.closePort(record.id, cutConnections);
    m_assigner->release(record.userId, record.spec.name, protocol(), {});
    tellSoon(record.userId);
    logThrottled(tunnelClosed,
        u"Tunnel '%1' of %2 on port %3 is closed: %4"_s.arg(
            logSafe(record.spec.name), record.owner, QString::number(record.port), reason));
    if (m_watcher)
        m_watcher->onClosed(record, reason);
    for (const TunnelRecord::Member &member : record.members)
        m_control.answer(member.session, proto::TunnelClosed{record.spec.name, reason.toString()});
}

bool TunnelService::close(TunnelId id)
{
    const TunnelRecord *record = m_book.find(id);
    if (!record)
        return false;
    end(record->key, proto::tunnelend::deleted, true);
    return true;
}

void TunnelService::sweep()
{
    const qint64 now = steadyMs();
    for (const quint64 key : m_book.due(now)) {
        if (m_book.find(key)) // a broken link may have removed it
            end(key, proto::tunnelend::lifetime, true);
    }
    m_book.forgetSuspended(now);
}

void TunnelService::refuse(const TunnelRecord &record, proto::TunnelCode code, const QString &why)
{
    for (const TunnelRecord::Member &member : record.members)
        answer(member.session, member.requestId, code, why);
}

void TunnelService::answer(
    SessionId session, int requestId, proto::TunnelCode code, const QString &why, quint16 port)
{
    proto::OpenTunnelResult result{requestId, code, {}, port};
    if (code != proto::TunnelCode::Ok) {
        result.error = why.left(proto::maxTextLength);
        const ClientRecord *client = m_registry.find(session);
        if (client)
            m_refused.add(session, client->userId);
        logThrottled(tunnelRefused,
            u"Client '%1' does not get its tunnel: %2"_s.arg(client ? client->clientId : u"(gone)"_s, why));
    }
    m_control.answer(session, result);
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
        for (const SessionId session : m_refused.take(userId))
            m_control.retryTunnels(session);
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

proto::Service TunnelService::serviceOf(const TunnelRecord &record) const
{
    const ConnectionLimiter &gate = m_dispatcher.port(record.id)->gate();
    proto::Service service;
    service.port = record.port;
    service.name = record.spec.name;
    service.message = record.spec.message;
    service.birth = timeText(record.birth);
    service.online = gate.online();
    service.capacity = record.spec.maxConnections;
    service.alreadyServe = asInt(gate.admitted());
    service.totalServe = record.spec.totalConnections;
    if (record.deadlineMs > 0) {
        const QDateTime end = QDateTime::currentDateTimeUtc().addMSecs(record.deadlineMs - steadyMs());
        service.deadLine = timeText(end);
    }
    return service;
}

proto::Services TunnelService::services(const proto::ListServices &request, qsizetype limit) const
{
    proto::Services list;
    list.requestId = request.requestId;
    m_book.forEachOpen(static_cast<quint16>(request.afterPort), [&](const TunnelRecord &record) {
        if (!record.spec.name.startsWith(request.prefix))
            return true;
        if (list.items.size() >= static_cast<size_t>(limit)) {
            list.more = true;
            return false;
        }
        list.items.push_back(serviceOf(record));
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

proto::FreePorts TunnelService::freePorts(const proto::ListFreePorts &request, qint64 userId) const
{
    proto::FreePorts list;
    list.requestId = request.requestId;
    const auto add = [&list](int from, int to) {
        if (from > to)
            return true;
        list.more = list.ranges.size() >= size_t(proto::maxRangesPerMessage);
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
        m_book.forEachOpen(static_cast<quint16>(next - 1), [&](const TunnelRecord &record) {
            if (record.port > range.to)
                return false;
            const int from = std::exchange(next, record.port + 1);
            return addUnkept(from, record.port - 1);
        });
        if (list.more || !addUnkept(next, range.to))
            return list;
    }
    return list;
}

} // namespace frpx::server
