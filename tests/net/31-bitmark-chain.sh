#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmark-chain: what goes into a store comes out again, a cut and regrown
# chain is the chain that grew so, damage is found, a writer is alone.
set -eu
. tests/net/await.sh
build=${BITMARK_BUILD:?}
data=tests/data
dir=$(mktemp -d)
writer=
finish() {
	[ -z "$writer" ] || kill "$writer" 2>/dev/null || true
	[ -z "$writer" ] || wait "$writer" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
unset BITMARK_CONFIG || true
mkdir "$dir/tmp"
TMPDIR=$dir/tmp
export TMPDIR

fail() { echo "$*"; exit 1; }
chain() { timeout 600 "$build/bitmark-chain" --chain local "$@"; }
# code WANTED ARGUMENT...: the exit code; stdout and stderr are kept.
code() {
	want=$1; shift
	got=0
	chain "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" = "$want" ] || { cat "$dir/out" "$dir/err"; fail "exit code $got, not $want: $*"; }
}
# says TEXT: the last command's stdout or stderr has it.
says() { cat "$dir/out" "$dir/err" | grep -qF -e "$1" ||
    { cat "$dir/out" "$dir/err"; fail "not said: $1"; }; }
same() { cmp "$1" "$2" || fail "$3"; }
# A field of the JSON in the last stdout.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$dir/out" | head -n 1; }
golden() { sed -n "s/^\"$1\": *\"*\([0-9a-f]*\).*/\1/p" "$2"; }
# offset_of N FILE: where block N begins in a file that begins with block 2.
offset_of() {
	at=0 i=2
	while [ "$i" -lt "$1" ]; do
		length=$(od -An -tu1 -j "$at" -N 8 "$2" |
		    awk '{ print (($5 * 256 + $6) * 256 + $7) * 256 + $8 }')
		at=$((at + 8 + length)) i=$((i + 1))
	done
	echo "$at"
}
# until_true COMMAND
until_true() { await "$@" || fail "did not happen: $*"; }

# --- help and page say the same; wrong use is 2 ---------------------------------

code 0 --help
for word in info block transaction provenance owner shares load-blocks save-blocks backup restore \
    delete-down \
    verify reindex checkpoint dump --config --database --chain --json --raw --hex --start --count \
    --display --quick --yes --workers --checkpoint \
    --rules --history; do
	says "$word"
	grep -qE "(Cm|Fl|\|) $(echo "$word" | sed 's/^--/-/')( |\$)" man/bitmark-chain.1 ||
	    fail "not in the page: $word"
done
code 2
code 2 info
code 2 nonsense
code 2 -d "$dir/none" delete-down 1
code 2 -d "$dir/none" --chain nonsense info
code 7 -d "$dir/none" info
says "$dir/none: there is no store"
code 7 -d "$dir/none" chart shares
says "$dir/none: there is no store"
code 7 -d "$dir/none" delete-down 5 --yes
code 7 -d "$dir/none" reindex
[ ! -e "$dir/none" ] || fail "a store was made by a command that only reads or deletes"

# --- the golden chain ------------------------------------------------------------

code 0 -d "$dir/a" load-blocks $data/chain-a.blocks
says "loaded 24 blocks, height 25"
code 0 -d "$dir/a" info --json
[ "$(field height)" = "$(golden height $data/chain-a.json)" ] || fail "height"
[ "$(field digest)" = "$(golden tipDigest $data/chain-a.json)" ] || fail "digest of the tip"
[ "$(field crc)" = "$(golden latestCRC $data/chain-a.json)" ] || fail "crc"
for count in assets transactions owned; do
	wanted=$(sed -n "s/^\"counts\":.*\"$count\":\([0-9]*\).*/\1/p" $data/chain-a.json)
	[ "$(field $count)" = "$wanted" ] || fail "count of $count"
done
code 5 -d "$dir/a" --chain bitmark info
# Its digests were computed, so those of its blocks in other stores need not be.
tip=$(chain -d "$dir/a" checkpoint)
twenty=$(chain -d "$dir/a" checkpoint 20)

chain -d "$dir/a" save-blocks - >"$dir/saved"
same "$dir/saved" $data/chain-a.blocks "saved blocks differ"
code 0 -d "$dir/a" save-blocks "$dir/file"
same "$dir/file" $data/chain-a.blocks "saved file differs"
code 9 -d "$dir/a" save-blocks "$dir/none/file"
[ ! -e "$dir/file.part" ] || fail "a part of a file that is complete"

# Parts of it are the whole.  They are loaded one after the other, also when they
# overlap, and one whose first block would leave a gap is refused.
code 0 -d "$dir/a" save-blocks 2-10 "$dir/some"
says "saved 9 blocks, height 25"
chain -d "$dir/a" save-blocks 11-25 - | cat "$dir/some" - | cmp - $data/chain-a.blocks ||
    fail "parts differ"
code 0 -d "$dir/a" save-blocks --json 3 "$dir/3"
says '"saved":"1"'
code 8 -d "$dir/parts" load-blocks "$dir/3"
says "block 3 was refused"
[ ! -e "$dir/parts" ] || fail "a store for a part with a gap"
for range in 2-3 3 3-4; do
	code 0 -d "$dir/a" save-blocks $range "$dir/some"
	code 0 -d "$dir/parts" load-blocks "$dir/some"
done
says "loaded 1 blocks, height 4"
chain -d "$dir/parts" save-blocks - >"$dir/some"
chain -d "$dir/a" save-blocks 2-4 - | cmp - "$dir/some" || fail "another chain from parts"
for range in 1-5 9-5 tip 0 5- x; do code 2 -d "$dir/a" save-blocks "$range" "$dir/none"; done
for range in 20-26 26; do code 7 -d "$dir/a" save-blocks "$range" "$dir/none"; done
[ ! -e "$dir/none" ] || fail "a file of blocks that there are not"

# Not only to files, and nothing else becomes one.
mkfifo "$dir/fifo"
timeout 600 cat "$dir/fifo" >"$dir/file" &
writer=$!
code 0 -d "$dir/a" save-blocks "$dir/fifo"
wait "$writer"
writer=
[ -p "$dir/fifo" ] || fail "a FIFO was replaced"
same "$dir/file" $data/chain-a.blocks "saved blocks differ behind a FIFO"

# It ends in order at a signal, also while it waits for somebody to take it.
for run in "save-blocks -" "save-blocks $dir/fifo" "backup -" "backup $dir/fifo"; do
	exec 9<>"$dir/fifo"
	# shellcheck disable=SC2086
	"$build/bitmark-chain" -C local -d "$dir/a" $run \
	    >"$dir/fifo" 2>"$dir/err" &
	writer=$!
	dd bs=1 count=1 <&9 >/dev/null 2>&1
	kill "$writer"
	got=0
	wait "$writer" || got=$?
	writer=
	[ "$got" = 1 ] || fail "exit code $got of $run that was stopped"
	grep -q stopped "$dir/err" || fail "not said: stopped"
	exec 9>&-
done
rm "$dir/fifo"
chain -d "$dir/a" dump >"$dir/a.dump"
chain -d "$dir/a" dump | cmp - "$dir/a.dump" || fail "the dump changes"

# A configuration names chain and store.
printf 'data_directory = "%s"\nchain = local\ndatabase { directory = "%s" name = "a" }\n' \
    "$dir" "$dir" >"$dir/conf"
timeout 600 "$build/bitmark-chain" --config "$dir/conf" dump | cmp - "$dir/a.dump" ||
    fail "by configuration"
BITMARK_CONFIG=$dir/conf timeout 600 "$build/bitmark-chain" dump | cmp - "$dir/a.dump" ||
    fail "by environment"
# Other rules than those of the store are told, with the command that mends it.
code 9 -d "$dir/a" --rules 0.16 info
for text in "$dir/a: the store follows the rules of 8.2, not those of 0.16" \
    "'bitmark-chain --chain local --database $dir/a --rules 0.16 reindex'"; do
	grep -qF -- "$text" "$dir/err" || { cat "$dir/err"; fail "not said: $text"; }
done
code 2 -d "$dir/a" --rules any info
code 0 -d "$dir/a" --rules 8.2 info
sed 's/chain = local/& rules = "0.16"/' "$dir/conf" >"$dir/rules.conf"
code 9 --config "$dir/rules.conf" info
code 0 --config "$dir/rules.conf" --rules 8.2 info
echo "nonsense = 1" >"$dir/bad.conf"
code 78 --config "$dir/bad.conf" info
code 78 --config "$dir/none.conf" info

# --- questions -------------------------------------------------------------------

# Every owner's list is that of bitmarkd.
sed -n 's/^{"account":"\([^"]*\)".*"nextCount":[0-9]*,"items":\[\(.*\)\]}.*/\1 \2/p' \
    $data/chain-a.json >"$dir/owners"
[ -s "$dir/owners" ] || fail "no owners"
while read -r account items; do
	echo "$items" |
	    sed 's/Block":\([0-9]*\)/Block":"\1"/g; s/Number":\([0-9]*\)/Number":"\1"/g' |
	    awk '{ gsub(/\},\{/, "}\n{"); print }' >"$dir/wanted"
	chain -d "$dir/a" owner --json "$account" | cmp - "$dir/wanted" || fail "items of $account"
done <"$dir/owners"
# A page of the last one.
account=$(tail -n 1 "$dir/owners" | cut -d ' ' -f 1)
n=$(sed -n '3s/.*"n":"\([0-9]*\)".*/\1/p' "$dir/wanted")
chain -d "$dir/a" owner --json --start "$n" --count 2 "$account" >"$dir/out"
sed -n '3,4p' "$dir/wanted" | cmp - "$dir/out" || fail "a page of items"
code 8 -d "$dir/a" owner nobody
# An account of the other network is a mistake, not somebody who owns nothing;
# so is a key of type "nothing", of this network or the other.
for foreign in bDnC8nCaupb1AQtNjBoLVrGmobdALpBewkyYRG7kk2euMG93Bf 3MvykBZzN; do
	code 8 -d "$dir/a" owner "$foreign"
	says "$foreign: wrong network"
done
code 8 -d "$dir/a" owner 7ktkRpkM5
says "invalid key type"
code 2 -d "$dir/a" owner --count 0 "$account"

# A full disk is not the fault of a block.
if [ -w /dev/full ]; then
	got=0
	chain -d "$dir/a" block 2-4 --json >/dev/full 2>"$dir/err" || got=$?
	[ "$got" = 9 ] || fail "exit code $got with a full disk"
	[ "$(cat "$dir/err")" = "bitmark-chain: cannot write the output" ] ||
	    { cat "$dir/err"; fail "not the message for a full disk"; }
fi

# A pipe whose reader has enough ends every command quietly; the store is closed
# before.
cut_short() {
	: >"$dir/err"
	# shellcheck disable=SC2086
	{ got=0; chain -d "$dir/a" $1 2>"$dir/err" || got=$?; echo "$got" >"$dir/got"; } |
	    head -c 1 >/dev/null
	[ ! -s "$dir/err" ] || { cat "$dir/err"; fail "$1 is not quiet"; }
	[ "$(cat "$dir/got")" = 141 ] ||
	    fail "exit code $(cat "$dir/got") of $1 into a closed pipe"
}
for command in dump 'save-blocks -' 'block 2-25 --json' 'block --raw 2-25'; do
	cut_short "$command"
done
mkfifo "$dir/fifo"
head -c 1 "$dir/fifo" >/dev/null &
writer=$!
got=0
chain -d "$dir/a" save-blocks "$dir/fifo" 2>"$dir/err" || got=$?
wait "$writer"
writer=
[ "$got" = 141 ] && [ ! -s "$dir/err" ] || fail "save-blocks to a FIFO that closes: $got"
rm "$dir/fifo"

# A limit of file sizes is an error like a full disk, and harms no store.
got=0
(ulimit -f 800; chain -d "$dir/limited" --checkpoint "$tip" load-blocks $data/chain-a.blocks) \
    >"$dir/out" 2>&1 || got=$?
[ "$got" = 9 ] || { cat "$dir/out"; fail "exit code $got at the limit of file sizes"; }
grep -q "no space left for the store" "$dir/out" || { cat "$dir/out"; fail "not said: no space"; }
code 0 -d "$dir/limited" verify --quick
got=0
(ulimit -f 100; chain -d "$dir/a" dump) >"$dir/limited.dump" 2>"$dir/err" || got=$?
[ "$got" = 9 ] || fail "exit code $got of a dump at the limit of file sizes"
grep -q "cannot write the output" "$dir/err" || fail "not said: cannot write the output"

# From a transfer back to the asset.
id=ac0e44569df0cb4b7d6efa4222062f299154c9246754a41958eba6339c804f24
reversed=$(echo $id | awk '{ for (i = 63; i > 0; i -= 2) printf "%s", substr($0, i, 2) }')
code 0 -d "$dir/a" provenance --json $id
records=$(sed 's/.*"record":"\([A-Za-z]*\)".*"inBlock":"\([0-9]*\)".*/\1 \2/' "$dir/out" |
    tr '\n' ' ')
[ "$records" = "BitmarkTransferUnratified 8 BitmarkIssue 6 AssetData 6 " ] ||
    { cat "$dir/out"; fail "provenance"; }
asset=$(field assetId)
code 0 -d "$dir/a" transaction "$asset"
says hundred-edition-fingerprint
code 0 -d "$dir/a" transaction --display "$reversed"
says "$reversed"
code 7 -d "$dir/a" transaction "$reversed"
code 7 -d "$dir/a" provenance "$reversed"
code 2 -d "$dir/a" transaction 00

# Blocks: bytes, text, JSON; genesis is built in.
chain -d "$dir/a" block --raw 2 >"$dir/block"
tail -c +9 $data/chain-a.blocks | head -c "$(wc -c <"$dir/block")" | cmp - "$dir/block" ||
    fail "bytes of block 2"
[ "$(chain -d "$dir/a" block --json 2-25 | wc -l)" = 24 ] || fail "a range of blocks"
chain -d "$dir/a" block --style 8.2 6 | grep -q '"nonce":4,' || fail "the style of 8.2"
chain -d "$dir/a" block --style 0.16 6 | grep -q '"nonce":"4",' || fail "the style of 0.16"
code 2 -d "$dir/a" block --style 8.2 --hex 6
code 0 -d "$dir/a" block tip
says "$(field digestDisplay)"
code 0 -d "$dir/a" block 1
says "00fe807b8f2c5a5416bc570b289baadebb9596daeec5128f6b924a7cb88be68a"
code 7 -d "$dir/a" block 26
code 2 -d "$dir/a" block 0

# --- a chain that was cut and grew again -----------------------------------------

cp -R "$dir/a" "$dir/cut"
code 2 -d "$dir/cut" delete-down 21
says "--yes"
code 0 -d "$dir/cut" --yes delete-down 21
says "deleted 5 blocks, height 20"
at=$(offset_of 21 $data/chain-a-fork.blocks)
tail -c +$((at + 1)) $data/chain-a-fork.blocks | chain -d "$dir/cut" load-blocks - >/dev/null
code 0 -d "$dir/fork" --checkpoint "$twenty" load-blocks $data/chain-a-fork.blocks
chain -d "$dir/cut" dump >"$dir/cut.dump"
chain -d "$dir/fork" dump >"$dir/fork.dump"
same "$dir/cut.dump" "$dir/fork.dump" "a store that was cut remembers the other branch"
chain -d "$dir/fork" save-blocks - | cmp - $data/chain-a-fork.blocks || fail "saved fork differs"

# Down to genesis and up again; refused blocks are named, earlier ones stay.
code 0 -d "$dir/cut" --yes delete-down 2
says "height 1"
code 8 -d "$dir/cut" load-blocks "$dir/block"
head -c "$(offset_of 6 $data/chain-a.blocks)" $data/chain-a.blocks >"$dir/five"
{
	cat "$dir/five"
	tail -c +$(($(offset_of 7 $data/chain-a.blocks) + 1)) $data/chain-a.blocks
} >"$dir/gap"
code 8 -d "$dir/cut" load-blocks "$dir/gap"
says "loaded 4 blocks, height 5"
says "$dir/gap: block 7 was refused"
# ... and so is a file that breaks off.
head -c "$(($(offset_of 6 $data/chain-a.blocks) + 20))" $data/chain-a.blocks >"$dir/torn"
code 8 -d "$dir/cut" load-blocks "$dir/torn"
says "$dir/torn: after block 5: invalid length"
# The file goes on where it was stopped; another block is refused.
code 0 -d "$dir/cut" load-blocks "$dir/five"
says "loaded 0 blocks, height 5"
code 8 -d "$dir/fork" load-blocks $data/chain-a.blocks
says "block 21 was refused"
says "the store has a different block 21"
# A file that is refused makes no store.
code 8 -d "$dir/new/store" load-blocks "$dir/block"
[ ! -e "$dir/new" ] || fail "a refused file left a new store"
head -c 1000 "$dir/five" >"$dir/short"
chain -d "$dir/cut" --yes delete-down 2 >/dev/null
code 8 -d "$dir/cut" load-blocks "$dir/short"
says "invalid length"
says "loaded 1 blocks"

# --- checks ----------------------------------------------------------------------

code 0 -d "$dir/a" verify --quick
says "valid: 24 blocks"
chain -d "$dir/cut" --yes delete-down 2 >/dev/null
chain -d "$dir/cut" load-blocks "$dir/five" >/dev/null
code 0 -d "$dir/cut" verify --json
says '"result":"valid","blocks":"4","check":"full"'
chain -d "$dir/cut" dump >"$dir/before"
code 0 -d "$dir/cut" reindex
chain -d "$dir/cut" dump | cmp - "$dir/before" || fail "reindex changes the state"

# One byte of a block is another.
cp -R "$dir/a" "$dir/bad"
LC_ALL=C sed 's/hundred-edition-fingerprint/hundred-edition-fingerprinT/' \
    "$dir/a/data.mdb" >"$dir/bad/data.mdb"
cmp -s "$dir/a/data.mdb" "$dir/bad/data.mdb" && fail "nothing was damaged"
for command in "verify --quick" "save-blocks -" "block 2-25" "block --raw 6" dump; do
	code 9 -d "$dir/bad" $command
	says "damaged"
done
code 9 -d "$dir/bad" save-blocks "$dir/none.saved"
[ ! -e "$dir/none.saved" ] || fail "blocks of a damaged store were saved"
says "block 6"
for command in "verify --quick" verify; do
	code 9 -d "$dir/bad" $command
	says "block 6"
	says "damaged"
done

# A file that was cut off.
size=$(wc -c <"$dir/a/data.mdb")
for tenths in 1 5 9; do
	cp -R "$dir/a" "$dir/short.$tenths"
	head -c $((size * tenths / 10)) "$dir/a/data.mdb" >"$dir/short.$tenths/data.mdb"
	for command in info dump "verify --quick" "save-blocks $dir/saved.short" \
	    "delete-down 3 --yes" reindex; do
		code 9 -d "$dir/short.$tenths" $command
		says "the store is damaged"
	done
	[ ! -e "$dir/saved.short" ] || fail "blocks of a store that was cut off"
done

# A file that cannot be used is told with its name and the cause, and exit code 9.
no_use() {
	cause=$1; file=$2; shift 2
	code 9 "$@"
	says "$file: $cause"
}
no_use "No such file or directory" "$dir/none/file" -d "$dir/a" save-blocks "$dir/none/file"
no_use "No such file or directory" "$dir/none" -d "$dir/new" load-blocks "$dir/none"
no_use "Is a directory" "$dir" -d "$dir/a" save-blocks "$dir"
no_use "Is a directory" "$dir" -d "$dir/new" load-blocks "$dir"
[ ! -e "$dir/new" ] || fail "a directory instead of a file left a new store"
for command in info dump verify "delete-down 3 --yes" "load-blocks $dir/five" reindex; do
	no_use "Not a directory" "$dir/a/data.mdb" -d "$dir/a/data.mdb" $command
done
mkdir -p "$dir/odd/data.mdb"
no_use "Is a directory" "$dir/odd/data.mdb" -d "$dir/odd" info
no_use "Is a directory" "$dir/odd/data.mdb" -d "$dir/odd" load-blocks "$dir/five"
# As somebody who may not write to it: the file of readers needs that.
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --clear-groups test -x "$build/bitmark-chain"; then
	chmod 755 "$dir" "$dir/a"
	got=0
	setpriv --reuid=65534 --clear-groups "$build/bitmark-chain" -C local -d "$dir/a" info \
	    >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" = 9 ] || fail "exit code $got without permission"
	says "$dir/a/lock.mdb: Permission denied"
fi

# Stopped on the way it leaves nothing behind.
has_files() { [ -n "$(ls "$TMPDIR")" ]; }
"$build/bitmark-chain" -C local -d "$dir/a" verify >"$dir/out" 2>&1 &
writer=$!
until_true has_files
# Its threads give way to nobody: somebody waits for the digests.
if [ -d "/proc/$writer/task" ]; then
	until_true computes "$writer"
	! computes "$writer" nicely || fail "threads of verify give way"
fi
kill "$writer"
got=0
wait "$writer" || got=$?
writer=
[ "$got" = 1 ] || fail "exit code $got of a verify that was stopped"
grep -q stopped "$dir/out" || fail "not said: stopped"
has_files && fail "temporary files were left"

# --- one writer ------------------------------------------------------------------

mkfifo "$dir/fifo"
"$build/bitmark-chain" -C local -d "$dir/cut" load-blocks - <"$dir/fifo" >/dev/null 2>&1 &
writer=$!
exec 9>"$dir/fifo"
is_writing() { chain -d "$dir/cut" info --json | grep -q "\"writer\":\"$writer\""; }
until_true is_writing
code 9 -d "$dir/cut" --yes delete-down 3
says "process $writer"
code 9 -d "$dir/cut" load-blocks "$dir/five"
code 9 -d "$dir/cut" reindex
chain -d "$dir/cut" dump | cmp - "$dir/before" || fail "reading beside a writer"
exec 9>&-
wait "$writer" || fail "the writer failed"
writer=
code 0 -d "$dir/cut" --yes delete-down 3

# A signal stops it in order, also while it waits for more.
"$build/bitmark-chain" -C local -d "$dir/part" load-blocks - <"$dir/fifo" >/dev/null 2>"$dir/err" &
writer=$!
exec 9>"$dir/fifo"
cat "$dir/five" >&9
is_part_open() { chain -d "$dir/part" info --json | grep -q "\"writer\":\"$writer\""; }
until_true is_part_open
kill "$writer"
got=0
wait "$writer" || got=$?
writer=
exec 9>&-
[ "$got" = 1 ] || fail "exit code $got of a load-blocks that was stopped"
grep -q stopped "$dir/err" || fail "not said: stopped"
code 0 -d "$dir/part" verify
echo "ok"
