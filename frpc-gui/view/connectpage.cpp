// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/connectpage.h"

#include "frpc-gui/session/sessioncontroller.h"
#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/setupwizard.h"
#include "frpc-gui/view/widgets.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>

using namespace Qt::StringLiterals;

namespace frpx::gui {

ConnectPage::ConnectPage(SetupWizard &wizard)
    : m_wizard(wizard)
    , m_picture(new QLabel)
    , m_headline(textLabel())
    , m_detail(textLabel())
    , m_advice(mutedLabel())
    , m_progress(new QProgressBar)
{
    setTitle(tr("Connecting"));
    setSubTitle(tr("This takes a moment."));
    m_headline->setObjectName(u"connectTitle"_s);
    m_detail->setObjectName(u"connectDetail"_s);
    m_advice->setObjectName(u"connectAdvice"_s);
    name(m_progress, u"connectProgress"_s, tr("Connecting"));
    QFont bold = font();
    bold.setBold(true);
    m_headline->setFont(bold);
    m_progress->setRange(0, 0); // shows activity without a percentage
    m_progress->setTextVisible(false);
    auto *labels = new QVBoxLayout;
    labels->addWidget(m_headline);
    labels->addWidget(m_detail);
    labels->addWidget(m_advice);
    auto *row = new QHBoxLayout;
    row->setSpacing(14);
    row->addWidget(m_picture, 0, Qt::AlignTop);
    row->addLayout(labels, 1);
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(row);
    layout->addWidget(m_progress);
    layout->addStretch();
    showContent(*this, content);
    connect(&m_wizard, &SetupWizard::controllerMade, this, &ConnectPage::watch);
}

void ConnectPage::initializePage()
{
    if (m_controller)
        m_controller->disconnect(this);
    m_controller.clear();
    refresh();
    m_wizard.tryToConnect();
}

void ConnectPage::watch(SessionController *controller)
{
    m_controller = controller;
    connect(controller, &SessionController::changed, this, &ConnectPage::refresh);
    refresh();
}

void ConnectPage::refresh()
{
    using State = client::ServerSession::State;
    StatusText text;
    text.level = StatusLevel::Connecting;
    text.title = tr("Connecting …");
    bool waitsForPerson = false;
    if (m_controller) {
        text = m_controller->statusText();
        const State state = m_controller->status().state;
        waitsForPerson = state == State::NeedsLogin && m_controller->status().error.has_value();
        if (state == State::Idle || (state == State::NeedsLogin && !waitsForPerson)) {
            text = {};
            text.level = StatusLevel::Connecting;
            text.title = tr("Connecting …"); // the attempt has been requested; its state follows
        } else if (state == State::Waiting && text.level != StatusLevel::Attention) {
            text.title = tr("Not connected yet");
        }
        if (waitsForPerson)
            text.advice = tr("Go back and correct them.");
    }
    constexpr int side = 40;
    m_picture->setPixmap(levelIcon(text.level).pixmap(QSize(side, side), devicePixelRatioF()));
    m_picture->setAccessibleName(levelName(text.level));
    m_headline->setText(text.title);
    m_detail->setText(text.detail);
    if (isComplete() && text.detail.isEmpty())
        m_detail->setText(tr("The login is saved: the next start needs no question."));
    m_advice->setText(text.advice);
    m_progress->setVisible(!isComplete() && !waitsForPerson);
    setTitle(isComplete()    ? tr("Connected")
            : waitsForPerson ? tr("The login was refused")
                             : tr("Connecting"));
    setSubTitle(isComplete() ? tr("Everything is set up.")
            : waitsForPerson ? tr("Nothing is saved.")
                             : tr("This takes a moment."));
    Q_EMIT completeChanged();
}

bool ConnectPage::isComplete() const
{
    return m_controller && m_controller->isOnline();
}

} // namespace frpx::gui
