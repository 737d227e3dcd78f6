# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Run by cpack on the packages it has made (for Linux systems alone). It writes .tar.gz in the order in which a directory
# happens to list its files: this one has an order.
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
