# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Run by cpack on the packages it has made (for Linux systems alone): what depends on the file system they were made on is
# put right, so that they are the same wherever they are made.

# cpack writes .tar.gz in the order in which a directory happens to list its files: this one has an order.
if(CPACK_GENERATOR STREQUAL "TGZ" AND DEFINED ENV{SOURCE_DATE_EPOCH})
    foreach(package IN LISTS CPACK_PACKAGE_FILES)
        get_filename_component(name ${package} NAME)
        string(REGEX REPLACE "\\.tar\\.gz$" "" folder ${name})
        get_filename_component(above ${CPACK_TEMPORARY_DIRECTORY} DIRECTORY)
        get_filename_component(staged ${CPACK_TEMPORARY_DIRECTORY} NAME)
        execute_process(
            COMMAND tar --directory ${above} --create --sort=name --format=gnu --mtime=@$ENV{SOURCE_DATE_EPOCH}
                --owner=root:0 --group=root:0 --transform=s,^${staged},${folder}, ${staged}
            COMMAND gzip -9n
            OUTPUT_FILE ${package}
            COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
endif()

# cpack counts a directory as large as the file system has it: here it is a kilobyte, as dpkg-gencontrol has it.
if(CPACK_GENERATOR STREQUAL "DEB")
    foreach(package IN LISTS CPACK_PACKAGE_FILES)
        set(tree ${CPACK_TEMPORARY_DIRECTORY}.unpacked)
        file(REMOVE_RECURSE ${tree})
        execute_process(COMMAND dpkg-deb --raw-extract ${package} ${tree} COMMAND_ERROR_IS_FATAL ANY)
        file(GLOB_RECURSE entries LIST_DIRECTORIES true ${tree}/*)
        list(FILTER entries EXCLUDE REGEX "^${tree}/DEBIAN(/|$)")
        set(kilobytes 0)
        foreach(entry IN LISTS entries)
            set(bytes 1)
            if(NOT IS_DIRECTORY ${entry} AND NOT IS_SYMLINK ${entry})
                file(SIZE ${entry} bytes)
            endif()
            math(EXPR kilobytes "${kilobytes} + (${bytes} + 1023) / 1024")
        endforeach()
        file(READ ${tree}/DEBIAN/control control)
        string(REGEX REPLACE "Installed-Size: [0-9]+" "Installed-Size: ${kilobytes}" control "${control}")
        file(WRITE ${tree}/DEBIAN/control "${control}")
        # It heeds SOURCE_DATE_EPOCH.
        execute_process(COMMAND dpkg-deb --root-owner-group -Zgzip -z9 --build ${tree} ${package}
            OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
        file(REMOVE_RECURSE ${tree})
    endforeach()
endif()
