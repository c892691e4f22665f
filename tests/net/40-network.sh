#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Three daemons in a row: what the last one is given travels to the first.  The
# one in the middle is killed, and comes back with what waited, and passes on
# what comes next.
set -eu
# shellcheck disable=SC2154
. tests/net/await.sh
build=${BITMARK_BUILD:?}
golden=tests/data/reservoir.json
dir=$(mktemp -d)
pid_one='' pid_two='' pid_three=''
finish() {
	for pid in $pid_one $pid_two $pid_three; do kill "$pid" 2>/dev/null || true; done
	for pid in $pid_one $pid_two $pid_three; do wait "$pid" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() { echo "$*"; tail -n 20 "$dir"/*/log; exit 1; }
# waits_for NODE TEXT COUNT: until the log of NODE has COUNT lines with TEXT.
waits_for() {
	await has "$dir/$1/log" "$2" "$3" || fail "$1 does not say '$2' $3 times"
}
# packed LINE: the bytes of an operation of the golden file, in hex.
packed() { sed -n "$1s/.*\"packed\":\[*\"\([0-9a-f]*\)\".*/\1/p" $golden; }

# configure NODE PORT [CONNECT]
configure() {
	cat >"$dir/$1/bitmarkd-c.conf" <<-CONF
		chain = local
		nodes = none
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$2"}
		    announce = {"127.0.0.1:$2"}
		    public_key = peer.public
		    private_key = peer.private
		    dynamic_connections = no
		    ${3:-}
		}
		logging { level = info levels { process = debug } }
	CONF
}
start() {
	"$build/bitmarkd-c" --config "$dir/$1/bitmarkd-c.conf" 2>>"$dir/$1/log" &
}
key() { sed 's/^PUBLIC://' "$dir/$1/peer.public"; }
# submit LINE: give an operation to node three.
submit() {
	"$build/bitmark-peer" --chain local --timeout 600 submit "$(packed "$1")" \
	    --node "$(key three)@127.0.0.1:$port_three" >"$dir/out" 2>&1 ||
	    { cat "$dir/out"; fail "not submitted"; }
}

for node in one two three; do
	mkdir "$dir/$node"
	"$build/bitmarkd-c" gen-peer-identity "$dir/$node" >/dev/null
done
port_one=$port port_two=$((port + 1)) port_three=$((port + 2))
configure one "$port_one"
# connects NODE PORT
connects() { echo "connect $1 { public_key = \"$(key "$1")\" address = \"127.0.0.1:$2\" }"; }
configure two "$port_two" "$(connects one "$port_one")"
configure three "$port_three" "$(connects two "$port_two")"
start one; pid_one=$!
start two; pid_two=$!
start three; pid_three=$!
for node in one two three; do waits_for $node 'mode: Normal' 1; done

# An asset and an issue of it: lines of the golden file.
asset=19 issue=21
submit $asset
for node in three two one; do waits_for $node 'assets accepted' 1; done
submit $issue
for node in three two one; do waits_for $node 'issues accepted' 1; done

kill -9 $pid_two
wait $pid_two 2>/dev/null || true
waits_for three 'registration lost' 1
start two; pid_two=$!
waits_for two 'reservoir: 1 pending' 1
waits_for two 'mode: Normal' 2
waits_for three ': registered' 2

# Two more issues of the asset.
grep -n '"note":"two issues, two owners"' $golden >"$dir/line"
more=$(cut -d : -f 1 "$dir/line")
first=$(sed -n "${more}s/.*\"packed\":\[\"\([0-9a-f]*\)\".*/\1/p" $golden)
second=$(sed -n "${more}s/.*\"packed\":\[\"[0-9a-f]*\", *\"\([0-9a-f]*\)\".*/\1/p" $golden)
"$build/bitmark-peer" --chain local --timeout 600 submit "$first$second" \
    --node "$(key three)@127.0.0.1:$port_three" >"$dir/out" 2>&1 ||
    { cat "$dir/out"; fail "not submitted"; }
for node in three two one; do waits_for $node 'issues accepted' 2; done
echo "passed"
