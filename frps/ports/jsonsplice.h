// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <vector>

/// Changes to JSON text that leave everything else as it is: order, spaces, and numbers that no double can
/// hold. Pure functions.
namespace frpx::server {

/// One member of a JSON object, as a part of its text.
struct JsonMember
{
    QString name; ///< decoded
    QByteArrayView value; ///< raw
};

/// The members of the object \a object, in order. The text must be one that QJsonDocument accepts; whatever
/// surrounds the braces is skipped. Not recursive.
std::vector<JsonMember> jsonMembers(QByteArrayView object);

/// The text of the object \a object with \a value (raw) for every member called \a name, or with such a
/// member at its end when there is none.
QByteArray withJsonMember(QByteArrayView object, QStringView name, const QByteArray &value);

} // namespace frpx::server
