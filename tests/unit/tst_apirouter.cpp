// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apirouter.h"
#include "tests/support/fakeserverview.h"
#include "tests/support/testregistry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr ApiTime fixedNow{std::chrono::microseconds(1'753'811'748'826'362LL)};

QJsonObject parse(const QByteArray &body)
{
    return QJsonDocument::fromJson(body).object();
}

QStringList keysOf(const QString &words)
{
    QStringList keys = words.split(u' ', Qt::SkipEmptyParts);
    keys.sort();
    return keys;
}

} // namespace

static frpx::Service serviceNamed(const QString &name)
{
    frpx::Service service;
    service.port = 9930;
    service.name = name;
    return service;
}

class TestApiRouter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void closesTunnels();
    void findsServicesByPrefix();
    void answersRoutes_data();
    void answersRoutes();
    void wrapsInEnvelope();
    void setsHeaders();
    void tellsSystemInfo();
    void tellsHealth();
    void tellsStatusOfClients();
    void tellsHeartbeats_data();
    void tellsHeartbeats();
    void tellsEjections();
    void disconnectsOnce();
    void changesTunnels();
    void refusesBadChanges_data();
    void refusesBadChanges();
    void tellsADisconnectedClientHowLong_data();
    void tellsADisconnectedClientHowLong();
    void drainsAndTakesItBack();
    void changesNothingForWebPages_data();
    void changesNothingForWebPages();
    void tellsThatItDrains();
    void refuses_data();
    void refuses();
    void acceptsOptions_data();
    void acceptsOptions();
    void decodesClientIds_data();
    void decodesClientIds();
    void boundsPendingList();
    void neverShowsWholeToken();
    void tellsPorts();
    void tellsStats();
    void formatsTimestamps();

private:
    static ApiResponse whole(ApiResponse response)
    {
        response.addItems(std::numeric_limits<qsizetype>::max());
        return response;
    }
    ApiResponse ask(const QByteArray &method, const QByteArray &path, const QByteArray &body = {}) const
    {
        return whole(m_router->handle({method, path, {}, body}));
    }
    QJsonObject data(const QByteArray &path) const
    {
        return parse(ask("GET"_ba, path).body).value("data"_L1).toObject();
    }

    std::unique_ptr<FakeServerView> m_view;
    std::unique_ptr<FakeServerCommands> m_commands;
    std::unique_ptr<ApiRouter> m_router;
};

void TestApiRouter::init()
{
    m_view = std::make_unique<FakeServerView>();
    m_view->addReporting(u"client_A"_s);
    m_view->addSilent(u"client_B"_s);
    m_view->serviceItems.push_back(serviceNamed(u"ssh"_s));
    m_view->moreTunnels.push_back(
        TunnelView{.id = u"t7"_s, .name = u"ssh"_s, .port = 7, .policy = u"random"_s, .owner = u"a@b.c"_s});
    m_commands = std::make_unique<FakeServerCommands>(*m_view);
    m_router = std::make_unique<ApiRouter>(*m_view, *m_commands, [] { return fixedNow; });
}

void TestApiRouter::closesTunnels()
{
    const ApiResponse page = m_router->handle({"DELETE"_ba, "/api/tunnels/t7"_ba, {}, {}, "http://x"_ba});
    QCOMPARE(page.status, 403); // somebody's web page
    QCOMPARE(ask("DELETE"_ba, "/api/tunnels/t7"_ba).status, 200);
    QCOMPARE(ask("DELETE"_ba, "/api/tunnels/t7"_ba).status, 404);
}

void TestApiRouter::findsServicesByPrefix()
{
    m_view->serviceItems.push_back(serviceNamed(u"wéb"_s));
    m_view->serviceItems.back().port += 1;
    const auto names = [this](const QByteArray &query) {
        QStringList found;
        const ApiResponse response = whole(m_router->handle({"GET"_ba, "/api/services"_ba, query, {}}));
        for (const QJsonValue &item : parse(response.body).value("data"_L1).toArray())
            found += item.toObject().value("name"_L1).toString();
        return found;
    };
    QCOMPARE(names({}), (QStringList{u"ssh"_s, u"wéb"_s}));
    QCOMPARE(names("prefix=ss"_ba), QStringList{u"ssh"_s});
    QCOMPARE(names("prefix=w%C3%A9"_ba), QStringList{u"wéb"_s});
    QCOMPARE(names("prefix=%FF"_ba), QStringList());
}

void TestApiRouter::answersRoutes_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QString>("keys"); // of the object, or of the first one of the array
    QTest::addColumn<int>("size"); // of the array, or -1
    const QString client = u"client_id authed system_info connected_at open_connections "
                           "total_connections healthy health_detail weight ejected draining"_s;
    const QString info =
        u"client_id cpu_usage memory_usage disk_usage last_heartbeat heartbeat_seconds_ago"_s;
    const QString ports = u"control_port proxy_port public_port public_tls api_port"_s;
    const auto row = [](const char *path, const QString &keys, int size = -1) {
        QTest::newRow(path) << QByteArray(path) << keys << size;
    };
    row("/api/clients", client, 2);
    row("/api/clients/", client, 2);
    row("/api/clients/client_A", client);
    row("/api/clients/client_A/", client);
    row("/api/clients/client_A/status",
        u"client_id connected authenticated connected_at last_heartbeat_seconds_ago"_s);
    row("/api/clients/client_B/status", u"client_id connected authenticated connected_at"_s);
    row("/api/clients/nobody/status", u"client_id connected"_s);
    row("/api/clients/client_A/heartbeat", u"client_id status last_heartbeat_seconds_ago"_s);
    row("/api/clients/client_B/heartbeat", u"client_id status"_s);
    row("/api/monitoring", info, 1);
    row("/api/monitoring/client_A", info);
    row("/api/health", u"status timestamp uptime_seconds"_s);
    row("/api/stats",
        u"active_clients pending_connections open_connections total_connections rejected_no_client "
        "rejected_timeout rejected_other denied over_limit tls_failed login_failures logins_delayed "
        "logins_refused login_bans links_crowded_out uptime_seconds"_s);
    row("/api/connections", u"active_clients pending_connections client_ids"_s);
    row("/api/connections/pending", u"count connection_ids"_s);
    row("/api/config", ports);
    row("/api/ports", ports);
    const QString tunnel =
        u"id name port tls policy clients available_clients open_connections pending_connections "
        "total_connections"_s;
    row("/api/tunnels", tunnel, 2);
    row("/api/tunnels/default", tunnel);
    row("/api/tunnels/t7",
        tunnel + u" owner message birth max_connections max_total_connections seconds_left"_s);
    row("/api/services", u"port name message birth online capacity already_serve total_serve dead_line"_s, 1);
    row("/api/users", {}, 1);
    row("/api/tokens/active", u"active_token_count tokens"_s);
}

void TestApiRouter::answersRoutes()
{
    QFETCH(const QByteArray, path);
    QFETCH(const QString, keys);
    QFETCH(const int, size);

    const ApiResponse response = ask("GET"_ba, path);
    QCOMPARE(response.status, 200);
    const QJsonObject envelope = parse(response.body);
    QCOMPARE(envelope.keys(), keysOf(u"success data message timestamp"_s));
    const QJsonValue value = envelope.value("data"_L1);
    QCOMPARE(value.isArray(), size >= 0);
    if (size >= 0)
        QCOMPARE(int(value.toArray().size()), size);
    const QJsonObject object = size >= 0 ? value.toArray().first().toObject() : value.toObject();
    QCOMPARE(object.keys(), keysOf(keys));

    const ApiResponse head = ask("HEAD"_ba, path);
    QCOMPARE(head.status, 200);
    QCOMPARE(head.body, response.body);
}

void TestApiRouter::wrapsInEnvelope()
{
    const QJsonObject good = parse(ask("GET"_ba, "/api/health"_ba).body);
    QCOMPARE(good.value("success"_L1), QJsonValue(true));
    QCOMPARE(good.value("message"_L1).toString(), u"操作成功"_s);
    QCOMPARE(good.value("timestamp"_L1).toString(), u"2025-07-29T17:55:48.826362Z"_s);

    const QJsonObject bad = parse(ask("GET"_ba, "/nowhere"_ba).body);
    QCOMPARE(bad.keys(), keysOf(u"success data message timestamp"_s));
    QCOMPARE(bad.value("success"_L1), QJsonValue(false));
    QVERIFY(bad.value("data"_L1).isNull());
    QVERIFY(!bad.value("message"_L1).toString().isEmpty());
}

void TestApiRouter::setsHeaders()
{
    for (const QByteArray &path : {"/api/clients"_ba, "/nowhere"_ba}) {
        const ApiResponse response = ask("GET"_ba, path);
        QCOMPARE(response.header("Content-Type"), "application/json; charset=utf-8"_ba);
        QCOMPARE(response.header("Cache-Control"), "no-store"_ba);
        QCOMPARE(response.header("X-Content-Type-Options"), "nosniff"_ba);
        QVERIFY(response.header("Access-Control-Allow-Origin").isNull());
    }
}

void TestApiRouter::tellsSystemInfo()
{
    const QJsonObject info = data("/api/clients/client_A"_ba).value("system_info"_L1).toObject();
    QCOMPARE(
        info.keys(), keysOf(u"cpu_usage memory_usage disk_usage last_heartbeat heartbeat_seconds_ago"_s));
    QCOMPARE(info.value("disk_usage"_L1).toDouble(), 75.25);
    QCOMPARE(info.value("last_heartbeat"_L1).toString(), u"2025-07-29T17:55:48.826000Z"_s);
    QVERIFY(data("/api/clients/client_B"_ba).value("system_info"_L1).isNull());

    m_view->clientList.front().systemInfo->computerName = u"书房"_s;
    QCOMPARE(data("/api/monitoring/client_A"_ba).value("computer_name"_L1).toString(), u"书房"_s);
}

void TestApiRouter::tellsHealth()
{
    const QJsonObject well = data("/api/clients/client_A"_ba);
    QCOMPARE(well.value("healthy"_L1), QJsonValue(true));
    QVERIFY(well.value("health_detail"_L1).isNull());

    QVERIFY(!well.contains("health_warning"_L1));

    m_view->clientList.front().healthWarning = u"the service refuses requests for x (403)"_s;
    const QJsonObject warned = data("/api/clients/client_A"_ba);
    QCOMPARE(warned.value("healthy"_L1), QJsonValue(true));
    QCOMPARE(warned.value("health_warning"_L1).toString(), u"the service refuses requests for x (403)"_s);
    m_view->clientList.front().healthWarning.clear();

    m_view->clientList.front().healthy = false;
    m_view->clientList.front().healthDetail = u"GET / answered 500"_s;
    const QJsonObject ill = data("/api/clients/client_A"_ba);
    QCOMPARE(ill.value("healthy"_L1), QJsonValue(false));
    QCOMPARE(ill.value("health_detail"_L1).toString(), u"GET / answered 500"_s);
}

void TestApiRouter::tellsStatusOfClients()
{
    const QJsonObject known = data("/api/clients/client_A/status"_ba);
    QCOMPARE(known.value("connected"_L1), QJsonValue(true));
    QCOMPARE(known.value("authenticated"_L1), QJsonValue(true));
    const QJsonObject unknown = data("/api/clients/nobody/status"_ba);
    QCOMPARE(unknown.value("client_id"_L1).toString(), u"nobody"_s);
    QCOMPARE(unknown.value("connected"_L1), QJsonValue(false));
}

void TestApiRouter::tellsHeartbeats_data()
{
    QTest::addColumn<qint64>("age");
    QTest::addColumn<QString>("status");
    QTest::newRow("just now") << qint64(0) << u"healthy"_s;
    QTest::newRow("still healthy") << qint64(59) << u"healthy"_s;
    QTest::newRow("stale") << qint64(60) << u"stale"_s;
}

void TestApiRouter::tellsHeartbeats()
{
    QFETCH(const qint64, age);
    QFETCH(const QString, status);
    m_view->addReporting(u"x"_s, age);
    const QJsonObject heartbeat = data("/api/clients/x/heartbeat"_ba);
    QCOMPARE(heartbeat.value("status"_L1).toString(), status);
    QCOMPARE(heartbeat.value("last_heartbeat_seconds_ago"_L1).toInteger(), age);
    QCOMPARE(data("/api/clients/client_B/heartbeat"_ba).value("status"_L1).toString(), u"no_data"_s);
}

void TestApiRouter::tellsEjections()
{
    m_view->clientList.front().ejected = true;
    m_view->clientList.front().ejectedForMs = 2500;
    m_view->clientList.front().weight = 7;
    const QJsonObject client = data("/api/clients/client_A"_ba);
    QCOMPARE(client.value("ejected"_L1), QJsonValue(true));
    QCOMPARE(client.value("ejected_for_seconds"_L1).toDouble(), 2.5);
    QCOMPARE(client.value("weight"_L1).toInt(), 7);
    QCOMPARE(data("/api/clients/client_B"_ba).value("ejected"_L1), QJsonValue(false));
}

void TestApiRouter::changesTunnels()
{
    QCOMPARE(data("/api/tunnels/default"_ba).value("policy"_L1).toString(), u"random"_s);
    const ApiResponse response =
        ask("PATCH"_ba, "/api/tunnels/default"_ba, R"({"policy": "two-choices"})"_ba);
    QCOMPARE(response.status, 200);
    const QJsonObject tunnel = parse(response.body).value("data"_L1).toObject();
    QCOMPARE(tunnel.value("policy"_L1).toString(), u"two-choices"_s);
    QCOMPARE(tunnel.value("port"_L1).toInt(), 18080);
    QCOMPARE(data("/api/tunnels/default"_ba), tunnel);
}

void TestApiRouter::refusesBadChanges_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("says");
    QTest::newRow("nothing") << QByteArray() << u"JSON object"_s;
    QTest::newRow("no JSON") << "policy=random"_ba << u"JSON object"_s;
    QTest::newRow("array") << "[]"_ba << u"JSON object"_s;
    QTest::newRow("empty") << "{}"_ba << u"policy"_s;
    QTest::newRow("unknown field") << R"({"policy":"random","color":1})"_ba << u"'color'"_s;
    QTest::newRow("type") << R"({"policy":1})"_ba << u"string"_s;
    QTest::newRow("unknown policy") << R"({"policy":"coin"})"_ba << u"Unknown policy"_s;
    QTest::newRow("large") << R"({"policy":")" + QByteArray(5000, 'x') + R"("})" << u"too large"_s;
}

void TestApiRouter::refusesBadChanges()
{
    QFETCH(const QByteArray, body);
    QFETCH(const QString, says);
    const ApiResponse response = ask("PATCH"_ba, "/api/tunnels/default"_ba, body);
    QCOMPARE(response.status, 400);
    const QString message = parse(response.body).value("message"_L1).toString();
    QVERIFY2(message.contains(says), qPrintable(message));
    QCOMPARE(m_view->tunnelValue.policy, u"random"_s);
}

void TestApiRouter::disconnectsOnce()
{
    const ApiResponse first = ask("DELETE"_ba, "/api/clients/client_A"_ba);
    QCOMPARE(first.status, 200);
    const QJsonObject gone = parse(first.body).value("data"_L1).toObject();
    QCOMPARE(gone.keys(), keysOf(u"client_id action"_s));
    QCOMPARE(gone.value("action"_L1).toString(), u"disconnected"_s);
    QCOMPARE(ask("DELETE"_ba, "/api/clients/client_A"_ba).status, 404);
}

void TestApiRouter::tellsADisconnectedClientHowLong_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("seconds");
    const auto row = [](const char *query, const char *body, int seconds) {
        QTest::addRow("%s %s", query, body) << QByteArray(query) << QByteArray(body) << seconds;
    };
    row("", "", 5);
    row("other=1", "{}", 5);
    row("retry_after_s=0", "", 0);
    row("retry_after_s=86400", "", 86'400);
    row("", R"({"retry_after_s":60})", 60);
    row("retry_after_s=61", R"({"retry_after_s":60})", 61);
    row("retry_after_s=86401", "", -1);
    row("retry_after_s=-1", "", -1);
    row("retry_after_s=", "", -1);
    row("retry_after_s=99999999999999999999", "", -1);
    row("retry_after_s=soon", "", -1);
    row("", R"({"retry_after_s":"60"})", -1);
    row("", R"({"retry_after_s":1.5})", -1);
    row("", R"({"retry_after_s":86401})", -1);
    row("", R"({"retry_after_s":null})", -1);
    row("", "60", -1);
    row("", "[60]", -1);
}

void TestApiRouter::tellsADisconnectedClientHowLong()
{
    QFETCH(const QByteArray, query);
    QFETCH(const QByteArray, body);
    QFETCH(const int, seconds);
    const ApiResponse response = m_router->handle({"DELETE"_ba, "/api/clients/client_A"_ba, query, body});
    QCOMPARE(response.status, seconds < 0 ? 400 : 200);
    QCOMPARE(m_commands->lastRetryAfterS, seconds);
}

void TestApiRouter::drainsAndTakesItBack()
{
    for (const bool drained : {true, false}) {
        const ApiResponse response =
            ask("POST"_ba, "/api/clients/client_A/"_ba + (drained ? "drain"_ba : "undrain"_ba));
        QCOMPARE(response.status, 200);
        const QJsonObject state = parse(response.body).value("data"_L1).toObject();
        QCOMPARE(state.keys(), keysOf(u"client_id draining open_connections"_s));
        QCOMPARE(state.value("draining"_L1), QJsonValue(drained));
        QCOMPARE(data("/api/clients/client_A"_ba).value("draining"_L1), QJsonValue(drained));
        QCOMPARE(data("/api/clients/client_B"_ba).value("draining"_L1), QJsonValue(false));
    }
}

void TestApiRouter::changesNothingForWebPages_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    QTest::newRow("drain") << "POST"_ba
                           << "/api/clients/client_A/drain"_ba << 403;
    QTest::newRow("disconnect") << "DELETE"_ba
                                << "/api/clients/client_A"_ba << 403;
    QTest::newRow("look") << "GET"_ba
                          << "/api/clients/client_A"_ba << 200;
}

void TestApiRouter::changesNothingForWebPages()
{
    QFETCH(const QByteArray, method);
    QFETCH(const QByteArray, path);
    QFETCH(const int, status);
    QCOMPARE(m_router->handle({method, path, {}, {}, "http://elsewhere.example"_ba}).status, status);
    QCOMPARE(data("/api/clients/client_A"_ba).value("draining"_L1), QJsonValue(false));
}

void TestApiRouter::tellsThatItDrains()
{
    QCOMPARE(data("/api/health"_ba).value("status"_L1).toString(), u"healthy"_s);
    m_view->statsValue.draining = true;
    QCOMPARE(data("/api/health"_ba).value("status"_L1).toString(), u"draining"_s);
}

void TestApiRouter::refuses_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("allow");
    const auto row = [](const char *method, const char *path, int status, const QByteArray &allow = {}) {
        QTest::addRow("%s %s", method, path) << QByteArray(method) << QByteArray(path) << status << allow;
    };
    row("GET", "/", 404);
    row("GET", "", 404);
    row("GET", "/api", 404);
    row("GET", "/api/", 404);
    row("GET", "api/clients", 404);
    row("GET", "/api/client", 404);
    row("GET", "/API/clients", 404);
    row("GET", "/api/clients//", 404);
    row("GET", "/api/clients//status", 404);
    row("GET", "/api/clients/client_A/nothing", 404);
    row("GET", "/api/clients/client_A/status/x", 404);
    row("GET", "/api/tokens", 404);
    row("GET", "//api/clients", 404);
    row("POST", "/nowhere", 404);
    row("OPTIONS", "/nowhere", 404);
    row("GET", "*", 404);
    row("GET", "/api/clients/nobody", 404);
    row("DELETE", "/api/clients/nobody", 404);
    row("GET", "/api/clients/nobody/heartbeat", 404);
    row("GET", "/api/monitoring/nobody", 404);
    row("GET", "/api/monitoring/client_B", 404); // connected, but has not reported
    row("GET", "/api/tunnels/nothing", 404);
    row("PATCH", "/api/tunnels/nothing", 404);
    row("GET", "/api/clients/%", 400);
    row("GET", "/api/clients/%4", 400);
    row("GET", "/api/clients/%zz", 400);
    row("GET", "/api/clients/%c3%28", 400);
    row("GET", "/api/clients/%ed%a0%80", 400); // half a surrogate pair
    row("GET", "/api/clients/%c0%af", 400); // overlong slash
    row("POST", "/api/clients", 405, "GET, HEAD, OPTIONS"_ba);
    row("POST", "/api/clients/nobody/drain", 404);
    row("POST", "/api/clients/nobody/undrain", 404);
    row("GET", "/api/clients/client_A/drain", 405, "OPTIONS, POST"_ba);
    row("DELETE", "/api/clients/client_A/undrain", 405, "OPTIONS, POST"_ba);
    row("DELETE", "/api/clients", 405, "GET, HEAD, OPTIONS"_ba);
    row("PUT", "/api/clients/client_A", 405, "DELETE, GET, HEAD, OPTIONS"_ba);
    row("PATCH", "/api/clients/client_A", 405, "DELETE, GET, HEAD, OPTIONS"_ba);
    row("PATCH", "/api/tunnels", 405, "GET, HEAD, OPTIONS"_ba);
    row("DELETE", "/api/tunnels/default", 409);
    row("DELETE", "/api/tunnels/t8", 404);
    row("POST", "/api/services", 405, "GET, HEAD, OPTIONS"_ba);
    row("DELETE", "/api/clients/client_A/status", 405, "GET, HEAD, OPTIONS"_ba);
    row("get", "/api/clients", 405, "GET, HEAD, OPTIONS"_ba);
}

void TestApiRouter::refuses()
{
    QFETCH(const QByteArray, method);
    QFETCH(const QByteArray, path);
    QFETCH(const int, status);
    QFETCH(const QByteArray, allow);
    const ApiResponse response = ask(method, path);
    QCOMPARE(response.status, status);
    QCOMPARE(response.header("Allow"), allow);
    const QJsonObject envelope = parse(response.body);
    QCOMPARE(envelope.value("success"_L1), QJsonValue(false));
    QVERIFY(envelope.contains("data"_L1) && envelope.value("data"_L1).isNull());
}

void TestApiRouter::acceptsOptions_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("allow");
    QTest::newRow("list") << "/api/clients"_ba
                          << "GET, HEAD, OPTIONS"_ba;
    QTest::newRow("client") << "/api/clients/x"_ba
                            << "DELETE, GET, HEAD, OPTIONS"_ba;
    QTest::newRow("tunnel") << "/api/tunnels/default"_ba
                            << "DELETE, GET, HEAD, OPTIONS, PATCH"_ba;
    QTest::newRow("drain") << "/api/clients/x/drain"_ba
                           << "OPTIONS, POST"_ba;
    QTest::newRow("server") << "*"_ba
                            << "DELETE, GET, HEAD, OPTIONS, PATCH, POST"_ba;
}

void TestApiRouter::acceptsOptions()
{
    QFETCH(const QByteArray, path);
    QFETCH(const QByteArray, allow);
    const ApiResponse response = ask("OPTIONS"_ba, path);
    QCOMPARE(response.status, 204);
    QVERIFY(response.body.isEmpty());
    QCOMPARE(response.header("Allow"), allow);
}

void TestApiRouter::decodesClientIds_data()
{
    QTest::addColumn<QByteArray>("segment");
    QTest::addColumn<QString>("id");
    QTest::newRow("plain") << "pc"_ba << u"pc"_s;
    QTest::newRow("slash") << "a%2Fb"_ba << u"a/b"_s;
    QTest::newRow("slash, lower case") << "a%2fb"_ba << u"a/b"_s;
    QTest::newRow("space") << "my%20pc"_ba << u"my pc"_s;
    QTest::newRow("plus is a plus") << "a+b"_ba << u"a+b"_s;
    QTest::newRow("percent") << "100%25"_ba << u"100%"_s;
    QTest::newRow("UTF-8") << "%E4%B9%A6%E6%88%BF"_ba << u"书房"_s;
    QTest::newRow("beyond the basic plane") << "%F0%9F%98%80"_ba << u"😀"_s;
    QTest::newRow("dots") << ".."_ba << u".."_s;
    QTest::newRow("a word of ours") << "status"_ba << u"status"_s;
    QTest::newRow("question mark") << "a%3Fb"_ba << u"a?b"_s;
}

void TestApiRouter::decodesClientIds()
{
    QFETCH(const QByteArray, segment);
    QFETCH(const QString, id);
    m_view->addReporting(id);
    QCOMPARE(data("/api/clients/"_ba + segment).value("client_id"_L1).toString(), id);
    QCOMPARE(data("/api/clients/"_ba + segment + "/heartbeat"_ba).value("client_id"_L1).toString(), id);
}

void TestApiRouter::boundsPendingList()
{
    QCOMPARE(data("/api/connections/pending"_ba).value("connection_ids"_L1).toArray(),
        QJsonArray({u"p1"_s, u"p2"_s}));
    m_view->pendingIds = QStringList(1500, u"p"_s);
    const QJsonObject pending = data("/api/connections/pending"_ba);
    QCOMPARE(pending.value("count"_L1).toInteger(), 1500);
    QCOMPARE(pending.value("connection_ids"_L1).toArray().size(), 1000);
}

void TestApiRouter::neverShowsWholeToken()
{
    const QJsonObject tokens = data("/api/tokens/active"_ba);
    QCOMPARE(tokens.value("active_token_count"_L1).toInteger(), 1);
    const QJsonObject token = tokens.value("tokens"_L1).toArray().first().toObject();
    QCOMPARE(token.keys(), keysOf(u"token_prefix email"_s));
    QCOMPARE(token.value("token_prefix"_L1).toString(), u"1a2b3c4d..."_s);
}

void TestApiRouter::tellsPorts()
{
    const QJsonObject ports = data("/api/ports"_ba);
    QCOMPARE(ports.value("control_port"_L1).toInt(), 17000);
    QCOMPARE(ports.value("proxy_port"_L1).toInt(), 17001);
    QCOMPARE(ports.value("public_port"_L1).toInt(), 18080);
    QCOMPARE(ports.value("api_port"_L1).toInt(), 18081);
}

void TestApiRouter::tellsStats()
{
    const QJsonObject stats = data("/api/stats"_ba);
    QCOMPARE(stats.value("active_clients"_L1).toInt(), 2);
    QCOMPARE(stats.value("pending_connections"_L1).toInt(), 3);
    QCOMPARE(stats.value("open_connections"_L1).toInt(), 4);
    QCOMPARE(stats.value("total_connections"_L1).toInt(), 5);
    QCOMPARE(stats.value("rejected_no_client"_L1).toInt(), 6);
    QCOMPARE(stats.value("rejected_timeout"_L1).toInt(), 7);
    QCOMPARE(stats.value("rejected_other"_L1).toInt(), 8);
    QCOMPARE(stats.value("denied"_L1).toInt(), 10);
    QCOMPARE(stats.value("over_limit"_L1).toInt(), 11);
    QCOMPARE(stats.value("uptime_seconds"_L1).toInt(), 9);
}

void TestApiRouter::formatsTimestamps()
{
    QCOMPARE(apiTimestamp(ApiTime{}), u"1970-01-01T00:00:00.000000Z"_s);
    QCOMPARE(apiTimestamp(ApiTime{std::chrono::microseconds(-1)}), u"1969-12-31T23:59:59.999999Z"_s);
}

const frpx::test::TestRegistration registration("tst_apirouter", frpx::test::runBareTest<TestApiRouter>);

#include "tst_apirouter.moc"
