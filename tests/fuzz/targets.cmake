# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

# Each target is <name>.cpp with the inputs in corpus/<name>.
set(frpx_fuzz_targets chunks config framedecoder httpmessage messages portregistration proxyhandshake
    proxyprotocol unservedanswer)
