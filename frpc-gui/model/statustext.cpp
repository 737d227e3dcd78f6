// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/statustext.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

using State = client::ClientSession::State;
using Phase = TunnelStatus::Phase;

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(frpx::gui::StatusText)
};

/// What has failed and what to do, for a link that is not there.
void explain(StatusText &words, const Error &error, const QString &address)
{
    switch (error.code) {
    case Errc::ConnectFailed:
        words.detail = Words::tr("Nobody answers at %1: %2").arg(address, error.detail);
        words.advice = Words::tr("Check the address and port, that this computer is online, and that the "
                                 "server is running. It is tried again by itself.");
        break;
    case Errc::ResolveFailed:
        words.detail = Words::tr("The name in %1 is unknown.").arg(address);
        words.advice = Words::tr("Check the spelling of the server's address, and that this computer is "
                                 "online. It is tried again by itself.");
        break;
    case Errc::Timeout:
        words.detail = Words::tr("The server at %1 does not answer in time.").arg(address);
        words.advice =
            Words::tr("The network may be down, or a firewall in between. It is tried again by itself.");
        break;
    case Errc::InvalidCredentials:
        words.detail = Words::tr("The server does not know this e-mail address with this password.");
        words.advice = Words::tr("Check both and log in again.");
        break;
    case Errc::InvalidToken:
        words.detail = Words::tr("The saved login has been revoked or has expired.");
        words.advice = Words::tr("Log in again with e-mail and password.");
        break;
    case Errc::NotFound:
        words.detail = Words::tr("Nobody has logged in from this computer yet.");
        words.advice = Words::tr("Log in with e-mail and password.");
        break;
    case Errc::TlsFailed:
        words.detail = Words::tr("No encrypted connection with %1: %2").arg(address, error.detail);
        words.advice = Words::tr("Check the control port. It is tried again by itself.");
        break;
    case Errc::ServerChanged:
        words.level = StatusLevel::Attention;
        words.title = Words::tr("WARNING: %1 is not the server it was").arg(address);
        words.detail = Words::tr(
            "Its certificate has changed. Somebody may be listening in between; nothing has been sent.");
        words.advice = Words::tr("Ask whoever runs the server before you accept the new certificate.");
        break;
    case Errc::BadCertificate:
        words.level = StatusLevel::Attention;
        words.detail = error.detail;
        words.advice = Words::tr("Ask whoever runs the server which certificate is the right one.");
        break;
    case Errc::ClientIdInUse:
        words.detail = error.detail;
        words.advice = Words::tr("Another computer may use the same client id: give this one another in the "
                                 "server settings. It is tried again by itself.");
        break;
    case Errc::PeerClosed:
    case Errc::LinkLost:
        words.detail = Words::tr("The connection has ended: %1").arg(error.detail);
        words.advice = Words::tr("It is tried again by itself; there is nothing to do.");
        break;
    case Errc::Busy:
        words.detail = error.detail;
        words.advice = Words::tr("The server is busy. It is tried again by itself.");
        break;
    case Errc::FrameEmpty:
    case Errc::FrameTooLarge:
    case Errc::BadJson:
    case Errc::UnknownVariant:
    case Errc::BadField:
    case Errc::UnexpectedMessage:
        words.detail =
            Words::tr("What answers at %1 does not speak as an frpx server: %2").arg(address, error.detail);
        words.advice = Words::tr("Check the control port in the server settings.");
        break;
    default:
        words.detail = error.detail;
        words.advice = Words::tr("It is tried again by itself; the log may tell more.");
        break;
    }
}

/// Online: is everything else well, too?
void lookAtTunnels(StatusText &words, const QList<TunnelStatus> &tunnels)
{
    for (const TunnelStatus &tunnel : tunnels) {
        const QString name = tunnel.name.isEmpty() ? Words::tr("default") : tunnel.name;
        if (tunnel.serviceAnswers == false) {
            words.level = StatusLevel::Attention;
            words.detail = Words::tr("The local service of tunnel “%1” does not answer: %2")
                               .arg(name, tunnel.serviceFault);
            words.advice = Words::tr("Start the service, or correct its address in the tunnel's settings.");
            return;
        }
        if (!tunnel.serviceWarning.isEmpty()) {
            words.level = StatusLevel::Attention;
            words.detail = Words::tr("Tunnel “%1” may not work: %2").arg(name, tunnel.serviceWarning);
            words.advice =
                Words::tr("Change the settings of the service and start it again. Ollama needs the "
                          "variable OLLAMA_HOST=0.0.0.0.");
            return;
        }
        if (tunnel.phase == Phase::Refused) {
            words.level = StatusLevel::Attention;
            words.detail = Words::tr("The server refuses tunnel “%1”: %2").arg(name, tunnel.reason);
            words.advice = tunnel.nextAttemptMs == 0
                ? Words::tr("Edit the tunnel, or ask the server's administrator.")
                : Words::tr("Edit the tunnel, or ask the server's administrator. The server is asked again "
                            "by itself.");
            return;
        }
    }
}

} // namespace

StatusText describe(const SessionStatus &status, const QString &server, const QString &address)
{
    StatusText words;
    words.level = StatusLevel::Connecting;
    switch (status.state) {
    case State::Idle:
        words.level = StatusLevel::Off;
        words.title = Words::tr("Not connected to %1").arg(server);
        break;
    case State::Connecting:
        words.title = Words::tr("Connecting to %1 …").arg(server);
        break;
    case State::LoggingIn:
        words.title = Words::tr("Logging in at %1 …").arg(server);
        break;
    case State::Registering:
        words.title = Words::tr("Registering at %1 …").arg(server);
        break;
    case State::Online:
        words.level = StatusLevel::Connected;
        words.title = Words::tr("Connected to %1").arg(server);
        lookAtTunnels(words, status.tunnels);
        return words;
    case State::Waiting:
        words.title = Words::tr("Connection to %1 lost, trying again").arg(server);
        break;
    case State::NeedsLogin:
        words.level = StatusLevel::Attention;
        words.title = Words::tr("%1 wants you to log in").arg(server);
        break;
    case State::NeedsTrust:
        words.level = StatusLevel::Attention;
        words.title = Words::tr("Is this %1?").arg(server);
        words.detail = Words::tr("The server shows a certificate that this computer does not know yet.");
        words.advice =
            Words::tr("Compare its fingerprint with the one that “frps fingerprint” prints on the server.");
        return words;
    case State::Draining:
        words.title = Words::tr("Leaving %1; open connections may end").arg(server);
        break;
    }
    if (status.error)
        explain(words, *status.error, address);
    return words;
}

QString levelName(StatusLevel level)
{
    switch (level) {
    case StatusLevel::Off:
        return Words::tr("Off");
    case StatusLevel::Connecting:
        return Words::tr("Connecting");
    case StatusLevel::Connected:
        return Words::tr("Connected");
    case StatusLevel::Attention:
        return Words::tr("Attention needed");
    }
    return {};
}

QString phaseText(const TunnelStatus &tunnel)
{
    switch (tunnel.phase) {
    case Phase::Waiting:
        return Words::tr("waiting");
    case Phase::Open:
        if (tunnel.serviceAnswers == false)
            return Words::tr("service down: %1").arg(tunnel.serviceFault);
        if (!tunnel.serviceWarning.isEmpty())
            return Words::tr("open, but: %1").arg(tunnel.serviceWarning);
        return Words::tr("open");
    case Phase::Refused:
        if (tunnel.nextAttemptMs == 0)
            return Words::tr("refused: %1").arg(tunnel.reason);
        return Words::tr("refused, asked again at %2: %1")
            .arg(tunnel.reason,
                QLocale().toString(
                    QDateTime::fromMSecsSinceEpoch(tunnel.nextAttemptMs).time(), u"HH:mm:ss"_s));
    case Phase::Closed:
        if (tunnel.reason == proto::tunnelend::servedAll)
            return Words::tr("closed: served as many users as it may");
        if (tunnel.reason == proto::tunnelend::lifetime)
            return Words::tr("closed: its lifetime is over");
        if (tunnel.reason == proto::tunnelend::deleted)
            return Words::tr("closed by the server's administrator");
        return Words::tr("closed: %1").arg(tunnel.reason);
    }
    return {};
}

} // namespace frpx::gui
