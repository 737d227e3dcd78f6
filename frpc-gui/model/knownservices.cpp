// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/knownservices.h"

#include "frpc-gui/model/profile.h"

using namespace Qt::StringLiterals;

namespace frpx::gui {

std::span<const KnownService> knownServices()
{
    static const KnownService services[] = {
        {11434, u"Ollama"_s, u"ollama"_s, u"/api/version"_s},
        {1234, u"LM Studio"_s, u"lmstudio"_s},
        {8188, u"ComfyUI"_s, u"comfyui"_s},
        {7860, u"Gradio"_s, u"gradio"_s},
        {8888, u"Jupyter"_s, u"jupyter"_s},
        {80, u"HTTP"_s, u"web"_s},
        {8080, u"HTTP (8080)"_s, u"web"_s},
        {8000, u"HTTP (8000)"_s, u"web"_s},
        {3000, u"HTTP (3000)"_s, u"web"_s},
        {8123, u"Home Assistant"_s, u"home-assistant"_s},
        {8096, u"Jellyfin"_s, u"jellyfin"_s},
        {22, u"SSH"_s, u"ssh"_s},
        {3389, u"Remote Desktop (RDP)"_s, u"rdp"_s},
        {5900, u"VNC"_s, u"vnc"_s},
        {25565, u"Minecraft"_s, u"minecraft"_s},
    };
    return services;
}

void checkKnownService(Profile &profile)
{
    const QString path = profile.setting(u"health-path"_s);
    QString wanted;
    bool isOurs = profile.setting(u"health-check"_s) == "none"_L1;
    const bool hasPort = !profile.setting(u"local-addr"_s).startsWith("unix:"_L1);
    for (const KnownService &service : knownServices()) {
        if (hasPort && profile.setting(u"local-port"_s) == QString::number(service.port))
            wanted = service.healthPath;
        isOurs = isOurs || (!service.healthPath.isEmpty() && path == service.healthPath);
    }
    if (!isOurs)
        return;
    profile.set(u"health-check"_s, wanted.isEmpty() ? QString() : u"http"_s);
    profile.set(u"health-path"_s, wanted);
}

} // namespace frpx::gui
