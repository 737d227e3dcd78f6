// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/accounts/accounttypes.h"
#include "frps/accounts/loginservice.h"

#include <QHash>
#include <QObject>
#include <QPointer>

#include <Frpx/server.h>

namespace frpx::server {

/// Logins for a server inside a program: by accounts in memory, by a check of the program, or without any. It
/// issues no tokens, so each login is checked.
class EmbeddedLogins : public QObject, public LoginService
{
    Q_OBJECT

public:
    static constexpr int maxPending = 256; ///< the most logins under way; more get Errc::Busy

    explicit EmbeddedLogins(QObject *parent = nullptr);

    void addAccount(const QString &account, const QString &password);
    void removeAccount(const QString &account) { m_accounts.remove(account); }
    void setCheck(Frpx::LoginCheck check) { m_check = std::move(check); }
    void setOpenAccess(Frpx::OpenAccess access) { m_openAccess = access; }

    void loginByPassword(const QString &email, const QString &password, const QHostAddress &peer,
        QObject *context, Done done) override;
    void loginByToken(const QString &token, const QHostAddress &peer, QObject *context, Done done) override;

private:
    QByteArray digest(QStringView account, QStringView password) const;
    Login loginOf(const QString &account, const QString &owner) const;
    void answer(const Result<Login> &result, QObject *context, Done done);
    void ask(const QString &account, const QString &password, QObject *context, Done done);

    const QByteArray m_key; ///< random
    QHash<QString, QByteArray> m_accounts; ///< digests, by name
    Frpx::LoginCheck m_check;
    Frpx::OpenAccess m_openAccess = Frpx::OpenAccess::Off;
    int m_pending = 0;
};

} // namespace frpx::server
