// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/postgresserver.h"

#include "tests/support/process.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <algorithm>
#include <csignal>

#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace frpx::test {

namespace {

/// The folder of the newest version's programs; empty when there is none.
QString programFolder()
{
    const QDir versions(u"/usr/lib/postgresql"_s);
    QStringList names = versions.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    std::sort(
        names.begin(), names.end(), [](const QString &a, const QString &b) { return a.toInt() > b.toInt(); });
    for (const QString &name : std::as_const(names)) {
        if (QFile::exists(versions.filePath(name + u"/bin/initdb"_s)))
            return versions.filePath(name + u"/bin"_s);
    }
    return {};
}

/// In the child, before it becomes the program: gives up being root, and ends with the test.
void becomeNobody()
{
    if (::geteuid() == 0) {
        const passwd *user = ::getpwnam("postgres"); // NOLINT(concurrency-mt-unsafe): one thread after fork()
        if (!user || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)
            ::_exit(127);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT); // after setuid(), which clears it
}

} // namespace

PostgresServer::~PostgresServer()
{
    kill();
}

bool PostgresServer::isInstalled()
{
    return !programFolder().isEmpty();
}

bool PostgresServer::run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setWorkingDirectory(m_directory.path());
    process.setChildProcessModifier(becomeNobody);
    process.start(programFolder() + u'/' + program, arguments);
    const bool done = process.waitForFinished(60'000) && process.exitStatus() == QProcess::NormalExit
        && process.exitCode() == 0;
    m_log += process.readAll();
    return done;
}

bool PostgresServer::start()
{
    if (m_port == 0) {
        if (::geteuid() == 0) {
            const passwd *user = ::getpwnam("postgres"); // NOLINT(concurrency-mt-unsafe): nobody else asks
            if (!user || ::chown(qPrintable(m_directory.path()), user->pw_uid, user->pw_gid) != 0)
                return false;
        }
        if (!run(u"initdb"_s,
                {u"-D"_s, dataDirectory(), u"-U"_s, u"frpx"_s, u"-A"_s, u"trust"_s, u"-E"_s, u"UTF8"_s,
                    u"--no-locale"_s, u"--no-sync"_s}))
            return false;
        m_port = freePorts(1).first();
    }
    m_server.setProcessChannelMode(QProcess::MergedChannels);
    m_server.setStandardOutputFile(QProcess::nullDevice());
    m_server.setWorkingDirectory(m_directory.path());
    m_server.setChildProcessModifier(becomeNobody);
    m_server.start(programFolder() + u"/postgres"_s,
        {u"-D"_s, dataDirectory(), u"-p"_s, QString::number(m_port), u"-c"_s, u"listen_addresses=127.0.0.1"_s,
            u"-k"_s, m_directory.path(), u"-c"_s, u"fsync=off"_s, u"-c"_s, u"max_connections=40"_s, u"-c"_s,
            u"shared_buffers=16MB"_s});
    if (!m_server.waitForStarted())
        return false;
    return QTest::qWaitFor(
        [this] {
            return run(
                u"pg_isready"_s, {u"-h"_s, m_directory.path(), u"-p"_s, QString::number(m_port), u"-q"_s});
        },
        30'000);
}

void PostgresServer::kill()
{
    if (m_server.state() == QProcess::NotRunning)
        return;
    ::kill(static_cast<pid_t>(m_server.processId()), SIGQUIT); // its "immediate" shutdown
    m_server.waitForFinished();
}

QString PostgresServer::createDatabase()
{
    const QString name = u"test%1"_s.arg(++m_databases);
    if (!run(u"createdb"_s,
            {u"-h"_s, m_directory.path(), u"-p"_s, QString::number(m_port), u"-U"_s, u"frpx"_s, name}))
        return {};
    return u"postgresql://frpx@127.0.0.1:%1/%2"_s.arg(m_port).arg(name);
}

QByteArray PostgresServer::log() const
{
    return m_log;
}

} // namespace frpx::test
