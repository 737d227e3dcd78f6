// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/plainpolicy.h"
#include "frpc/trust/tlssettings.h"
#include "frpc/trust/trustprompt.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

using Mode = TlsSettings::Mode;

namespace {

const Fingerprint one = Fingerprint::ofDer("one"_ba);
const Fingerprint two = Fingerprint::ofDer("two"_ba);

ServerCertificate shown(const Fingerprint &fingerprint, std::optional<Fingerprint> remembered = {})
{
    ServerCertificate certificate;
    certificate.host = u"frps.example.org"_s;
    certificate.port = 17000;
    certificate.fingerprint = fingerprint;
    certificate.remembered = std::move(remembered);
    certificate.subject = u"frpx"_s;
    certificate.expires = QDateTime::fromString(u"2056-01-02T00:00:00Z"_s, Qt::ISODate);
    return certificate;
}

} // namespace

/// The decisions about TLS, and the words for people.
class TestTlsSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void plainIsForThosePlacesOnly_data();
    void plainIsForThosePlacesOnly();
    void usesTlsUnlessItIsThisMachine_data();
    void usesTlsUnlessItIsThisMachine();
    void whoSaysWhomToTrustWantsTls();
    void judges_data();
    void judges();
    void tellsTheCommandThatAccepts();
    void warnsLoudly();
    void asksUntilItIsClear_data();
    void asksUntilItIsClear();
    void handsOnThatNobodyAnswers();
};

void TestTlsSettings::plainIsForThosePlacesOnly_data()
{
    QTest::addColumn<QString>("peer");
    QTest::addColumn<bool>("isLoopback");
    QTest::newRow("IPv4 loopback") << u"127.0.0.1"_s << true;
    QTest::newRow("all of 127/8") << u"127.255.3.4"_s << true;
    QTest::newRow("IPv6 loopback") << u"::1"_s << true;
    QTest::newRow("mapped loopback") << u"::ffff:127.0.0.1"_s << true;
    QTest::newRow("private") << u"192.168.1.2"_s << false;
    QTest::newRow("mapped private") << u"::ffff:192.168.1.2"_s << false;
    QTest::newRow("looks like it") << u"2001:db8::7f00:1"_s << false;
    QTest::newRow("compatible, which is no address any more") << u"::127.0.0.1"_s << false;
    QTest::newRow("link-local") << u"fe80::1"_s << false;
    QTest::newRow("any") << u"0.0.0.0"_s << false;
    QTest::newRow("next to it") << u"128.0.0.1"_s << false;
    QTest::newRow("gone already") << QString() << false;
}

void TestTlsSettings::plainIsForThosePlacesOnly()
{
    QFETCH(const QString, peer);
    QFETCH(const bool, isLoopback);
    const QHostAddress address(peer);
    QCOMPARE(mayBePlain(PlainPolicy::LoopbackOnly, address), isLoopback);
    QVERIFY(mayBePlain(PlainPolicy::Everywhere, address));
    QVERIFY(!mayBePlain(PlainPolicy::Nowhere, address));
}

void TestTlsSettings::usesTlsUnlessItIsThisMachine_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<bool>("uses");
    QTest::newRow("IPv4 loopback") << u"127.0.0.1"_s << false;
    QTest::newRow("another of them") << u"127.8.8.8"_s << false;
    QTest::newRow("IPv6 loopback") << u"::1"_s << false;
    QTest::newRow("mapped loopback") << u"::ffff:127.0.0.1"_s << false;
    QTest::newRow("localhost") << u"LocalHost"_s << false;
    QTest::newRow("address") << u"192.0.2.1"_s << true;
    QTest::newRow("name") << u"frps.example.org"_s << true;
    QTest::newRow("name that may lead anywhere") << u"localhost.example.org"_s << true;
    QTest::newRow("number that is no address") << u"2130706433"_s << true;
}

void TestTlsSettings::usesTlsUnlessItIsThisMachine()
{
    QFETCH(const QString, host);
    QFETCH(const bool, uses);
    TlsSettings settings;
    QCOMPARE(usesTls(settings, host), uses);
    settings.mode = Mode::On;
    QVERIFY(usesTls(settings, host));
    settings.mode = Mode::Off;
    QVERIFY(!usesTls(settings, host));
}

void TestTlsSettings::whoSaysWhomToTrustWantsTls()
{
    TlsSettings pinned;
    pinned.pins = {one};
    TlsSettings byCa;
    byCa.caPem = "pem"_ba;
    TlsSettings withOwn;
    withOwn.own = TlsIdentity{};
    TlsSettings onFirstUse;
    onFirstUse.trustOnFirstUse = true;
    for (const TlsSettings &settings : {pinned, byCa, withOwn, onFirstUse})
        QVERIFY(usesTls(settings, u"127.0.0.1"_s));
}

void TestTlsSettings::judges_data()
{
    QTest::addColumn<bool>("pinned"); // to one and two
    QTest::addColumn<bool>("byCa");
    QTest::addColumn<QByteArray>("certificate");
    QTest::addColumn<QByteArray>("remembered");
    QTest::addColumn<bool>("chainIsGood");
    QTest::addColumn<int>("code"); // -1: trusted
    const QByteArray none;
    const int bad = int(Errc::BadCertificate);
    QTest::newRow("unknown") << false << false << "one"_ba << none << false << int(Errc::UnknownServer);
    QTest::newRow("known") << false << false << "one"_ba
                           << "one"_ba << false << -1;
    QTest::newRow("changed") << false << false << "one"_ba
                             << "two"_ba << false << int(Errc::ServerChanged);
    QTest::newRow("changed, and from a real CA") << false << false << "one"_ba
                                                 << "two"_ba << true << int(Errc::ServerChanged);
    QTest::newRow("pin") << true << false << "one"_ba << none << false << -1;
    QTest::newRow("second pin") << true << false << "two"_ba << none << false << -1;
    QTest::newRow("pin, remembered otherwise") << true << false << "one"_ba
                                               << "three"_ba << false << -1;
    QTest::newRow("wrong pin") << true << false << "three"_ba << none << true << bad;
    QTest::newRow("wrong pin, remembered") << true << false << "three"_ba
                                           << "three"_ba << true << bad;
    QTest::newRow("CA") << false << true << "one"_ba << none << true << -1;
    QTest::newRow("wrong CA") << false << true << "one"_ba << none << false << bad;
    QTest::newRow("wrong CA, remembered") << false << true << "one"_ba
                                          << "one"_ba << false << bad;
    QTest::newRow("pin and CA") << true << true << "one"_ba << none << true << -1;
    QTest::newRow("pin and wrong CA") << true << true << "one"_ba << none << false << bad;
    QTest::newRow("wrong pin and CA") << true << true << "three"_ba << none << true << bad;
}

void TestTlsSettings::judges()
{
    QFETCH(const bool, pinned);
    QFETCH(const bool, byCa);
    QFETCH(const QByteArray, certificate);
    QFETCH(const QByteArray, remembered);
    QFETCH(const bool, chainIsGood);
    QFETCH(const int, code);
    TlsSettings settings;
    if (pinned)
        settings.pins = {one, two};
    if (byCa)
        settings.caPem = "pem"_ba;
    const auto before = remembered.isEmpty() ? std::nullopt : std::optional(Fingerprint::ofDer(remembered));
    const Result<void> verdict = judge(settings, shown(Fingerprint::ofDer(certificate), before),
        chainIsGood ? QString() : u"the host name does not match"_s);
    QCOMPARE(verdict ? -1 : int(verdict.error().code), code);
    if (!verdict)
        QVERIFY2(
            verdict.error().detail.contains("frps.example.org:17000"_L1), qPrintable(verdict.error().detail));
}

void TestTlsSettings::tellsTheCommandThatAccepts()
{
    ServerCertificate certificate = shown(one);
    QCOMPARE(commandToTrust(certificate),
        u"frpc trust %1 --server-addr frps.example.org --control-port 17000"_s.arg(one.toString()));
    certificate.host = u"127.0.0.1"_s;
    certificate.knownServersFile = u"/home/me/it's here/known_servers"_s;
    QCOMPARE(commandToTrust(certificate),
        u"frpc trust %1 --server-addr 127.0.0.1 --control-port 17000 --tls on "
        "--known-servers '/home/me/it'\\''s here/known_servers'"_s.arg(one.toString()));
}

void TestTlsSettings::warnsLoudly()
{
    const ServerCertificate changed = shown(one, two);
    const QString warning = explainRefusal(changed, {Errc::ServerChanged, {}});
    QVERIFY(warning.startsWith("THE CERTIFICATE OF THE SERVER HAS CHANGED: frps.example.org:17000"_L1));
    for (const QString &text : {one.toString(), two.toString(), commandToTrust(changed)})
        QVERIFY2(warning.contains(text), qPrintable(warning));
    const QString unknown = explainRefusal(shown(one), {Errc::UnknownServer, {}});
    QVERIFY2(unknown.contains(one.toString()) && unknown.contains(commandToTrust(shown(one))),
        qPrintable(unknown));
    QCOMPARE(explainRefusal(shown(one), {Errc::BadCertificate, u"why"_s}), u"why"_s);
}

void TestTlsSettings::asksUntilItIsClear_data()
{
    QTest::addColumn<QStringList>("answers");
    QTest::addColumn<bool>("trusted");
    QTest::addColumn<int>("questions");
    QTest::newRow("yes") << QStringList{u"yes"_s} << true << 1;
    QTest::newRow("YES") << QStringList{u" YES "_s} << true << 1;
    QTest::newRow("no") << QStringList{u"no"_s} << false << 1;
    QTest::newRow("the fingerprint") << QStringList{one.toString().toLower()} << true << 1;
    QTest::newRow("another fingerprint") << QStringList{two.toString(), u"no"_s} << false << 2;
    QTest::newRow("return is not yes") << QStringList{QString(), u"y"_s, u"yes"_s} << true << 3;
    QTest::newRow("gives up") << QStringList{u"?"_s, u"?"_s, u"?"_s} << false << 3;
}

void TestTlsSettings::asksUntilItIsClear()
{
    QFETCH(const QStringList, answers);
    QFETCH(const bool, trusted);
    QFETCH(const int, questions);
    QStringList asked;
    const AskTrust ask = trustPrompt([&](const QString &question) -> Result<QString> {
        asked << question;
        return answers.value(asked.size() - 1);
    });
    const Result<bool> answer = ask(shown(one));
    QVERIFY(answer);
    QCOMPARE(*answer, trusted);
    QCOMPARE(asked.size(), questions);
    QVERIFY2(asked.first().contains(one.toString()), qPrintable(asked.first()));
}

void TestTlsSettings::handsOnThatNobodyAnswers()
{
    const AskTrust ask = trustPrompt([](const QString &) -> Result<QString> {
        return Error{Errc::Io, u"interrupted"_s};
    });
    QCOMPARE(ask(shown(one, two)).error().code, Errc::Io);
}

const frpx::test::TestRegistration registration("tst_tlssettings", frpx::test::runTest<TestTlsSettings>);

#include "tst_tlssettings.moc"
