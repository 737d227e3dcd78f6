// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/platform/autostart.h"

#include <QCoreApplication>
#include <QDir>
#include <QSettings>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

constexpr auto runKey = "HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"_L1;
constexpr auto valueName = "frpc-gui"_L1;

} // namespace

std::optional<bool> startsWithSystem()
{
    return QSettings(runKey, QSettings::NativeFormat).contains(valueName);
}

Result<void> setStartsWithSystem(bool yes)
{
    QSettings run(runKey, QSettings::NativeFormat);
    const QString program = QDir::toNativeSeparators(QCoreApplication::applicationFilePath());
    if (yes)
        run.setValue(valueName, u"\"%1\" --minimized"_s.arg(program));
    else
        run.remove(valueName);
    run.sync();
    if (run.status() != QSettings::NoError)
        return Error{Errc::Io, u"The registry key Run cannot be written."_s};
    return {};
}

} // namespace frpx::gui
