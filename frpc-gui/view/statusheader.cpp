// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/statusheader.h"

#include "frpc-gui/model/format.h"
#include "frpc-gui/session/sessioncontroller.h"
#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/widgets.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace frpx::gui {

StatusHeader::StatusHeader(SessionController &controller, QWidget *parent)
    : QWidget(parent)
    , m_controller(controller)
    , m_picture(new QLabel)
    , m_title(new QLabel)
    , m_since(mutedLabel())
    , m_detail(textLabel())
    , m_advice(mutedLabel())
    , m_mainButton(new QPushButton)
    , m_loginButton(new QPushButton(tr("&Log in …")))
    , m_certificateButton(new QPushButton(tr("Certi&ficate …")))
{
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.35);
    big.setBold(true);
    m_title->setFont(big);
    m_title->setWordWrap(true);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setObjectName(u"statusTitle"_s);
    m_detail->setObjectName(u"statusDetail"_s);
    m_advice->setObjectName(u"statusAdvice"_s);
    m_since->setObjectName(u"statusSince"_s);
    m_mainButton->setObjectName(u"connectButton"_s);
    m_loginButton->setObjectName(u"loginButton"_s);
    m_certificateButton->setObjectName(u"certificateButton"_s);
    m_certificateButton->setAccessibleDescription(tr("Show the certificate of the server"));
    m_picture->setAlignment(Qt::AlignTop | Qt::AlignHCenter);
    auto *settings = new QPushButton(actionIcon(u"settings"_s), tr("Ser&ver …"));
    settings->setObjectName(u"serverButton"_s);
    settings->setAccessibleDescription(tr("Settings of this server"));

    auto *labels = new QVBoxLayout;
    labels->setSpacing(3);
    for (QLabel *label : {m_title, m_since, m_detail, m_advice})
        labels->addWidget(label);
    labels->addStretch();
    auto *buttons = new QVBoxLayout;
    for (QPushButton *button : {m_mainButton, m_loginButton, m_certificateButton, settings})
        buttons->addWidget(button);
    buttons->addStretch();
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(4, 4, 4, 4);
    row->setSpacing(14);
    row->addWidget(m_picture, 0, Qt::AlignTop);
    row->addLayout(labels, 1);
    row->addLayout(buttons);

    connect(m_mainButton, &QPushButton::clicked, this, &StatusHeader::onMainButton);
    connect(m_loginButton, &QPushButton::clicked, this, &StatusHeader::loginRequested);
    connect(m_certificateButton, &QPushButton::clicked, this, &StatusHeader::certificateRequested);
    connect(settings, &QPushButton::clicked, this, &StatusHeader::settingsRequested);
    connect(&m_controller, &SessionController::changed, this, &StatusHeader::refresh);
    constexpr int clockMs = 1000;
    connect(&m_clock, &QTimer::timeout, this, &StatusHeader::refreshTimes);
    m_clock.start(clockMs);
    refresh();
}

void StatusHeader::onMainButton()
{
    if (m_controller.isWanted())
        m_controller.disconnectFromServer();
    else
        m_controller.connectToServer();
}

void StatusHeader::refresh()
{
    const StatusText &text = m_controller.statusText();
    constexpr int side = 44;
    m_picture->setPixmap(levelIcon(text.level).pixmap(QSize(side, side), devicePixelRatioF()));
    m_picture->setAccessibleName(levelName(text.level));
    m_title->setText(text.title);
    m_detail->setText(text.detail);
    m_detail->setVisible(!text.detail.isEmpty());
    m_advice->setText(text.advice);
    m_advice->setVisible(!text.advice.isEmpty());
    m_mainButton->setText(m_controller.isWanted() ? tr("&Disconnect") : tr("&Connect"));
    m_loginButton->setVisible(m_controller.status().state == client::ServerSession::State::NeedsLogin);
    m_certificateButton->setVisible(m_controller.status().certificate.has_value());
    refreshTimes();
}

void StatusHeader::refreshTimes()
{
    if (!isVisible() && !m_since->text().isEmpty())
        return;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    const qint64 since = m_controller.levelSinceMs();
    const QDateTime moment = QDateTime::fromMSecsSinceEpoch(since);
    const bool today = moment.date() == QDate::currentDate();
    const QString when = today ? QLocale().toString(moment.time(), QLocale::ShortFormat)
                               : QLocale().toString(moment, QLocale::ShortFormat);
    QString text = tr("since %1 (%2)").arg(when, durationText(now - since));
    const SessionStatus &status = m_controller.status();
    if (status.state == client::ServerSession::State::Waiting && status.nextAttemptMs > now)
        text += u" · "_s + tr("next try in %1").arg(durationText(status.nextAttemptMs - now + 999));
    if (m_since->text() != text)
        m_since->setText(text);
}

} // namespace frpx::gui
