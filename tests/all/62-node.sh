#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The program for Node.js that keeps owners: at a developer's node whose chain goes
# to another branch, while its child is killed, and after its own end.
set -eu
. tests/all/installed.sh
. tests/all/dev.sh

cp -R tests/examples/node "$dir/owners"
for file in "$dir"/owners/*.js; do
	node --check "$file" || fail "node --check"
done
(cd "$dir/owners" && node --test) >"$dir/out" 2>&1 || { cat "$dir/out"; fail "node --test"; }

start_dev
begin() {
	node "$dir/owners/main.js" local "$publisher" "$node" "$dir/state" >"$dir/told" \
	    2>"$dir/err" &
	owners=$!
}
tells() {
	await has "$dir/told" "^$1\$" || { cat "$dir/told" "$dir/err"; fail "not told: $1"; }
}
end() {
	kill -INT "$owners"
	wait "$owners" || { cat "$dir/told" "$dir/err"; fail "an interrupt is an error"; }
}
begin
tells 'block 1: 0 bitmarks of 0 accounts, 0 assets'
make_life
tells 'block 2: 1 bitmarks of 1 accounts, 1 assets'
tells 'block 3: 1 bitmarks of 1 accounts, 1 assets'

# Its child is killed, and nothing is missed that happens meanwhile.
child=$(pgrep -P "$owners")
kill -9 "${child:?}"
ask generate >"$dir/out" || fail "$(cat "$dir/out")"
await has "$dir/err" 'it is started again' || fail "$(cat "$dir/err")"
tells 'block 4: 1 bitmarks of 1 accounts, 1 assets'
end
has "$dir/told" "^1 $other\$" || { cat "$dir/told"; fail "another owner"; }

# While nobody listens, all blocks are replaced by empty ones.
stop_dev
rm -rf "$dir/chain/data"
start_dev
ask generate 4 >"$dir/out" || fail "$(cat "$dir/out")"
begin
tells 'block 4: 1 bitmarks of 1 accounts, 1 assets'
tells 'block 5: 0 bitmarks of 0 accounts, 0 assets'
end
[ ! -e "$dir/state.tmp" ] || fail "a file is left"
if grep 'read again' "$dir/err"; then fail "too much is read again"; fi

code=0
node "$dir/owners/main.js" local 2>"$dir/err" || code=$?
[ "$code" = 2 ] || fail "exit code $code for wrong arguments"
