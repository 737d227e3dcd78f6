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
    m_progress->setRange(0, 0); // busy
    m_progress->setTextVisible(false);
    auto *words = new QVBoxLayout;
    words->addWidget(m_headline);
    words->addWidget(m_detail);
    words->addWidget(m_advice);
    auto *row = new QHBoxLayout;
    row->setSpacing(14);
    row->addWidget(m_picture, 0, Qt::AlignTop);
    row->addLayout(words, 1);
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
    using State = client::ClientSession::State;
    StatusText words;
    words.level = StatusLevel::Connecting;
    words.title = tr("Connecting …");
    bool waitsForPerson = false;
    if (m_controller) {
        words = m_controller->words();
        const State state = m_controller->status().state;
        waitsForPerson = state == State::NeedsLogin && m_controller->status().error.has_value();
        if (state == State::Idle || (state == State::NeedsLogin && !waitsForPerson)) {
            words = {};
            words.level = StatusLevel::Connecting;
            words.title = tr("Connecting …"); // it has been asked to, and will say so in a moment
        } else if (state == State::Waiting && words.level != StatusLevel::Attention) {
            words.title = tr("Not connected yet");
        }
        if (waitsForPerson)
            words.advice = tr("Go back and correct them.");
    }
    constexpr int side = 40;
    m_picture->setPixmap(levelIcon(words.level).pixmap(QSize(side, side), devicePixelRatioF()));
    m_picture->setAccessibleName(levelName(words.level));
    m_headline->setText(words.title);
    m_detail->setText(words.detail);
    if (isComplete() && words.detail.isEmpty())
        m_detail->setText(tr("The login is saved: the next start needs no question."));
    m_advice->setText(words.advice);
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
