// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/ioloop.h"
#include "common/net/addressrace.h"
#include "common/net/dialtarget.h"

#include <vector>

namespace frpx::client {

/// The receiver of a ServiceDial's result.
class ServiceDialOwner
{
public:
    /// The descriptor is watched; takeFd() returns it. Called at most once for each start(), perhaps during
    /// it; so is the next one.
    virtual void onServiceReached() = 0;
    virtual void onServiceFailed(const QString &reason) = 0;

protected:
    ~ServiceDialOwner() = default;
};

/// Connects to a local service from a relay loop, for one visitor: to the first of its addresses that answers
/// (RFC 8305). The descriptor is a side of the handler that needs it: the handler passes on the events of
/// that side and its turns. The handler applies the time-out.
class ServiceDial
{
public:
    /// \a handler and \a owner are the same object, usually the one that has this one as a member. The
    /// service is its side \a side.
    ServiceDial(IoLoop &loop, IoHandler &handler, ServiceDialOwner &owner, int side)
        : m_loop(loop)
        , m_handler(handler)
        , m_owner(owner)
        , m_side(side)
    { }

    /// \a target is known.
    void start(net::DialTarget target, net::FirstWord firstWord);
    /// Stops to try addresses; the result does not come.
    void stop();
    /// From start() to the result or stop().
    bool isRunning() const { return m_isRunning; }
    /// Whether events of the side are about the current descriptor; others are to be ignored.
    bool isWatching() const { return !m_isSwitching; }
    void onIo(IoEvents events);
    void onTurn();
    bool wantsWrite() const { return m_isRunning && !m_isSwitching; }

    UniqueFd takeFd() { return std::move(m_fd); }
    /// The address that has answered, if addresses before it have not.
    std::optional<QHostAddress> laterAddress() const;

private:
    void tryNext();
    bool tryAddress(size_t index);
    class Rival;
    bool startRival(size_t index, UniqueFd fd);
    void onRivalDecided(Rival &rival);
    void onAddressFailed(const QString &reason);
    void fail(const QString &reason);

    IoLoop &m_loop;
    IoHandler &m_handler;
    ServiceDialOwner &m_owner;
    const int m_side;
    net::DialTarget m_target;
    net::FirstWord m_firstWord = net::FirstWord::Unknown;
    bool m_isRunning = false;
    net::AddressRace m_race; ///< over the addresses of m_target
    UniqueFd m_fd; ///< of the first attempt, and then of the one that succeeded
    size_t m_address = 0; ///< the number of its address
    std::vector<Rival *> m_rivals; ///< connects to later addresses, parallel to the first
    bool m_isSwitching = false; ///< a parallel connect has succeeded: its descriptor is watched after this
                                ///< round of events
};

} // namespace frpx::client
