// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// A minimal web service to put behind frpc: `frpx-hello PORT`.

#include <QCoreApplication>
#include <QHttpServer>
#include <QNetworkProxy>
#include <QTcpServer>
#include <QTextStream>

using namespace Qt::StringLiterals;

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    const quint16 port = QCoreApplication::arguments().value(1, u"11434"_s).toUShort();

    auto *listener = new QTcpServer; // owned by the server from bind() on
    listener->setProxy(QNetworkProxy::NoProxy); // otherwise environment variables may forbid to listen
    if (!listener->listen(QHostAddress::LocalHost, port)) {
        QTextStream(stderr) << "Cannot listen on port " << port << ": " << listener->errorString() << "\n";
        return 1;
    }
    QHttpServer server;
    server.route(u"/"_s, [] { return u"Hello from the local service"_s; });
    server.bind(listener);
    QTextStream(stdout) << "answering on port " << listener->serverPort() << Qt::endl;
    return QCoreApplication::exec();
}
