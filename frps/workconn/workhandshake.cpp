// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/workconn/workhandshake.h"

#include <array>

using namespace Qt::StringLiterals;

namespace frpx::server {

void WorkHandshake::start(IoLoop &loop, Job job, Done done)
{
    TlsAcceptor::start(std::make_unique<WorkHandshake>(loop, std::move(job), std::move(done)));
}

WorkHandshake::WorkHandshake(IoLoop &loop, Job job, Done done)
    : TlsAcceptor(loop, std::move(job))
    , m_done(std::move(done))
{ }

void WorkHandshake::onSecured()
{
    if (!m_opening)
        readOpening();
    if (!m_opening || stream().hasUnsent()) // the session tickets of TLS are sent first
        return;
    conclude();
    std::unique_ptr<TlsState> tls = stream().takeTls();
    m_done(Opened{std::move(*m_opening), WorkConn(stream().takeFd(), std::move(tls))});
}

void WorkHandshake::readOpening()
{
    while (stream().isReadable()) {
        std::array<char, 256> bytes; // such a frame has about 70 bytes
        const auto room = std::min<size_t>(size_t(m_frame.missing()), bytes.size());
        const WireRead got = stream().read(bytes.data(), room);
        if (got.bytes > 0) {
            Result<std::optional<WorkOpening>> frame =
                m_frame.add({bytes.data(), static_cast<qsizetype>(got.bytes)});
            if (!frame)
                return fail(frame.error().detail);
            m_opening = std::move(*frame);
            if (m_opening)
                return;
        }
        if (got.status != WireStatus::Open)
            return fail(u"it closed without introducing itself"_s);
    }
}

void WorkHandshake::onFailed(const QString &why)
{
    m_done(Error{Errc::LinkLost, why});
}

} // namespace frpx::server
