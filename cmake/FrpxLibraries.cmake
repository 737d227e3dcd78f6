# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# What a program with frpx inside is built with: headers, one static archive for each library and one for what they
# share, a CMake package (Frpx) and pkg-config files. The archives gather the objects of the targets of this tree,
# whose division is nobody's business outside.

include(CMakePackageConfigHelpers)

set(FRPX_COMPONENT libfrpx-dev)
set(FRPX_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Frpx)

# frpx_install_archive(<Name> OBJECTS_OF <targets>… LIBS <libraries>…): libfrpx-<name>.a, Frpx::<Name> for find_package().
function(frpx_install_archive name)
    cmake_parse_arguments(ARG "" "" "OBJECTS_OF;LIBS" ${ARGN})
    string(TOLOWER ${name} lower)
    set(target frpx_${lower}_archive)
    list(TRANSFORM ARG_OBJECTS_OF REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
    add_library(${target} STATIC ${objects})
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME frpx-${lower} EXPORT_NAME ${name} LINKER_LANGUAGE CXX AUTOMOC OFF)
    target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_compile_features(${target} INTERFACE cxx_std_20)
    target_link_libraries(${target} INTERFACE ${ARG_LIBS})
    install(TARGETS ${target} EXPORT Frpx${name}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${FRPX_COMPONENT})
    install(EXPORT Frpx${name} NAMESPACE Frpx:: FILE Frpx${name}Targets.cmake
        DESTINATION ${FRPX_PACKAGE_DIR} COMPONENT ${FRPX_COMPONENT})
endfunction()

# frpx_install_pkgconfig(<name> DESCRIPTION <text> LIBS <-l…> REQUIRES <packages>)
function(frpx_install_pkgconfig name)
    cmake_parse_arguments(ARG "" "DESCRIPTION;LIBS;REQUIRES" "" ${ARGN})
    # Relative to where the file is found, so that the prefix can be moved.
    file(RELATIVE_PATH FRPX_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
    set(FRPX_PC_NAME ${name})
    set(FRPX_PC_DESCRIPTION ${ARG_DESCRIPTION})
    set(FRPX_PC_LIBS ${ARG_LIBS})
    set(FRPX_PC_REQUIRES ${ARG_REQUIRES})
    configure_file(${PROJECT_SOURCE_DIR}/cmake/frpx.pc.in ${PROJECT_BINARY_DIR}/cmake/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/cmake/${name}.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${FRPX_COMPONENT})
endfunction()

set(FRPX_HEADER_DIRS common/library/include frps/embed/include frpc/library/include)
frpx_install_archive(Common OBJECTS_OF frpx_common LIBS Qt6::Core Qt6::Network OpenSSL::SSL Threads::Threads)

frpx_install_archive(Server OBJECTS_OF frpx_server_api frpx_server frpx_ports frpx_api frpx_accounts
    LIBS frpx_common_archive Qt6::HttpServer Qt6::Sql PkgConfig::SODIUM)
frpx_install_pkgconfig(frpx-server DESCRIPTION "Frpx::Server, a reverse proxy's server in a program"
    LIBS "-lfrpx-server -lfrpx-common -lpthread" REQUIRES "Qt6Core Qt6Network Qt6HttpServer Qt6Sql openssl libsodium")

frpx_install_archive(Client OBJECTS_OF frpx_client_api frpx_client LIBS frpx_common_archive)
frpx_install_pkgconfig(frpx-client DESCRIPTION "Frpx::Client, a reverse proxy's client in a program"
    LIBS "-lfrpx-client -lfrpx-common -lpthread" REQUIRES "Qt6Core Qt6Network openssl")

foreach(dir IN LISTS FRPX_HEADER_DIRS)
    install(DIRECTORY ${dir}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${FRPX_COMPONENT}
        PATTERN "*.in" EXCLUDE)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/common/library/include/Frpx/version.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/Frpx COMPONENT ${FRPX_COMPONENT})

configure_package_config_file(cmake/FrpxConfig.cmake.in ${PROJECT_BINARY_DIR}/cmake/FrpxConfig.cmake
    INSTALL_DESTINATION ${FRPX_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/FrpxConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmake/FrpxConfig.cmake ${PROJECT_BINARY_DIR}/cmake/FrpxConfigVersion.cmake
    DESTINATION ${FRPX_PACKAGE_DIR} COMPONENT ${FRPX_COMPONENT})
