// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QStringList>

#include <vector>

namespace frpx::server {

/// One step of the schema: the statements that upgrade the version before to \a version. Portable SQL.
struct Migration
{
    int version;
    QStringList statements;
};

/// The steps in rising order of version, without gaps, from 1. Released steps are never edited: append one.
const std::vector<Migration> &schemaMigrations();

} // namespace frpx::server
