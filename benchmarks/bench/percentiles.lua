-- SPDX-FileCopyrightText: 2026 The frpx authors
-- SPDX-License-Identifier: Apache-2.0

-- wrk prints no percentile beyond the 99th by itself. The time is in microseconds.
function done(summary, latency, requests)
    io.write(string.format("p99.9 %d us\n", latency:percentile(99.9)))
end
