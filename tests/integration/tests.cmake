# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

frpx_add_test(integration tst_httpfrontend LIBS frpx_api)
frpx_add_test(integration tst_monitorcommand LIBS frpx_api)
frpx_add_test(integration tst_testsupport LIBS frpx_testsupport)
if(UNIX)
    frpx_add_test(integration tst_clientsession LIBS frpx_client)
    frpx_add_test(integration tst_controlchannel LIBS frpx_common)
    frpx_add_test(integration tst_fdlistener LIBS frpx_common)
    frpx_add_test(integration tst_pairing LIBS frpx_server frpx_testsupport)
    frpx_add_test(integration tst_serverapp LIBS frpx_server)
    frpx_add_test(integration tst_relay LIBS frpx_common)
    frpx_add_test(integration tst_worklink LIBS frpx_client frpx_testsupport)
    frpx_add_test(integration tst_workpool LIBS frpx_server)
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    frpx_add_test(integration tst_epolldispatcher LIBS frpx_common)
endif()
