# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Flags shared by every target live in one INTERFACE target, linked PRIVATE.

add_library(frpx_flags INTERFACE)
target_compile_features(frpx_flags INTERFACE cxx_std_20)
target_include_directories(frpx_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(frpx_flags INTERFACE
    QT_NO_CAST_FROM_ASCII
    QT_NO_CAST_TO_ASCII
    QT_NO_CAST_FROM_BYTEARRAY
    QT_NO_URL_CAST_FROM_STRING
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
    QT_NO_FOREACH
    QT_NO_KEYWORDS
    QT_DISABLE_DEPRECATED_BEFORE=0x060400
    FRPX_VERSION="${PROJECT_VERSION}"
    $<$<BOOL:${FRPX_ASSERTS}>:QT_FORCE_ASSERTS>)
target_compile_options(frpx_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow $<$<NOT:$<BOOL:$<TARGET_PROPERTY:FRPX_NARROWS>>>:-Wconversion> -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual
    $<$<BOOL:${FRPX_WERROR}>:-Werror>)

# Libraries that are installed hold ordinary code as well: whoever links them may not optimise at link time.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_INTERPROCEDURAL_OPTIMIZATION AND FRPX_SYSTEM_INSTALL)
    target_compile_options(frpx_flags INTERFACE -ffat-lto-objects)
endif()

# The same source gives the same bytes wherever it lies.
if(FRPX_SYSTEM_INSTALL)
    target_compile_options(frpx_flags INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=.)
endif()

# What a distribution does against the exploitation of faults.
if(FRPX_SYSTEM_INSTALL AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_compile_options(frpx_flags INTERFACE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
        target_compile_options(frpx_flags INTERFACE -fcf-protection)
    endif()
    target_link_options(frpx_flags INTERFACE -Wl,-z,relro -Wl,-z,now)
endif()

# g++ 12 sees an impossible allocation in QHash when it inlines across files at link time.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_link_options(frpx_flags INTERFACE $<$<BOOL:${CMAKE_INTERPROCEDURAL_OPTIMIZATION}>:-Wno-alloc-size-larger-than>)
endif()

# The archives are for compilers that know nothing of the link-time code of this one.
if(FRPX_LIBRARIES AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(frpx_flags INTERFACE $<$<BOOL:${CMAKE_INTERPROCEDURAL_OPTIMIZATION}>:-ffat-lto-objects>)
endif()

# ccache makes a second build a matter of seconds. With precompiled headers it needs to be told to look past
# their time stamps; GCC needs -fpch-preprocess for it, clang -fno-pch-timestamp.
find_program(FRPX_CCACHE ccache)
if(FRPX_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${FRPX_CCACHE})
    if(FRPX_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(frpx_flags INTERFACE -fpch-preprocess)
    elseif(FRPX_PCH)
        target_compile_options(frpx_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
    endif()
endif()

# frpx_precompile(<target>): the precompiled Qt headers, compiled once for frpx_common and reused by the others.
function(frpx_precompile target)
    if(NOT FRPX_PCH)
        return()
    endif()
    if(target STREQUAL "frpx_common")
        target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.h)
    else()
        target_precompile_headers(${target} REUSE_FROM frpx_common)
    endif()
endfunction()
