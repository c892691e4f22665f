#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmarkd-c starts, keeps its store to itself, moves to a new log file at
# SIGHUP, and stops in order at SIGTERM or SIGINT.
set -eu
# shellcheck disable=SC2154
. tests/net/await.sh
first_port=$port
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
daemon=$build/bitmarkd-c
conf=$dir/bitmarkd-c.conf
log=$dir/node.log
pids=

finish() {
	for pid in $pids; do kill -9 "$pid" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT
fail() { echo "FAILED: $*"; [ ! -e "$log" ] || cat "$log"; exit 1; }

# Still a process, and not one that merely waits to be collected.
alive() {
	if [ -r /proc/self/stat ]; then
		state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 1
	else
		state=$(ps -o stat= -p "$1" 2>/dev/null) || return 1
	fi
	case $state in Z*) return 1 ;; esac
}
gone() { ! alive "$1"; }
logged() { grep -q -- "$1" "$log" 2>/dev/null; }
listens() { logged 'main: started' || gone "$pid"; }

# Start it on a port that is free; $pid is the process.
start() {
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		port=$((first_port + attempt))
		sed "s/@PORT@/$port/" "$dir/template" >"$conf"
		rm -f "$log"
		"$daemon" --config "$conf" 2>"$dir/stderr" &
		pid=$!
		pids="$pids $pid"
		await listens || fail "does not start"
		alive "$pid" && return
		logged 'network operation failed' || fail "stopped at the start"
	done
	fail "no free port"
}
# stopped SECONDS: it ends after so many seconds' worth of looks, with exit
# code 0.
stopped() {
	await_looks $(($1 * 10)) gone "$pid" || fail "does not stop in $1 s"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 0 ] || fail "exit code $code"
	logged 'main: stopped$' || fail "does not say that it stopped"
}

"$daemon" gen-peer-identity "$dir" >/dev/null
cat >"$dir/template" <<C
chain = local
pidfile = "the.pid"
peering { listen = {"127.0.0.1:@PORT@"} }
logging { destination = "node.log" }
C

start
grep -qE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z INFO main: started' "$log" ||
    fail "not the form of a line"
[ "$(cat "$dir/the.pid")" = "$pid" ] || fail "pidfile"
[ "$(find "$dir/data" "$dir/data/local" "$log" "$dir/the.pid" -perm /077)" = "" ] ||
    fail "others may read what the daemon writes"
hard=$(awk '/^Max open files/ { print $5 }' "/proc/$pid/limits" 2>/dev/null || true)
soft=$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits" 2>/dev/null || true)
[ "$hard" = "$soft" ] || fail "limit of open files is $soft, not $hard"

# A second daemon on the same store is refused and told by whom.
sed 's/node.log/second.log/; s/listen.*}/}/; s/the.pid/second.pid/' "$conf" >"$dir/second.conf"
code=0
timeout 600 "$daemon" --config "$dir/second.conf" 2>"$dir/out" || code=$?
[ "$code" -eq 1 ] || fail "second daemon: exit code $code"
grep -q "in use by another writer (process $pid)" "$dir/out" ||
    { cat "$dir/out"; fail "does not name the first"; }
grep -q "(process $pid)" "$dir/second.log" || fail "the refusal is not logged"
[ ! -e "$dir/second.pid" ] || fail "a refused daemon left a pidfile"
alive "$pid" || fail "the first daemon did not survive the second"

# So is one on the same port, with a store of its own; it leaves no pidfile.
sed 's/chain = local/& database { name = other }/; s/node.log/other.log/; s/the.pid/other.pid/' \
    "$conf" >"$dir/other.conf"
code=0
timeout 600 "$daemon" --config "$dir/other.conf" 2>"$dir/out" || code=$?
[ "$code" -eq 1 ] || fail "port in use: exit code $code"
grep -q 'cannot start: ' "$dir/out" || fail "no reason for a port in use"
[ ! -e "$dir/other.pid" ] || fail "a pidfile without a node"

# SIGHUP opens the log anew.
mv "$log" "$dir/old.log"
kill -HUP "$pid"
await logged 'log reopened' || fail "no new log after SIGHUP"
grep -q started "$dir/old.log" || fail "the old log was lost"

# ... and keeps the old one when it cannot.
mv "$log" "$dir/kept.log"
mkdir "$log"
kill -HUP "$pid"
await grep -q 'cannot open the log again' "$dir/kept.log" || fail "the log that could not be opened"
rmdir "$log"
kill -HUP "$pid"
await logged 'log reopened' || fail "no log after trouble"

kill -TERM "$pid"
stopped 5
[ ! -e "$dir/the.pid" ] || fail "pidfile is left"

# It starts again on its store, over a pidfile of a crash, stops at SIGINT.
echo 1 >"$dir/the.pid"
start
[ "$(cat "$dir/the.pid")" = "$pid" ] || fail "an old pidfile stays"
# A background process of a shell may ignore SIGINT from the start; it is
# waited for, not caught, and arrives all the same.
kill -INT "$pid"
stopped 5

# Killed without a chance, it still starts again.
start
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
start
kill -TERM "$pid"
stopped 5

# A log that is as long as the limit of file sizes allows does not end the node:
# its lines go to stderr.
head -c 1100000 /dev/zero >"$dir/long.log"
sed 's/node.log/long.log/; s/listen.*}/}/' "$conf" >"$dir/long.conf"
(ulimit -f 1024; exec "$daemon" --config "$dir/long.conf") 2>"$dir/stderr" &
pid=$!
pids="$pids $pid"
is_told() { grep -q 'main: started' "$dir/stderr" || gone "$pid"; }
await is_told || fail "nothing on stderr when the log cannot grow"
alive "$pid" || fail "ends when the log cannot grow"
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 0 ] || fail "exit code $code with a log that cannot grow"
grep -q 'main: stopped$' "$dir/stderr" || fail "the end of the log is lost"

# The configured name of the list of peers wins over that of the chain (D-41).
{ echo 'peer_file = "known.json"'; cat "$dir/template"; } >"$dir/known.template"
mv "$dir/template" "$dir/plain.template"
mv "$dir/known.template" "$dir/template"
echo '[]' >"$dir/known.json"
rm -f "$dir"/peers-*.json
start
logged 'known.json: 0 peers taken' || fail "known.json is not read"
kill -TERM "$pid"
stopped 5
[ ! -e "$dir/peers-local.json" ] || fail "another list of peers is written"
mv "$dir/plain.template" "$dir/template"

# A peer that is not there is no reason to fail, or to stop late.
key=$("$daemon" gen-peer-identity "$dir/data" >/dev/null &&
    sed 's/PUBLIC://' "$dir/data/peer.public")
sed -i.old "s/^peering {/& connect nobody { public_key = \"$key\" address = \"127.0.0.1:9\" }/" \
    "$dir/template"
start
kill -TERM "$pid"
stopped 5

# Trouble at the start has its exit code and reason.
sed 's/chain = local/chain = testing database { name = local }/' "$conf" >"$dir/fourth.conf"
code=0
timeout 600 "$daemon" --config "$dir/fourth.conf" 2>"$dir/out" || code=$?
[ "$code" -eq 1 ] || fail "store of another chain: exit code $code"
grep -q 'the store belongs to another chain' "$dir/out" ||
    { cat "$dir/out"; fail "another chain is not named"; }
sed 's/chain = local/& rules = "0.16"/' "$conf" >"$dir/rules.conf"
code=0
timeout 600 "$daemon" --config "$dir/rules.conf" 2>"$dir/out" || code=$?
[ "$code" -eq 1 ] || fail "store of other rules: exit code $code"
grep -q 'data/local: the store follows the rules of 8.2, not those of 0.16' "$dir/out" &&
    grep -q "'bitmark-chain --chain local --database .*data/local --rules 0.16 reindex'" \
    "$dir/out" || { cat "$dir/out"; fail "other rules are not told"; }
echo 'chain = local data_directory = "nowhere"
    peering { public_key = "../peer.public" private_key = "../peer.private" }' >"$dir/fifth.conf"
code=0
timeout 600 "$daemon" --config "$dir/fifth.conf" 2>"$dir/out" || code=$?
[ "$code" -eq 78 ] || fail "no data directory: exit code $code"

# A damaged store is told, with what is damaged, in the log and at the terminal.
cp -R "$dir/data/local" "$dir/data/damaged"
dd if=/dev/zero of="$dir/data/damaged/data.mdb" bs=4096 seek=2 count=1000 conv=notrunc 2>/dev/null
sed 's/chain = local/& database { name = damaged }/; s/node.log/damaged.log/; s/listen.*}/}/' \
    "$conf" >"$dir/damaged.conf"
code=0
timeout 600 "$daemon" --config "$dir/damaged.conf" 2>"$dir/out" || code=$?
[ "$code" -eq 9 ] || fail "damaged store: exit code $code"
grep -q 'the store is damaged' "$dir/out" || { cat "$dir/out"; fail "damage is not told"; }
grep -q 'ERROR chain: .*data.mdb: .*page' "$dir/damaged.log" || fail "damage is not logged"

# So has a name that nobody knows, which is told.
for key in listen broadcast; do
	section=$([ $key = listen ] && echo peering || echo publishing)
	echo "chain = local database { name = nobody }
	    $section { $key = \"nobody.invalid:2136\" }" >"$dir/sixth.conf"
	code=0
	timeout 600 "$daemon" --config "$dir/sixth.conf" 2>"$dir/out" || code=$?
	[ "$code" -eq 1 ] || fail "unknown name: exit code $code"
	grep -q 'ERROR [a-z]*: nobody.invalid:2136: the name of the host cannot be found' \
	    "$dir/out" ||
	    { cat "$dir/out"; fail "the name is not told"; }
done

# A path that is no regular file, as /dev/null, is neither replaced nor removed.
for name in pid metrics peers; do ln -s /dev/null "$dir/no.$name"; done
sed -i.old -e 's/^pidfile.*/pidfile = "no.pid" metrics_file = "no.metrics"/' \
    -e '1s/^/peer_file = "no.peers" /' \
    -e 's/peering {/& dynamic_connections = no/' "$dir/template"
start
for n in 1 2 3 4; do
	"$daemon" --config "$conf" add-peer "$(printf '%064d' "$n")@127.0.0.1:$n" \
	    >"$dir/out" 2>&1 ||
	    { cat "$dir/out"; fail "add-peer"; }
done
await logged 'no.metrics: cannot be written' || fail "not told that there are no metrics"
kill -TERM "$pid"
stopped 5
for name in pid metrics peers; do
	[ "$(readlink "$dir/no.$name")" = /dev/null ] || fail "no.$name is gone"
done
