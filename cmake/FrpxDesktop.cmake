# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# What a desktop knows of frpc-gui: menu entry, icons, a description for software centres, the type of its profiles.
set(desktop ${PROJECT_SOURCE_DIR}/packaging/desktop)
install(FILES ${desktop}/frpc-gui.desktop DESTINATION share/applications COMPONENT frpc-gui)
install(FILES ${desktop}/io.github.frpx.frpc-gui.metainfo.xml DESTINATION share/metainfo COMPONENT frpc-gui)
install(FILES ${desktop}/frpc-gui.xml DESTINATION share/mime/packages COMPONENT frpc-gui)

set(icon ${PROJECT_SOURCE_DIR}/frpc-gui/resources/frpc-gui.svg)
install(FILES ${icon} DESTINATION share/icons/hicolor/scalable/apps COMPONENT frpc-gui)
find_program(RSVG_CONVERT rsvg-convert)
if(RSVG_CONVERT)
    set(icons)
    foreach(size 16 22 24 32 48 64 128 256 512)
        set(png ${PROJECT_BINARY_DIR}/icons/${size}/frpc-gui.png)
        file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/icons/${size})
        add_custom_command(OUTPUT ${png}
            COMMAND ${RSVG_CONVERT} --width ${size} --height ${size} --output ${png} ${icon}
            DEPENDS ${icon})
        list(APPEND icons ${png})
        install(FILES ${png} DESTINATION share/icons/hicolor/${size}x${size}/apps COMPONENT frpc-gui)
    endforeach()
    add_custom_target(frpx_icons ALL DEPENDS ${icons})
endif()
