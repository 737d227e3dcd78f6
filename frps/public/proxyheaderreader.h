// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/uniquefd.h"
#include "common/protocol/proxyprotocol.h"

#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <memory>
#include <unordered_map>

namespace frpx::server {

/// Reads the PROXY header in front of connections that come through a front proxy, and not a byte more, so
/// that the user's stream stays in the kernel. One that does not send it whole in time, or sends something
/// else, is closed. Lives on the control thread.
class ProxyHeaderReader : public QObject
{
    Q_OBJECT

public:
    static constexpr size_t maxWaiting = 4096;
    static constexpr qint64 timeoutMs = 5000;

    /// Gets each connection whose header is read, with the address of the proxy it came through.
    using Handler =
        std::function<void(UniqueFd user, const net::Endpoint &proxy, const proxyproto::Header &header)>;

    explicit ProxyHeaderReader(Handler handler, QObject *parent = nullptr);
    ~ProxyHeaderReader() override;

    void read(UniqueFd user, const net::Endpoint &proxy);
    /// Closes what has missed its deadline. Call a few times a second with steadyMs().
    void sweep(qint64 now);

    size_t waiting() const { return m_pending.size(); }
    /// Closed for want of a header, since the start. Checks by the proxy, which close without a word, do not
    /// count.
    quint64 refused() const { return m_refused; }

private:
    struct Pending
    {
        UniqueFd fd;
        net::Endpoint proxy;
        QByteArray header; ///< what has come of it
        qint64 deadlineMs = 0;
        std::unique_ptr<QSocketNotifier> notifier; // last: it must go before the descriptor does
    };
    using Map = std::unordered_map<int, Pending>; // by descriptor

    void onReadable(int fd);
    /// True once it is decided what becomes of the connection.
    bool advance(Pending &pending);
    void refuse(Pending &pending, const QString &why);
    void discard(Map::iterator it);

    Handler m_handler;
    Map m_pending;
    quint64 m_refused = 0;
};

} // namespace frpx::server
