// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/machineid.h"

#include <QCryptographicHash>
#include <QNetworkInterface>
#include <QSysInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr qsizetype maxNamePartLength = 48;
constexpr qsizetype digitCount = 8;

/// The lowest permanent hardware address of this machine, or empty. Addresses set by software (of containers,
/// virtual machines, privacy settings) have the "locally administered" bit and change.
QByteArray hardwareAddress()
{
    QByteArray lowest;
    const QList<QNetworkInterface> cards = QNetworkInterface::allInterfaces();
    for (const QNetworkInterface &card : cards) {
        if (card.type() != QNetworkInterface::Ethernet && card.type() != QNetworkInterface::Wifi)
            continue;
        const QByteArray address = QByteArray::fromHex(card.hardwareAddress().toLatin1());
        if (address.size() != 6 || (address.front() & 0x02) != 0 || address == QByteArray(6, '\0'))
            continue;
        if (lowest.isEmpty() || address < lowest)
            lowest = address;
    }
    return lowest;
}

/// A shorter text is no id: an image that was never booted has "uninitialized", or nothing.
bool isUsableId(const QByteArray &id)
{
    return id.size() >= 16 && std::any_of(id.begin(), id.end(), [](char c) { return c != '0' && c != '-'; });
}

} // namespace

QString computerName()
{
    const QString hostName = QSysInfo::machineHostName().trimmed();
    const QString name = hostName.section(u'.', 0, 0, QString::SectionSkipEmpty);
    return name.isEmpty() ? u"computer"_s : name;
}

QString makeClientId(QStringView computerName, QByteArrayView machineData)
{
    QString name;
    for (const QChar c : computerName) {
        if (name.size() == maxNamePartLength)
            break;
        if (c.isLetterOrNumber() || c == u'_')
            name += c;
        else if (!name.isEmpty() && !name.endsWith(u'-'))
            name += u'-';
    }
    while (name.endsWith(u'-'))
        name.chop(1);
    if (name.isEmpty())
        name = u"computer"_s;

    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData("frpx default client id 1\n"_ba); // the salt: hashes of the same id by other programs differ
    hash.addData(machineData);
    return name + u'-' + QString::fromLatin1(hash.result().toHex().first(digitCount));
}

QString defaultClientId()
{
    const QString name = computerName();
    QByteArray id = QSysInfo::machineUniqueId().trimmed();
    if (!isUsableId(id))
        id = name.toUtf8() + '\n' + hardwareAddress();
    return makeClientId(name, id);
}

} // namespace frpx
