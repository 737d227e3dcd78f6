// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/public/proxyheaderreader.h"

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

/// Takes \a size bytes that have been peeked at out of \a fd.
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

void ProxyHeaderReader::read(UniqueFd user, const net::Endpoint &proxy)
{
    Pending pending;
    pending.fd = std::move(user);
    pending.proxy = proxy;
    if (advance(pending)) // usually the header has come with the connection: no notifier needed
        return;
    if (m_pending.size() >= maxWaiting)
        return refuse(pending, u"too many are waiting for theirs"_s);
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
    it->second.notifier->setEnabled(false); // the descriptor may change hands now
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
        if (got <= 0 && pending.header.isEmpty()) { // the proxy only looks whether we are there
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
        // What is no end of the header yet is all header: taking it keeps a notifier from reporting it for
        // ever.
        const qsizetype end = whole ? (*parsed)->size : pending.header.size();
        if (!consume(fd, end - before))
            return refuse(pending, u"it broke"_s), true;
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
    // The notifier may be the one whose signal we are in.
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
        refuse(current->second, u"its PROXY header did not come in time"_s);
        discard(current);
    }
}

} // namespace frpx::server
