#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The client RPC of bitmarkd-c: its certificate, what --check-config finds, and
# the services of a daemon that runs.
set -eu
build=${BITMARK_BUILD:?}
daemon=$build/bitmarkd-c
dir=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; cat "$dir/out" 2>/dev/null; exit 1; }
# try CODE COMMAND...: what it prints is in $dir/out.
try() {
	wanted=$1
	shift
	code=0
	timeout 600 "$@" >"$dir/out" 2>&1 || code=$?
	[ "$code" -eq "$wanted" ] || fail "exit code $code of $*"
}
says() { grep -qF -e "$1" "$dir/out" || fail "does not say: $1"; }

# --- the certificate ---------------------------------------------------------

try 0 "$daemon" init "$dir/node"
conf=$dir/node/bitmarkd-c.conf
(umask 022; timeout 600 "$daemon" gen-rpc-cert "$dir/node" 10.1.2.3:2130 node.example.com:99 \
    '[2001:db8::1]:2130' ::1 >"$dir/out" 2>&1) || fail "gen-rpc-cert"
says "generated RPC key: \"$dir/node/rpc.key\" and certificate: \"$dir/node/rpc.crt\""
[ "$(find "$dir/node/rpc.key" -perm 600)" ] || fail "others can read the key"
[ "$(find "$dir/node/rpc.crt" -perm 644)" ] || fail "others cannot read the certificate"
grep -q 'BEGIN EC PRIVATE KEY' "$dir/node/rpc.key" || fail "the form of the key"
openssl x509 -in "$dir/node/rpc.crt" -noout -text >"$dir/out"
for line in 'Version: 3 (0x2)' 'Signature Algorithm: ecdsa-with-SHA512' \
    'Issuer: O = bitmarkd self signed cert for: rpc' \
    'Subject: O = bitmarkd self signed cert for: rpc' 'ASN1 OID: secp521r1' \
    'X509v3 Key Usage: critical' 'Digital Signature, Key Encipherment, Certificate Sign' \
    'X509v3 Basic Constraints: critical' 'CA:TRUE' 'DNS:localhost' 'IP Address:127.0.0.1' \
    'IP Address:0:0:0:0:0:0:0:1' 'IP Address:10.1.2.3' 'DNS:node.example.com' \
    'IP Address:2001:DB8:0:0:0:0:0:1'; do
	says "$line"
done
# Ten years, from a day before.
from=$(date -d "$(openssl x509 -in "$dir/node/rpc.crt" -noout -startdate | cut -d= -f2)" +%s)
to=$(date -d "$(openssl x509 -in "$dir/node/rpc.crt" -noout -enddate | cut -d= -f2)" +%s)
[ $((to - from)) -eq $((3651 * 86400)) ] || fail "good for $((to - from)) seconds"
try 1 "$daemon" gen-rpc-cert "$dir/node"
says 'certificate file already exists'
try 0 "$daemon" gen-rpc-cert "$dir/other"
rm "$dir/other.crt"
try 1 "$daemon" gen-rpc-cert "$dir/other"
says 'key file already exists'
try 1 "$daemon" gen-rpc-cert "$dir/third" 'a,b'
says 'a host name is malformed'
try 2 "$daemon" gen-rpc-cert ''
for name in third.crt third.key; do
	[ ! -e "$dir/$name" ] || fail "$name was left"
done

# --- what is wrong with it is told -------------------------------------------

# serve SECTION LINE...: the daemon serves it.
serve() {
	section=$1
	shift
	cp "$conf" "$dir/node/test.conf"
	printf '%s {\n' "$section" >>"$dir/node/test.conf"
	printf '%s\n' "$@" '}' >>"$dir/node/test.conf"
}
check() { try "$1" "$daemon" --check-config --config "$dir/node/test.conf"; }
for section in client_rpc https_rpc; do
	serve $section 'listen = {"127.0.0.1:2130", "[::1]:2130"}'
	check 0
	serve $section 'listen = {":2130"}' 'certificate = none.crt'
	check 78
	says "$section: $dir/node/none.crt: No such file or directory: 'bitmarkd-c gen-rpc-cert'"
	serve $section 'listen = {"*:2130"}' 'private_key = ../other.key'
	check 78
	says "$section: the private key is not that of the certificate"
	serve $section 'listen = {"*:2130"}' 'certificate = rpc.key'
	check 78
	says "$section: no certificate"
	serve $section 'listen = {"*:2130"}' 'private_key = rpc.crt'
	check 78
	says "$section: no private key"
	# As in the configuration of 0.16, the texts themselves.
	serve $section 'listen = {"*:2130"}' "certificate = \"$(cat "$dir/node/rpc.crt")\"" \
	    "private_key = \"$(cat "$dir/node/rpc.key")\""
	check 0
	# Without an address nothing is served, and nothing is needed.
	serve $section 'certificate = none.crt'
	check 0
done

# --- what is served ----------------------------------------------------------

# shellcheck source=tests/net/await.sh
. tests/net/await.sh
# shellcheck disable=SC2154
https=$((port + 1))
cat >"$dir/node/run.conf" <<C
chain = local
pidfile = node.pid
metrics_file = metrics.prom
peering { standalone = yes }
client_rpc { listen = {"127.0.0.1:$port"} idle_s = 1 }
https_rpc { listen = {"127.0.0.1:$https"} allow { details = {"[::1]", "127.0.0.0/8"} } }
logging { destination = node.log }
C
"$daemon" --config "$dir/node/run.conf" >"$dir/out" 2>&1 &
pid=$!
await grep -q ' started: ' "$dir/node/node.log" || fail "the daemon does not start"
# ask TEXT: what comes until the server hangs up, as the client is idle then.
ask() {
	printf '%s' "$1" | timeout 60 openssl s_client -quiet -ign_eof -connect \
	    "127.0.0.1:$port" 2>/dev/null >"$dir/out" || true
}
ask '{"id":1,"method":"Node.Info","params":[{}]}{"id":2,"method":"X.Y","params":[]}'
says '{"id":1,"result":{"chain":"local","mode":"Normal",'
says '"rpcs":1,'
says '"publicKey":""}'
says "{\"id\":2,\"result\":null,\"error\":\"rpc: can't find service X.Y\"}"
# The certificate is ours, and its key is good for both versions of TLS.
openssl x509 -in "$dir/node/rpc.crt" -outform DER -out "$dir/node/rpc.der"
for version in -tls1_2 -tls1_3; do
	openssl s_client $version -connect "127.0.0.1:$port" </dev/null 2>/dev/null |
	    openssl x509 -outform DER | cmp - "$dir/node/rpc.der" || fail "another certificate"
done
# The pages, for those that they are for.
page() {
	printf 'GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' "$1" |
	    timeout 60 openssl s_client -quiet -ign_eof -connect "127.0.0.1:$https" \
	    2>/dev/null >"$dir/out" || true
}
page /bitmarkd/details
says 'HTTP/1.1 200 OK'
says '{"chain":"local","mode":"Normal","block":{"count":{"local":1,"remote":0},"hash":""},"rpcs":1,'
page /bitmarkd/peers
says 'HTTP/1.1 403 Forbidden'
says '{"code":403,"error":"forbidden"}'
try 0 "$daemon" --config "$dir/node/run.conf" status --json
says '"rpc":true,"rpc_clients":'
says '"rpc_requests":3,"https":true,'
says '"https_requests":2'
try 0 "$daemon" --config "$dir/node/run.conf" metrics
says 'bitmark_rpc_requests_total{chain="local"} 3'
says 'bitmark_rpc_cut_idle_total{chain="local"} 1'
# A second daemon cannot have the address [S-28].
sed 's/^data_directory.*//; s/^pidfile.*/database { name = second }/; s/^metrics.*//
    s/node.log/second.log/' "$dir/node/run.conf" >"$dir/node/second.conf"
echo 'control = none' >>"$dir/node/second.conf"
try 1 "$daemon" --config "$dir/node/second.conf"
says "cannot start: client_rpc: 127.0.0.1:$port: Address already in use"
sed -i 's/^client_rpc.*//' "$dir/node/second.conf"
try 1 "$daemon" --config "$dir/node/second.conf"
says "cannot start: https_rpc: 127.0.0.1:$https: Address already in use"
# Without addresses there is nothing to start.
S_15_no_address_for_https_is_no_crash() {
	sed -i 's/^https_rpc.*/https_rpc { listen = {} maximum_connections = 1 }/' \
	    "$dir/node/second.conf"
	try 0 "$daemon" --check-config --config "$dir/node/second.conf"
	"$daemon" --config "$dir/node/second.conf" >"$dir/out" 2>&1 &
	second=$!
	await grep -q ' started: ' "$dir/node/second.log" || fail "no HTTPS is no crash"
	kill "$second"
	wait "$second" || fail "the second daemon ends with $?"
}
S_15_no_address_for_https_is_no_crash
kill "$pid"
wait "$pid" || fail "the daemon ends with $?"
pid=
