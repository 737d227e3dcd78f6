// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/reloadserver.h"

#include "common/core/logging.h"

#include <QCryptographicHash>
#include <QDeadlineTimer>
#include <QDir>
#include <QFileInfo>
#include <QLocalSocket>
#include <QPointer>
#include <QTimer>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr int maxConnections = 8;
constexpr int requestTimeoutMs = 5000;
constexpr int answerTimeoutMs = ReloadServer::maxWorkMs + 5000;
constexpr qint64 maxAnswerBytes = qint64{64} * 1024;
constexpr QByteArrayView request = "reload\n";
constexpr QByteArrayView accepted = "ok ";
constexpr QByteArrayView refused = "refused ";
constexpr QByteArrayView failed = "failed ";

#ifdef Q_OS_UNIX
/// A directory that only this operating system user can access. Another user may have created one of that
/// name.
Result<QString> privateDirectory()
{
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    const QString path = QDir::isAbsolutePath(runtime)
        ? runtime + u"/frpx"_s
        : u"%1/frpx-%2"_s.arg(QDir::tempPath()).arg(::getuid());
    const QByteArray name = QFile::encodeName(path);
    struct stat status = {};
    if (::mkdir(name.constData(), S_IRWXU) != 0 && errno != EEXIST)
        return Error{Errc::Io, u"%1 cannot be made: %2."_s.arg(path, qt_error_string())};
    if (::lstat(name.constData(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::getuid()
        || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{Errc::Io, u"%1 is not a directory of this user alone."_s.arg(path)};
    return path;
}
#endif

} // namespace

Result<QString> reloadSocketPath(const QString &program, const QString &configFile)
{
    const QFileInfo info(configFile);
    const QString canonical = info.canonicalFilePath();
    const QByteArray hash = QCryptographicHash::hash(
        (canonical.isEmpty() ? info.absoluteFilePath() : canonical).toUtf8(), QCryptographicHash::Sha256);
    const QString name = u"%1-%2"_s.arg(program, QString::fromLatin1(hash.toHex().first(16)));
#ifdef Q_OS_UNIX
    Result<QString> directory = privateDirectory();
    if (!directory)
        return directory;
    return *directory + u'/' + name + u".sock"_s;
#else
    return u"frpx-"_s + name; // on Windows the name of a pipe
#endif
}

ReloadServer::ReloadServer(Handler handler, QObject *parent)
    : QObject(parent)
    , m_handler(std::move(handler))
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    m_server.setMaxPendingConnections(maxConnections);
    connect(&m_server, &QLocalServer::newConnection, this, &ReloadServer::onConnection);
}

ReloadServer::ReloadServer(std::function<Result<QString>()> handler, QObject *parent)
    : ReloadServer([handler = std::move(handler)](const Answer &answer) { answer(handler()); }, parent)
{ }

ReloadServer::~ReloadServer() = default;

Result<void> ReloadServer::listen(const QString &path)
{
#ifdef Q_OS_UNIX
    m_lock = std::make_unique<QLockFile>(path + u".lock"_s);
    m_lock->setStaleLockTime(0); // only the end of its owner makes it stale
    if (!m_lock->tryLock(0)) {
        if (m_lock->error() == QLockFile::LockFailedError)
            return Error{Errc::AlreadyExists, u"Another process with the same configuration file runs."_s};
        return Error{Errc::Io, u"%1.lock cannot be written."_s.arg(path)};
    }
    QLocalServer::removeServer(path); // left by a killed process
#endif
    if (!m_server.listen(path))
        return Error{Errc::Io, u"%1: %2."_s.arg(path, m_server.errorString())};
    return {};
}

void ReloadServer::onConnection()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        if (m_connections >= maxConnections) {
            socket->abort();
            socket->deleteLater();
            continue;
        }
        ++m_connections;
        connect(socket, &QLocalSocket::disconnected, this, [this, socket] {
            --m_connections;
            socket->deleteLater();
        });
        auto *deadline = new QTimer(socket);
        deadline->setSingleShot(true);
        connect(deadline, &QTimer::timeout, socket, &QLocalSocket::abort);
        deadline->start(requestTimeoutMs);
        connect(socket, &QLocalSocket::readyRead, this,
            [this, socket, deadline] { onReadyRead(socket, deadline); });
        onReadyRead(socket, deadline);
    }
}

void ReloadServer::onReadyRead(QLocalSocket *socket, QTimer *deadline)
{
    if (socket->bytesAvailable() < request.size())
        return;
    disconnect(socket, &QLocalSocket::readyRead, this, nullptr);
    if (socket->read(request.size()) != request) {
        socket->abort();
        return;
    }
    deadline->start(maxWorkMs);
    m_handler([socket = QPointer<QLocalSocket>(socket)](const Result<QString> &done) {
        if (socket)
            answer(socket, done);
    });
}

void ReloadServer::answer(QLocalSocket *socket, const Result<QString> &done)
{
    const bool isRefused = !done && done.error().code == Errc::Forbidden;
    const QByteArrayView head = done ? accepted : isRefused ? refused : failed;
    const QByteArray text = head.toByteArray() + (done ? *done : done.error().detail).toUtf8();
    socket->write(text.first(std::min<qsizetype>(text.size(), maxAnswerBytes)) + '\n');
    socket->disconnectFromServer(); // closes after the answer is written
}

Result<QString> requestReload(const QString &path)
{
    QLocalSocket socket;
    socket.connectToServer(path);
    if (!socket.waitForConnected(requestTimeoutMs)) {
        return Error{Errc::NotFound,
            u"No process of this user runs with this configuration file (%1); send SIGHUP to one of another user."_s
                .arg(socket.errorString())};
    }
    socket.write(request.data(), request.size());
    QByteArray answer;
    const QDeadlineTimer deadline(answerTimeoutMs);
    while (answer.size() <= maxAnswerBytes) { // read to the end: the answer may have several lines
        if (socket.bytesAvailable() == 0
            && !socket.waitForReadyRead(static_cast<int>(deadline.remainingTime())))
            break;
        answer += socket.readAll();
    }
    if (!answer.endsWith('\n'))
        return Error{Errc::Timeout, u"It does not answer; its log may tell why."_s};
    answer.chop(1);
    const QString text = QString::fromUtf8(answer.sliced(answer.indexOf(' ') + 1));
    if (answer.startsWith(accepted))
        return text;
    return Error{answer.startsWith(refused) ? Errc::Forbidden : Errc::BadConfig, text};
}

} // namespace frpx
