// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <csignal>
#include <span>
#include <vector>

namespace frpx {

/// Turns POSIX signals into bytes on a pipe, where a poll can wait for them. Handlers go in without
/// SA_RESTART. May nest, the newest pipe gets the signals; then they must end in reverse order.
class SignalPipe
{
public:
    enum class Ignored {
        Catch, ///< also signals this process was told to ignore
        Keep, ///< what is ignored stays so
    };

    explicit SignalPipe(std::span<const int> signalNumbers, Ignored ignored);
    ~SignalPipe();
    Q_DISABLE_COPY_MOVE(SignalPipe)

    /// False when the system has no descriptors left; then no handler was installed either.
    bool isOpen() const { return m_readEnd >= 0; }
    /// Readable as long as signals wait. -1 when not open.
    int readEnd() const { return m_readEnd; }

    /// Takes the signals that wait, oldest first; at most a handful, call again as long as readEnd() is
    /// readable.
    std::vector<int> take();

    /// Puts the old handlers back and closes the pipe. \return the signals nobody took.
    std::vector<int> release();

private:
    struct Replaced
    {
        int signalNumber;
        struct sigaction old;
    };

    int m_readEnd = -1;
    int m_writeEnd = -1;
    int m_outerWriteEnd = -1;
    std::vector<Replaced> m_replaced;
};

} // namespace frpx
