// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/pluginmessages.h"

#include "frps/ports/jsonsplice.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QUrlQuery>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

ApiResponse jsonResponse(int status, const QByteArray &body)
{
    return {status, body,
        {
            {"Content-Type"_ba, "application/json"_ba},
            {"Cache-Control"_ba, "no-store"_ba},
            {"X-Content-Type-Options"_ba, "nosniff"_ba},
        }};
}

ApiResponse invalid(const QString &message)
{
    const QJsonObject object{{u"error"_s, u"VALIDATEERR"_s}, {u"message"_s, message}};
    return jsonResponse(400, QJsonDocument(object).toJson(QJsonDocument::Compact));
}

ApiResponse unchanged()
{
    return jsonResponse(200, R"({"reject":false,"unchange":true})"_ba);
}

QByteArrayView lastMember(QByteArrayView object, QStringView name)
{
    QByteArrayView value;
    for (const JsonMember &member : jsonMembers(object)) {
        if (member.name == name)
            value = member.value; // the last of several counts, as for QJsonDocument and frp
    }
    return value;
}

} // namespace

std::variant<PluginRequest, ApiResponse> readPluginRequest(const QByteArray &body, const QByteArray &query)
{
    // The text of the original plugin.
    const QString incomplete = u"Invalid inputs. Please check your frpc.ini config"_s;

    QJsonParseError parsed{};
    const QJsonDocument document = QJsonDocument::fromJson(body, &parsed);
    if (parsed.error != QJsonParseError::NoError)
        return invalid(u"The body is not valid JSON: "_s + parsed.errorString());
    if (!document.isObject())
        return invalid(u"The body is not a JSON object"_s);
    const QJsonObject message = document.object();
    QString op = message.value("op"_L1).toString();
    if (op.isEmpty())
        op = QUrlQuery(QString::fromLatin1(query)).queryItemValue(u"op"_s);
    if (op.isEmpty())
        return invalid(incomplete);
    if (op != "NewProxy"_L1)
        return unchanged();

    const QJsonObject content = message.value("content"_L1).toObject();
    const QString user = content.value("user"_L1).toObject().value("user"_L1).toString();
    const QString name = content.value("proxy_name"_L1).toString();
    const QString type = content.value("proxy_type"_L1).toString();
    if (user.isEmpty() || name.isEmpty() || type.isEmpty())
        return invalid(incomplete);
    const std::optional<PortProtocol> protocol = protocolFromName(type);
    if (!protocol)
        return unchanged(); // http, stcp and so on use no port of their own
    const int wanted = content.value("remote_port"_L1).toInt(0);
    return PluginRequest{.key = {user, name, *protocol},
        .wanted = wanted > 0 && wanted <= 65'535 ? static_cast<quint16>(wanted) : quint16(0),
        .content = lastMember(body, u"content").toByteArray()};
}

ApiResponse portAnswer(const PluginRequest &request, quint16 port)
{
    return jsonResponse(200,
        R"({"reject":false,"unchange":false,"content":)"_ba
            + withJsonMember(request.content, u"remote_port", QByteArray::number(port)) + '}');
}

ApiResponse rejection(const QString &reason)
{
    const QJsonObject object{{u"reject"_s, true}, {u"reject_reason"_s, reason}};
    return jsonResponse(200, QJsonDocument(object).toJson(QJsonDocument::Compact));
}

} // namespace frpx::server
