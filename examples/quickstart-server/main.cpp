// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// A server that gives the ports 9930 to 9932 to clients: `quickstart-server ACCOUNT PASSWORD [CONTROL-PORT]`.
// Clients dial 17000, and 17001 for work connections, which carry visitors.

#include <QCoreApplication>
#include <QDebug>

#include <Frpx/Server>

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 3) {
        qCritical("usage: quickstart-server ACCOUNT PASSWORD [CONTROL-PORT]");
        return 2;
    }

    Frpx::Server server;
    server.addAccount(arguments.at(1), arguments.at(2));
    server.addPorts(9930, 9932);
    QObject::connect(&server, &Frpx::Server::tunnelOpened, &application, [](const Frpx::TunnelInfo &tunnel) {
        qInfo().noquote() << tunnel.name << "is open at port" << tunnel.port;
    });
    server.start(arguments.value(3, "17000").toUShort()).then(&application, [&server](bool started) {
        if (!started) {
            qCritical().noquote() << server.error().text;
            return QCoreApplication::exit(1);
        }
        qInfo().noquote() << "ready; the certificate is" << server.fingerprint();
    });
    return QCoreApplication::exec();
}
