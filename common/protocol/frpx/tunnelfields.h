// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/frpx/fieldreader.h"
#include "common/protocol/frpx/variantwriter.h"

/// The fields of the larger messages of tunnelmessages.h; a part of the codec in messages.cpp.
namespace frpx::proto {

OpenTunnel readOpenTunnel(FieldReader &reader);
OpenTunnelResult readOpenTunnelResult(FieldReader &reader);
ListServices readListServices(FieldReader &reader);
Services readServices(FieldReader &reader);
ListFreePorts readListFreePorts(FieldReader &reader);
FreePorts readFreePorts(FieldReader &reader);

QByteArray writeOpenTunnel(VariantWriter &writer, const OpenTunnel &m);
QByteArray writeOpenTunnelResult(VariantWriter &writer, const OpenTunnelResult &m);
QByteArray writeListServices(VariantWriter &writer, const ListServices &m);
QByteArray writeServices(VariantWriter &writer, const Services &m);
QByteArray writeListFreePorts(VariantWriter &writer, const ListFreePorts &m);
QByteArray writeFreePorts(VariantWriter &writer, const FreePorts &m);

} // namespace frpx::proto
