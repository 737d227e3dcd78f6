// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/messages.h"
#include "common/tunnel/tunnelfield.h"
#include "common/tunnel/tunneltext.h"
#include "frpc/config/clientconfig.h"
#include "frpc/config/clientconfigwriter.h"
#include "frpc/config/tunnelconfig.h"
#include "frpc/session/wantedtunnels.h"
#include "tests/support/testregistry.h"

#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

using Kind = TunnelField::Kind;

/// Each row is one field of TunnelSpec, so that a new field is tested wherever a tunnel is read or written.
class TestTunnelField : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesAndReadsFiles_data() { everyField(); }
    void writesAndReadsFiles();
    void readsTheCommandLine_data() { everyField(); }
    void readsTheCommandLine();
    void crossesTheWire_data() { everyField(); }
    void crossesTheWire();
    void isSeenAtAReload_data() { everyField(); }
    void isSeenAtAReload();
    void refusesBadValues_data() { everyField(); }
    void refusesBadValues();
    void standsInTheManual_data() { everyField(); }
    void standsInTheManual();

private:
    static void everyField()
    {
        QTest::addColumn<size_t>("index");
        for (size_t i = 0; i < tunnelFields().size(); ++i)
            QTest::newRow(qPrintable(tunnelFields()[i].label.toString())) << i;
    }
    static const TunnelField &field()
    {
        QFETCH(const size_t, index);
        return tunnelFields()[index];
    }
    static TunnelSpec plain()
    {
        TunnelSpec spec;
        spec.name = u"web"_s;
        spec.localPort = 80;
        return spec;
    }
    static QString anotherValue(const TunnelField &field);
    static TunnelSpec changed(const TunnelField &field);
    static std::vector<TunnelSpec> throughAFile(const TunnelSpec &spec);
};

/// A value of \a field that is allowed and that plain() does not have.
QString TestTunnelField::anotherValue(const TunnelField &field)
{
    if (field.kind == Kind::Service)
        return std::holds_alternative<QString TunnelSpec::*>(field.member) ? u"192.0.2.7"_s : u"8080"_s;
    if (!std::holds_alternative<QString TunnelSpec::*>(field.member))
        return QString::number(field.max);
    if (!field.words.empty())
        return field.words.back().toString();
    if (field.isPath)
        return u"/api/version"_s;
    QString longest(field.max, u'ä');
    return longest;
}

TunnelSpec TestTunnelField::changed(const TunnelField &field)
{
    TunnelSpec spec = plain();
    const Result<void> set = setField(spec, field, anotherValue(field));
    return set ? spec : TunnelSpec();
}

std::vector<TunnelSpec> TestTunnelField::throughAFile(const TunnelSpec &spec)
{
    const QTemporaryDir directory;
    QFile file(directory.filePath(u"frpc.toml"_s));
    if (!file.open(QIODevice::WriteOnly))
        return {};
    file.write(writeClientConfig({{u"client-id"_s, u"desk"_s}}, {spec}));
    file.close();
    const Result<ClientConfig> config =
        parseClientArguments({u"frpc"_s, u"--config="_s + file.fileName()}, QProcessEnvironment());
    if (!config)
        qWarning() << config.error().detail;
    return config ? config->tunnels : std::vector<TunnelSpec>();
}

void TestTunnelField::writesAndReadsFiles()
{
    const TunnelSpec spec = changed(field());
    QCOMPARE(spec.name.isEmpty(), false);
    const std::vector<TunnelSpec> read = throughAFile(spec);
    QCOMPARE(read.size(), 1u);
    QCOMPARE(fieldText(read.front(), field()), fieldText(spec, field()));
    QVERIFY(read.front() == spec);
}

void TestTunnelField::readsTheCommandLine()
{
    if (field().option.isEmpty())
        QSKIP("It has no key there.");
    if (field().kind == Kind::Service)
        QSKIP("Its forms are tested in tst_wantedtunnels.");
    const QString value = anotherValue(field());
    const Result<TunnelSpec> read = parseTunnelSpec(u"web,local=80,%1=%2"_s.arg(field().option, value));
    QVERIFY2(read, read ? "" : qPrintable(read.error().detail));
    QVERIFY(*read == changed(field()));
    QVERIFY(tunnelOptionKeys().filter(field().option.toString() + u'=').size() == 1);
}

void TestTunnelField::crossesTheWire()
{
    const proto::OpenTunnel request{7, changed(field())};
    const Result<proto::Message> decoded = proto::decode(proto::encode(request));
    QVERIFY2(decoded, decoded ? "" : qPrintable(decoded.error().detail));
    const TunnelSpec &read = std::get<proto::OpenTunnel>(*decoded).spec;
    if (field().wireKey.isEmpty())
        QVERIFY(isDefault(read, field())); // the server is not told
    else
        QCOMPARE(fieldText(read, field()), fieldText(request.spec, field()));
}

void TestTunnelField::isSeenAtAReload()
{
    const TunnelChanges changes = diffTunnels({plain()}, {changed(field())});
    const bool isOther = changed(field()) != plain();
    QCOMPARE(changes.close.size(), isOther ? 1 : 0);
    QCOMPARE(changes.open.size(), isOther ? 1u : 0u);
    QVERIFY(diffTunnels({changed(field())}, {changed(field())}).isEmpty());
}

/// The same values are refused by everybody.
void TestTunnelField::refusesBadValues()
{
    const bool isText = std::holds_alternative<QString TunnelSpec::*>(field().member);
    const QString value = isText ? QString(field().max + 1, u'x') : QString::number(qint64(field().max) + 1);
    TunnelSpec spec = plain();
    const Result<void> set = setField(spec, field(), value);
    QVERIFY(!set);
    QCOMPARE(set.error().code, Errc::BadField);
    if (isText) {
        QVERIFY(!check(spec));
        QVERIFY(!WantedTunnels().check(spec));
        QVERIFY(throughAFile(spec).empty());
    }
    if (!field().option.isEmpty() && field().kind != Kind::Service)
        QVERIFY(!parseTunnelSpec(u"web,local=80,%1=%2"_s.arg(field().option, value)));
}

void TestTunnelField::standsInTheManual()
{
    const auto keys = tunnelKeys();
    const auto found = std::find_if(keys.begin(), keys.end(),
        [](const std::pair<QString, QString> &key) { return key.first == field().configKey; });
    QVERIFY(found != keys.end());
    QVERIFY(!found->second.isEmpty());
}

const frpx::test::TestRegistration registration("tst_tunnelfield", frpx::test::runTest<TestTunnelField>);

#include "tst_tunnelfield.moc"
