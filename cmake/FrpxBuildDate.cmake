# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# FRPX_BUILD_DATE, such as 2026-11-21: a day that lies in the past wherever a program runs. The same source gives the
# same day: that of SOURCE_DATE_EPOCH, or of the release that packaging/debian/changelog names first.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
    string(TIMESTAMP FRPX_BUILD_DATE "%Y-%m-%d" UTC) # heeds it
else()
    set(changelog ${PROJECT_SOURCE_DIR}/packaging/debian/changelog)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${changelog})
    file(STRINGS ${changelog} release REGEX "^ -- " LIMIT_COUNT 1)
    if(NOT release MATCHES " ([0-9][0-9]) ([A-Z][a-z][a-z]) ([0-9][0-9][0-9][0-9]) [0-9:]+ [+-][0-9]+$")
        message(FATAL_ERROR "${changelog} has no date")
    endif()
    set(day ${CMAKE_MATCH_1})
    set(year ${CMAKE_MATCH_3})
    set(months Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)
    list(FIND months ${CMAKE_MATCH_2} month)
    math(EXPR month "${month} + 101")
    string(SUBSTRING ${month} 1 2 month)
    set(FRPX_BUILD_DATE ${year}-${month}-${day})
endif()
