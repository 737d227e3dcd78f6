// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"
#include "frps/api/httplimits.h"
#include "frps/api/httpmessage.h"

#include <QTcpSocket>

#include <chrono>

namespace frpx::server {

/// One HTTP connection. Like QSslSocket it is a QTcpSocket around another one: the wire inside belongs to us,
/// and QHttpServer outside sees only whole requests that were found in order, one at a time.
///
/// So the limits, Expect, Connection, HEAD, pipelining and malformed requests are dealt with here, where
/// QHttpServer does nothing or the wrong thing. Handlers must answer before they return: what is written
/// later is refused.
class HttpSocket : public QTcpSocket
{
    Q_OBJECT

public:
    using TimePoint = std::chrono::steady_clock::time_point;

    enum class State {
        Reading, ///< waits for a request, or for the rest of it
        Answering, ///< QHttpServer has the request
        Closing, ///< the last answer is on its way
        Lingering, ///< our side is shut; the peer reads the answer and closes
        Closed,
    };

    HttpSocket(const HttpLimits &limits, ApiClock clock, QObject *parent);
    ~HttpSocket() override;

    /// Takes over the connected \a descriptor. When it returns false the descriptor is still the caller's.
    bool adopt(qintptr descriptor);

    State httpState() const { return m_state; }

    /// Answers with a failure of its own, and closes once the peer has had time to read it.
    void refuse(int status, const QString &message);

    /// When expire() is due.
    TimePoint deadline() const { return m_deadline; }
    /// The peer took too long: says so where that makes sense, and closes.
    void expire();

    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    qintptr socketDescriptor() const override;
    void disconnectFromHost() override;
    void close() override;

Q_SIGNALS:
    /// The connection is gone. The owner deletes this object.
    void closed();

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 readLineData(char *data, qint64 maxSize) override;
    qint64 skipData(qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    void onWireReadyRead();
    void onWireBytesWritten();
    /// Handles what has been read, as far as it goes. \return false when nothing more can be done now.
    bool handleNext();
    void answer(const RequestHead &head, QByteArrayView body);
    void sendLast(const QByteArray &response);
    void lingerWhenSent();
    void finish();
    void setState(State state, std::chrono::milliseconds time);

    const HttpLimits m_limits;
    const ApiClock m_clock;
    QTcpSocket m_wire;
    State m_state = State::Reading;
    TimePoint m_deadline;
    bool m_requestBegun = false; ///< bytes of a request have come, but not all
    bool m_continueSent = false; ///< "100 Continue" was sent for this request
    bool m_hangUpWanted = false; ///< QHttpServer closed its side while answering
    bool m_turnQueued = false; ///< more requests wait for the next turn of the event loop
    QByteArray m_request; ///< what QHttpServer has not read yet of its request
    QByteArray m_response; ///< what QHttpServer has written so far
};

} // namespace frpx::server
