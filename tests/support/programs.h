// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/httpclient.h"
#include "tests/support/process.h"

#include <QJsonValue>

namespace frpx::test {

constexpr auto demoEmail = "test@example.com";
constexpr auto demoPassword = "123456";

/// frps on four free loopback ports with a data directory of its own.
class FrpsProcess : public Process
{
public:
    FrpsProcess();

    /// Starts it (again, on the same ports and data) and waits until it listens.
    bool start(const QStringList &more = {});
    QStringList arguments() const;

    quint16 controlPort() const { return m_ports.at(0); }
    quint16 proxyPort() const { return m_ports.at(1); }
    quint16 publicPort() const { return m_ports.at(2); }
    quint16 apiPort() const { return m_ports.at(3); }
    QString dataDirectory() const { return directory() + QStringLiteral("/data"); }

    HttpClient user() const { return HttpClient(publicPort()); }
    /// The `data` of a successful answer of the API; undefined when there is none.
    QJsonValue api(const QByteArray &path) const;
    QStringList clientIds() const;
    int activeClients() const;
    bool waitForClients(int count, int ms = 10'000) const;

private:
    QList<quint16> m_ports;
};

/// frpc with a token file of its own.
class FrpcProcess : public Process
{
public:
    explicit FrpcProcess(QString clientId);

    /// Starts it with the demo account and waits until it has registered; with \a more the caller may take
    /// other options or (by repeating one) other values.
    bool start(const FrpsProcess &server, quint16 localPort, const QStringList &more = {});
    /// The same without account, and without waiting.
    bool launch(quint16 controlPort, quint16 proxyPort, quint16 localPort, const QStringList &more);

    const QString &clientId() const { return m_clientId; }
    QString tokenFile() const { return directory() + QStringLiteral("/token.json"); }
    /// How often it has registered, as its log tells.
    int registrations() const { return countInLog("Successfully registered with the server."); }
    bool waitForRegistrations(int count, int ms = 10'000);

    static QStringList demoAccount();

private:
    QString m_clientId;
};

} // namespace frpx::test
