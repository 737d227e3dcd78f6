// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QFile>
#include <QStringList>

/// How the documents of the project are read by their test.
namespace frpx::test::docs {

/// What a document shows between two lines of ```.
struct Block
{
    int line = 0; ///< of its first line in the file
    QString language;
    QStringList lines;
};

inline QList<Block> blocksOf(const QString &text)
{
    const QStringList lines = text.split(u'\n');
    QList<Block> blocks;
    bool inside = false;
    qsizetype indent = 0; // of a block within a list
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString trimmed = lines.at(i).trimmed();
        if (trimmed.startsWith(QLatin1String("```"))) {
            inside = !inside;
            indent = lines.at(i).indexOf(u'`');
            if (inside)
                blocks.append({static_cast<int>(i) + 2, trimmed.sliced(3), {}});
        } else if (inside) {
            blocks.last().lines += lines.at(i).mid(indent);
        }
    }
    return blocks;
}

/// A line each, or more if they end with a backslash; all of it if it is a program for the shell.
inline QStringList commandsOf(const Block &block)
{
    const QString all = block.lines.join(u'\n');
    if (all.contains(QLatin1String("<<'")) || all.startsWith(QLatin1String("for ")))
        return {all};
    QStringList commands;
    bool continues = false;
    for (const QString &line : block.lines) {
        if (continues)
            commands.last() += u'\n' + line;
        else if (!line.trimmed().isEmpty() && !line.startsWith(u'#'))
            commands += line;
        continues = line.endsWith(u'\\');
    }
    return commands;
}

/// What becomes of a command.
enum class How {
    Once, ///< it ends, and well, having said `text`
    Serves, ///< it goes on after it has said `text`
    Stops, ///< likewise, and is stopped then
    NotHere, ///< it cannot run in a test, because of `text`
};

struct Rule
{
    QLatin1String begins; ///< the command
    How how;
    QLatin1String text = {};
};

constexpr QLatin1String listening("FRPS listening on ports");
constexpr QLatin1String registered("Successfully registered with the server.");
constexpr QLatin1String keeping("Port keeper listening");
constexpr QLatin1String success("\"success\":true");

/// The first that fits. A command of the documents that has none is a fault of the test: it must be run, or
/// there must be a reason.
constexpr Rule rules[] = {
    {QLatin1String("packaging/build.sh"), How::NotHere,
        QLatin1String("builds and installs: packaging/test.sh does that")},
    {QLatin1String("sudo apt install"), How::NotHere, QLatin1String("installs: packaging/test.sh does that")},
    {QLatin1String("./quickstart.sh"), How::NotHere, QLatin1String("the test quickstart runs it")},
    {QLatin1String("./test.sh"), How::NotHere, QLatin1String("this test is a part of it")},
    {QLatin1String("docker "), How::NotHere, QLatin1String("needs Docker")},
    {QLatin1String("createuser "), How::NotHere, QLatin1String("needs PostgreSQL: tst_e2e_postgresql")},
    {QLatin1String("frps --database 'postgresql:"), How::NotHere,
        QLatin1String("needs PostgreSQL: tst_e2e_postgresql")},
    {QLatin1String("frps user list --database-file"), How::NotHere,
        QLatin1String("needs PostgreSQL: tst_e2e_postgresql")},
    {QLatin1String("for host in "), How::NotHere, QLatin1String("needs other machines")},
    {QLatin1String("kill -HUP PID"), How::NotHere, QLatin1String("PID stands for a number: tst_e2e_config")},
    {QLatin1String("frps token revoke 04c0d05b"), How::NotHere,
        QLatin1String("names somebody's token: tst_tokencommand")},
    {QLatin1String("sudo "), How::Once},
    {QLatin1String("sudoedit "), How::Once},
    {QLatin1String("cat > /etc/letsencrypt/"), How::Once},
    {QLatin1String("frps user add "), How::Once, QLatin1String("Added ")},
    {QLatin1String("frps user "), How::Once},
    {QLatin1String("frps token "), How::Once},
    {QLatin1String("frps --monitor --watch"), How::Stops, QLatin1String("CLIENT")},
    {QLatin1String("frps --monitor"), How::Once},
    {QLatin1String("FRPX_API_TOKEN=$TOKEN frps --monitor"), How::Once},
    {QLatin1String("frps port-keeper --db /var/lib/frpx/port-keeper.db --import"), How::Once},
    {QLatin1String("frps port-keeper"), How::Serves, keeping},
    {QLatin1String("frps"), How::Serves, listening},
    {QLatin1String("frpc services"), How::Once},
    {QLatin1String("frpc --server-addr my.server.org --proxy-url "), How::NotHere,
        QLatin1String("needs the proxy: tst_e2e_ways")},
    {QLatin1String("frpc reload"), How::Once},
    {QLatin1String("frpc -c frpc.toml --check-config"), How::Once, QLatin1String("frpc.toml: ok")},
    {QLatin1String("frpc"), How::Serves, registered},
    {QLatin1String("pass show frpx | frpc"), How::Serves, registered},
    {QLatin1String("curl http://my.server.org:18080/"), How::Once, QLatin1String("Ollama is running")},
    {QLatin1String("curl -s -X DELETE http://127.0.0.1:18081/api/ports/leases/17"), How::Once,
        QLatin1String("\"success\":")}, // there is none of this number
    {QLatin1String("curl -s -X DELETE http://127.0.0.1:8080/api/ports/leases/17"), How::Once,
        QLatin1String("\"success\":")},
    {QLatin1String("curl "), How::Once, success},
    {QLatin1String("OLLAMA_HOST=http://my.server.org:18080 ollama list"), How::Once,
        QLatin1String("\"models\"")},
};

inline const Rule *ruleFor(const QString &command)
{
    for (const Rule &rule : rules) {
        if (command.startsWith(rule.begins))
            return &rule;
    }
    return nullptr;
}

/// Other blocks: why they are not tried. By a part of their text.
constexpr std::pair<QLatin1String, QLatin1String> blocksNotHere[] = {
    {QLatin1String("my_wireguard_proxy"), QLatin1String("for frp's own client")},
};

} // namespace frpx::test::docs
