// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"
#include "frps/api/apirequest.h"

#include <functional>

namespace frpx::server {

/// Takes the answer to one request; only the first call counts. May be called at once or later, on the
/// control thread, also when the peer or the server has gone.
using ApiReply = std::function<void(const ApiResponse &)>;

/// Routes beside those of ApiRouter, whose answers may take time. Called on the control thread.
class ApiService
{
public:
    ApiService() = default;
    virtual ~ApiService() = default;
    Q_DISABLE_COPY_MOVE(ApiService)

    /// Whether requests for \a path (as on the wire, without the query) are for this service.
    virtual bool owns(const QByteArray &path) const = 0;
    /// Answers \a request by calling \a reply once.
    virtual void answer(const ApiRequest &request, const ApiReply &reply) = 0;
};

} // namespace frpx::server
