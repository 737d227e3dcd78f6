// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QMetaType>
#include <QString>

#include <optional>

namespace frpx {

/// By what people and files know a certificate: the SHA-256 of its DER form. A value class.
class Fingerprint
{
public:
    static constexpr qsizetype size = 32; ///< bytes

    /// All zeros: of no certificate.
    Fingerprint();
    static Fingerprint ofDer(const QByteArray &der);
    /// Nothing unless there are exactly size \a bytes.
    static std::optional<Fingerprint> fromBytes(const QByteArray &bytes);

    /// Reads what toString() writes, in any case, with or without `SHA256:` and the colons between the bytes.
    static std::optional<Fingerprint> parse(QStringView text);
    /// "SHA256:AB:CD:…", the one form that is printed and kept.
    QString toString() const;

    const QByteArray &bytes() const { return m_bytes; }

    friend bool operator==(const Fingerprint &, const Fingerprint &) = default;

private:
    QByteArray m_bytes;
};

} // namespace frpx

Q_DECLARE_METATYPE(frpx::Fingerprint)
