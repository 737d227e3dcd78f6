// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

#include <optional>

namespace frpx {

/// One entry of a trunk: what it carries for one user (docs/protocol.md, "Trunks").
struct TrunkEntry
{
    enum class Kind {
        Bytes,
        Open, ///< from the server: both ways of this user are here from now on
        Leave, ///< the sender goes on in the user's own work connection
        Gone, ///< nobody of that number is here (any more)
        Hello, ///< from the server, the first of all, for stream 0: the trunk may be used
    };
    static constexpr qsizetype headSize = 10;
    static constexpr qsizetype maxBytes = qsizetype(16) * 1024;

    Kind kind = Kind::Bytes;
    quint32 stream = 0;
    quint32 delivered = 0; ///< bytes of this user that the sender has passed on so far, modulo 2^32
    QByteArrayView bytes = {}; ///< of Kind::Bytes: 1 to maxBytes
    bool operator==(const TrunkEntry &) const = default;
};

/// Reads what has come over a trunk. No sockets, no clock.
class TrunkReader
{
public:
    /// \a wire is what has come and has not been read yet; it must outlive the entries.
    explicit TrunkReader(QByteArrayView wire)
        : m_wire(wire)
    { }

    /// The next entry; nothing if it is not whole yet, or the peer has broken the rules (isViolated()).
    std::optional<TrunkEntry> next();
    bool isViolated() const { return m_violated; }
    /// What has not been read: less than headSize + maxBytes, unless next() has more.
    QByteArrayView rest() const { return m_wire; }

private:
    QByteArrayView m_wire;
    bool m_violated = false;
};

/// Appends \a entry to \a wire.
void writeTrunkEntry(QByteArray &wire, const TrunkEntry &entry);

} // namespace frpx
