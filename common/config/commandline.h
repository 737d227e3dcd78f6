// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QCommandLineParser>
#include <QHostAddress>

/// What the command lines of the programs have in common.
namespace frpx {

/// A command line whose first faulty value sticks, so that a caller may read all options and look for the
/// error once at the end.
class CommandLine
{
public:
    explicit CommandLine(const QString &description);

    /// `--name VALUE`, or a flag when \a valueName is empty. A \a shortName is one letter.
    void add(const QString &name, const QString &help, const QString &valueName = {},
        const QString &defaultValue = {}, const QString &shortName = {});

    /// What may follow the options, as shown in the usage line.
    void setPositional(const QString &syntax, const QString &help);

    /// Errc::InvalidArgument for an unknown option or a missing value.
    Result<void> parse(const QStringList &arguments);

    bool isSet(const QString &name) const { return m_parser.isSet(name); }
    QString text(const QString &name) const { return m_parser.value(name); }
    int number(const QString &name, int min, int max);
    /// 0, or an amount such as 2000, 500K, 20M, 1G (powers of 1000) or 512KiB, 4MiB, 1GiB (of 1024) from \a
    /// min to \a max bytes.
    qint64 bytes(const QString &name, qint64 min, qint64 max);
    /// Port 0, where allowed, means any free one.
    quint16 port(const QString &name, int min = 0);
    QHostAddress address(const QString &name);
    QString logLevel(const QString &name);
    QStringList positional() const { return m_parser.positionalArguments(); }

    /// The help text, or version text, if it was asked for (-h/--help, -V/--version).
    std::optional<QString> requestedText(const QString &program) const;

    /// The first fault found by number(), port() and their like.
    const std::optional<Error> &error() const { return m_error; }

    /// Records a fault found by the caller.
    void fail(const QString &sentence);

private:
    QCommandLineParser m_parser;
    std::optional<Error> m_error;
};

/// $XDG_DATA_HOME/frpx or ~/.local/share/frpx; under systemd its state directory; without a home
/// /var/lib/frpx.
QString defaultDataDir();

} // namespace frpx
