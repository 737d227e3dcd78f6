# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

frpx_add_test_program(unit LIBS frpx_server frpx_client frpx_testsupport)
target_compile_definitions(frpx_unit_tests PRIVATE FRPX_TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

# Some touch a temporary directory, but none a socket.
frpx_add_tests(unit
    tst_accountstore
    tst_activelogins
    tst_addressrace
    tst_answerwatch
    tst_apigate
    tst_apirouter
    tst_apitokens
    tst_authenticator
    tst_backendpool
    tst_balancepolicy
    tst_balancer
    tst_bandwidthlimits
    tst_batchscheduling
    tst_certificate
    tst_chunkcodec
    tst_cidrlist
    tst_clientregistry
    tst_commandline
    tst_configfile
    tst_connectionlimiter
    tst_database
    tst_databasetarget
    tst_descriptorshares
    tst_evictionqueue
    tst_fingerprint
    tst_foreignserver
    tst_framedecoder
    tst_frpportsfile
    tst_handshakequeue
    tst_healthcounter
    tst_hostaddress
    tst_httpmessage
    tst_httpstatusreader
    tst_hungclients
    tst_ids
    tst_leasedports
    tst_leasestore
    tst_leasetable
    tst_limits
    tst_livenessprobe
    tst_loaddropdetector
    tst_logging
    tst_logincache
    tst_loginqueue
    tst_loginthrottle
    tst_logthrottle
    tst_machineid
    tst_messages
    tst_monitortable
    tst_openfilelimit
    tst_outlierdetector
    tst_passwordhasher
    tst_dialrequests
    tst_pluginmessages
    tst_portkeeper
    tst_portranges
    tst_procparser
    tst_programconfig
    tst_proxyhandshake
    tst_proxyprotocol
    tst_publictls
    tst_ratelimit
    tst_reconnectpolicy
    tst_relayload
    tst_sessionqueries
    tst_sourcelimiter
    tst_sourcerate
    tst_stickyports
    tst_systemprobe
    tst_timeshare
    tst_tlsoptions
    tst_tlssettings
    tst_token
    tst_tokencommand
    tst_tunnelfield
    tst_tunnelregistry
    tst_unservedanswer
    tst_usercommand
    tst_userrights
    tst_walltime
    tst_wantedtunnels)
if(UNIX)
    frpx_add_tests(unit
        tst_hardening
        tst_inputfiles
        tst_knownservers
        tst_ownidentity
        tst_signalwatcher
        tst_terminal
        tst_tokenfile)
endif()
if(TARGET frpx_docgen)
    frpx_add_tests(unit tst_docgen)
    target_link_libraries(frpx_unit_tests PRIVATE frpx_docgen)
endif()

# It takes the place of functions of libsodium, which the other tests need as they are.
add_executable(frpx_loginwork_tests unit/tst_loginwork.cpp)
target_link_libraries(frpx_loginwork_tests PRIVATE frpx_testmain frpx_accounts Qt6::Test frpx_test_flags)
frpx_precompile_test(frpx_loginwork_tests)
add_test(NAME tst_loginwork COMMAND frpx_loginwork_tests tst_loginwork)
set_tests_properties(tst_loginwork PROPERTIES LABELS unit TIMEOUT 300)

# The same tests on the other database; one server for each.
if(UNIX)
    foreach(name IN ITEMS tst_accountstore tst_apitokens tst_authenticator tst_leasestore)
        add_test(NAME ${name}_postgresql COMMAND frpx_unit_tests ${name})
        set_tests_properties(${name}_postgresql PROPERTIES LABELS unit TIMEOUT 300
            ENVIRONMENT "FRPX_TEST_DATABASE=postgresql;QT_QPA_PLATFORM=offscreen")
    endforeach()
endif()
