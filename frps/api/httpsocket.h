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

/// One HTTP connection. Like QSslSocket it is a QTcpSocket around another one: the wire inside belongs to us,
/// and QHttpServer outside sees only whole requests that were found in order, one at a time.
///
/// So the limits, Expect, Connection, HEAD, pipelining and malformed requests are dealt with here, where
/// QHttpServer does nothing or the wrong thing. Handlers answer before they return, or say deferAnswer() and
/// deliver() later; what is written later in another way is refused.
///
/// Whatever takes time is done in takeTurn(), when the owner says so: a TLS handshake, a request, a part of a
/// long answer. While the peer has an answer to take, nothing more of it is looked at.
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

    /// With \a tls the wire speaks TLS, whose handshake counts as part of the first request's time.
    HttpSocket(const HttpLimits &limits, ApiClock clock, const std::optional<QSslConfiguration> &tls,
        QObject *parent);
    ~HttpSocket() override;

    /// Asked once about every whole request, before anybody else: how long it has to wait. Nothing: it is
    /// refused.
    using Admission = std::function<std::optional<std::chrono::nanoseconds>(const RequestHead &)>;
    void setAdmission(Admission admission) { m_admission = std::move(admission); }

    /// Takes over the connected \a descriptor. When it returns false the descriptor is still the caller's.
    bool adopt(qintptr descriptor);

    State httpState() const { return m_state; }

    /// Answers with a failure of its own, and closes once the peer has had time to read it.
    void refuse(int status, const QString &message);

    /// For who is answering a request and cannot do it at once: the socket waits, within its time, for
    /// deliver() with the number that this returns. Only between requestTaken() and requestGiven().
    quint64 deferAnswer();
    /// Answers request \a number. Does nothing when that has been answered, or has run out of time.
    void deliver(quint64 number, ApiResponse response);

    /// Does the next piece of work, after turnWanted().
    void takeTurn();

    /// Whether the next word is the peer's, so that it may be sent away for others.
    bool waitsForPeer() const { return m_state != State::Answering || (m_stream && unsent() > 0); }
    /// When expire() is due.
    TimePoint deadline() const { return m_deadline; }
    /// The peer took too long: says so where that makes sense, and closes.
    void expire();
    /// Closes without a word, for others.
    void giveWay();

    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    qintptr socketDescriptor() const override;
    void disconnectFromHost() override;
    void close() override;

Q_SIGNALS:
    /// There is something to do for takeTurn(), after \a wait. Comes once until then.
    void turnWanted(std::chrono::nanoseconds wait);
    /// A request has been found; QHttpServer gets it between the two.
    void requestTaken();
    void requestGiven();
    /// The connection is gone. The owner deletes this object.
    void closed();

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 readLineData(char *data, qint64 maxSize) override;
    qint64 skipData(qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    /// An answer that is made in parts.
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
    bool m_requestBegun = false; ///< bytes of a request have come, but not all
    bool m_continueSent = false; ///< "100 Continue" was sent for this request
    bool m_hangUpWanted = false; ///< QHttpServer closed its side while answering
    bool m_refused = false; ///< the peer may not have sent all of its request
    bool m_turnWanted = false; ///< takeTurn() will be called
    bool m_isIncomplete = false; ///< what has been read is not a whole request
    bool m_admitted = false; ///< the request that has been read has waited as long as it had to
    qsizetype m_taken = 0; ///< bytes of the request being answered; they are still with the wire
    std::optional<RequestRefusal> m_earlyRefusal; ///< to be said once there is TLS
    bool m_deferred = false; ///< the answer comes by deliver()
    bool m_giving = false; ///< QHttpServer is being given the request
    bool m_headOnly = false; ///< of the request being answered, like the next three
    bool m_isHttp11 = true;
    bool m_last = false;
    quint64 m_number = 0;
    QByteArray m_request; ///< what QHttpServer has not read yet of its request
    QByteArray m_response; ///< what QHttpServer has written so far
    std::optional<Stream> m_stream;
    Admission m_admission;
};

} // namespace frpx::server
