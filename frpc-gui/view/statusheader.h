// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;
class QPushButton;

namespace frpx::gui {

class SessionController;

/// The state of one connection as text: the state and since when, what has failed, what to do.
class StatusHeader : public QWidget
{
    Q_OBJECT

public:
    explicit StatusHeader(SessionController &controller, QWidget *parent = nullptr);

Q_SIGNALS:
    void loginRequested();
    void certificateRequested();
    void settingsRequested();

private:
    void refresh();
    void refreshTimes();
    void onMainButton();

    SessionController &m_controller;
    QLabel *m_picture;
    QLabel *m_title;
    QLabel *m_since;
    QLabel *m_detail;
    QLabel *m_advice;
    QPushButton *m_mainButton;
    QPushButton *m_loginButton;
    QPushButton *m_certificateButton;
    QTimer m_clock; ///< updates the durations in the text
};

} // namespace frpx::gui
