# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Users, tokens and the database they live in.
add_library(frpx_accounts STATIC
    auth/accountoptions.cpp
    auth/accountoptions.h
    auth/accountsworker.cpp
    auth/accountsworker.h
    auth/accounttypes.h
    auth/apitokens.cpp
    auth/apitokens.h
    auth/authenticator.cpp
    auth/authenticator.h
    auth/logincache.cpp
    auth/logincache.h
    auth/loginqueue.cpp
    auth/loginqueue.h
    auth/loginservice.h
    auth/loginthrottle.cpp
    auth/loginthrottle.h
    auth/passwordhasher.cpp
    auth/passwordhasher.h
    auth/rightsoptions.cpp
    auth/rightsoptions.h
    auth/secretbytes.cpp
    auth/secretbytes.h
    auth/failuretable.cpp
    auth/failuretable.h
    auth/token.cpp
    auth/token.h
    auth/tokencommand.cpp
    auth/tokencommand.h
    auth/usercommand.cpp
    auth/usercommand.h
    ports/portranges.cpp
    ports/portranges.h
    store/accountrows.cpp
    store/accountrows.h
    store/accountstore.cpp
    store/accountstore_tokens.cpp
    store/accountstore.h
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
