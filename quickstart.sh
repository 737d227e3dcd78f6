#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Shows what frpx does, on this machine alone: a small local web service, the server frps, two clients frpc, and
# requests to the public port that are spread over both clients.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'EOF'
Usage: ./quickstart.sh [--once] [--base-port N] [--bin DIR]
  --once         stop after the table; exit code 1 if a request failed or a client served none
  --base-port N  control port N, proxy port N+1, local service N+2, public port N+1080, API N+1081
                 [default: 17000; 0: where all of them are free]
  --bin DIR      use the programs of this build directory instead of building
EOF
}

once=false
base=17000
bin=
while [[ $# -gt 0 ]]; do
    case $1 in
    --once) once=true ;;
    --base-port)
        base=${2-}
        shift
        ;;
    --bin)
        bin=${2-}
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        echo "quickstart.sh: $1 is not an option." >&2
        usage >&2
        exit 2
        ;;
    esac
    shift || break
done
if ! [[ $base =~ ^[0-9]{1,5}$ ]] || ((base != 0 && (base < 1024 || base > 64000))); then
    echo "quickstart.sh: --base-port takes a number from 1024 to 64000, or 0." >&2
    exit 2
fi

# Takes the ports from $base on; $taken is the first of them that another program has.
choose_ports() {
    control=$base proxy=$((base + 1)) service=$((base + 2)) public=$((base + 1080)) api=$((base + 1081))
    taken=
    for port in $control $proxy $service $public $api; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            taken=$port
            return
        fi
    done
}

if [[ -z $bin ]]; then
    packaging/install-build-deps.sh
    echo "Building (the first time takes a few minutes) ..."
    cmake --preset release -DFRPX_LIBRARIES=OFF >/dev/null
    cmake --build --preset release --parallel "$(nproc)"
    bin=build/release
fi

if ((base == 0)); then
    for ((i = 0; i < 50; ++i)); do
        base=$((10000 + RANDOM % 8900)) # below the ports that the system hands out
        choose_ports
        [[ -n $taken ]] || break
    done
else
    choose_ports
fi
if [[ -n $taken ]]; then
    echo "Port $taken is taken by another program. Choose others: ./quickstart.sh --base-port $((base == 27000 ? 37000 : 27000))" >&2
    exit 1
fi

scratch=$(mktemp -d)
pids=()
stop_all() {
    trap - EXIT INT TERM
    # The clients first, the server after them, so that nobody complains of a lost connection.
    for ((i = ${#pids[@]} - 1; i >= 0; --i)); do
        kill "${pids[i]}" 2>/dev/null || true
        wait "${pids[i]}" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap stop_all EXIT
trap 'exit 0' INT TERM

# start NAME COMMAND...: in the background, its output into NAME.log
start() {
    local name=$1
    shift
    "$@" >"$scratch/$name.log" 2>&1 &
    pids+=($!)
}

# await NAME TEXT: until NAME.log says so; its end or half a minute is a failure
await() {
    local pid=${pids[-1]}
    for ((i = 0; i < 300; ++i)); do
        grep -q "$2" "$scratch/$1.log" && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "$1 did not start:" >&2
    cat "$scratch/$1.log" >&2
    exit 1
}

start service "$bin/examples/hello/frpx-hello" "$service"
await service "answering"
start frps "$bin/frps/frps" --listen 127.0.0.1 --control-port "$control" --proxy-port "$proxy" \
    --public-port "$public" --api-port "$api" --data-dir "$scratch/data"
await frps "FRPS listening"
for client in client_A client_B; do
    start "$client" "$bin/frpc/frpc" --client-id "$client" --control-port "$control" --proxy-port "$proxy" \
        --local-port "$service" --email test@example.com --password 123456 --token-file "$scratch/$client.json"
    await "$client" "Successfully registered"
done

way="  you ──▶ frps, public port $public ──"
printf '\n%s┬─▶ frpc client_A ──┬─▶ local service, port %s\n%*s└─▶ frpc client_B ──┘\n\n' \
    "$way" "$service" "$(LC_ALL=C.UTF-8 bash -c 'echo ${#0}' "$way")" ""

requests=24
failed=0
printf '%-9s %-10s %s\n' REQUEST CLIENT ANSWER
for ((n = 1; n <= requests; ++n)); do
    if answer=$(curl -sS --fail --max-time 10 "http://127.0.0.1:$public/" 2>&1); then
        # One request at a time: the server's latest choice was for this one.
        client=$(grep -o "Chose client '[^']*'" "$scratch/frps.log" | tail -n 1 | cut -d "'" -f 2)
    else
        client=-
        failed=$((failed + 1))
    fi
    printf '%-9s %-10s %s\n' "$n" "$client" "$answer"
    echo "$client" >>"$scratch/served"
done

status=0
echo
for client in client_A client_B; do
    count=$(grep -cx "$client" "$scratch/served" || true)
    echo "$client served $count of $requests requests"
    [[ $count -gt 0 ]] || status=1
done
if [[ $failed -gt 0 ]]; then
    echo "$failed requests failed"
    status=1
fi
if $once || [[ $status -ne 0 ]]; then
    exit $status
fi

cat <<EOF

Everything keeps running. Try, in another terminal:
  curl http://127.0.0.1:$public/
  curl http://127.0.0.1:$api/api/clients
  $bin/frps/frps --monitor --api-port $api
Ctrl-C stops it all.
EOF
wait
