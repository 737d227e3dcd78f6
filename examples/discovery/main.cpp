// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// Prints the open tunnels and the free ports of a server: `discovery SERVER EMAIL PASSWORD [CONTROL-PORT]`

#include <QCoreApplication>
#include <QTextStream>

#include <Frpx/Discovery>

namespace {

void giveUp(const Frpx::Error &error)
{
    QTextStream(stderr) << error.text << Qt::endl;
    QCoreApplication::exit(1);
}

} // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 4) {
        QTextStream(stderr) << "usage: discovery SERVER EMAIL PASSWORD [CONTROL-PORT]\n";
        return 2;
    }
    Frpx::DiscoveryTarget target;
    target.serverHost = arguments.at(1);
    target.email = arguments.at(2);
    target.password = arguments.at(3);
    target.controlPort = arguments.value(4, "17000").toUShort();
    target.tls.knownServersFile = "known-servers";
    target.tls.trustOnFirstUse = true; // as ssh does, but without a question
    Frpx::Discovery discovery(target);

    const auto printPorts = [](const Frpx::Answer<Frpx::PortList> &ports) {
        if (!ports)
            return giveUp(ports.error);
        QTextStream out(stdout);
        out << "free:";
        for (const Frpx::PortRange &range : ports.value)
            out << ' ' << range.from << '-' << range.to;
        out << Qt::endl;
        QCoreApplication::quit();
    };
    discovery.services().then(&discovery, [&](const Frpx::Answer<Frpx::ServiceList> &services) {
        if (!services)
            return giveUp(services.error);
        QTextStream out(stdout);
        for (const Frpx::ServiceInfo &service : services.value)
            out << service.port << '\t' << service.name << '\t' << service.message << Qt::endl;
        discovery.freePorts().then(&discovery, printPorts);
    });
    return QCoreApplication::exec();
}
