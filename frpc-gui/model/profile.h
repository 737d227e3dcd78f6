// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/config/clientconfig.h"

namespace frpx::gui {

/// One server and the tunnels of this machine there: a configuration file of frpc plus what only the GUI
/// needs.
struct Profile
{
    QString id; ///< the name of its directory; empty: not stored yet
    QString name; ///< shown in the windows
    QString email; ///< of the last login; the password is never stored
    bool connectAtStart = true;
    QHash<QString, QString> settings; ///< frpc options by name; options at their default are left out
    std::vector<TunnelSpec> tunnels; ///< names are unique
    QStringList paused; ///< names of tunnels that are not opened; "" is the default tunnel

    QString setting(const QString &option) const;
    /// Sets \a option; an empty \a value restores the default.
    void set(const QString &option, const QString &value);
    QString serverHost() const { return setting(QStringLiteral("server-addr")); }
    bool servesDefaultTunnel() const;
    bool isPaused(const QString &tunnel) const { return paused.contains(tunnel); }
    const TunnelSpec *tunnel(const QString &tunnelName) const;
    /// Replaces the tunnel named \a before, or appends \a spec.
    void putTunnel(const QString &before, const TunnelSpec &spec);
    void removeTunnel(const QString &tunnelName);
};

/// Returns \a port as the value of local-port; a service on a unix socket has none, so port 0 gives an empty
/// value.
QString localPortSetting(quint16 port);

/// What frpc makes of \a profile: its configuration without the tunnels that are paused. The login is kept in
/// \a tokenFile. Errc::InvalidArgument with a sentence that names the option.
Result<client::ClientConfig> toClientConfig(const Profile &profile, const QString &tokenFile);

/// Returns a configuration file with which frpc does the same as \a profile.
QByteArray toConfigFile(const Profile &profile);

/// A configuration file converted to a profile.
struct ImportedProfile
{
    Profile profile;
    QString email; ///< e-mail and password are both empty if the file names no account
    QString password; ///< for one login; it is not stored
    QStringList notes; ///< the entries of the file that have no effect
};

/// Reads a configuration file of frpc, or a simple one of frp. Errc::BadConfig with a line for each fault.
/// Blocks on the disk.
Result<ImportedProfile> importProfile(const QString &path, const QProcessEnvironment &environment);

/// The default value of every option of frpc.
const QHash<QString, QString> &defaultSettings();

} // namespace frpx::gui
