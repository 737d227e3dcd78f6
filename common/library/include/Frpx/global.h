// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

/// \file
/// Definitions that all headers of the libraries need.

#if defined(Q_OS_WIN)
/// Exports a symbol of the libraries. On Windows they are static.
#define FRPX_EXPORT
#else
/// Exports a symbol of the libraries.
#define FRPX_EXPORT Q_DECL_EXPORT
#endif

/// The libraries of frpx: servers and clients of a reverse proxy inside other programs.
namespace Frpx { }
