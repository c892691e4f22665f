#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Daemons that know nothing but a domain find the others by its TXT records,
# which are those that bitmarkd-c dns-txt prints.  The DNS server is not there
# at first; bad records are skipped and counted; a record that is changed is
# found while the node runs; and a server that is gone disturbs nobody.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
PATH=$PATH:/usr/sbin:/usr/local/sbin
dns=''

end_dns() {
	[ -n "$dns" ] || return 0
	kill "$dns" 2>/dev/null || true
	wait "$dns" 2>/dev/null || true
	dns=''
}
trap 'end_dns; finish' EXIT
# serve RECORD...: "domain,text".
serve() {
	end_dns
	for record; do
		shift
		set -- "$@" "--txt-record=$record"
	done
	dnsmasq --keep-in-foreground --log-facility=/dev/null --conf-file=/dev/null --pid-file= \
	    --no-resolv --no-hosts --listen-address=127.0.0.1 --bind-interfaces \
	    --port="$dns_port" "$@" &
	dns=$!
}
# find_by NODE WHERE: what it knows is this domain.
find_by() {
	configure "$1" 1 yes "dns_refresh_ms = 300
	    rpc_announce = 127.0.0.1:2130
	    fingerprint = $(printf '%064d' 1)"
	cat >>"$dir/$1/bitmarkd-c.conf" <<-CONF
		nodes = $2
		dns_server = "127.0.0.1:$dns_port"
	CONF
}
# record_of NODE: as the daemon prints it, without quotes.
record_of() {
	"$build/bitmarkd-c" dns-txt --config "$dir/$1/bitmarkd-c.conf" |
	    sed -n 's/^TXT "\(.*\)"$/\1/p'
}

make_store short tests/data/chain-a-fork.blocks 21
make_store long tests/data/chain-a-fork.blocks 22
make_nodes 4 short
dns_port=$((port + 39))
rm -r "$dir/1/data/local"
cp -R "$dir/long" "$dir/1/data/local"
configure 1 1 yes "rpc_announce = 127.0.0.1:2130
    fingerprint = $(printf '%064d' 1)"
find_by 2 chain
find_by 3 nodes.localdomain
find_by 4 more.localdomain
first=$(record_of 1)
[ -n "$first" ] || fail "no record"

# No DNS server runs yet: the nodes start, say so once, and go on asking.
start $nodes
all_say 1 'WARN dns: nodes.localdomain: ' 2 3
all_say 3 'DEBUG dns: nodes.localdomain: ' 2
[ "$(count 2 'WARN dns: ')" -eq 1 ] || fail "said more than once"

# Two join; one has found nobody who lives.
key4=$(key_of 4)
serve "nodes.localdomain,$first" 'nodes.localdomain,v=spf1 -all' "nodes.localdomain,${first% p=*}" \
    "more.localdomain,${first% p=*} p=$(printf '%064d' 7)"
all_say 1 'dns: nodes.localdomain: 1 nodes, 2 bad records' 2 3
all_say 1 'dns: more.localdomain: 1 nodes, 0 bad records' 4
"$build/bitmarkd-c" --config "$dir/2/bitmarkd-c.conf" status --json >"$dir/out"
grep -q '"dns_records":1,"dns_bad":2,' "$dir/out" ||
    { cat "$dir/out"; fail "status does not count the records"; }
"$build/bitmarkd-c" --config "$dir/2/bitmarkd-c.conf" metrics >"$dir/out"
for line in 'dns_records{chain="local"} 1' 'dns_bad_records{chain="local"} 2'; do
	grep -q "^bitmark_$line$" "$dir/out" ||
	    { cat "$dir/out"; fail "not in the metrics: $line"; }
done
agree 22 1 2 3
[ "$(count 4 ': registered')" -eq 0 ] || fail "node 4 ($key4) has found somebody"

# The record is changed, to that of another node.
serve "more.localdomain,$(record_of 2)"
agree 22 $nodes

# Without the server they go on; and what they know is kept from run to run.
end_dns
all_say 2 'WARN dns: nodes.localdomain: ' 2
agree 22 $nodes
for node in $nodes; do registered "$node" 2; done
end TERM 4
[ -s "$dir/4/peers-local.json" ] || fail "no file of peers"
start 4
all_say 1 'peers-local.json: [1-9][0-9]* peers taken' 4
agree 22 $nodes
echo "good"
