// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/signalwatcher.h"

#include "common/core/logging.h"
#include "common/system/signalpipe.h"

#include <QPointer>
#include <QSocketNotifier>

#include <array>
#include <span>

namespace frpx {

namespace {

bool watcherExists = false;

std::span<const int> signalsFor(SignalWatcher::HangUp hangUp)
{
    static constexpr std::array numbers = {SIGINT, SIGTERM, SIGHUP};
    return std::span(numbers).first(hangUp == SignalWatcher::HangUp::Reload ? 3 : 2);
}

} // namespace

struct SignalWatcher::Platform
{
    explicit Platform(HangUp hangUp)
        : pipe(signalsFor(hangUp), SignalPipe::Ignored::Catch)
        , notifier(QSocketNotifier::Read)
    { }

    SignalPipe pipe;
    QSocketNotifier notifier; // after the pipe: it must be destroyed first
};

SignalWatcher::SignalWatcher(HangUp hangUp, QObject *parent)
    : QObject(parent)
    , m_platform(std::make_unique<Platform>(hangUp))
{
    Q_ASSERT(!watcherExists);
    watcherExists = true;
    if (!m_platform->pipe.isOpen()) {
        qCCritical(
            lcSystem, "No descriptors are left to watch for signals; they will end the process at once.");
        return;
    }
    m_platform->notifier.setSocket(m_platform->pipe.readEnd());
    connect(&m_platform->notifier, &QSocketNotifier::activated, this, &SignalWatcher::onSignalsWaiting);
    m_platform->notifier.setEnabled(true);
}

SignalWatcher::~SignalWatcher()
{
    watcherExists = false;
}

void SignalWatcher::ignoreBrokenPipes()
{
    struct sigaction action = {};
    action.sa_handler = SIG_IGN;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGPIPE, &action, nullptr);
}

void SignalWatcher::onSignalsWaiting()
{
    const QPointer<SignalWatcher> self(this); // a receiver may delete this object
    for (const int number : m_platform->pipe.take()) {
        if (number == SIGHUP)
            Q_EMIT reloadRequested();
        else
            Q_EMIT terminationRequested(number);
        if (!self)
            return;
    }
}

} // namespace frpx
