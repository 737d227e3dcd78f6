// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/servicenotifier.h"

#include "common/system/servicesocket.h"

#include <QCoreApplication>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

/// A value of the protocol ends with the line.
QByteArray oneLine(const QString &text)
{
    return text.simplified().toUtf8().left(512);
}

} // namespace

ServiceNotifier::ServiceNotifier(const QProcessEnvironment &environment, QObject *parent)
    : QObject(parent)
    , m_address(environment.value(u"NOTIFY_SOCKET"_s).toLocal8Bit())
{
    if (m_address.startsWith('@'))
        m_address[0] = '\0';
    const QString pid = environment.value(u"WATCHDOG_PID"_s);
    const bool isOurs = pid.isEmpty() || pid.toLongLong() == QCoreApplication::applicationPid();
    m_feed.setInterval(isOurs ? feedIntervalMs(environment.value(u"WATCHDOG_USEC"_s)) : 0);
    connect(&m_feed, &QTimer::timeout, this, [this] { send("WATCHDOG=1"); });
}

int ServiceNotifier::feedIntervalMs(const QString &microseconds)
{
    bool isNumber = false;
    const qulonglong limit = microseconds.toULongLong(&isNumber);
    if (!isNumber || limit == 0)
        return 0;
    return static_cast<int>(std::clamp<qulonglong>(limit / 2000, 1, std::numeric_limits<int>::max()));
}

void ServiceNotifier::ready(const QString &status)
{
    send("READY=1\nSTATUS=" + oneLine(status));
    if (isWanted() && m_feed.interval() > 0 && !m_feed.isActive())
        m_feed.start();
}

void ServiceNotifier::reloading()
{
    send("RELOADING=1");
}

void ServiceNotifier::stopping(const QString &status)
{
    send("STOPPING=1\nSTATUS=" + oneLine(status));
}

void ServiceNotifier::setStatus(const QString &status)
{
    send("STATUS=" + oneLine(status));
}

void ServiceNotifier::send(const QByteArray &state)
{
    if (isWanted())
        sendDatagram(m_address, state);
}

} // namespace frpx
