// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/theme.h"

#include <QApplication>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

struct Colors
{
    QColor window;
    QColor base;
    QColor alternate;
    QColor text;
    QColor muted;
    QColor button;
    QColor line;
    QColor highlight;
    QColor link;
};

QPalette paletteOf(const Colors &c)
{
    QPalette palette(c.text, c.button, c.button.lighter(130), c.line.darker(130), c.line, c.text, Qt::white,
        c.base, c.window);
    palette.setColor(QPalette::AlternateBase, c.alternate);
    palette.setColor(QPalette::PlaceholderText, c.muted);
    palette.setColor(QPalette::ToolTipBase, c.alternate);
    palette.setColor(QPalette::ToolTipText, c.text);
    palette.setColor(QPalette::Highlight, c.highlight);
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, c.link);
    palette.setColor(QPalette::LinkVisited, c.link);
    for (const auto role :
        {QPalette::Text, QPalette::WindowText, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, c.muted);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, c.line);
    return palette;
}

} // namespace

void applyStyle(AppSettings::Style style)
{
    // The style of the system, before a change by this program.
    static const QString systemStyle = QApplication::style()->name();
    static const QPalette systemPalette = QApplication::palette();
    if (style == AppSettings::Style::System) {
        QApplication::setStyle(QStyleFactory::create(systemStyle));
        QApplication::setPalette(systemPalette);
        return;
    }
    const bool dark = style == AppSettings::Style::Dark;
    const Colors colors = dark
        ? Colors{QColor(0x24, 0x27, 0x2c), QColor(0x1b, 0x1d, 0x21), QColor(0x22, 0x25, 0x2a),
            QColor(0xe6, 0xe8, 0xeb), QColor(0x9a, 0xa2, 0xad), QColor(0x31, 0x35, 0x3c),
            QColor(0x4a, 0x50, 0x59), QColor(0x2f, 0x6f, 0xd0), QColor(0x6f, 0xb1, 0xff)}
        : Colors{QColor(0xf4, 0xf5, 0xf7), QColor(0xff, 0xff, 0xff), QColor(0xf6, 0xf8, 0xfa),
            QColor(0x1c, 0x20, 0x26), QColor(0x66, 0x6e, 0x79), QColor(0xfb, 0xfb, 0xfc),
            QColor(0xb8, 0xbe, 0xc7), QColor(0x2b, 0x6c, 0xd1), QColor(0x1b, 0x5f, 0xc4)};
    QApplication::setStyle(QStyleFactory::create(u"Fusion"_s)); // Fusion follows the palette on every system
    QApplication::setPalette(paletteOf(colors));
}

} // namespace frpx::gui
