// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privatefile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
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

/// 0, or what went wrong.
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

/// Makes a rename last. Not every file system can do this for a directory, and not every directory lets us.
int syncDirectory(const QByteArray &directory)
{
    const Descriptor handle(::open(directory.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!handle.isOpen() || ::fsync(handle.get()) == 0 || errno == EINVAL || errno == ENOTSUP)
        return 0;
    return errno;
}

/// Fills and closes \a file; 0, or what went wrong.
int fillAndClose(Descriptor &file, const QByteArray &content)
{
    // mkostemp() asked for 0600, but an odd umask may have taken the owner's rights away.
    if (::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0)
        return errno;
    if (const int error = writeAll(file.get(), content); error != 0)
        return error;
    if (::fsync(file.get()) != 0 || !file.close())
        return errno;
    return 0;
}

} // namespace

Result<std::optional<PrivateFileContent>> readPrivateFile(const QString &path, qsizetype maxSize)
{
    // Without O_NONBLOCK a pipe in the file's place would hold us up for ever.
    const Descriptor file(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.isOpen()) {
        if (errno == ENOENT)
            return std::optional<PrivateFileContent>();
        return ioError(u"opened", path, errno);
    }
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0)
        return ioError(u"read", path, errno);
    if (!S_ISREG(status.st_mode))
        return Error{Errc::Io, u"%1 is not a regular file."_s.arg(path)};

    PrivateFileContent content;
    content.readableByOthers = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    content.bytes.resize(maxSize + 1);
    qsizetype length = 0;
    while (length <= maxSize) {
        const ssize_t count =
            ::read(file.get(), content.bytes.data() + length, size_t(content.bytes.size() - length));
        if (count < 0 && errno != EINTR)
            return ioError(u"read", path, errno);
        if (count == 0)
            break;
        length += std::max<ssize_t>(count, 0);
    }
    if (length > maxSize)
        return Error{Errc::Io, u"%1 is larger than %2 bytes."_s.arg(path).arg(maxSize)};
    content.bytes.truncate(length);
    return std::optional(std::move(content));
}

Result<void> writePrivateFile(const QString &path, const QByteArray &content)
{
    const QByteArray directory = QFile::encodeName(QFileInfo(path).absolutePath());
    QByteArray temporary = directory + "/.frpx-XXXXXX";
    Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC)); // made with mode 0600
    if (!file.isOpen())
        return ioError(u"written", path, errno);

    int error = fillAndClose(file, content);
    // A link in the file's place is replaced: somebody else may have put it there.
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
