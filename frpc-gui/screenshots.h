// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDialog>
#include <QObject>
#include <QPointer>
#include <QTimer>

#include <functional>
#include <vector>

class QWidget;

namespace frpx::gui {

class GuiApp;

/// Renders every page of a running GuiApp to a PNG file, for the documentation.
class Screenshots : public QObject
{
    Q_OBJECT

public:
    Screenshots(GuiApp &app, QString directory, QObject *parent = nullptr);

    /// Waits a while for the sessions to connect, then renders each page.
    void start();

Q_SIGNALS:
    /// \a faults: the files that could not be written.
    void finished(const QStringList &faults);

private:
    using Step = std::function<void()>;

    bool isSettled() const;
    void plan();
    void next();
    void take(const QString &fileName, QWidget *widget);
    /// Plans a dialog that is opened, rendered and closed.
    void planDialog(const QString &fileName, std::function<QDialog *()> make);

    GuiApp &m_app;
    const QString m_directory;
    QTimer m_timer;
    int m_waits = 0;
    std::vector<Step> m_steps; ///< in reverse order: the next step is the last element
    QPointer<QDialog> m_dialog; ///< the open dialog
    QStringList m_faults;
};

} // namespace frpx::gui
