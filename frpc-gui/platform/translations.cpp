// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/platform/translations.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

#include <memory>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

bool install(const QLocale &locale, const QString &name, const QString &directory)
{
    auto translator = std::make_unique<QTranslator>(qApp);
    return translator->load(locale, name, u"_"_s, directory)
        && QCoreApplication::installTranslator(translator.release()); // the application owns it
}

} // namespace

void installTranslations(const QLocale &locale)
{
    const QString own = u":/i18n"_s;
    if (!install(locale, u"frpc-gui"_s, own) && locale.script() == QLocale::SimplifiedHanScript)
        install(QLocale(QLocale::Chinese, QLocale::China), u"frpc-gui"_s, own); // Singapore and others
    install(locale, u"qtbase"_s, QLibraryInfo::path(QLibraryInfo::TranslationsPath));
}

} // namespace frpx::gui
