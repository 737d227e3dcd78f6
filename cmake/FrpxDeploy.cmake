# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# On Windows and macOS nobody else brings Qt: it is packed with the programs, by windeployqt and macdeployqt, which Qt's
# own scripts call at the time of installation. Packages of Linux systems depend on the system's Qt instead; with a Qt of
# one's own, 6.5 or newer, the option makes a portable tree there, too.
set(deploys OFF)
if(WIN32 OR APPLE)
    set(deploys ON)
endif()
option(FRPX_DEPLOY_QT "Install Qt's libraries and plugins beside the programs" ${deploys})

# frpx_install_program(<program>): installs it in the component of its name, with what it needs where nobody else brings it.
function(frpx_install_program program)
    set(libraries)
    if(WIN32 AND FRPX_DEPLOY_QT)
        # windeployqt knows Qt alone: libsodium, OpenSSL and the compiler's own lie beside Qt's.
        set(libraries RUNTIME_DEPENDENCIES
            DIRECTORIES $<TARGET_FILE_DIR:Qt6::Core>
            PRE_EXCLUDE_REGEXES "^api-ms-" "^ext-ms-" "^[Qq]t6"
            POST_EXCLUDE_REGEXES "[/\\\\][Ss]ystem32[/\\\\]")
    endif()
    install(TARGETS ${program} ${libraries}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${program}
        BUNDLE DESTINATION . COMPONENT ${program})
    get_target_property(is_bundle ${program} MACOSX_BUNDLE)
    if(NOT FRPX_DEPLOY_QT OR (APPLE AND NOT is_bundle))
        return()
    endif()
    set(keyword OUTPUT_SCRIPT)
    if(Qt6_VERSION VERSION_LESS 6.5)
        set(keyword FILENAME_VARIABLE)
    endif()
    qt_generate_deploy_app_script(TARGET ${program} ${keyword} script NO_UNSUPPORTED_PLATFORM_ERROR)
    install(SCRIPT ${script} COMPONENT ${program})
endfunction()
