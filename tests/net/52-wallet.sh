#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A wallet that has nothing but a node: what is to be paid for a transfer, and
# what becomes of it.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
ask() { timeout 600 "$build/bitmarkd-c" --config "$dir/1/bitmarkd-c.conf" "$@"; }
ask_json() { ask "$@" --json >"$dir/out" || fail "$*"; }
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
refuses() {
	want=$1; shift
	if ask "$@" >"$dir/out" 2>&1; then fail "not refused: $*"; fi
	says "$want"
}
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$dir/out" | head -n 1; }

# Two nodes with as many golden blocks as it takes for alice to own something.
golden=tests/data/chain-a.blocks
make_store store $golden 12
make_nodes 2 store
configure 1 1 yes "$(connect 2 "$(port_of 2)")"
configure 2 1 yes "$(connect 1 "$(port_of 1)")"
sed -i.old 's/level = info/level = debug/' "$dir"/[12]/bitmarkd-c.conf
start 1 2
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
await is_normal || fail "not in step: $(ask status)"

alice=ef8jjyKoxJCHKyLaBbyU8mfQ7XdYpLHc4NHUzj9a1pHuaKCdy4
bob=ehd5bx9SAMSJKmp7KdgTN4dR5q6c6assATo9JPaYS9htzs9dNX
chain_tool --database "$dir/store" owner $alice --count 1
link=$(awk '{ print $2 }' "$dir/out")
# transfer_to ACCOUNT: what alice owns, in $dir/transfer.
transfer_to() {
	printf '{"record":"BitmarkTransferUnratified","link":"%s","owner":"%s"}' "$link" "$1" |
	    "$build/bitmark-record" sign --key tests/data/alice.key - \
	    >"$dir/transfer" 2>"$dir/err" || { cat "$dir/err"; fail "not signed"; }
}

# --- what is to be paid, to whom, in each currency ------------------------------------
transfer_to $bob
ask_json submit "$dir/transfer"
pay_id=$(field pay_id)
tx_id=$(sed -n 's/.*"tx_ids":\["\([0-9a-f]*\)".*/\1/p' "$dir/out")
says '"verified":false,"duplicate":false'
payment='{"currency":"\(BTC\|LTC\)","address":"[0-9A-Za-z]*","amount":"[0-9]*",'
payment=$payment'"uri":"[a-z]*:[^"]*"}'
says "\"payments\":{\"BTC\":\\[$payment\\(,$payment\\)*\\],\"LTC\":\\[$payment"
sed 's/"duplicate":false/"duplicate":true/' "$dir/out" >"$dir/first"
address=$(field address)
litecoin='"currency":"LTC","address":"\([^"]*\)","amount":"\([0-9]*\)"'
amount=$(sed -n "s/.*$litecoin.*/\2 \1/p" "$dir/out")
# The same again is answered with the same.
ask_json submit "$dir/transfer"
cmp "$dir/out" "$dir/first" || fail "the second answer differs"
ask submit "$dir/transfer" >"$dir/out"
says "^pay_id  *${pay_id:?}\$"
says "^tx_ids  *${tx_id:?}\$"
says '^duplicate  *yes$'
says '^payments  *BTC [0-9]* [0-9A-Za-z]*'
says "^uri  *bitcoin:[0-9A-Za-z]*?amount=0\.000[12]&label=Bitmark&message=$pay_id\$"
says "^uri  *litecoin:${amount#* }?amount=0\.00[12]&label=Bitmark&message=$pay_id\$"
says "^pay_script  *6a30$pay_id\$"
says "^payments  *LTC ${amount:?}\$"
says "${address:?}"
# Also later, by another way.
ask_json reservoir
says "\"tx_id\":\"$tx_id\",\"pay_id\":\"$pay_id\".*\"payments\":{\"BTC\":\\[$payment"
ask reservoir >"$dir/out"
says "$tx_id	$pay_id	Pending.*BTC [0-9]* [0-9A-Za-z]*; LTC $amount\$"
# The log has the ids as all else has them.
all_say 1 "DEBUG reservoir: $tx_id pending" 1 2
# Another transfer of the same is an error, and a line of the log.
transfer_to $alice
refuses 'double transfer attempt' submit "$dir/transfer"
all_say 1 'INFO process: transfer refused: double transfer attempt' 1

# --- where it is, and waiting for it ------------------------------------------------------
ask_json transaction 00000000000000000000000000000000000000000000000000000000000000aa
says '"status":"Unknown","block":null'
ask_json transaction "$tx_id"
says "\"tx_id\":\"$tx_id\",\"status\":\"Pending\",\"block\":null"
refuses 'a transaction id has 64 hex digits' transaction 00
refuses 'a transaction id has 64 hex digits' wait "${tx_id}0"
code=0
ask wait "$tx_id" --for verified --timeout 0 >"$dir/out" 2>&1 || code=$?
[ "$code" = 3 ] || fail "exit code $code of a wait that is over"
says 'the time is over'
says '^status  *Pending$'
code=0
ask wait "$tx_id" --for nonsense >"$dir/out" 2>&1 || code=$?
[ "$code" = 2 ] || fail "exit code $code for nonsense"

# waits NAME ARGUMENT...: in the background, its answer in $dir/NAME.
waits() {
	name=$1; shift
	ask wait --json "$@" >"$dir/$name" 2>&1 &
	eval "$name=\$!"
}
# Whatever comes, clients that wait keep no other one waiting.
waits verified "$tx_id" --for verified
block_hex $golden 13 >"$dir/block"
newest=$("$build/bitmark-record" decode "$dir/block" |
    sed 's/.*"txId":"\([0-9a-f]*\)".*/\1/')
waits confirmed "$newest" --timeout 600
ask_json status

refuses 'a pay id has 96 hex digits' payment 00 BTC "$address" 1
refuses 'invalid currency' payment "$pay_id" XYZ "$address" 1
refuses 'invalid currency address' payment "$pay_id" BTC "${address}x" 1
refuses 'invalid count' payment "$pay_id" BTC "$address" 1.5
refuses 'each ADDRESS needs an AMOUNT' payment "$pay_id" BTC "$address" 1 "$address"
# Too little; then all of it.
# shellcheck disable=SC2086
ask_json payment "$pay_id" LTC ${amount#* } 1
says "\"pay_id\":\"$pay_id\",\"verified\":false"
# shellcheck disable=SC2086
ask payment "$pay_id" LTC ${amount#* } ${amount% *} >"$dir/out"
says '^verified  *yes$'
wait "${verified:?}" || fail "the wait failed: $(cat "$dir/verified")"
grep -q '"status":"Verified","block":null' "$dir/verified" || fail "$(cat "$dir/verified")"
ask reservoir >"$dir/out"
says "$tx_id	$pay_id	Verified.*	-\$"
# It is known also now, and nothing is left to be paid.
transfer_to $bob
ask_json submit "$dir/transfer"
says "\"pay_id\":\"$pay_id\",\"tx_ids\":\\[\"$tx_id\"\\],\"verified\":true,\"duplicate\":true"
says '"payments":{}'

# The block that comes has another transfer of the same, so that this one will never
# be in a block.  It must be waited for before that, so python takes care of the order.
python=$(command -v python3 || true)
if [ -n "$python" ]; then
	mkfifo "$dir/gone"
	"$python" - "$dir/1/bitmarkd-c.socket" "$tx_id" <<-'PY' >"$dir/gone" &
		import json, socket, sys
		def ask(request):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    s.sendall(json.dumps(request).encode() + b'\n')
		    return s
		gone = ask({'command': 'wait', 'tx_id': sys.argv[2]})
		ask({'command': 'transaction', 'tx_id': sys.argv[2]}).recv(1000)
		print('asked', flush=True)
		print(gone.recv(1000).decode())
	PY
	exec 3<"$dir/gone"
	read -r answer <&3
	[ "$answer" = asked ] || fail "not asked: $answer"
fi

# A block that comes has the other one, which this node had never seen.
kill -0 "${confirmed:?}" || fail "the wait ended early: $(cat "$dir/confirmed")"
ask submit "$dir/block" >"$dir/out" || fail "the block is not taken"
wait "$confirmed" || fail "the wait failed: $(cat "$dir/confirmed")"
grep -q "\"$newest\",\"status\":\"Confirmed\",\"block\":13,\"digest\":\"[0-9a-f]*\"" \
    "$dir/confirmed" || fail "$(cat "$dir/confirmed")"
if [ -n "$python" ]; then
	read -r answer <&3
	exec 3<&-
	case $answer in *'the transaction is gone'*'"status":"Unknown"'*) ;;
	    *) fail "it is waited for in vain: $answer" ;; esac
fi
# Both nodes log the block.
all_say 1 "INFO sync: block 13: [0-9a-f]*, 3000 transactions" 1 2
ask transaction "$newest" >"$dir/out"
says '^block  *13$'
digest=$(awk '$1 == "digest" { print $2 }' "$dir/out")
ask status >"$dir/out"
says "^digest  *${digest:?}\$"

# The end of the node ends a wait.
waits ended 00000000000000000000000000000000000000000000000000000000000000aa
ask_json status
kill -0 "${ended:?}" || fail "the wait ended early: $(cat "$dir/ended")"
end TERM 1
if wait "$ended"; then fail "a wait ends well without a node"; fi

# The files that a node finds at its start are read again, and nothing in the log
# has success as its reason.
echo '[]' >"$dir/1/peers-local.json"
start 1
all_say 2 'INFO main: started' 1
all_say 1 'peers taken, 0 skipped: done' 1
if grep 'success' "$dir"/[12]/log; then fail "that is no reason"; fi
