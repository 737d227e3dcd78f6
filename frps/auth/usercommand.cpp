// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/auth/usercommand.h"

#include "frps/auth/secretbytes.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTextStream>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr int exitOk = 0;
constexpr int exitFailure = 1;
constexpr int exitUsage = 2;
constexpr qsizetype listPage = 1000;

Result<SecretBytes> askTwice(const QString &email, const UserCommandIo &io)
{
    const auto first = io.promptPassword(u"Password for %1: "_s.arg(email));
    if (!first)
        return first.error();
    // Refused before it is asked for again.
    SecretBytes password(*first);
    if (auto good = checkPassword(password.view()); !good)
        return good.error();
    const auto second = io.promptPassword(u"The same again: "_s);
    if (!second)
        return second.error();
    if (*first != *second)
        return Error{Errc::InvalidArgument, u"The two passwords differ."_s};
    return password;
}

Result<SecretBytes> readPassword(const QString &email, const UserCommandIo &io)
{
    if (io.isInteractive())
        return askTwice(email, io);
    const auto line = io.readLine();
    if (!line)
        return line.error();
    SecretBytes password(*line);
    if (auto good = checkPassword(password.view()); !good)
        return good.error();
    return password;
}

Result<void> add(const QString &email, AccountStore &store, const UserCommandIo &io)
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
    const auto password = readPassword(*address, io);
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
        io.out << "The demo account " << demoEmail << " is gone.\n";
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

Result<void> remove(const QString &email, AccountStore &store, const UserCommandIo &io)
{
    if (auto removed = store.removeUser(email); !removed)
        return removed;
    io.out << "Removed " << email.trimmed().toLower() << " and its tokens.\n";
    const auto left = store.userCount();
    if (left && *left == 0)
        io.out << "No accounts are left: a server that starts now makes the demo account again.\n";
    return {};
}

Result<void> run(const QStringList &args, const QString &path, const UserCommandIo &io)
{
    const bool adds = args.first() == "add"_L1;
    if (!adds && !QFileInfo::exists(path)) { // only `add` makes a database
        if (args.first() == "list"_L1)
            return {};
        return Error{Errc::NotFound, u"There are no accounts in %1."_s.arg(QFileInfo(path).path())};
    }
    const auto database = Database::open(path);
    if (!database)
        return database.error();
    AccountStore store(**database);
    if (adds)
        return add(args.at(1), store, io);
    if (args.first() == "list"_L1)
        return list(store, io);
    return remove(args.at(1), store, io);
}

bool isWellFormed(const QStringList &args)
{
    if (args.size() == 1)
        return args.first() == "list"_L1;
    return args.size() == 2 && (args.first() == "add"_L1 || args.first() == "remove"_L1);
}

} // namespace

Result<QString> readInputLine()
{
    constexpr qsizetype longest = 4096;
    QFile input;
    if (!input.open(stdin, QIODevice::ReadOnly))
        return Error{Errc::Io, u"Cannot read standard input."_s};
    const QByteArray line = input.readLine(longest);
    if (line.isEmpty())
        return Error{Errc::Io, u"Standard input holds no password."_s};
    QString text = QString::fromUtf8(line);
    while (text.endsWith(u'\n') || text.endsWith(u'\r'))
        text.chop(1);
    return text;
}

QString userCommandUsage()
{
    return u"Usage:\n"
           "  frps user add EMAIL     adds an account; asks for its password, or reads one line of input\n"
           "  frps user list          prints the accounts, one per line\n"
           "  frps user remove EMAIL  removes an account and its tokens\n"_s;
}

int runUserCommand(const QStringList &args, const QString &dataDirectory, const UserCommandIo &io)
{
    int code = exitOk;
    if (!isWellFormed(args)) {
        io.err << userCommandUsage();
        code = exitUsage;
    } else if (auto done = run(args, QDir(dataDirectory).filePath(databaseFileName.toString()), io); !done) {
        io.err << "frps user: " << done.error().detail << '\n';
        code = exitFailure;
    }
    io.out.flush();
    io.err.flush();
    return code;
}

} // namespace frpx::server
