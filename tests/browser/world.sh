# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A chain with a little of everything, and an explorer over it, for the scripts that
# read this file, with tests/net/await.sh read before.  The programs are those in PATH.
# $dir has all files; names and ids are left in $dir/world, NAME=VALUE on a line.
dir=${WORLD_DIR:-$(mktemp -d)}
conf=$dir/chain/bitmarkd-c.conf
fail() { echo "FAILED: $*"; tail -n 5 "$dir"/*.log 2>/dev/null; exit 1; }
ask() { timeout 300 bitmarkd-c --config "$conf" "$@"; }
record() { bitmark-record --rules 0.16 "$@"; }
# json NAME: the first value of that name in JSON that comes in.
json() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p" | head -n 1; }
keep() { echo "$1=$2" >>"$dir/world"; }

# install_modules DIRECTORY: the tests' own, beside what they need of npm, as the lock
# file pins it; what is there once, stays.
install_modules() {
	mkdir -p "$1"
	cmp -s tests/browser/package-lock.json "$1/installed" || {
		cp tests/browser/package.json tests/browser/package-lock.json "$1"
		(cd "$1" && npm ci --no-audit --no-fund >"$dir/npm.log" 2>&1) || fail "npm ci"
		cp tests/browser/package-lock.json "$1/installed"
	}
	cp tests/browser/*.mjs "$1"
}

is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
# start_chain: the chain is new at the first time, and gets ports that no other script
# is given: another one's would be taken while it is stopped.
# shellcheck disable=SC2154
start_chain() {
	[ -e "$conf" ] || {
		run_chain
		stop_chain
		sed "/^peering/,/^}/s/127\.0\.0\.1:[0-9]*/127.0.0.1:$((port + 60))/
		    /^client_rpc/,/^}/s/127\.0\.0\.1:[0-9]*/127.0.0.1:$((port + 61))/" \
		    "$conf" >"$dir/conf"
		cp "$dir/conf" "$conf"
	}
	run_chain
}
run_chain() {
	bitmarkd-c dev "$dir/chain" >>"$dir/use" 2>>"$dir/chain.log" &
	echo $! >"$dir/chain.pid"
	await is_normal || fail "the node is not Normal"
}
stop_chain() {
	ask stop >/dev/null
	await_looks 300 gone "$(cat "$dir/chain.pid")" || fail "the node does not stop"
}
gone() { ! kill -0 "$1" 2>/dev/null; }
start_explorer() {
	bitmark-explorer --config "$conf" --listen "127.0.0.1:$1" >"$dir/explorer.log" 2>&1 &
	echo $! >"$dir/explorer.pid"
	await answers "http://127.0.0.1:$1/api/v1/status" || fail "the explorer does not answer"
}
answers() { curl -sf -o "$dir/answer" "$1"; }
end_world() {
	for pid in "$dir"/*.pid; do
		kill "$(cat "$pid")" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	rm -rf "$dir"
}

# signed NAME JSON [KEY [KEY]]: by the first key, and countersigned by the second.
signed() {
	printf '%s\n' "$2" | record sign --key "${3:-$dir/chain/proof.sign}" - >"$dir/$1"
	[ -z "${4:-}" ] || {
		mv "$dir/$1" "$dir/half"
		record sign --key "$4" --countersign "$dir/half" >"$dir/$1"
	}
}
person() {
	record keygen --network test --output "$dir/$1.key" --json >"$dir/out"
	keep "$1" "$(json account <"$dir/out")"
}
of() { sed -n "s/^$1=//p" "$dir/world"; }

# sent NAME: handed over and in a block; its id is kept under that name.
sent() {
	ask submit "$dir/$1" --json >"$dir/out" || { cat "$dir/out"; fail "$1 is refused"; }
	keep "$1" "$(json tx_ids <"$dir/out")"
	[ "${2:-}" = waits ] || confirmed "$1"
}
confirmed() {
	ask wait "$(of "$1")" --timeout 120 >"$dir/wait" || fail "no block for $1"
}
# asset NAME TEXT METADATA: an asset, which comes into a block with its first issue.
asset() {
	signed "$1" "{\"record\":\"AssetData\",\"name\":\"$2\",\"fingerprint\":\"$1 of $(of alice)\",
	    \"metadata\":\"$3\",\"registrant\":\"$(of alice)\"}" "$dir/alice.key"
	keep "$1" "$(record decode "$dir/$1" | json assetId)"
	ask submit "$dir/$1" >"$dir/out" || { cat "$dir/out"; fail "$1 is refused"; }
}
# issue NAME ASSET NONCE: with its proof, unless it shall wait.
issue() {
	signed "$1" "{\"assetId\":\"$(of "$2")\",\"owner\":\"$(of alice)\",\"nonce\":\"$3\"}" \
	    "$dir/alice.key"
	sent "$1" waits
	[ "${4:-}" = waits ] && return
	record proof --network test --pay-nonce "$(json pay_nonce <"$dir/out")" --json \
	    "$dir/$1" >"$dir/proof"
	ask submit "$(json payId <"$dir/proof")$(json clientNonce <"$dir/proof")" >"$dir/out"
	confirmed "$1"
}
# transfer NAME LINK OWNER-BEFORE OWNER
transfer() {
	signed "$1" "{\"link\":\"$(of "$2")\",\"owner\":\"$(of "$4")\"}" "$dir/$3.key"
	sent "$1"
}

# Metadata are names and values with zero bytes between: \u0000 in JSON.
make_world() {
	for name in alice bob carol; do person $name; done
	asset painting 'Evening at the harbour' \
	    'Artist\u0000Ida Lindqvist\u0000Year\u00001921\u0000Technique\u0000Oil on canvas'
	issue painted painting 0
	transfer sold painted alice bob
	transfer sold2 sold bob carol
	asset song 'Nocturne in blue' 'Composer\u0000J. Field\u0000Length\u00004 min 12 s'
	issue sung song 0
	signed shares "{\"record\":\"BitmarkShare\",\"link\":\"$(of sung)\",\"quantity\":\"1000\"}" \
	    "$dir/alice.key"
	sent shares
	grant given bob 250
	grant given2 carol 90
	asset hostile '<img src=x onerror=alert(1)><b>bold</b>' \
	    '<script>document.title=1</script>\u0000\"><svg onload=alert(2)>\u0000\u202ertl\u0000x'
	issue hostile_issue hostile 0
	transfer sold3 sold2 carol alice
	transfer sold4 sold3 alice bob
	asset waiting 'Letter to a friend' 'Written\u00001888'
	issue letter waiting 0 waits
}
grant() {
	signed "$1" "{\"record\":\"ShareGrant\",\"shareId\":\"$(of sung)\",\"quantity\":\"$3\",
	    \"owner\":\"$(of alice)\",\"recipient\":\"$(of "$2")\",\"beforeBlock\":\"10000\"}" \
	    "$dir/alice.key" "$dir/$2.key"
	sent "$1"
}
