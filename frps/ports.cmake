# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# The port keeper: who has which public port.
add_library(frpx_ports STATIC
    cli/portkeepercommand.cpp
    cli/portkeepercommand.h
    ports/allowportslist.cpp
    ports/allowportslist.h
    ports/frpportsfile.cpp
    ports/frpportsfile.h
    ports/jsonsplice.cpp
    ports/jsonsplice.h
    ports/lease.cpp
    ports/lease.h
    ports/leaseimport.cpp
    ports/leaseimport.h
    ports/leasestore.cpp
    ports/leasestore.h
    ports/leasetable.cpp
    ports/leasetable.h
    ports/leaseworker.cpp
    ports/leaseworker.h
    ports/pluginmessages.cpp
    ports/pluginmessages.h
    ports/portkeeper.cpp
    ports/portkeeper.h
    ports/portroutes.cpp
    ports/portroutes.h)
target_link_libraries(frpx_ports PUBLIC frpx_accounts frpx_api PRIVATE frpx_flags)
# toml++ is used as what it is, headers only, whichever way a distribution packages it. They are not ours to warn about.
target_include_directories(frpx_ports SYSTEM PRIVATE ${TOMLPLUSPLUS_INCLUDE_DIR})
frpx_precompile(frpx_ports)
