#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Every example of every installed manual page runs, against nodes, stores and files
# that are made for it.  A page or an example that is not named here is a failure.
set -eu
# shellcheck source=tests/all/examples.sh
# shellcheck disable=SC2154
. "$(dirname "$0")/examples.sh"
pages=$BITMARK_INSTALLED/share/man
world=$dir/world
mkdir "$world" "$dir/page"
data=$PWD/tests/data
# shellcheck disable=SC2086
cc ${BITMARK_LDFLAGS:-} -std=c11 -D_DEFAULT_SOURCE -pthread -o "$dir/relay" tests/net/relay.c
port=$("$dir/relay" free 40 "$port")

# --- the examples of a page --------------------------------------------------------

# Each literal block, and each line that stands alone, is one example; its text goes
# to $dir/page/NUMBER as a reader of the page sees it.
take_page() {
	page=$1
	rm -f "$dir"/page/*
	awk -v into="$dir/page" '
		function text(line) { gsub(/\\e/, "\\", line); sub(/^\\&/, "", line); return line }
		/^\.Sh / { on = $2 == "EXAMPLES"; next }
		on && /^\.Bd / { file = into "/" ++n; literal = 1; next }
		on && /^\.Ed/ { literal = 0; close(file); next }
		on && /^\.Dl / { file = into "/" ++n; sub(/^\.Dl /, ""); print text($0) >file
		    close(file); next }
		on && literal { print text($0) >file }' "$2"
}
# What a reader puts in the place of what an example says: sed expressions.
change() { printf '%s\n' "$@" >>"$dir/changes"; }
# number TEXT: of the first example of the page that has it.
number() {
	for i in $(seq "$count"); do
		if grep -qF -e "$1" "$dir/page/$i"; then echo "$i"; return; fi
	done
	fail "$page: no example has '$1'"
}
# shown TEXT: as a reader types it: the lines behind a prompt, if there are any.
shown() {
	at=$(number "$1") || { echo "$at" >&2; exit 1; }
	echo "$at" >>"$dir/done"
	sed -f "$dir/changes" "$dir/page/$at" | awk '
		{ all[NR] = $0 }
		/^\$ / { prompts = 1 }
		END {
			for (i = 1; i <= NR; i++) {
				line = all[i]
				typed = sub(/^\$ /, "", line) || !prompts || more
				more = typed && line ~ /[\\|]$/
				if (typed) print line
			}
		}'
}
# An example is named by TEXT, which is in it before any change.
# example TEXT: all of it, to its end.  line TEXT K: its K-th command.  Output in
# $dir/out.
example() { shown "$1" >"$dir/commands"; typed; }
line() { command_of "$1" "$2" >"$dir/commands"; typed; }
command_of() {
	shown "$1" | awk -v want="$2" 'BEGIN { n = 1 }
		n == want { print } { if ($0 !~ /[\\|]$/) n++ }'
}
typed() {
	[ -s "$dir/commands" ] || fail "$page: no such example"
	(cd "$world" && timeout 600 sh -eu "$dir/commands") >"$dir/out" 2>&1 || {
		cat "$dir/commands" "$dir/out"; fail "$page: an example fails"; }
}
# endless TEXT K SAYS [COMMAND...]: an example, or its K-th command (0: all of it), that
# does not end by itself.  The command makes it say so, then it is ended.
endless() {
	if [ "$2" -eq 0 ]; then shown "$1"; else command_of "$1" "$2"; fi >"$dir/commands"
	text=$3; shift 3
	(cd "$world" && exec timeout 600 sh -eu "$dir/commands") >"$dir/out" 2>&1 &
	endless=$!
	[ $# -eq 0 ] || "$@"
	await has "$dir/out" "$text" || { cat "$dir/commands"; says "$text"; }
	kill "$endless"
	wait "$endless" 2>/dev/null || true
}
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }
account() { bitmark-record account --key "$world/$1.key" --json | field account; }
sign() { bitmark-record sign --key "$world/$1.key" -; }

# --- the world ------------------------------------------------------------------------

# Two nodes of the chain local with the same blocks; the first one serves everybody
# and makes blocks.  make_nodes PORT: of the first of forty that are free.
one() { ask one "$@"; }
make_nodes() {
	for node in one two; do
		bitmarkd-c init "$dir/$node" --chain local >/dev/null
		cat >"$dir/$node/bitmarkd-c.conf" <<-CONF
			chain = local
			rules = "0.16"
			peering { standalone = yes listen = {"127.0.0.1:$1"} digest_nice = 0 }
			publishing { broadcast = {"127.0.0.1:$(($1 + 1))"} }
			payment { auto_verify = yes }
		CONF
		set -- $(($1 + 10))
	done
	bitmarkd-c gen-proof-identity "$dir/one" >/dev/null
	bitmarkd-c gen-rpc-cert "$dir/one" >/dev/null
	cat >>"$dir/one/bitmarkd-c.conf" <<-CONF
		proofing {
		    signing_key = "proof.sign"
		    payment_address { bitcoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
		        litecoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj }
		    publish = {"127.0.0.1:$((port + 2))"}
		    submit = {"127.0.0.1:$((port + 3))"}
		}
		client_rpc { listen = {"127.0.0.1:$((port + 4))"} }
	CONF
	nodes='one two'
	start one
	one generate 5 >/dev/null
	one stop >/dev/null
	wait "$(cat "$dir/one.pid")"
	cp -R "$dir/one/data" "$dir/two/data"
	start one
	start two
	KEY=$(sed 's/^PUBLIC://' "$dir/one/peer.public")
	export KEY
	cat >"$world/nodes.conf" <<-CONF
		chain = local
		peering {
		    connect one { public_key = "$KEY" address = "127.0.0.1:$port" }
		    connect two { public_key = "$(sed 's/^PUBLIC://' "$dir/two/peer.public")"
		        address = "127.0.0.1:$((port + 10))" }
		}
	CONF
}

# Keys, and records of a bitmark that the first node has not seen yet.
make_records() {
	rm -f "$world/alice.key" "$world/bob.key"
	for who in alice bob; do
		bitmark-record keygen --network test --output "$world/$who.key" >/dev/null
	done
	alice=$(account alice) bob=$(account bob)
	echo "{\"record\":\"AssetData\",\"name\":\"Painting\",\"fingerprint\":\"$1\",
	    \"metadata\":\"\",\"registrant\":\"$alice\"}" | sign alice >"$world/asset"
	echo "{\"assetId\":\"$(bitmark-record decode "$world/asset" | field assetId)\",
	    \"owner\":\"$alice\",\"nonce\":\"0\"}" | sign alice >"$world/issue.hex"
	cp "$world/issue.hex" "$world/issue"
	issue=$(bitmark-record decode "$world/issue.hex" | field txId)
	echo "{\"record\":\"BitmarkTransferCountersigned\",\"link\":\"$issue\",
	    \"owner\":\"$bob\"}" >"$world/transfer.json"
}

# Stores of the chain testing, with real blocks of it, which are verified once.
make_stores() {
	cp "$data/0.16/testing-early.blocks" "$world/testing.blocks"
	for name in one two bitmarkd-c; do
		mkdir "$world/$name.data"
		echo "chain = testing
		    database { directory = \"$name.data\" }" >"$world/$name.conf"
	done
	bitmark-chain --config "$world/one.conf" load-blocks "$world/testing.blocks" \
	    >"$dir/out" 2>&1 || { cat "$dir/out"; fail "load"; }
	cp -R "$world/one.data/." "$world/two.data"
	cp -R "$world/one.data/." "$world/bitmarkd-c.data"
}

# --- what is run of each page -----------------------------------------------------------

bitmark_chain_1() {
	rm -rf "$world/store"
	example 'block tip'
	says '^digest '
	example 'diff one'
	[ ! -s "$dir/out" ] || fail "the stores differ"
	change "s/ID/$(bitmark-chain -d "$world/store" -C testing dump |
	    awk '$1 == "tx" { print $2; exit }')/"
	example '--svg'
	for file in bitmark growth; do
		grep -q '<svg' "$world/$file.svg" || fail "$page: no drawing in $file.svg"
	done
	rm -rf "$world/store"
	line 'checkpoint' 1
	checkpoint=$(awk 'END { print $NF }' "$dir/out")
	change "s/41000:\.\.\.:\.\.\./$checkpoint/"
	line 'checkpoint' 2
	says '^loaded [1-9]'
	change 's/41000/4/'
	example 'delete-down'
	bitmark-chain --config "$world/bitmarkd-c.conf" info >"$dir/out"
	says '^height  *3$'
}
bitmark_peer_1() {
	change "s/127\.0\.0\.1:2136/127.0.0.1:$port/" "s/127\.0\.0\.1:2135/127.0.0.1:$((port + 1))/"
	example 'info -n'
	says '5'
	example 'jq'
	says '"record"'
	endless '--watch' 0 two
	change 's/hash 1000/hash 3/'
	example 'hash 1000'
	one submit "$world/asset" >/dev/null
	line 'subscribe' 1
	endless 'subscribe' 2 '"block"' one_more_block
	example 'check -n'
	example 'map -n'
	grep -q '<svg' "$world/network.svg" || fail "$page: nothing is drawn"
	change "s/192\.0\.2\.1:2138/127.0.0.1:$((port + 2))/"
	peer=$KEY
	KEY=$(sed 's/^PUBLIC://' "$dir/one/proof.public")
	endless 'mine -n' 0 job prove
	KEY=$peer
	# What the miners had a job for comes into a block.
	one generate 1 >/dev/null
	ASSET=$(bitmark-record decode "$world/asset" | field assetId)
	export ASSET
	endless '--from' 0 "$ASSET"
	example 'ping'
	says '5'
}
# A subscriber is told of blocks as long as they come.
one_more_block() {
	await has "$dir/out" connected || says connected
	one generate 1 >/dev/null
}
# What waits for a block: the miners get a job.
prove() {
	one submit "$world/issue.hex" --json >"$dir/reply"
	bitmark-record proof --network test --pay-nonce "$(field pay_nonce <"$dir/reply")" --json \
	    "$world/issue.hex" >"$dir/proof.json"
	proof=$(field payId <"$dir/proof.json")$(field clientNonce <"$dir/proof.json")
	one submit "$proof" >/dev/null
}
bitmark_record_1() {
	rm -f "$world/alice.key"
	line 'keygen' 1
	change "s/ACCOUNT/$(account alice)/" "s/ALICE/$(account alice)/" "s/BOB/$bob/" \
	    "s/LINK/$issue/" "s/SHAREID/$issue/"
	# The files that the page shows are those that its commands read.
	shown 'AssetData' >"$world/asset.json"
	shown 'ShareGrant' >"$world/grant.json"
	line 'keygen' 2
	line 'keygen' 3
	says valid
	sign_issue alice
	change "s/$issue/$(bitmark-record decode "$world/issue.hex" | field txId)/"
	shown 'ShareGrant' >"$world/grant.json"
	sed "s/\"link\":\"[0-9a-f]*\"/\"link\":\"$(
	    bitmark-record decode "$world/issue.hex" | field txId)\"/" \
	    "$world/transfer.json" >"$world/t" && mv "$world/t" "$world/transfer.json"
	example 'transfer.json'
	example 'BitmarkShare'
	for file in transfer share grant; do
		bitmark-record decode "$world/$file.hex" >"$dir/out"
		says '"txId"'
	done
	one submit "$world/asset.hex" >/dev/null
	change "s/127\.0\.0\.1:2136/127.0.0.1:$port/" \
	    's/proof --chain testing/proof --chain local --rules 0.16/' 's/testing/local/'
	line 'proof --chain' 1
	one submit "$world/issue.hex" --json >"$dir/reply"
	example 'proof --chain'
	await is_verified "$(field tx_ids <"$dir/reply")" || fail "the proof is not taken"
	change 's/block 5/block 3/'
	example '--work'
	says valid
}
sign_issue() {
	echo "{\"assetId\":\"$(bitmark-record decode "$world/asset.hex" | field assetId)\",
	    \"owner\":\"$(account "$1")\",\"nonce\":\"0\"}" | sign "$1" >"$world/issue.hex"
}
is_verified() { one transaction "$1" | grep -q '^status *\(Verified\|Confirmed\)'; }
bitmark_rpc_7() {
	change "s/127\.0\.0\.1:2130/127.0.0.1:$((port + 4))/"
	endless 's_client' 0 '"chain":"local","mode":"Normal"'
}
bitmarkd_c_control_7() {
	change "s|bitmarkd-c\.socket|$dir/one/bitmarkd-c.socket|" 's/"testing"/"local"/'
	example 'nc -NU'
	# What it prints is on the page, with dots for the rest.
	sed -f "$dir/changes" "$dir/page/$(number 'nc -NU')" |
	    sed -n 's/\./\\./g; s/\\\.\\\.\\\./.*/g; s/^{/^{/p' \
	    >"$dir/pattern"
	says "$(cat "$dir/pattern")"
}
bitmarkd_c_8() {
	change "s|/var/lib/bitmark|$world/node|" 's/--chain testing/--chain local/'
	line 'init' 1
	# Nothing but loopback, at a port that is free.
	sed 's/^ *listen = .*/    listen = {"127.0.0.1:'$((port + 20))'"}/' \
	    "$world/node/bitmarkd-c.conf" >"$dir/conf"
	cp "$dir/conf" "$world/node/bitmarkd-c.conf"
	line 'init' 2
	endless 'init' 3 'main: started'
	make_records "$(account bob)"
	endless_dev
}
# The daemon of the second example runs as long as the commands behind it.
endless_dev() {
	change 's/ &$//'
	command_of 'dev chain' 1 >"$dir/commands"
	(cd "$world" && exec timeout 900 sh -eu "$dir/commands") >"$dir/dev.log" 2>&1 &
	dev=$!
	await has "$dir/dev.log" 'main: started' || { cat "$dir/dev.log"; fail "dev"; }
	line 'dev chain' 2
	line 'dev chain' 3
	bitmark-record proof --network test --json "$world/issue" --pay-nonce \
	    "$(awk '$1 == "pay_nonce" { print $2 }' "$dir/out")" >"$dir/proof.json"
	echo "$(field payId <"$dir/proof.json")$(field clientNonce <"$dir/proof.json")" \
	    >"$world/proof"
	line 'dev chain' 4
	change "s/ID\$/$issue/"
	line 'dev chain' 5
	says '^status *Confirmed'
	kill "$dev"
	wait "$dev" 2>/dev/null || true
}
bitmarkd_c_conf_5() {
	mkdir "$world/five"
	bitmarkd-c gen-peer-identity "$world/five" >/dev/null
	shown 'pidfile' >"$world/five/bitmarkd-c.conf"
	bitmarkd-c --config "$world/five/bitmarkd-c.conf" --check-config >"$dir/out" 2>&1 ||
	    { cat "$dir/out"; fail "$page: the configuration is wrong"; }
}
bitmarkd_c_metrics_7() {
	shown 'scrape_configs' >"$world/prometheus.yml"
	promtool check config "$world/prometheus.yml" >"$dir/out" || says 'a good configuration'
}
bitmark_explorer_1() {
	change "s|/usr/local/etc/bitmarkd-c\.conf|$dir/one/bitmarkd-c.conf|" \
	    "s/\.conf\$/.conf --listen 127.0.0.1:$((port + 5))/" \
	    "s/127\.0\.0\.1:2180/127.0.0.1:$((port + 5))/"
	endless 'bitmark-explorer --config' 0 "$((port + 5))" newest_of_explorer
	grep -q '"number"' "$dir/newest" || fail "$page: no block: $(cat "$dir/newest")"
}
newest_of_explorer() {
	shown 'curl' >"$dir/curl"
	await answers || { cat "$dir/out"; fail "$page: no answer"; }
	cat "$dir/newest" >>"$dir/out"
}
answers() { sh -eu "$dir/curl" >"$dir/newest" 2>/dev/null && [ -s "$dir/newest" ]; }
# By a litecoind in the place of the bitcoind: it has the same commands.
bitmark_payment_7() {
	rpc=$((port + 6))
	mkdir "$dir/coins"
	litecoind -regtest -datadir="$dir/coins" -rest -server -listen=0 -fallbackfee=0.001 \
	    -rpcport=$rpc >"$dir/coins.log" 2>&1 &
	echo $! >"$dir/coins.pid"
	nodes="$nodes coins"
	await coin getblockcount >/dev/null 2>&1 || fail "litecoind does not answer"
	coin createwallet wallet >/dev/null
	coin generatetoaddress 101 "$(coin getnewaddress)" >/dev/null
	pay_for
	kill "$(cat "$dir/coins.pid")"
	wait "$(cat "$dir/coins.pid")" || true
}
coin() { litecoin-cli -regtest -datadir="$dir/coins" -rpcport=$rpc "$@"; }
# A node that looks for payments there, with a bitmark to be transferred.
pay_for() {
	one stop >/dev/null
	wait "$(cat "$dir/one.pid")"
	conf one -e 's/auto_verify = yes/auto_verify = no interval_ms = 100/' \
	    -e "s|^payment {|& litecoin { url = \"http://127.0.0.1:$rpc/rest\" }|"
	start one
	make_records "$(account alice)"
	one submit "$world/asset" >/dev/null
	prove
	one generate >/dev/null
	one wait "$issue" --timeout 300 >/dev/null || fail "no issue"
	echo "{\"link\":\"$issue\",\"owner\":\"$bob\"}" | sign alice >"$world/transfer.hex"
	change "s|node/bitmarkd-c\.conf|$dir/one/bitmarkd-c.conf|" \
	    "s|bitcoin-cli|litecoin-cli -regtest -datadir=$dir/coins -rpcport=$rpc|"
	line 'bitcoin-cli' 1
	uri=$(sed -n 's/^uri  *litecoin:\([^?]*\)?amount=\([0-9.]*\)&.*/\1 \2/p' "$dir/out")
	change "s/{\"ADDRESS\": 0\.0002}/{\"${uri% *}\": ${uri#* }}/" \
	    "s/PAY-ID/$(awk '$1 == "pay_id" { print $2 }' "$dir/out")/" \
	    "s/TX-ID/$(awk '$1 == "tx_ids" { print $2 }' "$dir/out")/"
	line 'bitcoin-cli' 2
	# Each of the next two wants what the one before it has printed.
	for step in 3 4 5; do
		hex=$(field hex <"$dir/out")
		cp "$dir/changes" "$dir/kept"
		change "s/HEX/${hex:-$(cat "$dir/out")}/"
		line 'bitcoin-cli' $step
		cp "$dir/kept" "$dir/changes"
	done
	change "s/ADDRESS/$(coin getnewaddress)/"
	line 'bitcoin-cli' 6
	line 'bitcoin-cli' 7
	says '^status  *Verified'
}
# Programs in C: compiled as a user does, and run.
program() {
	grep -q '^int$\|^int main\|^main(' "$dir/page/$1" ||
	    fail "$page: example $1 is no program"
	cp "$dir/page/$1" "$dir/program.c"
	# shellcheck disable=SC2046
	cc -Wall -Wextra -o "$dir/program" "$dir/program.c" \
	    $(pkg-config --cflags --libs libbitmarkpeer) >"$dir/out" 2>&1 ||
	    { cat "$dir/out"; fail "$page: example $1 does not compile"; }
	(cd "$world" && timeout 600 "$dir/program") >"$dir/out" 2>&1 ||
	    { cat "$dir/out"; fail "$page: example $1 fails"; }
}

# --- all pages ------------------------------------------------------------------------------

make_nodes "$port"
make_stores
make_records "$KEY"
for path in "$pages"/man*/*.[1-9]; do
	manual=${path##*/}
	[ $# -eq 0 ] || case " $* " in *" $manual "*) ;; *) continue ;; esac
	: >"$dir/changes"
	: >"$dir/done"
	take_page "$manual" "$path"
	count=$(find "$dir/page" -type f | wc -l)
	[ "$count" -gt 0 ] || continue
	case $manual in
	*.3) for i in $(seq "$count"); do program "$i"; done ;;
	*) function=$(echo "$manual" | tr '.-' '__')
	    command -v "$function" >/dev/null || fail "$manual has examples that are not run"
	    $function ;;
	esac
	case $manual in *.3) ;; *)
	for i in $(seq "$count"); do
		grep -qx "$i" "$dir/done" || fail "$manual: example $i is not run"
	done ;;
	esac
	echo "$manual: $count examples"
done
