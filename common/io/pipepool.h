// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"

#include <QtGlobal>

#include <vector>

namespace frpx {

/// A kernel pipe that splice() moves bytes through without copying them.
struct Pipe
{
    UniqueFd in;
    UniqueFd out;
    size_t capacity = 0; ///< bytes

    explicit operator bool() const { return in.isValid(); }
};

/// The pipes of one relay loop: borrowed while bulk data is in flight, so that idle relays own none.
///
/// Unprivileged processes get about 64 pipes of 1 MiB from the kernel, then only tiny ones, which would be
/// slower than copying: take() then returns an invalid Pipe, and the relay continues to copy. One thread
/// only.
class PipePool
{
public:
    /// An empty pipe of at least 64 KiB, or an invalid one.
    Pipe take();
    /// Takes back an *empty* pipe; destroy a pipe with data in it instead.
    void giveBack(Pipe pipe);

private:
    static constexpr size_t maxIdle = 16;
    static constexpr size_t maxBorrowed = 256;

    std::vector<Pipe> m_idle;
    size_t m_borrowed = 0;

    friend class Relay;
    void forget() { --m_borrowed; } // a borrowed pipe was destroyed
};

} // namespace frpx
