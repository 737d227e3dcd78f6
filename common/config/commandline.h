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
#include <QSet>

/// What the command lines of the programs have in common.
namespace frpx {

/// The options of a program. Sources in order of precedence: the command line, the environment (`--log-level`
/// is FRPX_LOG_LEVEL), a configuration file, the default. Collects the faults of all values, so that a caller
/// reads all of them and checks for faults once.
class CommandLine
{
public:
    struct Option
    {
        enum class Kind {
            Setting,
            Command, ///< an action for this run: only on the command line
        };
        QString name;
        QString valueName; ///< empty: a flag
        Kind kind = Kind::Setting;
        QString help = {}; ///< without the default
        QString defaultValue = {};
        QString shortName = {}; ///< one letter, or empty
        QStringList values = {}; ///< all allowed values; empty: not a fixed list
        bool isLive = false; ///< a reload can change it; otherwise a restart is needed
    };
    enum class Source { Default, File, Environment, CommandLine };

    /// \a files reads the files that options name, and outlives this object; with null the command line
    /// creates its own.
    explicit CommandLine(const QString &description,
        const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment(),
        InputFiles *files = nullptr);

    /// `--name VALUE`, or a flag when \a valueName is empty. A \a shortName is one letter.
    void add(const QString &name, const QString &help, const QString &valueName = {},
        const QString &defaultValue = {}, const QString &shortName = {});

    /// As add(), for a setting that a reload can change.
    void addLive(const QString &name, const QString &help, const QString &valueName = {},
        const QString &defaultValue = {}, const QString &shortName = {});

    /// A flag, or with \a valueName an option, that is no setting: it has no variable and no key.
    void addCommand(const QString &name, const QString &help, const QString &valueName = {});

    /// The allowed values of the option, for help and completions; the caller still checks the value.
    void setValues(const QString &name, const QStringList &values);

    /// The arguments after the options, as shown in the usage line.
    void setPositional(const QString &syntax, const QString &help);

    /// Errc::InvalidArgument for an unknown option or a missing value.
    Result<void> parse(const QStringList &arguments);

    /// Sets a value from a configuration file, found as \a key in \a line.
    void setFromFile(const QString &name, const QString &value, const QString &key, int line);
    /// Sets a value as if it were on the command line; a value that is really there has precedence.
    void assign(const QString &name, const QString &value) { m_assigned.insert(name, value); }

    const QList<Option> &options() const { return m_options; }
    /// The first lines of the help text.
    QString description() const { return m_parser.applicationDescription(); }
    /// Syntax and help of each argument after the options.
    const QList<std::pair<QString, QString>> &positionals() const { return m_positionals; }
    const QProcessEnvironment &environment() const { return m_environment; }
    InputFiles &files() const { return *m_files; }
    /// Returns "FRPX_LOG_LEVEL" for "log-level".
    static QString variableName(const QString &option);

    /// The source of the value. An empty variable counts as not set.
    Source source(const QString &name) const;
    /// Whether the option is given in any source; for a flag, whether it is on.
    bool isSet(const QString &name) const;
    QString text(const QString &name) const;
    /// All values of an option that may be given several times on the command line.
    QStringList texts(const QString &name) const { return m_parser.values(name); }
    /// All settings with their values, for comparison.
    QHash<QString, QString> settings() const;
    /// The names of the settings that a reload can change.
    QSet<QString> liveSettings() const;
    int number(const QString &name, int min, int max);
    /// 0, or an amount such as 2000, 500K, 20M, 1G (powers of 1000) or 512KiB, 4MiB, 1GiB (of 1024) from \a
    /// min to \a max bytes.
    qint64 bytes(const QString &name, qint64 min, qint64 max);
    /// Port 0, where allowed, means any free one.
    quint16 port(const QString &name, int min = 0);
    /// An address to listen on, see net::parseListenAddress(). The option \a portName has the port.
    QHostAddress address(const QString &name, const QString &portName);
    /// Only checks the level; the caller sets it.
    QString logLevel(const QString &name);
    QStringList positional() const { return m_parser.positionalArguments(); }

    /// The help or version text, if it was requested (-h/--help, -V/--version).
    std::optional<QString> requestedText(const QString &program) const;

    /// The faults that number(), port() and similar functions have found.
    std::optional<Error> error() const { return m_report.error(); }
    ConfigReport &report() { return m_report; }

    /// Records a fault that the caller has found. Options in \a sentence are written `--name`; an option
    /// whose value comes from another source gets its name there.
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

/// Parses an amount as CommandLine::bytes() does; empty for invalid text.
std::optional<qint64> bytesFromText(const QString &text, qint64 min, qint64 max);

/// $XDG_DATA_HOME/frpx or ~/.local/share/frpx; under systemd its state directory; without a home
/// /var/lib/frpx.
QString defaultDataDir();

} // namespace frpx
