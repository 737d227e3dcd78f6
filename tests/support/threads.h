// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QTest>

#include <atomic>
#include <thread>
#include <vector>

namespace frpx::test {

/// Runs \a work(0) … \a work(count - 1) in a thread each and waits for all of them while the caller's event
/// loop goes on, so that scripted peers living there can answer.
template <typename Work>
void inThreads(int count, Work work)
{
    std::atomic<int> running = count;
    std::vector<std::thread> threads;
    threads.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&work, &running, i] {
            work(i);
            --running;
        });
    }
    while (!QTest::qWaitFor([&running] { return running == 0; }, 1000)) { }
    for (std::thread &thread : threads)
        thread.join();
}

} // namespace frpx::test
