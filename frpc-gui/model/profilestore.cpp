// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/profilestore.h"

#include "common/system/privatefile.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

constexpr qsizetype maxFile = qsizetype{1024} * 1024; // bytes

QJsonObject readJson(const QString &path)
{
    const Result<std::optional<PrivateFileContent>> file = readPrivateFile(path, maxFile);
    return file && *file ? QJsonDocument::fromJson((*file)->bytes).object() : QJsonObject();
}

/// Turns \a name into a directory name: letters, digits, dots and dashes.
QString slug(const QString &name)
{
    QString result;
    for (const QChar c : name.toLower().left(40)) {
        const bool plain =
            c.unicode() < 128 && (c.isLetterOrNumber() || c == u'-' || (c == u'.' && !result.isEmpty()));
        result += plain ? c : u'-';
    }
    return result.isEmpty() ? u"server"_s : result;
}

} // namespace

ProfileStore::ProfileStore(QString directory)
    : m_directory(std::move(directory))
{ }

QString ProfileStore::directoryOf(const QString &id) const
{
    return m_directory + u'/' + id;
}

QString ProfileStore::tokenFile(const QString &id) const
{
    return directoryOf(id) + u"/token.json"_s;
}

ProfileStore::Loaded ProfileStore::load() const
{
    Loaded loaded;
    const QStringList names = QDir(m_directory).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    for (const QString &id : names) {
        const QString path = directoryOf(id) + u"/frpc.toml"_s;
        if (!QFile::exists(path))
            continue; // not a profile, or left by a crash while one was created
        if (loaded.profiles.size() == maxProfiles) {
            loaded.faults << u"There are more than %1 profiles."_s.arg(maxProfiles);
            break;
        }
        const Result<ImportedProfile> read = importProfile(path, QProcessEnvironment());
        if (!read) {
            loaded.faults << read.error().detail;
            continue;
        }
        Profile profile = read->profile;
        const QJsonObject own = readJson(directoryOf(id) + u"/gui.json"_s);
        profile.id = id;
        profile.name = own.value("name"_L1).toString(profile.name);
        profile.email = own.value("email"_L1).toString();
        profile.connectAtStart = own.value("connectAtStart"_L1).toBool(true);
        const QJsonArray paused = own.value("paused"_L1).toArray();
        for (const auto &name : paused)
            profile.paused << name.toString();
        loaded.profiles << profile;
    }
    std::stable_sort(loaded.profiles.begin(), loaded.profiles.end(),
        [](const Profile &a, const Profile &b) { return a.name.localeAwareCompare(b.name) < 0; });
    return loaded;
}

Result<void> ProfileStore::save(Profile &profile) const
{
    if (profile.id.isEmpty()) {
        const Result<QString> made = makeDirectory(profile.name);
        if (!made)
            return made.error();
        profile.id = *made;
    }
    const QString directory = directoryOf(profile.id);
    const QJsonObject own{
        {u"name"_s, profile.name},
        {u"email"_s, profile.email},
        {u"connectAtStart"_s, profile.connectAtStart},
        {u"paused"_s, QJsonArray::fromStringList(profile.paused)},
    };
    const Result<void> written =
        writePrivateFile(directory + u"/gui.json"_s, QJsonDocument(own).toJson(QJsonDocument::Indented));
    return written ? writePrivateFile(directory + u"/frpc.toml"_s, toConfigFile(profile)) : written;
}

Result<QString> ProfileStore::makeDirectory(const QString &name) const
{
    QDir root(m_directory);
    if (!root.mkpath(u"."_s))
        return Error{Errc::Io, u"The directory %1 cannot be created."_s.arg(m_directory)};
    for (int i = 1; i <= 2 * maxProfiles; ++i) {
        const QString id = i == 1 ? slug(name) : u"%1-%2"_s.arg(slug(name)).arg(i);
        if (root.mkdir(id))
            return id;
    }
    return Error{Errc::Io, u"The directory %1 cannot be written to."_s.arg(m_directory)};
}

Result<void> ProfileStore::remove(const QString &id) const
{
    if (id.isEmpty() || id.contains(u'/') || !QDir(directoryOf(id)).removeRecursively())
        return Error{Errc::Io, u"The directory %1 cannot be removed."_s.arg(directoryOf(id))};
    return {};
}

} // namespace frpx::gui
