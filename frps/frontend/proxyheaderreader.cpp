// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/proxyheaderreader.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "common/net/sockets.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind badHeader{lcPublic};

/// Reads \a size bytes that were peeked at, and drops them.
bool consume(int fd, qsizetype size)
{
    std::array<char, proxyproto::maxSize> bytes;
    while (size > 0) {
        const ssize_t got = ::recv(fd, bytes.data(), static_cast<size_t>(size), 0);
        if (got <= 0)
            return false;
        size -= got;
    }
    return true;
}

} // namespace

ProxyHeaderReader::ProxyHeaderReader(Handler handler, QObject *parent)
    : QObject(parent)
    , m_handler(std::move(handler))
{ }

ProxyHeaderReader::~ProxyHeaderReader() = default;

void ProxyHeaderReader::read(UniqueFd visitor, const net::Endpoint &proxy)
{
    Pending pending;
    pending.fd = std::move(visitor);
    pending.proxy = proxy;
    if (advance(pending)) // usually the header has arrived with the connection: no notifier needed
        return;
    if (m_pending.size() >= maxWaiting)
        return refuse(pending, u"too many headers are awaited already"_s);
    pending.deadlineMs = steadyMs() + timeoutMs;
    const int number = pending.fd.get();
    pending.notifier = std::make_unique<QSocketNotifier>(number, QSocketNotifier::Read);
    connect(
        pending.notifier.get(), &QSocketNotifier::activated, this, [this, number] { onReadable(number); });
    m_pending.insert_or_assign(number, std::move(pending));
}

void ProxyHeaderReader::onReadable(int fd)
{
    const auto it = m_pending.find(fd);
    if (it == m_pending.end())
        return;
    it->second.notifier->setEnabled(false); // advance() may give the descriptor away
    if (advance(it->second))
        discard(it);
    else
        it->second.notifier->setEnabled(true);
}

bool ProxyHeaderReader::advance(Pending &pending)
{
    const int fd = pending.fd.get();
    while (true) {
        std::array<char, proxyproto::maxSize> bytes;
        const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return false;
        if (got <= 0 && pending.header.isEmpty()) { // a check of reachability by the proxy
            qCDebug(lcPublic).noquote() << pending.proxy.toString() << "closed without a PROXY header";
            pending.fd.reset();
            return true;
        }
        if (got <= 0)
            return refuse(pending, u"it closed within its header"_s), true;
        const qsizetype before = pending.header.size();
        pending.header.append(bytes.data(), got);
        const Result<std::optional<proxyproto::Parsed>> parsed = proxyproto::parse(pending.header);
        if (!parsed)
            return refuse(pending, parsed.error().detail), true;
        const bool whole = parsed->has_value();
        // Until the end is found all bytes belong to the header. They are read now, so that the notifier does
        // not report them again.
        const qsizetype end = whole ? (*parsed)->size : pending.header.size();
        if (!consume(fd, end - before))
            return refuse(pending, u"its connection broke"_s), true;
        if (whole)
            return m_handler(std::move(pending.fd), pending.proxy, (*parsed)->header), true;
    }
}

void ProxyHeaderReader::refuse(Pending &pending, const QString &why)
{
    ++m_refused;
    logThrottled(
        badHeader, u"A connection of the front proxy %1 is closed: %2"_s.arg(pending.proxy.toString(), why));
    pending.fd.reset();
}

void ProxyHeaderReader::discard(Map::iterator it)
{
    // This may run in a slot of the notifier's own signal.
    it->second.notifier.release()->deleteLater();
    m_pending.erase(it);
}

void ProxyHeaderReader::sweep(qint64 now)
{
    for (auto it = m_pending.begin(); it != m_pending.end();) {
        const auto current = it++;
        if (current->second.deadlineMs > now)
            continue;
        current->second.notifier->setEnabled(false);
        refuse(current->second, u"its PROXY header did not arrive in time"_s);
        discard(current);
    }
}

} // namespace frpx::server
