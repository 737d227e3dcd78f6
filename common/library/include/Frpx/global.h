// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

/// \file
/// What every header of the libraries needs.

#if defined(Q_OS_WIN)
/// What the libraries show. On Windows they are static.
#define FRPX_EXPORT
#else
/// What the libraries show.
#define FRPX_EXPORT Q_DECL_EXPORT
#endif

/// The libraries of frpx: servers and clients of a reverse proxy, for programs that have them inside.
namespace Frpx { }
