// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/threads.h"
#include "tests/support/workchain.h"

#include <QTest>

#include <numeric>
#include <span>

using namespace frpx;
using namespace frpx::test;

namespace {

const QByteArray ready = frame(R"("ProxyConnReady")");

/// A user, and the connection of the service that serves him.
struct Pair
{
    UniqueFd user;
    UniqueFd service;
};

/// \a rounds small requests and answers, one at a time.
bool talk(const Pair &pair, int rounds, quint32 seed)
{
    QRandomGenerator random(seed);
    for (int i = 0; i < rounds; ++i) {
        const QByteArray request = noise(random.bounded(600) + 1, random.generate());
        const QByteArray answer = noise(random.bounded(1500) + 1, random.generate());
        if (!sendAll(pair.user.get(), request) || receive(pair.service.get(), request.size()).bytes != request
            || !sendAll(pair.service.get(), answer)
            || receive(pair.user.get(), answer.size()).bytes != answer)
            return false;
    }
    return true;
}

/// Until \a done, the chain takes the trunks that are dialled into use.
template <typename Future>
void takeTrunksUntil(Chain &chain, std::vector<server::WorkConn> &spare, std::vector<Future> &done)
{
    for (Future &each : done) {
        while (each.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready) {
            if (server::WorkConn work = chain.dialled(5))
                spare.push_back(std::move(work));
        }
    }
}

quint64 messagesOnTrunks(Chain &chain)
{
    const std::vector<quint64> each = chain.trunksOfServer([](Trunk &trunk) { return trunk.received(); });
    return std::accumulate(each.begin(), each.end(), quint64(0));
}

size_t usersOnTrunks(Chain &chain)
{
    const std::vector<size_t> each = chain.trunksOfServer([](Trunk &trunk) { return trunk.users(); });
    return std::accumulate(each.begin(), each.end(), size_t(0));
}

/// Lets \a pairs talk until they are on trunks. The server proposes ever less often, but half a dozen times
/// before this gives up.
bool comeToTrunks(Chain &chain, std::vector<server::WorkConn> &spare, std::span<const Pair> pairs)
{
    const size_t already = usersOnTrunks(chain);
    for (int i = 0; i < 10; ++i) {
        std::vector<std::future<bool>> talks;
        for (const Pair &pair : pairs)
            talks.push_back(std::async(std::launch::async, [&pair] { return talk(pair, 40, 1); }));
        takeTrunksUntil(chain, spare, talks);
        if (!std::all_of(talks.begin(), talks.end(), [](std::future<bool> &each) { return each.get(); }))
            return false;
        if (usersOnTrunks(chain) == already + pairs.size())
            return true;
        while (
            server::WorkConn work = chain.dialled(20)) // a trunk may be among those that wait to be accepted
            spare.push_back(std::move(work));
    }
    return false;
}

bool comeToTrunk(Chain &chain, std::vector<server::WorkConn> &spare, const Pair &pair)
{
    return comeToTrunks(chain, spare, std::span(&pair, 1));
}

// What goes over the wire, written down a second time.

QByteArray number(quint32 value)
{
    QByteArray bytes(4, '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}
QByteArray entry(quint32 stream, quint32 delivered, quint16 size, const QByteArray &bytes = {})
{
    QByteArray end(2, '\0');
    qToBigEndian(size, end.data());
    return number(stream) + number(delivered) + end + bytes;
}
QByteArray message(quint32 stream, quint32 delivered, const QByteArray &bytes)
{
    return entry(stream, delivered, quint16(bytes.size()), bytes);
}
QByteArray chunk(const QByteArray &bytes)
{
    return number(quint32(bytes.size())) + bytes;
}
constexpr quint16 leaveMark = 0xffff;
constexpr quint16 openMark = 0xfffe;
constexpr quint16 helloMark = 0xfffd;
constexpr quint16 goneMark = 0xfffc;
const QByteArray endMark = number(0);
const QByteArray proposal = number(0xfffffffe);
const QByteArray acceptance = number(0xfffffffd);
const QByteArray refusal = number(0xfffffffc);

constexpr int messagesBeforeAProposal = 8; // each way

} // namespace

class TestTrunks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_descriptors = openDescriptors(); }
    void cleanup() { QTRY_COMPARE(openDescriptors(), m_descriptors); }

    void carriesConversations_data() { backends(); }
    void carriesConversations();
    void keepsEveryByteAndEnd_data() { backends(); }
    void keepsEveryByteAndEnd();
    void waitsForNobodyWhoDoesNotRead_data() { backends(); }
    void waitsForNobodyWhoDoesNotRead();
    void keepsToALimit_data() { backends(); }
    void keepsToALimit();
    void passesResetsOn_data() { backends(); }
    void passesResetsOn();
    void noticesThatNobodyIsThereAnyMore_data() { backends(); }
    void noticesThatNobodyIsThereAnyMore();
    void takesItsUsersAlongWhenItBreaks_data() { backends(); }
    void takesItsUsersAlongWhenItBreaks();
    void outlivesANewAddressOfTheService();
    void endsWithItsSession_data() { backends(); }
    void endsWithItsSession();
    void bringsTheAnswerOfAServiceThatHangsUp_data() { backends(); }
    void bringsTheAnswerOfAServiceThatHangsUp();
    void bringsTheRestToASlowUser();
    void leavesAUserWhoGoesDuringAProposal();
    void keepsToAQuota();
    void speaksAsTheServer();
    void speaksAsTheClient();
    void staysWhereItIsIfRefused_data();
    void staysWhereItIsIfRefused();
    void cutsOffClientsThatBreakTheRules_data();
    void cutsOffClientsThatBreakTheRules();
    void closesTrunksThatBreakTheRules_data();
    void closesTrunksThatBreakTheRules();

private:
    static void backends();
    /// A user with his service, and the work connection's end in \a chain.
    static Pair connected(Chain &chain, std::vector<server::WorkConn> &spare);

    int m_descriptors = 0;
};

void TestTrunks::backends()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::newRow("native") << QByteArray();
    QTest::newRow("portable") << "portable"_ba;
}

Pair TestTrunks::connected(Chain &chain, std::vector<server::WorkConn> &spare)
{
    server::WorkConn work = chain.returned(0);
    if (!work && !spare.empty()) {
        work = std::move(spare.back());
        spare.pop_back();
    }
    for (int i = 0; i < 20 && !work; ++i)
        work = chain.dialled();
    Pair pair;
    pair.user = chain.user(std::move(work));
    pair.service = chain.service();
    return pair;
}

/// Many users at once: their messages go over few connections, and afterwards the work connections are as
/// good as new.
void TestTrunks::carriesConversations()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 2, {8, 16}, true);
    std::vector<server::WorkConn> spare;
    constexpr int users = 12;
    constexpr int rounds = 200;
    for (int generation = 0; generation < 2; ++generation) {
        std::vector<Pair> pairs;
        for (int i = 0; i < users; ++i) {
            pairs.push_back(connected(chain, spare));
            QVERIFY(pairs.back().user && pairs.back().service);
        }
        QVERIFY(comeToTrunks(chain, spare, pairs));
        const quint64 before = messagesOnTrunks(chain);
        std::vector<std::future<bool>> talks;
        for (int i = 0; i < users; ++i)
            talks.push_back(std::async(
                std::launch::async, [&pair = pairs[i], i] { return talk(pair, rounds, quint32(i)); }));
        for (std::future<bool> &each : talks)
            QVERIFY(each.get());
        QVERIFY(messagesOnTrunks(chain) - before >= quint64(users * rounds)); // the answers
        QCOMPARE(usersOnTrunks(chain), size_t(users));
        for (int i = 0; i < users; ++i) {
            const Pair &pair = pairs[i];
            const int first = i % 2 == 0 ? pair.service.get() : pair.user.get();
            const int second = i % 2 == 0 ? pair.user.get() : pair.service.get();
            ::shutdown(first, SHUT_WR);
            QCOMPARE(receiveAll(second).ending, Ending::Orderly);
            QVERIFY(sendAll(second, "last word"));
            ::shutdown(second, SHUT_WR);
            const Received last = receiveAll(first);
            QCOMPARE(last.bytes, "last word"_ba);
            QCOMPARE(last.ending, Ending::Orderly);
        }
        QTRY_COMPARE(chain.serverMeter->open.load(), 0);
        QTRY_COMPARE(chain.clientMeter->open.load(), 0);
        QCOMPARE(usersOnTrunks(chain), 0u);
        for (int i = 0; i < users; ++i) {
            spare.push_back(chain.returned());
            QVERIFY(spare.back() && spare.back().isQuiet());
        }
    }
    QCOMPARE(chain.serverMeter->bytesToUser.load(), chain.clientMeter->bytesToUser.load());
    QCOMPARE(chain.serverMeter->bytesToService.load(), chain.clientMeter->bytesToService.load());
}

/// Conversations that turn into something else, in random pieces both ways at once, and end in every order.
void TestTrunks::keepsEveryByteAndEnd()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 2, {8, 16}, true);
    std::vector<server::WorkConn> spare;
    QRandomGenerator random(4711);
    constexpr int users = 8;
    for (const int largest : {1, 3000, 40'000, 400'000}) {
        std::vector<Pair> pairs;
        for (int i = 0; i < users; ++i) {
            pairs.push_back(connected(chain, spare));
            QVERIFY(pairs.back().user && pairs.back().service);
        }
        std::vector<std::future<bool>> all;
        for (int i = 0; i < users; ++i) {
            all.push_back(
                std::async(std::launch::async, [&pair = pairs[i], largest, seed = random.generate()] {
                    QRandomGenerator own(seed);
                    if (!talk(pair, 20 + own.bounded(80), seed))
                        return false;
                    const QByteArray up = noise(own.bounded(largest), own.generate());
                    const QByteArray down = noise(own.bounded(largest), own.generate());
                    auto sendUp = sendLater(pair.user.get(), up, own.generate());
                    auto sendDown = sendLater(pair.service.get(), down, own.generate());
                    auto gotUp = receiveLater(pair.service.get());
                    auto gotDown = receiveLater(pair.user.get());
                    const Received atService = gotUp.get();
                    const Received atUser = gotDown.get();
                    return sendUp.get() && sendDown.get() && atService.bytes == up && atUser.bytes == down
                        && atService.ending == Ending::Orderly && atUser.ending == Ending::Orderly;
                }));
        }
        takeTrunksUntil(chain, spare, all);
        for (std::future<bool> &each : all)
            QVERIFY(each.get());
    }
    QTRY_COMPARE(chain.serverMeter->open.load(), 0);
    QTRY_COMPARE(chain.clientMeter->open.load(), 0);
    QVERIFY(messagesOnTrunks(chain) > 0);
    QCOMPARE(usersOnTrunks(chain), 0u);
    QCOMPARE(chain.serverMeter->bytesToUser.load(), chain.clientMeter->bytesToUser.load());
    QCOMPARE(chain.serverMeter->bytesToService.load(), chain.clientMeter->bytesToService.load());
}

/// Two conversations on one trunk, one of whose users stops reading: the other one does not feel it.
void TestTrunks::waitsForNobodyWhoDoesNotRead()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 1, {4, 16}, true);
    std::vector<server::WorkConn> spare;
    std::vector<Pair> pairs;
    pairs.push_back(connected(chain, spare));
    pairs.push_back(connected(chain, spare));
    QVERIFY(comeToTrunks(chain, spare, pairs));
    QCOMPARE(usersOnTrunks(chain), 2u);
    for (const bool isUserSlow : {true, false}) {
        const int from = isUserSlow ? pairs[0].service.get() : pairs[0].user.get();
        const int to = isUserSlow ? pairs[0].user.get() : pairs[0].service.get();
        const QByteArray bytes = noise(8'000'000, 5);
        auto sending = std::async(std::launch::async, [&] { return sendAll(from, bytes, 300); });
        QVERIFY(talk(pairs[1], 200, 2));
        const Received got = receive(to, bytes.size());
        QVERIFY(got.bytes == bytes);
        QVERIFY(sending.get());
    }
    QVERIFY(talk(pairs[0], 20, 3));
}

/// A rate limit holds on a trunk, and what comes while a way rests is not lost.
void TestTrunks::keepsToALimit()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 1, {2, 16}, true);
    chain.limit = std::make_shared<RateLimit>(200'000);
    std::vector<server::WorkConn> spare;
    const Pair pair = connected(chain, spare);
    QVERIFY(comeToTrunk(chain, spare, pair));
    QCOMPARE(usersOnTrunks(chain), 1u);
    const quint64 before = messagesOnTrunks(chain);
    const qint64 began = steadyMs();
    QVERIFY(talk(pair, 250, 2)); // 190 kB of answers, 64 KiB of which may come at once
    QVERIFY(steadyMs() - began > 500);
    QVERIFY(messagesOnTrunks(chain) >= before + 250);
}

void TestTrunks::passesResetsOn()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 1, {4, 16}, true);
    std::vector<server::WorkConn> spare;
    for (const bool byUser : {true, false}) {
        Pair pair = connected(chain, spare);
        QVERIFY(comeToTrunk(chain, spare, pair));
        QCOMPARE(usersOnTrunks(chain), 1u);
        reset(byUser ? pair.user : pair.service);
        QCOMPARE(receiveAll(byUser ? pair.service.get() : pair.user.get()).ending, Ending::Reset);
        QTRY_COMPARE(chain.serverMeter->open.load(), 0);
        QTRY_COMPARE(chain.clientMeter->open.load(), 0);
        QCOMPARE(usersOnTrunks(chain), 0u);
    }
}

/// A user who has ended in order and is gone altogether: the service gets to know when it goes on sending.
void TestTrunks::noticesThatNobodyIsThereAnyMore()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 1, {4, 16}, true);
    std::vector<server::WorkConn> spare;
    Pair pair = connected(chain, spare);
    QVERIFY(comeToTrunk(chain, spare, pair));
    pair.user.reset();
    QCOMPARE(receiveAll(pair.service.get()).ending, Ending::Orderly);
    QTRY_VERIFY(!sendAll(pair.service.get(), "still there?"));
    QTRY_COMPARE(chain.serverMeter->open.load(), 0);
    QTRY_COMPARE(chain.clientMeter->open.load(), 0);
}

void TestTrunks::takesItsUsersAlongWhenItBreaks()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 1, {4, 16}, true);
    std::vector<server::WorkConn> spare;
    std::vector<Pair> pairs;
    for (int i = 0; i < 3; ++i)
        pairs.push_back(connected(chain, spare));
    QVERIFY(comeToTrunks(chain, spare, std::span(pairs).first(2)));
    QCOMPARE(chain.trunksOfServer([](Trunk &trunk) { return ::shutdown(trunk.fd(), SHUT_RDWR); }),
        std::vector<int>{0});
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(receiveAll(pairs[size_t(i)].user.get()).ending, Ending::Reset);
        QCOMPARE(receiveAll(pairs[size_t(i)].service.get()).ending, Ending::Reset);
    }
    // Who was not on it goes on, and comes to another one.
    QVERIFY(comeToTrunk(chain, spare, pairs[2]));
    QCOMPARE(usersOnTrunks(chain), 1u);
    QCOMPARE(chain.serverMeter->open.load(), 1);
}

/// The pool of the same session is opened again: who is on a trunk stays there, and others come to it.
void TestTrunks::outlivesANewAddressOfTheService()
{
    Chain chain({}, 1, {4, 16}, true);
    std::vector<server::WorkConn> spare;
    std::vector<Pair> pairs;
    pairs.push_back(connected(chain, spare));
    QVERIFY(comeToTrunks(chain, spare, pairs));
    chain.open();
    // What waited before is closed by the client, also what nobody has accepted yet: none of it gets the next
    // user.
    while (server::WorkConn work = chain.dialled(200)) {
        spare.push_back(std::move(work));
    }
    std::erase_if(spare, [](const server::WorkConn &work) { return !net::isQuiet(work.get()); });
    pairs.push_back(connected(chain, spare));
    QVERIFY(comeToTrunk(chain, spare, pairs[1]));
    QVERIFY(talk(pairs[0], 100, 1));
    QCOMPARE(usersOnTrunks(chain), 2u);
    QCOMPARE(chain.trunksOfServer([](Trunk &) { return true; }).size(), 1u);
}

/// It lasts as long as its users do.
void TestTrunks::endsWithItsSession()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 1, {4, 16}, true);
    std::vector<server::WorkConn> spare;
    Pair pair = connected(chain, spare);
    QVERIFY(comeToTrunk(chain, spare, pair));
    chain.endSession();
    chain.inspect();
    QCOMPARE(usersOnTrunks(chain), 1u);
    QVERIFY(talk(pair, 100, 2));
    pair = {};
    QTRY_COMPARE(usersOnTrunks(chain), 0u);
    const auto inspected = [&] {
        chain.inspect();
        return chain.trunksOfServer([](Trunk &) { return true; });
    };
    QTRY_VERIFY(inspected().empty());
}

namespace {

/// The client's part, played by hand, up to the server's proposal.
class ByHand
{
public:
    explicit ByHand(Chain &chain, int room = 0)
        : work(connector.connection())
        , user(chain.user({std::move(work.far)}, "go", room))
    {
        const QByteArray start = receiveFrame(work.near.get());
        isUp = start.contains("\"chunks\":true") && receive(work.near.get(), 6).bytes == chunk("go")
            && sendAll(work.near.get(), ready);
        for (int i = 0; isUp && i < messagesBeforeAProposal; ++i) {
            isUp = sendAll(work.near.get(), chunk("answer")) && receive(user.get(), 6).bytes == "answer"
                && sendAll(user.get(), "ask") && receive(work.near.get(), 7).bytes == chunk("ask");
        }
        const QByteArray news = isUp ? receive(work.near.get(), 12).bytes : QByteArray();
        isUp = news.startsWith(proposal + number(0));
        stream = isUp ? qFromBigEndian<quint32>(news.constData() + 8) : 0;
    }
    /// Dials a trunk and says that it is accepted.
    bool accept(Chain &chain)
    {
        Connection connection = connector.connection();
        trunk = std::move(connection.near);
        chain.startTrunk(0, 5, std::move(connection.far));
        return receive(trunk.get(), 10).bytes == entry(0, 0, helloMark)
            && sendAll(work.near.get(), acceptance + number(5))
            && receive(trunk.get(), 10).bytes == entry(stream, 0, openMark);
    }

    Connector connector;
    Connection work;
    UniqueFd user;
    UniqueFd trunk;
    quint32 stream = 0;
    bool isUp = false;
};

} // namespace

/// A large upload that the service refuses: its answer stands before the reset.
void TestTrunks::bringsTheAnswerOfAServiceThatHangsUp()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 1, {4, 16}, true);
    std::vector<server::WorkConn> spare;
    for (int i = 0; i < 20; ++i) {
        Pair pair = connected(chain, spare);
        QVERIFY(comeToTrunk(chain, spare, pair));
        const QByteArray upload = noise(3'000'000, 1);
        auto sending = std::async(std::launch::async, [&] { return sendAll(pair.user.get(), upload); });
        receive(pair.service.get(), 1000);
        QVERIFY(sendAll(pair.service.get(), "too large"));
        pair.service.reset(); // with unread bytes: that resets it
        // As much as TCP itself promises: the answer, or the news that it was cut off.
        const Received answer = receiveAll(pair.user.get());
        QVERIFY(answer.bytes == "too large" || answer.ending == Ending::Reset);
        sending.get();
        pair.user.reset(); // all he sent may have been taken: then it is he who ends the other way
        QTRY_COMPARE(chain.serverMeter->open.load(), 0);
        QTRY_COMPARE(chain.clientMeter->open.load(), 0);
        QCOMPARE(usersOnTrunks(chain), 0u);
    }
}

/// What had come in order before the trunk ended is his, however late he reads it.
void TestTrunks::bringsTheRestToASlowUser()
{
    Chain chain({}, 1, {1, 1}, true);
    ByHand client(chain, 4096);
    QVERIFY(client.isUp && client.accept(chain));
    QByteArray sent;
    QByteArray entries;
    for (int i = 0; i < 16; ++i) { // more than fits into his connection, and no more than the window
        const QByteArray bytes = noise(1024, quint64(i));
        sent += bytes;
        entries += message(client.stream, 0, bytes);
    }
    QVERIFY(sendAll(client.trunk.get(), entries + entry(client.stream, 0, leaveMark)));
    QVERIFY(sendAll(client.work.near.get(), chunk("the end") + endMark));
    const auto usersOfServer = [&] { return usersOnTrunks(chain); };
    QTRY_COMPARE(usersOfServer(), 1u);
    client.trunk.reset();
    QTRY_VERIFY(chain.trunksOfServer([](Trunk &) { return true; }).empty());
    const Received got = receiveAll(client.user.get());
    QVERIFY(got.bytes == sent + "the end");
    QCOMPARE(got.ending, Ending::Orderly);
}

/// The answer never comes, and the user does not wait for it.
void TestTrunks::leavesAUserWhoGoesDuringAProposal()
{
    Chain chain({}, 1, {1, 1}, true);
    ByHand client(chain);
    QVERIFY(client.isUp);
    QVERIFY(sendAll(client.user.get(), "waits"));
    reset(client.user);
    QTRY_COMPARE(chain.serverMeter->open.load(), 0);
    QCOMPARE(receiveAll(client.work.near.get()).ending, Ending::Reset);
}

/// Of all sessions together: whose trunk is not taken stays where he is.
void TestTrunks::keepsToAQuota()
{
    Chain chain({}, 1, {4, 16}, true);
    chain.quota->most = 1;
    std::vector<server::WorkConn> spare;
    const Pair pair = connected(chain, spare);
    QVERIFY(comeToTrunk(chain, spare, pair));
    QCOMPARE(chain.quota->taken.load(), 1u);
    Connection another = Connector().connection();
    chain.startTrunk(0, 5, std::move(another.far));
    QCOMPARE(receiveAll(another.near.get()).ending, Ending::Orderly);
    QCOMPARE(chain.trunksOfServer([](Trunk &) { return true; }).size(), 1u);
    QVERIFY(talk(pair, 20, 1));
    QCOMPARE(chain.trunksOfServer([](Trunk &trunk) { return ::shutdown(trunk.fd(), SHUT_RDWR); }).size(), 1u);
    QTRY_COMPARE(chain.quota->taken.load(), 0u);
}

/// Byte by byte, as docs/protocol.md has it.
void TestTrunks::speaksAsTheServer()
{
    Chain chain({}, 1, {1, 1}, true);
    ByHand client(chain);
    QVERIFY(client.isUp);
    QVERIFY(sendAll(client.user.get(), "waits")); // for the answer
    pollfd silent{client.work.near.get(), POLLIN, 0};
    QCOMPARE(::poll(&silent, 1, 50), 0);
    QVERIFY(client.accept(chain));
    const int trunk = client.trunk.get();
    const quint32 stream = client.stream;
    QCOMPARE(receive(trunk, 15).bytes, message(stream, 0, "waits"));
    QVERIFY(sendAll(trunk, message(stream, 5, "one") + message(stream, 5, "two")));
    QCOMPARE(receive(client.user.get(), 6).bytes, "onetwo"_ba);
    QVERIFY(sendAll(client.user.get(), "and"));
    QCOMPARE(receive(trunk, 13).bytes, message(stream, 6, "and"));

    // More than the window leaves, and what follows is in chunks again.
    const QByteArray much = noise(16 * 1024 - 2, 1);
    QVERIFY(sendAll(client.user.get(), much, much.size()));
    QByteArray got; // the kernel may deliver it in pieces, the first of which still fit
    for (QByteArray head = receive(trunk, 10).bytes; head != entry(stream, 6, leaveMark);
         head = receive(trunk, 10).bytes) {
        QVERIFY(head.startsWith(number(stream) + number(6)));
        const auto size = qFromBigEndian<quint16>(head.constData() + 8);
        QVERIFY(size > 0 && got.size() + size <= 16 * 1024 - 3); // "and" is not acknowledged yet
        got += receive(trunk, size).bytes;
    }
    QVERIFY(got.size() < much.size());
    while (got.size() < much.size()) {
        const auto size = qFromBigEndian<quint32>(receive(client.work.near.get(), 4).bytes.constData());
        QVERIFY(size > 0 && size <= 0xffffff);
        got += receive(client.work.near.get(), size).bytes;
    }
    QVERIFY(got == much);

    // The other way stays, until it has ended.
    QVERIFY(sendAll(trunk, message(stream, 8, "three")));
    QCOMPARE(receive(client.user.get(), 5).bytes, "three"_ba);
    QVERIFY(sendAll(client.work.near.get(), chunk("five") + endMark)); // before what is still on the trunk
    QVERIFY(sendAll(trunk, message(stream, 8, "four") + entry(stream, 8, leaveMark)));
    const Received rest = receiveAll(client.user.get());
    QCOMPARE(rest.bytes, "fourfive"_ba);
    QCOMPARE(rest.ending, Ending::Orderly);
    ::shutdown(client.user.get(), SHUT_WR);
    QCOMPARE(receive(client.work.near.get(), 4).bytes, endMark);
    QVERIFY(chain.returned());
    QVERIFY(sendAll(trunk, message(stream, 8, "late")));
    QCOMPARE(receive(trunk, 10).bytes, entry(stream, 0, goneMark));
}

/// The other end, against a server played by hand.
void TestTrunks::speaksAsTheClient()
{
    RelayPool loops(1);
    Port proxyPort;
    Port service;
    const auto services = std::make_shared<client::ServiceMap>();
    services->set({{QString(), {net::dialTarget(u"127.0.0.1"_s, service.number())}}});
    client::WorkConnectionManager pool(loops, {1, 1}, services);
    pool.setReuse(true);
    pool.setTrunks(true);
    pool.open({{QHostAddress(QHostAddress::LocalHost), proxyPort.number()}}, u"secret"_s,
        std::make_shared<RelayMeter>());
    const UniqueFd work = proxyPort.next();
    QCOMPARE(receiveFrame(work.get()), R"({"NewWorkConn":{"session":"secret"}})"_ba);
    QVERIFY(sendAll(
        work.get(), frame(R"({"StartProxyConn":{"proxy_conn_id":"one","chunks":true}})") + chunk("go")));
    const UniqueFd served = service.next();
    QCOMPARE(receive(served.get(), 2).bytes, "go"_ba);
    QVERIFY(sendAll(served.get(), "yes"));
    QCOMPARE(receive(work.get(), ready.size() + 7).bytes, ready + chunk("yes"));

    // There is no trunk yet: it is dialled.
    QVERIFY(sendAll(work.get(), chunk("a") + proposal + number(3) + number(70)));
    QCOMPARE(receive(work.get(), 4).bytes, refusal);
    UniqueFd trunk = proxyPort.next();
    while (trunk && !receiveFrame(trunk.get()).contains("server_loop")) // the other waiting one comes, too
        trunk = proxyPort.next();
    QVERIFY(trunk);
    QVERIFY(sendAll(trunk.get(), entry(0, 0, helloMark)));
    QByteArray answer = refusal;
    quint32 stream = 70;
    for (int i = 0; i < 100 && answer == refusal; ++i) {
        QThread::msleep(10); // the client says in no other way that it has taken the trunk into use
        QVERIFY(sendAll(work.get(), chunk("b") + proposal + number(3) + number(++stream)));
        answer = receive(work.get(), 4).bytes;
    }
    QCOMPARE(answer, acceptance);
    QCOMPARE(receive(work.get(), 4).bytes, number(0));

    QVERIFY(sendAll(served.get(), "waits"));
    pollfd silent{trunk.get(), POLLIN, 0};
    QCOMPARE(::poll(&silent, 1, 50), 0);
    QVERIFY(sendAll(trunk.get(), entry(stream, 0, openMark) + message(stream, 0, "request")));
    QByteArray atService = receive(served.get(), 1 + qsizetype(stream - 70) + 7).bytes;
    QVERIFY2(atService.endsWith("request"), atService.constData());
    QByteArray first = receive(trunk.get(), 15).bytes;
    QVERIFY(first == message(stream, 0, "waits") || first == message(stream, 7, "waits"));
    QVERIFY(sendAll(served.get(), "answer"));
    QCOMPARE(receive(trunk.get(), 16).bytes, message(stream, 7, "answer"));
    ::shutdown(served.get(), SHUT_WR);
    QCOMPARE(receive(trunk.get(), 10).bytes, entry(stream, 7, leaveMark));
    QCOMPARE(receive(work.get(), 4).bytes, endMark);
    QVERIFY(sendAll(trunk.get(), entry(stream, 11, leaveMark)));
    QVERIFY(sendAll(work.get(), endMark));
    QCOMPARE(receiveAll(served.get()).ending, Ending::Orderly);
    pool.close();
}

void TestTrunks::staysWhereItIsIfRefused_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("atUser");
    QTest::newRow("refused") << refusal + chunk("more") << "more"_ba;
    QTest::newRow("gone raw instead") << number(0xffffffff) + "more"
                                      << "more"_ba;
    QTest::newRow("ended instead") << endMark << QByteArray();
}

void TestTrunks::staysWhereItIsIfRefused()
{
    QFETCH(QByteArray, answer);
    QFETCH(QByteArray, atUser);
    Chain chain({}, 1, {1, 1}, true);
    ByHand client(chain);
    QVERIFY(client.isUp);
    QVERIFY(sendAll(client.user.get(), "waits"));
    QVERIFY(sendAll(client.work.near.get(), answer));
    QCOMPARE(receive(client.user.get(), atUser.size()).bytes, atUser);
    const bool isRaw = answer.startsWith(number(0xffffffff));
    const QByteArray expected = isRaw ? number(0xffffffff) + "waits" : chunk("waits");
    QCOMPARE(receive(client.work.near.get(), expected.size()).bytes, expected);
}

void TestTrunks::cutsOffClientsThatBreakTheRules_data()
{
    QTest::addColumn<QByteArray>("onWork"); // after the proposal
    QTest::newRow("a trunk that is not there") << acceptance + number(7);
    QTest::newRow("a proposal of its own") << proposal + number(0) + number(1);
    QTest::newRow("an unknown mark") << number(0xfffffffb);
    QTest::newRow("two answers") << refusal + refusal;
}

/// What it says about trunks on its work connection.
void TestTrunks::cutsOffClientsThatBreakTheRules()
{
    QFETCH(QByteArray, onWork);
    Chain chain({}, 1, {1, 1}, true);
    ByHand client(chain);
    QVERIFY(client.isUp);
    QVERIFY(sendAll(client.work.near.get(), onWork));
    QCOMPARE(receiveAll(client.user.get()).ending, Ending::Reset);
    QTRY_COMPARE(chain.serverMeter->open.load(), 0);
}

void TestTrunks::closesTrunksThatBreakTheRules_data()
{
    QTest::addColumn<QByteArray>("onTrunk"); // in front of the stream's number, where it is 0xeeeeeeee
    QTest::addColumn<bool>("endsTrunk");
    const quint32 own = 0xeeeeeeee;
    QTest::newRow("no size") << entry(own, 0, 0) << true;
    QTest::newRow("too much") << entry(own, 0, 16 * 1024 + 1) << true;
    QTest::newRow("another greeting") << entry(0, 0, helloMark) << true;
    QTest::newRow("opened by the wrong side") << entry(own, 0, openMark) << false;
    QTest::newRow("left twice") << entry(own, 0, leaveMark) + entry(own, 0, leaveMark) << false;
    QTest::newRow("more after the end") << entry(own, 0, leaveMark) + message(own, 0, "x") << false;
    QTest::newRow("got what was not sent") << message(own, 1, "x") << false;
    QByteArray flood;
    for (int i = 0; i < 100; ++i)
        flood += message(own, 0, QByteArray(16 * 1024, 'x'));
    QTest::newRow("more than the window") << flood << false;
    QByteArray strangers;
    for (quint32 i = 0; i < 200'000; ++i)
        strangers += message(0x1000000 + i, 0, "x");
    QTest::newRow("answers that nobody reads") << strangers + entry(own, 0, 0) << true;
    QByteArray turns;
    for (int i = 0; i < 50'000; ++i)
        turns += entry(0x2000000, 0, leaveMark);
    QTest::newRow("nonsense, and then an offence")
        << turns + message(0x2000000, 0, "x") + entry(own, 0, 0) << true;
}

/// Its user is cut off, and if the trunk itself makes no sense any more all of its users.
void TestTrunks::closesTrunksThatBreakTheRules()
{
    QFETCH(QByteArray, onTrunk);
    QFETCH(bool, endsTrunk);
    Chain chain({}, 1, {1, 1}, true);
    ByHand client(chain, 4096);
    QVERIFY(client.isUp && client.accept(chain));
    onTrunk.replace(number(0xeeeeeeee), number(client.stream));
    sendAll(client.trunk.get(), onTrunk);
    // Until he reads, most of a flood has nowhere to go.
    QCOMPARE(receiveAll(client.user.get()).ending, Ending::Reset);
    QTRY_COMPARE(chain.serverMeter->open.load(), 0);
    sendAll(client.trunk.get(), message(0x77777777, 0, "for nobody"));
    QByteArray answers;
    for (;;) {
        const Received next = receive(client.trunk.get(), 10);
        if (next.ending != Ending::None) {
            QVERIFY(endsTrunk);
            break;
        }
        if (next.bytes == entry(0x77777777, 0, goneMark)) {
            QVERIFY(!endsTrunk);
            break;
        }
    }
}

QTEST_GUILESS_MAIN(TestTrunks)
#include "tst_trunks.moc"
