# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Windows on no screen (Qt's platform "offscreen"), with real servers where they need one.
frpx_add_test(gui tst_guiaddresses LIBS frpx_gui)
set_tests_properties(tst_guiaddresses PROPERTIES ENVIRONMENT QT_QPA_PLATFORM=offscreen)
frpx_add_test(gui tst_guimodels LIBS frpx_gui)
frpx_add_test(gui tst_guiprofiles LIBS frpx_gui)
frpx_add_test(gui tst_guitranslations LIBS frpx_common)
target_compile_definitions(tst_guitranslations PRIVATE
    FRPX_TEST_TRANSLATIONS="${PROJECT_SOURCE_DIR}/frpc-gui/translations"
    FRPX_TEST_GUI_SOURCES="${PROJECT_SOURCE_DIR}/frpc-gui")
foreach(name IN ITEMS tst_guiaccess tst_guiactions tst_guiconnection tst_guinetwork tst_guistalls tst_guiwindows)
    frpx_add_test(gui ${name} LIBS frpx_gui frpx_testsupport)
    target_sources(${name} PRIVATE gui/guibench.cpp gui/guibench.h)
    add_dependencies(${name} frps)
endforeach()
target_sources(tst_guistalls PRIVATE gui/slowsystem.cpp gui/slowsystem.h)
target_sources(tst_guiaccess PRIVATE gui/cutoff.cpp gui/cutoff.h)

# A real screen (Xvfb), window manager and tray, driven by keyboard and mouse; skipped where they are missing. With
# FRPX_DOCS_IMAGES=docs/images they take the pictures of docs/gui.md.
foreach(name IN ITEMS tst_e2e_gui tst_e2e_guitrouble)
    frpx_add_test(e2e ${name} LIBS frpx_testsupport Qt6::Gui)
    target_sources(${name} PRIVATE e2e/desktop.cpp e2e/desktop.h)
    add_dependencies(${name} frps frpc frpc-gui)
    target_compile_definitions(${name} PRIVATE FRPX_TEST_FRPC_GUI="$<TARGET_FILE:frpc-gui>")
    set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE TIMEOUT 300)
endforeach()
