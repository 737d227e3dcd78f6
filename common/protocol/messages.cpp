// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/messages.h"

#include "common/protocol/framedecoder.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace frpx::proto {

namespace {

template <class... Ts>
struct Overloaded : Ts...
{
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// Writes {"Variant":{…}} keeping the order of calls, which QJsonObject would sort away: an original peer
/// gets the very bytes it is used to. It also spares the hot RequestNewProxyConn a tree of QJsonValues.
class VariantWriter
{
public:
    explicit VariantWriter(QLatin1String variant)
    {
        m_json += "{\"";
        m_json += QByteArrayView(variant);
        m_json += "\":{";
    }

    VariantWriter &field(const char *key, const QString &value)
    {
        begin(key);
        writeString(value);
        return *this;
    }
    VariantWriter &field(const char *key, bool value) { return raw(key, value ? "true" : "false"); }
    VariantWriter &field(const char *key, int value) { return raw(key, QByteArray::number(value)); }
    VariantWriter &field(const char *key, double value) { return raw(key, number(value)); }
    VariantWriter &field(const char *key, const QStringList &values)
    {
        begin(key);
        m_json += '[';
        for (qsizetype i = 0; i < values.size(); ++i) {
            if (i > 0)
                m_json += ',';
            writeString(values.at(i));
        }
        m_json += ']';
        return *this;
    }
    /// null when absent, as the original writes its Option fields
    VariantWriter &nullable(const char *key, const std::optional<QString> &value)
    {
        return value ? field(key, *value) : raw(key, "null");
    }
    /// left out when absent: our own additions
    template <typename T>
    VariantWriter &optional(const char *key, const std::optional<T> &value)
    {
        return value ? field(key, *value) : *this;
    }

    QByteArray finish() { return m_json + "}}"; }

private:
    static QByteArray number(double value)
    {
        QByteArray text = QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
        // serde writes a float as a float: 5.0, not 5
        if (!text.contains('.') && !text.contains('e'))
            text += ".0";
        return text;
    }

    VariantWriter &raw(const char *key, const QByteArray &json)
    {
        begin(key);
        m_json += json;
        return *this;
    }

    void begin(const char *key)
    {
        if (!m_first)
            m_json += ',';
        m_first = false;
        m_json += '"';
        m_json += key;
        m_json += "\":";
    }

    void writeString(const QString &value)
    {
        static constexpr char hex[] = "0123456789abcdef";
        m_json += '"';
        const QByteArray utf8 = value.toUtf8();
        for (const char c : utf8) {
            if (c == '"' || c == '\\') {
                m_json += '\\';
                m_json += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                m_json += "\\u00";
                m_json += hex[c >> 4];
                m_json += hex[c & 0xf];
            } else {
                m_json += c;
            }
        }
        m_json += '"';
    }

    QByteArray m_json;
    bool m_first = true;
};

/// Reads the fields of one variant; the first fault sticks and names the field.
class FieldReader
{
public:
    FieldReader(QLatin1String variant, const QJsonObject &object)
        : m_variant(variant)
        , m_object(object)
    { }

    QString string(QLatin1String key, qsizetype maxLength)
    {
        const QJsonValue value = m_object.value(key);
        if (!value.isString())
            return fail(key, "is not a string"_L1), QString();
        QString text = value.toString();
        if (text.size() > maxLength)
            return fail(key, "is too long"_L1), QString();
        return text;
    }

    std::optional<QString> optionalString(QLatin1String key, qsizetype maxLength)
    {
        const QJsonValue value = m_object.value(key);
        if (value.isUndefined() || value.isNull())
            return std::nullopt;
        return string(key, maxLength);
    }

    bool boolean(QLatin1String key)
    {
        const QJsonValue value = m_object.value(key);
        if (!value.isBool())
            fail(key, "is not a boolean"_L1);
        return value.toBool();
    }

    /// A percentage: a number, cut to 0…100 because measuring overshoots now and then.
    double percent(QLatin1String key)
    {
        const QJsonValue value = m_object.value(key);
        if (!value.isDouble() || !std::isfinite(value.toDouble()))
            return fail(key, "is not a number"_L1), 0;
        return std::clamp(value.toDouble(), 0.0, 100.0);
    }

    std::optional<int> optionalInteger(QLatin1String key, int min, int max)
    {
        const QJsonValue value = m_object.value(key);
        if (value.isUndefined() || value.isNull())
            return std::nullopt;
        return integer(key, min, max);
    }

    int integer(QLatin1String key, int min, int max)
    {
        const double value = m_object.value(key).toDouble(-1e300); // not a number: out of every range
        if (value < min || value > max || value != std::floor(value))
            return fail(key, "is not an integer in range"_L1), min;
        return static_cast<int>(value);
    }

    std::optional<QStringList> optionalStrings(QLatin1String key)
    {
        const QJsonValue value = m_object.value(key);
        if (value.isUndefined() || value.isNull())
            return std::nullopt;
        const QJsonArray array = value.toArray();
        if (!value.isArray() || array.size() > maxFeatures)
            return fail(key, "is not a short array"_L1), std::nullopt;
        QStringList list;
        for (const auto &item : array) {
            if (!item.isString() || item.toString().size() > maxConnIdLength)
                return fail(key, "has an item that is not a short string"_L1), std::nullopt;
            list += item.toString();
        }
        return list;
    }

    Result<Message> finish(Message message) const
    {
        if (m_error)
            return *m_error;
        return message;
    }

private:
    void fail(QLatin1String key, QLatin1String what)
    {
        if (!m_error)
            m_error = Error{Errc::BadField, u"%1: the field \"%2\" %3."_s.arg(m_variant, key, what)};
    }

    QLatin1String m_variant;
    const QJsonObject &m_object;
    std::optional<Error> m_error;
};

using Decoder = Result<Message> (*)(FieldReader &);

struct Variant
{
    QLatin1String name;
    bool bare; ///< may come without fields, as a plain string
    Decoder decode;
};

/// One row a message, in the order of the variant Message: its index is the row.
const std::array<Variant, std::variant_size_v<Message>> variants{{
    {"Login"_L1, false,
        [](FieldReader &r) {
            const Login m{r.string("email"_L1, maxEmailLength), r.string("pass"_L1, maxPasswordLength)};
            return r.finish(m);
        }},
    {"LoginByToken"_L1, false,
        [](FieldReader &r) { return r.finish(LoginByToken{r.string("token"_L1, maxTokenLength)}); }},
    {"LoginResult"_L1, false,
        [](FieldReader &r) {
            const LoginResult m{r.boolean("success"_L1), r.optionalString("error"_L1, maxTextLength),
                r.optionalString("token"_L1, maxTokenLength)};
            return r.finish(m);
        }},
    {"Register"_L1, false,
        [](FieldReader &r) {
            const Register m{r.string("client_id"_L1, maxTextLength),
                r.optionalString("version"_L1, maxConnIdLength), r.optionalStrings("features"_L1),
                r.optionalString("computer_name"_L1, maxTextLength),
                r.optionalString("instance"_L1, maxConnIdLength),
                r.optionalInteger("pool_min"_L1, 0, maxPooledPerClient)};
            return r.finish(m);
        }},
    {"RegisterResult"_L1, false,
        [](FieldReader &r) {
            const RegisterResult m{r.boolean("success"_L1), r.optionalString("error"_L1, maxTextLength),
                r.optionalStrings("features"_L1), r.optionalString("session"_L1, maxConnIdLength)};
            return r.finish(m);
        }},
    {"Heartbeat"_L1, true, [](FieldReader &r) { return r.finish(Heartbeat{}); }},
    {"SystemInfo"_L1, false,
        [](FieldReader &r) {
            const SystemInfo m{r.percent("cpu_usage"_L1), r.percent("memory_usage"_L1),
                r.percent("disk_usage"_L1), r.optionalString("computer_name"_L1, maxTextLength)};
            return r.finish(m);
        }},
    {"RequestNewProxyConn"_L1, false,
        [](FieldReader &r) {
            return r.finish(RequestNewProxyConn{r.string("proxy_conn_id"_L1, maxConnIdLength)});
        }},
    {"NewProxyConn"_L1, false,
        [](FieldReader &r) { return r.finish(NewProxyConn{r.string("proxy_conn_id"_L1, maxConnIdLength)}); }},
    {"HeartbeatAck"_L1, true, [](FieldReader &r) { return r.finish(HeartbeatAck{}); }},
    {"ProxyConnFailed"_L1, false,
        [](FieldReader &r) {
            const ProxyConnFailed m{
                r.string("proxy_conn_id"_L1, maxConnIdLength), r.string("reason"_L1, maxTextLength)};
            return r.finish(m);
        }},
    {"Ping"_L1, true, [](FieldReader &r) { return r.finish(Ping{}); }},
    {"Pong"_L1, true, [](FieldReader &r) { return r.finish(Pong{}); }},
    {"Disconnect"_L1, false,
        [](FieldReader &r) {
            const Disconnect m{
                r.string("reason"_L1, maxTextLength), r.integer("retry_after_s"_L1, 0, 24 * 3600)};
            return r.finish(m);
        }},
    {"NewWorkConn"_L1, false,
        [](FieldReader &r) { return r.finish(NewWorkConn{r.string("session"_L1, maxConnIdLength)}); }},
    {"StartProxyConn"_L1, false,
        [](FieldReader &r) {
            return r.finish(StartProxyConn{r.string("proxy_conn_id"_L1, maxConnIdLength)});
        }},
    {"ProxyConnReady"_L1, true, [](FieldReader &r) { return r.finish(ProxyConnReady{}); }},
}};

QByteArray bare(QLatin1String name)
{
    return '"' + QByteArray(name.data(), name.size()) + '"';
}

const Variant *findVariant(const QString &name)
{
    const auto it = std::find_if(
        variants.begin(), variants.end(), [&name](const Variant &variant) { return variant.name == name; });
    return it == variants.end() ? nullptr : &*it;
}

Error unknownVariant()
{
    return Error{Errc::UnknownVariant, u"The message is of a kind this version does not know."_s};
}

} // namespace

QStringList ownFeatures()
{
    return {feature::heartbeatAck.toString(), feature::connFailed.toString(), feature::ping.toString(),
        feature::disconnect.toString(), feature::workConn.toString()};
}

QStringList commonFeatures(const QStringList &peer)
{
    QStringList common = ownFeatures();
    common.removeIf([&peer](const QString &name) { return !peer.contains(name); });
    return common;
}

QLatin1String messageName(const Message &message)
{
    return variants.at(message.index()).name;
}

QByteArray encode(const Message &message)
{
    const QLatin1String name = messageName(message);
    VariantWriter w(name);
    return std::visit(
        Overloaded{
            [&](const Login &m) { return w.field("email", m.email).field("pass", m.pass).finish(); },
            [&](const LoginByToken &m) { return w.field("token", m.token).finish(); },
            [&](const LoginResult &m) {
                return w.field("success", m.success)
                    .nullable("error", m.error)
                    .nullable("token", m.token)
                    .finish();
            },
            [&](const Register &m) {
                return w.field("client_id", m.clientId)
                    .optional("version", m.version)
                    .optional("features", m.features)
                    .optional("computer_name", m.computerName)
                    .optional("instance", m.instance)
                    .optional("pool_min", m.poolMin)
                    .finish();
            },
            [&](const RegisterResult &m) {
                return w.field("success", m.success)
                    .nullable("error", m.error)
                    .optional("features", m.features)
                    .optional("session", m.session)
                    .finish();
            },
            [&](const SystemInfo &m) {
                return w.field("cpu_usage", m.cpuUsage)
                    .field("memory_usage", m.memoryUsage)
                    .field("disk_usage", m.diskUsage)
                    .optional("computer_name", m.computerName)
                    .finish();
            },
            [&](const RequestNewProxyConn &m) { return w.field("proxy_conn_id", m.proxyConnId).finish(); },
            [&](const NewProxyConn &m) { return w.field("proxy_conn_id", m.proxyConnId).finish(); },
            [&](const ProxyConnFailed &m) {
                return w.field("proxy_conn_id", m.proxyConnId).field("reason", m.reason).finish();
            },
            [&](const Disconnect &m) {
                return w.field("reason", m.reason).field("retry_after_s", m.retryAfterS).finish();
            },
            [&](const NewWorkConn &m) { return w.field("session", m.session).finish(); },
            [&](const StartProxyConn &m) { return w.field("proxy_conn_id", m.proxyConnId).finish(); },
            [&](const auto &) { return bare(name); }, // Heartbeat, HeartbeatAck, Ping, Pong, ProxyConnReady
        },
        message);
}

QByteArray encodeFrame(const Message &message)
{
    return frame(encode(message));
}

Result<Message> decode(QByteArrayView payload)
{
    // QJsonDocument takes only objects and arrays at the top: a bare "Heartbeat" is read inside an array.
    const QByteArray trimmed = payload.toByteArray().trimmed();
    const bool isString = trimmed.startsWith('"');
    QJsonParseError parseError;
    const QJsonDocument document =
        QJsonDocument::fromJson(isString ? '[' + trimmed + ']' : trimmed, &parseError);
    if (parseError.error != QJsonParseError::NoError)
        return Error{Errc::BadJson, u"The message is not JSON: %1."_s.arg(parseError.errorString())};

    if (isString) {
        if (document.array().size() != 1)
            return Error{Errc::BadJson, u"The message is not one JSON value."_s};
        const Variant *variant = findVariant(document.array().first().toString());
        if (!variant)
            return unknownVariant();
        if (!variant->bare)
            return Error{Errc::BadField, u"%1: the fields are missing."_s.arg(variant->name)};
        const QJsonObject none;
        FieldReader reader(variant->name, none);
        return variant->decode(reader);
    }

    const QJsonObject outer = document.object();
    if (!document.isObject() || outer.size() != 1)
        return Error{Errc::BadJson, u"The message is not an object with one member."_s};
    const Variant *variant = findVariant(outer.begin().key());
    if (!variant)
        return unknownVariant();
    const QJsonValue body = outer.begin().value();
    if (!body.isObject() && !(variant->bare && body.isNull()))
        return Error{Errc::BadField, u"%1: the fields are not an object."_s.arg(variant->name)};
    const QJsonObject fields = body.toObject();
    FieldReader reader(variant->name, fields);
    return variant->decode(reader);
}

} // namespace frpx::proto
