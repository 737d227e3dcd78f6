// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QStringView>

namespace frpx::server {

/// Prepares libsodium; call before its first use, any number of times, from any thread.
/// \return false when it cannot work here.
bool sodiumReady();

/// A password as UTF-8 that is wiped from memory when it goes. Moves, never copies.
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

    QByteArray m_bytes; // never shared: nobody gets a copy of it
};

} // namespace frpx::server
