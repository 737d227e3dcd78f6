// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/statustext.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

using State = client::ServerSession::State;
using Phase = TunnelStatus::Phase;

struct Texts
{
    Q_DECLARE_TR_FUNCTIONS(frpx::gui::StatusText)
};

/// Describes why the connection failed and what to do about it.
void explain(StatusText &text, const Error &error, const QString &address)
{
    switch (error.code) {
    case Errc::ConnectFailed:
        text.detail = Texts::tr("No server answers at %1: %2").arg(address, error.detail);
        text.advice = Texts::tr("Check the address and port, that this computer is online, and that the "
                                "server is running. The next attempt is automatic.");
        break;
    case Errc::ResolveFailed:
        text.detail = Texts::tr("The name in %1 is unknown.").arg(address);
        text.advice = Texts::tr("Check the spelling of the server's address, and that this computer is "
                                "online. The next attempt is automatic.");
        break;
    case Errc::Timeout:
        text.detail = Texts::tr("The server at %1 does not answer in time.").arg(address);
        text.advice =
            Texts::tr("The network may be down, or a firewall in between. The next attempt is automatic.");
        break;
    case Errc::InvalidCredentials:
        text.detail = Texts::tr("The server does not know this e-mail address with this password.");
        text.advice = Texts::tr("Check both and log in again.");
        break;
    case Errc::InvalidToken:
        text.detail = Texts::tr("The saved login has been revoked or has expired.");
        text.advice = Texts::tr("Log in again with e-mail and password.");
        break;
    case Errc::NotFound:
        text.detail = Texts::tr("This computer has no login for the server yet.");
        text.advice = Texts::tr("Log in with e-mail and password.");
        break;
    case Errc::TlsFailed:
        text.detail = Texts::tr("No encrypted connection with %1: %2").arg(address, error.detail);
        text.advice = Texts::tr("Check the control port. The next attempt is automatic.");
        break;
    case Errc::ServerChanged:
        text.level = StatusLevel::Attention;
        text.title = Texts::tr("WARNING: %1 is not the server it was").arg(address);
        text.detail = Texts::tr(
            "Its certificate has changed. The connection may be intercepted; nothing has been sent.");
        text.advice = Texts::tr("Ask the server's administrator before you accept the new certificate.");
        break;
    case Errc::BadCertificate:
        text.level = StatusLevel::Attention;
        text.detail = error.detail;
        text.advice = Texts::tr("Ask the server's administrator which certificate is the right one.");
        break;
    case Errc::ClientIdInUse:
        text.detail = error.detail;
        text.advice = Texts::tr("Another computer may use the same client id: give this one another in the "
                                "server settings. The next attempt is automatic.");
        break;
    case Errc::PeerClosed:
    case Errc::LinkLost:
        text.detail = Texts::tr("The connection has ended: %1").arg(error.detail);
        text.advice = Texts::tr("The next attempt is automatic; there is nothing to do.");
        break;
    case Errc::Busy:
        text.detail = error.detail;
        text.advice = Texts::tr("The server is busy. The next attempt is automatic.");
        break;
    case Errc::FrameEmpty:
    case Errc::FrameTooLarge:
    case Errc::BadJson:
    case Errc::UnknownVariant:
    case Errc::BadField:
    case Errc::UnexpectedMessage:
        text.detail =
            Texts::tr("The program at %1 does not answer like an frpx server: %2").arg(address, error.detail);
        text.advice = Texts::tr("Check the control port in the server settings.");
        break;
    default:
        text.detail = error.detail;
        text.advice = Texts::tr("The next attempt is automatic; the log may have details.");
        break;
    }
}

/// The session is online: reports the first problem of its tunnels.
void lookAtTunnels(StatusText &text, const QList<TunnelStatus> &tunnels)
{
    for (const TunnelStatus &tunnel : tunnels) {
        const QString name = tunnel.name.isEmpty() ? Texts::tr("default") : tunnel.name;
        if (tunnel.serviceAnswers == false) {
            text.level = StatusLevel::Attention;
            text.detail = Texts::tr("The local service of tunnel “%1” does not answer: %2")
                              .arg(name, tunnel.serviceFault);
            text.advice = Texts::tr("Start the service, or correct its address in the tunnel's settings.");
            return;
        }
        if (!tunnel.serviceWarning.isEmpty()) {
            text.level = StatusLevel::Attention;
            text.detail = Texts::tr("Tunnel “%1” may not work: %2").arg(name, tunnel.serviceWarning);
            text.advice = Texts::tr("Change the settings of the service and start it again. Ollama needs the "
                                    "variable OLLAMA_HOST=0.0.0.0.");
            return;
        }
        if (tunnel.phase == Phase::Refused) {
            text.level = StatusLevel::Attention;
            text.detail = Texts::tr("The server refuses tunnel “%1”: %2").arg(name, tunnel.reason);
            text.advice = tunnel.nextAttemptMs == 0
                ? Texts::tr("Edit the tunnel, or ask the server's administrator.")
                : Texts::tr("Edit the tunnel, or ask the server's administrator. The server is asked again "
                            "automatically.");
            return;
        }
    }
}

} // namespace

StatusText describe(const SessionStatus &status, const QString &server, const QString &address)
{
    StatusText text;
    text.level = StatusLevel::Connecting;
    switch (status.state) {
    case State::Idle:
        text.level = StatusLevel::Off;
        text.title = Texts::tr("Not connected to %1").arg(server);
        break;
    case State::Connecting:
        text.title = Texts::tr("Connecting to %1 …").arg(server);
        break;
    case State::LoggingIn:
        text.title = Texts::tr("Logging in at %1 …").arg(server);
        break;
    case State::Registering:
        text.title = Texts::tr("Registering at %1 …").arg(server);
        break;
    case State::Online:
        text.level = StatusLevel::Connected;
        text.title = Texts::tr("Connected to %1").arg(server);
        lookAtTunnels(text, status.tunnels);
        return text;
    case State::Waiting:
        text.title = Texts::tr("Connection to %1 lost, trying again").arg(server);
        break;
    case State::NeedsLogin:
        text.level = StatusLevel::Attention;
        text.title = Texts::tr("%1 wants you to log in").arg(server);
        break;
    case State::NeedsTrust:
        text.level = StatusLevel::Attention;
        text.title = Texts::tr("Is this %1?").arg(server);
        text.detail = Texts::tr("The server shows a certificate that this computer does not know yet.");
        text.advice =
            Texts::tr("Compare its fingerprint with the one that “frps fingerprint” prints on the server.");
        return text;
    case State::Draining:
        text.title = Texts::tr("Leaving %1; open connections may end").arg(server);
        break;
    }
    if (status.error)
        explain(text, *status.error, address);
    return text;
}

QString levelName(StatusLevel level)
{
    switch (level) {
    case StatusLevel::Off:
        return Texts::tr("Off");
    case StatusLevel::Connecting:
        return Texts::tr("Connecting");
    case StatusLevel::Connected:
        return Texts::tr("Connected");
    case StatusLevel::Attention:
        return Texts::tr("Attention needed");
    }
    return {};
}

QString phaseText(const TunnelStatus &tunnel)
{
    switch (tunnel.phase) {
    case Phase::Waiting:
        return Texts::tr("waiting");
    case Phase::Open:
        if (tunnel.serviceAnswers == false)
            return Texts::tr("service down: %1").arg(tunnel.serviceFault);
        if (!tunnel.serviceWarning.isEmpty())
            return Texts::tr("open, but: %1").arg(tunnel.serviceWarning);
        return Texts::tr("open");
    case Phase::Refused:
        if (tunnel.nextAttemptMs == 0)
            return Texts::tr("refused: %1").arg(tunnel.reason);
        return Texts::tr("refused, asked again at %2: %1")
            .arg(tunnel.reason,
                QLocale().toString(
                    QDateTime::fromMSecsSinceEpoch(tunnel.nextAttemptMs).time(), u"HH:mm:ss"_s));
    case Phase::Closed:
        if (tunnel.reason == tunnelend::servedAll)
            return Texts::tr("closed: it has served the maximum number of connections");
        if (tunnel.reason == tunnelend::lifetime)
            return Texts::tr("closed: its lifetime is over");
        if (tunnel.reason == tunnelend::deleted)
            return Texts::tr("closed by the server's administrator");
        return Texts::tr("closed: %1").arg(tunnel.reason);
    }
    return {};
}

} // namespace frpx::gui
