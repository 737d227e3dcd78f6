// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/configfile.h"

#include "common/config/configtemplate.h"
#include "common/config/inireader.h"
#include "common/config/inputfiles.h"
#include "common/config/tomlreader.h"

#include <QStringDecoder>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

bool isIni(const QByteArray &content, const QString &path)
{
    if (path.endsWith(".ini"_L1, Qt::CaseInsensitive))
        return true;
    return !path.endsWith(".toml"_L1, Qt::CaseInsensitive)
        && (content.startsWith("[common]") || content.contains("\n[common]"));
}

/// Detected by its byte order mark, or because every other byte at the start is NUL.
bool isUtf16(const QByteArray &content)
{
    constexpr qsizetype looked = 8; // bytes
    if (content.startsWith("\xff\xfe") || content.startsWith("\xfe\xff"))
        return true;
    const auto areNul = [&content](qsizetype first) {
        for (qsizetype i = 0; i < looked; ++i) {
            if ((content.at(i) == '\0') != (i % 2 == first))
                return false;
        }
        return true;
    };
    return content.size() >= looked && (areNul(0) || areNul(1));
}

int lineOf(const QByteArray &content, qsizetype at)
{
    return 1 + static_cast<int>(content.first(at).count('\n'));
}

} // namespace

ConfigNode readConfig(const QByteArray &given, const QString &path, const QProcessEnvironment &environment,
    ConfigReport &report)
{
    report.setFile(path);
    const QByteArray content = given.startsWith("\xef\xbb\xbf") ? given.sliced(3) : given; // byte order mark
    if (content.size() > configlimits::maxBytes) {
        report.addFault(1, u"the file is larger than %1 bytes"_s.arg(configlimits::maxBytes));
        return {};
    }
    if (isUtf16(content)) {
        report.addFault(
            1, u"this is UTF-16 text, as some editors call \"Unicode\"; save the file as UTF-8"_s);
        return {};
    }
    if (const qsizetype at = content.indexOf('\0'); at >= 0) {
        report.addFault(lineOf(content, at), u"a NUL byte: this is not a text file"_s);
        return {};
    }
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString decoded = decoder(content);
    if (decoder.hasError()) {
        const qsizetype at = decoded.indexOf(QChar::ReplacementCharacter);
        report.addFault(
            1 + static_cast<int>(QStringView(decoded).first(std::max<qsizetype>(0, at)).count(u'\n')),
            u"this is not UTF-8 text"_s);
        return {};
    }
    if (isIni(content, path))
        return readIni(content, environment, report);
    return readToml(expandTomlTemplates(content, environment, report), report);
}

ConfigNode readConfigFile(
    const QString &path, const QProcessEnvironment &environment, ConfigReport &report, InputFiles &files)
{
    report.setFile(path);
    const Result<PrivateFileContent> content = files.readExisting(path, configlimits::maxBytes);
    if (!content) {
        report.addFault(0, content.error().detail);
        return {};
    }
    return readConfig(content->bytes, path, environment, report);
}

ConfigNode readConfigFile(const QString &path, const QProcessEnvironment &environment, ConfigReport &report)
{
    InputFiles files;
    return readConfigFile(path, environment, report, files);
}

} // namespace frpx
