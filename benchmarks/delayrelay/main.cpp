// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "benchmarks/delayrelay/delayrelay.h"

#include <cstdio>
#include <cstdlib>

/// Arguments: the round trip in milliseconds, then pairs LISTEN:TARGET of ports on 127.0.0.1.
int main(int argc, char *argv[])
{
    if (argc < 3) {
        std::fputs("Usage: delayrelay ROUND_TRIP_MS LISTEN:TARGET...\n", stderr);
        return 2;
    }
    const std::chrono::duration<double, std::milli> roundTrip(std::atof(argv[1]));
    frpx::bench::DelayRelay relay(std::chrono::duration_cast<std::chrono::nanoseconds>(roundTrip));
    for (int i = 2; i < argc; ++i) {
        unsigned port = 0;
        unsigned target = 0;
        if (std::sscanf(argv[i], "%u:%u", &port, &target) != 2 || port > 65'535 || target > 65'535
            || !relay.listen(quint16(port), quint16(target))) {
            std::perror(argv[i]);
            return 1;
        }
    }
    relay.run();
}
