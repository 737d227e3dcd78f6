// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apigate.h"
#include "tests/support/testregistry.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

/// Who may ask the API what.
class TestApiGate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knowsItsNames_data();
    void knowsItsNames();
    void keepsWebPagesFromChanging_data();
    void keepsWebPagesFromChanging();
    void asksForATokenWhereNeeded_data();
    void asksForATokenWhereNeeded();
    void takesTokensInTwoForms_data();
    void takesTokensInTwoForms();
    void sparesALocalPlugin();
    void letsNamedPagesIn();
    void readsOrigins_data();
    void readsOrigins();
    void readsHosts_data();
    void readsHosts();
};

namespace {

int statusOf(const ApiGate &gate, ApiRequest request)
{
    const std::optional<ApiResponse> response = gate.refusal(request, systemApiTime());
    return response ? response->status : 0;
}

std::optional<ApiRight> check(QStringView token)
{
    if (token == u"admin")
        return ApiRight::Change;
    return token == u"reader" ? std::optional(ApiRight::Read) : std::nullopt;
}

ApiRequest asking(const QByteArray &method, const QByteArray &path, const QByteArray &authorization = {})
{
    ApiRequest request{method, path, {}, {}};
    request.host = "127.0.0.1:18081"_ba;
    request.authorization = authorization;
    return request;
}

} // namespace

void TestApiGate::knowsItsNames_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("ours");
    for (const char *host : {"127.0.0.1", "127.0.0.1:18081", "192.0.2.7:1", "[::1]:18081", "[2001:db8::1]",
             "localhost", "LocalHost:18081", "localhost.", "frps.example.org", "FRPS.example.org:80", ""})
        QTest::newRow(host) << QByteArray(host) << true;
    for (const char *host : {"evil.example", "evil.example:18081", "127.0.0.1.evil.example",
             "localhost.evil.example", "xlocalhost", "frps.example.org.evil.example", "[::1", "::1", "1",
             "2130706433", "0x7f.1", ":18081", "."})
        QTest::newRow(host) << QByteArray(host) << false;
}

void TestApiGate::knowsItsNames()
{
    QFETCH(const QByteArray, host);
    QFETCH(const bool, ours);
    ApiRequest request = asking("GET"_ba, "/api/clients"_ba);
    request.host = host;
    const ApiGate gate({.hosts = {u"frps.example.org"_s}});
    QCOMPARE(statusOf(gate, request), ours ? 0 : 403);
    QCOMPARE(statusOf(ApiGate({.checksHost = false}), request), 0);
}

void TestApiGate::keepsWebPagesFromChanging_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<QByteArray>("site");
    QTest::addColumn<int>("status");
    for (const char *method : {"POST", "PATCH", "DELETE", "PUT"}) {
        QTest::addRow("%s by a program", method) << QByteArray(method) << ""_ba
                                                 << ""_ba << 0;
        QTest::addRow("%s typed", method) << QByteArray(method) << ""_ba
                                          << "none"_ba << 0;
        QTest::addRow("%s of a page", method) << QByteArray(method) << "https://evil.example"_ba
                                              << ""_ba << 403;
        QTest::addRow("%s of a file", method) << QByteArray(method) << "null"_ba
                                              << ""_ba << 403;
        QTest::addRow("%s without origin", method) << QByteArray(method) << ""_ba
                                                   << "cross-site"_ba << 403;
        QTest::addRow("%s of our own name", method) << QByteArray(method) << "http://127.0.0.1:18081"_ba
                                                    << "same-origin"_ba << 403;
        QTest::addRow("%s of a named page", method) << QByteArray(method) << "https://Status.example.org"_ba
                                                    << "cross-site"_ba << 0;
    }
    QTest::newRow("GET of a page") << "GET"_ba
                                   << "https://evil.example"_ba
                                   << "cross-site"_ba << 0; // it does not see the answer
    QTest::newRow("preflight of a page") << "OPTIONS"_ba
                                         << "https://evil.example"_ba
                                         << ""_ba << 0;
}

void TestApiGate::keepsWebPagesFromChanging()
{
    QFETCH(const QByteArray, method);
    QFETCH(const QByteArray, origin);
    QFETCH(const QByteArray, site);
    QFETCH(const int, status);
    ApiRequest request = asking(method, "/api/clients/a"_ba);
    request.origin = origin;
    request.fetchSite = site;
    QCOMPARE(statusOf(ApiGate({.origins = {u"https://status.example.org"_s}}), request), status);
}

void TestApiGate::asksForATokenWhereNeeded_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("nobody");
    QTest::addColumn<int>("reader");
    QTest::addColumn<int>("admin");
    QTest::newRow("look") << "GET"_ba
                          << "/api/clients"_ba << 401 << 0 << 0;
    QTest::newRow("look at the head") << "HEAD"_ba
                                      << "/api/stats"_ba << 401 << 0 << 0;
    QTest::newRow("nothing there") << "GET"_ba
                                   << "/nothing"_ba << 401 << 0 << 0;
    QTest::newRow("drain") << "POST"_ba
                           << "/api/clients/a/drain"_ba << 401 << 403 << 0;
    QTest::newRow("change") << "PATCH"_ba
                            << "/api/tunnels/default"_ba << 401 << 403 << 0;
    QTest::newRow("disconnect") << "DELETE"_ba
                                << "/api/clients/a"_ba << 401 << 403 << 0;
    QTest::newRow("plugin") << "POST"_ba
                            << "/port-registrations"_ba << 401 << 403 << 0;
    QTest::newRow("strange method") << "UNKNOWN"_ba
                                    << "/api/clients"_ba << 401 << 403 << 0;
    QTest::newRow("ping") << "GET"_ba
                          << "/ping"_ba << 0 << 0 << 0;
    QTest::newRow("ping, written otherwise") << "HEAD"_ba
                                             << "/ping/"_ba << 0 << 0 << 0;
    QTest::newRow("health") << "GET"_ba
                            << "/api/health"_ba << 0 << 0 << 0;
    QTest::newRow("post to health") << "POST"_ba
                                    << "/api/health"_ba << 401 << 403 << 0;
    QTest::newRow("nearly health") << "GET"_ba
                                   << "/api/health/x"_ba << 401 << 0 << 0;
    QTest::newRow("encoded") << "GET"_ba
                             << "/api/%63lients"_ba << 401 << 0 << 0;
    QTest::newRow("preflight") << "OPTIONS"_ba
                               << "/api/clients"_ba << 0 << 0 << 0;
}

void TestApiGate::asksForATokenWhereNeeded()
{
    QFETCH(const QByteArray, method);
    QFETCH(const QByteArray, path);
    const ApiGate gate({.tokenRequired = true, .check = check});
    QTEST(statusOf(gate, asking(method, path)), "nobody");
    QTEST(statusOf(gate, asking(method, path, "Bearer wrong"_ba)), "nobody");
    QTEST(statusOf(gate, asking(method, path, "Bearer reader"_ba)), "reader");
    QTEST(statusOf(gate, asking(method, path, "Bearer admin"_ba)), "admin");
    QCOMPARE(statusOf(ApiGate(ApiGateSettings{}), asking(method, path)), 0); // none is required
    QTEST(statusOf(ApiGate({.tokenRequired = true}), asking(method, path, "Bearer admin"_ba)), "nobody");
}

void TestApiGate::takesTokensInTwoForms_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<bool>("plugin");
    QTest::addColumn<bool>("elsewhere");
    QTest::newRow("bearer") << "Bearer admin"_ba << true << true;
    QTest::newRow("any case") << "bEARER  admin"_ba << true << true;
    QTest::newRow("basic") << "Basic "_ba + "frp:admin"_ba.toBase64() << true << false;
    QTest::newRow("basic without user") << "basic "_ba + ":admin"_ba.toBase64() << true << false;
    QTest::newRow("basic without colon") << "Basic "_ba + "admin"_ba.toBase64() << false << false;
    QTest::newRow("basic, broken") << "Basic !!!!"_ba << false << false;
    QTest::newRow("token as the user") << "Basic "_ba + "admin:"_ba.toBase64() << false << false;
    QTest::newRow("no scheme") << "admin"_ba << false << false;
    QTest::newRow("another scheme") << "Digest admin"_ba << false << false;
    QTest::newRow("nothing behind it") << "Bearer "_ba << false << false;
    QTest::newRow("huge") << "Bearer admin"_ba + QByteArray(8000, ' ') << false << false;
}

void TestApiGate::takesTokensInTwoForms()
{
    QFETCH(const QByteArray, field);
    const ApiGate gate({.tokenRequired = true, .check = check});
    QTEST(statusOf(gate, asking("POST"_ba, "/port-registrations"_ba, field)) == 0, "plugin");
    QTEST(statusOf(gate, asking("GET"_ba, "/api/clients"_ba, field)) == 0, "elsewhere");
}

void TestApiGate::sparesALocalPlugin()
{
    const ApiGate gate({.tokenRequired = true, .localPluginIsFree = true, .check = check});
    ApiRequest request = asking("POST"_ba, "/port-registrations"_ba);
    QCOMPARE(statusOf(gate, request), 401);
    request.peerIsLoopback = true;
    QCOMPARE(statusOf(gate, request), 0);
    request.origin = "https://evil.example"_ba;
    QCOMPARE(statusOf(gate, request), 403);
    request = asking("DELETE"_ba, "/api/ports/leases/1"_ba);
    request.peerIsLoopback = true;
    QCOMPARE(statusOf(gate, request), 401);
    request = asking("POST"_ba, "/port-registrations"_ba);
    request.peerIsLoopback = true;
    QCOMPARE(statusOf(ApiGate({.tokenRequired = true, .check = check}), request), 401);
}

void TestApiGate::letsNamedPagesIn()
{
    const ApiGate gate({.tokenRequired = true, .check = check, .origins = {u"https://status.example.org"_s}});
    ApiRequest request = asking("DELETE"_ba, "/api/clients/a"_ba, "Bearer admin"_ba);
    request.origin = "https://status.example.org"_ba;
    const QByteArray origin = request.origin;
    QVERIFY(!gate.refusal(request, systemApiTime()));
    QVERIFY(request.origin.isEmpty()); // the routes need not know
    ApiResponse response;
    gate.addCors(origin, "DELETE"_ba, response);
    QCOMPARE(response.header("Access-Control-Allow-Origin"), origin);
    QVERIFY(response.header("Access-Control-Allow-Methods").isNull());
    ApiResponse preflight;
    gate.addCors(origin, "OPTIONS"_ba, preflight);
    QVERIFY(preflight.header("Access-Control-Allow-Methods").contains("DELETE"));
    QVERIFY(preflight.header("Access-Control-Allow-Headers").contains("Authorization"));
    ApiResponse other;
    gate.addCors("https://evil.example"_ba, "OPTIONS"_ba, other);
    QVERIFY(other.header("Access-Control-Allow-Origin").isNull());
    QCOMPARE(other.header("Vary"), "Origin"_ba);
    ApiResponse plain;
    ApiGate(ApiGateSettings{}).addCors(origin, "GET"_ba, plain);
    QVERIFY(plain.headers.empty());

    // A page that is named needs the token all the same.
    ApiRequest without = asking("GET"_ba, "/api/clients"_ba);
    without.origin = origin;
    const auto refusal = gate.refusal(without, systemApiTime());
    QCOMPARE(refusal.value().status, 401);
    QVERIFY(refusal->header("WWW-Authenticate").startsWith("Bearer"));
}

void TestApiGate::readsOrigins_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("origins");
    QTest::newRow("none") << u""_s << QStringList();
    QTest::newRow("two") << u"https://A.example, http://b.example:8080"_s
                         << QStringList{u"https://a.example"_s, u"http://b.example:8080"_s};
    QTest::newRow("address") << u"http://[::1]:3000"_s << QStringList{u"http://[::1]:3000"_s};
    for (const char *bad : {"*", "null", "a.example", "https://", "https://a.example/", "https://a.example/x",
             "https://u@a.example", "ftp://a.example", "https://*.example", "https://a.example?x"})
        QTest::newRow(bad) << QString::fromLatin1(bad) << QStringList{u"!"_s};
}

void TestApiGate::readsOrigins()
{
    QFETCH(const QString, text);
    QFETCH(const QStringList, origins);
    const Result<QStringList> read = parseApiOrigins(text);
    QCOMPARE(read.hasValue(), origins != QStringList{u"!"_s});
    if (read)
        QCOMPARE(*read, origins);
}

void TestApiGate::readsHosts_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("hosts");
    QTest::newRow("two") << u"Frps, frps.example.org"_s << QStringList{u"frps"_s, u"frps.example.org"_s};
    QTest::newRow("written in full") << u"frps.example.org."_s << QStringList{u"frps.example.org"_s};
    QTest::newRow("addresses are allowed anyway") << u"frps,[::1],::1,192.0.2.1"_s << QStringList{u"frps"_s};
    for (const char *bad :
        {"*", "*.example.org", "frps:18081", "http://frps", "a b", "[::1]:80", "10", "[frps]"})
        QTest::newRow(bad) << QString::fromLatin1(bad) << QStringList{u"!"_s};
}

void TestApiGate::readsHosts()
{
    QFETCH(const QString, text);
    QFETCH(const QStringList, hosts);
    const Result<QStringList> read = parseApiHosts(text);
    QCOMPARE(read.hasValue(), hosts != QStringList{u"!"_s});
    if (read)
        QCOMPARE(*read, hosts);
}

const frpx::test::TestRegistration registration("tst_apigate", frpx::test::runBareTest<TestApiGate>);

#include "tst_apigate.moc"
