#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The wallet in C: from a new key to the provenance of a confirmed transfer, on a
# developer's chain, and where transfers cost something, under the rules of 0.16
# and of 8.2.
set -eu
# shellcheck source=tests/all/examples.sh
. "$(dirname "$0")/examples.sh"
export BOB PHRASE ISSUE TRANSFER
take wallet
run 1
here=$dir/wallet
echo 'not really a picture' >"$here/photo.jpg"
word() { awk -v key="$1" '$1 == key { print $2; exit }' "$dir/out"; }

dev chain
ln -s "$dir/chain" "$here/chain"
run 2
BOB=$(awk '$1 == "account" { print $2 }' "$dir/out" | tail -n 1)
PHRASE=$(sed -n 's/^phrase //p' "$dir/out" | head -n 1)
alice=$(word account)
[ "$(echo "$PHRASE" | wc -w)" = 12 ] || fail "a phrase of 12 words: $PHRASE"
[ "$(find "$here/alice.key" -perm 600)" ] || fail "others can read the key"
if (cd "$here" && ./wallet new alice.key) >"$dir/out" 2>&1; then fail "a key is written over"; fi

# life PRICE...: of a bitmark, and what a transfer of it costs.
life() {
	run 3
	ISSUE=$(word transaction)
	says '^confirmed in block 2$'
	run 4
	TRANSFER=$(word transaction)
	says '^confirmed in block 3$'
	for text; do says "$text"; done
	cp "$dir/out" "$dir/price"
	run 5
	awk '{ print $2, $3, $4 }' "$dir/out" >"$dir/steps"
	printf '%s\n' "3 BitmarkTransferUnratified $BOB" "2 BitmarkIssue $alice" \
	    "2 AssetData $alice" >"$dir/wanted"
	cmp "$dir/steps" "$dir/wanted" || { cat "$dir/out"; fail "another provenance"; }
	grep -q " $ISSUE\$" "$dir/out" || fail "the issue is not in it"
}
life
if grep '^to pay' "$dir/price"; then fail "a developer pays"; fi
# It is Bob's now.
if (cd "$here" && ./wallet alice.key chain/bitmarkd-c.socket transfer "$ISSUE" "$alice") \
    >"$dir/out" 2>&1; then fail "it is transferred twice"; fi
says 'the node says: double transfer attempt'
run 6
says "^account $alice\$"
cmp "$here/alice.key" "$here/restored.key" || fail "another key"
if echo "${PHRASE% *} xyzzy" | (cd "$here" && ./wallet restore other.key) >"$dir/out" 2>&1
then fail "a wrong word is taken"; fi
says 'word 12 is wrong'
stop chain
all_ran

# The same life where payments are asked for: the node is told of them.  Blocks by
# the rules of 8.2 cost work.
for rules in 0.16 8.2; do
	rm -rf "$dir/chain/data"
	conf chain -e 's/auto_verify = yes/auto_verify = no/' \
	    -e "s/^rules = .*/rules = \"$rules\"/"
	start chain
	life '^to pay BTC [1-9][0-9]* m[0-9A-Za-z]*$' '^to pay LTC [1-9][0-9]* m[0-9A-Za-z]*$' \
	    '^pay id [0-9a-f]\{96\}$' '^paid yes$'
	ask chain status >"$dir/out"
	says "^rules *$rules\$"
	stop chain
done
