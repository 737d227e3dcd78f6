// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/systemprobe.h"

#include "common/core/logging.h"
#include "common/system/cpumeter.h"
#include "common/system/procparser.h"

#include <QFile>

#include <sys/statvfs.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

// Enough for the needed lines, which come first in both files.
constexpr qint64 mostBytesRead = 4096;

QByteArray readHead(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return {};
    return file.read(mostBytesRead);
}

std::optional<CpuTicks> readCpuTicks()
{
    return parseProcStat(readHead(u"/proc/stat"_s));
}

class LinuxProbe final : public SystemProbe
{
public:
    explicit LinuxProbe(const QString &diskPath)
        : m_diskPath(QFile::encodeName(diskPath))
    { }

    SystemUsage sample() override
    {
        if (const std::optional<CpuTicks> ticks = readCpuTicks())
            m_usage.cpuPercent = m_cpu.update(*ticks);
        else
            warnOnce("the processors");
        if (const std::optional<MemoryAmounts> memory = parseProcMeminfo(readHead(u"/proc/meminfo"_s)))
            m_usage.memoryPercent = percentOf(memory->totalKiB - memory->availableKiB, memory->totalKiB);
        else
            warnOnce("the memory");
        struct statvfs disk = {};
        if (::statvfs(m_diskPath.constData(), &disk) == 0) {
            // As df counts: the blocks reserved for root are neither used nor available.
            const quint64 used = disk.f_blocks - disk.f_bfree;
            m_usage.diskPercent = percentOf(used, used + disk.f_bavail);
        } else {
            warnOnce("the disk");
        }
        return m_usage;
    }

private:
    void warnOnce(const char *what)
    {
        if (!m_warned)
            qCWarning(lcSystem, "The use of %s cannot be read; the last known value stays.", what);
        m_warned = true;
    }

    QByteArray m_diskPath;
    CpuMeter m_cpu; // starts at zero ticks: the first figure is the average since the machine started
    SystemUsage m_usage;
    bool m_warned = false;
};

} // namespace

std::unique_ptr<SystemProbe> SystemProbe::create(const QString &diskPath)
{
    return std::make_unique<LinuxProbe>(diskPath);
}

} // namespace frpx
