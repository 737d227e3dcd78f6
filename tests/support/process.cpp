// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/process.h"

#include "tests/support/sockets.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QSet>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <vector>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace Qt::StringLiterals;

namespace frpx::test {

namespace {

constexpr int firstPort = 20'000;
constexpr int lastPort = 32'000;
constexpr rlim_t usualDescriptorLimit = 1'024;

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Keeps other test programs from \a port until this one ends: nobody may listen there yet, or not at the
/// moment. The name is an abstract one, which belongs to the network (namespace) as ports do, and leaves
/// nothing behind.
bool reserve(quint16 port)
{
#ifdef Q_OS_LINUX
    const QByteArray name = "frpx-test-port-" + QByteArray::number(port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path + 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size_t(name.size()));
    static std::vector<Fd> reservations;
    Fd reservation(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (::bind(reservation.get(), reinterpret_cast<const sockaddr *>(&address), size) != 0)
        return false;
    reservations.push_back(std::move(reservation));
#endif
    return true;
}

} // namespace

QList<quint16> freePorts(int count)
{
    static QSet<quint16> given;
    QList<quint16> ports;
    while (ports.size() < count) {
        const auto port = static_cast<quint16>(QRandomGenerator::global()->bounded(firstPort, lastPort));
        if (given.contains(port) || !reserve(port) || !listenLoopback(port).isValid())
            continue;
        given.insert(port);
        ports << port;
    }
    return ports;
}

quint16 freeLowPort()
{
    for (quint16 port = 611; port < 1000; ++port) {
        if (reserve(port) && listenLoopback(port).isValid())
            return port;
    }
    return 0;
}

Process::Process()
{
    m_process.setStandardErrorFile(m_directory.filePath(u"stderr"_s), QIODevice::Append);
    m_process.setStandardOutputFile(m_directory.filePath(u"stdout"_s), QIODevice::Append);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"HOME"_s, m_directory.path());
    for (const QString &name : {u"XDG_DATA_HOME"_s, u"XDG_CONFIG_HOME"_s, u"XDG_STATE_HOME"_s,
             u"XDG_CACHE_HOME"_s, u"QT_LOGGING_RULES"_s})
        environment.remove(name);
    // The tests look at descriptors in /proc, and a core dump of a crash is welcome.
    environment.insert(u"FRPX_DEBUGGABLE"_s, u"1"_s);
    // What sanitizers keep of freed memory would drown the checks for growth.
    environment.insert(u"ASAN_OPTIONS"_s, environment.value(u"ASAN_OPTIONS"_s) + u":quarantine_size_mb=4"_s);
    m_process.setProcessEnvironment(environment);
    m_process.setChildProcessModifier([given = m_descriptorLimit] {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        // What a login shell gives; a program that needs more has to see to it.
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        if (*given > 0)
            limit.rlim_max = *given;
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, usualDescriptorLimit);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    });
}

Process::~Process()
{
    if (QTest::currentTestFailed())
        qInfo().noquote() << m_process.program() << "ends its log with:\n" << log().right(6'000);
    kill9();
    m_process.waitForFinished();
}

void Process::setVariable(const QString &name, const QString &value)
{
    QProcessEnvironment environment = m_process.processEnvironment();
    environment.insert(name, value);
    m_process.setProcessEnvironment(environment);
}

bool Process::start(const QString &program, const QStringList &arguments, const QByteArray &input)
{
    const QString inputPath = m_directory.filePath(u"stdin"_s);
    QFile file(inputPath);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(input) != input.size())
        return false;
    file.close();
    m_process.setStandardInputFile(inputPath);
    m_process.start(program, arguments);
    return m_process.waitForStarted();
}

QByteArray Process::log() const
{
    return readAll(m_directory.filePath(u"stderr"_s));
}

QByteArray Process::output() const
{
    return readAll(m_directory.filePath(u"stdout"_s));
}

bool Process::waitForLog(const QString &text, int ms, qsizetype from)
{
    const QByteArray wanted = text.toUtf8();
    const auto found = [&] { return log().indexOf(wanted, from) >= 0; };
    return QTest::qWaitFor([&] { return found() || !isRunning(); }, ms) && found();
}

int Process::countInLog(const QByteArray &text, qsizetype from) const
{
    return static_cast<int>(log().sliced(from).count(text));
}

void Process::sendSignal(int number)
{
    if (const qint64 id = pid(); id > 0)
        ::kill(static_cast<pid_t>(id), number);
}

bool Process::isStopped() const
{
    const QDir tasks(u"/proc/%1/task"_s.arg(pid()));
    const QStringList ids = tasks.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    return !ids.isEmpty() && std::all_of(ids.begin(), ids.end(), [&tasks](const QString &id) {
        QFile file(tasks.filePath(id + u"/stat"_s));
        return file.open(QIODevice::ReadOnly) && file.readAll().contains(") T ");
    });
}

void Process::kill9()
{
    sendSignal(SIGKILL);
    waitForExit();
}

int Process::waitForExit(int ms)
{
    if (!QTest::qWaitFor([this] { return !isRunning(); }, ms)
        || m_process.exitStatus() != QProcess::NormalExit)
        return -1;
    return m_process.exitCode();
}

int Process::terminate(int ms)
{
    sendSignal(SIGTERM);
    return waitForExit(ms);
}

qint64 Process::rssKib() const
{
    const QByteArray status = readAll(u"/proc/%1/status"_s.arg(pid()));
    const qsizetype start = status.indexOf("VmRSS:"_ba);
    if (start < 0)
        return -1;
    const QByteArray line = status.sliced(start + 6, status.indexOf('\n', start) - start - 6);
    return line.trimmed().split(' ').first().toLongLong();
}

int Process::descriptorCount() const
{
    const QDir directory(u"/proc/%1/fd"_s.arg(pid()));
    if (pid() <= 0 || !directory.exists())
        return -1;
    return static_cast<int>(
        directory.entryList(QDir::AllEntries | QDir::System | QDir::Hidden | QDir::NoDotAndDotDot).size());
}

int Process::run(const QString &program, const QStringList &arguments, const QByteArray &input,
    QByteArray *output, QByteArray *log, int ms)
{
    Process process;
    if (!process.start(program, arguments, input))
        return -1;
    const int code = process.waitForExit(ms);
    if (output)
        *output = process.output();
    if (log)
        *log = process.log();
    return code;
}

QString frpsProgram()
{
    return QStringLiteral(FRPX_TEST_FRPS);
}

QString frpcProgram()
{
    return QStringLiteral(FRPX_TEST_FRPC);
}

} // namespace frpx::test
