# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Windows on no screen (Qt's platform "offscreen"), with real servers where they need one.
frpx_add_test_program(gui LIBS frpx_gui frpx_testsupport PRECOMPILED_BY frpx_gui)
add_dependencies(frpx_gui_tests frps)
target_sources(frpx_gui_tests PRIVATE
    gui/cutoff.cpp
    gui/cutoff.h
    gui/guibench.cpp
    gui/guibench.h
    gui/slowsystem.cpp
    gui/slowsystem.h)
target_compile_definitions(frpx_gui_tests PRIVATE
    FRPX_TEST_TRANSLATIONS="${PROJECT_SOURCE_DIR}/frpc-gui/translations"
    FRPX_TEST_GUI_SOURCES="${PROJECT_SOURCE_DIR}/frpc-gui")

frpx_add_tests(gui
    tst_guiaccess
    tst_guiactions
    tst_guiaddresses
    tst_guiconnection
    tst_guimodels
    tst_guinetwork
    tst_guiprofiles
    tst_guistalls
    tst_guitranslations
    tst_guiwindows)
set_tests_properties(tst_guiaddresses PROPERTIES ENVIRONMENT QT_QPA_PLATFORM=offscreen)

# A real screen (Xvfb), window manager and tray, driven by keyboard and mouse; skipped where they are missing. With
# FRPX_DOCS_IMAGES=docs/images they take the pictures of docs/gui.md.
frpx_add_tests(e2e tst_e2e_gui tst_e2e_guitrouble)
target_sources(frpx_e2e_tests PRIVATE e2e/desktop.cpp e2e/desktop.h)
target_link_libraries(frpx_e2e_tests PRIVATE Qt6::Gui)
add_dependencies(frpx_e2e_tests frpc-gui)
target_compile_definitions(frpx_e2e_tests PRIVATE FRPX_TEST_FRPC_GUI="$<TARGET_FILE:frpc-gui>")
