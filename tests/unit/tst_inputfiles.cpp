// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/inputfiles.h"
#include "frpc/config/clientconfig.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <thread>

#include <fcntl.h>
#include <pty.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace frpx;
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype someSize = 4096;

/// A pipe as bash makes one for `<(…)`: what is written, and then its end.
class WrittenPipe
{
public:
    explicit WrittenPipe(const QByteArray &bytes = {}, bool ended = true)
    {
        if (::pipe(m_ends.data()) != 0)
            return;
        write(bytes);
        if (ended)
            end();
    }
    ~WrittenPipe()
    {
        ::close(m_ends[0]);
        end();
    }
    Q_DISABLE_COPY_MOVE(WrittenPipe)

    QString path() const { return u"/dev/fd/%1"_s.arg(m_ends[0]); }
    void write(const QByteArray &bytes) const
    {
        QCOMPARE(::write(m_ends[1], bytes.constData(), size_t(bytes.size())), ssize_t(bytes.size()));
    }
    void end()
    {
        if (m_ends[1] >= 0)
            ::close(m_ends[1]);
        m_ends[1] = -1;
    }

private:
    std::array<int, 2> m_ends{-1, -1};
};

} // namespace

class TestInputFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAPipe();
    void readsAPipeInPieces();
    void readsANamedPipe();
    void readsASocketAndNothing();
    void keepsWhatCanBeReadOnlyOnce();
    void boundsThePipe();
    void givesUpOnAPipeThatDoesNotEnd();
    void waitsForNothingOnceStarted();
    void saysWhatIsWrong();
    void takesTheFirstLine();
    void configurationAndPasswordComeFromPipes();
};

void TestInputFiles::readsAPipe()
{
    const WrittenPipe pipe("secret\n"_ba);
    InputFiles files;
    const auto content = files.readExisting(pipe.path(), someSize);
    QVERIFY2(content, qPrintable(content ? QString() : content.error().detail));
    QCOMPARE(content->bytes, "secret\n"_ba);
    QVERIFY(content->isReadOnce);
    QVERIFY(!content->readableByOthers);
}

void TestInputFiles::readsAPipeInPieces()
{
    WrittenPipe pipe("one "_ba, false);
    std::thread writer([&pipe] {
        for (int i = 0; i < 20; ++i) {
            pipe.write("more "_ba);
            std::this_thread::yield();
        }
        pipe.end();
    });
    InputFiles files;
    const auto content = files.readExisting(pipe.path(), someSize);
    writer.join();
    QVERIFY(content);
    QCOMPARE(content->bytes, "one " + QByteArray("more ").repeated(20));
}

void TestInputFiles::readsANamedPipe()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    std::thread writer([&path] { // waits for whoever reads
        const int fd = ::open(QFile::encodeName(path).constData(), O_WRONLY);
        QCOMPARE(::write(fd, "a = 1\n", 6), 6);
        ::close(fd);
    });
    InputFiles files;
    const auto content = files.readExisting(path, someSize);
    writer.join();
    QVERIFY(content);
    QCOMPARE(content->bytes, "a = 1\n"_ba);
}

void TestInputFiles::readsASocketAndNothing()
{
    std::array<int, 2> ends{};
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    QCOMPARE(::write(ends[1], "x", 1), 1);
    ::close(ends[1]);
    InputFiles files;
    const auto socket = files.readExisting(u"/dev/fd/%1"_s.arg(ends[0]), someSize);
    QVERIFY(socket);
    QCOMPARE(socket->bytes, "x"_ba);
    ::close(ends[0]);
    const auto nothing = files.readExisting(u"/dev/null"_s, someSize);
    QVERIFY(nothing);
    QVERIFY(nothing->bytes.isEmpty());
}

void TestInputFiles::keepsWhatCanBeReadOnlyOnce()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"file"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("before");
    file.close();
    const WrittenPipe pipe("kept"_ba);
    InputFiles files;
    QVERIFY(files.read(pipe.path(), someSize));
    QCOMPARE(files.readExisting(path, someSize)->bytes, "before"_ba);
    files.setStarted();
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("after");
    file.close();
    QCOMPARE(files.readExisting(pipe.path(), someSize)->bytes, "kept"_ba);
    QCOMPARE(files.readExisting(path, someSize)->bytes, "after"_ba);
    QVERIFY(!files.readExisting(pipe.path(), 3)); // too large for this one

    // A file that is open as a descriptor is read from where it stands: once, too.
    QVERIFY(file.open(QIODevice::ReadOnly));
    InputFiles others;
    const QString descriptor = u"/dev/fd/%1"_s.arg(file.handle());
    QCOMPARE(others.readExisting(descriptor, someSize)->bytes, "after"_ba);
    QCOMPARE(others.readExisting(descriptor, someSize)->bytes, "after"_ba);
}

void TestInputFiles::boundsThePipe()
{
    InputFiles files;
    const WrittenPipe fits(QByteArray(100, 'x'));
    QVERIFY(files.readExisting(fits.path(), 100));
    const WrittenPipe tooLong(QByteArray(101, 'x'));
    const auto content = files.readExisting(tooLong.path(), 100);
    QVERIFY(!content);
    QVERIFY2(
        content.error().detail.endsWith(" is larger than 100 bytes."_L1), qPrintable(content.error().detail));
    QVERIFY(!files.readExisting(u"/dev/zero"_s, someSize));
}

void TestInputFiles::givesUpOnAPipeThatDoesNotEnd()
{
    const WrittenPipe pipe("begun"_ba, false);
    QElapsedTimer timer;
    timer.start();
    const auto content = readPrivateInput(pipe.path(), someSize, 200);
    QVERIFY(!content);
    QCOMPARE(content.error().detail, u"The end of %1 has not come within 0.2 s."_s.arg(pipe.path()));
    QVERIFY(timer.elapsed() >= 150);

    const QTemporaryDir directory; // nobody ever writes here
    const QString path = directory.filePath(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    QVERIFY(!readPrivateInput(path, someSize, 100));
}

void TestInputFiles::waitsForNothingOnceStarted()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    InputFiles files;
    files.setStarted();
    const auto content = files.read(path, someSize);
    QVERIFY(!content);
    QCOMPARE(content.error().detail, path + u" is not a regular file."_s);
}

void TestInputFiles::saysWhatIsWrong()
{
    InputFiles files;
    const auto none = files.read(u"/nowhere/at/all"_s, someSize);
    QVERIFY(none && !*none);
    QCOMPARE(
        files.readExisting(u"/nowhere/at/all"_s, someSize).error().detail, u"There is no /nowhere/at/all."_s);
    QVERIFY(!files.readExisting(u"/dev/fd/9999"_s, someSize)); // not open
    QVERIFY(!files.readExisting(u"/tmp"_s, someSize));
    int master = -1;
    int slave = -1;
    QCOMPARE(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    const auto terminal = files.readExisting(u"/dev/fd/%1"_s.arg(slave), someSize); // would show a password
    QVERIFY(!terminal);
    QVERIFY(terminal.error().detail.contains("is a terminal"_L1));
    ::close(slave);
    ::close(master);
}

void TestInputFiles::takesTheFirstLine()
{
    QCOMPARE(firstLineOf("a\nb\n"_ba), u"a"_s);
    QCOMPARE(firstLineOf("a\r\nb"_ba), u"a"_s);
    QCOMPARE(firstLineOf(" a "_ba), u" a "_s);
    QCOMPARE(firstLineOf({}), QString());
}

void TestInputFiles::configurationAndPasswordComeFromPipes()
{
    const WrittenPipe config("serverAddr = \"here.example\"\n"_ba);
    const WrittenPipe password("secret\n"_ba);
    const QStringList arguments{u"frpc"_s, u"-c"_s, config.path(), u"--client-id"_s, u"a"_s, u"--email"_s,
        u"me@example.org"_s, u"--password-file"_s, password.path()};
    InputFiles files;
    for (int i = 0; i < 2; ++i) { // at the start, and when it is told to reload
        const auto parsed = client::parseClientArguments(arguments, QProcessEnvironment(), &files);
        QVERIFY2(parsed, qPrintable(parsed ? QString() : parsed.error().detail));
        QCOMPARE(parsed->session.serverHost, u"here.example"_s);
        QCOMPARE(parsed->session.clientId, u"a"_s);
        QCOMPARE(parsed->password, u"secret"_s);
        QVERIFY(parsed->notes.isEmpty());
        files.setStarted();
    }
}

const frpx::test::TestRegistration registration("tst_inputfiles", frpx::test::runTest<TestInputFiles>);

#include "tst_inputfiles.moc"
