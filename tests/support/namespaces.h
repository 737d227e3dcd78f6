// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

namespace frpx::test {

/// What a process can have for itself and the programs it starts (Linux).
enum class Namespace {
    Mounts, ///< its own file systems
    Network, ///< its own loopback interface, which is up, and no other
};

/// Gives this process a namespace of its own: as root, or as the root of a user namespace where the system
/// allows that. To be called at the beginning of main(), while there is but one thread. \return why the
/// system does not allow it; null if it does.
QString enterOwn(Namespace kind);

/// Makes \a address (IPv4) one of this machine's, beside 127.0.0.1: who connects to it comes from it. Only
/// once, and only in a Network of its own.
bool addAddress(const QString &address);

/// Shows \a source, a file or directory, in the place of \a target, which must be there. Only in Mounts of
/// its own.
bool showInPlaceOf(const QString &source, const QString &target);

/// A file system in memory on a directory, which it hides for as long as this object lives. Only in Mounts of
/// its own.
class SmallDisk
{
public:
    /// Makes \a directory if need be.
    SmallDisk(QString directory, qint64 bytes);
    ~SmallDisk();
    Q_DISABLE_COPY_MOVE(SmallDisk)

    bool isMounted() const { return m_mounted; }
    /// Takes all the space there is.
    bool fill();
    /// Gives back what fill() has taken.
    bool free();
    /// Nobody may have a file open for writing.
    bool setReadOnly(bool on);

private:
    QString fillerFile() const { return m_directory + QStringLiteral("/filler"); }

    const QString m_directory;
    bool m_mounted = false;
};

} // namespace frpx::test
