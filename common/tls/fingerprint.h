// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QMetaType>
#include <QString>

#include <optional>

namespace frpx {

/// Identifies a certificate for people and in files: the SHA-256 of its DER form. A value class.
class Fingerprint
{
public:
    static constexpr qsizetype size = 32; ///< bytes

    /// All zeros: the fingerprint of no certificate.
    Fingerprint();
    static Fingerprint ofDer(const QByteArray &der);
    /// Empty unless there are exactly size \a bytes.
    static std::optional<Fingerprint> fromBytes(const QByteArray &bytes);

    /// Parses the format of toString(), in any case, with or without `SHA256:` and the colons between the
    /// bytes.
    static std::optional<Fingerprint> parse(QStringView text);
    /// "SHA256:AB:CD:…", the form in output and files.
    QString toString() const;

    const QByteArray &bytes() const { return m_bytes; }

    friend bool operator==(const Fingerprint &, const Fingerprint &) = default;

private:
    QByteArray m_bytes;
};

} // namespace frpx

Q_DECLARE_METATYPE(frpx::Fingerprint)
