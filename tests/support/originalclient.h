// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/frames.h"

#include <QObject>
#include <QPointer>
#include <QTcpSocket>

class QTimer;

namespace frpx::test {

/// The original client (`frpc_demo`) as a scripted peer, in the test's thread and its event loop. Like the
/// original it gives up on anything it does not understand: then problems() says what it was.
class OriginalClient : public QObject
{
    Q_OBJECT

public:
    enum class HeartbeatForm { Bare, WithModels };

    OriginalClient(quint16 controlPort, quint16 proxyPort);

    void setLocalPort(quint16 port) { m_localPort = port; }
    /// Whether it dials back when asked to (it does); without, the requests are only noted.
    void setAnswering(bool on) { m_answering = on; }

    /// Each connects if need be, sends, and waits for the result.
    bool login(const QString &email, const QString &password, int ms = 10'000);
    bool loginByToken(const QString &token, int ms = 10'000);
    bool registerAs(const QString &clientId, int ms = 10'000);

    void sendHeartbeat(HeartbeatForm form);
    void sendSystemInfo(double cpu, double memory, double disk);

    /// The text of the last refusal.
    const QString &error() const { return m_error; }
    const QString &token() const { return m_token; }
    bool isConnected() const { return m_link.state() == QAbstractSocket::ConnectedState; }
    void close() { m_link.abort(); }

    /// Every frame that has arrived: header and payload, as they came.
    const QList<QByteArray> &frames() const { return m_frames; }
    const QStringList &requestedIds() const { return m_requestedIds; }
    const QStringList &problems() const { return m_problems; }

private:
    bool exchange(const QByteArray &payload, const QString &answer, int ms);
    void readLink();
    void handle(const QByteArray &payload);
    void giveUp(const QString &why);
    void dialBack(const QString &id);

    QTcpSocket m_link;
    FrameBuffer m_buffer;
    quint16 m_controlPort;
    quint16 m_proxyPort;
    quint16 m_localPort = 0;
    bool m_answering = true;
    QString m_awaited;
    bool m_success = false;
    QString m_error;
    QString m_token;
    QList<QByteArray> m_frames;
    QStringList m_requestedIds;
    QStringList m_problems;
};

} // namespace frpx::test
