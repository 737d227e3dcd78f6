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
    auth/loginservice.h
    auth/loginthrottle.cpp
    auth/loginthrottle.h
    auth/passwordhasher.cpp
    auth/passwordhasher.h
    auth/secretbytes.cpp
    auth/secretbytes.h
    auth/striketable.cpp
    auth/striketable.h
    auth/token.cpp
    auth/token.h
    auth/tokencommand.cpp
    auth/tokencommand.h
    auth/usercommand.cpp
    auth/usercommand.h
    store/accountstore.cpp
    store/accountstore.h
    store/apitokenstore.cpp
    store/apitokenstore.h
    store/database.cpp
    store/database.h
    store/schema.cpp
    store/schema.h)
target_link_libraries(frpx_accounts PUBLIC frpx_common Qt6::Sql PkgConfig::SODIUM PRIVATE frpx_flags)
frpx_precompile(frpx_accounts)
