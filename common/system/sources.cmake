# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# What differs between operating systems: one file per system, chosen here, never by #ifdef in the callers.

target_sources(frpx_common PRIVATE
    ${CMAKE_CURRENT_LIST_DIR}/batchscheduling.cpp
    ${CMAKE_CURRENT_LIST_DIR}/batchscheduling.h
    ${CMAKE_CURRENT_LIST_DIR}/cpumeter.cpp
    ${CMAKE_CURRENT_LIST_DIR}/cpumeter.h
    ${CMAKE_CURRENT_LIST_DIR}/filelock.cpp
    ${CMAKE_CURRENT_LIST_DIR}/filelock.h
    ${CMAKE_CURRENT_LIST_DIR}/filestamp.h
    ${CMAKE_CURRENT_LIST_DIR}/freememory.h
    ${CMAKE_CURRENT_LIST_DIR}/hardening.h
    ${CMAKE_CURRENT_LIST_DIR}/locale.cpp
    ${CMAKE_CURRENT_LIST_DIR}/locale.h
    ${CMAKE_CURRENT_LIST_DIR}/linebuffer.cpp
    ${CMAKE_CURRENT_LIST_DIR}/linebuffer.h
    ${CMAKE_CURRENT_LIST_DIR}/machineid.cpp
    ${CMAKE_CURRENT_LIST_DIR}/machineid.h
    ${CMAKE_CURRENT_LIST_DIR}/openfilelimit.h
    ${CMAKE_CURRENT_LIST_DIR}/privatedirectory.cpp
    ${CMAKE_CURRENT_LIST_DIR}/privatedirectory.h
    ${CMAKE_CURRENT_LIST_DIR}/privatefile.h
    ${CMAKE_CURRENT_LIST_DIR}/privileges.h
    ${CMAKE_CURRENT_LIST_DIR}/procparser.cpp
    ${CMAKE_CURRENT_LIST_DIR}/procparser.h
    ${CMAKE_CURRENT_LIST_DIR}/servicenotifier.cpp
    ${CMAKE_CURRENT_LIST_DIR}/servicenotifier.h
    ${CMAKE_CURRENT_LIST_DIR}/servicesocket.h
    ${CMAKE_CURRENT_LIST_DIR}/signalwatcher.h
    ${CMAKE_CURRENT_LIST_DIR}/systemprobe.h
    ${CMAKE_CURRENT_LIST_DIR}/terminal.h)

if(WIN32)
    target_sources(frpx_common PRIVATE
        ${CMAKE_CURRENT_LIST_DIR}/filestamp_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/freememory_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/hardening_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/openfilelimit_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/privatefile_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/privileges_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/servicesocket_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/signalwatcher_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/systemprobe_windows.cpp
        ${CMAKE_CURRENT_LIST_DIR}/terminal_windows.cpp)
    target_compile_definitions(frpx_common PRIVATE NOMINMAX WIN32_LEAN_AND_MEAN UNICODE)
    target_link_libraries(frpx_common PRIVATE advapi32)
else()
    target_sources(frpx_common PRIVATE
        ${CMAKE_CURRENT_LIST_DIR}/filestamp_unix.cpp
        ${CMAKE_CURRENT_LIST_DIR}/freememory_unix.cpp
        ${CMAKE_CURRENT_LIST_DIR}/hardening_unix.cpp
        ${CMAKE_CURRENT_LIST_DIR}/openfilelimit_unix.cpp
        ${CMAKE_CURRENT_LIST_DIR}/privatefile_unix.cpp
        ${CMAKE_CURRENT_LIST_DIR}/privileges_unix.cpp
        ${CMAKE_CURRENT_LIST_DIR}/servicesocket_unix.cpp
        ${CMAKE_CURRENT_LIST_DIR}/signalpipe.cpp
        ${CMAKE_CURRENT_LIST_DIR}/signalpipe.h
        ${CMAKE_CURRENT_LIST_DIR}/signalwatcher_unix.cpp
        ${CMAKE_CURRENT_LIST_DIR}/terminal_unix.cpp)
    if(APPLE)
        target_sources(frpx_common PRIVATE ${CMAKE_CURRENT_LIST_DIR}/systemprobe_macos.cpp)
    else()
        target_sources(frpx_common PRIVATE ${CMAKE_CURRENT_LIST_DIR}/systemprobe_linux.cpp)
    endif()
endif()
