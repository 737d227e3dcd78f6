// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QProcess>
#include <QTemporaryDir>

namespace frpx::test {

/// A PostgreSQL server of the test's own, from the Debian packages: on a scratch directory, a loopback port
/// and without waiting for disks. Runs as the user `postgres` when the test is root, since it refuses to be
/// that.
class PostgresServer
{
public:
    PostgresServer() = default;
    PostgresServer(const PostgresServer &) = delete;
    PostgresServer &operator=(const PostgresServer &) = delete;
    ~PostgresServer();

    /// Whether the package is there.
    static bool isInstalled();

    /// Makes the cluster at the first call; afterwards it is the same data on the same port again.
    bool start();
    /// Ends it and all connections at once, as a crash does.
    void kill();

    /// The URL of a new, empty database; empty when that fails.
    QString createDatabase();
    /// What has gone wrong.
    QByteArray log() const;

private:
    bool run(const QString &program, const QStringList &arguments);
    QString dataDirectory() const { return m_directory.filePath(QStringLiteral("data")); }

    QTemporaryDir m_directory;
    QProcess m_server;
    QByteArray m_log;
    quint16 m_port = 0;
    int m_databases = 0;
};

} // namespace frpx::test
