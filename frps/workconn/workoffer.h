// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace frpx::server {

/// A visitor offered to a client on a waiting work connection.
struct WorkOffer
{
    QString id; ///< of the visitor
    std::optional<net::LinkEnds> visitor = {}; ///< its addresses; local: where it has connected to
    std::optional<QString> tunnel = {}; ///< absent: the tunnel of the wire without names
    bool inChunks = false; ///< the bytes follow in chunks, and the connection can serve again
};

/// The message that makes \a offer.
QByteArray encodeOffer(const WorkOffer &offer);

/// Reads the client's answer to a WorkOffer from the bytes that it sends.
class OfferAnswer
{
public:
    enum class Kind {
        MoreNeeded,
        Accepted, ///< rest(): the service's bytes behind the answer
        Refused, ///< text(): the client's reason, fit for logs
        Broken, ///< not an answer; text() says why, for the log
    };

    Kind add(QByteArrayView bytes);
    const QString &text() const { return m_text; }
    const QByteArray &rest() const { return m_bytes; }

private:
    Kind acceptedAfter(qsizetype size);

    QByteArray m_bytes; ///< header, payload, then bytes of the service
    QString m_text;
};

} // namespace frpx::server
