// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/frames.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QtEndian>

using namespace Qt::StringLiterals;

namespace frpx::test {

namespace {
constexpr qsizetype headerSize = 4;
}

QByteArray frame(const QByteArray &payload)
{
    QByteArray bytes(headerSize, '\0');
    qToBigEndian(static_cast<quint32>(payload.size()), bytes.data());
    return bytes + payload;
}

WireMessage parseMessage(const QByteArray &payload)
{
    // A bare string is no JSON document for QJsonDocument; inside an array it is.
    const QJsonDocument document = QJsonDocument::fromJson('[' + payload + ']');
    const QJsonArray array = document.array();
    if (array.size() != 1)
        return {};
    if (array.first().isString())
        return {array.first().toString(), {}};
    const QJsonObject object = array.first().toObject();
    if (object.size() != 1 || !object.begin().value().isObject())
        return {};
    return {object.begin().key(), object.begin().value().toObject()};
}

QByteArray jsonString(const QString &text)
{
    const QByteArray array = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    return array.sliced(1, array.size() - 2);
}

bool isKnownToOriginalServer(const QString &variant)
{
    static const QStringList known{
        u"Login"_s, u"LoginByToken"_s, u"Register"_s, u"Heartbeat"_s, u"SystemInfo"_s, u"NewProxyConn"_s};
    return known.contains(variant);
}

bool isKnownToOriginalClient(const QString &variant)
{
    static const QStringList known{u"LoginResult"_s, u"RegisterResult"_s, u"RequestNewProxyConn"_s};
    return known.contains(variant);
}

std::optional<QByteArray> FrameBuffer::takeFrame()
{
    if (m_bytes.size() < headerSize)
        return std::nullopt;
    const auto length = static_cast<qsizetype>(qFromBigEndian<quint32>(m_bytes.constData()));
    if (m_bytes.size() < headerSize + length)
        return std::nullopt;
    const QByteArray payload = m_bytes.sliced(headerSize, length);
    m_bytes.remove(0, headerSize + length);
    return payload;
}

} // namespace frpx::test
