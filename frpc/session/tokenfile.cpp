// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/tokenfile.h"

#include "common/core/logging.h"
#include "common/system/privatefile.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

bool isToken(const QString &text)
{
    const auto isPrintableAscii = [](QChar c) { return c >= u' ' && c <= u'~'; };
    return !text.isEmpty() && text.size() <= TokenFile::maxTokenLength
        && std::all_of(text.begin(), text.end(), isPrintableAscii);
}

/// Parses the one JSON value in \a bytes; undefined when there is none, or more.
QJsonValue parseJson(const QByteArray &bytes)
{
    // QJsonDocument accepts only arrays and objects, so the value, which may be a bare string, becomes an
    // array.
    const QJsonDocument document = QJsonDocument::fromJson('[' + bytes + ']');
    const QJsonArray array = document.array();
    return array.size() == 1 ? array.first() : QJsonValue(QJsonValue::Undefined);
}

Error storageError(QString detail)
{
    return Error{Errc::Storage, std::move(detail)};
}

} // namespace

TokenFile::TokenFile(QString path)
    : m_path(std::move(path))
{ }

Result<std::optional<QString>> TokenFile::load() const
{
    const Result<std::optional<PrivateFileContent>> content = readPrivateFile(m_path, maxFileSize);
    if (!content)
        return storageError(content.error().detail);
    if (!content->has_value())
        return std::optional<QString>();
    if ((*content)->readableByOthers && !m_hasWarned) {
        m_hasWarned = true;
        qCWarning(lcClient).noquote()
            << m_path << "can be read by other users of this machine; run: chmod 600" << m_path;
    }

    const QJsonValue value = parseJson((*content)->bytes);
    if (value.isUndefined())
        return storageError(u"%1 is not JSON; remove it and log in again."_s.arg(m_path));
    const QString token = value.isObject() ? value.toObject().value("token"_L1).toString() : value.toString();
    if (!isToken(token))
        return storageError(u"%1 contains no token; remove it and log in again."_s.arg(m_path));
    return std::optional(token);
}

Result<void> TokenFile::save(const QString &token) const
{
    if (!isToken(token)) {
        return Error{
            Errc::InvalidArgument, u"A token is 1 to %1 printable ASCII characters."_s.arg(maxTokenLength)};
    }
    const QJsonDocument document(QJsonObject{{u"token"_s, token}});
    const Result<void> written = writePrivateFile(m_path, document.toJson(QJsonDocument::Compact) + '\n');
    if (!written)
        return storageError(written.error().detail);
    return {};
}

Result<void> TokenFile::remove() const
{
    const Result<void> removed = removePrivateFile(m_path);
    if (!removed)
        return storageError(removed.error().detail);
    return {};
}

} // namespace frpx
