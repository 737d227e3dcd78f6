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

/// The main window: the list of servers on the left, the page of the current one on the right.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    MainWindow(ProfileManager &profiles, LogModel &log);

    SessionController *current() const; ///< null: there is no server
    void showServer(SessionController *controller);
    SessionPage *page(SessionController *controller) const;
    /// Shows the window in front, also if it was hidden or minimized.
    void raiseFully();
    /// Shows \a sentence in the status bar for a while.
    void say(const QString &sentence);
    void showFailure(const QString &what, const QString &why);

Q_SIGNALS:
    void addRequested();
    void settingsRequested();
    void quitRequested();
    /// The person has closed the window, which is still visible. The receiver hides it.
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
