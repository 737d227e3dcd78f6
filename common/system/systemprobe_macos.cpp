// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/systemprobe.h"

#include "common/system/cpumeter.h"

#include <QFile>

#include <optional>

#include <mach/mach.h>
#include <mach/mach_host.h>
#include <mach/processor_info.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/sysctl.h>

namespace frpx {

namespace {

std::optional<CpuTicks> readCpuTicks(host_t host)
{
    natural_t cores = 0;
    processor_info_array_t info = nullptr;
    mach_msg_type_number_t infoCount = 0;
    if (::host_processor_info(host, PROCESSOR_CPU_LOAD_INFO, &cores, &info, &infoCount) != KERN_SUCCESS)
        return std::nullopt;
    CpuTicks result;
    const auto *loads = reinterpret_cast<const processor_cpu_load_info_data_t *>(info);
    for (natural_t core = 0; core < cores; ++core) {
        const auto &ticks = loads[core].cpu_ticks;
        const quint64 busy = quint64(ticks[CPU_STATE_USER]) + ticks[CPU_STATE_SYSTEM] + ticks[CPU_STATE_NICE];
        result.busy += busy;
        result.total += busy + ticks[CPU_STATE_IDLE];
    }
    ::vm_deallocate(mach_task_self(), reinterpret_cast<vm_address_t>(info), infoCount * sizeof(*info));
    return result;
}

std::optional<quint64> readTotalMemory()
{
    quint64 bytes = 0;
    size_t size = sizeof(bytes);
    if (::sysctlbyname("hw.memsize", &bytes, &size, nullptr, 0) != 0 || size != sizeof(bytes))
        return std::nullopt;
    return bytes;
}

/// The memory that cannot be freed without swapping: active, wired and compressed pages.
std::optional<quint64> readUsedMemory(host_t host)
{
    vm_size_t pageSize = 0;
    vm_statistics64_data_t pages = {};
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
    if (::host_page_size(host, &pageSize) != KERN_SUCCESS
        || ::host_statistics64(host, HOST_VM_INFO64, reinterpret_cast<host_info64_t>(&pages), &count)
            != KERN_SUCCESS) {
        return std::nullopt;
    }
    return (quint64(pages.active_count) + pages.wire_count + pages.compressor_page_count) * pageSize;
}

class MacProbe final : public SystemProbe
{
public:
    explicit MacProbe(const QString &diskPath)
        : m_diskPath(QFile::encodeName(diskPath))
        , m_host(::mach_host_self())
    { }

    // mach_host_self() returns a reference that has to be released.
    ~MacProbe() override { ::mach_port_deallocate(mach_task_self(), m_host); }

    SystemUsage sample() override
    {
        if (const std::optional<CpuTicks> ticks = readCpuTicks(m_host))
            m_usage.cpuPercent = m_cpu.update(*ticks);
        const std::optional<quint64> total = readTotalMemory();
        const std::optional<quint64> used = readUsedMemory(m_host);
        if (total && used)
            m_usage.memoryPercent = percentOf(*used, *total);
        struct statfs disk = {};
        if (::statfs(m_diskPath.constData(), &disk) == 0) {
            const quint64 usedBlocks = disk.f_blocks - disk.f_bfree;
            m_usage.diskPercent = percentOf(usedBlocks, usedBlocks + disk.f_bavail);
        }
        return m_usage;
    }

private:
    QByteArray m_diskPath;
    host_t m_host;
    CpuMeter m_cpu; // starts at zero ticks: the first figure is the average since the machine started
    SystemUsage m_usage;
};

} // namespace

std::unique_ptr<SystemProbe> SystemProbe::create(const QString &diskPath)
{
    return std::make_unique<MacProbe>(diskPath);
}

} // namespace frpx
