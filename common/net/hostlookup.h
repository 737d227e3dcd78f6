// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>
#include <QObject>

#include <memory>

namespace frpx::net {

/// Looks up the addresses of host names, always anew: QHostInfo::lookupHost() would answer from a cache for a
/// minute. Lives on one thread, which it never blocks; lookups run on a few threads of their own.
class HostLookup : public QObject
{
    Q_OBJECT

public:
    explicit HostLookup(QObject *parent = nullptr);
    ~HostLookup() override;

    /// Begins to look \a host up; an address is its own answer. One of the signals follows, not from within
    /// this call, unless the object is destroyed before. Does nothing while isRunning().
    void start(const QString &host);
    bool isRunning() const { return m_isRunning; }

Q_SIGNALS:
    /// \a addresses: in the order to try them (see interleaved()), not empty.
    void found(const QList<QHostAddress> &addresses);
    /// No address: \a reason names the host. \a isUnknown: there is no such name, as opposed to that nobody
    /// could be asked.
    void failed(const QString &reason, bool isUnknown);

private:
    struct Receiver;

    void finish(const QList<QHostAddress> &addresses, const QString &reason, bool isUnknown);

    bool m_isRunning = false;
    const std::shared_ptr<Receiver> m_receiver; ///< shared with the thread that looks up
};

} // namespace frpx::net
