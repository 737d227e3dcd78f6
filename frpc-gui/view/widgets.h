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

/// Small helpers that several windows share.
namespace frpx::gui {

/// A label that wraps, can be selected, and shows its text as plain text.
QLabel *textLabel(const QString &text = {});
/// The same in a less prominent colour.
QLabel *mutedLabel(const QString &text = {});
/// Sets the placeholder of \a field and makes the field wide enough to show it.
void setPlaceholder(QLineEdit *field, const QString &text);
/// A field for a TCP port; with \a zeroText it also accepts 0 and shows that text for it.
QSpinBox *portField(int value, const QString &zeroText = {});
/// A field for an address or a host name.
QLineEdit *hostField(const QString &text);
QLineEdit *passwordField();
/// OK (with the text \a acceptText) and Cancel in the language of the program, which Qt's translations may
/// lack.
QDialogButtonBox *acceptBox(const QString &acceptText);
/// Shows \a content in \a page and scrolls where the page is too small.
void showContent(QWidget &page, QWidget *content);
/// The width of \a characters characters in the font of \a widget, in pixels.
int widthOfChars(const QWidget &widget, int characters);
/// The largest size of \a window on its screen, without its frame.
QSize roomForWindow(const QWidget &window);
/// Sets the name by which tests find \a widget and the name that a screen reader reads.
void name(QWidget *widget, const QString &objectName, const QString &accessibleName);

} // namespace frpx::gui
