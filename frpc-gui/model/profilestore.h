// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profile.h"

#include <QList>

namespace frpx::gui {

/// The profiles on the disk. Each has a directory of its own:
///
///     frpc.toml    what frpc itself reads: `frpc -c frpc.toml` does the same without a window
///     token.json   the login, in the form of frpc, mode 0600
///     gui.json     what only the GUI knows: name, e-mail, paused tunnels
///
/// Every file is replaced in one step. All functions block on the disk. Only one thread at a time may use an
/// object.
class ProfileStore
{
public:
    static constexpr int maxProfiles = 100;

    explicit ProfileStore(QString directory);

    const QString &directory() const { return m_directory; }
    QString directoryOf(const QString &id) const;
    QString tokenFile(const QString &id) const;

    struct Loaded
    {
        QList<Profile> profiles; ///< by name
        QStringList faults; ///< a sentence for each profile that could not be read
    };
    Loaded load() const;

    /// Stores \a profile and gives it an id if it has none. Errc::Io.
    Result<void> save(Profile &profile) const;
    /// Removes the profile and its login.
    Result<void> remove(const QString &id) const;

private:
    Result<QString> makeDirectory(const QString &name) const;

    QString m_directory;
};

} // namespace frpx::gui
