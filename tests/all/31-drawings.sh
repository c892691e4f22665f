#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Drawings of the command line: SVG is XML, dot is what graphviz reads, both say what
# the chain does, and texts of strangers stay text.
# shellcheck disable=SC2154
set -eu
cd "$(dirname "$0")/../.."
. tests/all/installed.sh
. tests/net/await.sh
. tests/browser/world.sh
trap end_world EXIT
trap 'exit 1' INT TERM

# sum NAME WANTED: the bars of a chart add up to this.
sum() {
	bitmark-chain -d "$dir/store" -C local chart "$1" >"$dir/chart.svg"
	xmllint --noout "$dir/chart.svg" || fail "chart $1 is not XML"
	got=$(sed -n 's/.*: \([0-9]*\)<.title><.rect>/\1/p' "$dir/chart.svg" |
	    awk '{ n += $1 } END { print n + 0 }')
	[ "$got" = "$2" ] || fail "chart $1: $got, not $2"
}
bitmark-chain -d "$dir/store" -C local --rules 0.16 load-blocks \
    tests/data/0.16/chain-g.blocks >"$dir/out"
bitmark-chain -d "$dir/store" -C local block 2-25 --json >"$dir/blocks"
sum blocks 24
sum records "$(grep -oE '"transactionCount":[0-9]+' "$dir/blocks" |
    awk -F : '{ n += $2 } END { print n }')"
sum shares "$(grep -oE '"(name|record)":"Share' "$dir/blocks" | wc -l)"
for chart in difficulty growth; do
	bitmark-chain -d "$dir/store" -C local chart $chart >"$dir/chart.svg"
	xmllint --noout "$dir/chart.svg" || fail "chart $chart is not XML"
	grep -q '<path class="curve" d="M[0-9.]* [0-9.]*L' "$dir/chart.svg" || fail "no curve"
done
if bitmark-chain -d "$dir/store" -C local chart weather >"$dir/out" 2>&1; then
	fail "a chart of the weather"
fi

# A life of three steps, in both forms: the asset with a name that is markup and ends
# quotes, if they let it.
start_chain
for name in alice bob; do person $name; done
asset hostile '</text><script>\" & \\N&lt;' ''
issue issued hostile 0
transfer sold issued alice bob
bitmark-chain --config "$conf" provenance --svg "$(of sold)" >"$dir/life.svg"
bitmark-chain --config "$conf" provenance --dot "$(of sold)" >"$dir/life.dot"
xmllint --noout "$dir/life.svg" || fail "the drawing is not XML"
xmllint --xpath 'string(//*[local-name()="text"][last() - 1])' "$dir/life.svg" >"$dir/name"
# shellcheck disable=SC1003
printf '%s\n' '</text><script>" & \N&lt;' | cmp - "$dir/name" || fail "another name"
[ "$(xmllint --xpath 'count(//*[local-name()="circle"])' "$dir/life.svg")" = 3 ]
[ "$(xmllint --xpath 'count(//*[local-name()="script"])' "$dir/life.svg")" = 0 ]
dot -Tsvg "$dir/life.dot" >"$dir/dot.svg" || fail "graphviz does not read it"
[ "$(xmllint --xpath 'count(//*[@class="node"])' "$dir/dot.svg")" = 3 ] || fail "nodes"
[ "$(xmllint --xpath 'count(//*[@class="edge"])' "$dir/dot.svg")" = 2 ] || fail "arrows"
[ "$(xmllint --xpath 'count(//*[local-name()="script"])' "$dir/dot.svg")" = 0 ]
grep -qF "&lt;/text&gt;&lt;script&gt;&quot; &amp; \\N&amp;lt;" "$dir/dot.svg" ||
    { grep script "$dir/dot.svg"; fail "another name in graphviz"; }
grep -qF "\"$(of issued)\" -> \"$(of sold)\"" "$dir/life.dot" || fail "no arrow"
# A record that is not there leaves no half of a drawing.
if bitmark-chain --config "$conf" provenance --svg "$(of sold | tr 0-9a-f 1-9a-f0)" \
    >"$dir/out" 2>&1; then fail "a drawing of nothing"; fi
grep -q '<svg' "$dir/out" && fail "a drawing of nothing is begun"
exit 0
