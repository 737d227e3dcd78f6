// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/linebuffer.h"
#include "common/system/signalwatcher.h"
#include "common/system/terminal.h"
#include "tests/support/testregistry.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#ifdef Q_OS_MACOS
#include <util.h>
#else
#include <pty.h>
#endif

using namespace frpx;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 30'000; // ms

void onSignal(int) { }

void setHandler(int number, void (*handler)(int))
{
    struct sigaction action = {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

void print(const QByteArray &text)
{
    if (::write(STDOUT_FILENO, text.constData(), size_t(text.size())) != text.size())
        ::_exit(3);
}

/// A question while a SignalWatcher is at work: prints the answer, then every request to end until the first.
int askUnderWatcher(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    SignalWatcher watcher;
    QObject::connect(&watcher, &SignalWatcher::terminationRequested, &application, [](int number) {
        print("<terminated by " + QByteArray::number(number) + '>');
        QCoreApplication::quit();
    });
    const Result<QString> answer = promptPassword(u"Password: "_s);
    print(answer ? "<answered>"_ba : "<" + answer.error().detail.toUtf8() + '>');
    return QCoreApplication::exec();
}

/// What this program does when it is started with "--ask <kind>…": it asks one question per kind and prints
/// "<ok HEX>" or "<error CODE TEXT>" for each. Hexadecimal, so that the answer does not look like its echo.
int askAndPrint(int argc, char *argv[])
{
    for (int i = 2; i < argc; ++i) {
        const QByteArrayView kind(argv[i]);
        if (kind == "watcher")
            return askUnderWatcher(argc, argv);
        if (kind == "handle-signals") {
            setHandler(SIGINT, onSignal);
            setHandler(SIGTERM, onSignal);
            continue;
        }
        if (kind == "ignore-sigint") {
            setHandler(SIGINT, SIG_IGN);
            continue;
        }
        if (kind == "log-to-files") { // in the current directory
            const int log = ::open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
            const int output = ::open("output", O_WRONLY | O_CREAT | O_APPEND, 0600);
            if (::dup2(log, STDERR_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0)
                ::_exit(3);
            continue;
        }
        if (kind == "input-for-reading") {
            if (::dup2(::open("/dev/tty", O_RDONLY), STDIN_FILENO) < 0)
                ::_exit(3);
            continue;
        }
        if (kind == "is-terminal") {
            print(stdinIsTerminal() ? "<terminal>"_ba : "<no terminal>"_ba);
            continue;
        }
        const Result<QString> answer =
            kind == "password" ? promptPassword(u"Password: "_s) : promptLine(u"Name: "_s);
        if (answer)
            print("<ok " + answer->toUtf8().toHex() + ">\n");
        else
            print("<error " + QByteArray::number(int(answer.error().code)) + ' '
                + answer.error().detail.toUtf8() + ">\n");
    }
    return 0;
}

QByteArray ok(const QByteArray &answer)
{
    return "<ok " + answer.toHex() + ">\n";
}

QByteArray errorStart(Errc code)
{
    return "<error " + QByteArray::number(int(code)) + ' ';
}

/// This program again, asking on a terminal of its own.
class Session
{
public:
    explicit Session(QList<QByteArray> kinds)
    {
        kinds.prepend("--ask"_ba);
        kinds.prepend("tst_terminal"_ba);
        kinds.prepend(QCoreApplication::applicationFilePath().toLocal8Bit());
        std::vector<char *> arguments;
        for (QByteArray &kind : kinds)
            arguments.push_back(kind.data());
        arguments.push_back(nullptr);
        if (::openpty(&m_master, &m_slave, nullptr, nullptr, nullptr) != 0)
            return;
        ::fcntl(m_master, F_SETFD, FD_CLOEXEC);
        m_before = settings();
        m_pid = ::fork();
        if (m_pid == 0) {
            for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP})
                setHandler(number, SIG_DFL);
            ::setsid();
            if (::ioctl(m_slave, TIOCSCTTY, 0) != 0)
                ::_exit(2);
            for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
                ::dup2(m_slave, standard);
            ::execv(arguments.front(), arguments.data());
            ::_exit(2);
        }
    }
    ~Session()
    {
        if (m_pid > 0) {
            ::kill(m_pid, SIGKILL);
            waitForEnd();
        }
        ::close(m_slave);
        ::close(m_master);
    }
    Q_DISABLE_COPY_MOVE(Session)

    bool isStarted() const { return m_pid > 0; }
    pid_t pid() const { return m_pid; }
    const QByteArray &output() const { return m_output; }

    bool echoes() const { return (settings().c_lflag & ECHO) != 0; }
    bool isAsBefore() const
    {
        const termios now = settings();
        return now.c_lflag == m_before.c_lflag && now.c_iflag == m_before.c_iflag
            && now.c_oflag == m_before.c_oflag;
    }

    void type(const QByteArray &keys) const
    {
        QCOMPARE(::write(m_master, keys.constData(), size_t(keys.size())), ssize_t(keys.size()));
    }

    /// Until the whole output has \a text \a count times.
    bool waitForOutput(const QByteArray &text, int count = 1)
    {
        QElapsedTimer timer;
        timer.start();
        while (m_output.count(text) < count) {
            pollfd master = {m_master, POLLIN, 0};
            const auto left = int(patience - timer.elapsed());
            if (left <= 0 || ::poll(&master, 1, left) <= 0)
                return false;
            std::array<char, 1024> bytes = {};
            const ssize_t length = ::read(m_master, bytes.data(), bytes.size());
            if (length <= 0)
                return false;
            m_output.append(bytes.data(), length);
        }
        return true;
    }

    /// \return the status of waitpid().
    int waitForEnd()
    {
        int status = -1;
        while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR)
            continue;
        m_pid = -1;
        return status;
    }

private:
    // Asked at the master end, Linux and macOS tell the settings of the terminal.
    termios settings() const
    {
        termios result = {};
        ::tcgetattr(m_master, &result);
        return result;
    }

    int m_master = -1;
    int m_slave = -1; // stays open, or the settings would go with the child
    pid_t m_pid = -1;
    termios m_before = {};
    QByteArray m_output;
};

} // namespace

class TestTerminal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bufferTakesALineAndNoMore();
    void readsLinesFromAPipe_data();
    void readsLinesFromAPipe();
    void writesNoQuestionIntoALog();
    void asksOnTheTerminalBesideALog_data();
    void asksOnTheTerminalBesideALog();
    void knowsATerminal();
    void closedInputIsAnError();
    void showsALineOnATerminal();
    void hidesAPasswordOnATerminal();
    void endOfInputOnATerminal();
    void signalEndsTheQuestion_data();
    void signalEndsTheQuestion();
    void unhandledSignalEndsTheProgramInOrder_data();
    void unhandledSignalEndsTheProgramInOrder();
    void handsTheSignalToTheWatcher();
    void ignoredSignalStaysIgnored();
    void asksAgainAfterAStop();
};

void TestTerminal::bufferTakesALineAndNoMore()
{
    LineBuffer line;
    QVERIFY(line.isEmpty());
    for (size_t i = 0; i < LineBuffer::maxLength; ++i)
        QVERIFY(line.append('x'));
    QVERIFY(line.text());
    QVERIFY(line.append('\r')); // the end of the line, not a part of it
    QCOMPARE(line.text().value().size(), qsizetype(LineBuffer::maxLength));
    QVERIFY(!line.append('x'));
}

void TestTerminal::readsLinesFromAPipe_data()
{
    const QByteArray longest(4096, 'x');
    const QByteArray tooLong = errorStart(Errc::InvalidArgument) + "The line is longer than 4096 bytes.>\n";
    const QByteArray notUtf8 = errorStart(Errc::InvalidArgument) + "The line is not valid UTF-8.>\n";
    const QByteArray ended = errorStart(Errc::NotFound) + "Standard input has ended.>\n";
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("output"); // of two questions
    QTest::newRow("two lines") << "me@here\nsecret\n"_ba << ok("me@here") + ok("secret");
    QTest::newRow("more than asked for") << "a\nb\nc\n"_ba << ok("a") + ok("b");
    QTest::newRow("from Windows") << "a\r\nb\r\n"_ba << ok("a") + ok("b");
    QTest::newRow("no newline at the end") << "a\nb"_ba << ok("a") + ok("b");
    QTest::newRow("empty lines") << "\n\n"_ba << ok("") + ok("");
    QTest::newRow("spaces stay") << " a \n\t\n"_ba << ok(" a ") + ok("\t");
    QTest::newRow("other scripts") << "密码\nпароль\n"_ba << ok("密码") + ok("пароль");
    QTest::newRow("nothing") << QByteArray() << ended + ended;
    QTest::newRow("ends early") << "a\n"_ba << ok("a") + ended;
    QTest::newRow("longest") << longest + '\n' + longest + "\r\n" << ok(longest) + ok(longest);
    QTest::newRow("too long by one") << "a\n" + longest + "x\n" << ok("a") + tooLong;
    QTest::newRow("too long by far") << "a\n" + QByteArray(60'000, 'x') << ok("a") + tooLong;
    QTest::newRow("Latin-1") << "a\ncaf\xe9\n"_ba << ok("a") + notUtf8;
    QTest::newRow("half a character") << "caf\xc3\nb\n"_ba << notUtf8 + ok("b");
}

void TestTerminal::readsLinesFromAPipe()
{
    QFETCH(const QByteArray, input);
    QFETCH(const QByteArray, output);
    QProcess process;
    process.start(
        QCoreApplication::applicationFilePath(), {u"tst_terminal"_s, u"--ask"_s, u"line"_s, u"password"_s});
    QVERIFY(process.waitForStarted(patience));
    process.write(input);
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 0);
    QCOMPARE(process.readAllStandardOutput(), output);
}

void TestTerminal::writesNoQuestionIntoALog()
{
    QProcess process;
    process.start(
        QCoreApplication::applicationFilePath(), {u"tst_terminal"_s, u"--ask"_s, u"line"_s, u"password"_s});
    process.write("a\nb\n");
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.readAllStandardError(), QByteArray());
    QCOMPARE(process.readAllStandardOutput(), ok("a"_ba) + ok("b"_ba));
}

void TestTerminal::asksOnTheTerminalBesideALog_data()
{
    QTest::addColumn<QList<QByteArray>>("kinds");
    QTest::newRow("standard input can be written") << QList<QByteArray>{"log-to-files"_ba};
    QTest::newRow("the controlling terminal") << QList<QByteArray>{"log-to-files"_ba, "input-for-reading"_ba};
}

void TestTerminal::asksOnTheTerminalBesideALog()
{
    QFETCH(const QList<QByteArray>, kinds);
    const QTemporaryDir directory;
    const QString before = QDir::currentPath();
    QVERIFY(QDir::setCurrent(directory.path()));
    Session session(kinds + QList<QByteArray>{"line"_ba, "password"_ba});
    QVERIFY(QDir::setCurrent(before));
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("Name: "_ba));
    session.type("somebody\n"_ba);
    QVERIFY(session.waitForOutput("Password: "_ba));
    QTRY_VERIFY(!session.echoes());
    session.type("secret\n"_ba);
    QCOMPARE(session.waitForEnd(), 0);
    QFile log(directory.filePath(u"log"_s));
    QVERIFY(log.open(QIODevice::ReadOnly));
    QCOMPARE(log.readAll(), QByteArray());
    QFile output(directory.filePath(u"output"_s));
    QVERIFY(output.open(QIODevice::ReadOnly));
    QCOMPARE(output.readAll(), ok("somebody"_ba) + ok("secret"_ba));
}

void TestTerminal::knowsATerminal()
{
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(), {u"tst_terminal"_s, u"--ask"_s, u"is-terminal"_s});
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.readAllStandardOutput(), "<no terminal>"_ba);
    Session session({"is-terminal"_ba});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("<terminal>"_ba));
}

void TestTerminal::closedInputIsAnError()
{
    QProcess process;
    process.setChildProcessModifier([] { ::close(STDIN_FILENO); });
    process.start(QCoreApplication::applicationFilePath(), {u"tst_terminal"_s, u"--ask"_s, u"line"_s});
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(process.readAllStandardOutput().startsWith("<error "));
}

void TestTerminal::showsALineOnATerminal()
{
    Session session({"line"_ba});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("Name: "_ba));
    QVERIFY(session.echoes());
    session.type("somebody\n"_ba);
    QVERIFY(session.waitForOutput("<ok " + "somebody"_ba.toHex() + '>'));
    QVERIFY(session.output().contains("somebody"));
}

void TestTerminal::hidesAPasswordOnATerminal()
{
    Session session({"password"_ba, "line"_ba, "password"_ba});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("Password: "_ba));
    QVERIFY(!session.echoes());
    session.type("secret one\n"_ba);
    QVERIFY(session.waitForOutput("Name: "_ba));
    QVERIFY(session.output().contains("<ok " + "secret one"_ba.toHex() + '>'));
    QVERIFY(session.isAsBefore());
    session.type("name\n"_ba);
    QVERIFY(session.waitForOutput("Password: "_ba, 2));
    session.type("secret two\n"_ba);
    QVERIFY(session.waitForOutput("<ok " + "secret two"_ba.toHex() + '>'));
    const int status = session.waitForEnd();
    QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    QVERIFY(session.isAsBefore());
    QVERIFY(!session.output().contains("secret"));
    QVERIFY(session.output().contains("Password: \r\n")); // the newline shows, unlike the password
}

void TestTerminal::endOfInputOnATerminal()
{
    Session session({"password"_ba});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("Password: "_ba));
    session.type("\x04"_ba);
    QVERIFY(session.waitForOutput(errorStart(Errc::NotFound)));
    QVERIFY(session.isAsBefore());
}

void TestTerminal::signalEndsTheQuestion_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<bool>("typed");
    QTest::newRow("Ctrl+C, password") << "password"_ba << true;
    QTest::newRow("Ctrl+C, line") << "line"_ba << true;
    QTest::newRow("SIGTERM, password") << "password"_ba << false;
    QTest::newRow("SIGTERM, line") << "line"_ba << false;
}

void TestTerminal::signalEndsTheQuestion()
{
    QFETCH(const QByteArray, kind);
    QFETCH(const bool, typed);
    Session session({"handle-signals"_ba, kind});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput(": "_ba));
    session.type("half a sec"_ba);
    if (typed)
        session.type("\x03"_ba);
    else
        QCOMPARE(::kill(session.pid(), SIGTERM), 0);
    QVERIFY(session.waitForOutput(errorStart(Errc::Io) + "interrupted>"));
    const int status = session.waitForEnd();
    QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    QVERIFY(session.isAsBefore());
}

void TestTerminal::unhandledSignalEndsTheProgramInOrder_data()
{
    QTest::addColumn<int>("number");
    QTest::newRow("SIGINT") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGHUP") << SIGHUP;
}

void TestTerminal::unhandledSignalEndsTheProgramInOrder()
{
    QFETCH(const int, number);
    Session session({"password"_ba});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("Password: "_ba));
    QVERIFY(!session.echoes());
    QCOMPARE(::kill(session.pid(), number), 0);
    const int status = session.waitForEnd();
    QVERIFY(WIFSIGNALED(status));
    QCOMPARE(WTERMSIG(status), number);
    QVERIFY(session.isAsBefore());
}

void TestTerminal::handsTheSignalToTheWatcher()
{
    Session session({"watcher"_ba});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("Password: "_ba));
    session.type("\x03"_ba);
    QVERIFY(session.waitForOutput("<interrupted><terminated by " + QByteArray::number(SIGINT) + '>'));
    const int status = session.waitForEnd();
    QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    QVERIFY(session.isAsBefore());
}

void TestTerminal::ignoredSignalStaysIgnored()
{
    Session session({"ignore-sigint"_ba, "password"_ba});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("Password: "_ba));
    QCOMPARE(::kill(session.pid(), SIGINT), 0);
    session.type("secret\n"_ba);
    QVERIFY(session.waitForOutput("<ok " + "secret"_ba.toHex() + '>'));
}

void TestTerminal::asksAgainAfterAStop()
{
    // Nobody could wake a stopped process without a parent in its session, so the kernel lets it go on at
    // once.
    Session session({"password"_ba});
    QVERIFY(session.isStarted());
    QVERIFY(session.waitForOutput("Password: "_ba));
    session.type("\x1a"_ba);
    QVERIFY(session.waitForOutput("Password: "_ba, 2));
    QVERIFY(!session.echoes());
    session.type("secret\n"_ba);
    QVERIFY(session.waitForOutput("<ok " + "secret"_ba.toHex() + '>'));
    QVERIFY(session.isAsBefore());
}

namespace {

int testMain(int argc, char *argv[])
{
    if (argc > 1 && std::strcmp(argv[1], "--ask") == 0)
        return askAndPrint(argc, argv);
    QCoreApplication application(argc, argv);
    TestTerminal test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_terminal", testMain);

#include "tst_terminal.moc"
