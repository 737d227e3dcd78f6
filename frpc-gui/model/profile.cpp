// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/profile.h"

#include "common/config/configkeys.h"
#include "common/config/inputfiles.h"
#include "frpc/config/clientconfigwriter.h"

#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

/// Settings that a profile does not store: secrets, and those that the GUI sets itself.
constexpr QStringView notKept[] = {u"c", u"config", u"tunnel", u"email", u"password", u"password-file",
    u"token-file", u"known-servers", u"log-level"};

/// A flag that is on is given alone, every other option with its value.
QStringList asArguments(const QHash<QString, QString> &settings)
{
    QStringList flags;
    const QList<OptionSpelling> spellings = client::clientSpellings();
    for (const OptionSpelling &spelling : spellings) {
        if (spelling.type == OptionSpelling::Type::Flag)
            flags << spelling.option.sliced(2);
    }
    QStringList arguments{u"frpc"_s};
    for (auto it = settings.cbegin(); it != settings.cend(); ++it) {
        const bool isFlag = flags.contains(it.key());
        if (!isFlag)
            arguments << u"--%1=%2"_s.arg(it.key(), it.value());
        else if (it.value() == "1"_L1)
            arguments << u"--"_s + it.key();
    }
    return arguments;
}

/// Returns the settings that differ from the default and may be stored.
QHash<QString, QString> keptSettings(const client::ClientConfig &config)
{
    QHash<QString, QString> kept = config.settings;
    kept.insert(u"only-tunnels"_s, QString::number(config.session.onlyTunnels));
    kept.insert(u"server-addr"_s, config.session.serverHost); // without brackets
    kept.insert(u"local-addr"_s, config.session.localHost);
    kept.insert(u"client-id"_s, config.session.clientId); // keeps the id if the machine is renamed
    for (const QStringView option : notKept)
        kept.remove(option.toString());
    kept.removeIf([](const auto &entry) {
        return entry.key() != "client-id"_L1 && defaultSettings().value(entry.key()) == entry.value();
    });
    return kept;
}

} // namespace

const QHash<QString, QString> &defaultSettings()
{
    static const QHash<QString, QString> settings = [] {
        const Result<client::ClientConfig> config =
            client::parseClientArguments({u"frpc"_s, u"--client-id=x"_s}, QProcessEnvironment());
        QHash<QString, QString> values = config ? config->settings : QHash<QString, QString>();
        values.remove(u"client-id"_s);
        return values;
    }();
    return settings;
}

QString Profile::setting(const QString &option) const
{
    const auto found = settings.constFind(option);
    return found == settings.cend() ? defaultSettings().value(option) : *found;
}

void Profile::set(const QString &option, const QString &value)
{
    if (value.isEmpty() || (option != "client-id"_L1 && defaultSettings().value(option) == value))
        settings.remove(option);
    else
        settings.insert(option, value);
}

bool Profile::servesDefaultTunnel() const
{
    return setting(u"only-tunnels"_s) != "1"_L1;
}

const TunnelSpec *Profile::tunnel(const QString &tunnelName) const
{
    for (const TunnelSpec &spec : tunnels) {
        if (spec.name == tunnelName)
            return &spec;
    }
    return nullptr;
}

void Profile::putTunnel(const QString &before, const TunnelSpec &spec)
{
    if (isPaused(before) && before != spec.name)
        paused.replace(paused.indexOf(before), spec.name);
    for (TunnelSpec &known : tunnels) {
        if (known.name == before) {
            known = spec;
            return;
        }
    }
    tunnels.push_back(spec);
}

void Profile::removeTunnel(const QString &tunnelName)
{
    std::erase_if(tunnels, [&tunnelName](const auto &spec) { return spec.name == tunnelName; });
    paused.removeAll(tunnelName);
}

QString localPortSetting(quint16 port)
{
    return port == 0 ? QString() : QString::number(port);
}

Result<client::ClientConfig> toClientConfig(const Profile &profile, const QString &tokenFile)
{
    QHash<QString, QString> settings = profile.settings;
    if (profile.isPaused({}))
        settings.insert(u"only-tunnels"_s, u"1"_s);
    InputFiles files;
    files.setStarted(); // started: do not wait for a pipe
    Result<client::ClientConfig> config =
        client::parseClientArguments(asArguments(settings), QProcessEnvironment(), &files);
    if (!config)
        return config;
    config->tokenFile = tokenFile;
    config->session.tls.knownServersFile =
        QFileInfo(tokenFile).dir().filePath(u"known_servers"_s); // as frpc does
    config->settings.insert(u"token-file"_s, tokenFile);
    for (const TunnelSpec &spec : profile.tunnels) {
        if (profile.isPaused(spec.name))
            continue;
        config->tunnels.push_back(spec);
    }
    return config;
}

QByteArray toConfigFile(const Profile &profile)
{
    QHash<QString, QString> settings = profile.settings;
    if (!profile.tunnels.empty()) // a file with tunnels only would turn the default tunnel off
        settings.insert(u"only-tunnels"_s, profile.servesDefaultTunnel() ? u"0"_s : u"1"_s);
    return client::writeClientConfig(settings, profile.tunnels);
}

Result<ImportedProfile> importProfile(const QString &path, const QProcessEnvironment &environment)
{
    QProcessEnvironment variables = environment;
    for (const QString &name : environment.keys()) { // these variables configure a frpc in a terminal
        if (name.startsWith("FRPX_"_L1))
            variables.remove(name);
    }
    InputFiles files;
    files.setStarted(); // started: do not wait for a pipe
    const Result<client::ClientConfig> config =
        client::parseClientArguments({u"frpc"_s, u"--config="_s + path}, variables, &files);
    if (!config)
        return config.error();
    ImportedProfile imported;
    Profile &profile = imported.profile;
    profile.settings = keptSettings(*config);
    profile.tunnels = config->tunnels;
    profile.name = profile.serverHost();
    profile.email = config->email;
    imported.email = config->email;
    imported.password = config->password;
    imported.notes = config->notes;
    return imported;
}

} // namespace frpx::gui
