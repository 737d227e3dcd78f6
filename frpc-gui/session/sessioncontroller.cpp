// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/sessioncontroller.h"

#include "common/core/clock.h"
#include "common/net/hostaddress.h"
#include "frpc-gui/session/controlthread.h"
#include "frpc-gui/session/sessionworker.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace frpx::gui {

using State = client::ServerSession::State;

SessionController::SessionController(
    Profile profile, QString tokenFile, ControlThread &control, QObject *parent)
    : QObject(parent)
    , m_profile(std::move(profile))
    , m_tokenFile(std::move(tokenFile))
    , m_worker(new SessionWorker)
    , m_sinceMs(QDateTime::currentMSecsSinceEpoch())
{
    m_worker->moveToThread(control.thread());
    connect(m_worker, &SessionWorker::statusChanged, this, &SessionController::onStatus);
    connect(m_worker, &SessionWorker::sampled, this, &SessionController::onSample);
    connect(m_worker, &SessionWorker::left, this, &SessionController::left);
    connect(m_worker, &SessionWorker::usageReported, this, [this](double cpu, double memory, double disk) {
        m_usage = SystemUsage{cpu, memory, disk};
        Q_EMIT sampled();
    });
    connect(control.networkWatch(), &NetworkWatch::changed, m_worker, &SessionWorker::onNetworkChanged);
    configure();
    m_tunnels.setProfile(m_profile);
    refreshWords();
}

SessionController::~SessionController()
{
    m_worker->disconnect(this);
    m_worker->deleteLater();
}

template <typename What>
void SessionController::post(What what)
{
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, what = std::move(what)] { what(*worker); }, Qt::QueuedConnection);
}

void SessionController::configure()
{
    post([profile = m_profile, file = m_tokenFile](
             SessionWorker &worker) { worker.configure(profile, file); });
}

QString SessionController::serverAddress() const
{
    return net::hostWithPort(m_profile.serverHost(), m_profile.setting(u"control-port"_s).toUShort());
}

void SessionController::setProfile(const Profile &profile)
{
    m_profile = profile;
    configure();
    m_tunnels.setProfile(m_profile);
    m_tunnels.setStatus(m_status.tunnels);
    refreshWords();
    Q_EMIT profileChanged();
    Q_EMIT changed();
}

void SessionController::connectToServer()
{
    m_wanted = true;
    post([](SessionWorker &worker) { worker.start(); });
    refreshWords();
    Q_EMIT changed();
}

void SessionController::disconnectFromServer()
{
    m_wanted = false;
    post([](SessionWorker &worker) { worker.leave(); });
    Q_EMIT changed();
}

void SessionController::leaveAtOnce()
{
    m_wanted = false;
    post([](SessionWorker &worker) { worker.leaveAtOnce(); });
}

void SessionController::logIn(const QString &email, const QString &password)
{
    if (m_profile.email != email) {
        m_profile.email = email;
        Q_EMIT profileChanged();
    }
    m_wanted = true;
    post([email, password](SessionWorker &worker) {
        worker.start();
        worker.logIn(email, password);
    });
    Q_EMIT changed();
}

void SessionController::trustServer(const Fingerprint &certificate)
{
    post([certificate](SessionWorker &worker) { worker.trustServer(certificate); });
}

void SessionController::logOut()
{
    m_wanted = false;
    post([](SessionWorker &worker) { worker.logOut(); });
    Q_EMIT changed();
}

void SessionController::setPaused(const QString &tunnel, bool paused)
{
    Profile profile = m_profile;
    profile.paused.removeAll(tunnel);
    if (paused)
        profile.paused << tunnel;
    setProfile(profile);
}

void SessionController::onStatus(const SessionStatus &status)
{
    const bool wasAsking = m_status.state == State::NeedsLogin && m_status.error.has_value();
    const bool knewCertificate = m_status.certificate && status.certificate
        && m_status.certificate->fingerprint == status.certificate->fingerprint;
    m_status = status;
    if (status.state == State::Idle || status.state == State::Draining)
        m_usage.reset();
    m_tunnels.setStatus(status.tunnels);
    refreshWords();
    Q_EMIT changed();
    // The error arrives shortly after the state.
    if (!wasAsking && m_status.state == State::NeedsLogin && m_status.error.has_value())
        Q_EMIT loginNeeded();
    if (!knewCertificate && m_status.certificate)
        Q_EMIT trustNeeded();
}

void SessionController::onSample(const TrafficSample &sample)
{
    m_traffic = {};
    for (const TunnelTraffic &one : sample) {
        m_traffic.open += one.open;
        m_traffic.total += one.total;
        m_traffic.toService += one.toService;
        m_traffic.toVisitor += one.toVisitor;
    }
    m_history.add({m_traffic.toService, m_traffic.toVisitor, m_traffic.open}, steadyMs());
    m_tunnels.setTraffic(sample);
    Q_EMIT sampled();
}

void SessionController::refreshWords()
{
    const StatusLevel before = m_statusText.level;
    m_statusText = describe(m_status, m_profile.name, serverAddress());
    if (m_wanted && m_status.configFault) {
        m_statusText.level = StatusLevel::Attention;
        m_statusText.detail = m_status.configFault->detail;
        m_statusText.advice = tr("Correct it in the server settings.");
    }
    if (m_statusText.level != before)
        m_sinceMs = QDateTime::currentMSecsSinceEpoch();
}

} // namespace frpx::gui
