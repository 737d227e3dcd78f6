// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/load.h"

#include "tests/support/httpclient.h"

#include <QTest>

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;

namespace frpx::test {

Load::Load(quint16 port, QByteArray path, int users)
    : m_port(port)
    , m_path(std::move(path))
    , m_perUser(static_cast<size_t>(users))
{ }

void Load::start()
{
    for (std::vector<Sample> &samples : m_perUser) {
        m_threads.emplace_back([this, &samples] {
            HttpClient client(m_port);
            client.setTimeout(m_timeoutMs);
            while (!m_stopping) {
                Sample sample;
                sample.startedMs = nowMs();
                const HttpReply reply = client.get(m_path);
                sample.endedMs = nowMs();
                sample.body = reply.body;
                sample.error =
                    reply.isOk() ? QString() : u"%1 (status %2)"_s.arg(reply.error).arg(reply.status);
                samples.push_back(std::move(sample));
                ++m_finished;
                if (m_pauseMs > 0)
                    std::this_thread::sleep_for(std::chrono::milliseconds(m_pauseMs));
            }
        });
    }
}

const std::vector<Load::Sample> &Load::stop()
{
    m_stopping = true;
    for (std::thread &thread : m_threads)
        thread.join();
    m_threads.clear();
    for (std::vector<Sample> &samples : m_perUser) {
        m_samples.insert(m_samples.end(), samples.begin(), samples.end());
        samples.clear();
    }
    return m_samples;
}

bool Load::waitForMore(int count, int ms) const
{
    const int wanted = m_finished + count;
    return QTest::qWaitFor([&] { return m_finished >= wanted; }, ms);
}

QString Load::failures() const
{
    QStringList reasons;
    for (const Sample &sample : m_samples) {
        if (!sample.error.isEmpty())
            reasons << sample.error;
    }
    return u"%1 of %2 failed: %3"_s.arg(reasons.size())
        .arg(m_samples.size())
        .arg(reasons.mid(0, 5).join(u"; "_s));
}

int Load::failureCount() const
{
    return static_cast<int>(std::count_if(
        m_samples.begin(), m_samples.end(), [](const Sample &sample) { return !sample.error.isEmpty(); }));
}

qint64 Load::nowMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

} // namespace frpx::test
