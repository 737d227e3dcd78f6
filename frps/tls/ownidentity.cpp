// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tls/ownidentity.h"

#include "common/core/logging.h"
#include "common/system/filelock.h"
#include "common/system/privatedirectory.h"
#include "common/system/privatefile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLockFile>

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr int lockTimeMs = 10'000; // making a pair takes milliseconds

OwnIdentity::OwnIdentity(const QString &directory)
    : m_certificateFile(QDir(directory).filePath(u"tls-cert.pem"_s))
    , m_keyFile(QDir(directory).filePath(u"tls-key.pem"_s))
    , m_lockFile(QDir(directory).filePath(u"tls.lock"_s))
{ }

Result<CheckedIdentity> OwnIdentity::load(const QDateTime &now) const
{
    if (!QFileInfo::exists(m_certificateFile) && !QFileInfo::exists(m_keyFile))
        return Error{Errc::NotFound, u"There is no %1."_s.arg(m_certificateFile)};
    return loadIdentity(m_certificateFile, m_keyFile, now);
}

bool OwnIdentity::isComplete() const
{
    return QFileInfo::exists(m_keyFile) && QFileInfo::exists(m_certificateFile);
}

Result<CheckedIdentity> OwnIdentity::loadOwn(const QDateTime &now) const
{
    for (const QString &file : {m_keyFile, m_certificateFile})
        // Fails if the file belongs to another account, and is then reported by load().
        QFile::setPermissions(file, QFile::ReadOwner | QFile::WriteOwner);
    return load(now);
}

Result<CheckedIdentity> OwnIdentity::loadOrMake(const QDateTime &now) const
{
    // An existing pair also works on a full or read-only disk, where no lock can be made.
    if (isComplete())
        return loadOwn(now);
    // With a database that is no file, the directory may not exist yet.
    if (const Result<void> made = preparePrivateDirectory(QFileInfo(m_lockFile).absolutePath()); !made)
        return made.error();
    QLockFile lock(m_lockFile);
    if (!takeLock(lock, lockTimeMs)) {
        return Error{Errc::Io,
            lock.error() == QLockFile::LockFailedError ? u"Another program holds %1."_s.arg(m_lockFile)
                                                       : u"%1 cannot be written."_s.arg(m_lockFile)};
    }
    return loadOrMakeLocked(now);
}

Result<CheckedIdentity> OwnIdentity::loadOrMakeLocked(const QDateTime &now) const
{
    if (isComplete()) // another program has made it since
        return loadOwn(now);
    const bool hasKey = QFileInfo::exists(m_keyFile);
    if (QFileInfo::exists(m_certificateFile)) {
        return Error{Errc::Io,
            u"%1 exists, but its key %2 is missing. Restore the key, or remove the certificate: then the "
            "server makes a new one, which clients refuse until they are told to trust it."_s.arg(
                m_certificateFile, m_keyFile)};
    }

    QByteArray keyPem;
    if (hasKey) {
        const Result<std::optional<PrivateFileContent>> content = readPrivateFile(m_keyFile, maxPemFile);
        if (!content)
            return content.error();
        keyPem = *content ? (*content)->bytes : QByteArray();
    }
    const QStringList names = ownServerNames();
    const Result<TlsIdentity> made = hasKey ? makeSelfSigned(keyPem, names, now) : makeSelfSigned(names, now);
    if (!made) {
        return Error{made.error().code,
            u"There is no certificate for the key in %1, and none can be made: %2"_s.arg(
                m_keyFile, made.error().detail)};
    }
    // The key first: the next start can complete a key alone.
    if (const Result<void> written = writePrivateFile(m_keyFile, made->keyPem); !written)
        return written.error();
    if (const Result<void> written = writePrivateFile(m_certificateFile, made->certificatePem); !written)
        return written.error();
    qCInfo(lcServer).noquote() << "Made a TLS certificate:" << m_certificateFile;
    return load(now);
}

} // namespace frpx::server
