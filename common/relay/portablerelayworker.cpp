// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relay.h"
#include "common/relay/relayworker.h"

#include <QHash>
#include <QSocketNotifier>
#include <QThread>

namespace frpx {

namespace {

/// One relay watched by Qt's notifiers: level-triggered, so each is enabled only for what the relay waits
/// for.
class NotifiedRelay : public QObject
{
    Q_OBJECT

public:
    NotifiedRelay(RelayJob job, RelayScratch &scratch, QObject *parent)
        : QObject(parent)
        , m_relay(std::move(job), scratch)
    {
        for (const auto side : {Relay::Side::User, Relay::Side::Service}) {
            Watch &watch = m_watches[static_cast<size_t>(side)];
            watch.read = std::make_unique<QSocketNotifier>(m_relay.fd(side), QSocketNotifier::Read);
            watch.write = std::make_unique<QSocketNotifier>(m_relay.fd(side), QSocketNotifier::Write);
            QObject::connect(watch.read.get(), &QSocketNotifier::activated, this, [this, side] {
                m_relay.setReadable(side);
                run();
            });
            QObject::connect(watch.write.get(), &QSocketNotifier::activated, this, [this, side] {
                m_relay.setWritable(side);
                run();
            });
        }
        watchAgain();
    }

    void run()
    {
        if (m_ended)
            return;
        switch (m_relay.run()) {
        case Relay::Outcome::Waiting:
            watchAgain();
            break;
        case Relay::Outcome::MoreToDo:
            QMetaObject::invokeMethod(this, &NotifiedRelay::run, Qt::QueuedConnection);
            break;
        case Relay::Outcome::Ended:
            m_ended = true;
            for (Watch &watch : m_watches) {
                watch.read->setEnabled(false);
                watch.write->setEnabled(false);
            }
            Q_EMIT ended();
            break;
        }
    }

Q_SIGNALS:
    void ended();

private:
    struct Watch
    {
        std::unique_ptr<QSocketNotifier> read;
        std::unique_ptr<QSocketNotifier> write;
    };

    void watchAgain()
    {
        for (const auto side : {Relay::Side::User, Relay::Side::Service}) {
            const Watch &watch = m_watches[static_cast<size_t>(side)];
            watch.read->setEnabled(m_relay.wantsRead(side));
            watch.write->setEnabled(m_relay.wantsWrite(side));
        }
    }

    Relay m_relay; // before the notifiers: they must go before the descriptors do
    std::array<Watch, 2> m_watches;
    bool m_ended = false;
};

/// For systems without epoll, and for testing on Linux that it works (FRPX_RELAY=portable).
class PortableRelayWorker final : public RelayWorker
{
public:
    PortableRelayWorker()
        : m_owner(new QObject)
    {
        m_owner->moveToThread(&m_thread);
        // The relays are children of m_owner and die with it in their own thread.
        QObject::connect(&m_thread, &QThread::finished, m_owner, &QObject::deleteLater);
        m_thread.start();
    }

    ~PortableRelayWorker() override
    {
        m_thread.quit();
        m_thread.wait();
    }

    void adopt(RelayJob job) override
    {
        m_open.fetch_add(1, std::memory_order_relaxed);
        if (job.meter)
            job.meter->open.fetch_add(1, std::memory_order_relaxed);
        // A functor for a queued call must be copyable; a call that is never delivered still closes the job.
        auto shared = std::make_shared<RelayJob>(std::move(job));
        QMetaObject::invokeMethod(
            m_owner, [this, shared] { start(std::move(*shared)); }, Qt::QueuedConnection);
    }

private:
    void start(RelayJob job)
    {
        auto *relay = new NotifiedRelay(std::move(job), m_scratch, m_owner);
        QObject::connect(relay, &NotifiedRelay::ended, m_owner, [this, relay] {
            m_open.fetch_sub(1, std::memory_order_relaxed);
            relay->deleteLater();
        });
    }

    RelayScratch m_scratch;
    QThread m_thread;
    QObject *m_owner; // lives in m_thread, deletes itself at its end
};

} // namespace

std::unique_ptr<RelayWorker> RelayWorker::createPortable()
{
    return std::make_unique<PortableRelayWorker>();
}

} // namespace frpx

#include "portablerelayworker.moc"
