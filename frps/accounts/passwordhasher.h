// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArrayView>
#include <QString>

#include <mutex>

#include <sodium.h>

namespace frpx::server {

/// Hashes passwords with Argon2id. Thread-safe. Every call but needsRehash() takes tens of milliseconds and
/// the memory of its cost, so do not call it on the control thread.
class PasswordHasher
{
public:
    struct Cost
    {
        unsigned long long operations = crypto_pwhash_OPSLIMIT_INTERACTIVE;
        size_t memoryBytes = crypto_pwhash_MEMLIMIT_INTERACTIVE;
    };

    PasswordHasher();
    explicit PasswordHasher(Cost cost);
    Q_DISABLE_COPY_MOVE(PasswordHasher)

    /// A salted hash that includes its parameters; Errc::Io if there is not enough memory.
    Result<QString> hash(QByteArrayView password) const;
    bool verify(const QString &hash, QByteArrayView password) const;
    /// Does the work of verify() for an account that does not exist; returns false.
    bool verifyNothing(QByteArrayView password) const;
    /// Computes what the first verifyNothing() would compute, so that it takes no longer than later ones.
    void prepare() const;
    /// Whether \a hash was made at another cost than this hasher uses.
    bool needsRehash(const QString &hash) const;

private:
    const QString &dummyHash() const;

    const Cost m_cost;
    mutable std::once_flag m_dummyMade;
    mutable QString m_dummyHash;
};

} // namespace frpx::server
