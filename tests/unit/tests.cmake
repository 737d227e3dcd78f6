# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0

frpx_add_test(unit tst_ids LIBS frpx_common)
