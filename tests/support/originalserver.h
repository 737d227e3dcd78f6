// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/frames.h"

#include <QHash>
#include <QObject>
#include <QTcpServer>

#include <memory>

class QTcpSocket;

namespace frpx::test {

/// The original server (`frps_demo`) as a scripted peer: it understands exactly what the original does,
/// answers with the same bytes, ignores unknown fields, notes unknown variants and goes on. It lives in the
/// test's thread and its event loop.
class OriginalServer : public QObject
{
    Q_OBJECT

public:
    OriginalServer();
    ~OriginalServer() override;

    /// Listens, on the same ports as the last time if there was one. Tokens outlive a stop.
    bool start();
    /// Closes the listeners and every link.
    void stop();
    /// Closes the control links only.
    void dropLinks();

    quint16 controlPort() const { return m_controlPort; }
    quint16 proxyPort() const { return m_proxyPort; }

    void setAccount(const QString &email, const QString &password);
    /// Forgets every token: the next LoginByToken gets `Invalid token`.
    void revokeTokens() { m_tokens.clear(); }

    /// The token it gave out last.
    const QString &lastToken() const { return m_lastToken; }
    /// Whether a refused login ends the link (it does). A client has to cope with either.
    void setClosesAfterRefusal(bool on) { m_closesAfterRefusal = on; }

    /// Every frame that has arrived on the control and on the proxy port: header and payload, as they came.
    const QList<QByteArray> &controlFrames() const { return m_controlFrames; }
    const QList<QByteArray> &proxyFrames() const { return m_proxyFrames; }
    /// The payloads of one variant in their order.
    QList<QByteArray> payloads(const QString &variant) const;
    void forgetFrames();
    /// Everything the original would have complained about.
    const QStringList &problems() const { return m_problems; }

    int linkCount() const { return static_cast<int>(m_links.size()); }
    bool waitForRegistered(const QString &clientId, int ms = 10'000);

    /// What the original does for a public connection: asks a client for a proxy connection and hands it out
    /// with the frame read off, so that raw bytes follow. Null when the client does not dial back.
    std::unique_ptr<QTcpSocket> openUserConnection(int ms = 5'000);

private:
    struct Link
    {
        bool loggedIn = false;
        QString clientId;
        FrameBuffer frames;
    };

    void acceptControl();
    void acceptProxy();
    void readControl(QTcpSocket *socket);
    void readProxy(QTcpSocket *socket);
    void handle(QTcpSocket *socket, const QByteArray &payload);
    void login(QTcpSocket *socket, const WireMessage &message);
    void registerClient(QTcpSocket *socket, const WireMessage &message);
    void forget(QTcpSocket *socket);

    QTcpServer m_control;
    QTcpServer m_proxy;
    quint16 m_controlPort = 0;
    quint16 m_proxyPort = 0;
    QString m_email;
    QString m_password;
    QHash<QString, QString> m_tokens;
    QString m_lastToken;
    bool m_closesAfterRefusal = true;
    QHash<QTcpSocket *, Link> m_links;
    QList<QTcpSocket *> m_unclaimed; // proxy connections whose frame has not arrived
    QHash<QString, QTcpSocket *> m_waiting; // by id: asked for, and null until it is dialled
    QList<QByteArray> m_controlFrames;
    QList<QByteArray> m_proxyFrames;
    QStringList m_problems;
};

} // namespace frpx::test
