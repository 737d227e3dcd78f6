// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <csignal>
#include <span>
#include <vector>

namespace frpx {

/// Turns POSIX signals into bytes on a pipe, which a poll can wait for. Handlers are installed without
/// SA_RESTART. May be nested: the newest pipe gets the signals; then they must be closed in reverse order.
class SignalPipe
{
public:
    enum class Ignored {
        Catch, ///< also signals that this process ignores
        Keep, ///< ignored signals stay ignored
    };

    explicit SignalPipe(std::span<const int> signalNumbers, Ignored ignored);
    ~SignalPipe();
    Q_DISABLE_COPY_MOVE(SignalPipe)

    /// False when the system has no descriptors left; then no handler is installed either.
    bool isOpen() const { return m_readEnd >= 0; }
    /// Readable while signals are queued. -1 when not open.
    int readEnd() const { return m_readEnd; }

    /// Takes queued signals, oldest first; at most a handful, so call again while readEnd() is readable.
    std::vector<int> take();

    /// Restores the old handlers and closes the pipe. \return the signals that were not taken.
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
