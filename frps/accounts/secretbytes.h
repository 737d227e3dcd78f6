// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QStringView>

namespace frpx::server {

/// Prepares libsodium; call before its first use, any number of times, from any thread.
/// \return false if it cannot work on this system.
bool sodiumReady();

/// A password as UTF-8. Wiped from memory when it is destroyed. Movable, not copyable.
class SecretBytes
{
public:
    SecretBytes() = default;
    explicit SecretBytes(QStringView text);
    SecretBytes(SecretBytes &&other) noexcept;
    SecretBytes &operator=(SecretBytes &&other) noexcept;
    SecretBytes(const SecretBytes &) = delete;
    SecretBytes &operator=(const SecretBytes &) = delete;
    ~SecretBytes();

    QByteArrayView view() const { return m_bytes; }

private:
    void wipe();

    QByteArray m_bytes; // never shared, so wipe() clears the only copy
};

} // namespace frpx::server
