// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/tunnelmessages.h"

#include <Frpx/service.h>

namespace frpx {

// What a server has, as the libraries tell it.

Frpx::ServiceList publicServices(const std::vector<proto::Service> &services);
Frpx::PortList publicPorts(const std::vector<proto::PortRange> &ports);

} // namespace frpx
