// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/jsonsplice.h"
#include "frps/ports/pluginmessages.h"
#include "tests/fuzz/target.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <optional>

using namespace Qt::StringLiterals;

/// An input is the body of a port registration.
namespace frpx::fuzz {

namespace {

using namespace frpx::server;

constexpr quint16 port = 6001;

std::optional<QJsonObject> objectFrom(const QByteArray &text)
{
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(text, &error);
    if (error.error != QJsonParseError::NoError || !document.isObject())
        return std::nullopt;
    return document.object();
}

QJsonObject withPort(QJsonObject object)
{
    object.insert(u"remote_port"_s, port);
    return object;
}

void splice(const QByteArray &text, const QJsonObject &object)
{
    for (const JsonMember &member : jsonMembers(text))
        require(object.contains(member.name), "a member found is a member");
    const QByteArray changed = withJsonMember(text, u"remote_port", QByteArray::number(port));
    const std::optional<QJsonObject> read = objectFrom(changed);
    require(read.has_value(), "JSON stays JSON");
    require(*read == withPort(object), "one member changes and no other");
    require(withJsonMember(changed, u"remote_port", QByteArray::number(port)) == changed,
        "what is there already is left alone");
}

void registerPort(const QByteArray &body, const QByteArray &query, const std::optional<QJsonObject> &sent)
{
    const auto read = readPluginRequest(body, query);
    if (const auto *response = std::get_if<ApiResponse>(&read)) {
        require(objectFrom(response->body).has_value(), "an answer is JSON");
        require(response->status == 200 || response->status == 400, "there are two kinds of answers");
        require(response->status == 400 || sent, "what is not JSON is refused");
        return;
    }
    require(sent.has_value(), "a request is JSON");
    const std::optional<QJsonObject> answer =
        objectFrom(portAnswer(std::get<PluginRequest>(read), port).body);
    require(answer.has_value(), "an answer with a port is JSON");
    require(!answer->value("reject"_L1).toBool(true) && !answer->value("unchange"_L1).toBool(true),
        "an answer with a port says so");
    require(answer->value("content"_L1).toObject() == withPort(sent->value("content"_L1).toObject()),
        "what came goes back with the port");
}

} // namespace

static void tryInput(QByteArrayView input)
{
    const QByteArray body = input.toByteArray();
    const std::optional<QJsonObject> sent = objectFrom(body);
    if (sent)
        splice(body, *sent);
    registerPort(body, "op=NewProxy&version=0.1.0"_ba, sent);
    registerPort("{}"_ba, body, QJsonObject()); // the query is the peer's as well
}

const TargetRegistration registration("portregistration", tryInput);

} // namespace frpx::fuzz
