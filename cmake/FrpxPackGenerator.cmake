# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Read by cpack once for each kind of package.

# cpack would write the files for /etc into the /etc of whoever builds: not so for .deb and .rpm, but for archives.
if(CPACK_GENERATOR STREQUAL "TGZ" AND CPACK_FRPX_SYSTEM)
    set(CPACK_SET_DESTDIR ON)
endif()
