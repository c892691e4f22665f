#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmarkd-c init --from: configurations of bitmarkd itself, libucl and Lua,
# become ours, with the keys; each line that cannot be taken is told.
set -eu
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
daemon=$build/bitmarkd-c
fail() { echo "FAILED: $*"; cat "$dir/out" "$dir/new/bitmarkd-c.conf" 2>/dev/null; exit 1; }
# from CODE: convert $dir/old.conf into $dir/new.
from() {
	rm -rf "$dir/new"
	code=0
	timeout 600 "$daemon" init --from "$dir/old.conf" "$dir/new" >"$dir/out" 2>&1 || code=$?
	[ "$code" -eq "$1" ] || fail "exit code $code, not $1"
}
says() { grep -qF -e "$1" "$dir/out" || fail "does not say: $1"; }
# has LINE: the new configuration has it, whatever the blanks around it.
has() {
	sed 's/^ *//; s/ *$//' "$dir/new/bitmarkd-c.conf" | grep -qxF -e "$1" || fail "has not: $1"
}
good() {
	timeout 600 "$daemon" --check-config --config "$dir/new/bitmarkd-c.conf" >"$dir/out" 2>&1 ||
	    fail "what was made is not good"
}
# refuses LINE TEXT: the text on stdin is not understood in that line.
refuses() {
	cat >"$dir/old.conf"
	from 78
	says "$dir/old.conf:$1: "
	says "$2"
	[ ! -e "$dir/new/bitmarkd-c.conf" ] || fail "a configuration was left"
}

timeout 600 "$daemon" gen-peer-identity "$dir" >"$dir/out"
timeout 600 "$daemon" gen-rpc-cert "$dir" >"$dir/out"
key=$(sed 's/^PUBLIC://' "$dir/peer.public")
friend=$(printf '%064d' 7)
address=mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
same_keys() {
	for name in public private; do
		cmp "$dir/peer.$name" "$dir/new/peer.$name" || fail "another key"
	done
	[ "$(find "$dir/new/peer.private" -perm 600)" ] || fail "others can read the private key"
}

# --- libucl ------------------------------------------------------------------

# The key files of a proofer, as v8.2 names them when nobody says otherwise:
# in the wrong order (S-03).
timeout 600 "$daemon" gen-proof-identity "$dir/" >"$dir/out"
proof=$(cat "$dir/proof.public")
mv "$dir/proof.public" "$dir/kept"
mv "$dir/proof.private" "$dir/proof.public"
mv "$dir/kept" "$dir/proof.private"
# The account and the key that miners know are those of before.
same_proof() {
	cmp "$dir/proof.sign" "$dir/new/proof.sign" || fail "another account"
	[ "$proof" = "$(cat "$dir/new/proof.public")" ] || fail "another proof key"
	for name in private sign; do
		[ "$(find "$dir/new/proof.$name" -perm 600)" ] || fail "others can read proof.$name"
	done
}

unset MY_IP OUR_IP || true
cat >"$dir/old.conf" <<C
# as for bitmarkd v8.2
data_directory = "$dir"
pidfile = "node.pid"
chain = Testing
nodes = chain
reservoir_file = "waiting.json"; peer_file = "peers.json"

.set(var=IP) "FIRST_IP:ENV_MY_IP:ENV_OUR_IP"
.set(var=PEER_IP) "IP"
.append(var=PEER_IP) ":2136"
.set(var=RPC_IP) "IP"
.append(var=RPC_IP) ":2130"

client_rpc {
  maximum_connections = 50
  listen = 0.0.0.0:2130
  announce = \${RPC_IP}   # when it is not blank
}
https_rpc { listen = 127.0.0.1:2131; listen = ":2132"; certificate = $dir/rpc.crt
  allow { details = "[::1]"; details = 127.0.0.1; peers = ::1 } }
peering {
  dynamic_connections = no
  prefer_ipv6 = false
  listen = 0.0.0.0:2136
  listen = "[::]:2136"
  announce = "\${PEER_IP}"
  announce = [ "[2001:db8::1]:2136" ]
  public_key = peer.public
  private_key = peer.private
  connect = {public_key = "$friend", address = "127.0.0.1:3136"}
  connect = {public_key = "PUBLIC:$friend", address = "node.example.com:3136"}
}
publishing { broadcast = 127.0.0.1:2135
}
payment {
  bitcoin { url = http://127.0.0.1:18333/rest }
}
proofing { payment_address { bitcoin = $address; litecoin = $address }
  publish = 127.0.0.1:2140; submit = 127.0.0.1:2141 }
logging {
  size = 1048576
  console = yes
  levels {
    DEFAULT = critical
    connector = trace
    block = info
  }
}
C
from 0
for line in 'taken  line 4: chain' 'left   line 6: reservoir_file:' \
    'taken  line 16: client_rpc.listen' 'taken  line 36: payment.bitcoin.url' \
    'left   line 46: logging.levels.block' \
    'taken  line 39: proofing.submit' \
    'taken  line 45: logging.levels.connector'; do
	says "$line"
done
for line in 'chain = "Testing"' 'nodes = "chain"' 'pidfile = "node.pid"' \
    'listen = {"0.0.0.0:2136", "[::]:2136"}' 'announce = {"[2001:db8::1]:2136"}' \
    'announce = {}' 'listen = {"0.0.0.0:2130"}' "certificate = \"$dir/rpc.crt\"" \
    "private_key = \"$dir/rpc.key\"" 'listen = {"127.0.0.1:2131", ":2132"}' \
    'details = {"[::1]", "127.0.0.1"}' 'peers = {"::1"}' 'form = "8.2"' \
    'maximum_connections = "50"' \
    'dynamic_connections = "no"' 'prefer_ipv6 = "false"' 'connect node2 {' \
    'address = "node.example.com:3136"' 'broadcast = {"127.0.0.1:2135"}' 'level = error' \
    'levels { connector = debug }' 'destination = "stderr"' \
    'publish = {"127.0.0.1:2140"}' 'submit = {"127.0.0.1:2141"}' \
    "bitcoin = \"$address\"" "litecoin = \"$address\"" 'signing_key = proof.sign'; do
	has "$line"
done
same_keys
same_proof
good
export OUR_IP=192.0.2.9
from 0
has 'announce = {"192.0.2.9:2136", "[2001:db8::1]:2136"}'
has 'announce = {"192.0.2.9:2130"}'
# It overwrites nothing.
timeout 600 "$daemon" init --from "$dir/old.conf" "$dir/new" >"$dir/out" 2>&1 && fail "made again"
refuses 2 'this macro is not understood' <<C
chain = local
.include "more.conf"
C
refuses 1 'the variable NOWHERE has no value' <<'C'
pidfile = "${NOWHERE}/x"
C
refuses 3 'the section peering is not closed' <<C
peering {
  listen = 0.0.0.0:2136
C
# A value that is wrong is told as it is in what was made of it.
echo 'peering { listen = 0.0.0.0:0 }' >"$dir/old.conf"
from 78
says "$dir/old.conf, converted:6: listen: \"0.0.0.0:0\": invalid port number"
[ ! -e "$dir/new" ] || fail "a directory was left"

# --- Lua ---------------------------------------------------------------------

cat >"$dir/rest.lua" <<'C'
local M = {}
--[[ a long comment:
     bitmarkd/* is no comment of C ]]
function content(name)
	local f, err = io.open(M.data_directory .. "/" .. name, "r")
	if f == nil then
		return nil
	end
	local r = f:read("*a")
	f:close()
	return r
end
function at(ip, port)
	local base = 20000
	if M.chain == "bitmark" then
		base = 0
	elseif M.chain == 'testing' then
		base = 10000
	end
	if ip == "*" then
		return "*:" .. (base + port)
	end
	if ip:match(":") and ip:sub(1, 1) ~= "[" then
		ip = "[" .. ip .. "]"
	end
	return ip .. ":" .. base + port
end
function all(port)
	local list = {}
	for _, ip in pairs(public) do
		list[#list+1] = at(ip, port)
	end
	local more = os.getenv("OUR_IP")
	if more ~= nil and more ~= "" then
		list[#list+1] = at(more, port)
	end
	return unpack(list)
end
M.data_directory = directory
M.chain = chain
M.nodes = nodes or "none"
M.read_only = false
M.peering = {
	prefer_ipv6 = not no_ipv6,
	listen = { at("*", 2136) },
	announce = {
		-- at("a.b.c.d", 2136),
		all(2136),
	},
	public_key = content("peer.public"),
	private_key = content("peer.private"),
	connect = friends or {},
}
M.publishing = { broadcast = { at("127.0.0.1", 2135) } }
M.client_rpc = { maximum_connections = 50, bandwidth = 25000000, listen = { at("*", 2130) },
    announce = { all(2130) }, certificate = content("rpc.crt"), private_key = content("rpc.key") }
M.https_rpc = { maximum_connections = 7, listen = {},
    allow = { details = { "127.0.0.0/8", "::1/128" }, peers = {} },
    certificate = content("rpc.crt"), private_key = content("rpc.key") }
M.payment = { mode = "rest", bitcoin = { url = "http://127.0.0.1:8332/rest" },
    litecoin = { url = "http://127.0.0.1:9332/rest/" }, p2p_cache = { btc_directory = "btc" } }
M.proofing = { signing_key = content(M.chain == "bitmark" and "proof.live" or "proof.test") }
M.logging = { console = false, file = "node.log", levels = { DEFAULT = log_level or "error",
    ["upstream@1"] = "info", main = "warn" } }
return M
C
cat >"$dir/old.conf" <<C
-- as for later releases
chain = "testing"
directory = "$dir"
public = {
	"192.0.2.1",	-- IPv4
	"2001:db8::2",
}
--log_level = "info"
friends = { { public_key = "PUBLIC:$friend", address = "192.0.2.3:12136" } }
local d = arg[0]:match("^(.*/)") or ""
return dofile(d .. "rest.lua")
C
from 0
says 'taken  line 40: chain'
says 'taken  line 45: peering.listen'
for line in 'chain = "testing"' 'nodes = "none"' 'listen = {"0.0.0.0:12136", "[::]:12136"}' \
    'announce = {"192.0.2.1:12136", "[2001:db8::2]:12136", "192.0.2.9:12136"}' \
    'prefer_ipv6 = "yes"' 'connect node1 {' 'address = "192.0.2.3:12136"' \
    'broadcast = {"127.0.0.1:12135"}' 'level = error' 'levels { main = warn }' \
    'destination = "node.log"'; do
	has "$line"
done
says 'proofing: blocks need both payment addresses'
says ': payment.mode'
says 'payment.p2p_cache: a peer of the currency could invent payments'
for line in 'bitcoin { url = "http://127.0.0.1:8332/rest" }' \
    'litecoin { url = "http://127.0.0.1:9332/rest/" }'; do
	has "$line"
done
for line in 'maximum_connections = "50"' 'listen = {"0.0.0.0:12130", "[::]:12130"}' \
    'form = "0.16"' \
    'announce = {"192.0.2.1:12130", "[2001:db8::2]:12130", "192.0.2.9:12130"}' \
    'details = {"127.0.0.0/8", "::1/128"}' "certificate = \"$dir/rpc.crt\"" \
    'maximum_connections = "7"' 'read_only = "no"'; do
	has "$line"
done
says 'client_rpc.bandwidth: it has no effect'
same_keys
good
grep -q '^rules' "$dir/new/bitmarkd-c.conf" && fail "rules of a public chain are written"
# A private network follows the rules of its release.
sed -i.old 's/^chain = "testing"/chain = "local"/' "$dir/old.conf"
from 0
has 'rules = "0.16"'
# The key of a proofer may be in a file or in the configuration, as both are in
# later releases, and its own hasher is ours.
cat >"$dir/old.conf" <<C
return { chain = "local", proofing = { local_use_internal_hash = true,
	payment_address = { bitcoin = "$address", litecoin = "$address" },
	publish = { "*:22138" }, submit = { "*:22139" },
	public_key = "$proof", private_key = "$(cat "$dir/proof.public")",
	signing_key = "$(cat "$dir/proof.sign")" } }
C
from 0
for line in 'publish = {"0.0.0.0:22138", "[::]:22138"}' \
    'submit = {"0.0.0.0:22139", "[::]:22139"}' 'hash = yes'; do
	has "$line"
done
good
grep -q "$(tr -d '\n' <"$dir/proof.sign")" "$dir/new/proof.sign" || fail "another account"
[ "$proof" = "$(cat "$dir/new/proof.public")" ] || fail "another proof key"
# Keys that are not there are made; those in the file itself are taken, also
# behind a byte order mark.
printf '\357\273\277local M = {}\nM.peering = { private_key = "%s" }\nreturn M\n' \
    "$(cat "$dir/peer.private")" >"$dir/old.conf"
from 0
same_keys
cat >"$dir/old.conf" <<'C'
return { peering = { private_key = "nowhere.private" } }
C
from 0
says 'nowhere.private: this key file does not exist: new keys are made'
good
grep -q "$key" "$dir/new/peer.public" && fail "the keys of another node"
# Payments of other sources are not looked for, and the section says so.
without() { if grep -q "url" "$dir/new/bitmarkd-c.conf"; then fail "a url was taken"; fi; }
echo 'return { chain = "local", payment = { mode = "p2p", auto_verify = true,
    bitcoin = { url = "http://127.0.0.1:1/rest" } } }' >"$dir/old.conf"
from 0
says 'payment.mode: payments are looked for at a bitcoind and a litecoind'
says 'payment.bitcoin: bitmarkd does not read it in this mode'
has 'auto_verify = "yes"'
without
echo 'return { chain = "testing", payment = { mode = "rest", auto_verify = true,
    bitcoin = { url = "" } } }' >"$dir/old.conf"
from 0
says 'payment.auto_verify: everywhere but on the chain local'
without
cat >"$dir/old.conf" <<'C'
chain = testing
payment {
  use_discovery = true
  discovery { sub_endpoint = "127.0.0.1:5566" req_endpoint = "127.0.0.1:5567" }
  bitcoin { url = "http://127.0.0.1:1/rest" }
}
C
from 0
says 'payment: payments are looked for at a bitcoind and a litecoind, as in mode rest'
without

echo nonsense >"$dir/bad.private"
echo 'return { peering = { private_key = "bad.private" } }' >"$dir/old.conf"
from 78
says "bad.private: invalid private key file"
refuses 3 'this is not understood' <<'C'
-- a loop
local M = {}
while true do M.chain = "local" end
C
refuses 2 "this function is not known here: 'string'" <<'C'
local M = {}
M.chain = string.rep("a", 3)
return M
C
# A variable that is not set is named with the line that needs it, as a variable
# of the environment, a key and a parameter are.
refuses 3 'the environment variable NOWHERE has no value' <<'C'
local M = {}
M.chain = "local"
M.data_directory = os.getenv("NOWHERE") .. "/x"
return M
C
refuses 2 'the variable directory has no value' <<'C'
local M = { chain = "local" }
M.pidfile = directory .. "/node.pid"
return M
C
refuses 2 'the variable offset has no value' <<'C'
local M = { chain = "local" }
local port = 2136 + offset
M.peering = { listen = { "127.0.0.1:" .. port } }
return M
C
refuses 2 'the variable port has no value' <<'C'
local function at(ip, port)
	return ip .. ":" .. port
end
return { chain = "local", peering = { listen = { at("127.0.0.1") } } }
C
refuses 2 'the variable addresses has no value' <<'C'
local M = { proofing = { payment_address = {
	bitcoin = M_is_live and addresses.live or addresses.test } } }
return M
C
refuses 3 'the key network has no value' <<'C'
local M = {
	chain = "local" }
M.network.nodes = "none"
return M
C
refuses 1 'the variable public has no value' <<'C'
for _, ip in pairs(public) do print(ip) end
C
refuses 1 'the variable public has no value' <<'C'
return { peering = { announce = { unpack(public) } } }
C
refuses 2 'the variable name has no value' <<'C'
return { chain = "local",
	pidfile = name:lower() }
C
refuses 1 'a number was expected' <<'C'
local port = 2136 + "x"
C
refuses 1 'the variable x has no value' <<'C'
return{ chain = x .. "y" }
C
# What "and", "or" and an earlier branch have decided needs no value.
cat >"$dir/old.conf" <<'C'
local M = { chain = string.lower("LOCAL") }
local at = ip and (ip .. ":2136") or "127.0.0.1:7"
if ip ~= nil and #ip == 0 then
	M.nodes = ip .. ".example.com"
elseif M.chain == "local" or name.lower then
	M.nodes = "none"
elseif ip.x then
	M.nodes = "chain"
end
M.pidfile = os.getenv("NOWHERE")
M.publishing = nil
M.peering = { listen = { at }, announce = { ip, "127.0.0.1:8" } }
return M
C
from 0
has 'listen = {"127.0.0.1:7"}'
has 'nodes = "none"'
has 'announce = {"127.0.0.1:8"}'
# Where bitmarkd would take its default, it is told.
says 'left   line 10: pidfile: the environment variable NOWHERE has no value'
says 'left   line 12: peering.announce: the variable ip has no value'
grep -q publishing "$dir/out" && fail "a nil that was written is told"
good
refuses 2 "'}' was expected" <<'C'
local M = {
	chain = "local" )
return M
C
refuses 1 "this text has no end" <<'C'
local a = "open
C
refuses 2 "the file does not return its configuration" <<'C'
local a = 1
C
refuses 2 "too many blocks or brackets" <<'C'
-- no end
local function f() return f() end return f()
C

# --- use ---------------------------------------------------------------------

code=0
timeout 600 "$daemon" init --from "$dir/none" "$dir/new2" >"$dir/out" 2>&1 || code=$?
[ "$code" = 78 ] || fail "exit code $code for a file that is not there"
code=0
timeout 600 "$daemon" init --from "$dir/old.conf" --chain local "$dir/new2" >"$dir/out" 2>&1 ||
    code=$?
[ "$code" = 2 ] || fail "exit code $code for --from with --chain"
[ ! -e "$dir/new2" ] || fail "a directory was left"
