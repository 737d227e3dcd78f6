# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Users, tokens and the database they live in.
add_library(frpx_accounts STATIC
    accounts/accountsworker.cpp
    accounts/accountsworker.h
    accounts/accounttypes.h
    accounts/apitokens.cpp
    accounts/apitokens.h
    accounts/authenticator.cpp
    accounts/authenticator.h
    accounts/failuretable.cpp
    accounts/failuretable.h
    accounts/logincache.cpp
    accounts/logincache.h
    accounts/loginqueue.cpp
    accounts/loginqueue.h
    accounts/loginservice.h
    accounts/loginthrottle.cpp
    accounts/loginthrottle.h
    accounts/passwordhasher.cpp
    accounts/passwordhasher.h
    accounts/secretbytes.cpp
    accounts/secretbytes.h
    accounts/token.cpp
    accounts/token.h
    cli/accountoptions.cpp
    cli/accountoptions.h
    cli/rightsoptions.cpp
    cli/rightsoptions.h
    cli/tokencommand.cpp
    cli/tokencommand.h
    cli/usercommand.cpp
    cli/usercommand.h
    store/accountrows.cpp
    store/accountrows.h
    store/accountstore.cpp
    store/accountstore.h
    store/accountstore_tokens.cpp
    store/apitokenstore.cpp
    store/apitokenstore.h
    store/database.cpp
    store/database.h
    store/databaseoptions.cpp
    store/databaseoptions.h
    store/databasetarget.cpp
    store/databasetarget.h
    store/schema.cpp
    store/schema.h
    store/userrights.cpp
    store/userrights.h)
target_link_libraries(frpx_accounts PUBLIC frpx_common Qt6::Sql PkgConfig::SODIUM PRIVATE frpx_flags)
frpx_precompile(frpx_accounts)
