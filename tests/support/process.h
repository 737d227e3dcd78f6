// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QList>
#include <QProcess>
#include <QTemporaryDir>

#include <memory>

namespace frpx::test {

/// Distinct ports of loopback that nobody listens on, below the range the system hands out to outgoing
/// connections (which could otherwise take one between a stop and a restart). No other test program is given
/// them before this one ends.
QList<quint16> freePorts(int count);

/// A port of loopback below 1024, which only root may listen on and nobody does; 0 if there is none.
quint16 freeLowPort();

/// A program under test. Its output goes to files, so that it never blocks on a test that blocks. Killed in
/// the destructor, and by the system should the test itself be killed. Every wait lets the event loop run.
class Process
{
public:
    Process();
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;
    virtual ~Process();

    /// How many descriptors programs started from then on may have; they cannot raise it.
    void setDescriptorLimit(quint64 limit) { *m_descriptorLimit = limit; }
    /// For the programs started from then on.
    void setVariable(const QString &name, const QString &value);

    bool start(const QString &program, const QStringList &arguments, const QByteArray &input = {});
    qint64 pid() const { return m_process.processId(); }
    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }

    /// All of standard error since the first start.
    QByteArray log() const;
    /// All of standard output since the first start.
    QByteArray output() const;
    qsizetype logSize() const { return log().size(); }
    /// Waits until \a text stands in the log after position \a from; \return false when the program ends
    /// first.
    bool waitForLog(const QString &text, int ms = 10'000, qsizetype from = 0);
    int countInLog(const QByteArray &text, qsizetype from = 0) const;

    void sendSignal(int number);
    /// Whether SIGSTOP has taken effect, on every thread: until then it may go on answering.
    bool isStopped() const;
    void kill9();
    /// The exit code; -1 when it does not end in time or is killed by a signal.
    int waitForExit(int ms = 10'000);
    /// SIGTERM, and then the exit code.
    int terminate(int ms = 10'000);

    /// From /proc: resident memory in KiB and the number of open descriptors; -1 when it does not run.
    qint64 rssKib() const;
    int descriptorCount() const;

    /// A private directory that lives as long as this object.
    QString directory() const { return m_directory.path(); }

    /// Runs \a program to its end. \return as waitForExit().
    static int run(const QString &program, const QStringList &arguments, const QByteArray &input,
        QByteArray *output = nullptr, QByteArray *log = nullptr, int ms = 10'000);

private:
    QTemporaryDir m_directory;
    QProcess m_process;
    const std::shared_ptr<quint64> m_descriptorLimit = std::make_shared<quint64>(0); ///< 0: as they find it
};

QString frpsProgram();
QString frpcProgram();

} // namespace frpx::test
