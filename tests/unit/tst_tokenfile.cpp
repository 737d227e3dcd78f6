// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privatefile.h"
#include "frpc/session/tokenfile.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <memory>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestTokenFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void missingFileHoldsNoToken();
    void remembersAToken_data();
    void remembersAToken();
    void loads_data();
    void loads();
    void refusesContent_data();
    void refusesContent();
    void refusesOversize();
    void refusesWhatIsNoFile_data();
    void refusesWhatIsNoFile();
    void refusesToSaveWhatIsNoToken_data();
    void refusesToSaveWhatIsNoToken();
    void isForItsOwnerOnly();
    void warnsOnceWhenOthersMayRead();
    void replacesAnOldFile();
    void unwritableDirectoryLeavesTheOldFileWhole();
    void fullDiskLeavesTheOldFileWhole();
    void missingDirectoryIsAnError();
    void replacesSymbolicLinks();
    void replacesDanglingSymbolicLinks();
    void removesLinksAlone();
    void replacesCircularSymbolicLinks();
    void removes();

private:
    QString path(const QString &name = u"token.json"_s) const { return m_directory->filePath(name); }
    void write(const QByteArray &content, mode_t mode = 0600) const;
    QByteArray read(const QString &name = u"token.json"_s) const;
    QStringList entries() const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestTokenFile::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestTokenFile::write(const QByteArray &content, mode_t mode) const
{
    QFile file(path());
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
    file.close();
    QCOMPARE(::chmod(QFile::encodeName(path()).constData(), mode), 0);
}

QByteArray TestTokenFile::read(const QString &name) const
{
    QFile file(path(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QStringList TestTokenFile::entries() const
{
    return QDir(m_directory->path())
        .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot, QDir::Name);
}

void TestTokenFile::missingFileHoldsNoToken()
{
    const Result<std::optional<QString>> token = TokenFile(path()).load();
    QVERIFY(token);
    QVERIFY(!token->has_value());
    const Result<std::optional<QString>> nowhere = TokenFile(path(u"no/such/dir/token.json"_s)).load();
    QVERIFY(nowhere);
    QVERIFY(!nowhere->has_value());
}

void TestTokenFile::remembersAToken_data()
{
    QTest::addColumn<QString>("token");
    QTest::newRow("shortest") << u"t"_s;
    QTest::newRow("longest") << QString(TokenFile::maxTokenLength, u't');
    QTest::newRow("needs escapes") << u"a\"b\\c/d"_s;
    QTest::newRow("all of printable ASCII") << [] {
        QString all;
        for (char16_t c = u' '; c <= u'~'; ++c)
            all += c;
        return all;
    }();
}

void TestTokenFile::remembersAToken()
{
    QFETCH(const QString, token);
    const TokenFile file(path());
    QVERIFY(file.save(token));
    const Result<std::optional<QString>> loaded = file.load();
    QVERIFY(loaded);
    QCOMPARE(loaded->value_or(QString()), token);
}

void TestTokenFile::loads_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("object") << R"({"token":"abc"})"_ba;
    QTest::newRow("bare string") << R"("abc")"_ba;
    QTest::newRow("white space") << "\r\n { \"token\" :\n\"abc\" } \n"_ba;
    QTest::newRow("unknown keys") << R"({"version":2,"token":"abc"})"_ba;
}

void TestTokenFile::loads()
{
    QFETCH(const QByteArray, content);
    write(content);
    const Result<std::optional<QString>> token = TokenFile(path()).load();
    QVERIFY(token);
    QCOMPARE(token->value_or(QString()), u"abc"_s);
}

void TestTokenFile::refusesContent_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("not JSON") << "abc"_ba;
    QTest::newRow("cut") << R"({"token":"ab)"_ba;
    QTest::newRow("two values") << R"("a","b")"_ba;
    QTest::newRow("brackets that fit together") << R"("a"],["b")"_ba;
    QTest::newRow("binary") << QByteArray(512, '\xff');
    QTest::newRow("NUL bytes") << QByteArray(512, '\0');
    QTest::newRow("other object") << R"({"tokens":"abc"})"_ba;
    QTest::newRow("number") << R"({"token":5})"_ba;
    QTest::newRow("null") << "null"_ba;
    QTest::newRow("array") << R"(["abc"])"_ba;
    QTest::newRow("empty token") << R"({"token":""})"_ba;
    QTest::newRow("long token") << R"({"token":")" + QByteArray(TokenFile::maxTokenLength + 1, 'x') + R"("})";
    QTest::newRow("control character") << R"({"token":"a\nb"})"_ba;
    QTest::newRow("not ASCII") << R"({"token":"é"})"_ba;
    QTest::newRow("deep nesting") << QByteArray(TokenFile::maxFileSize, '[');
}

void TestTokenFile::refusesContent()
{
    QFETCH(const QByteArray, content);
    write(content);
    const Result<std::optional<QString>> token = TokenFile(path()).load();
    QVERIFY(!token);
    QCOMPARE(int(token.error().code), int(Errc::Storage));
    QVERIFY(token.error().detail.contains(path()));
}

void TestTokenFile::refusesOversize()
{
    const QByteArray token = R"({"token":"abc"})"_ba;
    write(token.leftJustified(TokenFile::maxFileSize, ' '));
    QVERIFY(TokenFile(path()).load());
    write(token.leftJustified(TokenFile::maxFileSize + 1, ' '));
    const Result<std::optional<QString>> loaded = TokenFile(path()).load();
    QVERIFY(!loaded);
    QCOMPARE(int(loaded.error().code), int(Errc::Storage));
    QVERIFY(loaded.error().detail.contains(path()));
}

void TestTokenFile::refusesWhatIsNoFile_data()
{
    QTest::addColumn<bool>("fifo");
    QTest::newRow("directory") << false;
    QTest::newRow("pipe that nobody writes to") << true;
}

void TestTokenFile::refusesWhatIsNoFile()
{
    QFETCH(const bool, fifo);
    const QByteArray name = QFile::encodeName(path());
    QCOMPARE(fifo ? ::mkfifo(name.constData(), 0600) : ::mkdir(name.constData(), 0700), 0);
    const Result<std::optional<QString>> loaded = TokenFile(path()).load();
    QVERIFY(!loaded);
    QCOMPARE(int(loaded.error().code), int(Errc::Storage));
}

void TestTokenFile::refusesToSaveWhatIsNoToken_data()
{
    QTest::addColumn<QString>("token");
    QTest::newRow("empty") << QString();
    QTest::newRow("too long") << QString(TokenFile::maxTokenLength + 1, u't');
    QTest::newRow("newline") << u"a\n"_s;
    QTest::newRow("not ASCII") << u"é"_s;
}

void TestTokenFile::refusesToSaveWhatIsNoToken()
{
    QFETCH(const QString, token);
    const Result<void> saved = TokenFile(path()).save(token);
    QVERIFY(!saved);
    QCOMPARE(int(saved.error().code), int(Errc::InvalidArgument));
    QVERIFY(entries().isEmpty());
}

void TestTokenFile::isForItsOwnerOnly()
{
    const mode_t before = ::umask(0);
    const auto putBack = qScopeGuard([before] { ::umask(before); });
    QVERIFY(TokenFile(path()).save(u"abc"_s));
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(path()).constData(), &status), 0);
    QCOMPARE(status.st_mode & 07777, mode_t(0600));
    QCOMPARE(read(), "{\"token\":\"abc\"}\n"_ba);
}

void TestTokenFile::warnsOnceWhenOthersMayRead()
{
    write(R"({"token":"abc"})"_ba, 0644);
    const TokenFile file(path());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"token\\.json.*chmod 600 .*token\\.json"_s));
    QVERIFY(file.load());
    QTest::failOnWarning(QRegularExpression(u"chmod"_s));
    QVERIFY(file.load());
    QVERIFY(file.save(u"def"_s)); // and saving makes it right
    QVERIFY(TokenFile(path()).load());
}

void TestTokenFile::replacesAnOldFile()
{
    write("old"_ba, 0644);
    QVERIFY(TokenFile(path()).save(u"new"_s));
    QCOMPARE(read(), "{\"token\":\"new\"}\n"_ba);
    QCOMPARE(entries(), QStringList{u"token.json"_s});
}

void TestTokenFile::unwritableDirectoryLeavesTheOldFileWhole()
{
    QVERIFY(TokenFile(path()).save(u"old"_s));
    QCOMPARE(::chmod(QFile::encodeName(m_directory->path()).constData(), 0555), 0);
    const auto putBack =
        qScopeGuard([this] { ::chmod(QFile::encodeName(m_directory->path()).constData(), 0700); });
    // Permissions do not bind root, so it becomes somebody else for the moment.
    constexpr uid_t nobody = 65534;
    const uid_t self = ::geteuid();
    if (self == 0)
        QCOMPARE(::seteuid(nobody), 0);
    const Result<void> saved = TokenFile(path()).save(u"new"_s);
    const Result<void> removed = TokenFile(path()).remove();
    if (self == 0)
        QCOMPARE(::seteuid(self), 0);
    QVERIFY(!saved);
    QCOMPARE(int(saved.error().code), int(Errc::Storage));
    QVERIFY(saved.error().detail.contains(path()));
    QVERIFY(!removed);
    QCOMPARE(int(removed.error().code), int(Errc::Storage));
    QCOMPARE(read(), "{\"token\":\"old\"}\n"_ba);
    QCOMPARE(entries(), QStringList{u"token.json"_s});
}

void TestTokenFile::fullDiskLeavesTheOldFileWhole()
{
    QVERIFY(TokenFile(path()).save(u"old"_s));
    // No file may grow beyond four bytes: the write is cut short and the next one fails.
    struct rlimit before = {};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit tiny = {4, before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &tiny), 0);
    const Result<void> saved = TokenFile(path()).save(u"new"_s);
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
    QVERIFY(!saved);
    QCOMPARE(int(saved.error().code), int(Errc::Storage));
    QCOMPARE(read(), "{\"token\":\"old\"}\n"_ba);
    QCOMPARE(entries(), QStringList{u"token.json"_s});
}

void TestTokenFile::missingDirectoryIsAnError()
{
    const Result<void> saved = TokenFile(path(u"none/token.json"_s)).save(u"abc"_s);
    QVERIFY(!saved);
    QCOMPARE(int(saved.error().code), int(Errc::Storage));
    QVERIFY(entries().isEmpty());
}

void TestTokenFile::replacesSymbolicLinks()
{
    // Who can put a link there must not choose what is written.
    QVERIFY(QDir(m_directory->path()).mkdir(u"links"_s));
    QVERIFY(QFile::link(u"../token.json"_s, path(u"links/link.json"_s)));
    write(R"({"token":"old"})"_ba);
    const TokenFile file(path(u"links/link.json"_s));
    const Result<std::optional<QString>> old = file.load();
    QVERIFY(old);
    QCOMPARE(old->value_or(QString()), u"old"_s);
    QVERIFY(file.save(u"new"_s));
    QVERIFY(!QFileInfo(path(u"links/link.json"_s)).isSymbolicLink());
    QCOMPARE(read(), R"({"token":"old"})"_ba);
    const Result<std::optional<QString>> saved = file.load();
    QVERIFY(saved);
    QCOMPARE(saved->value_or(QString()), u"new"_s);
}

void TestTokenFile::replacesDanglingSymbolicLinks()
{
    QVERIFY(QFile::link(u"token.json"_s, path(u"link.json"_s)));
    const TokenFile file(path(u"link.json"_s));
    const Result<std::optional<QString>> none = file.load();
    QVERIFY(none);
    QVERIFY(!none->has_value());
    QVERIFY(file.save(u"new"_s));
    QVERIFY(!QFileInfo(path(u"link.json"_s)).isSymbolicLink());
    QVERIFY(!QFile::exists(path()));
}

void TestTokenFile::removesLinksAlone()
{
    write(R"({"token":"old"})"_ba);
    QVERIFY(QFile::link(u"token.json"_s, path(u"link.json"_s)));
    QVERIFY(TokenFile(path(u"link.json"_s)).remove());
    QCOMPARE(entries(), QStringList{u"token.json"_s});
}

void TestTokenFile::replacesCircularSymbolicLinks()
{
    QVERIFY(QFile::link(u"b"_s, path(u"a"_s)));
    QVERIFY(QFile::link(u"a"_s, path(u"b"_s)));
    const TokenFile file(path(u"a"_s));
    QVERIFY(!file.load());
    QVERIFY(file.save(u"abc"_s));
    QCOMPARE(file.load()->value_or(QString()), u"abc"_s);
    QCOMPARE(entries(), QStringList({u"a"_s, u"b"_s}));
}

void TestTokenFile::removes()
{
    const TokenFile file(path());
    QVERIFY(file.remove());
    QVERIFY(file.save(u"abc"_s));
    QVERIFY(file.remove());
    QVERIFY(entries().isEmpty());
}

const frpx::test::TestRegistration registration("tst_tokenfile", frpx::test::runBareTest<TestTokenFile>);

#include "tst_tokenfile.moc"
