// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/profilemanager.h"

#include "common/core/logging.h"
#include "common/system/machineid.h"
#include "common/system/privatefile.h"
#include "frpc-gui/platform/diskqueue.h"

#include <QPointer>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace frpx::gui {

ProfileManager::ProfileManager(
    const QString &directory, ControlThread &control, DiskQueue &disk, QObject *parent)
    : QObject(parent)
    , m_store(directory)
    , m_control(control)
    , m_disk(disk)
{ }

ProfileManager::~ProfileManager() = default;

void ProfileManager::load()
{
    struct Found
    {
        ProfileStore::Loaded profiles;
        QString clientId;
    };
    m_disk.run(
        this,
        [store = m_store] {
            return Found{store.load(), frpx::defaultClientId()};
        },
        [this](const Found &found) {
            m_clientId = found.clientId;
            for (const Profile &profile : found.profiles.profiles)
                insert(profile);
            m_loaded = true;
            Q_EMIT loaded();
            for (const QString &fault : found.profiles.faults)
                Q_EMIT failed(tr("A server's settings cannot be read."), fault);
        });
}

SessionController *ProfileManager::insert(const Profile &profile)
{
    m_controllers.push_back(
        std::make_unique<SessionController>(profile, m_store.tokenFile(profile.id), m_control));
    SessionController *controller = m_controllers.back().get();
    connect(controller, &SessionController::profileChanged, this,
        [this, controller] { keep(controller->profile()); });
    Q_EMIT added(controller);
    return controller;
}

void ProfileManager::keep(const Profile &profile)
{
    m_disk.run(
        this, [store = m_store, copy = profile]() mutable { return store.save(copy); },
        [this](const Result<void> &saved) {
            if (!saved)
                Q_EMIT failed(tr("The settings cannot be saved."), saved.error().detail);
        });
}

QString ProfileManager::uniqueName(const QString &name) const
{
    const QString base = name.trimmed().isEmpty() ? u"frps"_s : name.trimmed();
    QString unique = base;
    for (int i = 2; byName(unique); ++i)
        unique = u"%1 (%2)"_s.arg(base).arg(i);
    return unique;
}

SessionController *ProfileManager::byId(const QString &id) const
{
    for (const auto &controller : m_controllers) {
        if (controller->profile().id == id)
            return controller.get();
    }
    return nullptr;
}

SessionController *ProfileManager::byName(const QString &name) const
{
    for (const auto &controller : m_controllers) {
        if (controller->profile().name == name)
            return controller.get();
    }
    return nullptr;
}

void ProfileManager::add(Profile profile, QObject *context, Added done)
{
    if (int(m_controllers.size()) >= ProfileStore::maxProfiles)
        return Q_EMIT failed(tr("The settings cannot be saved."), tr("There are too many servers."));
    profile.id.clear();
    profile.name = uniqueName(profile.name);
    if (profile.setting(u"client-id"_s).isEmpty())
        profile.set(u"client-id"_s, m_clientId);
    m_disk.run(
        this,
        [store = m_store, copy = profile]() mutable -> Result<Profile> {
            const Result<void> saved = store.save(copy);
            if (!saved)
                return saved.error();
            return copy;
        },
        [this, guard = QPointer<QObject>(context), done = std::move(done)](const Result<Profile> &saved) {
            if (saved && guard)
                done(insert(*saved));
            else if (saved) // the profile was removed meanwhile
                m_disk.run([store = m_store, id = saved->id] { (void)store.remove(id); });
            else
                Q_EMIT failed(tr("The settings cannot be saved."), saved.error().detail);
        });
}

void ProfileManager::remove(SessionController *controller)
{
    const auto found = std::find_if(m_controllers.begin(), m_controllers.end(),
        [controller](const auto &known) { return known.get() == controller; });
    if (found == m_controllers.end())
        return;
    const std::unique_ptr<SessionController> gone = std::move(*found);
    m_controllers.erase(found);
    gone->leaveAtOnce();
    Q_EMIT removed(gone.get());
    m_disk.run(
        this, [store = m_store, id = gone->profile().id] { return store.remove(id); },
        [this](const Result<void> &done) {
            if (!done)
                Q_EMIT failed(tr("The settings cannot be removed."), done.error().detail);
        });
}

void ProfileManager::importFile(const QString &path)
{
    m_disk.run(
        this, [path] { return importProfile(path, QProcessEnvironment::systemEnvironment()); },
        [this](const Result<ImportedProfile> &read) {
            if (!read)
                return Q_EMIT failed(tr("The file cannot be imported."), read.error().detail);
            add(read->profile, this, [this, imported = *read](SessionController *controller) {
                if (!imported.password.isEmpty())
                    controller->logIn(imported.email, imported.password);
                else
                    controller->connectToServer(); // asks for the login
                Q_EMIT this->imported(controller, imported.notes);
            });
        });
}

void ProfileManager::exportFile(const SessionController &controller, const QString &path)
{
    m_disk.run(
        this,
        [path, content = toConfigFile(controller.profile())] { return writePrivateFile(path, content); },
        [this](const Result<void> &written) {
            if (!written)
                Q_EMIT failed(tr("The file cannot be exported."), written.error().detail);
        });
}

void ProfileManager::leaveAll(int timeoutMs)
{
    m_leaving = 0;
    for (const auto &controller : m_controllers) {
        ++m_leaving;
        connect(
            controller.get(), &SessionController::left, this,
            [this] {
                if (--m_leaving == 0)
                    Q_EMIT allLeft();
            },
            Qt::SingleShotConnection);
        controller->disconnectFromServer();
    }
    if (m_leaving == 0)
        return QMetaObject::invokeMethod(this, &ProfileManager::allLeft, Qt::QueuedConnection), void();
    QTimer::singleShot(timeoutMs, this, [this] {
        if (m_leaving > 0) {
            m_leaving = 0;
            Q_EMIT allLeft();
        }
    });
}

} // namespace frpx::gui
