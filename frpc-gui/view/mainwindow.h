// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QMainWindow>

class QListWidget;
class QListWidgetItem;
class QStackedWidget;

namespace frpx::gui {

class LogModel;
class ProfileManager;
class SessionController;
class SessionPage;

/// The window: servers on the left, what is known of the chosen one on the right.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    MainWindow(ProfileManager &profiles, LogModel &log);

    SessionController *current() const; ///< null: no server yet
    void showServer(SessionController *controller);
    SessionPage *page(SessionController *controller) const;
    /// Brings it up, whatever it was.
    void raiseFully();
    /// Says something for a while at the lower edge.
    void say(const QString &sentence);
    void showFailure(const QString &what, const QString &why);

Q_SIGNALS:
    void addRequested();
    void settingsRequested();
    void quitRequested();
    /// The person has closed it; it is still open. Who accepts hides it.
    void closing();

protected:
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void makeMenu();
    void add(SessionController *controller);
    void remove(SessionController *controller);
    void refresh(SessionController *controller);
    SessionPage *pageAt(int index) const;
    int indexOf(SessionController *controller) const;
    QListWidgetItem *item(SessionController *controller) const;
    void chooseImport();

    ProfileManager &m_profiles;
    LogModel &m_log;
    QListWidget *m_list;
    QStackedWidget *m_pages;
};

} // namespace frpx::gui
