// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"

#include <QByteArray>

#include <array>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace frpx::test {

namespace {

constexpr qsizetype maxHeldAtOnce = qsizetype(256) * 1024;
constexpr qsizetype maxHeldAfterEof = qsizetype(16) * 1024 * 1024;

class EchoConnection : public PollConnection
{
public:
    EchoConnection(Fd fd, EchoService::Mode mode)
        : PollConnection(std::move(fd))
        , m_mode(mode)
    { }

    bool advance() override;
    quint32 interest() const override
    {
        return (mayRead() ? quint32(EPOLLIN) : 0U) | (maySend() ? quint32(EPOLLOUT) : 0U);
    }

private:
    bool mayRead() const
    {
        return !m_ended && (m_mode == EchoService::Mode::AfterEof || m_held.size() < maxHeldAtOnce);
    }
    bool maySend() const { return !m_held.isEmpty() && (m_mode == EchoService::Mode::AtOnce || m_ended); }
    bool send();

    const EchoService::Mode m_mode;
    bool m_ended = false;
    QByteArray m_held;
};

bool EchoConnection::advance()
{
    std::array<char, 65'536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init)
    if (mayRead()) {
        size_t count = 0;
        switch (readSome(fd(), buffer.data(), buffer.size(), &count)) {
        case Io::Done:
            m_held.append(buffer.data(), static_cast<qsizetype>(count));
            break;
        case Io::End:
            m_ended = true;
            break;
        case Io::Failed:
            return false;
        case Io::Again:
            break;
        }
    }
    if (m_held.size() > maxHeldAfterEof)
        return false;
    if (maySend() && !send())
        return false;
    return !m_ended || !m_held.isEmpty();
}

bool EchoConnection::send()
{
    qsizetype sent = 0;
    Io io = Io::Done;
    while (io == Io::Done && sent < m_held.size()) {
        size_t count = 0;
        io = writeSome(fd(), QByteArrayView(m_held).sliced(sent), &count);
        sent += static_cast<qsizetype>(count);
    }
    m_held.remove(0, sent);
    return io != Io::Failed;
}

} // namespace

std::unique_ptr<PollConnection> EchoService::makeConnection(Fd fd)
{
    return std::make_unique<EchoConnection>(std::move(fd), m_mode);
}

} // namespace frpx::test
