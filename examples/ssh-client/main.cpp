// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// Exposes this machine's ssh at port 9931 of a server: three connections at a time, a thousand in all, for
// ten minutes. `ssh-client SERVER EMAIL PASSWORD [CONTROL-PORT PROXY-PORT SSH-PORT]`

#include <QCoreApplication>
#include <QDebug>

#include <Frpx/Client>

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 4) {
        qCritical("usage: ssh-client SERVER EMAIL PASSWORD [CONTROL-PORT PROXY-PORT SSH-PORT]");
        return 2;
    }

    Frpx::ClientOptions options;
    options.serverHost = arguments.at(1);
    options.controlPort = arguments.value(4, "17000").toUShort();
    options.proxyPort = arguments.value(5, "17001").toUShort();
    options.tls.knownServersFile = "known-servers";
    options.tls.trustOnFirstUse = true; // as ssh does, but without a question
    Frpx::Client client(options);
    client.setCredentials(arguments.at(2), arguments.at(3));

    Frpx::TunnelOptions ssh;
    ssh.name = "ssh";
    ssh.message = "ssh login";
    ssh.port = 9931;
    ssh.localPort = arguments.value(6, "22").toUShort();
    ssh.limits.maxConnections = 3;
    ssh.limits.totalConnections = 1000;
    ssh.limits.lifetime = std::chrono::minutes(10);
    Frpx::Tunnel *tunnel = client.openTunnel(ssh);

    QObject::connect(tunnel, &Frpx::Tunnel::opened, &application,
        [](const QString &address) { qInfo().noquote() << "ssh is at" << address; });
    QObject::connect(tunnel, &Frpx::Tunnel::closed, &application, [tunnel](Frpx::Tunnel::CloseReason reason) {
        qInfo().noquote() << "BYE :)" << reason << tunnel->error().text;
        QCoreApplication::exit(reason == Frpx::Tunnel::CloseReason::Refused ? 1 : 0);
    });
    QObject::connect(&client, &Frpx::Client::loginNeeded, &application, [](const Frpx::Error &error) {
        qCritical().noquote() << error.text;
        QCoreApplication::exit(1);
    });
    client.start();
    return QCoreApplication::exec();
}
