// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// A server that counts what visitors send, and cuts a connection that sends a forbidden word: `hook ACCOUNT
// PASSWORD FORBIDDEN [CONTROL-PORT]`. Connections from 127.0.0.2 are refused.

#include <QCoreApplication>
#include <QDebug>

#include <Frpx/Server>

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 4) {
        qCritical("usage: hook ACCOUNT PASSWORD FORBIDDEN [CONTROL-PORT]");
        return 2;
    }

    Frpx::Server server;
    server.addAccount(arguments.at(1), arguments.at(2));
    server.addPorts(9930, 9932);
    server.setUserConnectedHook([](Frpx::HookContext &context) {
        if (context.userRemoteAddress().address == QHostAddress("127.0.0.2"))
            return context.abortUser();
        qInfo().noquote() << context.userRemoteAddress().toString() << "connects to" << context.tunnel().name;
    });
    // Called in the relay threads, for several connections at once. A word may be split between two calls,
    // which a real filter has to handle.
    server.setDataToTunnelHook([forbidden = arguments.at(3).toUtf8()](Frpx::HookContext &context) {
        if (context.data().contains(forbidden))
            return context.abortUser(); // nothing of it is passed on
        context.values().add("bytes", context.data().size());
    });
    server.setUserLeavingHook([](Frpx::HookContext &context) {
        qInfo().noquote() << context.userRemoteAddress().toString() << "has sent" << context.bytesToTunnel()
                          << "of" << context.values().value("bytes").toLongLong() << "bytes in all";
    });
    server.start(arguments.value(4, "17000").toUShort()).then(&application, [&server](bool started) {
        if (started)
            return qInfo("ready");
        qCritical().noquote() << server.error().text;
        QCoreApplication::exit(1);
    });
    return QCoreApplication::exec();
}
