<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>frpx::gui::AddressInput</name>
    <message>
        <source>Where is the server?</source>
        <translation>服务器在哪里？</translation>
    </message>
    <message>
        <source>Write the name or address alone, such as frps.example.org, 192.0.2.1 or 2001:db8::1; the port has a field of its own.</source>
        <translation>请只填写名称或地址，例如 frps.example.org、192.0.2.1 或 2001:db8::1；端口有单独的输入框。</translation>
    </message>
    <message>
        <source>Where is the local service?</source>
        <translation>本地服务在哪里？</translation>
    </message>
    <message>
        <source>Write the name or address alone, such as localhost, 192.0.2.1 or ::1, or a unix socket such as unix:/run/app.sock.</source>
        <translation>请只填写名称或地址，例如 localhost、192.0.2.1 或 ::1，或者 Unix 套接字，例如 unix:/run/app.sock。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::AccountPage</name>
    <message>
        <source>Your account</source>
        <translation>您的账户</translation>
    </message>
    <message>
        <source>What you log in with at this server.</source>
        <translation>用于登录此服务器的账户。</translation>
    </message>
    <message>
        <source>E-mail</source>
        <translation>电子邮件</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>&amp;E-mail:</source>
        <translation>电子邮件(&amp;E):</translation>
    </message>
    <message>
        <source>&amp;Password:</source>
        <translation>密码(&amp;P):</translation>
    </message>
    <message>
        <source>The password is used once and never stored. The server issues a login that only this computer has, and that can be revoked.</source>
        <translation>密码只使用一次，绝不保存。服务器会返回一个仅属于这台计算机、可随时吊销的登录凭据。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::ConnectPage</name>
    <message>
        <source>Connecting</source>
        <translation>正在连接</translation>
    </message>
    <message>
        <source>This takes a moment.</source>
        <translation>请稍候。</translation>
    </message>
    <message>
        <source>Connecting …</source>
        <translation>正在连接……</translation>
    </message>
    <message>
        <source>Not connected yet</source>
        <translation>尚未连接</translation>
    </message>
    <message>
        <source>Go back and correct them.</source>
        <translation>请返回并更正。</translation>
    </message>
    <message>
        <source>The login is saved: the next start needs no question.</source>
        <translation>登录已保存：下次启动时无需再输入。</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>The login was refused</source>
        <translation>登录被拒绝</translation>
    </message>
    <message>
        <source>Everything is set up.</source>
        <translation>一切就绪。</translation>
    </message>
    <message>
        <source>Nothing is saved.</source>
        <translation>没有保存任何内容。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::Format</name>
    <message>
        <source>%1/s</source>
        <comment>bytes a second</comment>
        <translation>%1/秒</translation>
    </message>
    <message>
        <source>%1 %</source>
        <comment>a percentage</comment>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分钟</translation>
    </message>
    <message>
        <source>%1 d %2 h</source>
        <translation>%1 天 %2 小时</translation>
    </message>
</context>
<context>
    <name>frpx::gui::GuiApp</name>
    <message>
        <source>The configuration is imported.</source>
        <translation>配置已导入。</translation>
    </message>
    <message>
        <source>There is no server named “%1”.</source>
        <translation>没有名为“%1”的服务器。</translation>
    </message>
    <message>
        <source>Connection to %1 lost</source>
        <translation>与 %1 的连接已断开</translation>
    </message>
    <message>
        <source>Connected to %1 again</source>
        <translation>已重新连接到 %1</translation>
    </message>
    <message>
        <source>frpc keeps running</source>
        <translation>frpc 仍在运行</translation>
    </message>
    <message>
        <source>The connections stay up. Use this icon to open the window or to quit.</source>
        <translation>连接会继续保持。可通过此图标打开窗口或退出。</translation>
    </message>
    <message>
        <source>Starting with the system cannot be changed.</source>
        <translation>无法更改随系统启动的设置。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::LinkWords</name>
    <message>
        <source>No server answers at %1: %2</source>
        <translation>%1 无人应答：%2</translation>
    </message>
    <message>
        <source>Check the address and port, that this computer is online, and that the server is running. The next attempt is automatic.</source>
        <translation>请检查地址和端口、这台计算机是否联网以及服务器是否在运行。程序会自动重试。</translation>
    </message>
    <message>
        <source>The name in %1 is unknown.</source>
        <translation>%1 中的名称未知。</translation>
    </message>
    <message>
        <source>Check the spelling of the server&apos;s address, and that this computer is online. The next attempt is automatic.</source>
        <translation>请检查服务器地址的拼写以及这台计算机是否联网。程序会自动重试。</translation>
    </message>
    <message>
        <source>The server at %1 does not answer in time.</source>
        <translation>%1 的服务器没有及时应答。</translation>
    </message>
    <message>
        <source>The network may be down, or a firewall in between. The next attempt is automatic.</source>
        <translation>网络可能中断，或中间有防火墙。程序会自动重试。</translation>
    </message>
    <message>
        <source>The server does not know this e-mail address with this password.</source>
        <translation>服务器不认识此电子邮件地址与密码的组合。</translation>
    </message>
    <message>
        <source>Check both and log in again.</source>
        <translation>请检查两者后重新登录。</translation>
    </message>
    <message>
        <source>The saved login has been revoked or has expired.</source>
        <translation>保存的登录已被吊销或已过期。</translation>
    </message>
    <message>
        <source>Log in again with e-mail and password.</source>
        <translation>请用电子邮件和密码重新登录。</translation>
    </message>
    <message>
        <source>This computer has no login for the server yet.</source>
        <translation>这台计算机还没有该服务器的登录凭据。</translation>
    </message>
    <message>
        <source>Log in with e-mail and password.</source>
        <translation>请用电子邮件和密码登录。</translation>
    </message>
    <message>
        <source>No encrypted connection with %1: %2</source>
        <translation>无法与 %1 建立加密连接：%2</translation>
    </message>
    <message>
        <source>Check the control port. The next attempt is automatic.</source>
        <translation>请检查控制端口。程序会自动重试。</translation>
    </message>
    <message>
        <source>WARNING: %1 is not the server it was</source>
        <translation>警告：%1 已不是原来的服务器</translation>
    </message>
    <message>
        <source>Its certificate has changed. The connection may be intercepted; nothing has been sent.</source>
        <translation>它的证书已更改。连接可能被截获；没有发送任何内容。</translation>
    </message>
    <message>
        <source>Ask the server&apos;s administrator before you accept the new certificate.</source>
        <translation>接受新证书之前，请先询问服务器管理员。</translation>
    </message>
    <message>
        <source>Ask the server&apos;s administrator which certificate is the right one.</source>
        <translation>请询问服务器管理员哪个证书是正确的。</translation>
    </message>
    <message>
        <source>Another computer may use the same client id: give this one another in the server settings. The next attempt is automatic.</source>
        <translation>可能有另一台计算机使用了相同的客户端 ID：请在服务器设置中为本机另取一个。程序会自动重试。</translation>
    </message>
    <message>
        <source>The connection has ended: %1</source>
        <translation>连接已结束：%1</translation>
    </message>
    <message>
        <source>The next attempt is automatic; there is nothing to do.</source>
        <translation>程序会自动重试，无需操作。</translation>
    </message>
    <message>
        <source>The server is busy. The next attempt is automatic.</source>
        <translation>服务器正忙。程序会自动重试。</translation>
    </message>
    <message>
        <source>The program at %1 does not answer like an frpx server: %2</source>
        <translation>%1 的应答不像是 frpx 服务器：%2</translation>
    </message>
    <message>
        <source>Check the control port in the server settings.</source>
        <translation>请检查服务器设置中的控制端口。</translation>
    </message>
    <message>
        <source>The next attempt is automatic; the log may have details.</source>
        <translation>程序会自动重试；日志中可能有更多信息。</translation>
    </message>
    <message>
        <source>default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>The local service of tunnel “%1” does not answer: %2</source>
        <translation>隧道“%1”的本地服务没有应答：%2</translation>
    </message>
    <message>
        <source>Start the service, or correct its address in the tunnel&apos;s settings.</source>
        <translation>请启动该服务，或在隧道设置中更正其地址。</translation>
    </message>
    <message>
        <source>Tunnel “%1” may not work: %2</source>
        <translation>隧道“%1”可能无法使用：%2</translation>
    </message>
    <message>
        <source>Change the settings of the service and start it again. Ollama needs the variable OLLAMA_HOST=0.0.0.0.</source>
        <translation>请更改该服务的设置并重新启动它。Ollama 需要设置变量 OLLAMA_HOST=0.0.0.0。</translation>
    </message>
    <message>
        <source>The server refuses tunnel “%1”: %2</source>
        <translation>服务器拒绝了隧道“%1”：%2</translation>
    </message>
    <message>
        <source>Edit the tunnel, or ask the server&apos;s administrator.</source>
        <translation>请编辑隧道，或询问服务器管理员。</translation>
    </message>
    <message>
        <source>Edit the tunnel, or ask the server&apos;s administrator. The server is asked again automatically.</source>
        <translation>请编辑隧道，或询问服务器管理员。程序会自动再次请求服务器。</translation>
    </message>
    <message>
        <source>Not connected to %1</source>
        <translation>未连接到 %1</translation>
    </message>
    <message>
        <source>Connecting to %1 …</source>
        <translation>正在连接到 %1……</translation>
    </message>
    <message>
        <source>Logging in at %1 …</source>
        <translation>正在登录 %1……</translation>
    </message>
    <message>
        <source>Registering at %1 …</source>
        <translation>正在向 %1 注册……</translation>
    </message>
    <message>
        <source>Connected to %1</source>
        <translation>已连接到 %1</translation>
    </message>
    <message>
        <source>Connection to %1 lost, trying again</source>
        <translation>与 %1 的连接已断开，正在重试</translation>
    </message>
    <message>
        <source>%1 wants you to log in</source>
        <translation>%1 需要您登录</translation>
    </message>
    <message>
        <source>Is this %1?</source>
        <translation>这是 %1 吗？</translation>
    </message>
    <message>
        <source>The server shows a certificate that this computer does not know yet.</source>
        <translation>服务器出示了这台计算机尚不认识的证书。</translation>
    </message>
    <message>
        <source>Compare its fingerprint with the one that “frps fingerprint” prints on the server.</source>
        <translation>请将其指纹与服务器上“frps fingerprint”显示的指纹进行比较。</translation>
    </message>
    <message>
        <source>Leaving %1; open connections may end</source>
        <translation>正在离开 %1，等待现有连接结束</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>正在连接</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>Attention needed</source>
        <translation>需要注意</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>service down: %1</source>
        <translation>服务无应答：%1</translation>
    </message>
    <message>
        <source>open, but: %1</source>
        <translation>已开放，但是：%1</translation>
    </message>
    <message>
        <source>open</source>
        <translation>已开放</translation>
    </message>
    <message>
        <source>refused: %1</source>
        <translation>被拒绝：%1</translation>
    </message>
    <message>
        <source>refused, asked again at %2: %1</source>
        <translation>被拒绝，将于 %2 再次请求：%1</translation>
    </message>
    <message>
        <source>closed: it has served the maximum number of connections</source>
        <translation>已关闭：已达到连接总数上限</translation>
    </message>
    <message>
        <source>closed: its lifetime is over</source>
        <translation>已关闭：有效时间已过</translation>
    </message>
    <message>
        <source>closed by the server&apos;s administrator</source>
        <translation>已被服务器管理员关闭</translation>
    </message>
    <message>
        <source>closed: %1</source>
        <translation>已关闭：%1</translation>
    </message>
</context>
<context>
    <name>frpx::gui::LogModel</name>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>级别</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>调试</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
</context>
<context>
    <name>frpx::gui::LogTab</name>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Information and worse</source>
        <translation>信息及以上</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>警告和错误</translation>
    </message>
    <message>
        <source>Which lines are shown</source>
        <translation>显示哪些行</translation>
    </message>
    <message>
        <source>Filter …</source>
        <translation>筛选……</translation>
    </message>
    <message>
        <source>Show only lines that contain this text</source>
        <translation>只显示包含此文字的行</translation>
    </message>
    <message>
        <source>Cop&amp;y</source>
        <translation>复制(&amp;Y)</translation>
    </message>
    <message>
        <source>Copy the selected lines, or all of them</source>
        <translation>复制所选行或全部行</translation>
    </message>
    <message>
        <source>Cl&amp;ear</source>
        <translation>清空(&amp;E)</translation>
    </message>
    <message>
        <source>Clear the log</source>
        <translation>清空日志</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
</context>
<context>
    <name>frpx::gui::LoginDialog</name>
    <message>
        <source>Log in to %1</source>
        <translation>登录到 %1</translation>
    </message>
    <message>
        <source>E-mail</source>
        <translation>电子邮件</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>&amp;E-mail:</source>
        <translation>电子邮件(&amp;E):</translation>
    </message>
    <message>
        <source>&amp;Password:</source>
        <translation>密码(&amp;P):</translation>
    </message>
    <message>
        <source>Log in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>The password is not stored; the login that the server issues is.</source>
        <translation>不会保存密码，只保存服务器返回的登录凭据。</translation>
    </message>
    <message>
        <source>Logging in …</source>
        <translation>正在登录……</translation>
    </message>
</context>
<context>
    <name>frpx::gui::MainWindow</name>
    <message>
        <source>Servers</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Add a &amp;server …</source>
        <translation>添加服务器(&amp;S)……</translation>
    </message>
    <message>
        <source>No server yet</source>
        <translation>还没有服务器</translation>
    </message>
    <message>
        <source>Add one, or drop a configuration file of frpc here.</source>
        <translation>请添加一个，或将 frpc 的配置文件拖放到这里。</translation>
    </message>
    <message>
        <source>&amp;Program</source>
        <translation>程序(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Add a server …</source>
        <translation>添加服务器(&amp;A)……</translation>
    </message>
    <message>
        <source>&amp;Import frpc.toml …</source>
        <translation>导入 frpc.toml(&amp;I)……</translation>
    </message>
    <message>
        <source>&amp;Settings …</source>
        <translation>设置(&amp;S)……</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>Co&amp;nnection</source>
        <translation>连接(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Connect</source>
        <translation>连接(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Disconnect</source>
        <translation>断开(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Log out</source>
        <translation>注销(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Server settings …</source>
        <translation>服务器设置(&amp;S)……</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Import a configuration</source>
        <translation>导入配置</translation>
    </message>
    <message>
        <source>Configurations of frpc and frp (*.toml *.ini)</source>
        <translation>frpc 和 frp 的配置文件 (*.toml *.ini)</translation>
    </message>
</context>
<context>
    <name>frpx::gui::OverviewTab</name>
    <message>
        <source>Sent to visitors</source>
        <translation>发送给访问者</translation>
    </message>
    <message>
        <source>Received from visitors</source>
        <translation>从访问者接收</translation>
    </message>
    <message>
        <source>Open connections</source>
        <translation>当前连接</translation>
    </message>
    <message>
        <source>Connections served</source>
        <translation>累计连接</translation>
    </message>
    <message>
        <source>This computer: CPU</source>
        <translation>本机：CPU</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>Transferred</source>
        <translation>已传输</translation>
    </message>
    <message>
        <source>As reported to the server</source>
        <translation>报告给服务器的数值</translation>
    </message>
</context>
<context>
    <name>frpx::gui::PortProbe</name>
    <message>
        <source>no answer</source>
        <translation>无应答</translation>
    </message>
    <message>
        <source>nothing listens there</source>
        <translation>该端口没有程序在监听</translation>
    </message>
    <message>
        <source>the host name is unknown</source>
        <translation>主机名未知</translation>
    </message>
</context>
<context>
    <name>frpx::gui::ProfileManager</name>
    <message>
        <source>A server&apos;s settings cannot be read.</source>
        <translation>无法读取某个服务器的设置。</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>无法保存设置。</translation>
    </message>
    <message>
        <source>There are too many servers.</source>
        <translation>服务器数量过多。</translation>
    </message>
    <message>
        <source>The settings cannot be removed.</source>
        <translation>无法删除设置。</translation>
    </message>
    <message>
        <source>The file cannot be imported.</source>
        <translation>无法导入文件。</translation>
    </message>
    <message>
        <source>The file cannot be exported.</source>
        <translation>无法导出文件。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::ServerDialog</name>
    <message>
        <source>Server settings</source>
        <translation>服务器设置</translation>
    </message>
    <message>
        <source>Serve the &amp;visitors of the server&apos;s public port</source>
        <translation>为服务器公共端口的访问者提供服务(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Connect when the program starts</source>
        <translation>程序启动时连接(&amp;C)</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Address of the server</source>
        <translation>服务器地址</translation>
    </message>
    <message>
        <source>Control port</source>
        <translation>控制端口</translation>
    </message>
    <message>
        <source>Proxy port</source>
        <translation>代理端口</translation>
    </message>
    <message>
        <source>Client id</source>
        <translation>客户端 ID</translation>
    </message>
    <message>
        <source>Share of the visitors</source>
        <translation>访问者份额</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名称(&amp;N):</translation>
    </message>
    <message>
        <source>&amp;Address:</source>
        <translation>地址(&amp;A):</translation>
    </message>
    <message>
        <source>Control &amp;port:</source>
        <translation>控制端口(&amp;P):</translation>
    </message>
    <message>
        <source>Pro&amp;xy port:</source>
        <translation>代理端口(&amp;X):</translation>
    </message>
    <message>
        <source>Client &amp;id:</source>
        <translation>客户端 ID(&amp;I):</translation>
    </message>
    <message>
        <source>Public port</source>
        <translation>公共端口</translation>
    </message>
    <message>
        <source>&amp;Local service:</source>
        <translation>本地服务(&amp;L):</translation>
    </message>
    <message>
        <source>S&amp;hare of the visitors:</source>
        <translation>访问者份额(&amp;H):</translation>
    </message>
    <message>
        <source>&amp;Export frpc.toml …</source>
        <translation>导出 frpc.toml(&amp;E)……</translation>
    </message>
    <message>
        <source>&amp;Remove this server …</source>
        <translation>删除此服务器(&amp;R)……</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>The server needs a name.</source>
        <translation>服务器需要一个名称。</translation>
    </message>
    <message>
        <source>This computer needs a client id.</source>
        <translation>这台计算机需要一个客户端 ID。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::ServerPage</name>
    <message>
        <source>Which server?</source>
        <translation>哪台服务器？</translation>
    </message>
    <message>
        <source>The machine on which frps runs. Its administrator knows the address.</source>
        <translation>运行 frps 的机器。其管理员知道它的地址。</translation>
    </message>
    <message>
        <source>for example frps.example.org</source>
        <translation>例如 frps.example.org</translation>
    </message>
    <message>
        <source>Address of the server</source>
        <translation>服务器地址</translation>
    </message>
    <message>
        <source>Control port</source>
        <translation>控制端口</translation>
    </message>
    <message>
        <source>Proxy port</source>
        <translation>代理端口</translation>
    </message>
    <message>
        <source>&amp;Address:</source>
        <translation>地址(&amp;A):</translation>
    </message>
    <message>
        <source>Only if the server uses other ports</source>
        <translation>仅当服务器使用其他端口时</translation>
    </message>
    <message>
        <source>Control &amp;port:</source>
        <translation>控制端口(&amp;P):</translation>
    </message>
    <message>
        <source>Pro&amp;xy port:</source>
        <translation>代理端口(&amp;X):</translation>
    </message>
</context>
<context>
    <name>frpx::gui::ServicePage</name>
    <message>
        <source>On the server&apos;s &amp;public port, shared with other computers</source>
        <translation>通过服务器的公共端口，与其他提供它的计算机一起(&amp;P)</translation>
    </message>
    <message>
        <source>On a port of its &amp;own:</source>
        <translation>使用单独的端口(&amp;O):</translation>
    </message>
    <message>
        <source>What do you want to expose?</source>
        <translation>您想公开什么服务？</translation>
    </message>
    <message>
        <source>A service on this computer, or on one that this computer can reach.</source>
        <translation>这台计算机上的服务，或这台计算机能访问到的服务。</translation>
    </message>
    <message>
        <source>name of the tunnel</source>
        <translation>隧道名称</translation>
    </message>
    <message>
        <source>Found on this computer</source>
        <translation>在这台计算机上找到的服务</translation>
    </message>
    <message>
        <source>Name of the tunnel</source>
        <translation>隧道名称</translation>
    </message>
    <message>
        <source>Name of this computer</source>
        <translation>这台计算机的名称</translation>
    </message>
    <message>
        <source>&amp;Found here:</source>
        <translation>本机已发现(&amp;F):</translation>
    </message>
    <message>
        <source>&amp;Local service:</source>
        <translation>本地服务(&amp;L):</translation>
    </message>
    <message>
        <source>Offer it:</source>
        <translation>提供方式:</translation>
    </message>
    <message>
        <source>This &amp;computer is:</source>
        <translation>本机名称(&amp;C):</translation>
    </message>
    <message>
        <source>The server knows this computer by that name; it has to be unique there.</source>
        <translation>服务器以此名称识别这台计算机，该名称在服务器上必须唯一。</translation>
    </message>
    <message>
        <source>%1, port %2</source>
        <translation>%1，端口 %2</translation>
    </message>
    <message>
        <source>no well-known service is running</source>
        <translation>没有发现正在运行的常见服务</translation>
    </message>
    <message>
        <source>something else</source>
        <translation>其他</translation>
    </message>
</context>
<context>
    <name>frpx::gui::SessionController</name>
    <message>
        <source>Correct it in the server settings.</source>
        <translation>请在服务器设置中更正。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::SessionPage</name>
    <message>
        <source>&amp;Overview</source>
        <translation>概览(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Tunnels</source>
        <translation>隧道(&amp;T)</translation>
    </message>
    <message>
        <source>Lo&amp;g</source>
        <translation>日志(&amp;G)</translation>
    </message>
    <message>
        <source>Parts of the connection</source>
        <translation>连接的各部分</translation>
    </message>
    <message>
        <source>Export frpc.toml</source>
        <translation>导出 frpc.toml</translation>
    </message>
    <message>
        <source>Configuration of frpc (*.toml)</source>
        <translation>frpc 的配置文件 (*.toml)</translation>
    </message>
    <message>
        <source>Remove a server</source>
        <translation>删除服务器</translation>
    </message>
    <message>
        <source>Remove the server “%1” with its tunnels and its login?</source>
        <translation>删除服务器“%1”及其隧道和登录？</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>删除(&amp;R)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>frpx::gui::SettingsDialog</name>
    <message>
        <source>&amp;Start with the system</source>
        <translation>随系统启动(&amp;S)</translation>
    </message>
    <message>
        <source>Start &amp;minimized</source>
        <translation>启动时最小化(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Notify when a connection is lost and when it is back</source>
        <translation>连接断开和恢复时通知(&amp;N)</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>as the system has it</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>&amp;Appearance:</source>
        <translation>外观(&amp;A):</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>frpc-gui %1</source>
        <translation>frpc-gui %1</translation>
    </message>
</context>
<context>
    <name>frpx::gui::SetupWizard</name>
    <message>
        <source>Connect to a server (%1 of %2)</source>
        <translation>连接到服务器（第 %1 步，共 %2 步）</translation>
    </message>
    <message>
        <source>&amp;Next &gt;</source>
        <translation>下一步(&amp;N) &gt;</translation>
    </message>
    <message>
        <source>&lt; &amp;Back</source>
        <translation>&lt; 上一步(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Finish</source>
        <translation>完成(&amp;F)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>frpx::gui::StatusHeader</name>
    <message>
        <source>&amp;Log in …</source>
        <translation>登录(&amp;L)……</translation>
    </message>
    <message>
        <source>Certi&amp;ficate …</source>
        <translation>证书(&amp;F)……</translation>
    </message>
    <message>
        <source>Show the certificate of the server</source>
        <translation>查看服务器出示的证书</translation>
    </message>
    <message>
        <source>Ser&amp;ver …</source>
        <translation>服务器(&amp;V)……</translation>
    </message>
    <message>
        <source>Settings of this server</source>
        <translation>此服务器的设置</translation>
    </message>
    <message>
        <source>&amp;Disconnect</source>
        <translation>断开(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Connect</source>
        <translation>连接(&amp;C)</translation>
    </message>
    <message>
        <source>since %1 (%2)</source>
        <translation>自 %1 起（%2）</translation>
    </message>
    <message>
        <source>next try in %1</source>
        <translation>%1 后重试</translation>
    </message>
</context>
<context>
    <name>frpx::gui::TestedAddress</name>
    <message>
        <source>&amp;Test</source>
        <translation>测试(&amp;T)</translation>
    </message>
    <message>
        <source>Address of the local service</source>
        <translation>本地服务的地址</translation>
    </message>
    <message>
        <source>Port of the local service</source>
        <translation>本地服务的端口</translation>
    </message>
    <message>
        <source>Test whether something answers there</source>
        <translation>测试该地址是否有应答</translation>
    </message>
    <message>
        <source>Testing …</source>
        <translation>正在测试……</translation>
    </message>
    <message>
        <source>✓ Something answers at %1.</source>
        <translation>✓ %1 有应答。</translation>
    </message>
    <message>
        <source>✗ Nothing at %1: %2.</source>
        <translation>✗ %1 没有应答：%2。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::TrafficGraph</name>
    <message>
        <source>Traffic of the last minutes</source>
        <translation>最近几分钟的流量</translation>
    </message>
    <message>
        <source>Received %1, sent %2, connections: %3</source>
        <translation>接收 %1，发送 %2，连接数：%3</translation>
    </message>
    <message>
        <source>%1 ago</source>
        <translation>%1前</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>sent to visitors</source>
        <translation>发送给访问者</translation>
    </message>
    <message>
        <source>received from visitors</source>
        <translation>从访问者接收</translation>
    </message>
    <message>
        <source>open connections</source>
        <translation>当前连接</translation>
    </message>
</context>
<context>
    <name>frpx::gui::TrayIcon</name>
    <message>
        <source>↓ %1  ↑ %2</source>
        <comment>received, sent</comment>
        <translation>↓ %1  ↑ %2</translation>
    </message>
    <message>
        <source>&amp;Open window</source>
        <translation>打开窗口(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Settings …</source>
        <translation>设置(&amp;S)……</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Disconnect</source>
        <translation>断开(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Connect</source>
        <translation>连接(&amp;C)</translation>
    </message>
    <message>
        <source>Copy %1: %2</source>
        <comment>a tunnel and its address</comment>
        <translation>复制 %1：%2</translation>
    </message>
    <message>
        <source>&amp;Log out</source>
        <translation>注销(&amp;L)</translation>
    </message>
</context>
<context>
    <name>frpx::gui::TrustDialog</name>
    <message>
        <source>WARNING: the server has changed</source>
        <translation>警告：服务器已更改</translation>
    </message>
    <message>
        <source>Is this the right server?</source>
        <translation>这是正确的服务器吗？</translation>
    </message>
    <message>
        <source>%1 is not the server it was</source>
        <translation>%1 已不是原来的服务器</translation>
    </message>
    <message>
        <source>Its certificate is not the one you have accepted. Another machine may be intercepting the connection and posing as the server. Neither your password nor your login has been sent.</source>
        <translation>它的证书与您先前接受的不同。可能有另一台机器正在截获连接并冒充服务器。您的密码和登录凭据均未发送。</translation>
    </message>
    <message>
        <source>Is this %1?</source>
        <translation>这是 %1 吗？</translation>
    </message>
    <message>
        <source>This computer has not been connected to this server before. Compare the fingerprint with the one that “frps fingerprint” prints on the server, or ask its administrator.</source>
        <translation>这台计算机以前没有连接过此服务器。请将指纹与服务器上“frps fingerprint”显示的指纹进行比较，或询问其管理员。</translation>
    </message>
    <message>
        <source>Server:</source>
        <translation>服务器：</translation>
    </message>
    <message>
        <source>Accepted before:</source>
        <translation>先前接受的：</translation>
    </message>
    <message>
        <source>Fingerprint accepted before</source>
        <translation>先前接受的指纹</translation>
    </message>
    <message>
        <source>Shown now:</source>
        <translation>现在出示的：</translation>
    </message>
    <message>
        <source>Fingerprint:</source>
        <translation>指纹：</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>指纹</translation>
    </message>
    <message>
        <source>Valid until:</source>
        <translation>有效期至：</translation>
    </message>
    <message>
        <source>Accept the new certificate</source>
        <translation>接受新证书</translation>
    </message>
    <message>
        <source>Trust this server</source>
        <translation>信任此服务器</translation>
    </message>
    <message>
        <source>Do not connect</source>
        <translation>不连接</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>I have &amp;asked the server&apos;s administrator: this is its new fingerprint.</source>
        <translation>我已询问服务器管理员：这是它的新指纹(&amp;A)。</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>注意</translation>
    </message>
</context>
<context>
    <name>frpx::gui::TunnelDialog</name>
    <message>
        <source>no limit</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Edit a tunnel</source>
        <translation>编辑隧道</translation>
    </message>
    <message>
        <source>Add a tunnel</source>
        <translation>添加隧道</translation>
    </message>
    <message>
        <source>for example ssh</source>
        <translation>例如 ssh</translation>
    </message>
    <message>
        <source>any, always the same</source>
        <translation>任意，但保持不变</translation>
    </message>
    <message>
        <source>no other client serves it</source>
        <translation>没有其他计算机提供</translation>
    </message>
    <message>
        <source> s</source>
        <comment>seconds</comment>
        <translation> 秒</translation>
    </message>
    <message>
        <source>the server&apos;s default</source>
        <translation>服务器默认</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Port of the server</source>
        <translation>服务器端口</translation>
    </message>
    <message>
        <source>Group key</source>
        <translation>组密钥</translation>
    </message>
    <message>
        <source>Connections at a time</source>
        <translation>同时连接数</translation>
    </message>
    <message>
        <source>Connections in total</source>
        <translation>总连接数</translation>
    </message>
    <message>
        <source>Lifetime</source>
        <translation>有效时间</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>Balancing</source>
        <translation>负载均衡</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名称(&amp;N):</translation>
    </message>
    <message>
        <source>&amp;Local service:</source>
        <translation>本地服务(&amp;L):</translation>
    </message>
    <message>
        <source>&amp;Port of the server:</source>
        <translation>服务器端口(&amp;P):</translation>
    </message>
    <message>
        <source>Limits and sharing</source>
        <translation>限制与共享</translation>
    </message>
    <message>
        <source>&amp;Connections at a time:</source>
        <translation>同时连接数(&amp;C):</translation>
    </message>
    <message>
        <source>C&amp;onnections in total:</source>
        <translation>总连接数(&amp;O):</translation>
    </message>
    <message>
        <source>Li&amp;fetime:</source>
        <translation>有效时间(&amp;F):</translation>
    </message>
    <message>
        <source>&amp;Group key:</source>
        <translation>组密钥(&amp;G):</translation>
    </message>
    <message>
        <source>&amp;Balancing in the group:</source>
        <translation>组内负载均衡(&amp;B):</translation>
    </message>
    <message>
        <source>&amp;Description:</source>
        <translation>说明(&amp;D):</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>The tunnel needs a name.</source>
        <translation>隧道需要一个名称。</translation>
    </message>
    <message>
        <source>There is a tunnel of this name already.</source>
        <translation>已有同名的隧道。</translation>
    </message>
</context>
<context>
    <name>frpx::gui::TunnelTab</name>
    <message>
        <source>&amp;Add …</source>
        <translation>添加(&amp;A)……</translation>
    </message>
    <message>
        <source>&amp;Edit …</source>
        <translation>编辑(&amp;E)……</translation>
    </message>
    <message>
        <source>Pa&amp;use</source>
        <translation>暂停(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>删除(&amp;R)</translation>
    </message>
    <message>
        <source>Cop&amp;y address</source>
        <translation>复制地址(&amp;Y)</translation>
    </message>
    <message>
        <source>Tunnels</source>
        <translation>隧道</translation>
    </message>
    <message>
        <source>Add a tunnel</source>
        <translation>添加隧道</translation>
    </message>
    <message>
        <source>Edit the tunnel</source>
        <translation>编辑隧道</translation>
    </message>
    <message>
        <source>Remove the tunnel</source>
        <translation>删除隧道</translation>
    </message>
    <message>
        <source>Copy the tunnel&apos;s public address</source>
        <translation>复制隧道的公共地址</translation>
    </message>
    <message>
        <source>Res&amp;ume</source>
        <translation>继续(&amp;U)</translation>
    </message>
    <message>
        <source>Resume the tunnel</source>
        <translation>继续隧道</translation>
    </message>
    <message>
        <source>Pause the tunnel</source>
        <translation>暂停隧道</translation>
    </message>
    <message>
        <source>Remove a tunnel</source>
        <translation>删除隧道</translation>
    </message>
    <message>
        <source>Remove the tunnel “%1”?</source>
        <translation>删除隧道“%1”？</translation>
    </message>
    <message>
        <source>Its connections are closed.</source>
        <translation>它的连接将被关闭。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>frpx::gui::TunnelTableModel</name>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>(default)</source>
        <comment>the default tunnel</comment>
        <translation>（默认）</translation>
    </message>
    <message>
        <source>↓ %1  ↑ %2</source>
        <comment>received, sent</comment>
        <translation>↓ %1  ↑ %2</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Public address</source>
        <translation>公共地址</translation>
    </message>
    <message>
        <source>Local address</source>
        <translation>本地地址</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>当前</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>累计</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
</context>
<context>
    <name>frpx::gui::Widgets</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
</TS>
