// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/terminal.h"

#include "common/system/linebuffer.h"

#include <optional>

#include <windows.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

enum class Echo { Shown, Hidden };

Error ioError(const QString &what, DWORD error)
{
    return Error{Errc::Io, u"%1: %2"_s.arg(what, qt_error_string(static_cast<int>(error)))};
}

HANDLE standardInput()
{
    return ::GetStdHandle(STD_INPUT_HANDLE);
}

std::optional<DWORD> consoleMode()
{
    DWORD mode = 0;
    if (!::GetConsoleMode(standardInput(), &mode))
        return std::nullopt;
    return mode;
}

/// A file gets no questions.
void writeToConsole(const QString &text)
{
    const HANDLE console = ::CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
        FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr);
    if (console == INVALID_HANDLE_VALUE)
        return;
    DWORD written = 0;
    ::WriteConsoleW(console, text.utf16(), static_cast<DWORD>(text.size()), &written, nullptr);
    ::CloseHandle(console);
}

/// Sets the console to line input, with or without echo, and restores its mode in the destructor.
class ConsoleMode
{
public:
    ConsoleMode(DWORD before, Echo echo)
        : m_before(before)
    {
        DWORD mode = before | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT | ENABLE_ECHO_INPUT;
        if (echo == Echo::Hidden)
            mode &= ~DWORD(ENABLE_ECHO_INPUT);
        m_isSet = ::SetConsoleMode(standardInput(), mode) != 0;
    }
    ~ConsoleMode() { ::SetConsoleMode(standardInput(), m_before); }
    Q_DISABLE_COPY_MOVE(ConsoleMode)

    bool isSet() const { return m_isSet; }

private:
    DWORD m_before;
    bool m_isSet = false;
};

Error inputEnded()
{
    return Error{Errc::NotFound, u"Standard input has ended."_s};
}

/// Reads UTF-16 from the console, unit by unit; \a line collects it as UTF-8.
Result<QString> readConsole()
{
    constexpr char16_t controlZ = 0x1a;
    LineBuffer line;
    char16_t pendingHigh = 0;
    for (;;) {
        char16_t unit = 0;
        DWORD count = 0;
        ::SetLastError(ERROR_SUCCESS);
        const BOOL done = ::ReadConsoleW(standardInput(), &unit, 1, &count, nullptr);
        const DWORD error = ::GetLastError();
        if (error == ERROR_OPERATION_ABORTED) // Ctrl+C
            return Error{Errc::Io, u"interrupted"_s};
        if (!done)
            return ioError(u"The console cannot be read"_s, error);
        if (count == 0 || (line.isEmpty() && unit == controlZ))
            return inputEnded();
        if (unit == u'\n')
            return line.text();
        if (QChar::isHighSurrogate(unit)) {
            pendingHigh = unit;
            continue;
        }
        char32_t character = unit;
        if (QChar::isLowSurrogate(unit))
            character = QChar::surrogateToUcs4(pendingHigh, unit);
        const QByteArray bytes = QString::fromUcs4(&character, 1).toUtf8();
        for (const char byte : bytes) {
            if (!line.append(byte))
                return line.text(); // returns the error for the length
        }
    }
}

Result<QString> readPipe()
{
    LineBuffer line;
    for (;;) {
        char byte = 0;
        DWORD count = 0;
        if (!::ReadFile(standardInput(), &byte, 1, &count, nullptr)) {
            const DWORD error = ::GetLastError();
            if (error != ERROR_BROKEN_PIPE && error != ERROR_HANDLE_EOF)
                return ioError(u"Standard input cannot be read"_s, error);
            count = 0;
        }
        if (count == 0) {
            if (line.isEmpty())
                return inputEnded();
            return line.text();
        }
        if (byte == '\n')
            return line.text();
        if (!line.append(byte))
            return line.text(); // returns the error for the length
    }
}

Result<QString> ask(const QString &question, Echo echo)
{
    const std::optional<DWORD> mode = consoleMode();
    if (!mode) {
        return readPipe();
    }
    const ConsoleMode console(*mode, echo);
    if (!console.isSet() && echo == Echo::Hidden)
        return Error{Errc::Io, u"The console cannot hide what is typed."_s};
    writeToConsole(question);
    Result<QString> answer = readConsole();
    if (echo == Echo::Hidden)
        writeToConsole(u"\n"_s);
    return answer;
}

} // namespace

bool stdinIsTerminal()
{
    return consoleMode().has_value();
}

Result<QString> promptLine(const QString &prompt)
{
    return ask(prompt, Echo::Shown);
}

Result<QString> promptPassword(const QString &prompt)
{
    return ask(prompt, Echo::Hidden);
}

} // namespace frpx
