// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/hostlookup.h"

#include "common/core/logging.h"
#include "common/net/dialtarget.h"

#include <QHostInfo>
#include <QThreadPool>

#include <atomic>
#include <mutex>

using namespace Qt::StringLiterals;

namespace frpx::net {

namespace {

constexpr int lookupThreads = 8; // a lookup takes half a minute when the name server is down
constexpr int maxLookups = 1024; // running and waiting, in the whole program

std::atomic<int> lookups = 0;

/// Never destroyed: the end of the program must not wait for a name server.
QThreadPool &pool()
{
    static auto *const threads = [] {
        auto *made = new QThreadPool;
        made->setMaxThreadCount(lookupThreads);
        made->setExpiryTimeout(5000);
        return made;
    }();
    return *threads;
}

} // namespace

/// The receiver of the result, as long as it exists.
struct HostLookup::Receiver
{
    std::mutex mutex;
    HostLookup *lookup; // guarded by mutex; null: it is deleted
};

HostLookup::HostLookup(QObject *parent)
    : QObject(parent)
    , m_receiver(std::make_shared<Receiver>())
{
    m_receiver->lookup = this;
}

HostLookup::~HostLookup()
{
    const std::scoped_lock lock(m_receiver->mutex);
    m_receiver->lookup = nullptr;
}

void HostLookup::start(const QString &host)
{
    if (std::exchange(m_isRunning, true))
        return;
    const auto answer = [receiver = m_receiver](
                            const QList<QHostAddress> &addresses, const QString &reason, bool isUnknown) {
        const std::scoped_lock lock(receiver->mutex);
        if (HostLookup *lookup = receiver->lookup) {
            QMetaObject::invokeMethod(
                lookup, [=] { lookup->finish(addresses, reason, isUnknown); }, Qt::QueuedConnection);
        }
    };
    if (const QHostAddress literal(host); !literal.isNull())
        return answer({literal}, {}, false);
    const QString name = logSafe(host, 256);
    if (lookups.fetch_add(1) >= maxLookups) {
        --lookups;
        return answer(
            {}, u"the host %1 cannot be looked up: too many lookups are under way"_s.arg(name), false);
    }
    pool().start([host, name, answer] {
        const QHostInfo info = QHostInfo::fromName(host);
        --lookups;
        const bool isUnknown = info.error() == QHostInfo::HostNotFound;
        answer(interleaved(info.addresses()),
            isUnknown ? u"the host %1 is unknown"_s.arg(name)
                      : u"the host %1 cannot be looked up: %2"_s.arg(name, info.errorString()),
            isUnknown);
    });
}

void HostLookup::finish(const QList<QHostAddress> &addresses, const QString &reason, bool isUnknown)
{
    m_isRunning = false;
    if (addresses.isEmpty())
        Q_EMIT failed(reason, isUnknown);
    else
        Q_EMIT found(addresses);
}

} // namespace frpx::net
