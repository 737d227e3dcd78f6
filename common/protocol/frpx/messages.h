// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/protocol/frpx/tunnelmessages.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <optional>
#include <variant>

/// The messages on the wire. docs/protocol.md says which side sends what and when; only messages.cpp knows
/// the JSON keys. The first group is the original protocol; the second is sent only to a peer that has
/// announced the feature named with it, because an original client exits on an unknown variant.
namespace frpx::proto {

// Lengths in characters; decode() refuses a longer field with Errc::BadField.
constexpr qsizetype maxEmailLength = 254;
constexpr qsizetype maxPasswordLength = 1024;
constexpr qsizetype maxTokenLength = 4096;
constexpr qsizetype maxConnIdLength = 64;
constexpr qsizetype maxTextLength = 512;
constexpr qsizetype maxFeatures = 32;
constexpr int maxPooledPerClient = 256; ///< waiting work connections of one client
constexpr int maxWeight = 1000; ///< of a client relative to the others
constexpr int maxHeartbeatS = 300; ///< between heartbeats
/// on both sides: a link without messages is closed after so many intervals
constexpr int missedHeartbeatsUntilDead = 3;

namespace feature {
inline constexpr QStringView heartbeatAck = u"heartbeat-ack"; ///< server answers Heartbeat with HeartbeatAck
inline constexpr QStringView connFailed = u"conn-failed"; ///< client may answer with ProxyConnFailed
inline constexpr QStringView ping = u"ping"; ///< Ping is answered with Pong, in both directions
/// server sends Disconnect before it closes the link
inline constexpr QStringView disconnect = u"disconnect";
inline constexpr QStringView workConn = u"work-conn"; ///< client dials work connections in advance
inline constexpr QStringView visitorAddress = u"user-address"; ///< client wants the visitors' addresses
inline constexpr QStringView health = u"health"; ///< client reports the Health of its local service
inline constexpr QStringView drain = u"drain"; ///< Drain is understood, in both directions
/// work connections serve one visitor after another, in chunks
inline constexpr QStringView reuse = u"reuse";
inline constexpr QStringView tunnels = u"tunnels"; ///< client opens tunnels: see tunnelmessages.h
inline constexpr QStringView retryTunnels = u"retry-tunnels"; ///< server tells when to request tunnels again
/// an end without FIN of a plain stream is marked as a cut
inline constexpr QStringView streamEnds = u"stream-ends";
inline constexpr QStringView tunnelHealth = u"tunnel-health"; ///< Health may name a tunnel
} // namespace feature

/// The features of this build.
QStringList ownFeatures();
/// The features of both sides.
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
    // Extensions; an original peer neither sends nor reads them.
    std::optional<QString> version;
    std::optional<QStringList> features;
    std::optional<QString> computerName;
    std::optional<QString> instance; ///< random per process: equal values mean the same process
    std::optional<int> poolMin; ///< work connections the client always keeps ready
    std::optional<int> weight = {}; ///< its share of the visitors relative to the other clients; 1 if absent
    std::optional<int> heartbeatS = {}; ///< the interval of its Heartbeat messages
    /// it serves only the tunnels that it opens, not the default tunnel
    std::optional<bool> onlyTunnels = {};
    /// The number of its work connections that may wait again after a visitor.
    std::optional<int> poolMax = {};
    bool operator==(const Register &) const = default;
};

struct RegisterResult
{
    bool success = false;
    std::optional<QString> error;
    std::optional<QStringList> features; ///< extension: the features that both sides may use from now on
    std::optional<QString> session; ///< extension: the secret of this session's work connections
    std::optional<int> publicPort = {}; ///< extension: the public port of the default tunnel
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

/// The addresses and ports of a visitor's connection; for a client that passes them to its local service.
struct VisitorAddress
{
    QString sourceAddr;
    int sourcePort = 0;
    QString targetAddr;
    int targetPort = 0;
    bool operator==(const VisitorAddress &) const = default;
};

struct RequestNewProxyConn
{
    QString proxyConnId;
    std::optional<VisitorAddress> visitor = {}; ///< extension: feature `user-address`
    std::optional<QString> tunnel = {}; ///< extension: the tunnel's name; absent: the default tunnel
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

/// The client cannot serve this connection; the server dispatches it to another client.
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

/// The server closes the link: why, and how many seconds the client should not reconnect.
struct Disconnect
{
    QString reason;
    int retryAfterS = 0;
    bool operator==(const Disconnect &) const = default;
};

/// Opens a work connection in advance: it waits on the proxy port until a visitor comes.
struct NewWorkConn
{
    QString session; ///< from RegisterResult
    bool operator==(const NewWorkConn &) const = default;
};

/// Announces a visitor on a waiting work connection. The visitor's bytes may follow at once. The client
/// answers on the same connection, before anything else, with ProxyConnReady or ProxyConnFailed.
struct StartProxyConn
{
    QString proxyConnId;
    std::optional<VisitorAddress> visitor = {}; ///< feature `user-address`
    std::optional<QString> tunnel = {}; ///< its name; absent: the default tunnel
    /// Feature `reuse`: chunks (ChunkCodec) follow this message and ProxyConnReady, and after their end the
    /// connection waits again.
    std::optional<bool> chunks = {};
    bool operator==(const StartProxyConn &) const = default;
};

/// The local service is connected; its bytes follow.
struct ProxyConnReady
{
    bool operator==(const ProxyConnReady &) const = default;
};

/// The state of the client's local service. An unhealthy client stays connected, but gets no visitors while
/// others are healthy.
struct Health
{
    bool healthy = true;
    std::optional<QString> detail; ///< what is wrong, as a text
    std::optional<QString> warning = {}; ///< what is wrong although the service is healthy, as a text
    /// Feature `tunnel-health`: the tunnel whose service it is; absent: the default tunnel.
    std::optional<QString> tunnel = {};
    bool operator==(const Health &) const = default;
};

/// The sender is about to leave: it takes nothing new, and open connections continue. From a client: no more
/// visitors. From a server: it accepts no more visitors and the link will end.
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

/// Overwrites the passwords and tokens in \a message, unless other copies share them. \return whether this
/// kind of message contains any.
bool wipeSecrets(Message &message);

} // namespace frpx::proto
