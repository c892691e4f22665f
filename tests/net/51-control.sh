#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A node that runs is asked and steered by its control socket, writes metrics,
# and is followed by a subscriber.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
follower=''
other=''
finish_all() {
	for process in $follower $other; do
		kill -CONT "$process" 2>/dev/null || true
		kill "$process" 2>/dev/null || true
	done
	finish
}
trap finish_all EXIT
ask() { timeout 600 "$build/bitmarkd-c" --config "$dir/1/bitmarkd-c.conf" "$@"; }
ask_json() { ask "$@" --json >"$dir/out" || fail "$*"; }
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
refuses() {
	want=$1; shift
	if ask "$@" >"$dir/out" 2>&1; then fail "not refused: $*"; fi
	says "$want"
}
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }

make_store store tests/data/chain-a.blocks 3
make_nodes 2 store
publish=$((port + 15))
for node in 1 2; do configure "$node" 1 yes ''; done
cat >>"$dir/1/bitmarkd-c.conf" <<-CONF
	metrics_file = "node.prom"
	publishing { broadcast = {"127.0.0.1:$publish"} }
CONF
echo "control_group = \"$(id -gn)\"" >>"$dir/2/bitmarkd-c.conf"
# Alone it is in step with everybody.
sed -i.old 's/dynamic_connections = yes/dynamic_connections = no/' "$dir/2/bitmarkd-c.conf"

# --- nobody is there ------------------------------------------------------------
refuses 'No such file' status
refuses 'takes no argument' status surplus
refuses 'takes one argument' submit
ask --help >"$dir/help"
for word in status peers connections reservoir metrics submit import payment transaction wait \
    generate add-peer stop --json --for --timeout; do
	grep -q -e "$word" "$dir/help" || fail "not in --help: $word"
	grep -qE "(Cm|Fl|\|) $(echo "$word" | sed 's/^--/\\\\-/')" man/bitmarkd-c.8 ||
	    fail "not in the page: $word"
done

sed -n '/^} answers\[\] = {/,/^};/s/.*{ "\([a-z-]*\)".*/\1/p' daemon/answer.c >"$dir/commands"
[ -s "$dir/commands" ] || fail "no commands in answer.c"
while read -r word; do
	grep -q "^\.It Cm $word\$" man/bitmarkd-c-control.7 ||
	    fail "not in the page of the protocol: $word"
done <"$dir/commands"

# --- a node, and one that it is told of -------------------------------------------
start 1 2
socket=$dir/1/bitmarkd-c.socket
await test -S "$socket" || fail "no socket"
case $(ls -l "$socket") in srw-------*) ;; *) fail "others can use it: $(ls -l "$socket")" ;; esac
await test -S "$dir/2/bitmarkd-c.socket" || fail "no socket of the other"
case $(ls -l "$dir/2/bitmarkd-c.socket") in
srw-rw----*" $(id -gn) "*) ;;
*) fail "not the group's: $(ls -l "$dir/2/bitmarkd-c.socket")" ;;
esac
ask_json status
says '"mode":"Resynchronise"'
says '"height":3'
says '"few_peers":\(true\|false\)'
says '"rules":"8.2","blocked":null,"blocked_block":null'
for word in digests_per_s digests_waiting queued_blocks queued_messages map_bytes used_bytes; do
	says "\"$word\":[0-9]"
done
# The digest: in stored order, and as it is shown.
digest=$("$build/bitmark-peer" -C local hash 3 -n "$(key_of 1)@127.0.0.1:$(port_of 1)" --json)
stored=$(echo "$digest" | sed -n 's/.*"digest":"\([0-9a-f]*\)".*/\1/p')
shown=$(echo "$digest" | sed -n 's/.*"digestDisplay":"\([0-9a-f]*\)".*/\1/p')
says "\"digest\":\"${stored:?}\",\"digestDisplay\":\"${shown:?}\""
ask status >"$dir/out"
says "^digest  *$shown\$"
says '^digests_waiting  *[0-9]'
make_asset
make_issue
refuses 'the mode is not Normal: the node is at block 3 of 3, with 0 peers' submit "$asset"
says 'give it peers to follow with add-peer'
all_say 1 'INFO process: assets refused: the mode is not Normal' 1
refuses 'invalid public key' add-peer "00@127.0.0.1:$(port_of 2)"
refuses 'missing port in address' add-peer "$(key_of 2)@nowhere"
ask_json add-peer "PUBLIC:$(key_of 2)@127.0.0.1:$(port_of 2)"
says '"added"'
await is_normal || fail "not in step: $(ask status)"
ask_json connections
says '"round_trip_us":[1-9]'
# Without a terminal: a line a second, until nobody reads them.
ask top | head -n 2 >"$dir/out"
[ "$(grep -c '^height 3 of 3, Normal, peers 1, waiting ' "$dir/out")" -eq 2 ] || fail "top"
ask_json connections
state='"static":false,"connected":true,"registered":true,"height":3'
says "\"key\":\"$(key_of 2)\",\"address\":\"127.0.0.1:$(port_of 2)\",$state"
ask_json peers
says "\"addresses\":\\[\"127.0.0.1:$(port_of 2)\"\\]"
ask connections >"$dir/out"
says "^key	address"

# --- a subscriber -------------------------------------------------------------------
subscribe() {
	exec "$build/bitmark-peer" --chain local subscribe --json \
	    -n "$(key_of 1)@127.0.0.1:$publish" "$@"
}
subscribe >"$dir/events" 2>"$dir/events.err" &
follower=$!
subscribed() { ask status --json | grep -q '"subscribers":1'; }
await subscribed || { cat "$dir/events.err"; fail "nobody subscribes"; }

# --- submitting -----------------------------------------------------------------------
refuses 'asset not found' submit "$issue"
refuses 'not transaction pack' submit ff
refuses 'nowhere: No such file' submit nowhere
refuses 'not KEY@ADDRESS' add-peer "$(key_of 2)"
head -c 5000000 /dev/zero >"$dir/long"
refuses 'too long' submit "$dir/long"
refuses 'too long' submit /dev/zero
ask_json submit "$asset"
says '"submitted":"assets","records":1.*"duplicate":false'
ask_json submit "$asset"
says '"submitted":"assets","records":1.*"duplicate":true'
# Hex in a file may have lines and blanks, as for bitmark-record.
echo "$asset" | sed 's/../& /g' | fold -w 60 >"$dir/asset.hex"
ask_json submit "$dir/asset.hex"
says '"duplicate":true'
echo "$issue" >"$dir/issue.hex"
ask_json submit "$dir/issue.hex"
says '"submitted":"issues"'
pay_id=$(sed -n 's/.*"pay_id":"\([0-9a-f]*\)".*/\1/p' "$dir/out")
tx_id=$(sed -n 's/.*"tx_ids":\["\([0-9a-f]*\)".*/\1/p' "$dir/out")
"$build/bitmark-record" decode "$issue" >"$dir/out"
says "\"txId\":\"${tx_id:?}\""
says "\"payId\":\"${pay_id:?}\""
ask_json reservoir
says '"pending":1'
says "\"tx_id\":\"$tx_id\",\"pay_id\":\"$pay_id\",\"status\":\"Pending\""
if grep -q '"packed"' "$dir/out"; then fail "bytes that nobody asked for"; fi
# The same again is no error, for a wallet that lost its answer.
ask submit "$dir/issue.hex" >"$dir/out"
says "^pay_id  *$pay_id\$"
says "^tx_ids  *$tx_id\$"
says '^duplicate  *yes$'
says '^pay_nonce  *[0-9a-f]\{16\}$'
ask reservoir >"$dir/out"
says "$tx_id	$pay_id	Pending"
heard() { grep -q "$1" "$dir/events"; }
await heard '"assets"' || { cat "$dir/events" "$dir/events.err"; fail "assets not heard"; }
await heard '"issues"' || fail "issues not heard"
heard "\"txId\":\"$tx_id\"" || fail "the subscriber hears of another id than $tx_id"

# --- a backup of bitmarkd: a letter, a length of two bytes, a record, again and again ---------
octal() {
	echo "$1" | sed 's/../& /g' | tr ' ' '\n' | while read -r byte; do
		[ -z "$byte" ] || printf '\\%03o' "0x$byte"
	done
}
# item LETTER HEX
item() { printf '%s' "$1"; printf "$(octal "$(printf '%04x' $((${#2} / 2)))$2")"; }
refuses 'No such file' import "$dir/nowhere"
make_issue
{ item A "$asset"; item I "$issue"; item I ff; item Z 00; } >"$dir/backup"
ask_json import "$dir/backup"
says '"accepted":2,"refused":1'
# A pipe given in place of a file is refused at once: the node must not wait.
mkfifo "$dir/fifo"
refuses 'input or output failed' import "$dir/fifo"
ask_json reservoir
says '"pending":2'
head -c 100 "$dir/backup" >"$dir/short"
refuses 'invalid length' import "$dir/short"
if grep -q accepted "$dir/out"; then fail "counts of nothing"; fi
# Items that stand before the cut are counted, and stay.
make_issue
{ item I "$issue"; printf I; } >"$dir/short"
refuses 'invalid length' import "$dir/short"
says '^accepted  *1$'
refuses 'invalid length' import "$dir/short" --json
says '{"accepted":1,"refused":0}'
ask_json reservoir
says '"pending":3'

# --- metrics -----------------------------------------------------------------------------
ask metrics >"$dir/out"
says '^bitmark_rules{chain="local",rules="8.2"} 1$'
says '^bitmark_blocked{chain="local"} 0$'
says '^# TYPE bitmark_height gauge$'
says '^bitmark_height{chain="local"} 3$'
says '^bitmark_pending_transactions{chain="local"} 3$'
sed -n 's/^# HELP bitmark_\([a-z_]*\) .*/\1/p' "$dir/out" >"$dir/names"
while read -r name; do
	grep -q "^\.It Cm bitmark_$name Pq " man/bitmarkd-c-metrics.7 ||
	    fail "not in the page: $name"
done <"$dir/names"
written() { grep -q '^bitmark_pending_transactions{chain="local"} 3$' "$dir/1/node.prom"; }
await written || fail "no file of metrics"
case $(ls -l "$dir/1/node.prom") in -rw-r--r--*) ;;
    *) fail "a collector cannot read it: $(ls -l "$dir/1/node.prom")" ;; esac

# --- rubbish hurts nobody, and a client that says nothing is not waited for for ever ---------
python=$(command -v python3 || true)
if [ -n "$python" ]; then
	"$python" - "$socket" <<-'PY' >"$dir/out"
		import socket, sys
		for line in (b'\n', b'{\n', b'[]\n', b'{"command":1}\n',
		        b'{"command":"\\u0000"}\n', b'\xff' * 100000 + b'\n'):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    s.sendall(line)
		    print(s.recv(1000).decode())
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(b'{"command":')
	PY
	[ "$(grep -c '"error"' "$dir/out")" = 6 ] ||
	    { cat "$dir/out"; fail "rubbish is not refused"; }
fi
ask_json status
# Clients that stop in the middle of a request, or do not take their reply, keep
# no other one waiting.
if [ -n "$python" ]; then
	mkfifo "$dir/held"
	"$python" - "$socket" <<-'PY' >"$dir/held" &
		import socket, sys, time
		held = []
		for i in range(10):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    s.sendall(b'{"command":' if i % 2 else b'{"command":"metrics"}\n')
		    held.append(s)
		print('held', flush=True)
		time.sleep(600)
	PY
	other=$!
	read -r held <"$dir/held"
	[ "$held" = held ] || fail "clients are not let in"
	timeout 10 "$build/bitmarkd-c" --config "$dir/1/bitmarkd-c.conf" status --json \
	    >"$dir/out" 2>&1 ||
	    { cat "$dir/out"; fail "slow clients keep another one waiting"; }
	says '"height":3'
	kill "$other"
	wait "$other" 2>/dev/null || true
	other=''
fi

# Many that wait for a transaction leave places for the others; one too many is
# told so, and those that hang up are forgotten.
if [ -n "$python" ]; then
	"$python" - "$socket" <<-'PY' >"$dir/out"
		import json, select, socket, sys
		def ask(request):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    s.sendall(json.dumps(request).encode() + b'\n')
		    return s
		wait = {'command': 'wait', 'tx_id': '00' * 32}
		for turn in range(2):
		    # Requests are taken in the order in which they come.
		    waiting = [ask(wait) for i in range(64)]
		    print(ask(wait).recv(1000).decode())
		    print(ask({'command': 'status'}).recv(10).decode())
		    print(ask(dict(wait, timeout=0)).recv(1000).decode())
		    print(len(select.select(waiting, [], [], 0)[0]), 'answered')
		    for s in waiting:
		        s.close()
	PY
	[ "$(grep -c 'too many wait' "$dir/out")" = 2 ] || { cat "$dir/out"; fail "not refused"; }
	[ "$(grep -c '"version' "$dir/out")" = 2 ] || { cat "$dir/out"; fail "no status"; }
	[ "$(grep -c 'timed_out' "$dir/out")" = 2 ] || { cat "$dir/out"; fail "not timed out"; }
	[ "$(grep -c '^0 answered' "$dir/out")" = 2 ] || { cat "$dir/out"; fail "one is gone"; }
fi

# --- stop ------------------------------------------------------------------------------------
ask_json stop
says '"stopping":true'
wait "$(cat "$dir/1/pid")" || fail "exit code $?"
[ ! -e "$socket" ] || fail "the socket is left behind"
[ ! -e "$dir/1/node.prom" ] || fail "the metrics are left behind"

# --- a file that is no socket stays; the node runs without commands -----------------------------
end TERM 2
echo precious >"$dir/2/bitmarkd-c.socket"
start 2
all_say 1 'ERROR main: no control socket: .*bitmarkd-c.socket: File exists' 2
[ "$(cat "$dir/2/bitmarkd-c.socket")" = precious ] || fail "a file was overwritten"
end TERM 2
[ "$(cat "$dir/2/bitmarkd-c.socket")" = precious ] || fail "a file was removed"
# ... nor is the socket of a daemon that runs taken away from it.
rm "$dir/2/bitmarkd-c.socket"
cp "$dir/2/bitmarkd-c.conf" "$dir/2/own.conf"
echo "control = \"$socket\"" >>"$dir/2/bitmarkd-c.conf"
start 1
await test -S "$socket" || fail "no socket"
before=$(ls -i "$socket")
start 2
all_say 1 'ERROR main: no control socket: .*bitmarkd-c.socket: Address already in use' 2
end TERM 2
[ "$(ls -i "$socket")" = "$before" ] || fail "a socket in use was replaced"
mv "$dir/2/own.conf" "$dir/2/bitmarkd-c.conf"
end TERM 1
# One of a daemon that was killed is replaced.
start 1
await test -S "$socket" || fail "no socket"
end KILL 1
[ -S "$socket" ] || fail "who is killed removes nothing"
start 1
answers() { ask status >/dev/null 2>&1; }
await answers || fail "the old socket is in the way"

# --- who finds his place taken waits for it; who comes anew is refused --------------------------
end TERM 1
kill -STOP "$follower" ||
    { cat "$dir/events.err"; tail -n 3 "$dir/events"; fail "the subscriber is gone"; }
sed -i.old 's/digest_workers = 1/& connections_max = 1/' "$dir/1/bitmarkd-c.conf"
start 1
await answers || fail "does not start"
subscribe >"$dir/other" 2>&1 &
other=$!
await subscribed || fail "the place is not taken"
before=$(grep -c '"connected"' "$dir/events")
kill -CONT "$follower"
code=0
(subscribe -t 1 >"$dir/out" 2>&1) || code=$?
# A publisher that is full closes the connection in its handshake, as one with
# another key does: the program cannot tell them apart, and says both.
[ "$code" -eq 3 ] || [ "$code" -eq 4 ] || fail "exit code $code of a subscriber too many"
says 'takes no more subscribers'
kill -0 "$follower" 2>/dev/null ||
    { cat "$dir/events.err"; fail "a full publisher ends a subscriber"; }
[ "$(grep -c '"connected"' "$dir/events")" -eq "$before" ] || fail "two in one place"
kill "$other"
back() { [ "$(grep -c '"connected"' "$dir/events")" -gt "$before" ]; }
await back || { cat "$dir/events.err"; fail "does not come back"; }
