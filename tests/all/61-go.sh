#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The follower in Go: what cgo, vet and gofmt say of it, golden records, and what
# it tells of a developer's chain.
set -eu
. tests/all/installed.sh
. tests/all/dev.sh
# No module from elsewhere, whatever the user's own settings are.
export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local GOCACHE="$dir/cache" GOPATH="$dir/go"
unset GO111MODULE || true

cp -R tests/examples/go "$dir/follow"
cd "$dir/follow"
[ -z "$(gofmt -l .)" ] || fail "gofmt: $(gofmt -d .)"
# The checks of pointers are stricter than those that a program has.
go vet ./... >"$dir/out" 2>&1 || { cat "$dir/out"; fail "go vet"; }
BITMARK_DATA=$top/tests/data GODEBUG=cgocheck=2 go test ./bitmark >"$dir/out" 2>&1 ||
    { cat "$dir/out"; fail "go test"; }
go build -o "$dir/follower" . >"$dir/out" 2>&1 || { cat "$dir/out"; fail "go build"; }
cd "$top"

start_dev
"$dir/follower" local "$node" "$publisher" >"$dir/told" 2>"$dir/err" &
follower=$!
await has "$dir/told" '^connected' || { cat "$dir/told" "$dir/err"; fail "not connected"; }
has "$dir/told" '^node version .* chain local height 1 normal true$' || fail "$(cat "$dir/told")"

make_life
for line in '  AssetData [0-9a-f]\{64\} verified' "  BitmarkIssue $issue verified" \
    'block 2 records 3 verified' "  BitmarkTransferUnratified $transfer verified" \
    'block 3 records 2 verified'; do
	await has "$dir/told" "^$line\$" || { cat "$dir/told" "$dir/err"; fail "not told: $line"; }
done
if grep WRONG "$dir/told"; then fail "something is wrong"; fi

# The node goes, and comes again.
stop_dev
await has "$dir/told" '^lost' || { cat "$dir/told"; fail "the end is not told"; }
start_dev
await has "$dir/told" '^connected' 2 || { cat "$dir/told"; fail "not connected again"; }
kill -INT "$follower"
wait "$follower" || { cat "$dir/err"; fail "an interrupt is an error"; }

if "$dir/follower" none "$node" "$publisher" 2>"$dir/err"; then fail "no such chain"; fi
has "$dir/err" 'invalid chain' || fail "$(cat "$dir/err")"
