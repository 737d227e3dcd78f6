# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# What the public headers of both libraries share.
configure_file(library/include/Frpx/version.h.in ${CMAKE_CURRENT_BINARY_DIR}/library/include/Frpx/version.h @ONLY)

add_library(frpx_api_headers INTERFACE)
target_sources(frpx_api_headers PUBLIC FILE_SET HEADERS
    BASE_DIRS library/include ${CMAKE_CURRENT_BINARY_DIR}/library/include
    FILES
        library/include/Frpx/error.h
        library/include/Frpx/global.h
        library/include/Frpx/service.h
        ${CMAKE_CURRENT_BINARY_DIR}/library/include/Frpx/version.h)
target_compile_features(frpx_api_headers INTERFACE cxx_std_20)
target_link_libraries(frpx_api_headers INTERFACE Qt6::Core)
set_target_properties(frpx_api_headers PROPERTIES EXPORT_NAME Headers)
add_library(Frpx::Headers ALIAS frpx_api_headers)
