// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/balancer.h"

#include <QRandomGenerator>
#include <QTextStream>
#include <queue>

#include <algorithm>
#include <cmath>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

// Connections arrive at random (Poisson) at a fleet of unequal clients, each of which serves one at a time in
// the order of arrival (exponential service times, rates 1 to 4). The real LoadBalancer chooses. Prints how
// long a connection waits for its turn, in units of the slowest client's mean service time. Time is
// simulated; the same seed gives the same table on every machine.

namespace {

constexpr size_t clients = 48;
constexpr double loadFactor = 0.8; ///< relative to the capacity of all clients
constexpr int warmUp = 50'000; ///< connections that are not counted
constexpr int users = 400'000;
constexpr quint32 addresses = 5000; ///< the number of visitors' addresses

struct Outcome
{
    double mean;
    double p99;
    double busiest; ///< load of the busiest client, relative to its capacity
};

struct Departure
{
    double at;
    size_t client;
    bool operator>(const Departure &other) const { return at > other.at; }
};

double rateOf(size_t client)
{
    return 1 + static_cast<double>(client % 4);
}

class Simulation
{
public:
    Simulation(BalancePolicy policy, bool weighted)
        : m_balancer([this](quint32 bound) { return m_generator.bounded(bound); }, policy)
    {
        for (size_t i = 0; i < clients; ++i)
            m_balancer.add(SessionId{i}, weighted ? static_cast<int>(rateOf(i)) : 1);
    }

    Outcome run()
    {
        double capacity = 0;
        for (size_t i = 0; i < clients; ++i)
            capacity += rateOf(i);
        std::vector<double> waits;
        waits.reserve(users);
        double now = 0;
        for (int user = 0; user < warmUp + users; ++user) {
            now += exponential(capacity * loadFactor);
            departUntil(now);
            const double wait = arrive(now);
            if (user >= warmUp)
                waits.push_back(wait);
        }
        double sum = 0;
        for (const double wait : waits)
            sum += wait;
        const auto p99 = waits.begin() + ptrdiff_t(waits.size() * 99 / 100);
        std::nth_element(waits.begin(), p99, waits.end());
        double busiest = 0;
        for (size_t i = 0; i < clients; ++i)
            busiest = std::max(busiest, m_offered[i] / now / rateOf(i));
        return {sum / static_cast<double>(waits.size()), *p99, busiest};
    }

private:
    double exponential(double rate) { return -std::log(1 - m_generator.generateDouble()) / rate; }

    void departUntil(double now)
    {
        for (; !m_departures.empty() && m_departures.top().at <= now; m_departures.pop()) {
            const size_t client = m_departures.top().client;
            m_balancer.setLoad(SessionId{client}, --m_open[client]);
        }
    }

    double arrive(double now)
    {
        const auto client = static_cast<size_t>(*m_balancer.pick({}, m_generator.bounded(addresses)));
        m_balancer.setLoad(SessionId{client}, ++m_open[client]);
        ++m_offered[client];
        const double begin = std::max(now, m_freeAt[client]);
        m_freeAt[client] = begin + exponential(rateOf(client));
        m_departures.push({m_freeAt[client], client});
        return begin - now;
    }

    QRandomGenerator m_generator{20'261'121};
    Balancer m_balancer;
    std::priority_queue<Departure, std::vector<Departure>, std::greater<>> m_departures;
    std::array<qint64, clients> m_open{};
    std::array<double, clients> m_freeAt{};
    std::array<double, clients> m_offered{};
};

void print(QTextStream &out, bool weighted)
{
    out << "| policy            | mean wait |  p99 wait | busiest client |\n|---|--:|--:|--:|\n";
    double p99OfRandom = 0;
    for (const BalancePolicy policy : {BalancePolicy::Random, BalancePolicy::RoundRobin,
             BalancePolicy::LeastConnections, BalancePolicy::TwoChoices, BalancePolicy::SourceHash}) {
        const Outcome outcome = Simulation(policy, weighted).run();
        out << u"| %1 | %2 | %3 | %4 |\n"_s.arg(policyName(policy), -17)
                   .arg(outcome.mean, 9, 'f', 2)
                   .arg(outcome.p99, 9, 'f', 2)
                   .arg(u"%1 %"_s.arg(outcome.busiest * 100, 0, 'f', 0), 14);
        if (policy == BalancePolicy::Random)
            p99OfRandom = outcome.p99;
        if (policy == BalancePolicy::TwoChoices && outcome.p99 >= p99OfRandom)
            qFatal("two-choices does not beat random");
    }
}

} // namespace

int main()
{
    QTextStream out(stdout);
    out << clients << " clients with rates 1 to 4, Poisson arrivals at " << loadFactor * 100
        << " % of their capacity,\n"
        << users << " connections from " << addresses
        << " addresses. Waits in mean service times of the slowest client.\n\nWeights = rates:\n\n";
    print(out, true);
    out << "\nWeights all 1 (the server does not know how fast they are):\n\n";
    print(out, false);
    return 0;
}
