// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/ids.h"
#include "common/protocol/frpx/framedecoder.h"
#include "common/protocol/frpx/messages.h"
#include "common/tunnel/tunnelfield.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::proto;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(frpx::proto::Message)

class TestMessages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesWhatTheOriginalWrites_data();
    void writesWhatTheOriginalWrites();
    void readsWhatItWrites_data();
    void readsWhatItWrites();
    void longestListsFitIntoAFrame();
    void checksTunnels_data();
    void checksTunnels();
    void readsVariationsOfTheOriginal_data();
    void readsVariationsOfTheOriginal();
    void refusesBadPayloads_data();
    void refusesBadPayloads();
    void neverRepeatsValuesInErrors();
    void agreesOnCommonFeatures();
};

void TestMessages::writesWhatTheOriginalWrites_data()
{
    QTest::addColumn<Message>("message");
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("Login") << Message(Login{u"a@b.c"_s, u"p\"w\\\n"_s})
                           << R"({"Login":{"email":"a@b.c","pass":"p\"w\\\u000a"}})"_ba;
    QTest::newRow("LoginByToken") << Message(LoginByToken{u"t"_s}) << R"({"LoginByToken":{"token":"t"}})"_ba;
    QTest::newRow("LoginResult yes") << Message(LoginResult{true, {}, u"t"_s})
                                     << R"({"LoginResult":{"success":true,"error":null,"token":"t"}})"_ba;
    QTest::newRow("LoginResult no") << Message(LoginResult{false, u"Invalid token"_s,
        {}}) << R"({"LoginResult":{"success":false,"error":"Invalid token","token":null}})"_ba;
    QTest::newRow("Register") << Message(Register{u"client_A"_s, {}, {}, {}, {}, {}})
                              << R"({"Register":{"client_id":"client_A"}})"_ba;
    QTest::newRow("RegisterResult") << Message(RegisterResult{true, {}, {}, {}})
                                    << R"({"RegisterResult":{"success":true,"error":null}})"_ba;
    QTest::newRow("Heartbeat") << Message(Heartbeat{}) << R"("Heartbeat")"_ba;
    QTest::newRow("SystemInfo") << Message(SystemInfo{1.5, 20, 99.25,
        {}}) << R"({"SystemInfo":{"cpu_usage":1.5,"memory_usage":20.0,"disk_usage":99.25}})"_ba;
    QTest::newRow("RequestNewProxyConn")
        << Message(RequestNewProxyConn{u"id"_s}) << R"({"RequestNewProxyConn":{"proxy_conn_id":"id"}})"_ba;
    QTest::newRow("NewProxyConn") << Message(NewProxyConn{u"id"_s})
                                  << R"({"NewProxyConn":{"proxy_conn_id":"id"}})"_ba;
}

void TestMessages::writesWhatTheOriginalWrites()
{
    QFETCH(const Message, message);
    QFETCH(const QByteArray, json);
    QCOMPARE(encode(message), json);
    QCOMPARE(encodeFrame(message), frame(json));
}

void TestMessages::readsWhatItWrites_data()
{
    QTest::addColumn<Message>("message");
    QTest::newRow("Login") << Message(Login{u"ä@b.c"_s, u"\u0000\u001f\"\\😀"_s});
    QTest::newRow("byte order mark") << Message(Login{u"\ufeffa"_s, u"b\ufeff"_s});
    QTest::newRow("LoginByToken") << Message(LoginByToken{u"t"_s});
    QTest::newRow("LoginResult") << Message(LoginResult{true, {}, u"t"_s});
    QTest::newRow("Register") << Message(
        Register{u"c"_s, u"0.1"_s, QStringList{u"a"_s, u"b"_s}, u"pc"_s, u"i"_s, 7, 3, 5});
    QTest::newRow("RegisterResult") << Message(RegisterResult{false, u"no"_s, QStringList{}, u"s"_s, 18080});
    QTest::newRow("Heartbeat") << Message(Heartbeat{});
    QTest::newRow("SystemInfo") << Message(SystemInfo{0, 12.345678901234567, 100, u"pc"_s});
    QTest::newRow("RequestNewProxyConn") << Message(RequestNewProxyConn{u"x"_s});
    QTest::newRow("RequestNewProxyConn for a named user")
        << Message(RequestNewProxyConn{u"x"_s, VisitorAddress{u"2001:db8::1"_s, 50000, u"192.0.2.1"_s, 80}});
    QTest::newRow("NewProxyConn") << Message(NewProxyConn{u"x"_s});
    QTest::newRow("HeartbeatAck") << Message(HeartbeatAck{});
    QTest::newRow("ProxyConnFailed") << Message(ProxyConnFailed{u"x"_s, u"refused"_s});
    QTest::newRow("Ping") << Message(Ping{});
    QTest::newRow("Pong") << Message(Pong{});
    QTest::newRow("NewWorkConn") << Message(NewWorkConn{u"s"_s});
    QTest::newRow("StartProxyConn") << Message(StartProxyConn{u"x"_s});
    QTest::newRow("StartProxyConn for a named user")
        << Message(StartProxyConn{u"x"_s, VisitorAddress{u"192.0.2.7"_s, 1, u"192.0.2.1"_s, 65535}});
    QTest::newRow("ProxyConnReady") << Message(ProxyConnReady{});
    QTest::newRow("Health") << Message(Health{true, {}});
    QTest::newRow("Health, with a warning") << Message(Health{true, {}, u"refuses"_s});
    QTest::newRow("Health, ill") << Message(Health{false, u"refused"_s});
    QTest::newRow("Drain") << Message(Drain{});
    QTest::newRow("Disconnect") << Message(Disconnect{u"bye"_s, 5});
    QTest::newRow("RequestNewProxyConn of a tunnel") << Message(RequestNewProxyConn{u"x"_s, {}, u"web"_s});
    QTest::newRow("StartProxyConn with chunks") << Message(StartProxyConn{u"x"_s, {}, {}, true});
    QTest::newRow("StartProxyConn of a tunnel") << Message(StartProxyConn{u"x"_s, {}, u"web"_s});
    QTest::newRow("Register with a pool's most")
        << Message(Register{u"c"_s, {}, {}, {}, {}, 1, {}, {}, {}, 200});
    QTest::newRow("Register for tunnels only") << Message(Register{u"c"_s, {}, {}, {}, {}, {}, {}, true});
    QTest::newRow("OpenTunnel") << Message(OpenTunnel{7, {.name = u"web"_s}});
    QTest::newRow("OpenTunnel, all of it") << Message(OpenTunnel{7,
        {.name = u"web"_s,
            .remotePort = 65535,
            .group = u"key"_s,
            .maxConnections = 3,
            .totalConnections = 100,
            .lifetimeS = 60,
            .message = u"hello"_s,
            .policy = u"random"_s},
        true});
    QTest::newRow("OpenTunnelResult") << Message(OpenTunnelResult{7, TunnelCode::Ok, {}, 9930});
    for (const TunnelCode code :
        {TunnelCode::PortNotAllowed, TunnelCode::PortOccupied, TunnelCode::ServerError,
            TunnelCode::BadRequest, TunnelCode::NameInUse, TunnelCode::NoFreePort, TunnelCode::TooMany}) {
        QTest::addRow("OpenTunnelResult %s", proto::tunnelCodeName(code).data())
            << Message(OpenTunnelResult{7, code, u"why"_s, 0});
    }
    QTest::newRow("CloseTunnel") << Message(CloseTunnel{u"web"_s});
    QTest::newRow("TunnelClosed") << Message(TunnelClosed{u"web"_s, tunnelend::servedAll.toString()});
    QTest::newRow("RetryTunnels") << Message(RetryTunnels{});
    QTest::newRow("ListServices") << Message(ListServices{1, u"w"_s, 9930});
    QTest::newRow("Services, none") << Message(Services{1, {}, false});
    QTest::newRow("Services") << Message(Services{1,
        {{9930, u"web"_s, u"\"hi\""_s, u"2026-11-21T06:34:50.867Z"_s, 1, 2, 3, 4, {}},
            {9931, u"ssh"_s, {}, u"2026-11-21T06:34:50.867Z"_s, 0, 0, 0, 0, u"2026-11-22T06:34:50.867Z"_s}},
        true});
    QTest::newRow("ListFreePorts") << Message(ListFreePorts{1, 0});
    QTest::newRow("FreePorts") << Message(FreePorts{1, {{9930, 9932}, {10000, 10000}}, false});
}

void TestMessages::readsWhatItWrites()
{
    QFETCH(const Message, message);
    const Result<Message> decoded = decode(encode(message));
    QVERIFY2(decoded, decoded ? "" : qPrintable(decoded.error().detail));
    QVERIFY(*decoded == message);
}

void TestMessages::longestListsFitIntoAFrame()
{
    Service service{65535, QString(maxTunnelNameLength, u'\u8a9e'),
        QString(maxTunnelMessageLength, u'\u8a9e'), QString(30, u'x'), 2'000'000'000, 2'000'000'000,
        2'000'000'000, 2'000'000'000, QString(30, u'x')};
    const Services services{2'000'000'000, {size_t(maxServicesPerMessage), service}, true};
    QVERIFY(encode(services).size() <= maxFrameAfterLogin);
    const FreePorts ports{2'000'000'000, {size_t(maxRangesPerMessage), {65534, 65535}}, true};
    QVERIFY(encode(ports).size() <= maxFrameAfterLogin);
    const Result<Message> decoded = decode(encode(services));
    QVERIFY(decoded && *decoded == Message(services));
}

void TestMessages::checksTunnels_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("message");
    QTest::addColumn<bool>("good");
    QTest::newRow("plain") << u"web"_s << u"hello"_s << true;
    QTest::newRow("foreign") << u"gr\u00fc\u00dfe \U0001F600"_s << QString() << true;
    QTest::newRow("longest") << QString(128, u'a') << QString(256, u'b') << true;
    QTest::newRow("no name") << QString() << QString() << false;
    QTest::newRow("name too long") << QString(129, u'a') << QString() << false;
    QTest::newRow("line break in the name") << u"a\nb"_s << QString() << false;
    QTest::newRow("NUL in the name") << QString(QChar(0)) << QString() << false;
    QTest::newRow("message too long") << u"a"_s << QString(257, u'b') << false;
    QTest::newRow("line break in the message") << u"a"_s << u"b\n"_s << false;
}

void TestMessages::checksTunnels()
{
    QFETCH(const QString, name);
    QFETCH(const QString, message);
    QFETCH(const bool, good);
    QCOMPARE(bool(check(TunnelSpec{.name = name, .message = message})), good);
}

void TestMessages::readsVariationsOfTheOriginal_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<Message>("message");
    QTest::newRow("heartbeat with models")
        << R"({"Heartbeat":{"models":[{"id":"m","object":"model","created":1,"owned_by":"o"}]}})"_ba
        << Message(Heartbeat{});
    QTest::newRow("heartbeat without models")
        << R"({"Heartbeat":{"models":null}})"_ba << Message(Heartbeat{});
    QTest::newRow("heartbeat as null") << R"({"Heartbeat":null})"_ba << Message(Heartbeat{});
    QTest::newRow("white space") << " \"Heartbeat\"\n"_ba << Message(Heartbeat{});
    QTest::newRow("unknown field") << R"({"Register":{"client_id":"c","colour":7}})"_ba
                                   << Message(Register{u"c"_s, {}, {}, {}, {}, {}});
    QTest::newRow("the loops of an older version")
        << R"({"NewWorkConn":{"session":"s","server_loop":0,"client_loop":1023}})"_ba
        << Message(NewWorkConn{u"s"_s});
    QTest::newRow("error left out") << R"({"RegisterResult":{"success":true}})"_ba
                                    << Message(RegisterResult{true, {}, {}, {}});
    QTest::newRow("whole numbers") << R"({"SystemInfo":{"cpu_usage":1,"memory_usage":2,"disk_usage":3}})"_ba
                                   << Message(SystemInfo{1, 2, 3, {}});
    QTest::newRow("overshooting usage")
        << R"({"SystemInfo":{"cpu_usage":100.4,"memory_usage":-1e-9,"disk_usage":3}})"_ba
        << Message(SystemInfo{100, 0, 3, {}});
}

void TestMessages::readsVariationsOfTheOriginal()
{
    QFETCH(const QByteArray, json);
    QFETCH(const Message, message);
    const Result<Message> decoded = decode(json);
    QVERIFY2(decoded, decoded ? "" : qPrintable(decoded.error().detail));
    QVERIFY(*decoded == message);
}

void TestMessages::refusesBadPayloads_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("code");
    const int badJson = int(Errc::BadJson);
    const int badField = int(Errc::BadField);
    const int unknown = int(Errc::UnknownVariant);
    QTest::newRow("nothing") << QByteArray() << badJson;
    QTest::newRow("broken") << R"({"Login":)"_ba << badJson;
    QTest::newRow("not UTF-8") << QByteArray("\"\xff\xfe\"") << badJson;
    QTest::newRow("number") << "7"_ba << badJson;
    QTest::newRow("array") << "[]"_ba << badJson;
    QTest::newRow("two members") << R"({"Ping":null,"Pong":null})"_ba << badJson;
    QTest::newRow("no member") << "{}"_ba << badJson;
    QTest::newRow("half a pair") << R"({"NewProxyConn":{"proxy_conn_id":"\ud800"}})"_ba << badField;
    QTest::newRow("half a pair in a list")
        << R"({"Register":{"client_id":"c","features":["\udc00"]}})"_ba << badField;
    QTest::newRow("two strings") << R"("Ping","Pong")"_ba << badJson;
    QTest::newRow("nested too deep") << QByteArray(4000, '[') << badJson;
    QTest::newRow("unknown string") << R"("Hello")"_ba << unknown;
    QTest::newRow("unknown object") << R"({"Hello":{}})"_ba << unknown;
    QTest::newRow("fields missing") << R"("Login")"_ba << badField;
    QTest::newRow("fields not an object") << R"({"Login":[]})"_ba << badField;
    QTest::newRow("field missing") << R"({"Login":{"email":"a"}})"_ba << badField;
    QTest::newRow("number for string") << R"({"LoginByToken":{"token":7}})"_ba << badField;
    QTest::newRow("string for boolean") << R"({"LoginResult":{"success":"true"}})"_ba << badField;
    QTest::newRow("string for number")
        << R"({"SystemInfo":{"cpu_usage":"1","memory_usage":2,"disk_usage":3}})"_ba << badField;
    QTest::newRow("too long") << R"({"NewProxyConn":{"proxy_conn_id":")"_ba + QByteArray(65, 'a')
            + R"("}})"_ba << badField;
    QTest::newRow("too many features")
        << R"({"Register":{"client_id":"c","features":["a")"_ba + QByteArray(",\"a\"").repeated(32) + "]}}"_ba
        << badField;
    QTest::newRow("feature not a string")
        << R"({"Register":{"client_id":"c","features":[1]}})"_ba << badField;
    QTest::newRow("fraction for integer")
        << R"({"Disconnect":{"reason":"r","retry_after_s":1.5}})"_ba << badField;
    QTest::newRow("tunnel on no port")
        << R"({"OpenTunnel":{"request_id":1,"name":"a","port":65536}})"_ba << badField;
    QTest::newRow("negative limit")
        << R"({"OpenTunnel":{"request_id":1,"name":"a","port":0,"max_connections":-1}})"_ba << badField;
    QTest::newRow("service without a name")
        << R"({"Services":{"request_id":1,"items":[{"port":1}]}})"_ba << badField;
    QTest::newRow("service that is none") << R"({"Services":{"request_id":1,"items":[7]}})"_ba << badField;
    QTest::newRow("reversed range") << R"({"FreePorts":{"request_id":1,"ranges":[[2,1]]}})"_ba << badField;
    QTest::newRow("too many services")
        << R"({"Services":{"request_id":1,"items":[0)"_ba + QByteArray(",0").repeated(32) + "]}}"_ba
        << badField;
    QTest::newRow("out of range") << R"({"Disconnect":{"reason":"r","retry_after_s":-1}})"_ba << badField;
}

void TestMessages::refusesBadPayloads()
{
    QFETCH(const QByteArray, json);
    QFETCH(const int, code);
    const Result<Message> decoded = decode(json);
    QVERIFY(!decoded);
    QCOMPARE(int(decoded.error().code), code);
}

void TestMessages::neverRepeatsValuesInErrors()
{
    const Result<Message> decoded = decode(R"({"Login":{"email":7,"pass":"secret"}})");
    QVERIFY(!decoded);
    QVERIFY(decoded.error().detail.contains(u"email"));
    QVERIFY(!decoded.error().detail.contains(u"secret"));
}

void TestMessages::agreesOnCommonFeatures()
{
    QCOMPARE(commonFeatures({}), QStringList());
    QCOMPARE(commonFeatures({u"from the future"_s, feature::ping.toString()}),
        QStringList{feature::ping.toString()});
    QCOMPARE(commonFeatures(ownFeatures()), ownFeatures());
    QCOMPARE(commonFeatures({u"trunk"_s}), QStringList()); // of development versions
}

const frpx::test::TestRegistration registration("tst_messages", frpx::test::runBareTest<TestMessages>);

#include "tst_messages.moc"
