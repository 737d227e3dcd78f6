// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privatefile.h"

#include "common/core/ids.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

// sddl.h needs windows.h.
// clang-format off
#include <windows.h>
#include <sddl.h>
// clang-format on

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

const wchar_t *toWide(const QString &text)
{
    return reinterpret_cast<const wchar_t *>(text.utf16());
}

Error ioError(QStringView verb, const QString &path, const QString &reason)
{
    return Error{Errc::Io, u"%1 cannot be %2: %3"_s.arg(QDir::toNativeSeparators(path), verb, reason)};
}

Error ioError(QStringView verb, const QString &path, DWORD error)
{
    return ioError(verb, path, qt_error_string(static_cast<int>(error)));
}

QString followLinks(const QString &path)
{
    const QFileInfo info(path);
    return info.isSymbolicLink() ? info.symLinkTarget() : path;
}

/// A new file that only its owner may open; inherits nothing from the directory.
HANDLE createForOwner(const QString &path)
{
    SECURITY_ATTRIBUTES attributes = {};
    attributes.nLength = sizeof(attributes);
    if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(
            L"D:P(A;;FA;;;OW)", SDDL_REVISION_1, &attributes.lpSecurityDescriptor, nullptr)) {
        return INVALID_HANDLE_VALUE;
    }
    const HANDLE file = ::CreateFileW(
        toWide(path), GENERIC_WRITE, 0, &attributes, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
    const DWORD error = ::GetLastError();
    ::LocalFree(attributes.lpSecurityDescriptor);
    ::SetLastError(error);
    return file;
}

/// Fills and closes \a file; returns ERROR_SUCCESS or the error number.
DWORD fillAndClose(HANDLE file, const QByteArray &content)
{
    DWORD error = ERROR_SUCCESS;
    DWORD written = 0;
    if (!::WriteFile(file, content.constData(), static_cast<DWORD>(content.size()), &written, nullptr)
        || !::FlushFileBuffers(file)) {
        error = ::GetLastError();
    } else if (written != static_cast<DWORD>(content.size())) {
        error = ERROR_DISK_FULL;
    }
    if (!::CloseHandle(file) && error == ERROR_SUCCESS)
        error = ::GetLastError();
    return error;
}

} // namespace

Result<std::optional<PrivateFileContent>> readPrivateFile(const QString &path, qsizetype maxSize)
{
    QFile file(path);
    if (!file.exists())
        return std::optional<PrivateFileContent>();
    if (!file.open(QIODevice::ReadOnly))
        return ioError(u"opened", path, file.errorString());
    PrivateFileContent content;
    content.bytes = file.read(maxSize + 1);
    if (file.error() != QFileDevice::NoError)
        return ioError(u"read", path, file.errorString());
    if (content.bytes.size() > maxSize)
        return Error{Errc::Io, u"%1 is larger than %2 bytes."_s.arg(path, QString::number(maxSize))};
    return std::optional(std::move(content));
}

Result<std::optional<PrivateFileContent>> readPrivateInput(
    const QString &path, qsizetype maxSize, int /*timeoutMs*/)
{
    return readPrivateFile(path, maxSize);
}

Result<void> writePrivateFile(const QString &path, const QByteArray &content)
{
    const QString target = QFileInfo(followLinks(path)).absoluteFilePath();
    const QString directory = QFileInfo(target).absolutePath();
    const QString temporary = QDir::toNativeSeparators(directory + u"/.frpx-"_s + randomUuid());
    const HANDLE file = createForOwner(temporary);
    if (file == INVALID_HANDLE_VALUE)
        return ioError(u"written", path, ::GetLastError());

    DWORD error = fillAndClose(file, content);
    if (error == ERROR_SUCCESS
        && !::MoveFileExW(toWide(temporary), toWide(QDir::toNativeSeparators(target)),
            MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
        error = ::GetLastError();
    }
    if (error != ERROR_SUCCESS) {
        ::DeleteFileW(toWide(temporary));
        return ioError(u"written", path, error);
    }
    return {};
}

Result<void> removePrivateFile(const QString &path)
{
    QFile file(followLinks(path));
    if (file.exists() && !file.remove())
        return ioError(u"removed", path, file.errorString());
    return {};
}

} // namespace frpx
