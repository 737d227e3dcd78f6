// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/pty.h"

#include <QTest>

#include <array>
#include <csignal>
#include <vector>

#include <fcntl.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace frpx::test {

PtyProcess::~PtyProcess()
{
    if (m_pid > 0) {
        ::kill(-m_pid, SIGKILL); // and what it has started
        ::waitpid(m_pid, nullptr, 0);
    }
}

bool PtyProcess::start(const QString &program, const QStringList &arguments, const QString &home)
{
    // Everything is made before the fork: the child may only call what is safe there.
    std::vector<QByteArray> words{program.toLocal8Bit()};
    words.reserve(static_cast<size_t>(arguments.size()) + 1);
    for (const QString &argument : arguments)
        words.push_back(argument.toLocal8Bit());
    std::vector<char *> pointers;
    pointers.reserve(words.size() + 1);
    for (QByteArray &word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    QByteArray homeSetting = "HOME=" + home.toLocal8Bit();
    QByteArray pathSetting = "PATH=" + qgetenv("PATH");
    QByteArray localeSetting = "LC_ALL=C.UTF-8";
    std::array<char *, 4> environment{homeSetting.data(), pathSetting.data(), localeSetting.data(), nullptr};

    int master = -1;
    m_pid = ::forkpty(&master, nullptr, nullptr, nullptr);
    if (m_pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::execve(pointers.front(), pointers.data(), environment.data());
        ::_exit(127);
    }
    m_master = Fd(master);
    if (m_pid > 0)
        ::fcntl(master, F_SETFL, O_NONBLOCK); // NOLINT(cppcoreguidelines-pro-type-vararg)
    return m_pid > 0;
}

void PtyProcess::type(QByteArrayView text)
{
    const ssize_t written = ::write(m_master.get(), text.data(), static_cast<size_t>(text.size()));
    Q_ASSERT(written == text.size());
}

bool PtyProcess::waitForText(const QByteArray &text, int ms, qsizetype from)
{
    const QByteArray wanted = text.toLower();
    return QTest::qWaitFor(
        [&] {
            readSome();
            return m_screen.toLower().indexOf(wanted, from) >= 0;
        },
        ms);
}

std::optional<int> PtyProcess::poll()
{
    readSome();
    int status = 0;
    if (m_pid <= 0 || ::waitpid(m_pid, &status, WNOHANG) != m_pid)
        return std::nullopt;
    m_pid = -1;
    readSome(); // its last words
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int PtyProcess::terminate(int ms)
{
    if (m_pid <= 0)
        return -1;
    ::kill(-m_pid, SIGTERM); // also to what it has started
    std::optional<int> code;
    const auto ended = [&] {
        code = poll();
        return code.has_value();
    };
    return QTest::qWaitFor(ended, ms) ? *code : -1;
}

void PtyProcess::readSome()
{
    std::array<char, 4096> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init)
    ssize_t count = 0;
    while ((count = ::read(m_master.get(), buffer.data(), buffer.size())) > 0)
        m_screen.append(buffer.data(), static_cast<qsizetype>(count));
}

} // namespace frpx::test
