// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>
#include <QObject>

#include <memory>

namespace frpx::net {

/// Looks up the addresses of host names without a cache: QHostInfo::lookupHost() would answer from its cache
/// for a minute. Lives on one thread and never blocks it; lookups run on a few threads of their own.
class HostLookup : public QObject
{
    Q_OBJECT

public:
    explicit HostLookup(QObject *parent = nullptr);
    ~HostLookup() override;

    /// Starts the lookup of \a host; an address is its own result. One of the signals follows, never during
    /// the call, unless the object is deleted. Does nothing while isRunning().
    void start(const QString &host);
    bool isRunning() const { return m_isRunning; }

Q_SIGNALS:
    /// \a addresses: in the order to try them (see interleaved()), not empty.
    void found(const QList<QHostAddress> &addresses);
    /// There is no address: \a reason names the host. \a isUnknown: the name does not exist, in contrast to a
    /// name server that cannot be reached.
    void failed(const QString &reason, bool isUnknown);

private:
    struct Receiver;

    void finish(const QList<QHostAddress> &addresses, const QString &reason, bool isUnknown);

    bool m_isRunning = false;
    const std::shared_ptr<Receiver> m_receiver; ///< shared with the lookup thread
};

} // namespace frpx::net
