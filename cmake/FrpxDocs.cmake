# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# The target docs: the libraries' reference as HTML in docs/html of the build folder. A warning is an error.
find_program(FRPX_DOXYGEN doxygen)
if(NOT FRPX_DOXYGEN)
    return()
endif()
list(TRANSFORM FRPX_HEADER_DIRS PREPEND "${PROJECT_SOURCE_DIR}/" OUTPUT_VARIABLE dirs)
list(JOIN dirs " " FRPX_DOXYGEN_INPUT)
configure_file(docs/Doxyfile.in ${PROJECT_BINARY_DIR}/cmake/Doxyfile @ONLY)
add_custom_target(docs COMMAND ${FRPX_DOXYGEN} ${PROJECT_BINARY_DIR}/cmake/Doxyfile
    COMMENT "Writing the libraries' reference" VERBATIM)
