#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The whole life of a bitmark, to be seen: three nodes on loopback, one of them
# with the bundled golden chain, the others empty and told only the first one's
# address.  They find each other, fetch and verify the chain.  Then an asset and an
# issue are made and proved by work; the hasher of the first node finds a block,
# which confirms them at all three; a transfer is paid for and confirmed; and the
# third node tells whose the bitmark is and where it comes from.
# Everything is made below build/run and left there.
#
# RULES=0.16        follow the rules of bitmarkd 0.16, not those of 8.2: with another
#                   golden chain, in which bitmarks have become shares
# RUN_ONCE=1        stop the nodes and exit when all is done (0), or not (1)
# RUN_PORT=N        first port to try
# RUN_LOOKS=N       give up after so many looks, of a second or so each, in which
#                   nothing has changed (300).  There is no other limit of time:
#                   a machine that is busy only makes it slower.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BITMARK_BUILD:?the directory with the programs}
run=build/run
nodes="one two three"
patience=${RUN_LOOKS:-300}
pids=
rules=${RULES:-8.2}
golden=tests/data/chain-a.blocks issue_nonce=1
if [ "$rules" = 0.16 ]; then
	# An issue that is proved by work has the nonce 0 there.
	golden=tests/data/0.16/chain-g.blocks key=tests/data/0.16/dave.key issue_nonce=0
	share=f58cc07ebf24d65e2287e933a9c4119adabfabd6a5b75f7baa66bb86727297c3
fi

# Digests for a block: one where no work is asked for.
tries=256
[ "$rules" = 8.2 ] || tries=1

# Stop the nodes; nothing is removed but what this script made.
finish() {
	trap - EXIT INT TERM
	for pid in $pids; do kill "$pid" 2>/dev/null || true; done
	for pid in $pids; do wait "$pid" 2>/dev/null || true; done
}
trap finish EXIT
trap 'echo; echo "Stopping the nodes."; exit 0' INT TERM

# Print a command as a person would type it, then run it.
show() {
	echo
	printf '$'
	printf ' %q' "$@"
	echo
	"$@"
}

# stuck STATE: nothing has changed for too long.  Each look at what is waited for
# calls it.
still=0 last=
stuck() {
	if [ "$1" = "$last" ]; then still=$((still + 1)); else still=0; fi
	last=$1
	[ "$still" -ge "$patience" ]
}
# give_up TEXT FILE...: what was waited for, and the ends of these files.
give_up() {
	echo "$1; see ${*:2}"
	tail -n 5 "${@:2}"
	exit 1
}

say() { printf '\n== %s\n' "$*"; }

rm -rf "$run"
mkdir -p "$run"
say "Three nodes: keys and configurations in $run"
for node in $nodes; do
	mkdir "$run/$node"
	"$build/bitmarkd-c" gen-peer-identity "$run/$node" >/dev/null
done
"$build/bitmark-record" keygen --network test --output "$run/one/proof.sign" >/dev/null
declare -A port_of
p=${RUN_PORT:-24136}
for node in $nodes publish; do
	while (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do p=$((p + 1)); done
	port_of[$node]=$p
	p=$((p + 1))
done
key() { sed 's/^PUBLIC://' "$run/$1/peer.public"; }
node_at() { echo "$(key "$1")@127.0.0.1:${port_of[$1]}"; }
for node in $nodes; do
	port=${port_of[$node]}
	# A network of three: both others are enough, and news travels fast.
	# Somebody looks on: digests do not give way to other programs.
	cat >"$run/$node/bitmarkd-c.conf" <<-CONF
		chain = local
		rules = "$rules"
		nodes = none
		metrics_file = "node.prom"
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$port"}
		    announce = {"127.0.0.1:$port"}
		    public_key = peer.public
		    private_key = peer.private
		    minimum_clients = 2
		    cycle_ms = 1000
		    poll_ms = 1000
		    announce_first_ms = 1000
		    announce_interval_ms = 5000
		    digest_nice = 0
		}
		logging { level = info }
	CONF
done
# The one that finds blocks.  The addresses are a key hash that is all zero.
cat >>"$run/one/bitmarkd-c.conf" <<-CONF
	proofing {
	    signing_key = proof.sign
	    payment_address { bitcoin = mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8
	        litecoin = mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8 }
	    hash = yes
	}
CONF
echo "publishing { broadcast = {\"127.0.0.1:${port_of[publish]}\"} }" >>"$run/three/bitmarkd-c.conf"
# The nodes as a person who asks them would name them.
{
	echo "chain = local"
	echo "peering {"
	for node in $nodes; do
		echo "    connect $node { public_key = \"$(key "$node")\"
		    address = \"127.0.0.1:${port_of[$node]}\" }"
	done
	echo "}"
} >"$run/nodes.conf"
peer() { "$build/bitmark-peer" --config "$run/nodes.conf" "$@"; }
control() { "$build/bitmarkd-c" --config "$run/$1/bitmarkd-c.conf" "${@:2}"; }
record() { "$build/bitmark-record" --rules "$rules" "$@"; }
# field NAME: of JSON in one line.
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }
# pay FILE: tell node one that what this answer to a submission asks for was paid
# in Bitcoin.  A watcher of bitcoind would do so by itself.
pay() {
	# shellcheck disable=SC2046
	show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" payment \
	    "$(field pay_id <"$1")" BTC $(sed 's/.*"BTC": *\[\([^]]*\)\].*/\1/' "$1" |
	    tr '{' '\n' | sed -n 's/.*"address": *"\([^"]*\)".*"amount": *"\([^"]*\)".*/\1 \2/p')
}
# confirmed ID...: look until all nodes have these transactions in a block.
confirmed() {
	local start=$SECONDS line left node id state
	while :; do
		line='' left=0
		for node in $nodes; do
			for id; do
				state=$(control "$node" transaction "$id" --json 2>/dev/null |
				    field status) || state=
				[ "$state" = Confirmed ] || left=$((left + 1))
				line="$line   $node ${state:--}"
			done
		done
		printf '%4d s%s\n' $((SECONDS - start)) "$line"
		[ "$left" = 0 ] && break
		stuck "$line" && give_up "No block for $patience looks" "$run"/*/log
		sleep 1
	done
}

say "Node one loads the golden chain, verifying every block"
"$build/bitmark-chain" --config "$run/one/bitmarkd-c.conf" load-blocks "$golden"

say "Starting the nodes; two and three are told the address of one, no more"
for node in $nodes; do
	"$build/bitmarkd-c" --config "$run/$node/bitmarkd-c.conf" 2>"$run/$node/log" &
	pids="$pids $!"
	until control "$node" status >/dev/null 2>&1; do
		kill -0 "$!" 2>/dev/null || give_up "Node $node has ended" "$run/$node/log"
		stuck "start $node" && give_up "Node $node does not answer" "$run/$node/log"
		sleep 0.2
	done
done
show "$build/bitmarkd-c" --config "$run/two/bitmarkd-c.conf" add-peer "$(node_at one)"
show "$build/bitmarkd-c" --config "$run/three/bitmarkd-c.conf" add-peer "$(node_at one)"

say "They find each other, fetch, verify and store"
start=$SECONDS
while :; do
	line='' heights='' good=0
	for node in $nodes; do
		state=$(control "$node" status --json 2>/dev/null) || state=
		height=$(echo "$state" | sed -n 's/.*"height":\([0-9]*\).*/\1/p')
		peers=$(echo "$state" | sed -n 's/.*"peers":\([0-9]*\).*/\1/p')
		case $state in *'"mode":"Normal"'*) good=$((good + 1)) ;; esac
		line="$line   $node ${height:--} with ${peers:-0} peers"
		heights="$heights $height"
	done
	printf '%4d s%s\n' $((SECONDS - start)) "$line"
	[ "$good" = 3 ] && [ "$(printf '%s\n' $heights | sort -u | wc -l)" = 1 ] && break
	for pid in $pids; do
		kill -0 "$pid" 2>/dev/null || give_up "A node has ended" "$run"/*/log
	done
	stuck "$line" && give_up "Nothing has changed for $patience looks" "$run"/*/log
	sleep 1
done

say "All three"
peer info --all
tips=$(for node in $nodes; do peer --node "$node" hash "$height"; done)
if [ "$(printf '%s\n' "$tips" | sort -u | wc -l)" -ne 1 ]; then
	echo "The nodes have different chains."
	exit 1
fi

say "A subscriber listens at node three"
"$build/bitmark-peer" --chain local subscribe --json \
    -n "$(key three)@127.0.0.1:${port_of[publish]}" >"$run/events" 2>"$run/events.log" &
pids="$pids $!"
until case $(control three status --json) in *'"subscribers":1'*) : ;; *) false ;; esac; do
	kill -0 "$!" 2>/dev/null || give_up "The subscriber has ended" "$run/events.log"
	stuck subscriber && give_up "The subscriber is not connected" "$run/events.log"
	sleep 0.2
done
sleep 0.5

say "An account, an asset, an issue of it, submitted to node one"
account=$(record keygen --network test --output "$run/key" --json | field account)
echo "account $account"
echo "{\"record\":\"AssetData\",\"name\":\"a painting\",\"fingerprint\":\"$account\",
    \"metadata\":\"\",\"registrant\":\"$account\"}" |
    record sign --key "$run/key" - >"$run/asset"
echo "{\"assetId\":\"$(record decode "$run/asset" | field assetId)\",
    \"owner\":\"$account\",\"nonce\":\"$issue_nonce\"}" |
    record sign --key "$run/key" - >"$run/issue"
show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/asset"
show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/issue" --json |
    tee "$run/issue.json"

say "Work is its payment: the proof is found and submitted"
record proof --network test --pay-nonce "$(field pay_nonce <"$run/issue.json")" --json \
    "$run/issue" >"$run/proof.json"
echo "$(field payId <"$run/proof.json")$(field clientNonce <"$run/proof.json")" >"$run/proof"
show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/proof"

issue=$(field tx_ids <"$run/issue.json")
say "Node one looks for a block, about $tries digests; all three confirm it"
confirmed "$issue"
grep 'sync: block' "$run/one/log" | tail -n 1

say "The bitmark is transferred to somebody else, and the payment is told"
other=$(record keygen --network test --output "$run/other" --json | field account)
echo "account $other"
echo "{\"link\":\"$issue\",\"owner\":\"$other\"}" |
    record sign --key "$run/key" - >"$run/transfer"
show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/transfer" --json |
    tee "$run/transfer.json"
transfer=$(field tx_ids <"$run/transfer.json")
pay "$run/transfer.json"
waiting=$transfer transfers=1

if [ "$rules" = 0.16 ]; then
	say "Shares of a bitmark are granted to the new account; both of them sign"
	transfers=2
	owner=$(record account --key "$key" --json | field account)
	echo "{\"record\":\"ShareGrant\",\"shareId\":\"$share\",\"quantity\":\"25\",
	    \"owner\":\"$owner\",\"recipient\":\"$account\",\"beforeBlock\":\"1000\"}" |
	    record sign --key "$key" - |
	    record sign --key "$run/key" --countersign - >"$run/grant"
	show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/grant" --json |
	    tee "$run/grant.json"
	pay "$run/grant.json"
	waiting="$waiting $(field tx_ids <"$run/grant.json")"
fi

say "What is paid for is confirmed, too"
# shellcheck disable=SC2086
confirmed $waiting

say "Node three tells where the bitmark comes from, and whose it is"
show "$build/bitmark-chain" --config "$run/three/bitmarkd-c.conf" provenance "$transfer"
show "$build/bitmark-chain" --config "$run/three/bitmarkd-c.conf" owner "$other"
[ "$rules" != 0.16 ] ||
	show "$build/bitmark-chain" --config "$run/three/bitmarkd-c.conf" shares "$account"

say "What the subscriber at node three heard"
while :; do
	heard=0
	for event in assets issues proof transfer block; do
		grep -q "\"event\":\"$event\"" "$run/events" && heard=$((heard + 1))
	done
	heard_transfers=$(grep -c '"event":"transfer"' "$run/events" || true)
	[ "$heard" = 5 ] && [ "$heard_transfers" -ge "$transfers" ] && break
	stuck "heard $heard and $heard_transfers" && break
	sleep 0.2
done
grep -oE '"event":"(assets|issues|proof|transfer|block)"' "$run/events" | sort -u || true
if [ "$heard" != 5 ] || [ "$heard_transfers" -lt "$transfers" ]; then
	echo "Not everything was heard; see $run/events"
	exit 1
fi
say "How to go on"
show "$build/bitmark-peer" --chain local info --node "$(node_at one)"
show "$build/bitmark-peer" --config "$run/nodes.conf" --node three block 5
show "$build/bitmarkd-c" --config "$run/two/bitmarkd-c.conf" connections

if [ "${RUN_ONCE:-}" = 1 ]; then
	say "RUN_ONCE: stopping the nodes"
	exit 0
fi
say "The nodes go on running; Ctrl-C stops them.  Logs: $run/*/log"
# shellcheck disable=SC2086
wait $pids
