// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apiservice.h"

#include <optional>

namespace frpx::server {

class PortKeeper;

/// The port keeper's part of the HTTP API: `POST /port-registrations` and `GET /ping` as a server plugin for
/// a frp server, and `/api/ports/leases` for operators. Lives on the control thread.
class PortRoutes : public ApiService
{
public:
    /// \a keeper must outlive the routes.
    explicit PortRoutes(PortKeeper &keeper, ApiClock clock = systemApiTime);

    bool owns(const QByteArray &path) const override;
    void answer(const ApiRequest &request, const ApiReply &reply) override;

private:
    void registerPort(const ApiRequest &request, const ApiReply &reply);
    ApiResponse listLeases(const ApiRequest &request) const;
    void releaseLease(const QByteArray &id, const ApiReply &reply);

    PortKeeper &m_keeper;
    const ApiClock m_clock;
};

} // namespace frpx::server
