#!/bin/bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The explorer over HTTP: its answers, a store that changes under it, clients that
# mean no good, and a daemon that comes and goes.
set -eu
. tests/net/await.sh
port=${port:?}
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
pids=
# shellcheck disable=SC2317
finish() {
	for pid in $pids; do kill -9 "$pid" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT
# A server that has hung up already is an error of printf, not the end of this shell.
trap '' PIPE
fail() {
	echo "FAILED: $*"
	tail -n 5 "$dir"/*.log
	exit 1
}
chain_tool() {
	"$build/bitmark-chain" --chain local "$@" >"$dir/tool" 2>&1 || { cat "$dir/tool"; exit 1; }
}
# explore NAME OPTION...: start an explorer; its log is NAME.log.
explore() {
	local name=$1
	shift
	"$build/bitmark-explorer" --listen "127.0.0.1:$port" "$@" 2>"$dir/$name.log" &
	explorer=$!
	pids="$pids $explorer"
	await has "$dir/$name.log" 'block pages at' || fail "$name does not start"
}
end_explorer() {
	kill "$explorer"
	wait "$explorer" || fail "the end of the explorer: $?"
}
# raw TEXT: whatever is sent, up to the end of the connection, in $dir/out.
raw() {
	exec 3<>"/dev/tcp/127.0.0.1/$port"
	printf '%b' "$1" >&3 || true
	timeout 60 cat <&3 >"$dir/out" || true
	exec 3>&-
}
# ask TARGET [HEADER] [METHOD]
ask() {
	raw "${3:-GET} $1 HTTP/1.1\r\nHost: localhost:$port\r\nConnection: close\r\n${2:-}\r\n"
}
says() { grep -qaF -- "$1" "$dir/out" || fail "not said: $1: $(head -c 600 "$dir/out")"; }
status_is() {
	head -n 1 "$dir/out" | grep -qa "^HTTP/1.1 $1 " || fail "not $1: $(head -n 1 "$dir/out")"
}
# get TARGET TEXT...: all of which are said.
get() {
	ask "$1"
	status_is 200
	shift
	for text; do says "$text"; done
}
refused() { ask "$2" "${3:-}" "${4:-}"; status_is "$1"; says '"error":"'; }
tag() { sed -n 's/^ETag: \(.*\)\r$/\1/p' "$dir/out"; }
# answers TARGET TEXT: for await.
answers() {
	ask "$1"
	grep -qaF -- "$2" "$dir/out"
}

# --- a store that nobody writes ----------------------------------------------------
golden=tests/data/chain-a.blocks
# Known to be right: their digests need not be computed.
a=25:01e6cfdc4ebe8862d34737823ab7fc3301581ee308e83b1441f64d9133393100
a=$a:57df7b2468feca406af4ce926acabad97e1cefc2ca9baa150a3b078fffd5f195
fork=28:98778cf5d4ff2e2704ec9b42ca5de00a1010cd00b9f4b500fff0fab3c1079100
fork=$fork:6557fc5709ba0e1acc0770f7bd2ad1e79921e7511956be1d4bad29863e2924b5
chain_tool --database "$dir/store" --checkpoint "$a" load-blocks "$golden"
explore one --database "$dir/store" --chain local --wait 2 --connections 20 --per-address 12
alice=ef8jjyKoxJCHKyLaBbyU8mfQ7XdYpLHc4NHUzj9a1pHuaKCdy4
get / '<!DOCTYPE html' "Content-Security-Policy: default-src 'self'" \
    'X-Content-Type-Options: nosniff' 'Content-Type: text/html'
get /block/12 '<!DOCTYPE html'
get /page.js 'Content-Type: text/javascript'
get /api/v1/status '"chain":"local","rules":"8.2","height":25' '"daemon":null'
get '/api/v1/blocks?count=2' '"number":25' '"number":24' '"next":24'
get '/api/v1/block/13?count=1' '"number":13' '"next":1'
get "/api/v1/account/$alice?count=1" "\"account\":\"$alice\"" '"kind":"asset"'
get "/api/v1/account/$alice/shares" '"shares":[]'
get '/api/v1/search?q=SERIES+5' '"title":"series 5"'
get "/api/v1/search?q=$alice" "\"url\":\"/account/$alice\""
id=$("$build/bitmark-chain" --chain local --database "$dir/store" owner "$alice" --count 1 |
    awk '{ print $2 }')
get "/api/v1/transaction/$id" '"state":"confirmed"' "\"owner\":\"$alice\""
get "/api/v1/provenance/$id" '"kind":"issue"'
asset=$(sed -n 's/.*"assetId":"\([0-9a-f]*\)".*/\1/p' "$dir/out")
get "/api/v1/asset/$asset" "\"id\":\"$asset\""
get /metrics 'bitmark_explorer_height 25'
refused 404 /api/v1/block/26
refused 400 /api/v1/block/x
refused 404 /nothing
refused 503 /api/v1/pending
refused 405 /api/v1/status '' DELETE
refused 405 / 'Content-Length: 3\r\n' POST
raw 'GET /api/v1/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'
status_is 403

# An answer is sent once, as long as nothing changes.
get /api/v1/blocks
before=$(tag)
ask /api/v1/blocks "If-None-Match: $before\r\n"
status_is 304
[ -z "$(sed '1,/^\r$/d' "$dir/out")" ] || fail "304 with a body"
ask /api/v1/blocks '' HEAD
status_is 200
[ "$(tag)" = "$before" ] || fail "HEAD has another tag"
[ -z "$(sed '1,/^\r$/d' "$dir/out")" ] || fail "HEAD with a body"

# --- clients that mean no good -------------------------------------------------------
long=$(head -c 3000 /dev/zero | tr '\0' a)
refused 414 "/$long"
raw "GET / HTTP/1.1\r\nHost: localhost\r\nX: $long$long$long$long$long$long$long\r\n\r\n"
grep -qaE '^HTTP/1.1 (431|413|400|414) |^$' "$dir/out" || [ ! -s "$dir/out" ] ||
    fail "a head of 21 kB: $(head -n 1 "$dir/out")"
raw '\0\0\0\r\n\r\n'
raw 'GET\r\n\r\n'
raw 'GET /../../etc/passwd HTTP/1.0\r\n\r\n'
if grep -qa 'root:' "$dir/out"; then fail "a file of the system"; fi
raw 'GET /api/v1/search?q=%00 HTTP/1.0\r\n\r\n'
says '400'
# A request that never ends is cut off, and so is one that comes byte by byte.
raw 'GET / HTTP/1.1\r\nHost: loc'
is_cut() { ask /metrics; grep -qa 'bitmark_explorer_cut_total [1-9]' "$dir/out"; }
await is_cut || fail "nobody was cut off"
# Of one address only so many at a time: others go on being served when these go.
held=
for _ in $(seq 12); do
	if { exec {fd}<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; then held="$held $fd"; fi
done
for fd in $held; do exec {fd}>&-; done
await answers /api/v1/status '"height":25' || fail "not served any more"

# --- the chain goes on, and another one takes its place --------------------------------
chain_tool --database "$dir/store" delete-down --yes 21
await answers /api/v1/status '"height":20' || fail "blocks that were deleted are shown"
refused 404 /api/v1/block/21
ask /api/v1/blocks "If-None-Match: $before\r\n"
status_is 200
named() { answers /metrics 'bitmark_explorer_names_height 20'; }
await named || fail "names of blocks that were deleted"
chain_tool --database "$dir/store" --checkpoint "$fork" load-blocks \
    tests/data/chain-a-fork.blocks
await answers /api/v1/status '"height":28' || fail "the other branch is not shown"
named() { answers /metrics 'bitmark_explorer_names_height 28'; }
await named || fail "names of the other branch"
get '/api/v1/search?q=series+5' '"complete":true'

# Rebuilt, it has another file.
opened=$(sed -n 's/^bitmark_explorer_store_opened_total \([0-9]*\).*/\1/p' "$dir/out")
chain_tool --database "$dir/store" --checkpoint "$fork" reindex
again() { answers /metrics 'bitmark_explorer_store_opened_total 2'; }
await again || fail "the old store is shown still: ${opened:-}"
await answers /api/v1/status '"height":28' || fail "the new store is not shown"
end_explorer

# --- a store that is not there, a port that is taken -------------------------------------
code=0
"$build/bitmark-explorer" --listen "127.0.0.1:$port" --database "$dir/none" --chain local \
    2>"$dir/none.log" || code=$?
[ "$code" -eq 7 ] || fail "no store: $code"
code=0
"$build/bitmark-explorer" --listen nowhere --database "$dir/store" --chain local \
    2>"$dir/none.log" || code=$?
[ "$code" -eq 1 ] || fail "no address: $code"

# --- beside a daemon -----------------------------------------------------------------------
conf=$dir/dev/bitmarkd-c.conf
daemon() { timeout 600 "$build/bitmarkd-c" --config "$conf" "$@"; }
dev() {
	"$build/bitmarkd-c" dev "$dir/dev" >"$dir/use.log" 2>>"$dir/daemon.log" &
	dev=$!
	pids="$pids $dev"
	is_normal() { daemon status 2>/dev/null | grep -q 'mode *Normal'; }
	await is_normal || fail "not Normal"
}
dev
explore two --config "$conf"
await answers /api/v1/status '"mode":"Normal"' || fail "the daemon is not seen"
# An issue that nobody has proved waits.
key=$dir/dev/proof.sign
record() { "$build/bitmark-record" --rules 0.16 "$@"; }
account=$(record account --key "$key" --json | sed -n 's/.*"account": *"\([^"]*\)".*/\1/p')
echo "{\"record\":\"AssetData\",\"name\":\"a Painting\",\"fingerprint\":\"$account\",
    \"metadata\":\"\",\"registrant\":\"$account\"}" | record sign --key "$key" - >"$dir/asset"
asset=$(record decode "$dir/asset" | sed -n 's/.*"assetId": *"\([^"]*\)".*/\1/p')
echo "{\"assetId\":\"$asset\",\"owner\":\"$account\",\"nonce\":\"0\"}" |
    record sign --key "$key" - >"$dir/issue"
daemon submit "$dir/asset" >/dev/null
daemon submit "$dir/issue" --json >"$dir/submitted"
id=$(sed -n 's/.*"tx_ids": *\[*"\([^"]*\)".*/\1/p' "$dir/submitted")
await answers /api/v1/pending "$id" || fail "what waits is not shown"
says '"record":"BitmarkIssue"'
says '"state":"pending"'
get "/api/v1/transaction/$id" '"state":"pending","block":null'
get "/api/v1/search?q=$id" "\"url\":\"/transaction/$id\""
get "/api/v1/status"
before=$(tag)
# A daemon that is stopped keeps nobody waiting; one that is gone is told.
kill -STOP "$dev"
await answers /api/v1/status '"late":true' || fail "a daemon that does not answer"
[ "$(tag)" != "$before" ] || fail "the tag is the same"
kill -CONT "$dev"
await answers /api/v1/status '"late":false' || fail "it answers again"
kill -9 "$dev"
wait "$dev" 2>/dev/null || true
get /api/v1/block/1 '"number":1'
await answers /api/v1/status '"daemon":null' || fail "a daemon that is gone"
refused 503 /api/v1/pending
end_explorer
