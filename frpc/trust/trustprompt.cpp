// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/trust/trustprompt.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr int maxQuestions = 3;

AskTrust trustPrompt(std::function<Result<QString>(const QString &question)> askLine)
{
    return [askLine = std::move(askLine)](const ServerCertificate &shown) -> Result<bool> {
        const bool changed = shown.remembered && *shown.remembered != shown.fingerprint;
        QString question = (changed ? warnOfChange(shown) : askAboutUnknown(shown))
            + u"\nIs this the server you want (yes, no, or the fingerprint)? "_s;
        for (int i = 0; i < maxQuestions; ++i) {
            const Result<QString> line = askLine(question);
            if (!line)
                return line.error();
            const QString answer = line->trimmed();
            if (answer.compare("yes"_L1, Qt::CaseInsensitive) == 0
                || Fingerprint::parse(answer) == shown.fingerprint)
                return true;
            if (answer.compare("no"_L1, Qt::CaseInsensitive) == 0)
                return false;
            question = u"Please type yes, no, or the fingerprint: "_s;
        }
        return false;
    };
}

QString explainRefusal(const ServerCertificate &shown, const Error &error)
{
    if (error.code == Errc::ServerChanged)
        return warnOfChange(shown);
    if (error.code != Errc::UnknownServer)
        return error.detail;
    return askAboutUnknown(shown)
        + u"\nIf it is the fingerprint above, accept it by\n  %1\n"
          "or give it with --tls-fingerprint."_s.arg(commandToTrust(shown));
}

} // namespace frpx::client
