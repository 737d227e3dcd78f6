// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/usercommand.h"

#include "common/config/inputfiles.h"
#include "common/system/privileges.h"
#include "frps/accounts/secretbytes.h"
#include "frps/cli/rightsoptions.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"

#include <QDateTime>
#include <QFile>
#include <QTextStream>

#include <algorithm>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr int exitOk = 0;
constexpr int exitFailure = 1;
constexpr int exitUsage = 2;
constexpr qsizetype listPage = 1000;
const QString optionPasswordFile = u"password-file"_s;

/// Without the line end, at most 4 KiB.
QString firstLine(QFile &file)
{
    constexpr qsizetype longest = 4096;
    QString text = QString::fromUtf8(file.readLine(longest));
    while (text.endsWith(u'\n') || text.endsWith(u'\r'))
        text.chop(1);
    return text;
}

Result<SecretBytes> askTwice(const QString &email, const UserCommandIo &io)
{
    const auto first = io.promptPassword(u"Password for %1: "_s.arg(email));
    if (!first)
        return first.error();
    // Checked before the second prompt.
    SecretBytes password(*first);
    if (auto good = checkPassword(password.view()); !good)
        return good.error();
    const auto second = io.promptPassword(u"Repeat the password: "_s);
    if (!second)
        return second.error();
    if (*first != *second)
        return Error{Errc::InvalidArgument, u"The two passwords differ."_s};
    return password;
}

Result<QString> passwordFrom(const QString &path)
{
    constexpr qsizetype maxPasswordFile = 4096;
    const RootRights forRootsFile({path});
    const Result<PrivateFileContent> file = InputFiles().readExisting(path, maxPasswordFile);
    if (!file)
        return file.error();
    return firstLineOf(file->bytes);
}

Result<SecretBytes> readPassword(const QString &email, const AccountOptions &options, const UserCommandIo &io)
{
    const bool fromFile = options.contains(optionPasswordFile);
    if (!fromFile && io.isInteractive())
        return askTwice(email, io);
    const auto line = fromFile ? passwordFrom(options.value(optionPasswordFile)) : io.readLine();
    if (!line)
        return line.error();
    SecretBytes password(*line);
    if (auto good = checkPassword(password.view()); !good)
        return good.error();
    return password;
}

Result<void> add(
    const QString &email, const AccountOptions &options, AccountStore &store, const UserCommandIo &io)
{
    const auto address = normalisedEmail(email);
    if (!address)
        return address.error();
    const auto existing = store.findUser(*address);
    if (!existing)
        return existing.error();
    const auto demo = store.findUser(demoEmail.toString());
    if (!demo)
        return demo.error();
    const bool hasDemo = *demo && (*demo)->loopbackOnly;
    if (*existing && !(hasDemo && *address == demoEmail))
        return Error{Errc::AlreadyExists, u"There is an account %1 already."_s.arg(*address)};
    const auto password = readPassword(*address, options, io);
    if (!password)
        return password.error();
    const PasswordHasher hasher(io.passwordCost);
    const auto hash = hasher.hash(password->view());
    if (!hash)
        return hash.error();
    if (auto added = store.addUser(*address, *hash, false); !added)
        return added.error();
    io.out << "Added " << *address << ".\n";
    if (hasDemo)
        io.out << "The demo account " << demoEmail << " is removed.\n";
    return {};
}

Result<UserRecord> existingUser(const QString &email, AccountStore &store)
{
    const auto user = store.findUser(email);
    if (!user)
        return user.error();
    if (!*user)
        return Error{Errc::NotFound, u"There is no account %1."_s.arg(email)};
    return **user;
}

Result<void> changePassword(
    const QString &email, const AccountOptions &options, AccountStore &store, const UserCommandIo &io)
{
    const auto user = existingUser(email, store);
    if (!user)
        return user.error();
    if (user->loopbackOnly)
        return Error{Errc::InvalidArgument,
            u"%1 is the demo account, whose password is public. Add an account of your own: frps user add EMAIL"_s
                .arg(user->email)};
    const auto password = readPassword(user->email, options, io);
    if (!password)
        return password.error();
    const auto hash = PasswordHasher(io.passwordCost).hash(password->view());
    if (!hash)
        return hash.error();
    if (auto changed = store.setPasswordHash(user->email, *hash); !changed)
        return changed;
    io.out << "The password of " << user->email << " is changed; its tokens are revoked.\n";
    return {};
}

Result<void> list(AccountStore &store, const UserCommandIo &io)
{
    QString last;
    while (true) {
        const auto users = store.listUsers(listPage, last);
        if (!users)
            return users.error();
        if (users->empty())
            return {};
        for (const UserRecord &user : *users) {
            io.out << user.email << (user.loopbackOnly ? "\tloopback only" : "")
                   << (user.disabled ? "\tdisabled" : "") << '\n';
        }
        last = users->back().email;
    }
}

Result<void> setDisabled(const QString &email, bool disabled, AccountStore &store, const UserCommandIo &io)
{
    if (auto done = store.setDisabled(email, disabled); !done)
        return done;
    io.out << (disabled ? "Disabled " : "Enabled ") << email.trimmed().toLower() << ".\n";
    return {};
}

Result<void> remove(const QString &email, AccountStore &store, const UserCommandIo &io)
{
    if (auto removed = store.removeUser(email); !removed)
        return removed;
    io.out << "Removed " << email.trimmed().toLower() << " and its tokens.\n";
    const auto left = store.userCount();
    if (left && *left == 0)
        io.out << "No accounts are left: no client can log in until one is added.\n";
    return {};
}

Result<void> show(const QString &email, AccountStore &store, const UserCommandIo &io)
{
    const auto user = existingUser(email, store);
    if (!user)
        return user.error();
    io.out << "email\t" << user->email << '\n';
    io.out << "state\t"
           << (user->disabled              ? "disabled"
                      : user->loopbackOnly ? "loopback only"
                                           : "enabled")
           << '\n';
    io.out << "created\t"
           << QDateTime::fromMSecsSinceEpoch(user->createdAtMs).toUTC().toString(u"yyyy-MM-ddTHH:mm:ssZ")
           << '\n';
    for (const QString &line : describeRights(user->rights))
        io.out << line << '\n';
    return {};
}

Result<void> set(
    const QString &email, const AccountOptions &options, AccountStore &store, const UserCommandIo &io)
{
    const auto user = existingUser(email, store);
    if (!user)
        return user.error();
    const auto rights = changedRights(user->rights, options);
    if (!rights)
        return rights.error();
    if (auto done = store.setRights(user->email, *rights); !done)
        return done;
    return show(user->email, store, io);
}

struct Verb
{
    QStringView name;
    QStringView help;
    bool takesEmail = true;
    bool needsOption = false;
};

constexpr Verb verbs[] = {
    {u"add", u"Add an account; asks for its password, or reads one line of input"},
    {u"passwd", u"Change a password, which revokes the account's tokens"},
    {u"disable", u"Disable an account, and end its sessions"},
    {u"enable", u"Enable an account again"},
    {u"remove", u"Remove an account and its tokens, and end its sessions"},
    {u"list", u"Print the accounts, one per line", false},
    {u"show", u"Print the rights of an account"},
    {u"set", u"Change the rights of an account", true, true},
};

bool isWellFormed(const QStringList &args, const AccountOptions &options)
{
    const auto *const verb = std::find_if(
        std::begin(verbs), std::end(verbs), [&args](const Verb &each) { return each.name == args.value(0); });
    if (verb == std::end(verbs) || args.size() != (verb->takesEmail ? 2 : 1))
        return false;
    if (verb->needsOption && options.isEmpty())
        return false;
    return takesAll(u"user "_s + args.first(), options);
}

Result<void> run(const QStringList &args, const AccountOptions &options, const DatabaseTarget &target,
    const UserCommandIo &io)
{
    const QString &verb = args.first();
    const QString email = args.value(1);
    if (verb != "add"_L1 && !target.exists()) { // only `add` creates the database
        if (verb == "list"_L1)
            return {};
        return Error{Errc::NotFound, u"There are no accounts in %1."_s.arg(target.description())};
    }
    const auto database = Database::open(target);
    if (!database)
        return database.error();
    AccountStore store(**database);
    if (verb == "add"_L1)
        return add(email, options, store, io);
    if (verb == "passwd"_L1)
        return changePassword(email, options, store, io);
    if (verb == "disable"_L1 || verb == "enable"_L1)
        return setDisabled(email, verb == "disable"_L1, store, io);
    if (verb == "list"_L1)
        return list(store, io);
    if (verb == "show"_L1)
        return show(email, store, io);
    if (verb == "set"_L1)
        return set(email, options, store, io);
    return remove(email, store, io);
}

} // namespace

Result<QString> readInputLine()
{
    QFile input;
    if (!input.open(stdin, QIODevice::ReadOnly))
        return Error{Errc::Io, u"Cannot read standard input."_s};
    const QString line = firstLine(input);
    if (line.isEmpty())
        return Error{Errc::Io, u"Standard input contains no password."_s};
    return line;
}

QList<CommandHelp> userCommands()
{
    QList<CommandHelp> commands{
        {u"user"_s, {}, u"Manage the accounts; frps user prints the usage"_s, {}, databaseOptionNames()}};
    for (const Verb &verb : verbs) {
        const QString words = u"user "_s + verb.name.toString();
        commands.append({words, verb.takesEmail ? u"EMAIL"_s : QString(), verb.help.toString(),
            accountOptionsOf(words), databaseOptionNames()});
    }
    return commands;
}

QString userCommandUsage()
{
    return usageText(u"frps"_s, userCommands());
}

int runUserCommand(const QStringList &args, const AccountOptions &options, const DatabaseTarget &target,
    const UserCommandIo &io)
{
    int code = exitOk;
    if (!isWellFormed(args, options)) {
        io.err << userCommandUsage();
        code = exitUsage;
    } else if (auto done = run(args, options, target, io); !done) {
        io.err << "frps user: " << done.error().detail << '\n';
        code = exitFailure;
    }
    io.out.flush();
    io.err.flush();
    return code;
}

} // namespace frpx::server
