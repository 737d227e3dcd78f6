// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <vector>

/// Changes JSON text and leaves everything else as it is: order, spaces, and numbers that no double can
/// represent. Pure functions.
namespace frpx::server {

/// One member of a JSON object, as a part of the text.
struct JsonMember
{
    QString name; ///< decoded
    QByteArrayView value; ///< raw
};

/// The members of \a object, in order. QJsonDocument must accept the text; text around the braces is skipped.
/// Not recursive.
std::vector<JsonMember> jsonMembers(QByteArrayView object);

/// The text of the object \a object with \a value (raw) for every member called \a name, or with such a
/// member at its end when there is none.
QByteArray withJsonMember(QByteArrayView object, QStringView name, const QByteArray &value);

} // namespace frpx::server
