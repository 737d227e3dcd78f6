# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Windows on no screen (Qt's platform "offscreen"), with real servers where they need one.
frpx_add_test(gui tst_guimodels LIBS frpx_gui)
frpx_add_test(gui tst_guiprofiles LIBS frpx_gui)
frpx_add_test(gui tst_guitranslations LIBS frpx_common)
target_compile_definitions(tst_guitranslations PRIVATE
    FRPX_TEST_TRANSLATIONS="${PROJECT_SOURCE_DIR}/frpc-gui/translations"
    FRPX_TEST_GUI_SOURCES="${PROJECT_SOURCE_DIR}/frpc-gui")
foreach(name IN ITEMS tst_guiconnection tst_guiwindows)
    frpx_add_test(gui ${name} LIBS frpx_gui frpx_testsupport)
    target_sources(${name} PRIVATE gui/guibench.cpp gui/guibench.h)
    add_dependencies(${name} frps)
endforeach()

# A real screen (Xvfb), window manager and tray, driven by keyboard and mouse; skipped where they are missing.
frpx_add_test(e2e tst_e2e_gui LIBS frpx_testsupport Qt6::Gui)
add_dependencies(tst_e2e_gui frps frpc-gui)
target_compile_definitions(tst_e2e_gui PRIVATE FRPX_TEST_FRPC_GUI="$<TARGET_FILE:frpc-gui>")
set_tests_properties(tst_e2e_gui PROPERTIES RUN_SERIAL TRUE)
