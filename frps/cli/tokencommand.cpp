// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/tokencommand.h"

#include "common/core/walltime.h"
#include "frps/accounts/token.h"
#include "frps/store/apitokenstore.h"
#include "frps/store/database.h"

#include <QDateTime>
#include <QTextStream>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr int exitOk = 0;
constexpr int exitFailure = 1;
constexpr int exitUsage = 2;
constexpr qsizetype listPage = 1000;
constexpr int maxDays = 36'500;
constexpr qint64 msPerDay = 86'400'000;

const QString flagAdmin = u"admin"_s;
const QString flagReadOnly = u"read-only"_s;
const QString optionName = u"name"_s;
const QString optionExpires = u"expires"_s;
const QString optionUser = u"user"_s;

QString timeText(std::optional<qint64> ms)
{
    return ms ? QDateTime::fromMSecsSinceEpoch(*ms).toUTC().toString(u"yyyy-MM-ddTHH:mm:ssZ") : u"never"_s;
}

Result<std::optional<qint64>> expiry(const AccountOptions &options)
{
    if (!options.contains(optionExpires))
        return std::optional<qint64>();
    bool isNumber = false;
    const int days = options.value(optionExpires).toInt(&isNumber);
    if (!isNumber || days < 1 || days > maxDays)
        return Error{Errc::InvalidArgument, u"--expires takes 1 to %1 days."_s.arg(maxDays)};
    return std::optional(wallMs() + days * msPerDay);
}

Result<void> create(const AccountOptions &options, Database &database, QTextStream &out)
{
    const auto expiresAtMs = expiry(options);
    if (!expiresAtMs)
        return expiresAtMs.error();
    const QString token = newToken();
    ApiTokenRecord record;
    record.hash = tokenHash(token);
    record.prefix = tokenPrefix(token);
    record.name = options.value(optionName);
    record.access = options.contains(flagAdmin) ? ApiAccess::Admin : ApiAccess::ReadOnly;
    record.expiresAtMs = *expiresAtMs;
    if (auto added = ApiTokenStore(database).add(record); !added)
        return added;
    out << token << '\n';
    return {};
}

void print(QTextStream &out, const QStringList &columns)
{
    out << columns.join(u'\t') << '\n';
}

Result<void> list(Database &database, QTextStream &out)
{
    const auto ofApi = ApiTokenStore(database).list();
    if (!ofApi)
        return ofApi.error();
    for (const ApiTokenRecord &token : *ofApi) {
        print(out,
            {token.prefix, accessName(token.access), token.name, timeText(token.createdAtMs),
                timeText(token.lastUsedAtMs), timeText(token.expiresAtMs)});
    }
    AccountStore store(database);
    qint64 last = 0;
    while (true) {
        const auto tokens = store.listTokens(listPage, last);
        if (!tokens)
            return tokens.error();
        if (tokens->empty())
            return {};
        for (const TokenListing &token : *tokens) {
            print(out,
                {token.prefix, u"login"_s, token.email, timeText(token.createdAtMs),
                    timeText(token.lastUsedAtMs), timeText(token.expiresAtMs)});
        }
        last = tokens->back().id;
    }
}

Result<void> revokeAllOf(const QString &email, Database &database, QTextStream &out)
{
    const auto removed = AccountStore(database).removeTokensOf(email);
    if (!removed)
        return removed.error();
    out << "Revoked " << *removed << " tokens of " << email.trimmed().toLower() << ".\n";
    return {};
}

Result<void> revoke(const QString &text, Database &database, QTextStream &out)
{
    const QString prefix = tokenPrefix(text); // the whole token is accepted, too
    ApiTokenStore ofApi(database);
    AccountStore store(database);
    const auto token = ofApi.removeByPrefix(prefix);
    if (!token)
        return token.error();
    if (*token) {
        out << "Revoked the API token " << prefix << " (" << accessName((*token)->access) << ").\n";
        return {};
    }
    const auto email = store.removeTokenByPrefix(prefix);
    if (!email) {
        if (email.error().code == Errc::InvalidArgument)
            return Error{Errc::InvalidArgument,
                email.error().detail + u" Revoke all of its account: frps token revoke --user EMAIL."_s};
        return email.error();
    }
    if (email->isEmpty())
        return Error{
            Errc::NotFound, u"No token begins with %1 (8 digits, see frps token list)."_s.arg(prefix)};
    out << "Revoked the token " << prefix << " of " << *email << ".\n";
    return {};
}

bool isWellFormed(const QStringList &args, const AccountOptions &options)
{
    const QString verb = args.value(0);
    if (!takesAll(u"token "_s + verb, options))
        return false;
    if (verb == "create"_L1)
        return args.size() == 1 && options.contains(flagAdmin) != options.contains(flagReadOnly);
    if (verb == "list"_L1)
        return args.size() == 1;
    return verb == "revoke"_L1 && args.size() == (options.contains(optionUser) ? 1 : 2);
}

Result<void> run(
    const QStringList &args, const AccountOptions &options, const DatabaseTarget &target, QTextStream &out)
{
    const bool creates = args.first() == "create"_L1;
    if (!creates && !target.exists()) { // only `create` creates the database
        if (args.first() == "list"_L1)
            return {};
        return Error{Errc::NotFound, u"There is no database %1."_s.arg(target.description())};
    }
    const auto database = Database::open(target);
    if (!database)
        return database.error();
    if (creates)
        return create(options, **database, out);
    if (args.first() == "list"_L1)
        return list(**database, out);
    return options.contains(optionUser) ? revokeAllOf(options.value(optionUser), **database, out)
                                        : revoke(args.at(1), **database, out);
}

} // namespace

QList<CommandHelp> tokenCommands()
{
    const auto command = [](const QString &words, const QString &arguments, const QString &help) {
        return CommandHelp{words, arguments, help, accountOptionsOf(words), databaseOptionNames()};
    };
    return {command(u"token"_s, {},
                u"Manage the tokens of the HTTP API and of logins; frps token prints the usage"_s),
        command(u"token create"_s, u"--admin|--read-only"_s,
            u"Create a token for the HTTP API and print it; it is never shown again"_s),
        command(u"token list"_s, {},
            u"Print the tokens, for the API and of logins: first 8 digits, kind, name or "
            "account, created, last used, expires"_s),
        command(u"token revoke"_s, u"PREFIX"_s, u"Revoke the token that begins with PREFIX (8 digits)"_s)};
}

QString tokenCommandUsage()
{
    return usageText(u"frps"_s, tokenCommands());
}

int runTokenCommand(const QStringList &args, const AccountOptions &options, const DatabaseTarget &target,
    QTextStream &out, QTextStream &err)
{
    int code = exitOk;
    if (!isWellFormed(args, options)) {
        err << tokenCommandUsage();
        code = exitUsage;
    } else if (auto done = run(args, options, target, out); !done) {
        err << "frps token: " << done.error().detail << '\n';
        code = exitFailure;
    }
    out.flush();
    err.flush();
    return code;
}

} // namespace frpx::server
