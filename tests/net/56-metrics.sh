#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The metrics of a node by HTTP, in files and by the control socket.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
daemon=$build/bitmarkd-c
conf=$dir/1/bitmarkd-c.conf
page=http://127.0.0.1:$((port + 15))/metrics
ask() { timeout 600 "$daemon" --config "$conf" "$@"; }
get() { curl -s --max-time 600 "$@"; }
value() { sed -n "s/^bitmark_$1{[^}]*} //p" "$dir/out"; }
answers() { get -o "$dir/out" "$page"; }
start_daemon() {
	"$daemon" --config "$conf" 2>"$dir/1/log" &
	pid=$!
	echo "$pid" >"$dir/1/pid"
}
configure_metrics() {
	cat >"$conf" <<C
chain = local
metrics = {$1}
metrics_file = "old.prom"
peering { standalone = yes }
C
}
size=1
mkdir "$dir/1"
"$daemon" init "$dir/made" >/dev/null
mv "$dir"/made/peer.* "$dir/1"

configure_metrics "$((port + 15)), \"127.0.0.1:$((port + 16))\", new.prom"
nodes=1
begun=$(date +%s)
start_daemon
# A build without libmicrohttpd says so, and has files alone.
no_library() { grep -q 'metrics: HTTP is left out: this build has no libmicrohttpd' "$dir/1/log"; }
answers_or_ends() { answers || no_library; }
await answers_or_ends || fail "no page"
if no_library; then
	await has "$dir/1/new.prom" '^bitmark_height{' || fail "no file"
	exit 0
fi

# The page: its type, and what every build and chain has.
get -D "$dir/head" -o "$dir/out" "$page"
grep -q '^HTTP/1.1 200 ' "$dir/head" || { cat "$dir/head"; fail "another status"; }
grep -qi '^content-type: text/plain; version=0.0.4; charset=utf-8' "$dir/head" ||
    { cat "$dir/head"; fail "another type"; }
version=$("$daemon" --version | sed 's/.* //')
grep -q "^bitmark_build_info{chain=\"local\",rules=\"[^\"]*\",version=\"$version\"} 1\$" \
    "$dir/out" || { cat "$dir/out"; fail "no build info"; }
[ "$(value height)" -eq 1 ] || fail "another height"
[ "$(value block_time_seconds)" -eq 0 ] || fail "genesis has a time"
[ "$(value start_time_seconds)" -ge "$begun" ] || fail "started too early"
[ "$(value start_time_seconds)" -le "$(date +%s)" ] || fail "started too late"

# Nothing but that page by that method; all is counted.
[ "$(get -o /dev/null -w '%{http_code}' "${page%metrics}")" -eq 404 ] || fail "another page"
[ "$(get -o /dev/null -w '%{http_code}' -d a=b "$page")" -eq 405 ] || fail "another method"
get -o "$dir/out" "http://127.0.0.1:$((port + 16))/metrics"
[ "$(value metrics_refused_total)" -eq 2 ] || { cat "$dir/out"; fail "refused are not counted"; }
before=$(value metrics_requests_total)
ask metrics >"$dir/out"
[ "$(value metrics_requests_total)" -eq "$before" ] || fail "another count by the socket"

# The files have the same lines, but for the values.
for file in new old; do
	await has "$dir/1/$file.prom" '^bitmark_height{' || fail "no file: $file"
	names=$(sed 's/ [^ ]*$//' "$dir/1/$file.prom")
	[ "$names" = "$(sed 's/ [^ ]*$//' "$dir/out")" ] || fail "$file.prom has other lines"
	[ "$(find "$dir/1/$file.prom" -perm 644)" ] || fail "$file.prom has another mode"
done
kill "$pid"
wait "$pid" || fail "exit code $?"
[ ! -e "$dir/1/new.prom" ] && [ ! -e "$dir/1/old.prom" ] || fail "a file is left"
answers && fail "still served"

# An address that cannot be had ends the start, and the files of others stay.
configure_metrics '"192.0.2.1:9136", new.prom'
echo mine >"$dir/1/new.prom"
start_daemon
code=0
wait "$pid" || code=$?
nodes=''
[ "$code" -eq 1 ] || fail "exit code $code"
grep -q 'cannot start: metrics: 192.0.2.1:9136: ' "$dir/1/log" || fail "the address is not named"
[ "$(cat "$dir/1/new.prom")" = mine ] || fail "the file of another is gone"
