// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/database.h"
#include "tests/support/postgresserver.h"

#include <QTemporaryDir>
#include <QTest>

namespace frpx::test {

/// Fresh databases for a test program, which is run once for each kind: on SQLite, or with FRPX_TEST_DATABASE
/// set to `postgresql` on a server of its own.
class TestDatabase
{
public:
    static bool isPostgreSql()
    {
        return qEnvironmentVariable("FRPX_TEST_DATABASE") == QStringLiteral("postgresql");
    }
    /// Null, or why the tests cannot run here. Call from initTestCase().
    const char *prepare()
    {
        if (!isPostgreSql())
            return nullptr;
        if (!PostgresServer::isInstalled())
            return "PostgreSQL is not installed (Debian: postgresql).";
        if (!QSqlDatabase::isDriverAvailable(QStringLiteral("QPSQL")))
            return "Qt's driver for PostgreSQL is not installed (Debian: libqt6sql6-psql).";
        m_server = std::make_unique<PostgresServer>();
        if (!m_server->start())
            qFatal("PostgreSQL does not start: %s", m_server->log().constData());
        return nullptr;
    }
    /// An empty database; with SQLite \a directory holds it.
    server::DatabaseTarget fresh(const QTemporaryDir &directory)
    {
        if (!m_server)
            return directory.filePath(QStringLiteral("frpx.db"));
        return server::DatabaseTarget::parse(m_server->createDatabase()).value();
    }
    PostgresServer *server() { return m_server.get(); }

private:
    std::unique_ptr<PostgresServer> m_server;
};

} // namespace frpx::test
