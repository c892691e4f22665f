#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmarkd-c says what is wrong with a configuration, and where; it takes what
# it made itself, and what it should.
set -eu
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
daemon=$build/bitmarkd-c
conf=$dir/test.conf
limit="timeout 600"

fail() { echo "FAILED: $*"; exit 1; }

# Run; what comes out is in $dir/out, the exit code in $code.
try() {
	code=0
	$limit "$@" >"$dir/out" 2>&1 || code=$?
}
expect() {
	[ "$code" -eq "$1" ] || { cat "$dir/out"; fail "exit code $code, not $1: $2"; }
}
says() {
	grep -qF -- "$1" "$dir/out" || { cat "$dir/out"; fail "does not say: $1"; }
}
check() {
	try "$daemon" --check-config --config "$conf"
}
# The text on stdin is a good configuration.
good() {
	cat >"$conf"
	check
	expect 0 "$(cat "$conf")"
}
# bad LINE MESSAGE: the text on stdin is wrong in that line.
bad() {
	cat >"$conf"
	check
	expect 78 "$(cat "$conf")"
	says "$conf:$1: "
	says "$2"
}

# init makes a configuration that is good as it is, for each chain.
for chain in local testing bitmark; do
	try "$daemon" init "$dir/$chain" --chain "$chain"
	expect 0 "init $chain"
	nodes=chain
	[ "$chain" = local ] && nodes=none
	grep -q "^nodes = $nodes$" "$dir/$chain/bitmarkd-c.conf" ||
	    fail "init $chain has not nodes = $nodes"
	grep -q "^chain = $chain$" "$dir/$chain/bitmarkd-c.conf" ||
	    fail "chain $chain is not in the file"
	try "$daemon" -n -c "$dir/$chain/bitmarkd-c.conf"
	expect 0 "check of init $chain"
done
# Each key is in the file that its name says (D-42).
grep -q '^PUBLIC:' "$dir/local/peer.public" || fail "peer.public is not public"
grep -q '^PRIVATE:' "$dir/local/peer.private" || fail "peer.private is not private"
[ "$(find "$dir/local/peer.private" -perm 600)" ] || fail "private key is readable by others"
# The lines that are commented out in it are a valid configuration, too.
sed -e 's/^\( *\)#\( *[a-z_]* [={]\)/\1\2/; s/^\( *\)#\(connect\|}\)/\1\2/' \
    -e 's/<64 hex digits>/'"$(printf '%064d' 1)"'/' \
    -e 's/<address>/mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj/' \
    "$dir/local/bitmarkd-c.conf" >"$dir/local/all.conf"
grep -q '^ *announce = ' "$dir/local/all.conf" || fail "the comments were not opened"
grep -q '^ *broadcast = ' "$dir/local/all.conf" || fail "broadcast was not opened"
grep -q '^ *connect friend' "$dir/local/all.conf" || fail "connect was not opened"
try "$daemon" -n -c "$dir/local/all.conf"
expect 78 "sockets for miners without their keys"
says "$dir/local/proof.public: key file not found"
try "$daemon" gen-proof-identity -c "$dir/local/all.conf"
expect 0 "gen-proof-identity where the configuration says"
S_03_each_key_is_in_the_file_of_its_name() {
	grep -q '^PUBLIC:' "$dir/local/proof.public" || fail "proof.public is not public"
	grep -q '^PRIVATE:' "$dir/local/proof.private" || fail "proof.private is not private"
	grep -q '^SEED:' "$dir/local/proof.sign" || fail "proof.sign is no seed"
}
S_03_each_key_is_in_the_file_of_its_name
for key in proof.private proof.sign; do
	[ "$(find "$dir/local/$key" -perm 600)" ] || fail "$key is readable by others"
done
before=$(cat "$dir"/local/proof.*)
try "$daemon" gen-proof-identity "$dir/local"
expect 1 "gen-proof-identity twice"
[ "$before" = "$(cat "$dir"/local/proof.*)" ] || fail "gen-proof-identity changed a file"
try "$daemon" -n -c "$dir/local/all.conf"
expect 78 "a client RPC without its certificate"
says "client_rpc: $dir/local/rpc.crt: No such file or directory: 'bitmarkd-c gen-rpc-cert'"
try "$daemon" gen-rpc-cert -c "$dir/local/all.conf"
expect 0 "gen-rpc-cert where the configuration says"
try "$daemon" -n -c "$dir/local/all.conf"
expect 0 "all commented keys"

# init overwrites nothing, and leaves nothing when it stops half-way.
before=$(cat "$dir/local/bitmarkd-c.conf" "$dir/local/peer.public" "$dir/local/peer.private")
try "$daemon" init "$dir/local"
expect 1 "init twice"
after=$(cat "$dir/local/bitmarkd-c.conf" "$dir/local/peer.public" "$dir/local/peer.private")
[ "$before" = "$after" ] || fail "init changed a file"
rm "$dir/local/bitmarkd-c.conf"
try "$daemon" init "$dir/local"
expect 1 "init over keys"
says "key file already exists"
[ ! -e "$dir/local/bitmarkd-c.conf" ] || fail "a configuration was left"
try "$daemon" init "$dir/new" --chain mars
expect 2 "init of an unknown chain"

# Keys: made, read, not overwritten.
try "$daemon" gen-peer-identity "$dir"
expect 0 "gen-peer-identity"
says "generated private key: \"$dir/peer.private\" and public key: \"$dir/peer.public\""
try "$daemon" gen-peer-identity "$dir"
expect 1 "gen-peer-identity twice"
says "key file already exists"
try "$daemon" gen-peer-identity ""
expect 2 "gen-peer-identity in a directory without a name"
good <<C
chain = local
C
mkdir "$dir/elsewhere"
cat >"$conf" <<C
peering { public_key = elsewhere/a.public private_key = elsewhere/a.private }
C
try "$daemon" gen-peer-identity --config "$conf"
expect 0 "gen-peer-identity of a configuration"
check
expect 0 "configured keys"

# Key texts in the place of files; keys that do not match, or are missing.
good <<C
peering { public_key = "$(cat "$dir/peer.public")" private_key = "$(cat "$dir/peer.private")" }
C
cat >"$conf" <<C
peering { public_key = elsewhere/a.public }
C
check
expect 78 "foreign public key"
says "does not belong"
cat >"$conf" <<C
peering { private_key = nowhere.private }
C
check
expect 78 "missing key"
says "$dir/nowhere.private: key file not found"

# What would let others pay nothing is for a chain of one's own.
good <<C
chain = local
peering { standalone = yes }
payment { auto_verify = yes }
C
good <<C
chain = testing
payment { auto_verify = no }
C
for chain in testing bitmark; do
	printf 'chain = %s\npayment { auto_verify = yes }\n' "$chain" >"$conf"
	check
	expect 78 "auto_verify on $chain"
	says "payment: auto_verify is for the chain local only"
done

# Payments are looked for where the coins go with the chain.
good <<C
chain = local
payment { bitcoin { url = "http://127.0.0.1:18443/rest" } interval_ms = 100 }
C
good <<C
chain = testing
payment {
    bitcoin { url = "https://user:word@[::1]:1/rest/" chain = signet }
    litecoin { url = "http://localhost" chain = test }
    payment_confirmations = 100
    position_file = "/dev/null"
}
C
# refuses_payment SAYS TEXT
refuses_payment() {
	printf 'chain = testing\npayment { %s }\n' "$2" >"$conf"
	check
	expect 78 "$2"
	says "$1"
}
refuses_payment 'url is missing' 'bitcoin { }'
refuses_payment 'does not begin with http://' 'litecoin { url = "ftp://a/rest" }'
refuses_payment 'has no host' 'bitcoin { url = "http:///rest" }'
refuses_payment 'no URL that a path can follow' 'bitcoin { url = "http://a/?b" }'
refuses_payment 'no such chain: main' 'bitcoin { url = "http://a" chain = mainnet }'
refuses_payment "does not fit this node's chain" 'bitcoin { url = "http://a" chain = main }'
refuses_payment "does not fit this node's chain" 'litecoin { url = "http://a" chain = regtest }'
refuses_payment 'not in 1..100' 'payment_confirmations = 0'
refuses_payment 'not in 100..86400000' 'interval_ms = 99'
refuses_payment 'no such option' 'dogecoin { url = "http://a" }'

# A private key that others can read is told by each program, and taken.
chmod 644 "$dir/peer.private"
good <<C
chain = local
C
says "$dir/peer.private: other users can read this private key"
"$build/bitmark-record" keygen --network test --output "$dir/account.key" --json >"$dir/out"
account=$(sed -n 's/.*"account":"\([^"]*\)".*/\1/p' "$dir/out")
chmod 640 "$dir/account.key"
try "$build/bitmark-record" sign --key "$dir/account.key" \
    "{\"name\":\"a\",\"fingerprint\":\"f\",\"metadata\":\"\",\"registrant\":\"$account\"}"
expect 0 "a key that others can read"
says "$dir/account.key: other users can read this private key"
try "$build/bitmark-peer" info -t 0.1 --key "$dir/peer.private" -n "$(printf '%064d' 1)@127.0.0.1:1"
expect 3 "a key that others can read"
says "$dir/peer.private: other users can read this private key"
chmod 600 "$dir/peer.private" "$dir/account.key"
# ... also when it stands in the configuration itself.
echo "peering { private_key = \"$(cat "$dir/peer.private")\" }" >"$conf"
chmod 644 "$conf"
check
expect 0 "a configuration that others can read"
says "$conf: other users can read this private key"
chmod 600 "$conf"
check
if grep -q 'other users' "$dir/out"; then fail "a key that is secret is complained of"; fi

# A byte order mark in front of a key, or of JSON, is none of it.
for name in public private; do
	{ printf '\357\273\277'; cat "$dir/peer.$name"; } >"$dir/elsewhere/marked.$name"
done
chmod 600 "$dir/elsewhere/marked.private"
good <<C
peering { public_key = elsewhere/marked.public private_key = elsewhere/marked.private }
C
asset="{\"name\":\"a\",\"fingerprint\":\"f\",\"metadata\":\"\",\"registrant\":\"$account\"}"
try "$build/bitmark-record" sign --key "$dir/account.key" "$asset"
expect 0 "a key without a mark"
mv "$dir/out" "$dir/signed"
{ printf '\357\273\277'; cat "$dir/account.key"; } >"$dir/marked.key"
printf '\357\273\277%s' "$asset" >"$dir/marked.json"
chmod 600 "$dir/marked.key"
try "$build/bitmark-record" sign --key "$dir/marked.key" "$dir/marked.json"
expect 0 "a key and JSON with a mark"
cmp "$dir/out" "$dir/signed" || fail "another record"

# A publisher's pair: its public key may be left out; no other is taken.
pair='publishing { private_key = elsewhere/a.private broadcast = "127.0.0.1:2135"'
good <<C
$pair }
C
good <<C
$pair public_key = elsewhere/a.public }
C
good <<C
publishing { public_key = elsewhere/a.public broadcast = {} }
C
for public in 'peer.public:publishing: public_key does not belong to private_key' \
    nowhere.public:'nowhere.public: key file not found'; do
	echo "$pair public_key = ${public%%:*} }" >"$conf"
	check
	expect 78 "$pair"
	says "${public#*:}"
done
echo 'publishing { public_key = elsewhere/a.public broadcast = "127.0.0.1:2135" }' >"$conf"
check
expect 78 "foreign public key of the publisher"
says "does not belong"

# Everything at once.
zeros=$(printf '%064d' 7)
good <<C
# comment
data_directory = "."
chain = Testing
rules = "0.16"
nodes = chain
dns_server = "[::1]:53"
pidfile = "a.pid"
peer_file = "known.json"
database { directory = "db" name = "mine" }
peering {
	listen = {"0.0.0.0:2136", "[::]:2136", localhost:2137}
	announce = {"192.0.2.1:2136", "", "[2001:db8::1]:2136"}
	dynamic_connections = no
	prefer_ipv6 = true
	connections_max = 10
	ahead_bytes = 1048576
	digest_workers = 1
	digest_nice = 0
	minimum_clients = 1
	cycle_ms = 100
	poll_ms = 86400000
	announce_first_ms = 1000
	announce_interval_ms = 1000
	dns_refresh_ms = 100
	connect a { public_key = "$zeros" address = "127.0.0.1:2136" }
	connect b { public_key = "PUBLIC:$zeros" address = "node.example.com:2136" }
}
publishing { broadcast = {"127.0.0.1:2135"} }
client_rpc { maximum_connections = 1 certificate = a.crt private_key = a.key idle_s = 1
	announce = {"192.0.2.1:2130"} form = "8.2" read_only = yes listen = {} }
https_rpc { maximum_connections = 65535 certificate = a.crt private_key = a.key
	allow { details = {"192.0.2.0/24", "[::1]", "::1", "[2001:db8::]/32", "192.0.2.1"}
	connections = {} peers = {"0.0.0.0/0", "::/0"} } }
logging { level = warn destination = "a.log" levels { sync = debug serve = error } }
C

# Each kind of mistake is told with file and line.
bad 2 "no such option 'chian'" <<C
chain = local
chian = local
C
bad 3 "no such option 'lisen': did you mean 'listen'?" <<C
chain = local
peering {
	lisen = {"127.0.0.1:1"}
}
C
bad 2 "not a checkpoint: NUMBER:DIGEST:HASH" <<C
chain = local
checkpoint = "20:00:00"
C
bad 2 "no such rules: 8.2 or 0.16" <<C
chain = local
rules = "0.15"
C
bad 1 "no such chain" <<C
chain = mars
C
bad 2 "chain is given twice" <<C
chain = local
chain = testing
C
# Metrics: an address, a port alone, a file; what has a slash is a file.
good <<'C'
metrics = {"127.0.0.1:9136", "[::1]:9136", ":9137", "*:9138", "9139", node.prom, "./a:9136"}
metrics_file = "old.prom"
C
good <<'C'
metrics = "/tmp"
C
bad 1 'metrics: "localhost:9136": ' <<'C'
metrics = "localhost:9136"
C
bad 2 'metrics: "127.0.0.1:65536": ' <<'C'
metrics = {"127.0.0.1:9136",
           "127.0.0.1:65536"}
C
bad 1 'metrics: "0": ' <<'C'
metrics = 0
C
bad 1 'metrics: "": is empty' <<'C'
metrics = {a, ""}
C
bad 3 "listen is given twice: write one list" <<C
peering {
	listen = 127.0.0.1:1
	listen = 127.0.0.1:2
}
C
bad 2 "invalid IP Address" <<C
peering {
	listen = {"*:2136"}
}
C
bad 3 "invalid port number" <<C
peering {
	listen = {"127.0.0.1:2136",
	    "127.0.0.1:65536"}
}
C
bad 1 "invalid port number" <<C
peering { listen = {"localhost:0"} }
C
bad 1 "listen: \"127.0.0.1\": missing port in address" <<C
peering { listen = "127.0.0.1" }
C
bad 1 "address: \"node.example.com\": missing port in address" <<C
peering { connect a { public_key = "$zeros" address = node.example.com } }
C
echo 'peering { listen = "nosuch.invalid:1" }' >"$conf"
try "$daemon" --config "$conf"
expect 1 "a name that there is not"
says "the name of the host cannot be found"
bad 1 "invalid IP Address" <<C
peering { announce = {"node.example.com:2136"} }
C
bad 1 "cannot be reached" <<C
peering { announce = {"0.0.0.0:2136"} }
C
bad 2 "too many addresses" <<C
peering { announce = {
    $(for i in $(seq 13); do printf '"192.0.2.%d:1", ' "$i"; done)"192.0.2.14:1"} }
C
bad 1 "invalid public key" <<C
peering { connect a { public_key = "abcd" address = "127.0.0.1:1" } }
C
bad 3 "connect a: address is missing" <<C
peering {
	connect a { public_key = "$zeros"
	}
}
C
bad 3 "another section with the name" <<C
peering {
	connect a { public_key = "$zeros" address = "127.0.0.1:1" }
	connect a { public_key = "$zeros" address = "127.0.0.1:1" }
}
C
bad 2 "neither a file nor PRIVATE:" <<C
peering {
	private_key = "PRIVATE:0123"
}
C
grep -q 0123 "$dir/out" && fail "a private key was repeated"
bad 1 "neither a file nor PUBLIC:" <<C
peering { public_key = "PRIVATE:$zeros" }
C
bad 1 "invalid fingerprint" <<C
peering { fingerprint = "00" }
C
for address in 127.0.0.1 localhost:2130 '*' '*:0' 2130 ''; do
	bad 1 "listen: \"$address\": " <<-C
		client_rpc { listen = "$address" }
	C
done
for network in '' ::1/129 192.0.2.0/33 192.0.2.0/ 192.0.2.0/a '[192.0.2.1]' example.com '[::1' \
    192.0.2.0/-1; do
	bad 1 "peers: \"$network\": neither an address nor a network" <<-C
		https_rpc { allow { peers = {"$network"} } }
	C
done
bad 1 "no such form: 0.16 or 8.2" <<C
client_rpc { form = "0.15" }
C
bad 1 "cycle_ms: \"99\": not in 100..86400000" <<C
peering { cycle_ms = 99 }
C
bad 1 "minimum_clients: \"26\": not in 1..25" <<C
peering { minimum_clients = 26 }
C
bad 1 "connections_max: \"0\": not in 1..65535" <<C
peering { connections_max = 0 }
C
bad 1 "digest_workers: \"many\": not a number" <<C
peering { digest_workers = many }
C
bad 1 "digest_nice: \"20\": not in 0..19" <<C
peering { digest_nice = 20 }
C
bad 1 "not in" <<C
peering { ahead_bytes = 99999999999999999999999 }
C
bad 1 "neither yes nor no" <<C
peering { prefer_ipv6 = maybe }
C
bad 1 "not a plain name" <<C
database { name = "../other" }
C
for domain in 'a b' a..b .a "$(printf '%064d' 0)a.b"; do
	bad 1 "nodes: \"$domain\": neither" <<-C
		nodes = "$domain"
	C
done
bad 1 "dns_server: \"localhost:53\": invalid IP Address" <<C
dns_server = "localhost:53"
C
bad 1 "dns_server: \"127.0.0.1:0\": invalid port number" <<C
dns_server = "127.0.0.1:0"
C
bad 1 "not in 100..86400000" <<C
peering { dns_refresh_ms = 99 }
C
bad 1 "not a valid directory" <<C
data_directory = "~"
C
bad 2 "no such level" <<C
logging {
	level = loud
}
C
bad 1 "sync: \"loud\": no such level" <<C
logging { levels { sync = loud } }
C
bad 2 "no module 'snyc' writes to the log: did you mean 'sync'?" <<C
chain = local
logging { levels { snyc = debug } }
C
bad 1 "chain: one value is expected, not a list" <<C
chain = {local, testing}
C
bad 1 "listen is no section: write 'listen = ...'" <<C
peering { listen { } }
C
bad 2 "unexpected '}': a value was expected" <<C
peering {
	listen = }
C
bad 2 "not closed: {" <<C
peering {
	listen = {"127.0.0.1:1",
C
bad 2 "not closed: \"l" <<C
# comment
chain = "local
C
bad 1 "not closed: /*" <<C
chain = local /* open
C
# Comments do not disturb the count, wherever they stand.
bad 8 "no such chain" <<C
# one "
/* two '
 * three */
// four
peering { listen = { # five
    "127.0.0.1:1" /* six */ }
}
chain = "/*mars#//"
C

# A variable that is not set is not the root directory; one that is set, or has
# a default, is taken.
unset NO_SUCH_VARIABLE || true
export NO_SUCH_PIDS="$dir"
for line in 'data_directory = "${NO_SUCH_VARIABLE}/x"' 'pidfile = "${NO_SUCH_VARIABLE}/x"' \
    'pidfile = ${NO_SUCH_VARIABLE}'; do
	bad 2 "the environment has no NO_SUCH_VARIABLE" <<-C
		# \${NO_SUCH_VARIABLE} in a comment is none
		$line
	C
done
good <<'C'
pidfile = "${NO_SUCH_PIDS}/a.pid"
peer_file = "${NO_SUCH_VARIABLE:-known.json}"
metrics_file = '${NO_SUCH_VARIABLE}'
C

# Files for bitmarkd itself, Lua or libucl, are told apart from mistakes.
bad 1 "for bitmarkd itself; 'bitmarkd-c init --from FILE DIR'" <<'C'
-- bitmarkd.conf  -*- mode: lua -*-
local M = {}
-- the plain and the https port: bitmarkd/*
M.chain = "testing"
return M
C
bad 4 "for bitmarkd itself" <<'C'
# bitmarkd.conf  -*- mode: libucl -*-
data_directory = "."
chain = testing
reservoir_file = "reservoir.json"
C

# A section that bitmarkd has too makes no file of bitmarkd.
bad 2 "no such option 'listn': did you mean 'listen'?" <<'C'
chain = testing
	client_rpc { listn = "127.0.0.1:2130" }
C
grep -q "for bitmarkd itself" "$dir/out" && fail "took it for a file of bitmarkd"

# A byte order mark is no part of the first key.
printf '\357\273\277chain = local\n' >"$conf"
check
expect 0 "a byte order mark"

# A socket that could not be made.
long=$(printf '%0120d' 0)
echo "control = \"$long\"" >"$conf"
check
expect 78 "a path too long for a socket"
says "$conf: control: \"$dir/$long\" is too long for a socket"

# A group that there is not would keep everybody out.
echo 'control_group = "no such group"' >"$conf"
check
expect 78 "an unknown group"
says "$conf:1: control_group: \"no such group\": no such group on this system"

# Mistakes that no line is to blame for.
for text in 'peering { listen = {"127.0.0.1:1"}' 'logging { levels { sync = debug'; do
	echo "$text" >"$conf"
	check
	expect 78 "$text"
	says "$conf: a section is not closed"
done
echo 'data_directory = nowhere
    peering { public_key = "../peer.public" private_key = "../peer.private" }' >"$conf"
check
expect 78 "no data directory"
says "$dir/nowhere: No such file or directory"
printf 'chain = local\n\000' >"$conf"
check
expect 78 "a NUL byte"
says "$conf: not a text file"
for file in "$dir/none.conf" "$dir"; do
	try "$daemon" -n -c "$file"
	expect 78 "$file"
	says "$file: "
done

# The DNS record: complete, and refused when something is missing.
mv "$conf" "$conf.old"
cat >"$conf" <<C
peering {
	announce = {"192.0.2.1:2136", "[2001:db8::1]:2136"}
	rpc_announce = {"192.0.2.1:2130", "[2001:db8::1]:2130"}
	fingerprint = "$zeros"
}
C
try "$daemon" dns-txt --config "$conf"
expect 0 dns-txt
key=$(sed 's/PUBLIC://' "$dir/peer.public")
says "TXT \"bitmark=v3 a=192.0.2.1;[2001:db8::1] c=2136 r=2130 f=$zeros p=$key\""
says "IP4 IP6:         192.0.2.1;[2001:db8::1]"
for missing in announce rpc_announce fingerprint; do
	sed "/^	$missing/d" "$conf" >"$dir/less.conf"
	try "$daemon" dns-txt --config "$dir/less.conf"
	expect 78 "dns-txt without $missing"
	says "is not set"
done
sed 's/rpc_announce.*/rpc_announce = {"192.0.2.9:2130"}/' "$conf" >"$dir/less.conf"
try "$daemon" dns-txt --config "$dir/less.conf"
expect 78 "dns-txt without a common address"

# With a client RPC of its own the fingerprint is that of its certificate.
timeout 600 "$daemon" gen-rpc-cert "$dir" >/dev/null
cat >"$dir/less.conf" <<C
peering { announce = {"192.0.2.1:2136"} }
client_rpc { listen = {"*:2130"} announce = {"192.0.2.1:2133"} }
C
try "$daemon" dns-txt --config "$dir/less.conf"
expect 0 "dns-txt with a client RPC"
says " r=2133 f=$(openssl x509 -in "$dir/rpc.crt" -outform DER | openssl dgst -sha3-256 -r |
    cut -d' ' -f1) p=$key\""

# Wrong use.
try "$daemon" stats
expect 2 "a command that is misspelt"
says "no command 'stats': did you mean 'status'?"
try "$daemon" -c "$conf" --chekc-config
expect 2 "an option that is misspelt"
says "the option --chekc-config is unknown: did you mean --check-config?"
for words in "" "nonsense" "init" "gen-peer-identity a b" "dns-txt" "dns-txt a" "--wrong" \
    "--config"     "--check-config" "--check-config init x" "--chain local dns-txt"; do
	# shellcheck disable=SC2086
	try "$daemon" $words
	expect 2 "bitmarkd-c $words"
	says "Try 'bitmarkd-c --help'"
done
try "$daemon" --version
expect 0 --version
says "bitmarkd-c "

# Help and page list the same options.
try "$daemon" --help
expect 0 --help
grep -oE -- '--[a-z-]+' "$dir/out" | sort -u >"$dir/help"
sed -n 's/^\.It Fl.* Fl \\*-\([a-z-]*\).*/--\1/p; s/^\.It Fl \\*-\([a-z-]*\).*/--\1/p' \
    man/bitmarkd-c.8 |
    sort -u >"$dir/page"
diff "$dir/help" "$dir/page" || fail "options of --help (<) and of the page (>) differ"
