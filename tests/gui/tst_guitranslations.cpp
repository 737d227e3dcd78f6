// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

using namespace Qt::StringLiterals;

/// The translation files: complete, and true to the places where something is put in.
class TestGuiTranslations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isComplete_data();
    void isComplete();
    void knowsEveryText();

private:
    struct Text
    {
        QString context;
        QString source;
        QStringList translations;
        bool unfinished = false;
    };
    static QList<Text> read(const QString &path);
    /// "%1", "%2" … in order, each as often as it is there.
    static QStringList places(const QString &text);
    static int mnemonics(const QString &text);
};

QList<TestGuiTranslations::Text> TestGuiTranslations::read(const QString &path)
{
    QList<Text> texts;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return texts;
    QXmlStreamReader xml(&file);
    QString context;
    while (!xml.atEnd()) {
        if (xml.readNext() == QXmlStreamReader::EndElement && xml.name() == "translation"_L1)
            continue;
        if (!xml.isStartElement())
            continue;
        if (xml.name() == "name"_L1)
            context = xml.readElementText();
        else if (xml.name() == "message"_L1)
            texts << Text{context, {}, {}, false};
        else if (xml.name() == "source"_L1)
            texts.last().source = xml.readElementText();
        else if (xml.name() == "numerusform"_L1)
            texts.last().translations << xml.readElementText();
        else if (xml.name() == "translation"_L1) {
            texts.last().unfinished = xml.attributes().hasAttribute("type"_L1);
            xml.readNext();
            if (xml.isCharacters() && !xml.isWhitespace())
                texts.last().translations << xml.text().toString();
        }
    }
    return xml.hasError() ? QList<Text>() : texts;
}

QStringList TestGuiTranslations::places(const QString &text)
{
    static const QRegularExpression place(u"%(\\d|n|L\\d)"_s);
    QStringList found;
    for (auto it = place.globalMatch(text); it.hasNext();)
        found << it.next().captured();
    found.sort();
    return found;
}

int TestGuiTranslations::mnemonics(const QString &text)
{
    static const QRegularExpression mnemonic(u"&[^&\\s]"_s);
    return int(text.count(mnemonic));
}

void TestGuiTranslations::isComplete_data()
{
    QTest::addColumn<QString>("file");
    QTest::newRow("Simplified Chinese") << u"frpc-gui_zh_CN.ts"_s;
}

void TestGuiTranslations::isComplete()
{
    QFETCH(const QString, file);
    const QList<Text> texts = read(QDir(QStringLiteral(FRPX_TEST_TRANSLATIONS)).filePath(file));
    QVERIFY(texts.size() > 150);
    for (const Text &text : texts) {
        const QByteArray what = (text.context + u": "_s + text.source).toUtf8();
        QVERIFY2(!text.unfinished, what.constData());
        QVERIFY2(!text.translations.isEmpty(), what.constData());
        for (const QString &translation : text.translations) {
            QVERIFY2(!translation.trimmed().isEmpty(), what.constData());
            QVERIFY2(places(translation) == places(text.source), what.constData());
            QVERIFY2(mnemonics(translation) == mnemonics(text.source), what.constData());
        }
    }
}

/// Each text that the sources ask for is in the file: nobody has forgotten `update_translations`.
void TestGuiTranslations::knowsEveryText()
{
    QSet<QString> known;
    const QList<Text> texts =
        read(QDir(QStringLiteral(FRPX_TEST_TRANSLATIONS)).filePath(u"frpc-gui_zh_CN.ts"_s));
    for (const Text &text : texts)
        known.insert(text.source);
    static const QRegularExpression call(u"\\btr\\(\\s*((?:\"(?:[^\"\\\\]|\\\\.)*\"\\s*)+)"_s);
    static const QRegularExpression literal(u"\"((?:[^\"\\\\]|\\\\.)*)\""_s);
    const QDir root(QStringLiteral(FRPX_TEST_GUI_SOURCES));
    int found = 0;
    for (const QString &folder : root.entryList(QDir::Dirs | QDir::NoDotAndDotDot) + QStringList{u"."_s}) {
        const QDir directory(root.filePath(folder));
        for (const QString &name : directory.entryList({u"*.cpp"_s, u"*.h"_s}, QDir::Files)) {
            QFile file(directory.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QString code = QString::fromUtf8(file.readAll());
            for (auto calls = call.globalMatch(code); calls.hasNext();) {
                QString text;
                for (auto parts = literal.globalMatch(calls.next().captured(1)); parts.hasNext();)
                    text += parts.next().captured(1);
                text.replace(u"\\\""_s, u"\""_s);
                ++found;
                QVERIFY2(known.contains(text), qPrintable(name + u": "_s + text));
            }
        }
    }
    QVERIFY(found > 150);
}

const frpx::test::TestRegistration registration(
    "tst_guitranslations", frpx::test::runTest<TestGuiTranslations>);

#include "tst_guitranslations.moc"
