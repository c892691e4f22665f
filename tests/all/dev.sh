# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Common to the scripts that need a developer's node with a publisher: sourced.
# $node and $publisher are KEY@HOST:PORT, $conf is the configuration; all files
# are below $dir, which goes in the end.
# shellcheck disable=SC2034,SC2154
. tests/net/await.sh
top=$PWD
dir=$(mktemp -d)
conf=$dir/chain/bitmarkd-c.conf
dev_pid=''

end_dev() {
	[ -z "$dev_pid" ] || { kill "$dev_pid" 2>/dev/null && wait "$dev_pid" || true; }
	rm -rf "$dir"
}
trap end_dev EXIT
trap 'exit 1' INT TERM
fail() { echo "FAILED: $*"; exit 1; }
ask() { timeout 600 bitmarkd-c --config "$conf" "$@"; }
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }

# start_dev: the chain is new at the first time.  'bitmarkd-c dev' runs what it
# finds, so that this one has ports of its own.
# shellcheck disable=SC2154
start_dev() {
	[ -e "$conf" ] || {
		mkdir "$dir/chain"
		bitmarkd-c gen-peer-identity "$dir/chain" >"$dir/use"
		bitmark-record keygen --network test --output "$dir/chain/proof.sign" >"$dir/use"
		cat >"$conf" <<-END
			chain = local
			rules = "0.16"
			peering {
			    standalone = yes
			    listen = {"127.0.0.1:$port"}
			    digest_nice = 0
			}
			publishing {
			    broadcast = {"127.0.0.1:$((port + 1))"}
			}
			payment {
			    auto_verify = yes
			}
			proofing {
			    signing_key = "proof.sign"
			    payment_address {
			        bitcoin = mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8
			        litecoin = mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8
			    }
			    hash = yes
			}
		END
	}
	bitmarkd-c dev "$dir/chain" >"$dir/use" 2>>"$dir/log" &
	dev_pid=$!
	await is_normal || { cat "$dir/use" "$dir/log"; fail "not Normal"; }
	key=$(sed 's/^PUBLIC://' "$dir/chain/peer.public")
	node=$key@127.0.0.1:$port
	publisher=$key@127.0.0.1:$((port + 1))
}
stop_dev() {
	ask stop >/dev/null
	wait "$dev_pid" || fail "the node did not stop in order"
	dev_pid=''
}

# field NAME: of JSON in one line.
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }
record() { bitmark-record --rules 0.16 "$@"; }
# make_life: the key that makes the blocks registers an asset, issues a bitmark of
# it, which is $issue, and transfers it to $other, by $transfer.  Each comes into a
# block of its own.
# shellcheck disable=SC2034
make_life() {
	signer=$dir/chain/proof.sign
	account=$(record account --key "$signer" --json | field account)
	echo "{\"record\":\"AssetData\",\"name\":\"a painting\",\"fingerprint\":\"$account\",
	    \"metadata\":\"\",\"registrant\":\"$account\"}" |
	    record sign --key "$signer" - >"$dir/asset"
	echo "{\"assetId\":\"$(record decode "$dir/asset" | field assetId)\",\"owner\":\"$account\",
	    \"nonce\":\"0\"}" | record sign --key "$signer" - >"$dir/issue"
	ask submit "$dir/asset" >"$dir/out" || fail "$(cat "$dir/out")"
	ask submit "$dir/issue" --json >"$dir/out" || fail "$(cat "$dir/out")"
	issue=$(field tx_ids <"$dir/out")
	record proof --network test --pay-nonce "$(field pay_nonce <"$dir/out")" --json \
	    "$dir/issue" >"$dir/proof"
	ask submit "$(field payId <"$dir/proof")$(field clientNonce <"$dir/proof")" >"$dir/out"
	ask wait "$issue" --timeout 120 >"$dir/out" || fail "$(cat "$dir/out")"
	record keygen --network test --output "$dir/other" --json >"$dir/out"
	other=$(field account <"$dir/out")
	echo "{\"link\":\"$issue\",\"owner\":\"$other\"}" |
	    record sign --key "$signer" - >"$dir/transfer"
	ask submit "$dir/transfer" --json >"$dir/out" || fail "$(cat "$dir/out")"
	transfer=$(field tx_ids <"$dir/out")
	ask wait "$transfer" --timeout 120 >"$dir/out" || fail "$(cat "$dir/out")"
}
