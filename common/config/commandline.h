// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/configreport.h"
#include "common/config/inputfiles.h"
#include "common/core/result.h"

#include <QCommandLineParser>
#include <QHash>
#include <QHostAddress>
#include <QProcessEnvironment>

/// What the command lines of the programs have in common.
namespace frpx {

/// The options of a program, wherever they are given: on the command line, else in the environment
/// (`--log-level` is FRPX_LOG_LEVEL), else in a configuration file, else by default. Collects what is wrong
/// with their values, so that a caller may read all of them and look for errors once at the end.
class CommandLine
{
public:
    struct Option
    {
        enum class Kind {
            Setting,
            Command, ///< says what to do this time: only on the command line
        };
        QString name;
        QString valueName; ///< empty: a flag
        Kind kind = Kind::Setting;
        QString help = {}; ///< without the default
        QString defaultValue = {};
        QString shortName = {}; ///< one letter, or empty
        QStringList values = {}; ///< all that it takes; empty: they are not to be counted
    };
    enum class Source { Default, File, Environment, CommandLine };

    /// \a files reads what the options name, and outlives this; with null the command line has its own.
    explicit CommandLine(const QString &description,
        const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment(),
        InputFiles *files = nullptr);

    /// `--name VALUE`, or a flag when \a valueName is empty. A \a shortName is one letter.
    void add(const QString &name, const QString &help, const QString &valueName = {},
        const QString &defaultValue = {}, const QString &shortName = {});

    /// A flag, or with \a valueName an option, that is no setting: it has neither variable nor key.
    void addCommand(const QString &name, const QString &help, const QString &valueName = {});

    /// The option takes these words and no others. For those who list them: the caller still refuses what is
    /// none.
    void setValues(const QString &name, const QStringList &values);

    /// What may follow the options, as shown in the usage line.
    void setPositional(const QString &syntax, const QString &help);

    /// Errc::InvalidArgument for an unknown option or a missing value.
    Result<void> parse(const QStringList &arguments);

    /// A value from a configuration file, where it stands as \a key in \a line.
    void setFromFile(const QString &name, const QString &value, const QString &key, int line);
    /// As if the option were on the command line, where another value of it goes first.
    void assign(const QString &name, const QString &value) { m_assigned.insert(name, value); }

    const QList<Option> &options() const { return m_options; }
    /// What the help text begins with.
    QString description() const { return m_parser.applicationDescription(); }
    /// What may follow the options: syntax and help of each.
    const QList<std::pair<QString, QString>> &positionals() const { return m_positionals; }
    const QProcessEnvironment &environment() const { return m_environment; }
    InputFiles &files() const { return *m_files; }
    /// "FRPX_LOG_LEVEL" of "log-level".
    static QString variableName(const QString &option);

    /// Where the value comes from. A variable that is empty counts as none.
    Source source(const QString &name) const;
    /// Is it given anywhere? Of a flag: and is it on?
    bool isSet(const QString &name) const;
    QString text(const QString &name) const;
    /// Each value of an option that is given more than once on the command line.
    QStringList texts(const QString &name) const { return m_parser.values(name); }
    /// All settings with their values, to compare them with others.
    QHash<QString, QString> settings() const;
    int number(const QString &name, int min, int max);
    /// 0, or an amount such as 2000, 500K, 20M, 1G (powers of 1000) or 512KiB, 4MiB, 1GiB (of 1024) from \a
    /// min to \a max bytes.
    qint64 bytes(const QString &name, qint64 min, qint64 max);
    /// Port 0, where allowed, means any free one.
    quint16 port(const QString &name, int min = 0);
    /// To listen on, see net::parseListenAddress(). The port stands in the option \a portName.
    QHostAddress address(const QString &name, const QString &portName);
    /// Only checked: the caller sets it.
    QString logLevel(const QString &name);
    QStringList positional() const { return m_parser.positionalArguments(); }

    /// The help text, or version text, if it was asked for (-h/--help, -V/--version).
    std::optional<QString> requestedText(const QString &program) const;

    /// The faults found by number(), port() and their like.
    std::optional<Error> error() const { return m_report.error(); }
    ConfigReport &report() { return m_report; }

    /// Records a fault found by the caller. Options in \a sentence are written `--name`; those whose values
    /// come from elsewhere are then named as they are there.
    void fail(const QString &sentence);

private:
    struct FileValue
    {
        QString value;
        QString key;
        int line = 0;
    };

    const Option *option(const QString &name) const;

    QCommandLineParser m_parser;
    const QProcessEnvironment m_environment;
    InputFiles m_ownFiles;
    InputFiles *const m_files;
    QList<Option> m_options;
    QList<std::pair<QString, QString>> m_positionals;
    QHash<QString, QString> m_assigned;
    QHash<QString, FileValue> m_fileValues;
    ConfigReport m_report;
};

/// An amount as CommandLine::bytes() takes it; none for anything else.
std::optional<qint64> bytesFromText(const QString &text, qint64 min, qint64 max);

/// $XDG_DATA_HOME/frpx or ~/.local/share/frpx; under systemd its state directory; without a home
/// /var/lib/frpx.
QString defaultDataDir();

} // namespace frpx
