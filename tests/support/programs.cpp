// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/programs.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace Qt::StringLiterals;

namespace frpx::test {

FrpsProcess::FrpsProcess()
    : m_ports(freePorts(4))
{ }

QStringList FrpsProcess::arguments() const
{
    return {u"--listen"_s, u"127.0.0.1"_s, u"--control-port"_s, QString::number(controlPort()),
        u"--proxy-port"_s, QString::number(proxyPort()), u"--public-port"_s, QString::number(publicPort()),
        u"--api-port"_s, QString::number(apiPort()), u"--data-dir"_s, dataDirectory()};
}

bool FrpsProcess::start(const QStringList &more)
{
    const qsizetype from = logSize();
    return Process::start(frpsProgram(), arguments() + more)
        && waitForLog(u"FRPS listening on ports: Control=%1, Proxy=%2, Public=%3, API=%4"_s.arg(controlPort())
                          .arg(proxyPort())
                          .arg(publicPort())
                          .arg(apiPort()),
            20'000, from);
}

QJsonValue FrpsProcess::api(const QByteArray &path) const
{
    const HttpReply reply = HttpClient(apiPort()).get(path);
    const QJsonObject envelope = QJsonDocument::fromJson(reply.body).object();
    if (!reply.isOk() || !envelope.value("success"_L1).toBool())
        return QJsonValue::Undefined;
    return envelope.value("data"_L1);
}

QStringList FrpsProcess::clientIds() const
{
    QStringList ids;
    const QJsonArray clients = api("/api/clients").toArray();
    for (const auto &client : clients)
        ids << client.toObject().value("client_id"_L1).toString();
    ids.sort();
    return ids;
}

int FrpsProcess::activeClients() const
{
    return api("/api/stats").toObject().value("active_clients"_L1).toInt(-1);
}

bool FrpsProcess::waitForClients(int count, int ms) const
{
    return QTest::qWaitFor([this, count] { return activeClients() == count; }, ms);
}

FrpcProcess::FrpcProcess(QString clientId)
    : m_clientId(std::move(clientId))
{ }

bool FrpcProcess::start(const FrpsProcess &server, quint16 localPort, const QStringList &more)
{
    const int before = registrations();
    return launch(server.controlPort(), server.proxyPort(), localPort, demoAccount() + more)
        && waitForRegistrations(before + 1, 20'000);
}

bool FrpcProcess::launch(quint16 controlPort, quint16 proxyPort, quint16 localPort, const QStringList &more)
{
    const QStringList arguments{u"--client-id"_s, m_clientId, u"--server-addr"_s, u"127.0.0.1"_s,
        u"--control-port"_s, QString::number(controlPort), u"--proxy-port"_s, QString::number(proxyPort),
        u"--local-addr"_s, u"127.0.0.1"_s, u"--local-port"_s, QString::number(localPort), u"--token-file"_s,
        tokenFile()};
    return Process::start(frpcProgram(), arguments + more);
}

bool FrpcProcess::waitForRegistrations(int count, int ms)
{
    return QTest::qWaitFor([this, count] { return registrations() >= count || !isRunning(); }, ms)
        && registrations() >= count;
}

QStringList FrpcProcess::demoAccount()
{
    return {u"--email"_s, QString::fromLatin1(demoEmail), u"--password"_s, QString::fromLatin1(demoPassword)};
}

} // namespace frpx::test
