// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/embed/embeddedlogins.h"

#include "frps/accounts/accountsworker.h"
#include "frps/accounts/secretbytes.h"

#include <QFutureWatcher>
#include <QtEndian>

using namespace Qt::StringLiterals;

namespace frpx::server {

static QByteArray randomKey()
{
    QByteArray key(crypto_generichash_KEYBYTES, '\0');
    if (!sodiumReady())
        return {}; // digest() then returns null, and no login succeeds
    randombytes_buf(key.data(), static_cast<size_t>(key.size()));
    return key;
}

EmbeddedLogins::EmbeddedLogins(QObject *parent)
    : QObject(parent)
    , m_key(randomKey())
{ }

/// Null if there is no key.
QByteArray EmbeddedLogins::digest(QStringView account, QStringView password) const
{
    if (m_key.isEmpty())
        return {};
    const SecretBytes name(account);
    const SecretBytes secret(password);
    QByteArray hash(crypto_generichash_BYTES, '\0');
    crypto_generichash_state state;
    const auto update = [&state](QByteArrayView bytes) {
        const quint64 length = qToLittleEndian(quint64(bytes.size())); // marks the end of the account
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char *>(&length), sizeof length);
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char *>(bytes.data()),
            static_cast<unsigned long long>(bytes.size()));
    };
    crypto_generichash_init(&state, reinterpret_cast<const unsigned char *>(m_key.constData()),
        static_cast<size_t>(m_key.size()), static_cast<size_t>(hash.size()));
    update(name.view());
    update(secret.view());
    crypto_generichash_final(
        &state, reinterpret_cast<unsigned char *>(hash.data()), static_cast<size_t>(hash.size()));
    return hash;
}

/// \a owner identifies the account; \a account is its name.
Login EmbeddedLogins::loginOf(const QString &account, const QString &owner) const
{
    Login login;
    // Derived from the name, so that no table of names is needed.
    login.userId = qFromLittleEndian<qint64>(digest(owner, u"").constData());
    login.email = account;
    return login;
}

void EmbeddedLogins::addAccount(const QString &account, const QString &password)
{
    m_accounts.insert(account, digest(account, password));
}

void EmbeddedLogins::answer(const Result<Login> &result, QObject *context, Done done)
{
    QMetaObject::invokeMethod(
        this,
        [this, result, context = QPointer<QObject>(context), done = std::move(done)] {
            --m_pending;
            if (context)
                done(result);
        },
        Qt::QueuedConnection);
}

void EmbeddedLogins::ask(const QString &account, const QString &password, QObject *context, Done done)
{
    auto *watcher = new QFutureWatcher<bool>(this);
    connect(watcher, &QFutureWatcherBase::finished, this,
        [this, watcher, account, context = QPointer<QObject>(context), done = std::move(done)] {
            const QFuture<bool> future = watcher->future();
            // a future that has thrown, or ended without an answer, counts as cancelled
            const bool accepted = !future.isCanceled() && future.resultCount() > 0 && future.result();
            watcher->deleteLater();
            answer(accepted ? Result<Login>(loginOf(account, account)) : invalidCredentials(), context, done);
        });
    watcher->setFuture(m_check(account, password));
}

void EmbeddedLogins::loginByPassword(
    const QString &email, const QString &password, const QHostAddress &peer, QObject *context, Done done)
{
    ++m_pending;
    if (m_pending > maxPending)
        return answer(Error{Errc::Busy, u"The server is busy, try again in a moment"_s}, context, done);
    if (const auto account = m_accounts.constFind(email); account != m_accounts.cend()) {
        const QByteArray given = digest(email, password);
        const bool isRight = !given.isEmpty() && given.size() == account->size()
            && sodium_memcmp(given.constData(), account->constData(), static_cast<size_t>(given.size())) == 0;
        return answer(isRight ? Result<Login>(loginOf(email, email)) : invalidCredentials(), context, done);
    }
    if (m_check)
        return ask(email, password, context, std::move(done));
    const bool isOpen = m_openAccess == Frpx::OpenAccess::Everybody
        || (m_openAccess == Frpx::OpenAccess::Loopback && peer.isLoopback());
    answer(
        isOpen && !m_key.isEmpty() ? Result<Login>(loginOf(email, {})) : invalidCredentials(), context, done);
}

void EmbeddedLogins::loginByToken(
    const QString & /*token*/, const QHostAddress & /*peer*/, QObject *context, Done done)
{
    ++m_pending;
    answer(invalidToken(), context, done);
}

} // namespace frpx::server
