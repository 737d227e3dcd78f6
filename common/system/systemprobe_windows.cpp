// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/systemprobe.h"

#include "common/system/cpumeter.h"

#include <QDir>

#include <optional>

#include <windows.h>

namespace frpx {

namespace {

quint64 toTicks(const FILETIME &time)
{
    return (quint64(time.dwHighDateTime) << 32) | time.dwLowDateTime;
}

std::optional<CpuTicks> readCpuTicks()
{
    FILETIME idle = {};
    FILETIME kernel = {};
    FILETIME user = {};
    if (!::GetSystemTimes(&idle, &kernel, &user))
        return std::nullopt;
    // Time in the kernel includes the idle time.
    const quint64 total = toTicks(kernel) + toTicks(user);
    return CpuTicks{total - toTicks(idle), total};
}

class WindowsProbe final : public SystemProbe
{
public:
    explicit WindowsProbe(const QString &diskPath)
        : m_diskPath(QDir::toNativeSeparators(diskPath))
    {
        // The call needs a directory, with a backslash at the end for a share.
        if (!m_diskPath.endsWith(u'\\'))
            m_diskPath += u'\\';
    }

    SystemUsage sample() override
    {
        if (const std::optional<CpuTicks> ticks = readCpuTicks())
            m_usage.cpuPercent = m_cpu.update(*ticks);
        MEMORYSTATUSEX memory = {};
        memory.dwLength = sizeof(memory);
        if (::GlobalMemoryStatusEx(&memory)) {
            m_usage.memoryPercent = percentOf(memory.ullTotalPhys - memory.ullAvailPhys, memory.ullTotalPhys);
        }
        ULARGE_INTEGER available = {};
        ULARGE_INTEGER total = {};
        ULARGE_INTEGER free = {};
        const auto *path = reinterpret_cast<const wchar_t *>(m_diskPath.utf16());
        if (::GetDiskFreeSpaceExW(path, &available, &total, &free) && total.QuadPart >= available.QuadPart)
            m_usage.diskPercent = percentOf(total.QuadPart - available.QuadPart, total.QuadPart);
        return m_usage;
    }

private:
    QString m_diskPath;
    CpuMeter m_cpu; // starts at zero ticks: the first figure is the average since the machine started
    SystemUsage m_usage;
};

} // namespace

std::unique_ptr<SystemProbe> SystemProbe::create(const QString &diskPath)
{
    return std::make_unique<WindowsProbe>(diskPath);
}

} // namespace frpx
