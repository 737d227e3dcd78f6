// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/databasetarget.h"

#include <QFileInfo>
#include <QUrl>
#include <QUrlQuery>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// Parameters of libpq that are allowed after the question mark.
constexpr QStringView knownParameters[] = {u"sslmode", u"sslrootcert", u"sslcert", u"sslkey", u"sslcrl",
    u"passfile", u"service", u"target_session_attrs", u"application_name", u"connect_timeout",
    u"channel_binding", u"gssencmode", u"krbsrvname"};

Error refusal(const QString &why)
{
    return {Errc::InvalidArgument,
        why + u" The form is postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full."_s};
}

} // namespace

Result<DatabaseTarget> DatabaseTarget::parse(const QString &url)
{
    const QUrl parsed(url.trimmed(), QUrl::StrictMode);
    if (parsed.scheme() != "postgresql"_L1 && parsed.scheme() != "postgres"_L1)
        return refusal(u"The address of the database must begin with postgresql://."_s);
    if (!parsed.isValid())
        return refusal(u"The address of the database is malformed."_s);
    if (parsed.hasFragment())
        return refusal(u"The address of the database contains a #; in a password write %23."_s);
    DatabaseTarget target;
    target.kind = Kind::PostgreSql;
    target.host = parsed.host(QUrl::FullyDecoded);
    target.port = parsed.port(0);
    target.name = parsed.path(QUrl::FullyDecoded).mid(1);
    target.user = parsed.userName(QUrl::FullyDecoded);
    target.password = parsed.password(QUrl::FullyDecoded);
    QStringList options;
    for (const auto &[name, value] : QUrlQuery(parsed).queryItems(QUrl::FullyDecoded)) {
        if (name == "host"_L1) {
            target.host = value;
            continue;
        }
        if (std::find(std::begin(knownParameters), std::end(knownParameters), name)
            == std::end(knownParameters))
            return refusal(u"The address of the database has the unknown parameter '%1'."_s.arg(
                name.left(40).simplified()));
        const auto fits = [](QChar c) {
            return c.isPrint() && !c.isSpace() && c != u';' && c != u'\'' && c != u'\\';
        };
        if (value.isEmpty() || !std::all_of(value.begin(), value.end(), fits))
            return refusal(u"The parameter '%1' of the database's address has an empty value, a space, a "
                           "semicolon, a quote or a backslash."_s.arg(name));
        options << name + u'=' + value;
    }
    target.options = options.join(u';');
    if (target.name.isEmpty() || target.name.contains(u'/'))
        return refusal(u"The address names no database."_s);
    return target;
}

QString DatabaseTarget::description() const
{
    if (kind == Kind::Sqlite)
        return path;
    QString text = u"postgresql://"_s;
    if (!user.isEmpty())
        text += user + u'@';
    text += host;
    if (port > 0)
        text += u':' + QString::number(port);
    return text + u'/' + name;
}

bool DatabaseTarget::exists() const
{
    return kind == Kind::PostgreSql || QFileInfo::exists(path);
}

} // namespace frpx::server
