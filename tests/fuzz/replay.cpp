// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/target.h"

#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <memory>

using namespace Qt::StringLiterals;

namespace {

/// The files that \a path names: itself, or all in that folder.
QStringList filesAt(const QString &path)
{
    if (QFileInfo(path).isFile())
        return {path};
    QStringList files;
    QDirIterator entries(path, QDir::Files | QDir::Hidden);
    while (entries.hasNext())
        files += entries.next();
    files.sort();
    return files;
}

bool replay(frpx::fuzz::TryInput tryInput, const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const QByteArray content = file.readAll();
    // A copy without the zero that ends a QByteArray: sanitizers see a byte read behind its end.
    const auto exact = std::make_unique<char[]>(static_cast<size_t>(content.size()));
    std::copy(content.begin(), content.end(), exact.get());
    tryInput(QByteArrayView(exact.get(), content.size()));
    return true;
}

} // namespace

/// Gives the inputs that its arguments name, files or folders of files, to the target that the first one
/// names.
int main(int argc, char *argv[])
{
    const auto &targets = frpx::fuzz::targets();
    const auto target = argc > 1 ? targets.find(argv[1]) : targets.end();
    if (target == targets.end()) {
        std::fprintf(stderr, "usage: %s TARGET PATH…   with one of these targets:\n", argv[0]);
        for (const auto &[name, tryInput] : targets)
            std::fprintf(stderr, "    %s\n", name.c_str());
        return 2;
    }
    int count = 0;
    for (int i = 2; i < argc; ++i) {
        const QStringList files = filesAt(QFile::decodeName(argv[i]));
        for (const QString &path : files) {
            std::printf("%s\n", qUtf8Printable(path));
            std::fflush(stdout); // the last one is it, should the target end the program
            if (!replay(target->second, path)) {
                std::fprintf(stderr, "%s cannot be read.\n", qUtf8Printable(path));
                return 1;
            }
            ++count;
        }
    }
    if (count == 0)
        std::fprintf(stderr, "There are no inputs to replay.\n");
    return count > 0 ? 0 : 1;
}
