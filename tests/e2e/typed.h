// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/pty.h"

#include <QTest>

#include <array>

namespace frpx::test {

/// A command typed at a terminal of its own by a person who answers the questions of frps and frpc.
class Typed
{
public:
    /// \a variables are set before, as `export` wants them.
    bool start(const QString &command, const QString &home, const QString &variables = {})
    {
        m_command = command;
        const QString whole =
            variables.isEmpty() ? command : QStringLiteral("export ") + variables + u'\n' + command;
        return m_pty.start(QStringLiteral("/bin/bash"), {QStringLiteral("-c"), whole}, home);
    }
    const QString &command() const { return m_command; }
    const QByteArray &screen() const { return m_pty.screen(); }
    /// Until it ends, or has shown \a text \a count times if that is given.
    bool waitFor(const QByteArray &text, qsizetype count = 1)
    {
        constexpr int patience = 20'000;
        return QTest::qWaitFor(
            [&] {
                m_code = m_pty.poll();
                answerQuestions();
                return m_code || (!text.isEmpty() && screen().count(text) >= count);
            },
            patience);
    }
    /// Nothing while it runs.
    std::optional<int> code() const { return m_code; }
    int terminate() { return m_pty.terminate(20'000); }

private:
    struct Answer
    {
        QByteArrayView question;
        QByteArrayView line;
    };
    static constexpr std::array answers{
        Answer{"Password for me@example.org: ", "secret of mine\n"},
        Answer{"Repeat the password: ", "secret of mine\n"},
        Answer{"E-mail: ", "me@example.org\n"},
        Answer{"Password: ", "secret of mine\n"},
        Answer{"or the fingerprint)? ", "yes\n"},
    };

    void answerQuestions()
    {
        for (const Answer &answer : answers) {
            if (const qsizetype at = screen().indexOf(answer.question, m_answered); at >= 0) {
                m_answered = at + answer.question.size();
                return m_pty.type(answer.line);
            }
        }
    }

    QString m_command;
    PtyProcess m_pty;
    qsizetype m_answered = 0;
    std::optional<int> m_code;
};

} // namespace frpx::test
