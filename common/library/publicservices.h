// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/tunnelmessages.h"

#include <Frpx/service.h>

namespace frpx {

// Conversions of the server's lists to the types of the libraries.

Frpx::ServiceList publicServices(const std::vector<proto::Service> &services);
Frpx::PortList publicPorts(const std::vector<proto::PortRange> &ports);

} // namespace frpx
