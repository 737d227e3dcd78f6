// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/databaseoptions.h"

#include "common/config/commandline.h"
#include "frps/store/accountstore.h"

#include <QDir>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qsizetype maxUrlFile = 4096;

Result<QString> urlFromFile(const CommandLine &line)
{
    const Result<PrivateFileContent> file =
        line.files().readExisting(line.text(u"database-file"_s), maxUrlFile);
    if (!file)
        return Error{Errc::Io, u"--database-file: "_s + file.error().detail};
    return firstLineOf(file->bytes).trimmed();
}

} // namespace

Result<DatabaseTarget> databaseUrl(const CommandLine &line, const QString &option, const QString &text)
{
    Result<DatabaseTarget> target = DatabaseTarget::parse(text);
    if (!target)
        return Error{Errc::InvalidArgument, u"--%1: %2"_s.arg(option, target.error().detail)};
    if (!target->password.isEmpty() && line.source(option) == CommandLine::Source::CommandLine)
        return Error{Errc::InvalidArgument,
            u"--%1: a password on the command line can be read by every account of this system. Put the URL "
            "into a file (--database-file), into the environment (%2), or the password into PGPASSWORD or a "
            "passfile."_s.arg(option, CommandLine::variableName(option))};
    return target;
}

Result<DatabaseTarget> databaseTarget(const CommandLine &line, const QString &dataDirectory)
{
    const bool hasFile = line.isSet(u"database-file"_s);
    if (line.isSet(u"database"_s)) {
        if (hasFile)
            return Error{Errc::InvalidArgument, u"Give either --database or --database-file."_s};
        return databaseUrl(line, u"database"_s, line.text(u"database"_s));
    }
    if (!hasFile)
        return DatabaseTarget(QDir(dataDirectory).filePath(databaseFileName.toString()));
    const Result<QString> url = urlFromFile(line);
    if (!url)
        return url.error();
    Result<DatabaseTarget> target = DatabaseTarget::parse(*url);
    if (!target)
        return Error{Errc::InvalidArgument, u"--database-file: "_s + target.error().detail};
    return target;
}

} // namespace frpx::server
