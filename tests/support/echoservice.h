// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/pollserver.h"

namespace frpx::test {

/// A local TCP service that sends back what it gets: at once, or only after the peer has ended its side (so
/// that an answer arrives only where half-close works). Ends its own side when all is sent back.
class EchoService : public PollServer
{
public:
    enum class Mode { AtOnce, AfterEof };

    explicit EchoService(Mode mode = Mode::AtOnce)
        : m_mode(mode)
    { }
    ~EchoService() override { stop(); }

protected:
    std::unique_ptr<PollConnection> makeConnection(Fd fd) override;

private:
    const Mode m_mode;
};

} // namespace frpx::test
