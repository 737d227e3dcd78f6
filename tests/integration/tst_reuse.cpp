// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/testregistry.h"
#include "tests/support/workchain.h"

#include <QRandomGenerator>
#include <QScopeGuard>
#include <QTest>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray ready = frame(R"("ProxyConnReady")");
QByteArray chunk(const QByteArray &bytes)
{
    const ChunkCodec::Head head = ChunkCodec::headOf(size_t(bytes.size()));
    return QByteArray(head.data(), head.size()) + bytes;
}
const QByteArray endMark(4, '\0');

/// A visitor, and the connection of the service that serves it.
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

/// A visitor with its service: on a connection that has served others, or on a new one.
Pair connected(Chain &chain)
{
    server::WorkConn work = chain.returned(0);
    for (int i = 0; i < 20 && !work; ++i)
        work = chain.dialled();
    Pair pair;
    pair.user = chain.user(std::move(work));
    pair.service = chain.service();
    return pair;
}

} // namespace

class TestReuse : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_descriptors = openDescriptors(); }
    void cleanup() { QTRY_COMPARE(openDescriptors(), m_descriptors); }

    void servesOneUserAfterAnother_data() { backends(); }
    void servesOneUserAfterAnother();
    void keepsEveryByteAndEnd_data();
    void keepsEveryByteAndEnd();
    void letsBulkGoRaw_data() { backends(); }
    void letsBulkGoRaw();
    void passesResetsOn_data() { backends(); }
    void passesResetsOn();
    void doesNotTakeACutForAnEnd_data() { backends(); }
    void doesNotTakeACutForAnEnd();
    void refusesTheWrongEnd_data();
    void refusesTheWrongEnd();
    void holdsNothingOfAUserWhoDoesNotRead_data() { backends(); }
    void holdsNothingOfAUserWhoDoesNotRead();
    void carriesConversations_data() { backends(); }
    void carriesConversations();
    void letsConversationsGrow_data() { backends(); }
    void letsConversationsGrow();
    void keepsToALimit_data() { backends(); }
    void keepsToALimit();
    void noticesThatNobodyIsThereAnyMore_data() { backends(); }
    void noticesThatNobodyIsThereAnyMore();
    void bringsTheAnswerOfAServiceThatHangsUp_data() { backends(); }
    void bringsTheAnswerOfAServiceThatHangsUp();

private:
    static void backends();

    int m_descriptors = 0;
};

void TestReuse::backends()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::newRow("native") << QByteArray();
    QTest::newRow("portable") << "portable"_ba;
}

void TestReuse::servesOneUserAfterAnother()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend);
    server::WorkConn work = chain.dialled();
    server::WorkConn replacement;
    constexpr int users = 30;
    for (int i = 0; i < users; ++i) {
        QVERIFY(work);
        const QByteArray request = "request of " + QByteArray::number(i);
        const UniqueFd user = chain.user(std::move(work), request);
        const UniqueFd service = chain.service();
        QVERIFY(service);
        if (i == 0)
            replacement = chain.dialled(); // there shall be one that waits; with two no more are dialled
        QCOMPARE(receive(service.get(), request.size()).bytes, request);
        QVERIFY(sendAll(service.get(), "answer"));
        // Either may be the first to end.
        const int first = i % 2 == 0 ? service.get() : user.get();
        const int second = i % 2 == 0 ? user.get() : service.get();
        ::shutdown(first, SHUT_WR);
        if (i % 2 == 0)
            QCOMPARE(receiveAll(user.get()).bytes, "answer"_ba);
        else
            QCOMPARE(receiveAll(service.get()).ending, Ending::Orderly);
        ::shutdown(second, SHUT_WR);
        work = chain.returned();
        if (i % 2 != 0) {
            const Received answer = receiveAll(user.get());
            QCOMPARE(answer.bytes, "answer"_ba);
            QCOMPARE(answer.ending, Ending::Orderly);
        }
    }
    QVERIFY(work.isQuiet());
    QCOMPARE(chain.serverMeter->started.load(), quint64(users));
    QCOMPARE(chain.clientMeter->started.load(), quint64(users));
    QTRY_COMPARE(chain.serverMeter->open.load(), 0);
    QTRY_COMPARE(chain.clientMeter->open.load(), 0);
    QCOMPARE(chain.serverMeter->bytesToVisitor.load(), quint64(users * 6));
    QCOMPARE(chain.serverMeter->bytesToService.load(), chain.clientMeter->bytesToService.load());
}

void TestReuse::keepsEveryByteAndEnd_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<int>("largest");
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const char *name = backend.isEmpty() ? "native" : "portable";
        QTest::addRow("%s, small", name) << backend << 3000;
        QTest::addRow("%s, about where it goes raw", name) << backend << 60'000;
        QTest::addRow("%s, large", name) << backend << 900'000;
    }
}

/// Users with random bytes both ways at the same time, in random pieces, some of it early; each way ends by
/// itself. Connections that come back are used again.
void TestReuse::keepsEveryByteAndEnd()
{
    QFETCH(QByteArray, backend);
    QFETCH(int, largest);
    Chain chain(backend);
    QRandomGenerator random(largest);
    server::WorkConn work;
    int returned = 0;
    constexpr int users = 25;
    for (int i = 0; i < users; ++i) {
        if (!work)
            work = chain.dialled();
        QVERIFY(work);
        const QByteArray up = noise(random.bounded(largest), random.generate());
        const QByteArray down = noise(random.bounded(largest), random.generate());
        const qsizetype early = std::min<qsizetype>(up.size(), random.bounded(20'000));
        const UniqueFd user = chain.user(std::move(work), QByteArrayView(up).first(early));
        QVERIFY(user);
        const UniqueFd service = chain.service();
        QVERIFY(service);
        auto sendUp = sendLater(user.get(), up.sliced(early), random.generate());
        auto sendDown = sendLater(service.get(), down, random.generate());
        auto gotUp = receiveLater(service.get());
        auto gotDown = receiveLater(user.get());
        QVERIFY(sendUp.get());
        QVERIFY(sendDown.get());
        const Received atService = gotUp.get();
        const Received atUser = gotDown.get();
        QVERIFY(atService.bytes == up);
        QVERIFY(atUser.bytes == down);
        QCOMPARE(atService.ending, Ending::Orderly);
        QCOMPARE(atUser.ending, Ending::Orderly);
        const bool small = up.size() <= 32 * 1024 && down.size() <= 32 * 1024;
        work = chain.returned(small ? 5000 : 20);
        QCOMPARE(bool(work), small);
        returned += work ? 1 : 0;
    }
    if (largest == 3000)
        QCOMPARE(returned, users);
    QTRY_COMPARE(chain.clientMeter->open.load(), 0);
    QCOMPARE(chain.serverMeter->bytesToVisitor.load(), chain.clientMeter->bytesToVisitor.load());
    QCOMPARE(chain.serverMeter->bytesToService.load(), chain.clientMeter->bytesToService.load());
    QCOMPARE(chain.serverMeter->started.load(), quint64(users));
}

/// A long download without a word from the user, and a long upload after the service has ended: both programs
/// pass on from socket to socket in the end, and neither waits for the other to say something.
void TestReuse::letsBulkGoRaw()
{
    QFETCH(QByteArray, backend);
    for (const bool isUpload : {false, true}) {
        for (const bool otherHasEnded : {false, true}) {
            Chain chain(backend);
            const UniqueFd user = chain.user(chain.dialled(), "go");
            const UniqueFd service = chain.service();
            QCOMPARE(receive(service.get(), 2).bytes, "go"_ba);
            const int from = isUpload ? user.get() : service.get();
            const int to = isUpload ? service.get() : user.get();
            if (otherHasEnded) {
                ::shutdown(to, SHUT_WR);
                QCOMPARE(receiveAll(from).ending, Ending::Orderly);
            }
            const QByteArray bytes = noise(5'000'000, 3);
            auto sending = sendLater(from, bytes, 1);
            auto receiving = receiveLater(to);
            QVERIFY(sending.get());
            const Received got = receiving.get();
            QVERIFY(got.bytes == bytes);
            QCOMPARE(got.ending, Ending::Orderly);
            if (!otherHasEnded) {
                QVERIFY(sendAll(to, "thanks"));
                ::shutdown(to, SHUT_WR);
                const Received thanks = receiveAll(from);
                QCOMPARE(thanks.bytes, "thanks"_ba);
                QCOMPARE(thanks.ending, Ending::Orderly);
            }
            QTRY_COMPARE(chain.serverMeter->open.load(), 0);
            QTRY_COMPARE(chain.clientMeter->open.load(), 0);
            QCOMPARE(chain.serverMeter->started.load(), 1u);
            QVERIFY(!chain.returned(20));
        }
    }
}

void TestReuse::passesResetsOn()
{
    QFETCH(QByteArray, backend);
    for (const bool byUser : {true, false}) {
        Chain chain(backend);
        UniqueFd user = chain.user(chain.dialled(), "go");
        UniqueFd service = chain.service();
        QCOMPARE(receive(service.get(), 2).bytes, "go"_ba);
        QVERIFY(sendAll(service.get(), "half an ans"));
        QCOMPARE(receive(user.get(), 11).bytes, "half an ans"_ba);
        reset(byUser ? user : service);
        QCOMPARE(receiveAll(byUser ? service.get() : user.get()).ending, Ending::Reset);
        QVERIFY(!chain.returned(20));
        QTRY_COMPARE(chain.serverMeter->open.load(), 0);
        QTRY_COMPARE(chain.clientMeter->open.load(), 0);
    }
}

/// A client that ends without having said that the service's bytes are over: the user must not believe that
/// he has got them all.
void TestReuse::doesNotTakeACutForAnEnd()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend);
    Connector connector;
    Connection work = connector.connection();
    const UniqueFd user = chain.user({std::move(work.far)}, "go");
    receive(work.near.get(), 4);
    QVERIFY(sendAll(work.near.get(), ready + chunk("half an ans")));
    QCOMPARE(receive(user.get(), 11).bytes, "half an ans"_ba);
    ::shutdown(work.near.get(), SHUT_WR);
    QCOMPARE(receiveAll(user.get()).ending, Ending::Reset);
    QVERIFY(!chain.returned(20));
}

void TestReuse::refusesTheWrongEnd_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("later");
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const char *name = backend.isEmpty() ? "native" : "portable";
        QTest::addRow("%s, no chunks with the answer", name) << backend << ready + "HTTP/1.1 200 OK\r\n\r\n"
                                                             << QByteArray();
        QTest::addRow("%s, no chunks later", name) << backend << ready << "HTTP/1.1 200 OK\r\n\r\n"_ba;
        QTest::addRow("%s, more after the end", name)
            << backend << ready + chunk("ok") + endMark << "one more thing"_ba;
        QTest::addRow("%s, more with the end", name)
            << backend << ready + chunk("ok") + endMark + "one more thing" << QByteArray();
    }
}

/// Whatever a client says out of turn, its connection is not given to another user.
void TestReuse::refusesTheWrongEnd()
{
    QFETCH(QByteArray, backend);
    QFETCH(QByteArray, answer);
    QFETCH(QByteArray, later);
    Chain chain(backend);
    Connector connector;
    Connection work = connector.connection();
    const UniqueFd user = chain.user({std::move(work.far)}, "go");
    receive(work.near.get(), 4);
    QVERIFY(sendAll(work.near.get(), answer));
    if (!later.isEmpty()) {
        QTRY_VERIFY(chain.serverMeter->started.load() > 0);
        QVERIFY(sendAll(work.near.get(), later));
    }
    ::shutdown(user.get(), SHUT_WR);
    const Received got = receiveAll(user.get());
    QVERIFY(got.ending == Ending::Orderly || got.ending == Ending::Reset);
    QVERIFY(got.bytes.isEmpty() || got.bytes == "ok");
    server::WorkConn back = chain.returned(50);
    QVERIFY(!back || !back.isQuiet()); // that is what the pool looks at
}

/// Back-pressure goes all the way: what a user does not take stays with the service.
void TestReuse::holdsNothingOfAUserWhoDoesNotRead()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend);
    const UniqueFd user = chain.user(chain.dialled(), "go", 4096);
    const UniqueFd service = chain.service();
    ::fcntl(service.get(), F_SETFL, O_RDWR | O_NONBLOCK);
    const QByteArray bytes = noise(1'000'000, 9);
    qsizetype sent = 0;
    // Buffers of the kernel take some megabytes on three connections; after that it has to stop.
    constexpr qsizetype most = 64 * 1024 * 1024;
    for (qint64 quietSince = steadyMs(); sent < most && steadyMs() - quietSince < 300;) {
        const ssize_t n = ::send(service.get(), bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL);
        if (n > 0) {
            sent += n;
            quietSince = steadyMs();
        } else {
            QTest::qWait(5);
        }
    }
    QVERIFY(sent < most);
    QCOMPARE(chain.clientMeter->open.load(), 1);
}

/// Many users at once, in two loops of each program; afterwards the work connections are as good as new.
void TestReuse::carriesConversations()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 2, {8, 16});
    constexpr int users = 12;
    constexpr int rounds = 20; // fewer bytes than it takes to go raw
    for (int generation = 0; generation < 2; ++generation) {
        std::vector<Pair> pairs;
        for (int i = 0; i < users; ++i) {
            pairs.push_back(connected(chain));
            QVERIFY(pairs.back().user && pairs.back().service);
        }
        std::vector<std::future<bool>> talks;
        for (int i = 0; i < users; ++i)
            talks.push_back(std::async(std::launch::async,
                [&pair = pairs[size_t(i)], i] { return talk(pair, rounds, quint32(i)); }));
        for (std::future<bool> &each : talks)
            QVERIFY(each.get());
        for (int i = 0; i < users; ++i) {
            const Pair &pair = pairs[size_t(i)];
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
        std::vector<server::WorkConn> back;
        for (int i = 0; i < users; ++i) {
            back.push_back(chain.returned());
            QVERIFY(back.back() && back.back().isQuiet());
        }
        for (server::WorkConn &work : back)
            chain.putBack(std::move(work));
    }
    QCOMPARE(chain.serverMeter->bytesToVisitor.load(), chain.clientMeter->bytesToVisitor.load());
    QCOMPARE(chain.serverMeter->bytesToService.load(), chain.clientMeter->bytesToService.load());
}

/// Conversations that turn into something else, in random pieces both ways at once, and end in every order.
void TestReuse::letsConversationsGrow()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend, 2, {8, 16});
    QRandomGenerator random(4711);
    constexpr int users = 8;
    for (const int largest : {1, 3000, 40'000, 400'000}) {
        std::vector<Pair> pairs;
        for (int i = 0; i < users; ++i) {
            pairs.push_back(connected(chain));
            QVERIFY(pairs.back().user && pairs.back().service);
        }
        std::vector<std::future<bool>> all;
        for (int i = 0; i < users; ++i) {
            all.push_back(
                std::async(std::launch::async, [&pair = pairs[size_t(i)], largest, seed = random.generate()] {
                    QRandomGenerator own(seed);
                    if (!talk(pair, 5 + own.bounded(80), seed))
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
        for (std::future<bool> &each : all)
            QVERIFY(each.get());
    }
    QTRY_COMPARE(chain.serverMeter->open.load(), 0);
    QTRY_COMPARE(chain.clientMeter->open.load(), 0);
    QCOMPARE(chain.serverMeter->bytesToVisitor.load(), chain.clientMeter->bytesToVisitor.load());
    QCOMPARE(chain.serverMeter->bytesToService.load(), chain.clientMeter->bytesToService.load());
}

/// A rate limit holds in chunks, and what comes while a way rests is not lost.
void TestReuse::keepsToALimit()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend);
    chain.limit = std::make_shared<RateLimit>(200'000);
    const Pair pair = connected(chain);
    const qint64 began = steadyMs();
    QVERIFY(talk(pair, 250, 2)); // 190 kB of answers, 64 KiB of which may come at once
    QVERIFY(steadyMs() - began > 500);
}

/// A user who has ended in order and is gone altogether: the service gets to know when it goes on sending.
void TestReuse::noticesThatNobodyIsThereAnyMore()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend);
    Pair pair = connected(chain);
    QVERIFY(talk(pair, 10, 1));
    pair.user.reset();
    QCOMPARE(receiveAll(pair.service.get()).ending, Ending::Orderly);
    QTRY_VERIFY(!sendAll(pair.service.get(), "still there?"));
    QTRY_COMPARE(chain.serverMeter->open.load(), 0);
    QTRY_COMPARE(chain.clientMeter->open.load(), 0);
}

/// A large upload that the service refuses: its answer stands before the reset.
void TestReuse::bringsTheAnswerOfAServiceThatHangsUp()
{
    QFETCH(QByteArray, backend);
    Chain chain(backend);
    for (int i = 0; i < 20; ++i) {
        Pair pair = connected(chain);
        QVERIFY(talk(pair, 10, 1));
        const QByteArray upload = noise(3'000'000, 1);
        auto sending = std::async(std::launch::async, [&] { return sendAll(pair.user.get(), upload); });
        receive(pair.service.get(), 1000);
        QVERIFY(sendAll(pair.service.get(), "too large"));
        pair.service.reset(); // with unread bytes: that resets it
        // As much as TCP itself promises: the answer, or the news that it was cut off.
        const Received answer = receiveAll(pair.user.get());
        QVERIFY(answer.bytes == "too large" || answer.ending == Ending::Reset);
        sending.get();
        pair.user.reset(); // all its bytes may have been taken: then its side ends in the other way
        QTRY_COMPARE(chain.serverMeter->open.load(), 0);
        QTRY_COMPARE(chain.clientMeter->open.load(), 0);
    }
}

const frpx::test::TestRegistration registration("tst_reuse", frpx::test::runTest<TestReuse>);

#include "tst_reuse.moc"
