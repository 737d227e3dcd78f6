// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/logging.h"
#include "common/relay/relay.h"
#include "common/relay/relayworker.h"

#ifdef Q_OS_LINUX

#include <cerrno>
#include <mutex>
#include <thread>

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace frpx {

namespace {

/// Edge-triggered: each descriptor is registered once, for everything; the Relay remembers what it can still
/// do.
class EpollRelayWorker final : public RelayWorker
{
public:
    EpollRelayWorker();
    ~EpollRelayWorker() override;

    void adopt(RelayJob job) override;

private:
    struct Slot
    {
        Slot(RelayJob job, RelayScratch &scratch)
            : relay(std::move(job), scratch)
        { }

        Relay relay;
        size_t index = 0; ///< in m_slots
        bool queued = false; ///< in m_unfinished
        bool ended = false; ///< waits in m_graveyard: later events of the same batch still point to it
    };

    void loop();
    void takeInbox();
    void start(RelayJob job);
    void onEvent(quint64 tag, quint32 events);
    void run(Slot *slot);
    void wake();

    UniqueFd m_epoll;
    UniqueFd m_wake;
    RelayScratch m_scratch;
    std::vector<std::unique_ptr<Slot>> m_slots;
    std::vector<Slot *> m_unfinished; ///< stopped by their budget
    std::vector<std::unique_ptr<Slot>> m_graveyard;

    std::mutex m_inboxMutex;
    std::vector<RelayJob> m_inbox; // guarded by m_inboxMutex
    bool m_stopping = false; // guarded by m_inboxMutex
    std::thread m_thread;
};

constexpr int maxEventsPerWake = 256;
constexpr quint64 serviceBit = 1; // a Slot is aligned: the lowest bit of its address is free for the side

EpollRelayWorker::EpollRelayWorker()
    : m_epoll(::epoll_create1(EPOLL_CLOEXEC))
    , m_wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (!m_epoll || !m_wake)
        qFatal("cannot create an epoll descriptor: %s", qUtf8Printable(qt_error_string(errno)));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = 0;
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, m_wake.get(), &event);

    // Signals are for the control thread.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    m_thread = std::thread([this] { loop(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

EpollRelayWorker::~EpollRelayWorker()
{
    {
        const std::scoped_lock lock(m_inboxMutex);
        m_stopping = true;
    }
    wake();
    m_thread.join();
}

void EpollRelayWorker::adopt(RelayJob job)
{
    m_open.fetch_add(1, std::memory_order_relaxed);
    if (job.meter)
        job.meter->open.fetch_add(1, std::memory_order_relaxed);
    bool first = false;
    {
        const std::scoped_lock lock(m_inboxMutex);
        first = m_inbox.empty();
        m_inbox.push_back(std::move(job));
    }
    if (first)
        wake();
}

void EpollRelayWorker::wake()
{
    const quint64 one = 1;
    [[maybe_unused]] const auto n = ::write(m_wake.get(), &one, sizeof one);
}

void EpollRelayWorker::loop()
{
    std::array<epoll_event, maxEventsPerWake> events;
    while (true) {
        const int count =
            ::epoll_wait(m_epoll.get(), events.data(), maxEventsPerWake, m_unfinished.empty() ? -1 : 0);
        for (int i = 0; i < count; ++i) {
            const epoll_event &event = events[size_t(i)];
            if (event.data.u64 != 0)
                onEvent(event.data.u64, event.events);
            else
                takeInbox();
        }
        // Those that used up their budget come after everybody with news has had a turn.
        for (Slot *slot : std::exchange(m_unfinished, {})) {
            slot->queued = false;
            if (!slot->ended)
                run(slot);
        }
        m_graveyard.clear();
        const std::scoped_lock lock(m_inboxMutex);
        if (m_stopping)
            return;
    }
}

void EpollRelayWorker::takeInbox()
{
    quint64 ignored = 0;
    [[maybe_unused]] const auto n = ::read(m_wake.get(), &ignored, sizeof ignored);
    std::vector<RelayJob> jobs;
    {
        const std::scoped_lock lock(m_inboxMutex);
        jobs.swap(m_inbox);
    }
    for (RelayJob &job : jobs)
        start(std::move(job));
}

void EpollRelayWorker::start(RelayJob job)
{
    auto slot = std::make_unique<Slot>(std::move(job), m_scratch);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = reinterpret_cast<quint64>(slot.get());
    bool ok = ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, slot->relay.fd(Relay::Side::User), &event) == 0;
    event.data.u64 |= serviceBit;
    ok = ok && ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, slot->relay.fd(Relay::Side::Service), &event) == 0;
    if (!ok) {
        qCWarning(lcRelay, "cannot watch a connection: %s", qUtf8Printable(qt_error_string(errno)));
        m_open.fetch_sub(1, std::memory_order_relaxed);
        m_graveyard.push_back(std::move(slot));
        return;
    }
    slot->index = m_slots.size();
    m_slots.push_back(std::move(slot));
    // Nothing else to do: registering reports the readiness there is at once.
}

void EpollRelayWorker::onEvent(quint64 tag, quint32 events)
{
    auto *slot = reinterpret_cast<Slot *>(tag & ~serviceBit);
    if (slot->ended)
        return;
    const auto side = (tag & serviceBit) != 0 ? Relay::Side::Service : Relay::Side::User;
    if (events & EPOLLIN)
        slot->relay.setReadable(side);
    if (events & EPOLLOUT)
        slot->relay.setWritable(side);
    if (events & (EPOLLRDHUP | EPOLLHUP))
        slot->relay.setHungUp(side);
    if (events & EPOLLERR)
        slot->relay.setBroken(side);
    if (!slot->queued)
        run(slot);
}

void EpollRelayWorker::run(Slot *slot)
{
    switch (slot->relay.run()) {
    case Relay::Outcome::Waiting:
        break;
    case Relay::Outcome::MoreToDo:
        slot->queued = true;
        m_unfinished.push_back(slot);
        break;
    case Relay::Outcome::Ended:
        slot->ended = true;
        m_open.fetch_sub(1, std::memory_order_relaxed);
        std::swap(m_slots[slot->index], m_slots.back());
        m_slots[slot->index]->index = slot->index;
        m_graveyard.push_back(std::move(m_slots.back()));
        m_slots.pop_back();
        break;
    }
}

} // namespace

std::unique_ptr<RelayWorker> RelayWorker::createEpoll()
{
    return std::make_unique<EpollRelayWorker>();
}

} // namespace frpx

#else

namespace frpx {

std::unique_ptr<RelayWorker> RelayWorker::createEpoll()
{
    return nullptr;
}

} // namespace frpx

#endif
