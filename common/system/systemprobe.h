// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDir>
#include <QString>

#include <memory>

namespace frpx {

/// The used share of the machine's resources, each 0..100.
struct SystemUsage
{
    double cpuPercent = 0;
    double memoryPercent = 0;
    double diskPercent = 0;
};

/// Asks the operating system for the load of the machine without starting a program. A figure that the system
/// does not provide keeps its last value. Not thread-safe; cheap enough for calls every few seconds on any
/// thread.
class SystemProbe
{
public:
    SystemProbe() = default;
    virtual ~SystemProbe() = default;
    Q_DISABLE_COPY_MOVE(SystemProbe)

    /// The processor's share is that since the previous call, the first time since the machine started.
    virtual SystemUsage sample() = 0;

    /// \a diskPath: any file or directory on the file system to watch.
    static std::unique_ptr<SystemProbe> create(const QString &diskPath = QDir::rootPath());
};

} // namespace frpx
