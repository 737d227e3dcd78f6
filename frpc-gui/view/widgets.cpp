// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/widgets.h"

#include "frpc-gui/view/contentarea.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScreen>
#include <QSpinBox>
#include <QStyle>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

struct Widgets
{
    Q_DECLARE_TR_FUNCTIONS(frpx::gui::Widgets)
};

} // namespace

QLabel *textLabel(const QString &text)
{
    auto *label = new QLabel(text);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText); // text of peers is not markup
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QLabel *mutedLabel(const QString &text)
{
    QLabel *label = textLabel(text);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

void setPlaceholder(QLineEdit *field, const QString &text)
{
    field->setPlaceholderText(text);
    // Measures the space around the text: minimumSizeHint() has room for one of the widest characters.
    const QFontMetrics metrics = field->fontMetrics();
    const int around = field->minimumSizeHint().width() - metrics.maxWidth();
    field->setMinimumWidth(
        metrics.horizontalAdvance(text) + std::max(0, around) + metrics.averageCharWidth());
}

QSpinBox *portField(int value, const QString &zeroText)
{
    auto *field = new QSpinBox;
    field->setRange(zeroText.isEmpty() ? 1 : 0, 65535);
    field->setSpecialValueText(zeroText);
    field->setGroupSeparatorShown(false);
    field->setValue(value);
    return field;
}

QLineEdit *hostField(const QString &text)
{
    auto *field = new QLineEdit(text);
    field->setMaxLength(255);
    field->setInputMethodHints(Qt::ImhUrlCharactersOnly | Qt::ImhNoAutoUppercase);
    return field;
}

QLineEdit *passwordField()
{
    auto *field = new QLineEdit;
    field->setEchoMode(QLineEdit::Password);
    field->setMaxLength(1024);
    field->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    return field;
}

QDialogButtonBox *acceptBox(const QString &acceptText)
{
    auto *box = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    box->button(QDialogButtonBox::Ok)->setText(acceptText);
    box->button(QDialogButtonBox::Cancel)->setText(Widgets::tr("Cancel"));
    return box;
}

void showContent(QWidget &page, QWidget *content)
{
    auto *layout = new QVBoxLayout(&page);
    layout->addWidget(new ContentArea(content));
}

int widthOfChars(const QWidget &widget, int characters)
{
    return widget.fontMetrics().averageCharWidth() * characters;
}

QSize roomForWindow(const QWidget &window)
{
    QSize frame = window.frameGeometry().size() - window.size();
    if (frame.height() == 0) // not known yet
        frame.setHeight(window.style()->pixelMetric(QStyle::PM_TitleBarHeight));
    return window.screen()->availableSize() - frame;
}

void name(QWidget *widget, const QString &objectName, const QString &accessibleName)
{
    widget->setObjectName(objectName);
    widget->setAccessibleName(accessibleName);
}

} // namespace frpx::gui
