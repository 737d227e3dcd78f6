// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/jsonsplice.h"
#include "frps/ports/pluginmessages.h"
#include "tests/support/testregistry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

/// As frps 0.61 writes it.
const QByteArray newProxy =
    R"({"version":"0.1.0","op":"NewProxy","content":{"user":{"user":"myiphone","metas":{"token":"x"},)"
    R"("run_id":"4e1ef2d3b7a7b1c2"},"proxy_name":"myiphone.my_wireguard_proxy","proxy_type":"udp",)"
    R"("use_encryption":true,"bandwidth_limit":"1MB","bandwidth_limit_mode":"client","group":"g",)"
    R"("annotations":{"b":"2","a":"1"},"remote_port":6005}})";

QJsonObject object(const ApiResponse &response)
{
    return QJsonDocument::fromJson(response.body).object();
}

} // namespace

class TestPluginMessages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsARequest();
    void readsWishes_data();
    void readsWishes();
    void leavesOthersUnchanged_data();
    void leavesOthersUnchanged();
    void refusesBadInput_data();
    void refusesBadInput();
    void echoesEverything_data();
    void echoesEverything();
    void answersAndRejects();
    void splicesMembers_data();
    void splicesMembers();
};

void TestPluginMessages::readsARequest()
{
    const auto read = readPluginRequest(newProxy, "op=NewProxy&version=0.1.0"_ba);
    const auto *request = std::get_if<PluginRequest>(&read);
    QVERIFY(request);
    QCOMPARE(request->key.user, u"myiphone"_s);
    QCOMPARE(request->key.tunnel, u"myiphone.my_wireguard_proxy"_s);
    QCOMPARE(request->key.protocol, PortProtocol::Udp);
    QCOMPARE(request->wanted, 6005);
}

void TestPluginMessages::readsWishes_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<int>("wanted");
    QTest::newRow("none") << ""_ba << 0;
    QTest::newRow("zero") << R"(,"remote_port":0)"_ba << 0;
    QTest::newRow("port") << R"(,"remote_port":6000)"_ba << 6000;
    QTest::newRow("last of two") << R"(,"remote_port":6000,"remote_port":6001)"_ba << 6001;
    QTest::newRow("negative") << R"(,"remote_port":-1)"_ba << 0;
    QTest::newRow("too large") << R"(,"remote_port":65536)"_ba << 0;
    QTest::newRow("text") << R"(,"remote_port":"6000")"_ba << 0;
    QTest::newRow("null") << R"(,"remote_port":null)"_ba << 0;
}

void TestPluginMessages::readsWishes()
{
    QFETCH(const QByteArray, field);
    QFETCH(const int, wanted);
    const auto read = readPluginRequest(
        R"({"op":"NewProxy","content":{"user":{"user":"u"},"proxy_name":"u.a","proxy_type":"tcp")" + field
            + "}}",
        {});
    QVERIFY(std::holds_alternative<PluginRequest>(read));
    QCOMPARE(std::get<PluginRequest>(read).wanted, wanted);
}

void TestPluginMessages::leavesOthersUnchanged_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("query");
    for (const auto *op : {"Login", "CloseProxy", "Ping", "NewWorkConn", "NewUserConn", "Future"})
        QTest::newRow(op) << QByteArray(R"({"version":"0.1.0","op":")") + op + R"(","content":{}})"
                          << ""_ba;
    QTest::newRow("op in the query") << R"({"content":{}})"_ba
                                     << "version=0.1.0&op=Ping"_ba;
    for (const auto *type : {"http", "https", "tcpmux", "stcp", "xtcp", "sudp"})
        QTest::newRow(type)
            << QByteArray(
                   R"({"op":"NewProxy","content":{"user":{"user":"u"},"proxy_name":"u.a","proxy_type":")")
                + type + R"("}})"
            << ""_ba;
}

void TestPluginMessages::leavesOthersUnchanged()
{
    QFETCH(const QByteArray, body);
    QFETCH(const QByteArray, query);
    const auto read = readPluginRequest(body, query);
    const auto *response = std::get_if<ApiResponse>(&read);
    QVERIFY(response);
    QCOMPARE(response->status, 200);
    QCOMPARE(object(*response), (QJsonObject{{u"reject"_s, false}, {u"unchange"_s, true}}));
}

void TestPluginMessages::refusesBadInput_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("isIncomplete");
    QTest::newRow("nothing") << ""_ba << false;
    QTest::newRow("no JSON") << "hello"_ba << false;
    QTest::newRow("half") << newProxy.first(newProxy.size() - 2) << false;
    QTest::newRow("array") << "[]"_ba << false;
    QTest::newRow("deep array") << QByteArray(60'000, '[') << false;
    QTest::newRow("deep object") << QByteArray(R"({"a":)").repeated(10'000) << false;
    QTest::newRow("no UTF-8") << "{\"op\":\"\xff\"}"_ba << false;
    QTest::newRow("empty") << "{}"_ba << true;
    QTest::newRow("no content") << R"({"op":"NewProxy"})"_ba << true;
    QTest::newRow("null content") << R"({"op":"NewProxy","content":null})"_ba << true;
    QTest::newRow("no user") << R"({"op":"NewProxy","content":{"proxy_name":"a","proxy_type":"tcp"}})"_ba
                             << true;
    QTest::newRow("empty user")
        << R"({"op":"NewProxy","content":{"user":{"user":""},"proxy_name":"a","proxy_type":"tcp"}})"_ba
        << true;
    QTest::newRow("user of text")
        << R"({"op":"NewProxy","content":{"user":"u","proxy_name":"a","proxy_type":"tcp"}})"_ba << true;
    QTest::newRow("no name") << R"({"op":"NewProxy","content":{"user":{"user":"u"},"proxy_type":"tcp"}})"_ba
                             << true;
    QTest::newRow("no type") << R"({"op":"NewProxy","content":{"user":{"user":"u"},"proxy_name":"a"}})"_ba
                             << true;
}

void TestPluginMessages::refusesBadInput()
{
    QFETCH(const QByteArray, body);
    QFETCH(const bool, isIncomplete);
    const auto read = readPluginRequest(body, {});
    const auto *response = std::get_if<ApiResponse>(&read);
    QVERIFY(response);
    QCOMPARE(response->status, 400);
    QCOMPARE(object(*response).value("error"_L1).toString(), u"VALIDATEERR"_s);
    const QString message = object(*response).value("message"_L1).toString();
    QCOMPARE(message == u"Invalid inputs. Please check your frpc.ini config"_s, isIncomplete);
    QVERIFY(!message.isEmpty());
}

void TestPluginMessages::echoesEverything_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("echo");
    const QByteArray known = R"("user":{"user":"u"},"proxy_name":"u.a","proxy_type":"tcp")"_ba;
    QTest::newRow("plain") << '{' + known + '}' << '{' + known + R"(,"remote_port":6000})";
    QTest::newRow("big numbers") << '{' + known + R"(,"n":18446744073709551615,"f":1.10,"e":1E-7,"m":-0})"
                                 << '{' + known
            + R"(,"n":18446744073709551615,"f":1.10,"e":1E-7,"m":-0,"remote_port":6000})";
    QTest::newRow("replaced where it stands") << R"({"remote_port":7,"z":1,)" + known + R"(,"a":2})"
                                              << R"({"remote_port":6000,"z":1,)" + known + R"(,"a":2})";
    QTest::newRow("twice") << R"({"remote_port":7,)" + known + R"(,"remote_port":8})"
                           << R"({"remote_port":6000,)" + known + R"(,"remote_port":6000})";
    QTest::newRow("escaped name") << R"({"remote\u005fport" : 7 ,)" + known + '}'
                                  << R"({"remote\u005fport" : 6000 ,)" + known + '}';
    QTest::newRow("byte order mark in a name") // which makes it another name
        << '{' + known + ",\"\xef\xbb\xbfremote_port\":7}"
        << '{' + known + ",\"\xef\xbb\xbfremote_port\":7,\"remote_port\":6000}";
    QTest::newRow("spaces") << " {\n " + known + " \n} "
                            << "{\n " + known + " \n,\"remote_port\":6000}";
    QTest::newRow("inner ones stay") << '{' + known
            + R"(,"metas":{"remote_port":1,"x":["remote_port",{"remote_port":2}]},"t":"\"remote_port\":3 }"})"
                                     << '{' + known
            + R"(,"metas":{"remote_port":1,"x":["remote_port",{"remote_port":2}]},"t":"\"remote_port\":3 }","remote_port":6000})";
    QTest::newRow("text") << '{' + known + ",\"t\":\"\\\\\",\"u\":\"\\u00fc\xc3\xbc<>&\\/\"}"
                          << '{' + known
            + ",\"t\":\"\\\\\",\"u\":\"\\u00fc\xc3\xbc<>&\\/\",\"remote_port\":6000}";
}

void TestPluginMessages::echoesEverything()
{
    QFETCH(const QByteArray, content);
    QFETCH(const QByteArray, echo);
    const auto read =
        readPluginRequest(R"({"op":"NewProxy","content":)" + content + R"(,"version":"0.1.0"})", {});
    QVERIFY(std::holds_alternative<PluginRequest>(read));
    const ApiResponse response = portAnswer(std::get<PluginRequest>(read), 6000);
    QCOMPARE(response.body, R"({"reject":false,"unchange":false,"content":)" + echo + '}');
    QVERIFY(!QJsonDocument::fromJson(response.body).isNull());
}

void TestPluginMessages::answersAndRejects()
{
    const auto read = readPluginRequest(newProxy, {});
    const ApiResponse response = portAnswer(std::get<PluginRequest>(read), 12345);
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("Content-Type"), "application/json"_ba);
    QJsonObject expected = QJsonDocument::fromJson(newProxy).object().value("content"_L1).toObject();
    expected.insert(u"remote_port"_s, 12345);
    const QJsonObject answer = object(response);
    QCOMPARE(answer.value("content"_L1).toObject(), expected);
    QCOMPARE(answer.value("reject"_L1), QJsonValue(false));
    QCOMPARE(answer.value("unchange"_L1), QJsonValue(false));

    const ApiResponse no = rejection(u"no \"port\""_s);
    QCOMPARE(no.status, 200);
    QCOMPARE(object(no), (QJsonObject{{u"reject"_s, true}, {u"reject_reason"_s, u"no \"port\""_s}}));
}

void TestPluginMessages::splicesMembers_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("empty") << "{}"_ba
                           << R"({"x":1})"_ba;
    QTest::newRow("empty with space") << "{ }"_ba
                                      << R"({ "x":1})"_ba;
    QTest::newRow("string") << R"({"x":"a}\"b"})"_ba
                            << R"({"x":1})"_ba;
    QTest::newRow("object") << R"({"x":{"x":[{}]},"y":0})"_ba
                            << R"({"x":1,"y":0})"_ba;
    QTest::newRow("array") << R"({"x":["]",[]] })"_ba
                           << R"({"x":1 })"_ba;
    QTest::newRow("word") << R"({"x":true,"y":null})"_ba
                          << R"({"x":1,"y":null})"_ba;
    // No JSON: nothing sensible, but it ends.
    QTest::newRow("garbage") << "{\"x\":"_ba
                             << "{\"x\":1"_ba;
    QTest::newRow("half string") << "{\"x\\"_ba << QByteArray();
}

void TestPluginMessages::splicesMembers()
{
    QFETCH(const QByteArray, before);
    QFETCH(const QByteArray, after);
    if (after.isNull())
        (void)jsonMembers(before);
    else
        QCOMPARE(withJsonMember(before, u"x", "1"_ba), after);
}

const frpx::test::TestRegistration registration(
    "tst_pluginmessages", frpx::test::runBareTest<TestPluginMessages>);

#include "tst_pluginmessages.moc"
