// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelrequests.h"

#include <Frpx/service.h>

namespace frpx {

// Conversions of the server's lists to the types of the libraries.

Frpx::ServiceList publicServices(const std::vector<Service> &services);
Frpx::PortList publicPorts(const std::vector<PortRange> &ports);

} // namespace frpx
