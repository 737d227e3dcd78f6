// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <memory>

namespace frpx {

class IoLoop;

std::unique_ptr<IoLoop> createEpollLoop(); ///< null where there is no epoll
std::unique_ptr<IoLoop> createPortableLoop();

} // namespace frpx
