# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

frpx_add_test(unit tst_ids LIBS frpx_common)

# These touch a temporary directory, but no sockets.
frpx_add_test(unit tst_accountstore LIBS frpx_accounts)
frpx_add_test(unit tst_authenticator LIBS frpx_accounts)
frpx_add_test(unit tst_database LIBS frpx_accounts)
frpx_add_test(unit tst_passwordhasher LIBS frpx_accounts)
frpx_add_test(unit tst_token LIBS frpx_accounts)
frpx_add_test(unit tst_usercommand LIBS frpx_accounts)
frpx_add_test(unit tst_apirouter LIBS frpx_api)
frpx_add_test(unit tst_httpmessage LIBS frpx_api)
frpx_add_test(unit tst_monitortable LIBS frpx_api)
frpx_add_test(unit tst_machineid LIBS frpx_common)
frpx_add_test(unit tst_openfilelimit LIBS frpx_common)
frpx_add_test(unit tst_procparser LIBS frpx_common)
frpx_add_test(unit tst_systemprobe LIBS frpx_common)
if(UNIX)
    frpx_add_test(unit tst_signalwatcher LIBS frpx_common)
    frpx_add_test(unit tst_terminal LIBS frpx_common)
    frpx_add_test(unit tst_tokenfile LIBS frpx_client)
endif()
