// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/inputfiles.h"

using namespace Qt::StringLiterals;

namespace frpx {

Result<std::optional<PrivateFileContent>> InputFiles::read(const QString &path, qsizetype maxSize)
{
    if (const auto kept = m_kept.constFind(path); kept != m_kept.cend()) {
        if (kept->bytes.size() > maxSize)
            return Error{Errc::Io, u"%1 is larger than %2 bytes."_s.arg(path, QString::number(maxSize))};
        return std::optional(*kept);
    }
    if (m_isStarted)
        return readPrivateFile(path, maxSize);
    Result<std::optional<PrivateFileContent>> content = readPrivateInput(path, maxSize, timeoutMs);
    if (content && *content && (*content)->isReadOnce && m_kept.size() < maxKept)
        m_kept.insert(path, **content);
    return content;
}

Result<PrivateFileContent> InputFiles::readExisting(const QString &path, qsizetype maxSize)
{
    Result<std::optional<PrivateFileContent>> content = read(path, maxSize);
    if (!content)
        return content.error();
    if (!*content)
        return Error{Errc::Io, u"There is no %1."_s.arg(path)};
    return **std::move(content);
}

QString firstLineOf(const QByteArray &bytes)
{
    QString line = QString::fromUtf8(bytes).section(u'\n', 0, 0);
    if (line.endsWith(u'\r'))
        line.chop(1);
    return line;
}

} // namespace frpx
