// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/controlchannel.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QCoreApplication>
#include <QPointer>
#include <QtEndian>
#include <QTest>

#include <future>

#include <poll.h>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

/// A channel, what it said, and its peer's bare socket.
class Link
{
public:
    Link()
        : Link(Connector().connection())
    { }
    explicit Link(Connection pair)
        : peer(std::move(pair.near))
        , channel(new ControlChannel(std::move(pair.far)))
    {
        QObject::connect(channel.get(), &ControlChannel::messageReceived, channel.get(),
            [this](const proto::Message &message) {
                messages.push_back(message);
                if (onMessage)
                    onMessage();
            });
        QObject::connect(channel.get(), &ControlChannel::closed, channel.get(), [this](const Error &error) {
            messagesAtClose = messages.size();
            errors.push_back(error);
        });
    }

    UniqueFd peer;
    std::vector<proto::Message> messages;
    std::vector<Error> errors;
    size_t messagesAtClose = 0;
    std::function<void()> onMessage;
    std::unique_ptr<ControlChannel> channel; // first to go
};

QByteArray request(int number)
{
    return proto::encodeFrame(proto::RequestNewProxyConn{QString::number(number)});
}

int numberOf(const proto::Message &message)
{
    return std::get<proto::RequestNewProxyConn>(message).proxyConnId.toInt();
}

/// A Login frame with a payload of exactly \a size bytes.
QByteArray paddedFrame(qsizetype size)
{
    QByteArray payload = R"({"LoginByToken":{"token":"t","padding":")";
    payload += QByteArray(size - payload.size() - 3, 'x') + R"("}})";
    return proto::frame(payload);
}

QByteArray header(quint32 length)
{
    QByteArray bytes(4, Qt::Uninitialized);
    qToBigEndian(length, bytes.data());
    return bytes;
}

/// Whether the other side ends the stream without another word.
bool isClosed(int fd)
{
    pollfd watched{fd, POLLIN, 0};
    char byte = 0;
    return ::poll(&watched, 1, 0) == 1 && ::recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) <= 0;
}

} // namespace

class TestControlChannel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void carriesMessagesBothWays();
    void takesMessagesInAnyPieces();
    void holdsTheLimitOfItsStage();
    void closesOnBadFrames_data();
    void closesOnBadFrames();
    void keepsThousandsOfMessagesInOrder();
    void answersInTheSameTurn();
    void keepsOrderWhenAHandlerRunsALoop();
    void hearsTheLastWords_data();
    void hearsTheLastWords();
    void tellsTheEndOfThePeer();
    void findsAPeerThatIsGoneAlready();
    void finishDeliversTheLastMessage();
    void finishDeliversMuchToASlowReader();
    void hearsThePeerAfterItsOwnLastWord();
    void mayFinishAtOnce();
    void mayAbortAtOnce();
    void abortInAHandlerEndsIt();
    void finishInAHandlerEndsIt();
    void ownerMayLetItGoWhenClosed();
    void dropsAPeerThatDoesNotRead();
    void doesNotBufferWhatIsNotWanted();
};

void TestControlChannel::carriesMessagesBothWays()
{
    Link link;
    QVERIFY(link.channel->isOpen());
    QCOMPARE(link.channel->peer().address, QHostAddress(QHostAddress::LocalHost));
    link.channel->send(proto::LoginResult{true, {}, u"token"_s});
    const QByteArray expected = proto::encodeFrame(proto::LoginResult{true, {}, u"token"_s});
    auto heard =
        std::async(std::launch::async, [&] { return receive(link.peer.get(), expected.size()).bytes; });
    QTRY_VERIFY(heard.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    QCOMPARE(heard.get(), expected);
    QVERIFY(sendAll(link.peer.get(), proto::encodeFrame(proto::Heartbeat{})));
    QTRY_COMPARE(link.messages.size(), 1U);
    QVERIFY(std::holds_alternative<proto::Heartbeat>(link.messages.front()));
    QVERIFY(link.errors.empty());
}

void TestControlChannel::takesMessagesInAnyPieces()
{
    Link link;
    const QByteArray stream = request(1) + request(2);
    for (qsizetype i = 0; i < stream.size(); ++i) {
        QVERIFY(sendAll(link.peer.get(), stream.sliced(i, 1)));
        QCoreApplication::processEvents();
    }
    QTRY_COMPARE(link.messages.size(), 2U);
    QCOMPARE(numberOf(link.messages.back()), 2);
}

void TestControlChannel::holdsTheLimitOfItsStage()
{
    {
        Link link;
        QVERIFY(sendAll(link.peer.get(), paddedFrame(proto::maxFrameBeforeLogin)));
        QTRY_COMPARE(link.messages.size(), 1U);
        QVERIFY(sendAll(link.peer.get(), header(proto::maxFrameBeforeLogin + 1))); // the header is enough
        QTRY_COMPARE(link.errors.size(), 1U);
        QCOMPARE(link.errors.front().code, Errc::FrameTooLarge);
    }
    {
        Link link;
        link.channel->setMaxFrame(proto::maxFrameAfterLogin);
        QVERIFY(sendAll(link.peer.get(), paddedFrame(proto::maxFrameAfterLogin)));
        QTRY_COMPARE(link.messages.size(), 1U);
        QVERIFY(sendAll(link.peer.get(), header(proto::maxFrameAfterLogin + 1)));
        QTRY_COMPARE(link.errors.size(), 1U);
        QCOMPARE(link.errors.front().code, Errc::FrameTooLarge);
    }
    {
        // Raised by the handler of the frame before, as at a login: it counts for the next frame already.
        Link link;
        link.onMessage = [&link] { link.channel->setMaxFrame(proto::maxFrameAfterLogin); };
        QVERIFY(sendAll(link.peer.get(), request(1) + paddedFrame(50'000)));
        QTRY_COMPARE(link.messages.size(), 2U);
        QVERIFY(link.errors.empty());
    }
}

void TestControlChannel::closesOnBadFrames_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("code");
    QTest::newRow("zero") << QByteArray(4, '\0') << int(Errc::FrameEmpty);
    QTest::newRow("4 GiB") << QByteArray(4, '\xff') << int(Errc::FrameTooLarge);
    QTest::newRow("HTTP") << "GET / HTTP/1.1\r\n\r\n"_ba << int(Errc::FrameTooLarge);
    QTest::newRow("TLS") << QByteArray::fromHex("160301020001000001fc") << int(Errc::FrameTooLarge);
    QTest::newRow("no JSON") << proto::frame("nonsense") << int(Errc::BadJson);
    QTest::newRow("array") << proto::frame("[1]") << int(Errc::BadJson);
    QTest::newRow("two variants") << proto::frame(R"({"Heartbeat":null,"Ping":null})") << int(Errc::BadJson);
    QTest::newRow("unknown") << proto::frame(R"({"Nonsense":{}})") << int(Errc::UnknownVariant);
    QTest::newRow("no field") << proto::frame(R"({"Login":{"email":"a"}})") << int(Errc::BadField);
    QTest::newRow("wrong type") << proto::frame(R"({"LoginByToken":{"token":1}})") << int(Errc::BadField);
}

void TestControlChannel::closesOnBadFrames()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, code);
    Link bad;
    Link good;
    QVERIFY(sendAll(bad.peer.get(), request(1) + bytes + request(2)));
    QTRY_COMPARE(bad.errors.size(), 1U);
    QCOMPARE(int(bad.errors.front().code), code);
    QCOMPARE(bad.messages.size(), 1U); // the good one before, nothing after
    QVERIFY(!bad.channel->isOpen());
    QTRY_VERIFY(isClosed(bad.peer.get()));

    QVERIFY(sendAll(good.peer.get(), request(3)));
    QTRY_COMPARE(good.messages.size(), 1U);
    QVERIFY(good.errors.empty());
    QCOMPARE(bad.errors.size(), 1U);
}

void TestControlChannel::keepsThousandsOfMessagesInOrder()
{
    constexpr int count = 5000;
    Link link;
    QByteArray stream;
    for (int i = 0; i < count; ++i)
        stream += request(i);
    auto sent = std::async(std::launch::async, [&] { return sendAll(link.peer.get(), stream); });
    QTRY_COMPARE(link.messages.size(), size_t(count));
    QVERIFY(sent.get());
    for (int i = 0; i < count; ++i)
        QCOMPARE(numberOf(link.messages[size_t(i)]), i);
    QVERIFY(link.errors.empty());
}

void TestControlChannel::answersInTheSameTurn()
{
    Link link;
    QByteArray answers;
    link.onMessage = [&] {
        link.channel->send(proto::HeartbeatAck{});
        // Runs before the event loop looks at the sockets again.
        QMetaObject::invokeMethod(
            link.channel.get(),
            [&] {
                answers.resize(100);
                const ssize_t n =
                    ::recv(link.peer.get(), answers.data(), size_t(answers.size()), MSG_DONTWAIT);
                answers.resize(std::max<ssize_t>(n, 0));
            },
            Qt::QueuedConnection);
    };
    QVERIFY(sendAll(link.peer.get(), proto::encodeFrame(proto::Heartbeat{})));
    QTRY_COMPARE(answers, proto::encodeFrame(proto::HeartbeatAck{}));
    link.channel->abort();
}

void TestControlChannel::keepsOrderWhenAHandlerRunsALoop()
{
    Link link;
    link.onMessage = [] { QCoreApplication::processEvents(); };
    QByteArray stream;
    for (int i = 0; i < 300; ++i)
        stream += request(i);
    QVERIFY(sendAll(link.peer.get(), stream.first(stream.size() / 2)));
    QTRY_VERIFY(!link.messages.empty());
    QVERIFY(sendAll(link.peer.get(), stream.sliced(stream.size() / 2)));
    QTRY_COMPARE(link.messages.size(), 300U);
    for (int i = 0; i < 300; ++i)
        QCOMPARE(numberOf(link.messages[size_t(i)]), i);
}

void TestControlChannel::hearsTheLastWords_data()
{
    QTest::addColumn<int>("count");
    QTest::newRow("one") << 1;
    QTest::newRow("many") << 200;
    QTest::newRow("more than a buffer") << 5000;
}

void TestControlChannel::hearsTheLastWords()
{
    QFETCH(int, count);
    Link link;
    QByteArray stream;
    for (int i = 0; i < count; ++i)
        stream += request(i);
    auto sent = std::async(std::launch::async, [&] {
        const bool ok = sendAll(link.peer.get(), stream + "\0\0"_ba);
        link.peer.reset();
        return ok;
    });
    QTRY_COMPARE(link.errors.size(), 1U);
    QVERIFY(sent.get());
    QCOMPARE(link.errors.front().code, Errc::PeerClosed);
    QCOMPARE(link.messagesAtClose, size_t(count));
    for (int i = 0; i < count; ++i)
        QCOMPARE(numberOf(link.messages[size_t(i)]), i);
}

void TestControlChannel::tellsTheEndOfThePeer()
{
    {
        Link link;
        QCoreApplication::processEvents();
        link.peer.reset();
        QTRY_COMPARE(link.errors.size(), 1U);
        QCOMPARE(link.errors.front().code, Errc::PeerClosed);
    }
    {
        Link link;
        QCoreApplication::processEvents();
        reset(link.peer);
        QTRY_COMPARE(link.errors.size(), 1U);
        QVERIFY(link.errors.front().code == Errc::LinkLost || link.errors.front().code == Errc::PeerClosed);
        link.channel->send(proto::Heartbeat{}); // nothing happens any more
        link.channel->finish();
        link.channel->abort();
        QCoreApplication::processEvents();
        QCOMPARE(link.errors.size(), 1U);
    }
}

void TestControlChannel::findsAPeerThatIsGoneAlready()
{
    for (const bool byReset : {true, false}) {
        Connection pair = Connector().connection();
        if (byReset)
            reset(pair.near);
        else
            pair.near.reset();
        Link link(std::move(pair));
        QVERIFY(link.errors.empty()); // not before the owner can be listening
        QTRY_COMPARE(link.errors.size(), 1U);
    }
    Link nothing{Connection{}};
    QTRY_COMPARE(nothing.errors.size(), 1U);
    QCOMPARE(nothing.errors.front().code, Errc::LinkLost);
}

void TestControlChannel::finishDeliversTheLastMessage()
{
    Link link;
    QCoreApplication::processEvents();
    link.channel->send(proto::Disconnect{u"the end"_s, 3});
    link.channel->finish();
    QVERIFY(!link.channel->isOpen());
    link.channel.reset(); // at once: what was said still goes out
    auto heard = std::async(std::launch::async, [&] { return receiveAll(link.peer.get()); });
    QTRY_VERIFY(heard.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    const Received received = heard.get();
    QCOMPARE(received.bytes, proto::encodeFrame(proto::Disconnect{u"the end"_s, 3}));
    QCOMPARE(received.ending, Ending::Orderly);
    QVERIFY(link.errors.empty());
}

void TestControlChannel::finishDeliversMuchToASlowReader()
{
    Link link;
    const int small = 4096;
    ::setsockopt(link.peer.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    QByteArray expected;
    for (int i = 0; expected.size() < 200'000; ++i) {
        link.channel->send(proto::RequestNewProxyConn{QString::number(i)});
        expected += request(i);
    }
    link.channel->finish();
    auto heard = std::async(std::launch::async, [&] { return receiveAll(link.peer.get()); });
    QTRY_VERIFY(heard.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    QVERIFY(heard.get().bytes == expected);
}

void TestControlChannel::hearsThePeerAfterItsOwnLastWord()
{
    Link link;
    link.channel->send(proto::Ping{});
    link.channel->finishSending();
    link.channel->finishSending();
    link.channel->send(proto::Pong{}); // too late, and no fault
    const QByteArray last = proto::encodeFrame(proto::Ping{});
    const Received heard = receiveAll(link.peer.get());
    QCOMPARE(heard.bytes, last);
    QCOMPARE(heard.ending, Ending::Orderly);
    QVERIFY(sendAll(link.peer.get(), request(7)));
    QTRY_COMPARE(link.messages.size(), 1U);
    QCOMPARE(numberOf(link.messages.front()), 7);
    QVERIFY(link.errors.empty());
    link.peer.reset();
    QTRY_COMPARE(link.errors.size(), 1U);
    QCOMPARE(link.errors.front().code, Errc::PeerClosed);
}

void TestControlChannel::mayFinishAtOnce()
{
    Link link;
    link.channel->finish();
    QTest::qWait(10);
    QTRY_VERIFY(isClosed(link.peer.get()));
    QVERIFY(link.errors.empty());
}

void TestControlChannel::mayAbortAtOnce()
{
    Link link;
    QVERIFY(sendAll(link.peer.get(), request(1)));
    link.channel->abort();
    QTest::qWait(10);
    QVERIFY(isClosed(link.peer.get()));
    QVERIFY(link.errors.empty());
    QVERIFY(link.messages.empty());
}

void TestControlChannel::abortInAHandlerEndsIt()
{
    Link link;
    link.onMessage = [&link] { link.channel->abort(); };
    QVERIFY(sendAll(link.peer.get(), request(1) + request(2) + header(0)));
    QTRY_VERIFY(isClosed(link.peer.get()));
    QTest::qWait(10);
    QCOMPARE(link.messages.size(), 1U);
    QVERIFY(link.errors.empty());
}

void TestControlChannel::finishInAHandlerEndsIt()
{
    Link link;
    link.onMessage = [&link] {
        link.channel->send(proto::Heartbeat{});
        link.channel->finish();
    };
    QVERIFY(sendAll(link.peer.get(), request(1) + request(2)));
    auto heard = std::async(std::launch::async, [&] { return receiveAll(link.peer.get()); });
    QTRY_VERIFY(heard.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    QCOMPARE(heard.get().bytes, proto::encodeFrame(proto::Heartbeat{}));
    QCOMPARE(link.messages.size(), 1U);
    QVERIFY(link.errors.empty());
}

void TestControlChannel::ownerMayLetItGoWhenClosed()
{
    const QList<QByteArray> endings{header(0), {}};
    for (const QByteArray &ending : endings) {
        Connection pair = Connector().connection();
        auto *owner = new QObject;
        auto *channel = new ControlChannel(std::move(pair.far), owner);
        const QPointer<ControlChannel> alive(channel);
        connect(channel, &ControlChannel::closed, owner, [owner] { owner->deleteLater(); });
        QVERIFY(sendAll(pair.near.get(), request(1) + ending));
        if (ending.isEmpty())
            pair.near.reset();
        QTRY_VERIFY(!alive);
    }
}

void TestControlChannel::dropsAPeerThatDoesNotRead()
{
    Link link;
    const proto::Message message = proto::RequestNewProxyConn{QString(60, u'x')};
    const qsizetype size = proto::encodeFrame(message).size();
    qsizetype sent = 0;
    while (link.errors.empty() && sent < 64 * 1024 * 1024) {
        link.channel->send(message);
        sent += size;
        if (sent % (100 * size) == 0)
            QCoreApplication::processEvents(); // some goes to the kernel, until that is full
    }
    QCOMPARE(link.errors.size(), 1U);
    QCOMPARE(link.errors.front().code, Errc::OutboxFull);
    QVERIFY(!link.channel->isOpen());
    QTest::qWait(10);
    QCOMPARE(link.errors.size(), 1U);
}

/// A peer that sends faster than it is listened to waits in the kernel, not in our memory.
void TestControlChannel::doesNotBufferWhatIsNotWanted()
{
    Link link;
    QByteArray chunk;
    while (chunk.size() < 1024 * 1024)
        chunk += request(1);
    bool blocked = false;
    link.onMessage = [&] {
        if (blocked)
            return;
        // While this handler runs (a slow one, or one with a loop), nothing is taken in beyond the buffer.
        for (int i = 0; i < 100 && !blocked; ++i) {
            for (int j = 0; j < 10; ++j) {
                if (::send(link.peer.get(), chunk.constData(), size_t(chunk.size()), MSG_DONTWAIT) < 0)
                    blocked = true;
            }
            QCoreApplication::processEvents();
        }
        link.channel->abort();
    };
    QVERIFY(sendAll(link.peer.get(), request(1)));
    QTRY_VERIFY(blocked);
}

const frpx::test::TestRegistration registration(
    "tst_controlchannel", frpx::test::runTest<TestControlChannel>);

#include "tst_controlchannel.moc"
