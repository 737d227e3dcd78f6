// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>
#include <QString>

namespace frpx {

/// The name of this machine: its host name without the domain; "computer" if it has none.
QString computerName();

/// A client id for this machine, the same after every restart: "<computer name>-<8 hex digits>", always valid
/// for checkClientId(). The digits come from a hash, so they do not reveal the machine's own id.
QString defaultClientId();

/// The pure part of defaultClientId(): \a machineData distinguishes this machine from all others.
QString makeClientId(QStringView computerName, QByteArrayView machineData);

} // namespace frpx
