# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# The inputs kept in corpus/ run through the fuzz targets in every build, with any compiler.
include(fuzz/targets.cmake)
add_executable(frpx_fuzz_replay fuzz/replay.cpp fuzz/target.cpp fuzz/target.h)
target_link_libraries(frpx_fuzz_replay PRIVATE frpx_test_flags frpx_server)
frpx_precompile_test(frpx_fuzz_replay frpx_common)
foreach(target IN LISTS frpx_fuzz_targets)
    target_sources(frpx_fuzz_replay PRIVATE fuzz/${target}.cpp)
    add_test(NAME fuzz_${target} COMMAND frpx_fuzz_replay ${target} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${target})
    set_tests_properties(fuzz_${target} PROPERTIES LABELS fuzz TIMEOUT 120)
endforeach()
