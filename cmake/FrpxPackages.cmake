# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Packages by CPack: one per component. `cpack` in the build folder of the preset "package" makes .deb, .rpm and .tar.gz;
# on Windows an installer, on macOS a disk image. packaging/test.sh installs, uses and removes them.

set(CPACK_PACKAGE_NAME frpx)
set(CPACK_PACKAGE_VENDOR "The frpx authors")
set(FRPX_MAINTAINER "The frpx authors <frpx@users.noreply.github.com>" CACHE STRING "Who maintains the packages")
set(CPACK_PACKAGE_CONTACT "${FRPX_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Reverse proxy with load balancing")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_SOURCE_GENERATOR TGZ)

get_cmake_property(CPACK_COMPONENTS_ALL COMPONENTS)
list(REMOVE_ITEM CPACK_COMPONENTS_ALL Unspecified)
set(CPACK_COMPONENTS_GROUPING IGNORE)

set(CPACK_COMPONENT_FRPS_DISPLAY_NAME "Server")
set(CPACK_COMPONENT_FRPS_DESCRIPTION "Server of the frpx reverse proxy
 frps takes users' connections on a machine with a public address and spreads
 them over the clients (frpc) that connect to it from behind NAT. It also keeps
 the ports of the proxies of a real frp server.")
set(CPACK_COMPONENT_FRPC_DISPLAY_NAME "Client")
set(CPACK_COMPONENT_FRPC_DESCRIPTION "Client of the frpx reverse proxy
 frpc runs beside a service, connects to an frpx server (frps) from behind any
 router, and carries the server's users to the service.")
set(CPACK_COMPONENT_FRPC-GUI_DISPLAY_NAME "Desktop client")
set(CPACK_COMPONENT_FRPC-GUI_DESCRIPTION "Desktop client of the frpx reverse proxy
 frpc-gui exposes local services through frpx servers, with a window, a tray
 icon and no file to write.")
set(CPACK_COMPONENT_LIBFRPX-DEV_DISPLAY_NAME "Libraries")
set(CPACK_COMPONENT_LIBFRPX-DEV_DESCRIPTION "Libraries to embed the frpx reverse proxy
 Headers and static libraries for C++ programs with Qt 6 that open tunnels
 (Frpx::Client) or serve them (Frpx::Server), with CMake and pkg-config files.")

if(WIN32)
    set(CPACK_GENERATOR NSIS ZIP)
    set(CPACK_PACKAGE_INSTALL_DIRECTORY frpx)
    set(CPACK_NSIS_DISPLAY_NAME "frpx ${PROJECT_VERSION}")
    set(CPACK_NSIS_ENABLE_UNINSTALL_BEFORE_INSTALL ON)
    set(CPACK_NSIS_MODIFY_PATH ON)
    set(CPACK_NSIS_MUI_ICON ${PROJECT_SOURCE_DIR}/frpc-gui/resources/frpc-gui.ico)
    set(CPACK_NSIS_MUI_UNIICON ${CPACK_NSIS_MUI_ICON})
    set(CPACK_NSIS_INSTALLED_ICON_NAME bin/frpc-gui.exe)
    set(CPACK_PACKAGE_EXECUTABLES frpc-gui "frpx client")
    set(CPACK_COMPONENT_LIBFRPX-DEV_DISABLED ON)
elseif(APPLE)
    set(CPACK_GENERATOR DragNDrop TGZ)
    set(CPACK_MONOLITHIC_INSTALL ON) # one image, not one for each component
    set(CPACK_DMG_VOLUME_NAME "frpx ${PROJECT_VERSION}")
    set(CPACK_DMG_SLA_USE_RESOURCE_FILE_LICENSE OFF)
else()
    set(CPACK_GENERATOR DEB TGZ)
    find_program(FRPX_RPMBUILD rpmbuild)
    if(FRPX_RPMBUILD)
        list(APPEND CPACK_GENERATOR RPM)
    endif()
    set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
    set(CPACK_FRPX_SYSTEM ${FRPX_SYSTEM_INSTALL})
    set(CPACK_FRPX_STRIP ${CMAKE_STRIP})
    set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/FrpxPackGenerator.cmake)
    set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/FrpxPackStaged.cmake)
    set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/FrpxPackDone.cmake)
endif()

# --- Debian
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# What a program loads at run time is not seen by shlibdeps: database drivers, image formats, platforms.
set(CPACK_DEBIAN_FRPS_PACKAGE_NAME frps)
set(CPACK_DEBIAN_FRPS_PACKAGE_DEPENDS "libqt6sql6-sqlite, default-systemd-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_FRPS_PACKAGE_SUGGESTS "libqt6sql6-psql, frpc")
set(CPACK_DEBIAN_FRPC_PACKAGE_NAME frpc)
set(CPACK_DEBIAN_FRPC_PACKAGE_DEPENDS "default-systemd-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_FRPC-GUI_PACKAGE_NAME frpc-gui)
set(CPACK_DEBIAN_FRPC-GUI_PACKAGE_DEPENDS "qt6-qpa-plugins")
set(CPACK_DEBIAN_LIBFRPX-DEV_PACKAGE_NAME libfrpx-dev)
set(CPACK_DEBIAN_LIBFRPX-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBFRPX-DEV_PACKAGE_DEPENDS
    "qt6-base-dev, qt6-httpserver-dev, libsodium-dev, libssl-dev, libtomlplusplus-dev")
foreach(program FRPS FRPC)
    string(TOLOWER ${program} folder)
    set(CPACK_DEBIAN_${program}_PACKAGE_CONTROL_EXTRA
        ${PROJECT_SOURCE_DIR}/packaging/debian/${folder}/conffiles
        ${PROJECT_SOURCE_DIR}/packaging/debian/${folder}/postinst
        ${PROJECT_SOURCE_DIR}/packaging/debian/${folder}/prerm
        ${PROJECT_SOURCE_DIR}/packaging/debian/${folder}/postrm)
endforeach()

# --- RPM
set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_AUTOREQ ON)
set(CPACK_PACKAGE_RELOCATABLE OFF)
set(CPACK_RPM_PACKAGE_RELOCATABLE OFF)
# The same bytes whenever and wherever it is built.
set(CPACK_RPM_SPEC_MORE_DEFINE "%global _buildhost frpx
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _build_id_links none")
set(CPACK_RPM_BUILD_SOURCE_DIRS_PREFIX /usr/src/debug/frpx)
set(CPACK_RPM_FRPS_PACKAGE_NAME frps)
set(CPACK_RPM_FRPC_PACKAGE_NAME frpc)
set(CPACK_RPM_FRPC-GUI_PACKAGE_NAME frpc-gui)
set(CPACK_RPM_LIBFRPX-DEV_PACKAGE_NAME frpx-devel)
set(CPACK_RPM_FRPS_PACKAGE_REQUIRES systemd)
set(CPACK_RPM_FRPC_PACKAGE_REQUIRES systemd)
set(CPACK_RPM_LIBFRPX-DEV_PACKAGE_REQUIRES
    "pkgconfig(Qt6Core), pkgconfig(Qt6Network), pkgconfig(Qt6HttpServer), pkgconfig(Qt6Sql), pkgconfig(libsodium), pkgconfig(openssl)")
set(CPACK_RPM_FRPS_USER_FILELIST "%config(noreplace) /etc/frpx/frps.toml" "%config(noreplace) /etc/default/frpx-port-keeper")
set(CPACK_RPM_FRPC_USER_FILELIST "%config(noreplace) /etc/frpx/frpc/default.toml")
foreach(program FRPS FRPC)
    string(TOLOWER ${program} folder)
    set(CPACK_RPM_${program}_POST_INSTALL_SCRIPT_FILE ${PROJECT_SOURCE_DIR}/packaging/rpm/${folder}.post)
    set(CPACK_RPM_${program}_PRE_UNINSTALL_SCRIPT_FILE ${PROJECT_SOURCE_DIR}/packaging/rpm/${folder}.preun)
endforeach()
# Directories of the system are not ours to own.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /etc/default /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d
    /usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/bash-completion /usr/share/bash-completion/completions
    /usr/share/zsh /usr/share/zsh/vendor-completions /usr/share/fish /usr/share/fish/vendor_completions.d
    /usr/share/applications /usr/share/icons /usr/share/icons/hicolor /usr/share/icons/hicolor/scalable
    /usr/share/icons/hicolor/scalable/apps /usr/share/lintian /usr/share/lintian/overrides
    /usr/share/metainfo /usr/share/mime /usr/share/mime/packages
    /usr/${CMAKE_INSTALL_LIBDIR} /usr/${CMAKE_INSTALL_LIBDIR}/cmake /usr/${CMAKE_INSTALL_LIBDIR}/pkgconfig)
foreach(size 16 22 24 32 48 64 128 256 512)
    list(APPEND CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
        /usr/share/icons/hicolor/${size}x${size} /usr/share/icons/hicolor/${size}x${size}/apps)
endforeach()

include(CPack)

# --- what every Debian package has in its doc folder
if(FRPX_SYSTEM_INSTALL)
    find_program(GZIP gzip REQUIRED)
    file(COPY_FILE ${PROJECT_SOURCE_DIR}/packaging/debian/changelog ${PROJECT_BINARY_DIR}/changelog)
    execute_process(COMMAND ${GZIP} -9nf ${PROJECT_BINARY_DIR}/changelog COMMAND_ERROR_IS_FATAL ANY)
    foreach(component IN LISTS CPACK_COMPONENTS_ALL)
        install(FILES ${PROJECT_BINARY_DIR}/changelog.gz ${PROJECT_SOURCE_DIR}/packaging/debian/copyright
            DESTINATION share/doc/${component} COMPONENT ${component})
        if(EXISTS ${PROJECT_SOURCE_DIR}/packaging/debian/${component}/lintian-overrides)
            install(FILES ${PROJECT_SOURCE_DIR}/packaging/debian/${component}/lintian-overrides
                DESTINATION share/lintian/overrides RENAME ${component} COMPONENT ${component})
        endif()
    endforeach()
endif()
