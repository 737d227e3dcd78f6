// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"
#include "frps/api/httplimits.h"
#include "frps/api/httpmessage.h"

#include <QSslConfiguration>
#include <QSslSocket>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace frpx::server {

/// One HTTP connection. Like QSslSocket it is a QTcpSocket around another one, the wire, which this class
/// owns. QHttpServer sees only this object, and gets only whole, valid requests, one at a time.
///
/// So limits, Expect, Connection, HEAD, pipelining and malformed requests are handled here; QHttpServer
/// ignores them or handles them wrongly. Handlers answer before they return, or call deferAnswer() and later
/// deliver(); a later write in another way fails.
///
/// Everything that takes time is done in takeTurn(), which the owner calls: a TLS handshake, a request, a
/// part of a long answer. No further request is read while the peer has not taken an answer.
class HttpSocket : public QTcpSocket
{
    Q_OBJECT

public:
    using TimePoint = std::chrono::steady_clock::time_point;

    enum class State {
        Reading, ///< waits for a request, or for the rest of one
        Answering, ///< QHttpServer has the request
        Closing, ///< the last answer is being sent
        Lingering, ///< this side is closed; the peer reads the answer and closes
        Closed,
    };

    /// With \a tls the connection uses TLS; its handshake counts as part of the first request's time.
    HttpSocket(const HttpLimits &limits, ApiClock clock, const std::optional<QSslConfiguration> &tls,
        QObject *parent);
    ~HttpSocket() override;

    /// Called once for every whole request, before QHttpServer gets it: how long it must wait. Nullopt: it is
    /// refused.
    using Admission = std::function<std::optional<std::chrono::nanoseconds>(const RequestHead &)>;
    void setAdmission(Admission admission) { m_admission = std::move(admission); }

    /// Takes over the connected \a descriptor. If it returns false, the caller still owns the descriptor.
    bool adopt(qintptr descriptor);

    State httpState() const { return m_state; }

    /// Sends a failure, and closes once the peer has had time to read it.
    void refuse(int status, const QString &message);

    /// For a handler that cannot answer at once: the socket waits, within its time, for deliver() with the
    /// returned number. Only between requestTaken() and requestGiven().
    quint64 deferAnswer();
    /// Answers request \a number. Does nothing if that has been answered or its time is over.
    void deliver(quint64 number, ApiResponse response);

    /// Does the next piece of work, after turnWanted().
    void takeTurn();

    /// True: the next step is the peer's, so the connection may be closed to make room.
    bool waitsForPeer() const { return m_state != State::Answering || (m_stream && unsent() > 0); }
    /// When expire() must be called.
    TimePoint deadline() const { return m_deadline; }
    /// The peer took too long: sends a failure where the peer can expect one, and closes.
    void expire();
    /// Closes without an answer, to make room.
    void giveWay();

    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    qintptr socketDescriptor() const override;
    void disconnectFromHost() override;
    void close() override;

Q_SIGNALS:
    /// takeTurn() must be called after \a wait. Emitted once until then.
    void turnWanted(std::chrono::nanoseconds wait);
    /// A whole request was read; QHttpServer handles it between these two signals.
    void requestTaken();
    void requestGiven();
    /// The connection has ended. The owner deletes this object.
    void closed();

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 readLineData(char *data, qint64 maxSize) override;
    qint64 skipData(qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    /// An answer that is sent in parts.
    struct Stream
    {
        ApiResponse rest;
        bool begun = false; ///< its head has been sent
    };

    void onWireReadyRead();
    void onWireBytesWritten();
    void wantTurn(std::chrono::nanoseconds wait = {});
    bool hasWork() const;
    void readRequest();
    bool mayCome(const RequestHead &head);
    void readMore(const RequestHead *head);
    void answer(const RequestHead &head, QByteArrayView body);
    void complete();
    void sendPart();
    void sendNow(const QByteArray &bytes);
    void sendLast(const QByteArray &response);
    void whenSent();
    void setReading(qint64 limit);
    qint64 unsent() const;
    void lingerWhenSent();
    void finish();
    void setState(State state, std::chrono::milliseconds time);

    const HttpLimits m_limits;
    const ApiClock m_clock;
    QSslSocket *m_tls = nullptr; ///< the wire, if that is encrypted
    const std::unique_ptr<QTcpSocket> m_socket;
    QTcpSocket &m_wire;
    State m_state = State::Reading;
    TimePoint m_deadline;
    bool m_requestBegun = false; ///< bytes of a request have arrived, but not all
    bool m_continueSent = false; ///< "100 Continue" was sent for this request
    bool m_hangUpWanted = false; ///< QHttpServer closed its side while answering
    bool m_refused = false; ///< the peer may not have sent all of its request
    bool m_turnWanted = false; ///< takeTurn() will be called
    bool m_isIncomplete = false; ///< the bytes read are not a whole request
    bool m_admitted = false; ///< the request that was read need not wait any more
    qsizetype m_taken = 0; ///< bytes of the request being answered; the wire still holds them
    std::optional<RequestRefusal> m_earlyRefusal; ///< sent once TLS is established
    bool m_deferred = false; ///< deliver() will bring the answer
    bool m_giving = false; ///< QHttpServer is handling the request now
    bool m_headOnly = false; ///< of the request being answered, like the next three
    bool m_isHttp11 = true;
    bool m_last = false;
    quint64 m_number = 0;
    QByteArray m_request; ///< the bytes of its request that QHttpServer has not read yet
    QByteArray m_response; ///< what QHttpServer has written so far
    std::optional<Stream> m_stream;
    Admission m_admission;
};

} // namespace frpx::server
