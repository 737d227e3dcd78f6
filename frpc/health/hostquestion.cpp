// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/health/hostquestion.h"

#include "common/core/logging.h"

#include <QHostAddress>
#include <QUrl>

#include <utility>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr qsizetype maxShownName = 200; // leaves room for the rest of the sentence in a message

bool isRefusal(int status)
{
    return status >= 400 && status < 500; // a server error does not depend on the name
}

} // namespace

QString authority(const QString &host, quint16 port)
{
    const bool isV6 = QHostAddress(host).protocol() == QAbstractSocket::IPv6Protocol;
    const QString bare = host.section(u'%', 0, 0);
    const QString name = isV6 ? u'[' + bare + u']' : bare;
    return port == 0 ? name : name + u':' + QString::number(port);
}

void HostQuestion::setPublicName(const QString &host, quint16 port)
{
    m_host = host;
    m_port = port;
}

QByteArray HostQuestion::field() const
{
    const QString ascii = QString::fromLatin1(QUrl::toAce(m_host)); // empty for an address
    return authority(ascii.isEmpty() ? m_host : ascii, m_port).toLatin1();
}

bool HostQuestion::settle(std::optional<int> status, bool good, qint64 nowMs)
{
    QString next = m_warning;
    if (good) {
        next.clear();
    } else if (status && isRefusal(*status)) {
        next =
            u"the service refuses requests for %1 (%2): visitors who use this name get that answer. "
            "Configure the service to accept the name; Ollama accepts every name with OLLAMA_HOST=0.0.0.0"_s
                .arg(logSafe(m_host, maxShownName), QString::number(*status));
    }
    m_dueMs.reset();
    if (!good)
        m_dueMs = nowMs + m_repeatMs;
    return std::exchange(m_warning, next) != next;
}

bool HostQuestion::clear()
{
    return !std::exchange(m_warning, QString()).isEmpty();
}

} // namespace frpx::client
