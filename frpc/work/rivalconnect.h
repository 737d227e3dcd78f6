// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/uniquefd.h"
#include "common/relay/ioloop.h"

namespace frpx::client {

class RivalConnect;

/// The receiver of a RivalConnect's result.
class RivalOwner
{
public:
    /// \a rival is connected, or has failed; it is finished after this call. In the loop's thread.
    virtual void onRivalDecided(RivalConnect *rival) = 0;

protected:
    ~RivalOwner() = default;
};

/// A parallel connect to another address of the same service, in the relay loop of its owner, which finishes
/// it when it is not needed any more.
class RivalConnect : public IoHandler
{
public:
    /// \a index: the number of the address. \return null if the loop cannot watch \a fd.
    static RivalConnect *start(IoLoop &loop, RivalOwner &owner, size_t index, UniqueFd fd);

    RivalConnect(IoLoop &loop, RivalOwner &owner, size_t index, UniqueFd fd);

    size_t index() const { return m_index; }
    int fd() const { return m_fd.get(); }
    /// Gives the descriptor to the owner, which watches it from then on.
    UniqueFd takeFd();

    void onIo(int side, IoEvents events) override;
    bool wantsRead(int) const override { return false; }
    bool wantsWrite(int side) const override { return side == 0; }
    bool wantsError(int) const override { return false; }

private:
    IoLoop &m_loop;
    RivalOwner &m_owner;
    const size_t m_index;
    UniqueFd m_fd;
};

} // namespace frpx::client
