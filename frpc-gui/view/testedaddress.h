// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/session/portprobe.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace frpx::gui {

/// Fields for the address and port of a local service, with a button that tests whether the service answers.
class TestedAddress : public QWidget
{
    Q_OBJECT

public:
    TestedAddress(const QString &host, quint16 port, QWidget *parent = nullptr);

    /// In the form that frpc takes; the input itself if it is no address.
    QString host() const;
    quint16 port() const; ///< 0 with a unix socket
    QString fault() const; ///< why the input is no address; empty: it is one
    void setAddress(const QString &host, quint16 port);
    QString result() const; ///< the last test's result; empty: none since the last change

Q_SIGNALS:
    void changed();

private:
    void onEdited();
    void test();
    void onFinished(const QString &fault);

    QLineEdit *m_host;
    QSpinBox *m_port;
    QPushButton *m_test;
    QLabel *m_result;
    PortProbe m_probe;
};

} // namespace frpx::gui
