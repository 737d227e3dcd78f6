// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/clientconfig.h"

namespace frpx::gui {

/// One server and what this machine does there: what a configuration file of frpc says, and a little more.
struct Profile
{
    QString id; ///< the name of its directory; empty: not kept yet
    QString name; ///< for people
    QString email; ///< of the last login; the password is never kept
    bool connectAtStart = true;
    QHash<QString, QString> settings; ///< options of frpc by their names, those that are not at their default
    std::vector<client::TunnelSpec> tunnels; ///< names are unique
    QStringList paused; ///< names of tunnels that are not to be opened; "" is the default tunnel

    QString setting(const QString &option) const;
    /// Back to its default with an empty \a value.
    void set(const QString &option, const QString &value);
    QString serverHost() const { return setting(QStringLiteral("server-addr")); }
    bool servesDefaultTunnel() const;
    bool isPaused(const QString &tunnel) const { return paused.contains(tunnel); }
    const client::TunnelSpec *tunnel(const QString &tunnelName) const;
    /// Takes the place of the one named \a before, or is appended.
    void putTunnel(const QString &before, const client::TunnelSpec &spec);
    void removeTunnel(const QString &tunnelName);
};

/// \a port as the value of local-port; the service on a unix socket has none, and port 0.
QString localPortSetting(quint16 port);

/// What frpc makes of \a profile: its configuration without the tunnels that are paused. The login is kept in
/// \a tokenFile. Errc::InvalidArgument with a sentence that names the option.
Result<client::ClientConfig> toClientConfig(const Profile &profile, const QString &tokenFile);

/// The configuration file for frpc that does what \a profile does.
QByteArray toConfigFile(const Profile &profile);

/// A configuration file as a profile to be kept.
struct ImportedProfile
{
    Profile profile;
    QString email; ///< both empty: it does not say
    QString password; ///< for one login; it is not kept
    QStringList notes; ///< what in the file has no effect
};

/// Reads a configuration file of frpc, or a simple one of frp. Errc::BadConfig with a line for each fault.
/// Blocks on the disk.
Result<ImportedProfile> importProfile(const QString &path, const QProcessEnvironment &environment);

/// What every option of frpc is when nobody says anything.
const QHash<QString, QString> &defaultSettings();

} // namespace frpx::gui
