// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privatefile.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

Error ioError(QStringView verb, const QString &path, int error)
{
    return Error{Errc::Io, u"%1 cannot be %2: %3."_s.arg(path, verb, qt_error_string(error))};
}

class Descriptor
{
public:
    explicit Descriptor(int fd)
        : m_fd(fd)
    { }
    ~Descriptor() { close(); }
    Q_DISABLE_COPY_MOVE(Descriptor)

    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }
    bool close()
    {
        const int fd = std::exchange(m_fd, -1);
        return fd < 0 || ::close(fd) == 0;
    }

private:
    int m_fd;
};

/// Returns 0 or the error number.
int writeAll(int fd, const QByteArray &content)
{
    qsizetype done = 0;
    while (done < content.size()) {
        const ssize_t count = ::write(fd, content.constData() + done, size_t(content.size() - done));
        if (count < 0 && errno != EINTR)
            return errno;
        done += std::max<ssize_t>(count, 0);
    }
    return 0;
}

/// Makes a rename durable. Not every file system supports this for a directory, and not every directory
/// allows it.
int syncDirectory(const QByteArray &directory)
{
    const Descriptor handle(::open(directory.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!handle.isOpen() || ::fsync(handle.get()) == 0 || errno == EINVAL || errno == ENOTSUP)
        return 0;
    return errno;
}

/// Fills and closes \a file; returns 0 or the error number.
int fillAndClose(Descriptor &file, const QByteArray &content)
{
    // mkostemp() asked for 0600, but an unusual umask may have removed the owner's permissions.
    if (::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0)
        return errno;
    if (const int error = writeAll(file.get(), content); error != 0)
        return error;
    if (::fsync(file.get()) != 0 || !file.close())
        return errno;
    return 0;
}

int openForReading(const QString &path)
{
    return ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/// The number in "/dev/fd/63"; 0 for "/dev/stdin".
std::optional<int> descriptorOf(const QString &path)
{
    if (path == "/dev/stdin"_L1)
        return STDIN_FILENO;
    for (const QLatin1StringView directory : {"/dev/fd/"_L1, "/proc/self/fd/"_L1}) {
        bool isNumber = false;
        const int number = path.startsWith(directory) ? path.sliced(directory.size()).toInt(&isNumber) : -1;
        if (isNumber && number >= 0)
            return number;
    }
    return std::nullopt;
}

/// The properties of \a file before it is read.
Result<PrivateFileContent> contentOf(const Descriptor &file, const QString &path)
{
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0)
        return ioError(u"read", path, errno);
    if (S_ISDIR(status.st_mode))
        return Error{Errc::Io, u"%1 is a directory."_s.arg(path)};
    PrivateFileContent content;
    content.readableByOthers = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    content.isReadOnce = !S_ISREG(status.st_mode);
    return content;
}

/// Waits until there are bytes to read, or the end. False when \a deadline passes first.
bool waitForBytes(int fd, const QDeadlineTimer &deadline)
{
    while (true) {
        pollfd waiting{fd, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(deadline.remainingTime()));
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true; // read() reports the error
        if (ready == 0 && deadline.hasExpired())
            return false;
    }
}

constexpr int waitsForNothing = -1;

/// Reads \a file, for up to \a timeoutMs if it is no regular file.
Result<void> readAll(
    const Descriptor &file, const QString &path, qsizetype maxSize, int timeoutMs, QByteArray &bytes)
{
    const bool waits = timeoutMs != waitsForNothing;
    const QDeadlineTimer deadline(timeoutMs);
    bytes.resize(maxSize + 1);
    qsizetype length = 0;
    while (length <= maxSize) {
        if (waits && !waitForBytes(file.get(), deadline)) {
            return Error{Errc::Io,
                u"The end of %1 has not come within %2 s."_s.arg(path, QString::number(timeoutMs / 1000.0))};
        }
        const ssize_t count = ::read(file.get(), bytes.data() + length, size_t(bytes.size() - length));
        if (count < 0 && errno != EINTR && !(waits && errno == EAGAIN))
            return ioError(u"read", path, errno);
        if (count == 0)
            break;
        length += std::max<ssize_t>(count, 0);
    }
    if (length > maxSize)
        return Error{Errc::Io, u"%1 is larger than %2 bytes."_s.arg(path, QString::number(maxSize))};
    bytes.truncate(length);
    return {};
}

} // namespace

Result<std::optional<PrivateFileContent>> readPrivateFile(const QString &path, qsizetype maxSize)
{
    // Without O_NONBLOCK, opening a pipe in place of the file would block for ever.
    const Descriptor file(openForReading(path));
    if (!file.isOpen()) {
        if (errno == ENOENT)
            return std::optional<PrivateFileContent>();
        return ioError(u"opened", path, errno);
    }
    Result<PrivateFileContent> content = contentOf(file, path);
    if (!content)
        return content.error();
    if (content->isReadOnce)
        return Error{Errc::Io, u"%1 is not a regular file."_s.arg(path)};
    if (const Result<void> read = readAll(file, path, maxSize, waitsForNothing, content->bytes); !read)
        return read.error();
    return std::optional(*std::move(content));
}

Result<std::optional<PrivateFileContent>> readPrivateInput(
    const QString &path, qsizetype maxSize, int timeoutMs)
{
    // An open descriptor is used as it is. If a pipe were opened again after its writer has closed it, its
    // end would never be reported.
    const std::optional<int> descriptor = descriptorOf(path);
    const Descriptor file(descriptor ? ::fcntl(*descriptor, F_DUPFD_CLOEXEC, 0) : openForReading(path));
    if (!file.isOpen()) {
        if (errno == ENOENT)
            return std::optional<PrivateFileContent>();
        return ioError(u"opened", path, errno);
    }
    Result<PrivateFileContent> content = contentOf(file, path);
    if (!content)
        return content.error();
    if (::isatty(file.get()) == 1)
        return Error{Errc::Io, u"%1 is a terminal, and not a file or a pipe."_s.arg(path)};
    const bool mayWait = content->isReadOnce;
    if (descriptor)
        content->isReadOnce = true;
    const int timeout = mayWait ? timeoutMs : waitsForNothing;
    if (const Result<void> read = readAll(file, path, maxSize, timeout, content->bytes); !read)
        return read.error();
    return std::optional(*std::move(content));
}

Result<void> writePrivateFile(const QString &path, const QByteArray &content)
{
    const QByteArray directory = QFile::encodeName(QFileInfo(path).absolutePath());
    QByteArray temporary = directory + "/.frpx-XXXXXX";
    Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC)); // created with mode 0600
    if (!file.isOpen())
        return ioError(u"written", path, errno);

    int error = fillAndClose(file, content);
    // A link in place of the file is replaced: another user may have created it.
    if (error == 0 && ::rename(temporary.constData(), QFile::encodeName(path).constData()) != 0)
        error = errno;
    if (error != 0) {
        ::unlink(temporary.constData());
        return ioError(u"written", path, error);
    }
    if (error = syncDirectory(directory); error != 0)
        return ioError(u"written for certain", path, error);
    return {};
}

Result<void> removePrivateFile(const QString &path)
{
    if (::unlink(QFile::encodeName(path).constData()) != 0 && errno != ENOENT)
        return ioError(u"removed", path, errno);
    return {};
}

} // namespace frpx
