// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/protocol/tunnelmessages.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <optional>
#include <variant>

/// The messages on the wire. docs/protocol.md tells who sends what and when; the JSON keys are known to
/// messages.cpp alone. The first group is the original protocol; the second goes only to a peer that has
/// announced the feature named with it, because an original client exits on a variant it does not know.
namespace frpx::proto {

// Lengths in characters; a longer field is refused by decode() with Errc::BadField.
constexpr qsizetype maxEmailLength = 254;
constexpr qsizetype maxPasswordLength = 1024;
constexpr qsizetype maxTokenLength = 4096;
constexpr qsizetype maxConnIdLength = 64;
constexpr qsizetype maxTextLength = 512;
constexpr qsizetype maxFeatures = 32;
constexpr int maxPooledPerClient = 256; ///< waiting work connections of one client
constexpr int maxWeight = 1000; ///< of a client beside the others
constexpr int maxHeartbeatS = 300; ///< between heartbeats
constexpr int missedHeartbeatsUntilDead = 3; ///< on both sides: so many intervals of silence end a link

namespace feature {
inline constexpr QStringView heartbeatAck = u"heartbeat-ack"; ///< server answers Heartbeat with HeartbeatAck
inline constexpr QStringView connFailed = u"conn-failed"; ///< client may answer with ProxyConnFailed
inline constexpr QStringView ping = u"ping"; ///< Ping is answered with Pong, in both directions
inline constexpr QStringView disconnect = u"disconnect"; ///< server says Disconnect before it hangs up
inline constexpr QStringView workConn = u"work-conn"; ///< client dials work connections in advance
inline constexpr QStringView userAddress = u"user-address"; ///< client wants to know where users come from
inline constexpr QStringView health = u"health"; ///< client reports the Health of its local service
inline constexpr QStringView drain = u"drain"; ///< Drain is understood, in both directions
inline constexpr QStringView reuse = u"reuse"; ///< work connections serve one user after another, in chunks
inline constexpr QStringView tunnels = u"tunnels"; ///< client opens tunnels: see tunnelmessages.h
inline constexpr QStringView retryTunnels = u"retry-tunnels"; ///< server says when to ask again for tunnels
inline constexpr QStringView streamEnds = u"stream-ends"; ///< an end without FIN of a plain stream is a cut
} // namespace feature

/// Every feature this build speaks.
QStringList ownFeatures();
/// What both sides speak.
QStringList commonFeatures(const QStringList &peer);

// --- the original protocol ---

struct Login
{
    QString email;
    QString pass;
    bool operator==(const Login &) const = default;
};

struct LoginByToken
{
    QString token;
    bool operator==(const LoginByToken &) const = default;
};

struct LoginResult
{
    bool success = false;
    std::optional<QString> error;
    std::optional<QString> token; ///< only after Login
    bool operator==(const LoginResult &) const = default;
};

struct Register
{
    QString clientId;
    // Ours; an original peer neither sends nor reads them.
    std::optional<QString> version;
    std::optional<QStringList> features;
    std::optional<QString> computerName;
    std::optional<QString> instance; ///< random per process: the same one again is the same process
    std::optional<int> poolMin; ///< work connections the client always keeps ready
    std::optional<int> weight = {}; ///< its share of the users beside the other clients; 1 if not given
    std::optional<int> heartbeatS = {}; ///< it sends a Heartbeat every so many seconds
    std::optional<bool> onlyTunnels = {}; ///< it serves the tunnels it opens, and not the default one
    std::optional<int> poolMax = {}; ///< so many of its work connections may wait again after a user
    bool operator==(const Register &) const = default;
};

struct RegisterResult
{
    bool success = false;
    std::optional<QString> error;
    std::optional<QStringList> features; ///< ours: what both sides may use from here on
    std::optional<QString> session; ///< ours: the secret that work connections of this session present
    std::optional<int> publicPort = {}; ///< ours: where the users of the default tunnel come in
    bool operator==(const RegisterResult &) const = default;
};

struct Heartbeat
{
    bool operator==(const Heartbeat &) const = default;
};

struct SystemInfo
{
    double cpuUsage = 0; ///< percent
    double memoryUsage = 0; ///< percent
    double diskUsage = 0; ///< percent
    std::optional<QString> computerName;
    bool operator==(const SystemInfo &) const = default;
};

/// Who has come and where to, in numbers; for a client that tells its local service.
struct UserAddress
{
    QString sourceAddr;
    int sourcePort = 0;
    QString targetAddr;
    int targetPort = 0;
    bool operator==(const UserAddress &) const = default;
};

struct RequestNewProxyConn
{
    QString proxyConnId;
    std::optional<UserAddress> user = {}; ///< ours: feature `user-address`
    std::optional<QString> tunnel = {}; ///< ours: its name; absent: the default tunnel
    bool operator==(const RequestNewProxyConn &) const = default;
};

struct NewProxyConn
{
    QString proxyConnId;
    bool operator==(const NewProxyConn &) const = default;
};

// --- only after negotiation ---

struct HeartbeatAck
{
    bool operator==(const HeartbeatAck &) const = default;
};

/// The client cannot serve this connection; the server offers it to another client.
struct ProxyConnFailed
{
    QString proxyConnId;
    QString reason;
    bool operator==(const ProxyConnFailed &) const = default;
};

struct Ping
{
    bool operator==(const Ping &) const = default;
};

struct Pong
{
    bool operator==(const Pong &) const = default;
};

/// The server is about to hang up: why, and how many seconds to stay away.
struct Disconnect
{
    QString reason;
    int retryAfterS = 0;
    bool operator==(const Disconnect &) const = default;
};

/// Opens a work connection in advance: it waits on the proxy port until a user comes.
struct NewWorkConn
{
    QString session; ///< from RegisterResult
    bool operator==(const NewWorkConn &) const = default;
};

/// A user has come: the server says so on a waiting work connection. The user's bytes may follow at once. The
/// client answers on the same connection, before anything else, with ProxyConnReady or ProxyConnFailed.
struct StartProxyConn
{
    QString proxyConnId;
    std::optional<UserAddress> user = {}; ///< feature `user-address`
    std::optional<QString> tunnel = {}; ///< its name; absent: the default tunnel
    /// Feature `reuse`: behind this message and ProxyConnReady there are chunks (ChunkCodec), and after their
    /// end the connection waits again.
    std::optional<bool> chunks = {};
    bool operator==(const StartProxyConn &) const = default;
};

/// The local service is reached; its bytes follow.
struct ProxyConnReady
{
    bool operator==(const ProxyConnReady &) const = default;
};

/// What the client has found of its local service. An unhealthy client stays connected, but gets no users as
/// long as others are healthy.
struct Health
{
    bool healthy = true;
    std::optional<QString> detail; ///< what is wrong, for people
    std::optional<QString> warning = {}; ///< what is not right although it is healthy, for people
    bool operator==(const Health &) const = default;
};

/// The sender is about to leave: nothing new is to come its way, what is under way goes on. From a client: no
/// more users. From a server: it takes no more users and the link will end.
struct Drain
{
    bool operator==(const Drain &) const = default;
};

using Message = std::variant<Login, LoginByToken, LoginResult, Register, RegisterResult, Heartbeat,
    SystemInfo, RequestNewProxyConn, NewProxyConn, HeartbeatAck, ProxyConnFailed, Ping, Pong, Disconnect,
    NewWorkConn, StartProxyConn, ProxyConnReady, Health, Drain, OpenTunnel, OpenTunnelResult, CloseTunnel,
    TunnelClosed, ListServices, Services, ListFreePorts, FreePorts, RetryTunnels>;

/// The variant's name on the wire, for logs.
QLatin1String messageName(const Message &message);

/// The JSON payload, fields in the original's order.
QByteArray encode(const Message &message);

/// encode() with the length header in front.
QByteArray encodeFrame(const Message &message);

/// Reads one payload. Unknown fields are ignored, as the original does. Errors: Errc::BadJson,
/// Errc::UnknownVariant, Errc::BadField; the detail names the variant and field, never the value.
Result<Message> decode(QByteArrayView payload);

/// Overwrites the passwords and tokens in \a message that nobody else has a copy of. \return whether it is of
/// a kind that holds any.
bool wipeSecrets(Message &message);

} // namespace frpx::proto
