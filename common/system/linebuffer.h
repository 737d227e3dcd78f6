// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <array>

namespace frpx {

/// Collects the bytes of one typed line, perhaps a password: bounded, never copied while it grows, and
/// overwritten in the destructor.
class LineBuffer
{
public:
    static constexpr size_t maxLength = 4096; ///< bytes, without the end of the line

    LineBuffer() = default;
    ~LineBuffer();
    Q_DISABLE_COPY_MOVE(LineBuffer)

    bool isEmpty() const { return m_length == 0; }

    /// \return false when the buffer is full.
    bool append(char byte);

    /// The line without the carriage return that may end it; Errc::InvalidArgument when it is not UTF-8 or
    /// longer than maxLength.
    Result<QString> text() const;

private:
    std::array<char, maxLength + 1> m_bytes = {}; // one more for the carriage return
    size_t m_length = 0;
};

} // namespace frpx
