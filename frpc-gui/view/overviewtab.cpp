// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/overviewtab.h"

#include "frpc-gui/model/format.h"
#include "frpc-gui/session/sessioncontroller.h"
#include "frpc-gui/view/flowlayout.h"
#include "frpc-gui/view/trafficgraph.h"
#include "frpc-gui/view/widgets.h"

#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace frpx::gui {

OverviewTab::OverviewTab(SessionController &controller, QWidget *parent)
    : QWidget(parent)
    , m_controller(controller)
    , m_graph(new TrafficGraph)
{
    constexpr int columns = 4;
    auto *figures = new FlowLayout(columns);
    figures->setSpacings(24, 10);
    m_sent = addFigure(*figures, u"sentFigure"_s, tr("Sent to visitors"));
    m_received = addFigure(*figures, u"receivedFigure"_s, tr("Received from visitors"));
    m_open = addFigure(*figures, u"openFigure"_s, tr("Open connections"));
    m_total = addFigure(*figures, u"totalFigure"_s, tr("Connections served"));
    m_cpu = addFigure(*figures, u"cpuFigure"_s, tr("This computer: CPU"));
    m_memory = addFigure(*figures, u"memoryFigure"_s, tr("Memory"));
    m_disk = addFigure(*figures, u"diskFigure"_s, tr("Disk"));
    m_sum = addFigure(*figures, u"sumFigure"_s, tr("Transferred"));
    m_cpu->setToolTip(tr("As reported to the server"));
    m_memory->setToolTip(tr("As reported to the server"));
    m_disk->setToolTip(tr("As reported to the server"));

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 14, 14, 14);
    layout->setSpacing(14);
    layout->addLayout(figures);
    layout->addWidget(m_graph, 1);
    m_graph->setHistory(&m_controller.history());

    connect(&m_controller, &SessionController::sampled, this, &OverviewTab::refresh);
    connect(&m_controller, &SessionController::changed, this, &OverviewTab::refresh);
    refresh();
}

QLabel *OverviewTab::addFigure(FlowLayout &figures, const QString &objectName, const QString &title)
{
    auto *figure = new QWidget;
    auto *cell = new QVBoxLayout(figure);
    cell->setContentsMargins(0, 0, 0, 0);
    cell->setSpacing(0);
    auto *value = new QLabel;
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    value->setFont(large);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    name(value, objectName, title);
    cell->addWidget(mutedLabel(title));
    cell->addWidget(value);
    cell->addStretch();
    figures.addWidget(figure);
    return value;
}

void OverviewTab::refresh()
{
    const QLocale locale;
    const TunnelTraffic &traffic = m_controller.traffic();
    const TrafficHistory::Point now =
        m_controller.isOnline() ? m_controller.history().last() : TrafficHistory::Point();
    m_received->setText(rateText(now.toService));
    m_sent->setText(rateText(now.toVisitor));
    m_open->setText(locale.toString(traffic.open));
    m_total->setText(locale.toString(traffic.total));
    m_sum->setText(bytesText(traffic.toService + traffic.toVisitor));
    const std::optional<SystemUsage> &usage = m_controller.usage();
    const auto percent = [&usage](double SystemUsage::*part) {
        return usage ? percentText((*usage).*part) : u"–"_s;
    };
    m_cpu->setText(percent(&SystemUsage::cpuPercent));
    m_memory->setText(percent(&SystemUsage::memoryPercent));
    m_disk->setText(percent(&SystemUsage::diskPercent));
    m_graph->refresh();
}

} // namespace frpx::gui
