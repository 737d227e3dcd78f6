// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

class QAbstractButton;
class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QSize;
class QSpinBox;
class QWidget;

/// Small pieces that several windows are made of.
namespace frpx::gui {

/// Wraps, can be selected, and takes its text as it is.
QLabel *textLabel(const QString &text = {});
/// The same, less prominent.
QLabel *mutedLabel(const QString &text = {});
/// What is written while \a field is empty; it is made wide enough to show it.
void setPlaceholder(QLineEdit *field, const QString &text);
/// A field for a TCP port; with \a zeroText it takes 0 as well and shows that instead.
QSpinBox *portField(int value, const QString &zeroText = {});
/// A field for an address or a host name.
QLineEdit *hostField(const QString &text);
QLineEdit *passwordField();
/// OK (as \a acceptText) and Cancel in the program's own language, whatever Qt's translations have.
QDialogButtonBox *acceptBox(const QString &acceptText);
/// Shows \a content in \a page, which scrolls where it is too small for that.
void showContent(QWidget &page, QWidget *content);
/// So many characters of \a widget's font, in pixels.
int widthOfChars(const QWidget &widget, int characters);
/// How large \a window may be on its screen, its frame not counted.
QSize roomForWindow(const QWidget &window);
/// What a screen reader calls \a widget, and what tests find it by.
void name(QWidget *widget, const QString &objectName, const QString &accessibleName);

} // namespace frpx::gui
