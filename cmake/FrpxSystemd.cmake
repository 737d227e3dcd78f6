# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# frpx_install_unit(<component> <unit> [PRIVATE_USERS <yes|no>]): the unit of packaging/systemd with the sandbox all of
# them have. A unit with capabilities cannot have a user namespace of its own.
file(READ ${PROJECT_SOURCE_DIR}/packaging/systemd/sandbox.conf FRPX_SANDBOX)

function(frpx_install_unit component unit)
    cmake_parse_arguments(ARG "" "PRIVATE_USERS" "" ${ARGN})
    set(PRIVATE_USERS ${ARG_PRIVATE_USERS})
    string(CONFIGURE "${FRPX_SANDBOX}" SANDBOX @ONLY)
    set(built ${PROJECT_BINARY_DIR}/systemd/${unit})
    configure_file(${PROJECT_SOURCE_DIR}/packaging/systemd/${unit} ${built} @ONLY)
    install(FILES ${built} DESTINATION lib/systemd/system COMPONENT ${component})
endfunction()

frpx_install_unit(frps frps.service PRIVATE_USERS no)
frpx_install_unit(frps frpx-port-keeper.service PRIVATE_USERS yes)
frpx_install_unit(frpc frpc@.service PRIVATE_USERS yes)
foreach(program frps frpc)
    install(FILES ${PROJECT_SOURCE_DIR}/packaging/systemd/${program}.sysusers
        DESTINATION lib/sysusers.d RENAME ${program}.conf COMPONENT ${program})
endforeach()

# Configuration, kept on upgrade and removal. The directories of secrets are root's alone: the units get copies.
install(FILES ${PROJECT_SOURCE_DIR}/packaging/etc/frps.toml DESTINATION /etc/frpx COMPONENT frps)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/etc/frpc.toml DESTINATION /etc/frpx/frpc RENAME default.toml COMPONENT frpc)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/systemd/frpx-port-keeper.default
    DESTINATION /etc/default RENAME frpx-port-keeper COMPONENT frps)
foreach(program frps frpc)
    install(DIRECTORY DESTINATION /etc/frpx/${program}.credentials COMPONENT ${program}
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endforeach()
