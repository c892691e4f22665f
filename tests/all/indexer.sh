# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The life of an indexer, whatever its database: sourced, not run, by a script that
# has $program, $database (an empty one), and these functions:
#   sql STATEMENT   rows of the database on stdout, columns with a blank between
#   ask_as_said     the README's questions, about $ISSUE, $ASSET and $ACCOUNT
#   hex COLUMN      the SQL for bytes as hex digits
#   reset           $database becomes an empty one
# shellcheck disable=SC2034,SC2154
. "$(dirname "$0")/examples.sh"
build=${BITMARK_BUILD:?}
data=tests/data
take indexer
here=$dir/indexer

index() { (cd "$here" && timeout 600 "./$program" "$database" "$@"); }
once() { index once local "$NODE" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "once"; }; }
# begin, and end_with SIGNAL, an indexer that follows; its output in $dir/follow.
begin() {
	(cd "$here" && exec "./$program" "$database" follow local "$NODE") >"$dir/follow" 2>&1 &
	follower=$!
}
end_with() { kill "-$1" "$follower"; wait "$follower" 2>/dev/null || [ "$1" = KILL ]; }
followed() { has "$dir/follow" "^$1\$"; }
await_followed() {
	await followed "$1" || { cat "$dir/follow"; fail "never said: $1"; }
}

# --- nodes with chains that are there ----------------------------------------------

# serve RULES STORE: the node "chain" has this store, which may change.
serve() {
	conf chain "s/^rules = .*/rules = \"$1\"/"
	rm -rf "$dir/chain/data"
	mkdir "$dir/chain/data"
	ln -s "$2" "$dir/chain/data/local"
	start chain
	NODE=$(address chain)
}
# load RULES FILE: a store of these blocks, in $dir/NAME, where NAME is the file's.
load() {
	name=${2##*/}; name=${name%.blocks}
	bitmark-chain --chain local --rules "$1" -d "$dir/$name" load-blocks "$2" \
	    >"$dir/out" 2>&1 || { cat "$dir/out"; fail "load $2"; }
}

# same STORE: the index says of every item, account and share what the store says.
same() {
	bitmark-chain --chain local -d "$1" dump >"$dir/dump" || fail "dump"
	sed -n 's/^owned [^ ]* [^ ]* asset/bitmark/p; s/^owned [^ ]* [^ ]* share/shares/p
	    s/^owned [^ ]* [^ ]* block/block/p' "$dir/dump" |
	    awk '{ print $2, $4, $1 }' | sort >"$dir/wanted"
	sql "SELECT $(hex tx_id), $(hex item), kind FROM holding WHERE until IS NULL" |
	    sort >"$dir/found"
	cmp "$dir/found" "$dir/wanted" || fail "other holdings than $1"
	awk '$1 == "asset" { print $2 }' "$dir/dump" | sort >"$dir/wanted"
	sql "SELECT $(hex asset_id) FROM asset" | sort >"$dir/found"
	cmp "$dir/found" "$dir/wanted" || fail "other assets than $1"
	sql "SELECT DISTINCT owner FROM holding UNION SELECT owner FROM share_move" >"$dir/owners"
	[ "$(wc -l <"$dir/owners")" -eq "$(grep -c '^account' "$dir/dump")" ] ||
	    [ "${2:-}" = some ] || fail "not as many accounts as $1"
	head -n 12 "$dir/owners" >"$dir/some"
	while read -r account; do same_account "$1" "$account"; done <"$dir/some"
}
# same_account STORE ACCOUNT: by the indexer's own answers.
same_account() {
	index owner "$2" >"$dir/answer" || fail "owner $2"
	bitmark-chain --chain local -d "$1" --json owner "$2" | tr '{' '\n' |
	    sed -n 's/.*"txId": *"\([0-9a-f]*\)".*/\1/p' | sort >"$dir/wanted"
	awk -F '\t' '$1 != "balance" { print $5 }' "$dir/answer" | sort >"$dir/found"
	cmp "$dir/found" "$dir/wanted" || fail "$2 has other things than in $1"
	bitmark-chain --chain local -d "$1" --json shares "$2" 2>/dev/null | tr '{' '\n' | sed -n \
	    's/.*"shareId": *"\([^"]*\)".*"balance": *"\([0-9]*\)".*/\1 \2/p' |
	    awk '$2 != 0' | sort >"$dir/wanted"
	awk -F '\t' '$1 == "balance" { print $2, $3 }' "$dir/answer" | sort >"$dir/found"
	cmp "$dir/found" "$dir/wanted" || fail "$2 has other shares than in $1"
}

# --- what every indexer must do ----------------------------------------------------

# golden: every kind of record by the rules of both releases, and blocks that are
# taken back.
golden() {
	load 8.2 $data/chain-a.blocks
	load 8.2 $data/chain-a-fork.blocks
	load 0.16 $data/0.16/chain-g.blocks
	dev chain
	stop chain
	serve 8.2 "$dir/chain-a"
	once
	says '^block 25$'
	same "$dir/chain-a"
	# A branch that begins at 20 and is longer, and back to the one before it.
	for other in chain-a-fork chain-a; do
		stop chain
		serve 8.2 "$dir/$other"
		once
		says '^back to block 20$'
		same "$dir/$other"
	done
	# A chain that has become shorter.
	stop chain
	bitmark-chain --chain local -d "$dir/chain-a" delete-down 8 --yes >/dev/null 2>&1 ||
	    fail "delete-down"
	serve 8.2 "$dir/chain-a"
	once
	says '^back to block 8$\|^back to block 7$'
	same "$dir/chain-a"
	stop chain
	reset
	serve 0.16 "$dir/chain-g"
	once
	same "$dir/chain-g"
	as_said
	stop chain
	# Not a chain that the index has.
	if index once testing "$NODE" >"$dir/out" 2>&1; then fail "another chain is taken"; fi
	says 'another chain'
}

# as_said: the commands of the README that ask, for a bitmark that was transferred.
as_said() {
	item=$(sql "SELECT $(hex item) FROM holding WHERE kind = 'bitmark' AND until IS NULL
	    AND since > 12 AND position > 0 LIMIT 1")
	ISSUE=$item
	ASSET=$(sql "SELECT $(hex asset_id) FROM holding WHERE $(hex item) = '$item' LIMIT 1")
	ACCOUNT=$(sql "SELECT owner FROM holding WHERE $(hex item) = '$item' AND until IS NULL")
	ask_as_said
}

# meeting: two nodes with chains of their own meet; the shorter one gives way.
meeting() {
	reset
	rm -rf "$dir/chain"
	dev chain
	dev other
	ask chain generate 3 >/dev/null
	ask other generate 6 >/dev/null
	NODE=$(address chain)
	begin
	await_followed 'block 4'
	stop chain
	there=$(address other)
	conf chain "s/standalone = yes/dynamic_connections = no minimum_clients = 1 \
connect other { public_key = \"${there%@*}\" address = \"${there#*@}\" }/"
	start chain
	await_followed 'back to block 1'
	await_followed 'block 7'
	ask other generate 1 >/dev/null
	await_followed 'block 8'
	end_with TERM || fail "it does not end well"
	stop chain
	stop other
	same "$dir/chain/data/local"
}

# killed: at several moments of a long chain; and how fast it is indexed.
long=30
killed() {
	# shellcheck disable=SC2046,SC2086
	cc ${BITMARK_LDFLAGS:-} -std=c11 -D_DEFAULT_SOURCE -pthread -Iinclude -Ilib -Itests/bench \
	    -o "$dir/many_records" tests/all/many_records.c tests/bench/chain_maker.c \
	    "$build/libbitmarkpeer.a" \
	    $(pkg-config --cflags --libs libzmq libsodium lmdb nettle jansson libcares)
	"$dir/many_records" "$dir/many" $long
	reset
	rm -rf "$dir/chain"             # it would wait for the other one
	dev chain
	stop chain
	serve 0.16 "$dir/many"
	begin
	end_with KILL
	# Two batches at least: the second is under way when the first is told.
	begin
	await followed 'block [0-9]*' || { cat "$dir/follow"; fail "no blocks"; }
	end_with KILL
	begin
	end_with KILL
	once
	same "$dir/many" some
}

# measured SOURCE PACKAGE: tells how fast it is, beside the same statements on rows
# that are made up.  A busy machine decides nothing.
measured() {
	records=$((long * 3000))
	# shellcheck disable=SC2046
	cc -O2 -I"$here" -o "$dir/bare" tests/all/bare_statements.c "$here/statements.c" \
	    "$here/$1" $(pkg-config --cflags --libs libbitmarkpeer "$2")
	reset
	bare_ms=$(cd "$here" && "$dir/bare" "$database" $records)
	reset
	begin_s=$(date +%s%N)
	once
	ms=$((($(date +%s%N) - begin_s) / 1000000))
	stop chain
	rate=$((records * 1000 / ms))
	echo "$program: $rate records a second, $((records * 1000 / bare_ms)) by bare statements:" \
	    "$((ms * 100 / bare_ms)) % of their time"
}
