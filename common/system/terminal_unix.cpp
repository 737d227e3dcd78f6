// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/terminal.h"

#include "common/system/linebuffer.h"
#include "common/system/signalpipe.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>

#include <fcntl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

enum class Echo { Shown, Hidden };

Error ioError(const QString &what)
{
    return Error{Errc::Io, u"%1: %2."_s.arg(what, qt_error_string(errno))};
}

Error interrupted()
{
    return Error{Errc::Io, u"interrupted"_s};
}

/// The terminal for questions: the one at which the answer is typed, whatever standard output and standard
/// error are. A file or the journal gets no questions.
class Screen
{
public:
    Screen()
    {
        if (stdinIsTerminal())
            m_fd = canWrite(STDIN_FILENO) ? STDIN_FILENO : openTerminal();
        if (m_fd < 0 && ::isatty(STDERR_FILENO) == 1)
            m_fd = STDERR_FILENO;
    }
    ~Screen()
    {
        if (m_opened)
            ::close(m_fd);
    }
    Q_DISABLE_COPY_MOVE(Screen)

    /// Best effort: the answer is read even if the question cannot be shown.
    void write(const QByteArray &text) const
    {
        qsizetype done = m_fd < 0 ? text.size() : 0;
        while (done < text.size()) {
            const ssize_t count = ::write(m_fd, text.constData() + done, size_t(text.size() - done));
            if (count < 0 && errno != EINTR)
                return;
            done += std::max<ssize_t>(count, 0);
        }
    }

private:
    static bool canWrite(int fd) { return (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR; }
    int openTerminal()
    {
        const int fd = ::open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
        m_opened = fd >= 0;
        return fd;
    }

    int m_fd = -1;
    bool m_opened = false;
};

bool setTerminal(const termios &settings, int when)
{
    int result = 0;
    do {
        result = ::tcsetattr(STDIN_FILENO, when, &settings);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

/// The terminal does not show typed text while this object exists.
class HiddenEcho
{
public:
    HiddenEcho() = default;
    ~HiddenEcho()
    {
        if (m_before)
            setTerminal(*m_before, TCSANOW);
    }
    Q_DISABLE_COPY_MOVE(HiddenEcho)

    /// Also drops text typed before the question, as it was visible.
    Result<void> hide()
    {
        termios settings = {};
        if (::tcgetattr(STDIN_FILENO, &settings) != 0)
            return ioError(u"The terminal does not tell its settings"_s);
        m_before = settings;
        settings.c_lflag &= ~tcflag_t(ECHO | ECHONL);
        if (!setTerminal(settings, TCSAFLUSH))
            return ioError(u"The terminal cannot hide what is typed"_s);
        return {};
    }

private:
    std::optional<termios> m_before;
};

/// Waits until standard input is readable or a signal was received.
Result<void> waitForInput(const SignalPipe &signalPipe)
{
    for (;;) {
        // select() and not poll(), which does not support terminals on macOS.
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(STDIN_FILENO, &readable);
        FD_SET(signalPipe.readEnd(), &readable);
        const int highest = std::max(STDIN_FILENO, signalPipe.readEnd());
        if (::select(highest + 1, &readable, nullptr, nullptr, nullptr) < 0) {
            if (errno == EINTR)
                continue; // for a signal of the pipe, the pipe is readable now
            return ioError(u"Standard input cannot be read"_s);
        }
        if (FD_ISSET(signalPipe.readEnd(), &readable))
            return interrupted();
        return {};
    }
}

Result<QString> readLine(const SignalPipe &signalPipe)
{
    LineBuffer line;
    for (;;) {
        if (const Result<void> ready = waitForInput(signalPipe); !ready)
            return ready.error();
        char byte = 0;
        const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
        if (count < 0) {
            if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)
                continue;
            return ioError(u"Standard input cannot be read"_s);
        }
        if (count == 0) {
            if (line.isEmpty())
                return Error{Errc::NotFound, u"Standard input has ended."_s};
            return line.text();
        }
        if (byte == '\n')
            return line.text();
        if (!line.append(byte))
            return line.text(); // returns the error for the length
    }
}

Result<QString> askOnce(const QString &question, Echo echo, const SignalPipe &signalPipe)
{
    HiddenEcho hidden;
    if (echo == Echo::Hidden) {
        if (const Result<void> done = hidden.hide(); !done)
            return done.error();
    }
    const Screen screen;
    screen.write(question.toLocal8Bit());
    Result<QString> answer = readLine(signalPipe);
    if (echo == Echo::Hidden)
        screen.write("\n"_ba); // the typed newline was not shown either
    return answer;
}

Result<QString> ask(const QString &question, Echo echo)
{
    // Check for a closed standard input before a new descriptor gets its number.
    if (::fcntl(STDIN_FILENO, F_GETFD) < 0)
        return ioError(u"Standard input cannot be read"_s);
    // By default these signals would end (the last one: stop) the process while the terminal hides input.
    static constexpr std::array numbers = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    const size_t count = echo == Echo::Hidden ? numbers.size() : numbers.size() - 1;
    for (;;) {
        const std::span<const int> all = numbers;
        SignalPipe signalPipe(all.first(count), SignalPipe::Ignored::Keep);
        if (!signalPipe.isOpen() || signalPipe.readEnd() >= FD_SETSIZE)
            return Error{Errc::Io, u"Too many files are open to ask a question."_s};
        Result<QString> answer = askOnce(question, echo, signalPipe);
        const std::vector<int> caught = signalPipe.release();
        for (const int number : caught)
            ::raise(number);
        // Stopped and now continued: ask again.
        const auto isStop = [](int number) { return number == SIGTSTP; };
        if (caught.empty() || answer || !std::all_of(caught.begin(), caught.end(), isStop))
            return answer;
    }
}

} // namespace

bool stdinIsTerminal()
{
    return ::isatty(STDIN_FILENO) == 1;
}

Result<QString> promptLine(const QString &prompt)
{
    return ask(prompt, Echo::Shown);
}

Result<QString> promptPassword(const QString &prompt)
{
    return ask(prompt, stdinIsTerminal() ? Echo::Hidden : Echo::Shown);
}

} // namespace frpx
