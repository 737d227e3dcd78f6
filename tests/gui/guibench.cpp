// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/gui/guibench.h"

#include "frpc-gui/view/setupwizard.h"

#include <QAbstractButton>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QWizardPage>

using namespace Qt::StringLiterals;

namespace frpx::test {

using namespace frpx::gui;

void GuiBench::prepare()
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    static const QTemporaryDir settings;
    qputenv("XDG_CONFIG_HOME", settings.path().toUtf8());
}

GuiBench::GuiBench()
{
    const QList<quint16> ports = freePorts(2);
    m_ready =
        m_server.start({u"--allow-ports"_s, u"%1,%2"_s.arg(ports[0]).arg(ports[1])}) && m_service.start();
}

std::unique_ptr<GuiApp> GuiBench::startApp()
{
    GuiOptions options;
    options.directory = m_directory.path();
    auto app = std::make_unique<GuiApp>(options);
    QSignalSpy ready(app.get(), &GuiApp::ready);
    app->start();
    return ready.wait(patience) ? std::move(app) : nullptr;
}

Profile GuiBench::profile(const QString &name, quint16 localPort) const
{
    Profile profile;
    profile.name = name;
    profile.set(u"client-id"_s, u"desk-"_s + name);
    profile.set(u"control-port"_s, QString::number(m_server.controlPort()));
    profile.set(u"proxy-port"_s, QString::number(m_server.proxyPort()));
    profile.set(u"local-port"_s, QString::number(localPort));
    return profile;
}

SessionController *GuiBench::addAndLogIn(
    GuiApp &app, const Profile &profile, const QString &email, const QString &password)
{
    if (auto *wizard = app.window().findChild<SetupWizard *>())
        wizard->reject(); // nobody needs it, and it is in front of everything
    SessionController *made = nullptr;
    app.profiles().add(profile, &app, [&made](SessionController *controller) { made = controller; });
    if (!QTest::qWaitFor([&made] { return made; }, patience))
        return nullptr;
    made->logIn(email, password);
    return made;
}

SetupWizard *GuiBench::fillWizard(GuiApp &app, const QString &password, const QString &server)
{
    auto *wizard = app.window().findChild<SetupWizard *>();
    if (!wizard)
        return nullptr;
    const auto page = [wizard] { return wizard->currentPage(); };
    find<QLineEdit>(*page(), u"serverHost"_s)->setText(server);
    find<QSpinBox>(*page(), u"controlPort"_s)->setValue(m_server.controlPort());
    find<QSpinBox>(*page(), u"proxyPort"_s)->setValue(m_server.proxyPort());
    wizard->next();
    find<QLineEdit>(*page(), u"email"_s)->setText(QString::fromLatin1(demoEmail));
    find<QLineEdit>(*page(), u"password"_s)->setText(password);
    wizard->next();
    find<QSpinBox>(*page(), u"localPort"_s)->setValue(m_service.port());
    QTest::mouseClick(find<QAbstractButton>(*page(), u"testButton"_s), Qt::LeftButton);
    if (!QTest::qWaitFor(
            [&] { return find<QLabel>(*page(), u"testResult"_s)->text().startsWith(u'✓'); }, patience))
        return nullptr;
    wizard->next();
    return wizard;
}

void GuiBench::press(QDialog *dialog, QDialogButtonBox::StandardButton which)
{
    QTest::mouseClick(dialog->findChild<QDialogButtonBox *>()->button(which), Qt::LeftButton);
}

} // namespace frpx::test
