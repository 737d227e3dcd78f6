#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Tests the units under a real systemd: boots ROOT in a container without network, installs older packages, and then does
# what an administrator does with services. packaging/test.sh calls it.
#
#   packaging/test-services.sh ROOT
#
# ROOT is a Debian tree with systemd and what the packages depend on, the packages in /packages, and in /older the same with a
# lower version number. Needs root and systemd-nspawn. The log of the container is ROOT.log.
set -euo pipefail

root=$1
fail() {
    echo "FAILED: $*" >&2
    inside journalctl --no-pager --lines 40 >&2 || true
    exit 1
}
say() { printf -- '-- %s\n' "$*"; }

rm -f "$root/usr/sbin/policy-rc.d" # here services are started
# A container of a hybrid host gets the unified hierarchy, which is the only one that new versions know.
UNIFIED_CGROUP_HIERARCHY=1 systemd-nspawn --quiet --directory "$root" --boot --register=no --keep-unit --private-network \
    --machine frpxtest --console=pipe </dev/null >"$root.log" 2>&1 &
container=$!
init=
end() {
    [[ -z $init ]] || kill -s RTMIN+4 "$init" 2>/dev/null || true # power off
    for _ in $(seq 50); do
        kill -0 "$container" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$container" 2>/dev/null || true
    wait "$container" 2>/dev/null || true
}
trap end EXIT

inside() {
    nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup env -i HOME=/root LC_ALL=C.UTF-8 \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}
property() { inside systemctl show --property "$2" --value "$1"; }
journal() { inside journalctl --no-pager --output cat --unit "$@"; }
fetch() { nsenter --target "$init" --net curl --silent --max-time 5 "$@"; }

# until_so SENTENCE COMMAND…: waits until it succeeds, 20 s at most.
until_so() {
    local sentence=$1 _
    shift
    for _ in $(seq 100); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.2
    done
    fail "$sentence"
}
is() { [[ $(property "$1" "$2") == "$3" ]]; }
shows() { [[ $(fetch "$1" || true) == *"$2"* ]]; }
tells() { journal "$1" | grep --quiet --fixed-strings "$2"; }
# quick UNIT LINE…: settings of [Service] for a test that is not to take minutes.
quick() {
    local unit=$1
    shift
    inside mkdir -p "/run/systemd/system/$unit.d"
    printf '%s\n' '[Service]' "$@" | inside tee "/run/systemd/system/$unit.d/quick.conf" >/dev/null
    inside systemctl daemon-reload
}

say "boot"
for _ in $(seq 100); do
    init=$(pgrep --parent "$container" --exact systemd || true) # there are others on the way to it
    [[ -z $init ]] || break
    sleep 0.1
done
[[ -n $init ]] || fail "systemd-nspawn has started nothing; see $root.log"
until_so "the system does not come up; see $root.log" \
    sh -c "nsenter --target $init --mount --pid systemctl is-system-running | grep -E 'running|degraded'"

say "install: enabled, started, ready, as its own user with one capability"
inside sh -c 'dpkg --install /older/frps_*.deb /older/frpc_*.deb' >>"$root.log" 2>&1 || fail "dpkg; see $root.log"
[[ $(inside systemctl is-enabled frps) == enabled ]] || fail "frps.service is not enabled"
is frps ActiveState active || fail "frps.service is not active"
is frps StatusText Serving || fail "frps has not said that it serves"
pid=$(property frps MainPID)
inside grep --quiet "^Uid:[[:space:]]$(inside id -u frps)[[:space:]]" "/proc/$pid/status" || fail "frps is not its own user"
inside grep --quiet '^CapEff:[[:space:]]0000000000000400$' "/proc/$pid/status" || fail "frps has other capabilities"
[[ $(inside stat --format '%U %a' /var/lib/frpx /var/lib/frpx/tls-key.pem) == $'frps 700\nfrps 600' ]] ||
    fail "its data is open to others"
until_so "frps does not answer" shows http://127.0.0.1:18081/api/health '"success":true'

say "security"
for unit in frps frpx-port-keeper frpc@default; do
    # 20 stands for 2.0 of 10.
    inside systemd-analyze security --threshold=20 --no-pager "$unit.service" | tail -n 1
done

say "upgrade: restarted, and running"
inside sh -c 'dpkg --install /packages/frps_*.deb /packages/frpc_*.deb' >>"$root.log" 2>&1 || fail "dpkg; see $root.log"
[[ $(property frps MainPID) != "$pid" ]] || fail "the upgrade has left the old frps running"
is frps StatusText Serving || fail "frps does not serve after the upgrade"

say "port 80; an account made while it runs"
inside sed -i 's/^#publicPort = .*/publicPort = 80/' /etc/frpx/frps.toml
inside systemctl restart frps
as_frps=(setpriv --reuid frps --regid frps --clear-groups env STATE_DIRECTORY=/var/lib/frpx)
echo 'only for this test' | inside "${as_frps[@]}" frps user add me@example.org >/dev/null || fail "frps user add"

say "frpc@home, its password as a credential"
fingerprint=$(inside "${as_frps[@]}" frps fingerprint)
echo 'only for this test' | inside tee /etc/frpx/frpc.credentials/password >/dev/null
inside chmod 600 /etc/frpx/frpc.credentials/password
inside tee /etc/frpx/frpc/home.toml >/dev/null <<END
clientID = "home"
localPort = 8000
[auth]
email = "me@example.org"
passwordFile = "{{ .Envs.CREDENTIALS_DIRECTORY }}/frpc_password"
[transport.tls]
fingerprint = "$fingerprint"
END
mkdir -p "$root/srv/web"
echo "a page of this test" >"$root/srv/web/index.html"
nsenter --target "$init" --net python3 -m http.server --bind 127.0.0.1 --directory "$root/srv/web" 8000 >/dev/null 2>&1 &
web=$!
trap 'kill "$web"; end' EXIT
inside systemctl enable --quiet --now frpc@home
until_so "no page at port 80" shows http://127.0.0.1:80/index.html "a page of this test"
until_so "no figures of the client's system" shows http://127.0.0.1:18081/api/monitoring '"home"'
[[ $(inside stat --format '%U %a' /var/lib/frpc/home/token.json) == "frpc 600" ]] || fail "frpc's login is open to others"

say "reload"
pid=$(property frps MainPID)
inside sed -i 's/^#drainTimeout = .*/drainTimeout = 7/' /etc/frpx/frps.toml
inside systemctl reload frps || fail "systemctl reload frps"
until_so "frps has not read its file again" tells frps "The configuration file is read again"
inside sed -i '1i nonsense = 1' /etc/frpx/frps.toml
! inside systemctl reload frps 2>/dev/null || fail "systemctl reload has not told of faults"
until_so "frps has not complained" is frps StatusText "The configuration file has faults; the old settings stay"
inside sed -i 1d /etc/frpx/frps.toml
inside systemctl reload frps frpc@home || fail "systemctl reload frps frpc@home"
until_so "frpc has not read its file again" tells frpc@home "The configuration file is read again"
is frps MainPID "$pid" || fail "reload has restarted frps"
shows http://127.0.0.1:80/index.html "a page of this test" || fail "no page after the reload"

say "watchdog: fed, and biting"
quick frps.service WatchdogSec=2 RestartSec=100ms
quick frpc@.service WatchdogSec=2 RestartSec=100ms
inside systemctl restart frps frpc@home
for unit in frps frpc@home; do
    pid=$(property "$unit" MainPID)
    sleep 5 # more than twice the time
    is "$unit" MainPID "$pid" || fail "$unit has not fed the watchdog"
    inside systemctl kill --signal=STOP "$unit"
    until_so "$unit hangs and is not restarted" is "$unit" NRestarts 1
    tells "$unit" "Watchdog timeout" || fail "$unit was restarted by something else"
    until_so "$unit is not back" is "$unit" ActiveState active
done
until_so "no page after the watchdog" shows http://127.0.0.1:80/index.html "a page of this test"

say "crash: restarted; a file with faults: given up"
inside systemctl kill --signal=KILL frps
until_so "frps is not restarted" is frps NRestarts 2
until_so "no page after the crash" shows http://127.0.0.1:80/index.html "a page of this test"
inside sed -i '1i nonsense = 1' /etc/frpx/frps.toml
! inside systemctl restart frps 2>/dev/null || fail "frps has started with a file that has faults"
until_so "frps is tried for ever" is frps ActiveState failed
inside sed -i 1d /etc/frpx/frps.toml
inside systemctl reset-failed frps
inside systemctl start frps

say "the port keeper"
inside systemctl enable --quiet --now frpx-port-keeper
is frpx-port-keeper ActiveState active || fail "frpx-port-keeper.service is not active"
ask='{"version":"0.1.0","op":"NewProxy","content":{"user":{"user":"me","run_id":"x"},"proxy_name":"p","proxy_type":"tcp"}}'
for _ in 1 2; do
    [[ $(fetch --data "$ask" --header 'Content-Type: application/json' \
        'http://127.0.0.1:8080/port-registrations?version=0.1.0&op=NewProxy') == *'"remote_port":6000'* ]] ||
        fail "the port keeper does not give the port"
    inside systemctl restart frpx-port-keeper
done

say "stop"
inside systemctl stop frpc@home frps frpx-port-keeper
for unit in frpc@home frps frpx-port-keeper; do
    is "$unit" Result success || fail "$unit ended badly"
    is "$unit" ExecMainStatus 0 || fail "$unit ended with another code than 0"
    ! tells "$unit" "not permitted" || fail "$unit met its sandbox"
done
inside systemctl start frpc@home frps frpx-port-keeper

say "remove, purge"
inside dpkg --remove frps frpc >>"$root.log" 2>&1 || fail "dpkg; see $root.log"
for unit in frpc@home frps frpx-port-keeper; do
    ! inside systemctl --quiet is-active "$unit" || fail "$unit is still running"
done
inside dpkg --purge frps frpc >>"$root.log" 2>&1 || fail "dpkg; see $root.log"
inside rm -rf /run/systemd/system/frps.service.d /run/systemd/system/frpc@.service.d
inside systemctl daemon-reload
left=$(inside find /etc /var/lib /run /usr \( -name '*frp[sc]*' -o -name '*frpx*' \) ! -path '/run/credentials/*' \
    ! -path '/usr/share/*' -print)
[[ -z $left ]] || fail "purge has left: $left"
! inside getent passwd frps frpc || fail "purge has left an account"
[[ -z $(inside systemctl --failed --no-legend --plain) ]] || fail "a unit has failed: $(inside systemctl --failed)"
echo "services: passed"
