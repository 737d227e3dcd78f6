// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"
#include "common/protocol/proxy/proxyprotocol.h"

#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <memory>
#include <unordered_map>

namespace frpx::server {

/// Reads the PROXY header of connections from a front proxy, and not a byte more, so that the visitor's
/// stream stays in the kernel. A connection that does not send the whole header in time, or sends something
/// else, is closed. Lives on the control thread.
class ProxyHeaderReader : public QObject
{
    Q_OBJECT

public:
    static constexpr size_t maxWaiting = 4096;
    static constexpr qint64 timeoutMs = 5000;

    /// Gets each connection whose header is read, with the address of the proxy that opened it.
    using Handler =
        std::function<void(UniqueFd visitor, const net::Endpoint &proxy, const proxyproto::Header &header)>;

    explicit ProxyHeaderReader(Handler handler, QObject *parent = nullptr);
    ~ProxyHeaderReader() override;

    void read(UniqueFd visitor, const net::Endpoint &proxy);
    /// Closes connections that have missed their deadline. Call a few times a second with steadyMs().
    void sweep(qint64 now);

    size_t waiting() const { return m_pending.size(); }
    /// Connections closed without a valid header, since the start. Checks by the proxy, which send nothing,
    /// do not count.
    quint64 refused() const { return m_refused; }

private:
    struct Pending
    {
        UniqueFd fd;
        net::Endpoint proxy;
        QByteArray header; ///< the bytes read so far
        qint64 deadlineMs = 0;
        std::unique_ptr<QSocketNotifier> notifier; // last: it must go before the descriptor does
    };
    using Map = std::unordered_map<int, Pending>; // by descriptor

    void onReadable(int fd);
    /// True once the connection is accepted or refused.
    bool advance(Pending &pending);
    void refuse(Pending &pending, const QString &why);
    void discard(Map::iterator it);

    Handler m_handler;
    Map m_pending;
    quint64 m_refused = 0;
};

} // namespace frpx::server
