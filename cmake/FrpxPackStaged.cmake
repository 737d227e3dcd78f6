# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Run by cpack on the files it is about to pack (packages for Linux systems alone).

# Of the archives, the code for the linker remains. What serves to optimise at link time is for one version of the
# compiler only, differs between two builds, and is the larger part.
file(GLOB_RECURSE archives ${CPACK_TEMPORARY_DIRECTORY}/*.a)
foreach(archive IN LISTS archives)
    execute_process(COMMAND ${CPACK_FRPX_STRIP} --strip-unneeded --enable-deterministic-archives
        --remove-section=.comment --remove-section=.note --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_*
        --strip-symbol=__gnu_lto_v1 --strip-symbol=__gnu_lto_slim ${archive}
        COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# A file that was not built has the time of the checkout.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
    execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -exec touch --no-dereference --date=@$ENV{SOURCE_DATE_EPOCH} {} +
        COMMAND_ERROR_IS_FATAL ANY)
endif()
