// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/guiapp.h"
#include "tests/support/httpservice.h"
#include "tests/support/programs.h"

#include <QDialogButtonBox>
#include <QTemporaryDir>

namespace frpx::gui {
class SetupWizard;
}

namespace frpx::test {

constexpr int patience = 15'000; ///< ms; the machine may be busy

/// The child of \a parent that has that name and type, and is there.
template <typename Widget>
Widget *find(const QObject &parent, const QString &name)
{
    auto *found = parent.findChild<Widget *>(name);
    Q_ASSERT(found);
    return found;
}

/// A server, a local service, and the windows of a person who has neither profiles nor settings yet.
class GuiBench
{
public:
    /// Call first thing in main(): no screen is needed, none is disturbed, nor the person's own settings.
    static void prepare();

    GuiBench();

    bool isReady() const { return m_ready; }
    QString directory() const { return m_directory.path(); }
    FrpsProcess &server() { return m_server; }
    HttpService &service() { return m_service; }

    /// The program, once its profiles are read.
    std::unique_ptr<gui::GuiApp> startApp();
    /// A profile for the server, as if the wizard had made it.
    gui::Profile profile(const QString &name, quint16 localPort) const;
    gui::Profile profile(const QString &name) const { return profile(name, m_service.port()); }
    gui::SessionController *addAndLogIn(gui::GuiApp &app, const gui::Profile &profile,
        const QString &email = QString::fromLatin1(demoEmail),
        const QString &password = QString::fromLatin1(demoPassword));
    /// Goes through the wizard up to its last page; null if that does not work.
    gui::SetupWizard *fillWizard(
        gui::GuiApp &app, const QString &password, const QString &server = QStringLiteral("127.0.0.1"));
    static void press(QDialog *dialog, QDialogButtonBox::StandardButton which = QDialogButtonBox::Ok);

private:
    QTemporaryDir m_directory;
    FrpsProcess m_server;
    HttpService m_service{"page"};
    bool m_ready = false;
};

} // namespace frpx::test
