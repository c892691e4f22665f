#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Prometheus takes the metrics of a node that has a chain, and finds nothing in
# them that it advises against.
# shellcheck disable=SC2154
set -eu
. "$(dirname "$0")/installed.sh"
. tests/net/await.sh
dir=$(mktemp -d)
end() {
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	rm -rf "$dir"
}
pid=''
trap end EXIT
mkdir "$dir/node"
bitmarkd-c init "$dir/made" >/dev/null
mv "$dir"/made/peer.* "$dir/node"
cat >"$dir/node/bitmarkd-c.conf" <<C
chain = local
metrics = {"127.0.0.1:$port"}
peering { standalone = yes }
C
bitmarkd-c --config "$dir/node/bitmarkd-c.conf" 2>"$dir/log" &
pid=$!
answers() { curl -sf --max-time 60 -o "$dir/out" "http://127.0.0.1:$port/metrics"; }
await answers || { cat "$dir/log"; exit 1; }
promtool check metrics <"$dir/out" >"$dir/advice" 2>&1 || { cat "$dir/advice"; exit 1; }
[ ! -s "$dir/advice" ] || { cat "$dir/advice"; exit 1; }

# The configuration that the page shows is one for Prometheus.
man=$BITMARK_INSTALLED/share/man/man7/bitmarkd-c-metrics.7
sed -n '/^scrape_configs:/,/^\.Ed/p' "$man" | sed '/^\.Ed/d' >"$dir/prometheus.yml"
promtool check config "$dir/prometheus.yml" >"$dir/advice" || { cat "$dir/advice"; exit 1; }
# ... and its rules for alerts are expressions.
{
	printf 'groups:\n  - name: bitmark\n    rules:\n'
	sed -n 's/^\.It Li \(.*bitmark_.*\)/\1/p' "$man" | awk '{
		print "      - alert: a" NR "\n        expr: " $0 }'
} >"$dir/rules.yml"
promtool check rules "$dir/rules.yml" >"$dir/advice" || { cat "$dir/advice"; exit 1; }
grep -q ' 5 rules' "$dir/advice" || { cat "$dir/advice"; exit 1; }
# The dashboard is JSON, and each expression in it one of Prometheus.
python3 - "$BITMARK_INSTALLED/share/doc/libbitmarkpeer/grafana.json" >"$dir/dashboard.yml" <<'END'
import json, sys
print("groups:\n  - name: dashboard\n    rules:")
dashboard = json.load(open(sys.argv[1]))
targets = [t for p in dashboard["panels"] for t in p.get("targets", [])]
for n, t in enumerate(targets + dashboard["annotations"]["list"]):
    expr = t["expr"].replace("$__rate_interval", "5m")
    print(f"      - record: a{n}\n        expr: {json.dumps(expr)}")
END
promtool check rules "$dir/dashboard.yml" >"$dir/advice" || { cat "$dir/advice"; exit 1; }
