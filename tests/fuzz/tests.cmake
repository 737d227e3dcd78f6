# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# The inputs kept in corpus/ run through the fuzz targets in every build, with any compiler.
include(fuzz/targets.cmake)
foreach(target IN LISTS frpx_fuzz_targets)
    add_executable(replay_${target} fuzz/${target}.cpp fuzz/replay.cpp fuzz/target.h)
    target_link_libraries(replay_${target} PRIVATE frpx_flags frpx_common frpx_api frpx_ports)
    frpx_precompile(replay_${target})
    add_test(NAME fuzz_${target} COMMAND replay_${target} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${target})
    set_tests_properties(fuzz_${target} PROPERTIES LABELS fuzz TIMEOUT 120)
endforeach()
target_link_libraries(replay_unservedanswer PRIVATE frpx_server)
