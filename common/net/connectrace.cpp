// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/connectrace.h"

#include "common/core/clock.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::net {

constexpr int busyDelayMs = 20; // until the next attempt when the queue of a unix socket is full

ConnectRace::ConnectRace(QObject *parent)
    : QObject(parent)
    , m_next(this)
{
    m_next.setSingleShot(true);
    m_next.setTimerType(Qt::PreciseTimer);
    connect(&m_next, &QTimer::timeout, this, &ConnectRace::advance);
}

ConnectRace::~ConnectRace()
{
    abort();
}

void ConnectRace::start(const DialTarget &target)
{
    m_target = target;
    m_race = AddressRace(target.count());
    if (!target.isKnown())
        m_lastFault.detail = u"its address is not known"_s;
    advance();
}

void ConnectRace::abort()
{
    m_next.stop();
    m_fd.reset();
    dropAttempts();
}

/// Starts the attempts that are due, and sets the timer for the next one.
void ConnectRace::advance()
{
    while (const std::optional<size_t> index = m_race.takeNext(steadyMs())) {
        Result<UniqueFd> fd = startConnect(m_target, *index);
        if (!fd && fd.error().code == Errc::Busy) {
            m_race.postpone(steadyMs() + busyDelayMs);
            break;
        }
        if (!fd) {
            m_lastFault = fd.error();
            m_race.onFailed();
            continue;
        }
        Attempt attempt;
        attempt.index = *index;
        attempt.fd = std::move(*fd);
        attempt.notifier = std::make_unique<QSocketNotifier>(attempt.fd.get(), QSocketNotifier::Write);
        connect(attempt.notifier.get(), &QSocketNotifier::activated, this,
            [this, index = *index] { onWritable(index); });
        m_attempts.push_back(std::move(attempt));
    }
    if (m_race.isLost()) {
        QMetaObject::invokeMethod( // not during start()
            this, [this] { Q_EMIT failed(m_lastFault); }, Qt::QueuedConnection);
    } else if (const std::optional<qint64> next = m_race.nextAtMs()) {
        m_next.start(static_cast<int>(std::max<qint64>(0, *next - steadyMs())));
    }
}

void ConnectRace::onWritable(size_t index)
{
    const auto it = std::find_if(m_attempts.begin(), m_attempts.end(),
        [index](const Attempt &attempt) { return attempt.index == index; });
    if (it == m_attempts.end())
        return;
    const Result<void> result = connectResult(it->fd.get());
    it->notifier->setEnabled(false);
    it->notifier.release()->deleteLater(); // it may be the sender
    UniqueFd fd = std::move(it->fd);
    m_attempts.erase(it);
    if (!result) {
        m_lastFault = result.error();
        m_race.onFailed();
        m_next.stop();
        return advance();
    }
    m_next.stop();
    dropAttempts();
    m_fd = std::move(fd);
    m_winner = index;
    Q_EMIT connected();
}

void ConnectRace::dropAttempts()
{
    for (Attempt &attempt : m_attempts) {
        attempt.notifier->setEnabled(false);
        attempt.notifier.release()->deleteLater();
    }
    m_attempts.clear();
}

} // namespace frpx::net
