// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "frps/clients/controlserver.h"

#include <unordered_map>
#include <unordered_set>

using namespace Qt::StringLiterals;

namespace frpx::server {

/// The client tries once more and is refused, which ends clients of every version.
constexpr int retryAfterExpulsionS = 1;

void ControlServer::checkLogins()
{
    m_nextCheckMs = steadyMs() + loginCheckIntervalMs;
    std::vector<LoginRef> logins = m_activeLogins.all();
    for (const auto &[id, session] : m_sessions) {
        if (session->userId() != 0 && !m_registry.find(session->id())) // else all() contains it
            logins.push_back(session->login());
    }
    if (logins.empty())
        return;
    m_logins.service().checkLogins(logins, this, [this](const Result<LoginCheck> &check) {
        if (check)
            applyCheck(*check);
        else
            m_nextCheckMs = steadyMs() + 1000; // the store has failed, and has logged that
    });
}

void ControlServer::applyCheck(const LoginCheck &check)
{
    std::unordered_map<qint64, QString> endedTokens;
    for (const LoginCheck::Ended &ended : check.ended)
        endedTokens.emplace(ended.login.tokenId, ended.why);
    std::vector<std::pair<SessionId, QString>> lost;
    std::unordered_set<qint64> changed;
    for (const auto &[id, session] : m_sessions) {
        if (session->userId() == 0)
            continue;
        if (const auto ended = endedTokens.find(session->login().tokenId); ended != endedTokens.end()) {
            lost.emplace_back(session->id(), ended->second);
            continue;
        }
        const auto rights = check.rights.find(session->userId());
        if (rights == check.rights.end() || rights->second == session->rights())
            continue; // absent: it has logged in since, with the new rights
        session->setRights(rights->second);
        changed.insert(session->userId());
        if (ClientRecord *record = m_registry.find(session->id())) {
            record->rights = rights->second;
            m_bandwidth.change(record->userId, rights->second.bandwidth, steadyMs());
            record->serving->setLimit(m_bandwidth.of(record->userId, rights->second.bandwidth));
        }
    }
    for (const auto &[id, why] : lost) {
        if (FrpxClientLink *session = find(id)) // null: ended by one before it
            expel(session, why);
    }
    for (const auto &[tokenId, why] : endedTokens) {
        if (const std::shared_ptr<void> login = m_activeLogins.find(tokenId)) // it has relays
            Q_EMIT loginEnded(login);
    }
    for (const qint64 userId : changed)
        Q_EMIT rightsChanged(userId);
}

void ControlServer::expel(FrpxClientLink *session, const QString &why)
{
    const ClientRecord *record = m_registry.find(session->id());
    qCInfo(lcControl).noquote() << u"%1 of %2 is disconnected: %3."_s.arg(
        record ? u"Client "_s + record->clientId : u"A session"_s, logSafe(session->email()), why);
    session->hangUp(u"Your login is no longer valid: %1."_s.arg(why), retryAfterExpulsionS);
    if (record)
        Q_EMIT clientExpelled(session->id());
    drop(session);
    leave(session->id());
}

} // namespace frpx::server
