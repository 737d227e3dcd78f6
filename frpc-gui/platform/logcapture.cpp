// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/platform/logcapture.h"

#include <QDateTime>

#include <mutex>
#include <utility>

namespace frpx::gui {

namespace {

constexpr size_t maxPending = LogModel::maxLines;
constexpr int drainIntervalMs = 200;

// Qt's message handler is a plain function, so its data is global.
std::mutex pendingMutex;
std::vector<LogLine> pending; // guarded by pendingMutex; bounded: the oldest lines go if no one fetches them
QtMessageHandler handlerBefore = nullptr; // set while a LogCapture exists

void capture(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    if (handlerBefore)
        handlerBefore(type, context, text);
    LogLine line{QDateTime::currentMSecsSinceEpoch(), type, QString::fromLatin1(context.category), text};
    const std::scoped_lock lock(pendingMutex);
    if (pending.size() >= maxPending)
        pending.erase(pending.begin(), pending.begin() + maxPending / 2);
    pending.push_back(std::move(line));
}

} // namespace

LogCapture::LogCapture(LogModel &model, QObject *parent)
    : QObject(parent)
    , m_model(model)
{
    handlerBefore = qInstallMessageHandler(capture);
    m_timer.setInterval(drainIntervalMs);
    connect(&m_timer, &QTimer::timeout, this, &LogCapture::drain);
    m_timer.start();
}

LogCapture::~LogCapture()
{
    qInstallMessageHandler(handlerBefore);
}

void LogCapture::drain()
{
    std::vector<LogLine> lines;
    {
        const std::scoped_lock lock(pendingMutex);
        lines.swap(pending);
    }
    m_model.append(std::move(lines));
}

} // namespace frpx::gui
