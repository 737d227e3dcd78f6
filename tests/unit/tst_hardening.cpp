// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/secrets.h"
#include "common/protocol/frpx/messages.h"
#include "common/system/hardening.h"
#include "common/system/privileges.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace frpx;
using namespace Qt::StringLiterals;

/// What keeps secrets and privileges in.
class TestHardening : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hidesArguments_data();
    void hidesArguments();
    void wipesWhatNobodyElseHas();
    void wipesMessages();
    void findsUsers();
    void givesADirectory();
    void givesNothingBehindLinks();
};

void TestHardening::hidesArguments_data()
{
    QTest::addColumn<QByteArrayList>("arguments");
    QTest::addColumn<QByteArrayList>("shown");
    QTest::newRow("two") << QByteArrayList{"frpc", "--password", "abc", "-s", "h"}
                         << QByteArrayList{"frpc", "--password", "***", "-s", "h"};
    QTest::newRow("one") << QByteArrayList{"frpc", "--password=abc"}
                         << QByteArrayList{"frpc", "--password=***"};
    QTest::newRow("none") << QByteArrayList{"frpc", "--password"} << QByteArrayList{"frpc", "--password"};
    QTest::newRow("empty") << QByteArrayList{"frpc", "--password="} << QByteArrayList{"frpc", "--password="};
    QTest::newRow("another") << QByteArrayList{"frpc", "--password-file", "abc"}
                             << QByteArrayList{"frpc", "--password-file", "abc"};
    QTest::newRow("twice") << QByteArrayList{"frpc", "--password", "a", "--password", "--password"}
                           << QByteArrayList{"frpc", "--password", "*", "--password", "**********"};
}

void TestHardening::hidesArguments()
{
    QFETCH(QByteArrayList, arguments);
    QFETCH(const QByteArrayList, shown);
    std::vector<char *> argv;
    for (QByteArray &argument : arguments)
        argv.push_back(argument.data());
    hideArgument(static_cast<int>(argv.size()), argv.data(), "--password");
    QCOMPARE(arguments, shown);
}

void TestHardening::wipesWhatNobodyElseHas()
{
    QByteArray bytes("secret");
    bytes.detach();
    const QByteArray view = QByteArray::fromRawData(bytes.constData(), bytes.size());
    QString text = u"secret"_s;
    text.detach();
    const QString shared = text;
    wipe(text);
    QVERIFY(text.isEmpty());
    QCOMPARE(shared, u"secret"_s); // somebody else's by now
    QByteArray copy = bytes;
    wipe(copy);
    QCOMPARE(bytes, "secret"_ba);
    QCOMPARE(view, "secret"_ba);
    QByteArray literal = "secret"_ba; // not to be written to
    wipe(literal);
    QVERIFY(literal.isEmpty());
}

void TestHardening::wipesMessages()
{
    proto::Message login = proto::Login{u"a@example.com"_s, u"secret"_s};
    QVERIFY(proto::wipeSecrets(login));
    QVERIFY(std::get<proto::Login>(login).pass.isEmpty());
    QCOMPARE(std::get<proto::Login>(login).email, u"a@example.com"_s);
    proto::Message byToken = proto::LoginByToken{u"secret"_s};
    QVERIFY(proto::wipeSecrets(byToken));
    QVERIFY(std::get<proto::LoginByToken>(byToken).token.isEmpty());
    proto::Message result = proto::LoginResult{true, {}, u"secret"_s};
    QVERIFY(proto::wipeSecrets(result));
    QVERIFY(std::get<proto::LoginResult>(result).token->isEmpty());
    proto::Message other = proto::Ping{};
    QVERIFY(!proto::wipeSecrets(other));
}

void TestHardening::findsUsers()
{
    const Result<SystemUser> nobody = findSystemUser(u"nobody"_s);
    QVERIFY(nobody);
    QVERIFY(nobody->id != 0);
    QCOMPARE(findSystemUser(u"no such user at all"_s).error().code, Errc::NotFound);
    QCOMPARE(findSystemUser(u"root"_s).error().code, Errc::InvalidArgument);
    QCOMPARE(findSystemUser(u""_s).error().code, Errc::NotFound);
}

void TestHardening::givesADirectory()
{
    if (!isPrivileged())
        QSKIP("only root can give a file away");
    const SystemUser nobody = *findSystemUser(u"nobody"_s);
    QTemporaryDir directory;
    const auto make = [&directory](const QString &name) {
        QFile file(directory.filePath(name));
        return file.open(QIODevice::WriteOnly);
    };
    QVERIFY(make(u"plain"_s) && make(u"twice"_s));
    QVERIFY(::mkdir(QFile::encodeName(directory.filePath(u"inner"_s)).constData(), 0700) == 0);
    QTemporaryDir elsewhere;
    QFile outside(elsewhere.filePath(u"outside"_s));
    QVERIFY(outside.open(QIODevice::WriteOnly));
    QVERIFY(outside.link(directory.filePath(u"link"_s)));
    QVERIFY(::link(QFile::encodeName(directory.filePath(u"twice"_s)).constData(),
                QFile::encodeName(elsewhere.filePath(u"twice"_s)).constData())
        == 0);
    QVERIFY(giveDirectoryTo(directory.path(), nobody));
    const auto ownerOf = [](const QString &path) {
        struct stat status = {};
        return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_uid : 12345;
    };
    QCOMPARE(ownerOf(directory.path()), nobody.id);
    QCOMPARE(ownerOf(directory.filePath(u"plain"_s)), nobody.id);
    QCOMPARE(ownerOf(directory.filePath(u"twice"_s)), 0U);
    QCOMPARE(ownerOf(directory.filePath(u"inner"_s)), 0U);
    QCOMPARE(ownerOf(outside.fileName()), 0U);
    const Result<void> noDirectory = giveDirectoryTo(u"/dev/null/none"_s, nobody);
    QVERIFY(!noDirectory);
    QCOMPARE(noDirectory.error().code, Errc::Io);
    // What is in the user's own directory is not made by root.
    QVERIFY(giveDirectoryTo(directory.filePath(u"none/within"_s), nobody));
    QVERIFY(!QFileInfo::exists(directory.filePath(u"none"_s)));
}

/// Root gives nothing away to which somebody else has led it.
void TestHardening::givesNothingBehindLinks()
{
    if (!isPrivileged())
        QSKIP("only root can give files away");
    const Result<SystemUser> found = findSystemUser(u"nobody"_s);
    QVERIFY(found);
    const auto ownerOf = [](const QString &path) {
        struct stat status = {};
        return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_uid : 12345;
    };
    QTemporaryDir theirs;
    QTemporaryDir roots;
    QVERIFY(QDir(roots.path()).mkdir(u"secret"_s));
    const QString secret = roots.filePath(u"secret"_s);
    QVERIFY(QFile::link(secret, theirs.filePath(u"link"_s)));
    QVERIFY(giveDirectoryTo(theirs.path(), *found));
    QCOMPARE(::lchown(QFile::encodeName(theirs.filePath(u"link"_s)).constData(), found->id, found->group), 0);
    QVERIFY(giveDirectoryTo(theirs.filePath(u"link"_s), *found));
    QVERIFY(giveDirectoryTo(theirs.filePath(u"link/new"_s), *found));
    QCOMPARE(ownerOf(secret), 0U);
    QVERIFY(QDir(secret).isEmpty());
    // A link of root's own in a directory of root's own is what root wants.
    QVERIFY(QFile::link(secret, roots.filePath(u"own"_s)));
    QVERIFY(giveDirectoryTo(roots.filePath(u"own"_s), *found));
    QCOMPARE(ownerOf(secret), found->id);
    // As is a directory that is not there yet.
    QVERIFY(giveDirectoryTo(roots.filePath(u"a/b"_s), *found));
    QCOMPARE(ownerOf(roots.filePath(u"a"_s)), 0U);
    QCOMPARE(ownerOf(roots.filePath(u"a/b"_s)), found->id);
}

const frpx::test::TestRegistration registration("tst_hardening", frpx::test::runBareTest<TestHardening>);

#include "tst_hardening.moc"
