// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/app/clientapp.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "frpc/session/loginadvice.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr int maxQuestions = 3;
constexpr size_t maxLeaving = 4; // sessions; each has its own threads and connections
constexpr qsizetype maxReportedBytes = qsizetype{48} * 1024; // of refusals in an answer to a reload

/// Options that take effect without a new session.
constexpr QStringView liveOptions[] = {u"config", u"log-level", u"drain-timeout"};

bool needsNewSession(const ClientConfig &before, const ClientConfig &after)
{
    QHash<QString, QString> left = before.settings;
    QHash<QString, QString> right = after.settings;
    for (const QStringView option : liveOptions) {
        left.remove(option.toString());
        right.remove(option.toString());
    }
    // The files that these options name may have changed.
    return left != right || before.password != after.password || before.session.tls != after.session.tls
        || before.session.proxy != after.session.proxy
        || before.session.wantsVisitorAddresses != after.session.wantsVisitorAddresses;
}

} // namespace

ClientApp::ClientApp(const ClientConfig &config, Ask askLine, Ask askPassword, QObject *parent)
    : QObject(parent)
    , m_config(config)
    , m_askLine(std::move(askLine))
    , m_askPassword(std::move(askPassword))
    , m_tokenFile(config.tokenFile)
    , m_tunnelHooks{[](ServerSession &session, const TunnelSpec &tunnel) {
                        return session.openTunnel(
                            tunnel, {.keepTrying = true}); // an unattended program has to repeat the request
                    },
          [](ServerSession &session, int id) { session.closeTunnel(id); }}
    , m_session(std::make_unique<ServerSession>(config.session))
{
    m_reloadTimer.setSingleShot(true);
    connect(&m_reloadTimer, &QTimer::timeout, this, &ClientApp::settleReloads);
}

/// Connects the signals of the new session, and sets its credentials and tunnels.
void ClientApp::makeSession(bool useToken)
{
    ServerSession *session = m_session.get();
    connect(session, &ServerSession::tokenIssued, this, [this](const QString &token) {
        if (const Result<void> saved = m_tokenFile.save(token); !saved)
            qCWarning(lcClient).noquote()
                << "The login cannot be saved for the next start:" << saved.error().detail;
    });
    connect(session, &ServerSession::stateChanged, this, [this](ServerSession::State state) {
        if (state == ServerSession::State::Online)
            m_questions = 0;
    });
    // Queued: the answer of a person may take a minute, and must not block inside the session's code.
    connect(session, &ServerSession::loginNeeded, this, &ClientApp::onLoginNeeded, Qt::QueuedConnection);
    connect(session, &ServerSession::trustNeeded, this, &ClientApp::onTrustNeeded, Qt::QueuedConnection);
    connect(
        session, &ServerSession::serverRefused, this, [](const ServerCertificate &shown, const Error &error) {
            qCCritical(lcClient).noquote() << explainRefusal(shown, error);
        });
    const Result<std::optional<QString>> token = m_tokenFile.load();
    if (!token)
        qCWarning(lcClient).noquote() << token.error().detail;
    else if (*token && useToken)
        session->setToken(**token);
    if (!m_config.email.isEmpty())
        session->setCredentials(m_config.email, m_config.password);
    m_tunnels.clear();
    watchTunnels(session);
    Q_EMIT sessionMade(session);
    for (const TunnelSpec &tunnel : m_config.tunnels)
        openTunnel(tunnel);
}

void ClientApp::logIn(const QString &email, const QString &password)
{
    if (m_session)
        m_session->setCredentials(email.trimmed(), password);
}

void ClientApp::openTunnel(const TunnelSpec &tunnel)
{
    if (m_tunnelHooks.open)
        m_tunnels.insert(tunnel.name, {m_tunnelHooks.open(*m_session, tunnel), {}, false});
}

/// Notes why tunnels end that the session does not request again, and when the server has answered for all.
void ClientApp::watchTunnels(ServerSession *session)
{
    const auto look = [this] {
        if (!m_reloads.empty()) // queued: the session is the sender
            QMetaObject::invokeMethod(this, &ClientApp::settleReloads, Qt::QueuedConnection);
    };
    const auto find = [this](int id) {
        return std::find_if(
            m_tunnels.begin(), m_tunnels.end(), [id](const Asked &tunnel) { return tunnel.id == id; });
    };
    connect(session, &ServerSession::stateChanged, this, look);
    connect(session, &ServerSession::tunnelOpened, this, look);
    connect(session, &ServerSession::tunnelDelayed, this, look);
    connect(session, &ServerSession::tunnelRefused, this, [this, look, find](int id, const Error &error) {
        if (const auto refused = find(id); refused != m_tunnels.end())
            refused->refusal = error.detail;
        look();
    });
    connect(session, &ServerSession::tunnelClosed, this, [this, look, find](int id, const QString &reason) {
        if (const auto closed = find(id); closed != m_tunnels.end())
            closed->isDeleted = reason == tunnelend::deleted;
        look();
    });
}

void ClientApp::start()
{
    const SessionSettings &session = m_config.session;
    const QString what = session.onlyTunnels ? u"%1 tunnels"_s.arg(m_config.tunnels.size())
                                             : net::hostWithPort(session.localHost, session.localPort);
    qCInfo(lcClient).noquote() << u"Client %1 connects %2 to the server %3"_s.arg(
        session.clientId, what, session.serverHost);
    makeSession(true);
    m_session->start();
}

void ClientApp::drain()
{
    if (!std::exchange(m_isStopping, true))
        leaveSession();
}

void ClientApp::stop()
{
    if (m_session)
        m_session->stop();
    for (const auto &session : m_leaving)
        session->stop();
}

/// The session continues until its connections have ended.
void ClientApp::leaveSession()
{
    if (m_leaving.size() >= maxLeaving)
        m_leaving.erase(m_leaving.begin()); // cuts the open connections of the oldest one
    ServerSession *session = m_session.get();
    m_leaving.push_back(std::move(m_session));
    session->disconnect(this);
    connect(session, &ServerSession::drained, this, [this, session] {
        const auto found = std::find_if(m_leaving.begin(), m_leaving.end(),
            [session](const auto &leaving) { return leaving.get() == session; });
        if (found != m_leaving.end()) {
            found->release()->deleteLater(); // it is the sender
            m_leaving.erase(found);
        }
        if (m_isStopping && m_leaving.empty())
            Q_EMIT stopped();
    });
    session->drain(m_config.drainTimeoutS * 1000);
}

QString ClientApp::apply(const ClientConfig &next)
{
    if (m_isStopping)
        return u"It is about to stop."_s;
    const ClientConfig before = std::exchange(m_config, next);
    if (next.logLevel != before.logLevel)
        setLogLevel(next.logLevel);
    const TunnelChanges changes = diffTunnels(before.tunnels, next.tunnels);
    if (needsNewSession(before, next)) {
        leaveSession(); // tells the server, which then accepts the new session
        m_session = std::make_unique<ServerSession>(next.session);
        m_tokenFile = TokenFile(next.tokenFile);
        m_questions = 0;
        makeSession(before.email == next.email && before.password == next.password);
        m_session->start();
        return u"A new session starts, with %1 tunnels."_s.arg(next.tunnels.size());
    }
    for (const QString &name : changes.close) { // first: other tunnels may take their ports
        if (m_tunnelHooks.close && m_tunnels.contains(name))
            m_tunnelHooks.close(*m_session, m_tunnels.take(name).id);
    }
    const int again = retryTunnels(changes);
    for (const TunnelSpec &tunnel : changes.open)
        openTunnel(tunnel);
    QString said;
    if (!changes.isEmpty())
        said = u"%1 tunnels closed, %2 opened, %3 left as they are."_s.arg(changes.close.size())
                   .arg(changes.open.size())
                   .arg(changes.unchanged);
    else
        said = before.settings == next.settings ? u"Nothing has changed."_s : u"The settings have changed."_s;
    if (again > 0)
        said += u" Tunnels asked for again: %1."_s.arg(again);
    return said;
}

/// \return how many of the unchanged tunnels are requested again.
int ClientApp::retryTunnels(const TunnelChanges &changes)
{
    int again = m_session->tryAgain();
    for (const TunnelSpec &tunnel : m_config.tunnels) {
        const bool isNew = std::any_of(changes.open.begin(), changes.open.end(),
            [&tunnel](const TunnelSpec &opened) { return opened.name == tunnel.name; });
        if (isNew || !m_tunnels.value(tunnel.name).isDeleted)
            continue;
        openTunnel(tunnel);
        ++again;
    }
    return again;
}

void ClientApp::apply(const ClientConfig &next, std::function<void(const Result<QString> &)> done)
{
    m_reloads.push_back({apply(next), std::move(done), steadyMs() + m_answerTimeoutMs});
    // Queued: runs after the refusals that the session itself makes.
    QMetaObject::invokeMethod(this, &ClientApp::settleReloads, Qt::QueuedConnection);
}

/// Whether the server has answered for all tunnels, or no answer is expected soon.
bool ClientApp::isAnswered() const
{
    using State = ServerSession::State;
    if (!m_session)
        return true;
    const State state = m_session->state();
    if (state == State::Connecting || state == State::LoggingIn || state == State::Registering)
        return false;
    return state != State::Online || !m_session->canOpenTunnels() || !m_session->awaitsTunnels();
}

void ClientApp::settleReloads()
{
    const bool answered = isAnswered();
    const qint64 now = steadyMs();
    std::vector<Reload> over;
    const auto rest = std::stable_partition(m_reloads.begin(), m_reloads.end(),
        [answered, now](const Reload &reload) { return !answered && reload.deadlineMs > now; });
    std::move(rest, m_reloads.end(), std::back_inserter(over));
    m_reloads.erase(rest, m_reloads.end());
    if (m_reloads.empty())
        m_reloadTimer.stop();
    else
        m_reloadTimer.start(static_cast<int>(std::max<qint64>(1, m_reloads.front().deadlineMs - now)));
    if (over.empty())
        return;
    const QString refused = refusals().join(u'\n');
    const QString more = restOfAnswer();
    for (const Reload &reload : over) {
        const QString said = reload.said + more;
        reload.done(
            refused.isEmpty() ? Result<QString>(said) : Error{Errc::Forbidden, said + u'\n' + refused});
    }
}

/// Returns one line for each refused tunnel.
QStringList ClientApp::refusals() const
{
    QStringList lines;
    if (!m_session)
        return lines;
    QHash<QString, QString> reasons;
    for (const WantedTunnels::Refusal &refusal : m_session->refusedTunnels()) {
        const qint64 seconds = std::max<qint64>(0, (refusal.dueAt - steadyMs() + 999) / 1000);
        reasons.insert(refusal.name,
            u"%1 The server is asked again in %2 s."_s.arg(
                logSafe(refusal.reason, proto::maxTextLength), QString::number(seconds)));
    }
    const bool opensNone = m_session->state() == ServerSession::State::Online && !m_session->canOpenTunnels();
    qsizetype bytes = 0;
    qsizetype left = 0;
    for (const TunnelSpec &tunnel : m_config.tunnels) {
        QString reason = m_tunnels.value(tunnel.name).refusal;
        if (reason.isEmpty())
            reason = opensNone ? u"This server opens no tunnels."_s : reasons.value(tunnel.name);
        if (reason.isEmpty())
            continue;
        const QString line = u"Tunnel '%1' is refused: %2"_s.arg(logSafe(tunnel.name), reason);
        bytes += line.toUtf8().size() + 1;
        if (bytes <= maxReportedBytes)
            lines << line;
        else
            ++left;
    }
    if (left > 0)
        lines << u"%1 more tunnels are refused; the log names them."_s.arg(left);
    return lines;
}

/// Returns a sentence about the tunnels that are not open for another reason.
QString ClientApp::restOfAnswer() const
{
    if (!m_session || m_config.tunnels.empty())
        return {};
    if (m_session->state() != ServerSession::State::Online)
        return u" There is no connection to the server: the tunnels are opened after the next login."_s;
    if (m_session->canOpenTunnels() && m_session->awaitsTunnels())
        return u" The server has not answered for all tunnels yet; the log will report the rest."_s;
    return {};
}

void ClientApp::onTrustNeeded(const ServerCertificate &shown)
{
    if (!m_session || m_session->state() != ServerSession::State::NeedsTrust)
        return; // replaced meanwhile
    if (!m_askLine)
        return; // a window asks the person
    const Result<bool> answer = m_askTrust ? m_askTrust(shown) : Error{Errc::NotFound, {}};
    if (!answer && answer.error().code == Errc::Io)
        return; // interrupted by the signal that ends the program
    if (answer && *answer)
        return m_session->trustServer(shown.fingerprint);
    const Error unknown{Errc::UnknownServer, u"The server is not trusted."_s};
    Q_EMIT failed(answer ? unknown : Error{unknown.code, explainRefusal(shown, unknown)});
}

void ClientApp::onLoginNeeded(const Error &error)
{
    if (!m_session || m_session->state() != ServerSession::State::NeedsLogin)
        return; // replaced meanwhile
    if (!m_askLine)
        return Q_EMIT loginNeeded(error);
    if (!m_config.email.isEmpty()) {
        Q_EMIT failed({error.code,
            u"The server refuses this --email and --password: %1. %2"_s.arg(error.detail, loginAdvice())});
        return;
    }
    if (m_questions >= maxQuestions)
        return Q_EMIT failed(
            {error.code, u"Giving up after %1 refused logins. %2"_s.arg(m_questions).arg(loginAdvice())});
    if (m_questions > 0)
        qCWarning(lcClient).noquote() << "Login refused:" << error.detail;
    ++m_questions;
    const Result<QString> email = m_askLine(u"E-mail: "_s);
    const Result<QString> password = email ? m_askPassword(u"Password: "_s) : email;
    if (!password && password.error().code == Errc::Io)
        return; // interrupted by the signal that ends the program
    if (!password) {
        return Q_EMIT failed({password.error().code,
            u"A login is needed (%1) and there is no terminal to ask on. Give --email and --password, or "
            "run frpc once on a terminal. %2"_s.arg(password.error().detail, loginAdvice())});
    }
    m_session->setCredentials(email->trimmed(), *password);
}

} // namespace frpx::client
