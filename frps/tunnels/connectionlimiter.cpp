// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/connectionlimiter.h"

namespace frpx::server {

namespace {

struct Place
{
    Place(std::shared_ptr<ConnectionCounter> tunnelCounter, std::shared_ptr<ConnectionCounter> accountCounter,
        std::shared_ptr<void> other)
        : tunnel(std::move(tunnelCounter))
        , account(std::move(accountCounter))
        , inner(std::move(other))
    {
        tunnel->enter();
        if (account)
            account->enter();
    }
    ~Place()
    {
        if (account)
            account->leave();
        tunnel->leave();
    }
    Q_DISABLE_COPY_MOVE(Place)

    const std::shared_ptr<ConnectionCounter> tunnel;
    const std::shared_ptr<ConnectionCounter> account;
    const std::shared_ptr<void> inner;
};

} // namespace

void ConnectionCounter::leave()
{
    m_online.fetch_sub(1); // before the call of m_wake, which may read it
    if (!m_wanted.exchange(false))
        return;
    const std::scoped_lock lock(m_mutex);
    if (m_wake)
        m_wake();
}

void ConnectionCounter::setWaker(std::function<void()> wake)
{
    const std::scoped_lock lock(m_mutex);
    m_wake = std::move(wake);
}

ConnectionLimiter::ConnectionLimiter(
    const TunnelSpec &spec, std::shared_ptr<ConnectionCounter> account, int accountLimit)
    : m_maxConnections(spec.maxConnections)
    , m_totalConnections(spec.totalConnections)
    , m_account(std::move(account))
    , m_accountLimit(accountLimit)
{ }

ConnectionLimiter::~ConnectionLimiter()
{
    m_counter->setWaker({});
}

bool ConnectionLimiter::hasRoom() const
{
    if (isExhausted() || (m_maxConnections > 0 && online() >= m_maxConnections))
        return false;
    return !m_account || m_accountLimit == 0 || m_account->online() < m_accountLimit;
}

std::shared_ptr<void> ConnectionLimiter::admit(std::shared_ptr<void> inner)
{
    ++m_admitted;
    auto place = std::make_shared<Place>(m_counter, m_account, std::move(inner));
    return {std::move(place), m_counter.get()};
}

} // namespace frpx::server
