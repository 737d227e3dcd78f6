// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/linebuffer.h"

#include <QByteArrayView>
#include <QStringDecoder>

using namespace Qt::StringLiterals;

namespace frpx {

LineBuffer::~LineBuffer()
{
    // volatile: otherwise the compiler would remove writes that are never read.
    volatile char *const bytes = m_bytes.data();
    for (size_t i = 0; i < m_bytes.size(); ++i)
        bytes[i] = 0;
}

bool LineBuffer::append(char byte)
{
    if (m_length == m_bytes.size())
        return false;
    m_bytes[m_length++] = byte;
    return true;
}

Result<QString> LineBuffer::text() const
{
    QByteArrayView bytes(m_bytes.data(), static_cast<qsizetype>(m_length));
    if (bytes.endsWith('\r'))
        bytes.chop(1);
    if (bytes.size() > qsizetype(maxLength))
        return Error{Errc::InvalidArgument, u"The line is longer than %1 bytes."_s.arg(maxLength)};
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    QString text = decoder(bytes);
    if (decoder.hasError())
        return Error{Errc::InvalidArgument, u"The line is not valid UTF-8."_s};
    return text;
}

} // namespace frpx
