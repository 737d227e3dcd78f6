# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

frpx_add_test_program(integration LIBS frpx_api frpx_testsupport frpx_tlspair)
if(UNIX)
    target_link_libraries(frpx_integration_tests PRIVATE Frpx::Client frpx_client frpx_server frpx_server_api)
endif()

frpx_add_tests(integration
    tst_apiserver
    tst_apiservice
    tst_apitls
    tst_monitorcommand
    tst_testsupport)
if(UNIX)
    frpx_add_tests(integration
        tst_accesscontrol
        tst_acquisition
        tst_balancing
        tst_client
        tst_clientapp
        tst_clienthealth
        tst_connectrace
        tst_controlacceptor
        tst_controlchannel
        tst_drainwatch
        tst_fdlistener
        tst_foreignports
        tst_ioloop
        tst_libserver
        tst_localhealth
        tst_loginratelimiter
        tst_olderpeers
        tst_relay
        tst_relaylimit
        tst_relaytap
        tst_reloadserver
        tst_reuse
        tst_serverapp
        tst_serversession
        tst_serviceaddresses
        tst_servicenotifier
        tst_streamrelay
        tst_tlslink
        tst_tlswork
        tst_tunnels
        tst_unservedvisitors
        tst_useraddress
        tst_usertls
        tst_workconnection
        tst_workconnectionpool
        tst_workhandoff
        tst_worklistener)
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    frpx_add_tests(integration
        tst_deadlinks
        tst_epolldispatcher
        tst_faultrelay
        tst_lostpeers
        tst_tlsstate)
endif()

# The examples of the client library: that they build. Users build them against what is installed.
foreach(example IN ITEMS ssh-client discovery)
    add_executable(frpx-example-${example} ${PROJECT_SOURCE_DIR}/examples/${example}/main.cpp)
    target_link_libraries(frpx-example-${example} PRIVATE Frpx::Client)
endforeach()
