# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# The real programs, from outside. Each test takes free ports of its own, so that they run side by side.
frpx_add_test_program(e2e LIBS frpx_testsupport frpx_common PRECOMPILED_BY frpx_common) # which makes certificates, too
add_dependencies(frpx_e2e_tests frps frpc)
target_compile_definitions(frpx_e2e_tests PRIVATE FRPX_TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

frpx_add_tests(e2e
    tst_e2e_accounts
    tst_e2e_afar
    tst_e2e_apiflood
    tst_e2e_badinput
    tst_e2e_balance
    tst_e2e_bulk
    tst_e2e_busy
    tst_e2e_cli
    tst_e2e_config
    tst_e2e_cuts
    tst_e2e_deadlinks
    tst_e2e_deadservice
    tst_e2e_disk
    tst_e2e_docs
    tst_e2e_drain
    tst_e2e_edge
    tst_e2e_failover
    tst_e2e_hardening
    tst_e2e_health
    tst_e2e_hostile
    tst_e2e_hungclients
    tst_e2e_limits
    tst_e2e_original
    tst_e2e_portkeeper
    tst_e2e_postgresql
    tst_e2e_publictls
    tst_e2e_restart
    tst_e2e_reuse
    tst_e2e_rolling
    tst_e2e_tls
    tst_e2e_tunnels
    tst_e2e_unserved
    tst_e2e_ways)
# These load the machine with as much as it can do, and measure what is left for others: they run alone.
set_tests_properties(tst_e2e_apiflood tst_e2e_bulk tst_e2e_busy tst_e2e_hostile PROPERTIES RUN_SERIAL TRUE)

# Tables of which a run of everything has time for a part.
foreach(name IN ITEMS tst_e2e_busy tst_e2e_cuts tst_e2e_hungclients)
    add_test(NAME ${name}_long COMMAND frpx_e2e_tests ${name})
    set_tests_properties(${name}_long PROPERTIES
        LABELS "e2e;long" ENVIRONMENT FRPX_TEST_LONG=1 TIMEOUT 600)
endforeach()
set_tests_properties(tst_e2e_busy_long PROPERTIES RUN_SERIAL TRUE)

# The first command of the README, with the programs built here.
add_test(NAME quickstart COMMAND ${PROJECT_SOURCE_DIR}/quickstart.sh --once --base-port 0 --bin ${PROJECT_BINARY_DIR})
set_tests_properties(quickstart PROPERTIES LABELS e2e TIMEOUT 300)

# The libraries, installed and used from outside; and their reference.
if(FRPX_LIBRARIES)
    frpx_add_tests(e2e tst_e2e_libraries)
    target_compile_definitions(frpx_e2e_tests PRIVATE
        FRPX_TEST_BUILD_DIR="${PROJECT_BINARY_DIR}"
        FRPX_TEST_CMAKE="${CMAKE_COMMAND}"
        FRPX_TEST_COMPILER="${CMAKE_CXX_COMPILER}"
        FRPX_TEST_FLAGS="${CMAKE_CXX_FLAGS}"
        FRPX_TEST_LIBDIR="${CMAKE_INSTALL_LIBDIR}")
    add_dependencies(frpx_e2e_tests frpx_common_archive frpx_server_archive frpx_client_archive frpc)
endif()
if(TARGET docs)
    add_test(NAME docs COMMAND ${FRPX_DOXYGEN} ${PROJECT_BINARY_DIR}/cmake/Doxyfile)
    set_tests_properties(docs PROPERTIES LABELS unit TIMEOUT 300)
endif()
