// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/config/clientconfig.h"
#include "frps/app/serverconfig.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// The options of both programs about TLS.
class TestTlsOptions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void clientHasDefaults();
    void clientReadsItsFiles();
    void clientPinsSeveral();
    void clientReadsAFileOfFrp();
    void clientTrusts();
    void clientNamesFaults_data();
    void clientNamesFaults();
    void serverReadsOptions();
    void serverReadsAFileOfFrp();
    void serverNamesFaults_data();
    void serverNamesFaults();

private:
    Result<ClientConfig> client(const QStringList &arguments) const
    {
        return parseClientArguments(
            QStringList{u"frpc"_s, u"-s"_s, u"frps.example.org"_s} + arguments, QProcessEnvironment());
    }
    static Result<server::ServerConfig> server(const QStringList &arguments)
    {
        return server::parseServerArguments(QStringList{u"frps"_s} + arguments, QProcessEnvironment());
    }
    QString write(const QString &name, const QByteArray &content) const
    {
        QFile file(m_directory.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("The file cannot be written.");
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        return file.fileName();
    }

    QTemporaryDir m_directory;
    TestCa m_ca;
    PemPair m_pair;
    QString m_caFile;
    QString m_certificate;
    QString m_key;
    const Fingerprint m_pin = Fingerprint::ofDer("one"_ba);
};

void TestTlsOptions::initTestCase()
{
    m_pair = m_ca.issue({.forClients = true});
    m_caFile = write(u"ca.pem"_s, m_ca.certificate());
    m_certificate = write(u"c.pem"_s, m_pair.certificate);
    m_key = write(u"k.pem"_s, m_pair.key);
}

void TestTlsOptions::clientHasDefaults()
{
    const auto config = client({u"--token-file"_s, u"/some/where/token.json"_s});
    QVERIFY(config);
    const TlsSettings &tls = config->session.tls;
    QCOMPARE(tls.mode, TlsSettings::Mode::Auto);
    QVERIFY(tls.remembers());
    QVERIFY(!tls.own);
    QVERIFY(!tls.trustOnFirstUse);
    QCOMPARE(tls.knownServersFile, u"/some/where/known_servers"_s);
}

void TestTlsOptions::clientReadsItsFiles()
{
    const auto config = client({u"--tls"_s, u"on"_s, u"--tls-ca"_s, m_caFile, u"--tls-server-name"_s,
        u"frpx"_s, u"--tls-cert"_s, m_certificate, u"--tls-key"_s, m_key, u"--known-servers"_s, u"/k"_s});
    QVERIFY2(config, config ? "" : qPrintable(config.error().detail));
    const TlsSettings &tls = config->session.tls;
    QCOMPARE(tls.mode, TlsSettings::Mode::On);
    QCOMPARE(tls.caPem, m_ca.certificate());
    QCOMPARE(tls.serverName, u"frpx"_s);
    QVERIFY(tls.own);
    QCOMPARE(tls.own->keyPem, m_pair.key);
    QCOMPARE(tls.knownServersFile, u"/k"_s);
}

void TestTlsOptions::clientPinsSeveral()
{
    const Fingerprint other = Fingerprint::ofDer("two"_ba);
    const auto config = client(
        {u"--tls-fingerprint"_s, m_pin.toString() + u", "_s + QString::fromLatin1(other.bytes().toHex())});
    QVERIFY2(config, config ? "" : qPrintable(config.error().detail));
    QCOMPARE(config->session.tls.pins, (QList<Fingerprint>{m_pin, other}));
}

void TestTlsOptions::clientReadsAFileOfFrp()
{
    const auto config = client({u"--config"_s,
        write(u"frpc.toml"_s,
            "transport.tls.enable = true\ntransport.tls.trustedCaFile = \"" + m_caFile.toUtf8()
                + "\"\ntransport.tls.certFile = \"" + m_certificate.toUtf8()
                + "\"\ntransport.tls.keyFile = \"" + m_key.toUtf8()
                + "\"\ntransport.tls.serverName = \"frpx\"\ntransport.tls.disableCustomTLSFirstByte = "
                  "true\n")});
    QVERIFY2(config, config ? "" : qPrintable(config.error().detail));
    QCOMPARE(config->session.tls.caPem, m_ca.certificate());
    QVERIFY(config->session.tls.own);
}

void TestTlsOptions::clientTrusts()
{
    const auto asking = client({u"trust"_s});
    QVERIFY(asking);
    QCOMPARE(asking->task, ClientConfig::Task::Trust);
    QVERIFY(!asking->trusted);
    const auto given = client({u"trust"_s, m_pin.toString()});
    QVERIFY(given);
    QVERIFY(given->trusted == m_pin);
}

void TestTlsOptions::clientNamesFaults_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    const QString pin = m_pin.toString();
    QTest::newRow("mode") << QStringList{u"--tls"_s, u"maybe"_s} << u"--tls takes on, off or auto"_s;
    QTest::newRow("no CA") << QStringList{u"--tls-ca"_s, u"/nowhere"_s} << u"/nowhere"_s;
    QTest::newRow("pin") << QStringList{u"--tls-fingerprint"_s, u"SHA256:AB"_s} << u"frps fingerprint"_s;
    QTest::newRow("key alone") << QStringList{u"--tls-key"_s, m_key} << u"go together"_s;
    QTest::newRow("wrong key") << QStringList{u"--tls-cert"_s, m_caFile, u"--tls-key"_s, m_key}
                               << u"is not the one of"_s;
    QTest::newRow("name without CA") << QStringList{u"--tls-server-name"_s, u"x"_s} << u"--tls-ca"_s;
    QTest::newRow("off and CA") << QStringList{u"--tls"_s, u"off"_s, u"--tls-ca"_s, m_caFile}
                                << u"--tls off"_s;
    QTest::newRow("off and pin") << QStringList{u"--tls"_s, u"off"_s, u"--tls-fingerprint"_s, pin}
                                 << u"--tls off"_s;
    QTest::newRow("first use and pin")
        << QStringList{u"--trust-on-first-use"_s, u"--tls-fingerprint"_s, pin} << u"--trust-on-first-use"_s;
    QTest::newRow("trust what") << QStringList{u"trust"_s, u"everybody"_s} << u"takes a fingerprint"_s;
    QTest::newRow("trust and pin") << QStringList{u"trust"_s, u"--tls-fingerprint"_s, pin} << u"frpc trust"_s;
    QTest::newRow("trust whom") << QStringList{u"trust"_s, u"-s"_s, u"127.0.0.1"_s} << u"not encrypted"_s;
}

void TestTlsOptions::clientNamesFaults()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, named);
    const auto config = client(arguments);
    QVERIFY(!config);
    QVERIFY2(config.error().detail.contains(named), qPrintable(config.error().detail));
}

void TestTlsOptions::serverReadsOptions()
{
    const auto defaults = server({});
    QVERIFY(defaults);
    QCOMPARE(defaults->tls.plain, PlainPolicy::LoopbackOnly);
    QVERIFY(!defaults->tls.api);
    const auto config = server({u"--tls-cert"_s, u"c"_s, u"--tls-key"_s, u"k"_s, u"--tls-ca"_s, u"ca"_s,
        u"--allow-plain"_s, u"--api-tls"_s, u"--api-tls-cert"_s, u"ac"_s, u"--api-tls-key"_s, u"ak"_s});
    QVERIFY2(config, config ? "" : qPrintable(config.error().detail));
    QCOMPARE(config->tls.certificateFile, u"c"_s);
    QCOMPARE(config->tls.keyFile, u"k"_s);
    QCOMPARE(config->tls.clientCaFile, u"ca"_s);
    QCOMPARE(config->tls.plain, PlainPolicy::Everywhere);
    QVERIFY(config->tls.api);
    QCOMPARE(config->tls.apiCertificateFile, u"ac"_s);
    QCOMPARE(config->tls.apiKeyFile, u"ak"_s);
    const auto strict = server({u"--require-tls"_s});
    QVERIFY(strict);
    QCOMPARE(strict->tls.plain, PlainPolicy::Nowhere);
    const auto fingerprint = server({u"fingerprint"_s});
    QVERIFY(fingerprint);
    QCOMPARE(fingerprint->task, server::ServerConfig::Task::Fingerprint);
}

void TestTlsOptions::serverReadsAFileOfFrp()
{
    const auto config = server({u"--config"_s,
        write(u"frps.toml"_s,
            "transport.tls.force = true\ntransport.tls.certFile = \"c\"\ntransport.tls.keyFile = \"k\"\n"
            "transport.tls.trustedCaFile = \"ca\"\n[webServer.tls]\nenable = true\n")});
    QVERIFY2(config, config ? "" : qPrintable(config.error().detail));
    QCOMPARE(config->tls.plain, PlainPolicy::Nowhere);
    QCOMPARE(config->tls.certificateFile, u"c"_s);
    QVERIFY(config->tls.api);
}

void TestTlsOptions::serverNamesFaults_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    QTest::newRow("certificate alone") << QStringList{u"--tls-cert"_s, u"c"_s} << u"--tls-key go together"_s;
    QTest::newRow("API key alone") << QStringList{u"--api-tls"_s, u"--api-tls-key"_s, u"k"_s}
                                   << u"--api-tls-key go together"_s;
    QTest::newRow("API certificate for nothing")
        << QStringList{u"--api-tls-cert"_s, u"c"_s, u"--api-tls-key"_s, u"k"_s} << u"goes with --api-tls"_s;
    QTest::newRow("plain and not plain")
        << QStringList{u"--allow-plain"_s, u"--require-tls"_s} << u"do not go together"_s;
}

void TestTlsOptions::serverNamesFaults()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, named);
    const auto config = server(arguments);
    QVERIFY(!config);
    QVERIFY2(config.error().detail.contains(named), qPrintable(config.error().detail));
}

const frpx::test::TestRegistration registration("tst_tlsoptions", frpx::test::runTest<TestTlsOptions>);

#include "tst_tlsoptions.moc"
