// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/trust/knownservers.h"

#include "common/net/ipaddress.h"
#include "common/system/filelock.h"
#include "common/system/privatefile.h"

#include <QLockFile>

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr int lockTimeMs = 5000; // other programs hold it only for one write

KnownServers::KnownServers(QString path)
    : m_path(std::move(path))
{ }

QString KnownServers::keyOf(const QString &host, quint16 port)
{
    QString name = host.toLower();
    if (const std::optional<QHostAddress> address = net::parseIpAddress(name))
        name = net::plainAddress(*address).toString();
    if (name.endsWith(u'.')) // a fully qualified name ends with a dot
        name.chop(1);
    return (name.contains(u':') ? u"[%1]:%2"_s : u"%1:%2"_s).arg(name, QString::number(port));
}

Result<KnownServers::Content> KnownServers::load() const
{
    if (m_path.isEmpty())
        return Content();
    const Result<std::optional<PrivateFileContent>> file = readPrivateFile(m_path, maxFileSize);
    if (!file)
        return Error{Errc::Storage, file.error().detail};
    return *file ? parse((*file)->bytes) : Content();
}

Result<KnownServers::Content> KnownServers::parse(const QByteArray &text) const
{
    Content content;
    int number = 0;
    for (const QByteArray &bytes : text.split('\n')) {
        ++number;
        const QString line = QString::fromUtf8(bytes).trimmed();
        if (line.isEmpty())
            continue;
        if (line.startsWith(u'#')) {
            content.comments << line;
            continue;
        }
        const QStringList parts = line.simplified().split(u' ');
        const auto fingerprint = Fingerprint::parse(parts.value(1));
        const bool isServer = parts.size() == 2 && parts.first().contains(u':') && fingerprint;
        if (!isServer || !content.servers.emplace(parts.first().toLower(), *fingerprint).second) {
            return Error{Errc::Storage,
                (isServer ? u"%1, line %2: this server is listed twice; remove one of the lines."_s
                          : u"%1, line %2 is not HOST:PORT SHA256:…; correct or remove it."_s)
                    .arg(m_path)
                    .arg(number)};
        }
        if (content.servers.size() > maxServers)
            return Error{Errc::Storage, u"%1 has more than %2 servers."_s.arg(m_path).arg(maxServers)};
    }
    return content;
}

Result<std::optional<Fingerprint>> KnownServers::find(const QString &host, quint16 port) const
{
    const Result<Content> content = load();
    if (!content)
        return content.error();
    const auto it = content->servers.find(keyOf(host, port));
    if (it == content->servers.end())
        return std::optional<Fingerprint>();
    return std::optional(it->second);
}

Result<void> KnownServers::remember(const QString &host, quint16 port, const Fingerprint &fingerprint) const
{
    if (m_path.isEmpty())
        return Error{Errc::Storage, u"There is no file to store known servers in."_s};
    QLockFile lock(m_path + u".lock"_s);
    if (!takeLock(lock, lockTimeMs))
        return Error{Errc::Storage, u"%1 cannot be locked for writing."_s.arg(m_path)};
    Result<Content> content = load(); // again, as another program may have written
    if (!content)
        return content.error();
    content->servers.insert_or_assign(keyOf(host, port), fingerprint);
    if (content->servers.size() > maxServers) {
        return Error{
            Errc::Storage, u"%1 has %2 servers, and no room for more."_s.arg(m_path).arg(maxServers)};
    }
    QByteArray text;
    for (const QString &comment : std::as_const(content->comments))
        text += comment.toUtf8() + '\n';
    for (const auto &[server, known] : content->servers)
        text += (server + u' ' + known.toString()).toUtf8() + '\n';
    if (const Result<void> written = writePrivateFile(m_path, text); !written)
        return Error{Errc::Storage, written.error().detail};
    return {};
}

} // namespace frpx::client
