#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmark-record reads and writes every record of the vectors and of the golden
# chain, and a wallet can live on it: keygen, sign, verify, decode.
set -eu
build=${BITMARK_BUILD:?}
data=tests/data
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

fail() { echo "$*"; exit 1; }
record() { timeout 600 "$build/bitmark-record" "$@"; }
# code WANTED ARGUMENT...: the exit code; stdout and stderr are kept.
code() {
	want=$1; shift
	got=0
	record "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" = "$want" ] || { cat "$dir/out" "$dir/err"; fail "exit code $got, not $want: $*"; }
}
# says TEXT: the last command's stdout or stderr has it.
says() { cat "$dir/out" "$dir/err" | grep -qF -e "$1" ||
    { cat "$dir/out" "$dir/err"; fail "not said: $1"; }; }
same() { cmp "$1" "$2" || fail "$3"; }
# field NAME: the text of a field of the JSON object in the last stdout.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$dir/out" | head -n 1; }

# line NAME: the same of text.
line() { sed -n "s/^$1  *//p" "$dir/out"; }

# --- help and page say the same; wrong use is 2 ---------------------------------

code 0 --help
for word in decode verify pack sign keygen account address fingerprint sign-message \
    verify-message --json --network --chain --as --binary --style --work --rules --signer --linked \
    --key --key-env --countersign --output --seed-version --phrase --language --words; do
	says "$word"
	grep -qE "(Cm|Fl) $(echo "$word" | sed 's/^--/-/')( |\$)" man/bitmark-record.1 ||
	    fail "not in the page: $word"
done
code 2
code 2 nonsense
code 0 help help
says 'help [COMMAND]'
code 0 help sign
says '--key FILE|--key-env VARIABLE [JSON]'
code 0 help proof
says '--pay-nonce HEX|--block DATA|--store DIR|--node NODE [DATA]'
code 0 help keygen
says '--network live|test|--chain NAME'
code 2 --json=5 decode 00
says '--json=5 takes no value'
code 2 --k x sign '{}'
says '--k is ambiguous'
code 2 -xk decode 00
says '-x is unknown'
code 2 --nonsense decode 00
says '--nonsense is unknown'
code 2 decode 00 --as
says '--as needs an argument'
code 2 -x decode 00
says '-x is unknown'
code 2 --as nonsense decode 00
code 2 --chain nonsense decode 00
code 2 sign '{}'
code 2 keygen
# The standard input can be read once.
for words in 'proof --block -' 'proof --block - -' 'verify --linked -' 'sign --key -' \
    'sign --key - --linked - {}'; do
	# shellcheck disable=SC2086
	code 2 $words </dev/null
	says 'standard input'
done
code 8 decode 00
code 8 decode zz
says 'zz: no such file, and not hexadecimal'
code 9 decode "@$dir/none"
says "$dir/none: No such file or directory"
code 9 decode "$dir"
says "$dir: Is a directory"
code 8 pack missing.json
says 'missing.json: no such file'
code 8 pack '{"name": "unknown"}'
# Text that is no record, and none at all: no field is named that nobody wrote.
for command in decode pack sign; do
	key=
	[ "$command" != sign ] || key="--key $data/alice.key"
	# shellcheck disable=SC2086
	code 8 $command $key - </dev/null
	says 'there is nothing to read'
	[ "$command" != decode ] || continue
	# shellcheck disable=SC2086
	echo 'hello, world' | code 8 $command $key -
	says 'neither JSON nor the bytes of a record: not transaction pack'
done

# --- vectors --------------------------------------------------------------------

grep '"wrongNetworkError"' $data/vectors.json >"$dir/cases"
[ "$(wc -l <"$dir/cases")" -ge 46 ] || fail "vectors are missing"
sed 's/.*"packed":"\([0-9a-f]*\)".*/\1/' "$dir/cases" >"$dir/hex"
sed 's/.*"json":"\(.*\)","name":"[A-Za-z]*","network".*/\1/; s/\\\(.\)/\1/g' \
    "$dir/cases" >"$dir/json"
sed 's/.*"txId":"\([0-9a-f]*\)".*/\1/' "$dir/cases" >"$dir/ids"
sed -e 's/.*"network":"testing".*/test/; s/.*"network":"bitmark".*/live/' \
    -e 's/.*"network":"local".*/test/' \
    "$dir/cases" >"$dir/networks"

# All of them in one input, both networks mixed; style 8.2 is Go's text.
record decode --style 8.2 "$dir/hex" >"$dir/decoded"
same "$dir/decoded" "$dir/json" "decode differs from bitmarkd's JSON"
record decode - <"$dir/hex" >"$dir/decoded"
sed 's/.*"txId":"\([0-9a-f]*\)".*/\1/' "$dir/decoded" >"$dir/list"
same "$dir/list" "$dir/ids" "transaction ids"
sed 's/.*"network":"\([a-z]*\)".*/\1/' "$dir/decoded" >"$dir/list"
same "$dir/list" "$dir/networks" "networks"

# pack is the inverse of decode in both styles, where JSON can hold the bytes.
paste -d '\n' "$dir/decoded" "$dir/json" >"$dir/both"
while read -r hex; do
	for style in safe 8.2; do
		IFS= read -r line <&3
		printf '%s' "$line" >"$dir/one"
		case $line in *u[fF][fF][fF][dD]*) continue ;; esac
		[ "$(record pack "$dir/one")" = "$hex" ] || fail "pack of style $style: $line"
	done
done <"$dir/hex" 3<"$dir/both"

# Each is signed by its signer, and by nobody else.
while IFS= read -r line; do
	hex=$(echo "$line" | sed 's/.*"packed":"\([0-9a-f]*\)".*/\1/')
	signer=$(echo "$line" | sed 's/.*"signer":"\([0-9A-Za-z]*\)".*/\1/')
	code 0 verify --signer "$signer" "$hex"
	# Amounts of no currency are for blocks only.
	case $line in *'currency\":\"\"'*) says "in a block only" ;; esac
	# The last byte is that of a signature.
	case $hex in *0) bad=${hex%0}1 ;; *) bad=${hex%?}0 ;; esac
	code 8 verify --signer "$signer" "$bad"
	says "invalid signature"
done <"$dir/cases"

# Records of later releases are read; v8.2 does not accept them.
grep -o '"packed": "[0-9a-f]*"' $data/records-0.16.json | sed 's/.*"\(.*\)"/\1/' >"$dir/hex"
[ "$(record decode "$dir/hex" | grep -c '"record"')" = 4 ] || fail "records of 0.16"
hex=$(tail -n 1 "$dir/hex")
code 0 verify "$hex"
says "by the rules of 0.16 only"
code 0 verify --rules 0.16 "$hex"
code 8 verify --rules 8.2 "$hex"
says "not transaction pack"
code 0 verify --json "$hex"
says '"rules":["0.16"]'

# The pay id of a bundle of issues is that of bitmarkd.
grep '"packedJoined"' $data/vectors.json |
    sed 's/.*"count": *\([0-9]*\).*"packedJoined": *"\([0-9a-f]*\)"/\1 \2 /' |
    sed -n 's/ [^ ]*"payId": *"\([0-9a-f]*\)".*/ \1/p' >"$dir/cases"
[ -s "$dir/cases" ] || fail "no pay ids"
while read -r count hex pay_id; do
	[ "$(echo "$hex" | record decode | grep -c "\"payId\":\"$pay_id\"")" = "$count" ] ||
	    fail "pay id of $count issues"
done <"$dir/cases"

# --- golden blocks ---------------------------------------------------------------

# Lines NAME TXID RECORD of both sides.
name='"name":"\([A-Za-z]*\)"' id='"txId":"\([0-9a-f]*\)"' record='"record":\({.*}\)'
sed -n "s/.*$name,\"offset\":[0-9]*,$record,\"tag\":[0-9]*,$id.*/\1 \3 \2/p" \
    $data/chain-a.json >"$dir/wanted"
offset=0
size=$(wc -c <$data/chain-a.blocks)
while [ "$offset" -lt "$size" ]; do
	length=$(od -An -tu1 -j "$offset" -N 8 $data/chain-a.blocks |
	    awk '{ print (($5 * 256 + $6) * 256 + $7) * 256 + $8 }')
	tail -c +$((offset + 9)) $data/chain-a.blocks | head -c "$length" >"$dir/block"
	record decode --style 8.2 "$dir/block"
	record verify "$dir/block" >"$dir/verified" ||
	    { cat "$dir/verified"; fail "a golden block is not valid"; }
	offset=$((offset + 8 + length))
done >"$dir/blocks"
awk '{ gsub(/\{"name":"[A-Za-z*]*","txId":/, "\n&"); print }' "$dir/blocks" |
    sed -n "s/^{$name,$id.*$record}[],}]*$/\1 \2 \3/p" >"$dir/got"
[ "$(wc -l <"$dir/got")" -gt 3000 ] || fail "records of blocks"
same "$dir/got" "$dir/wanted" "records of the golden blocks"

# Those of 0.16, in its own style; v8.2 accepts some.
number=2
offset=0
size=$(wc -c <$data/0.16/chain-g.blocks)
while [ "$offset" -lt "$size" ]; do
	length=$(od -An -tu1 -j "$offset" -N 8 $data/0.16/chain-g.blocks |
	    awk '{ print (($5 * 256 + $6) * 256 + $7) * 256 + $8 }')
	tail -c +$((offset + 9)) $data/0.16/chain-g.blocks | head -c "$length" >"$dir/shares"
	record decode --style 0.16 "$dir/shares"
	record verify "$dir/shares" >"$dir/verified" ||
	    { cat "$dir/verified"; fail "block $number of 0.16 is not valid"; }
	# Others have a Litecoin address of version 58, no name, or shares.
	case $number in
	2 | 3 | 4 | 6 | 9 | 10 | 18 | 19 | 25) rules='rules        8.2 and 0.16' ;;
	*) rules='rules        0.16' ;;
	esac
	grep -qx "$rules" "$dir/verified" ||
	    { cat "$dir/verified" >&2; echo "whose rules block $number follows" >&2; exit 1; }
	[ "$number" -ne 24 ] || cp "$dir/shares" "$dir/shares24"
	number=$((number + 1))
	offset=$((offset + 8 + length))
done >"$dir/blocks"
awk '{ gsub(/"length":[0-9]*,"name"/, "\n&"); print }' $data/0.16/chain-g.json |
    sed -n "s/.*$name,\"offset\":[0-9]*,$record,\"tag\":[0-9]*,$id.*/\1 \3 \2/p" >"$dir/wanted"
awk '{ gsub(/\{"name":"[A-Za-z*]*","txId":/, "\n&"); print }' "$dir/blocks" |
    sed -n "s/^{$name,$id.*$record}[],}]*$/\1 \2 \3/p" >"$dir/got"
[ "$(wc -l <"$dir/got")" -gt 200 ] || fail "records of blocks of 0.16"
same "$dir/got" "$dir/wanted" "records of the blocks of 0.16"
code 0 verify --rules 0.16 --json "$dir/shares"
says '"rules":["0.16"]'
code 8 verify --rules 8.2 --json "$dir/shares24"
says '"rules":[]'
# The chain local needs no work by the rules of 0.16.
code 0 verify --work --chain local "$dir/shares24"
code 8 verify --work --chain testing "$dir/shares24"

# The last block: its header alone, its digest, and what a changed byte does.
if [ -w /dev/full ]; then
	got=0
	record decode "$dir/block" >/dev/full 2>"$dir/err" || got=$?
	[ "$got" = 9 ] || fail "exit code for a full disk"
	[ "$(cat "$dir/err")" = 'bitmark-record: cannot write the output' ] ||
	    fail "what is said of a full disk"
fi
code 0 verify --work --json "$dir/block"
says '"work":"valid"'
head -c 100 "$dir/block" >"$dir/header"
code 0 decode --work "$dir/header"
[ "$(field digest)" = "$(sed -n 's/^"tipDigest": "\([0-9a-f]*\)".*/\1/p' $data/chain-a.json)" ] ||
    fail "digest of the tip"
code 0 decode "$dir/header"
record pack --json "$dir/out" >"$dir/packed"
same "$dir/packed" "$dir/out" "header packed as JSON"
record pack "$dir/out" >"$dir/packed"
[ "$(cat "$dir/packed")" = "$(od -An -v -tx1 "$dir/header" | tr -d ' \n')" ] ||
    fail "header does not come back"
{ head -c 50 "$dir/block"; printf 'X'; tail -c +52 "$dir/block"; } >"$dir/bad"
code 8 verify "$dir/bad"
says "Merkle Root Does Not Match"
head -c 200 "$dir/block" >"$dir/bad"
code 8 decode "$dir/bad"
code 8 decode --as block "$dir/bad"
says "not transaction pack"

# --- a wallet --------------------------------------------------------------------

code 0 keygen --network test --output "$dir/alice.key" --json
alice=$(field account)
case $(ls -l "$dir/alice.key") in -rw-------*) ;; *) fail "the key file can be read" ;; esac
secret=$(grep -v '^#' "$dir/alice.key")
[ -n "$secret" ] || fail "no seed in the key file"
grep -q -F -e "$secret" -e seed -e privateKey "$dir/out" && fail "the seed was also printed"
code 9 keygen --network test --output "$dir/alice.key"
code 0 keygen --chain local --seed-version 2 --json
bob=$(field account)
BOB_KEY=$(field privateKey)
BOB_SEED=$(field seed)
export BOB_KEY BOB_SEED
code 0 keygen --network live --output "$dir/live.key"

code 0 account --json "$alice"
[ "$(field network)" = test ] || fail "network of an account"
packed=$(field packed)
code 0 account --json "$packed"
[ "$(field account)" = "$alice" ] || fail "account from hex"
code 8 account "${alice}1"

cat >"$dir/asset.json" <<END
{"record": "AssetData", "name": "Painting", "fingerprint": "0123456789",
 "metadata": "year\\u00002026", "registrant": "$alice"}
END
code 0 sign --key "$dir/alice.key" "$dir/asset.json"
cp "$dir/out" "$dir/asset.hex"
code 0 verify "$dir/asset.hex"
code 8 sign --key-env BOB_KEY "$dir/asset.json"
says "another account"
code 8 sign --key "$dir/live.key" "$dir/asset.json"
says "wrong network"
code 9 sign --key "$dir/none" "$dir/asset.json"
says "$dir/none: No such file or directory"
code 8 sign --key /dev/null "$dir/asset.json"
code 8 sign --key-env NO_SUCH_KEY "$dir/asset.json"
code 0 decode "$dir/asset.hex"
[ "$(field name)" = Painting ] || fail "name of the asset"
asset=$(field assetId)

echo "{\"assetId\": \"$asset\", \"owner\": \"$alice\",
    \"nonce\": \"18446744073709551615\"}" >"$dir/issue.json"
code 0 sign --key "$dir/alice.key" --json "$dir/issue.json"
issue=$(field txId)
[ "$(field nonce)" = 18446744073709551615 ] || fail "the largest nonce"
record pack "$dir/out" >"$dir/issue.hex"
# ... also as a bare number beside what decode adds.
sed 's/"18446744073709551615"/18446744073709551615/' "$dir/out" >"$dir/bare.json"
record pack "$dir/bare.json" >"$dir/bare"
same "$dir/bare" "$dir/issue.hex" "a bare number above 2^63"
code 0 sign --key "$dir/alice.key" "$dir/bare.json"
code 0 verify "$dir/issue.hex"

# Alice gives it to Bob, who signs too.
echo "{\"record\": \"BitmarkTransferCountersigned\", \"link\": \"$issue\",
    \"escrow\": null, \"owner\": \"$bob\"}" >"$dir/transfer.json"
code 0 sign --key "$dir/alice.key" "$dir/transfer.json"
cp "$dir/out" "$dir/half.hex"
code 0 sign --key "$dir/alice.key" --json "$dir/transfer.json"
says '"record":"BitmarkTransferCountersigned"'
cp "$dir/out" "$dir/half.json"
code 8 pack "$dir/half.json"
says "not signed"
code 8 sign --countersign --key "$dir/alice.key" "$dir/half.json"
code 0 sign --countersign --key-env BOB_SEED --linked "$dir/issue.hex" "$dir/half.json"
cp "$dir/out" "$dir/transfer.hex"
code 8 sign --countersign --key-env BOB_SEED --signer "$bob" "$dir/half.json"
code 1 verify "$dir/transfer.hex"
says "--signer"
code 0 verify --signer "$alice" "$dir/transfer.hex"
code 8 verify --signer "$bob" "$dir/transfer.hex"
code 0 verify --linked "$dir/issue.hex" "$dir/transfer.hex"
# ... or with the issue before it in the same input.
cat "$dir/issue.hex" "$dir/transfer.hex" >"$dir/both"
code 0 verify "$dir/both"
code 0 decode "$dir/transfer.hex"
[ "$(field owner)" = "$bob" ] || fail "owner of the transfer"
# bitmark-cli hands over the hex without the second signature, 65 bytes.
hex=$(cat "$dir/transfer.hex")
half=$(echo "$hex" | cut -c "1-$((${#hex} - 130))")
# ... and so does sign.
[ "$(cat "$dir/half.hex")" = "$half" ] || fail "half a record differs from bitmark-cli's"
echo "{\"identity\": \"$bob\", \"transfer\": \"$half\"}" >"$dir/cli.json"
for form in "$half" "$dir/cli.json"; do
	code 0 decode "$form"
	[ "$(field owner)" = "$bob" ] || fail "owner of a half signed transfer"
	grep -q txId "$dir/out" && fail "half a record has an id"
	code 0 sign --countersign --key-env BOB_SEED --linked "$dir/issue.hex" "$form"
	same "$dir/out" "$dir/transfer.hex" "a half signed transfer"
	code 8 pack "$form"
	says "not signed"
done

# Alice turns it into shares: both names of the record are read.
echo "{\"record\": \"BitmarkShare\", \"link\": \"$issue\", \"quantity\": 1000}" >"$dir/share.json"
code 0 sign --key "$dir/alice.key" --linked "$dir/issue.hex" "$dir/share.json"
says "only nodes of 0.16"
cp "$dir/out" "$dir/share.hex"
code 8 sign --rules 8.2 --key "$dir/alice.key" "$dir/share.json"
code 1 verify "$dir/share.hex"
code 0 verify --linked "$dir/issue.hex" "$dir/share.hex"
says "by the rules of 0.16 only"
code 8 verify --linked "$dir/transfer.hex" --signer "$bob" "$dir/share.hex"
code 8 sign --key "$dir/alice.key" "$(sed 's/1000/0/' "$dir/share.json")"
says "share quantity too small"

# ... grants some to Bob, and swaps some; each needs both signatures.
other=$(echo "$issue" | sed 's/^.../abc/')
echo "{\"record\": \"ShareGrant\", \"shareId\": \"$issue\", \"quantity\": \"10\",
    \"owner\": \"$alice\", \"recipient\": \"$bob\", \"beforeBlock\": \"5000\"}" >"$dir/grant.json"
echo "{\"record\": \"ShareSwap\", \"shareIdOne\": \"$issue\",
    \"quantityOne\": \"18446744073709551615\", \"ownerOne\": \"$alice\",
    \"shareIdTwo\": \"$other\", \"quantityTwo\": 2,
    \"ownerTwo\": \"$bob\", \"beforeBlock\": 5000}" >"$dir/swap.json"
for kind in grant swap; do
	code 8 sign --key-env BOB_KEY "$dir/$kind.json"
	says "must sign this"
	code 0 sign --key "$dir/alice.key" "$dir/$kind.json"
	half=$(cat "$dir/out")
	code 8 sign --countersign --key "$dir/alice.key" "$half"
	code 8 pack "$half"
	echo "{\"identity\": \"$bob\", \"$kind\": \"$half\"}" >"$dir/cli.json"
	for form in "$half" "$dir/cli.json"; do
		code 0 sign --countersign --key-env BOB_SEED "$form"
		cp "$dir/out" "$dir/$kind.hex"
		code 0 verify "$dir/$kind.hex"
		says "by the rules of 0.16 only"
		code 8 verify --rules 8.2 "$dir/$kind.hex"
	done
	for style in safe 0.16; do
		code 0 decode --style $style "$dir/$kind.hex"
		cp "$dir/out" "$dir/style"
		code 0 pack "$dir/style"
		same "$dir/out" "$dir/$kind.hex" "$kind in style $style"
	done
done
code 8 sign --key "$dir/alice.key" "$(sed "s/$other/$issue/" "$dir/swap.json")"
says "share ids cannot be identical"

# --- a store with shares ------------------------------------------------------------

# Blocks 2 to 14 of 0.16.  Lines show both parties of a grant and a swap; a share
# record names nobody.
head -c 12150 $data/0.16/chain-g.blocks >"$dir/blocks"
timeout 600 "$build/bitmark-chain" --chain local --rules 0.16 --database "$dir/store" \
    load-blocks "$dir/blocks" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "load-blocks"; }
timeout 600 "$build/bitmark-chain" --chain local --database "$dir/store" block 12-14 >"$dir/out"
says "dxgN9yovW91BrhTPXzaqLNYWHLuAyyvJoPNkNZ12Wgrju8BPTf -> fWW7XoL3Foavdo6ks2MJ3X"
says "fWW7XoL3Foavdo6ks2MJ3XjAnLimC9TJCe1b3Z45K1f1nGRcY2 <-> fL586en7kKLdmiC6L98JmX"
grep -q 'ShareBalance .*  -$' "$dir/out" || fail "a share record has no owner of its own"
# The store's own rules decide on its pay nonce, here that of genesis.
code 0 proof --chain local --store "$dir/store" --json "$dir/issue.hex"
[ "$(field payNonce)" = 8ae68bb87c4a926b ] || fail "pay nonce of a store of 0.16"

# --- JSON in all forms ----------------------------------------------------------------

cases=$data/cases
for name in transfer grant swap; do
	code 0 decode "$cases/07-half-signed-hex-not-read/$name.hex"
	says '"signature":"'
done
bundle=$cases/08-decode-of-two-records-does-not-pack/bundle.hex
code 0 decode "$bundle"
cp "$dir/out" "$dir/lines"
{ printf '['; paste -s -d , "$dir/lines" | tr -d '\n'; printf ']'; } >"$dir/array"
{ printf '{"assets":null,"issues":'; cat "$dir/array"; printf '}'; } >"$dir/issues"
for form in lines array issues; do
	code 0 pack "$dir/$form"
	same "$dir/out" "$bundle" "pack of $form"
	code 0 decode "$dir/$form"
	same "$dir/out" "$dir/lines" "decode of $form"
	code 0 verify "$dir/$form"
done
# A fault names the field.
form='{"record":"BitmarkIssue","assetId":"%0128d","owner":"%s"}'
# shellcheck disable=SC2059
code 8 sign --key "$dir/alice.key" "$(printf "$form" 0 "$alice")"
says 'nonce: missing'

# --- recovery phrases, in and out -----------------------------------------------------

tab=$(printf '\t')
grep -v '^#' $cases/02-recovery-phrase-not-read/vectors.tsv >"$dir/phrases"
while IFS="$tab" read -r words phrase seed owner network; do
	printf '%s\n' "$phrase" >"$dir/phrase.key"
	chmod 600 "$dir/phrase.key"
	case $words in bad*) code 8 account --key "$dir/phrase.key"; continue ;; esac
	code 0 account --key "$dir/phrase.key" --json
	[ "$(field account)" = "$owner" ] || fail "account of: $phrase"
	[ "$(field network)" = "$network" ] || fail "network of: $phrase"
	grep -q -e seed -e phrase "$dir/out" && fail "secrets nobody asked for"
	# The words come back in their language.
	case $words in zh-12) language=simplified ;; zh-24) language=traditional ;;
	    *) language=english ;; esac
	code 0 account --key "$dir/phrase.key" --phrase --words "${words#zh-}" \
	    --language $language
	[ "$(line phrase)" = "$phrase" ] || fail "$(line phrase), not $phrase"
	[ "$seed" = - ] || [ "$(line seed)" = "$seed" ] || fail "seed of: $phrase"
	# The seed gives the same words.
	line seed >"$dir/seed.key"
	chmod 600 "$dir/seed.key"
	code 0 account --key "$dir/seed.key" --phrase --words "${words#zh-}" --language $language
	says "phrase      $phrase"
	says "$owner"
done <"$dir/phrases"
echo 'zoo zoo zoo zoo wrongword zoo zoo zoo zoo zoo zoo zoo' >"$dir/phrase.key"
code 8 account --key "$dir/phrase.key"
says 'word 5 is not a word of recovery phrases'
code 8 account --key "$dir/seed.key" --phrase --words 12
says 'a seed of version 1 has 24 words'
code 2 account --phrase "$alice"
code 2 account --key "$dir/seed.key" "$alice"
code 2 account
# keygen tells the words; the number of them says which seed.
for words in 12 13 24; do
	for language in english traditional simplified; do
		code 0 keygen --network test --words $words --language $language
		owner=$(line account)
		PHRASE=$(line phrase)
		export PHRASE
		[ "$(echo "$PHRASE" | wc -w)" -eq $words ] || fail "not $words words: $PHRASE"
		code 0 account --key-env PHRASE --json
		[ "$(field account)" = "$owner" ] || fail "keygen's words are of another account"
	done
done
code 0 keygen --network live
says 'phrase       '
code 8 keygen --network test --seed-version 1 --words 12

# --- keys of other programs ("KIF") ---------------------------------------------------------

# kif KEY: in the file kif.key.
kif() { echo "$1" >"$dir/kif.key"; chmod 600 "$dir/kif.key"; }
kif Zjbm1pyA1zjpy5RTeHtBqSAr2NvErTxsovkbWs1duVy8yYG9Xr
code 0 account --key "$dir/kif.key"
says a5fyw6MQT6C6fpCBeSVdCfT3WS8WTTM24meT3nVuHyxJF7yKes
code 8 account --key "$dir/kif.key" --phrase
says 'only a seed has one'
kif dd67Uj2rsMC6cEqGoXt6UdigFcMYG9iT64y5pEodDWk8HKUXeM
code 0 account --key "$dir/kif.key"
says dyALPzR7JSeNJybzogVXqrzsjfZos96bLurwMAHtbzjHSzk4yh
kif bgLwFH11Sfxxnf8NDut9A2wm8zdtZJqfSzrqfYudZWMddYghqX
code 8 account --key "$dir/kif.key"
kif Zjbm1pyA1zjpy5RTeHtBqSAr2NvErTxsovkbWs1duVy8yYG9Xs
code 8 account --key "$dir/kif.key"
says 'checksum'
kif 83kQWEJPfyxC7UayrKtFq2fnaUaYuwmzmRUm4FQCqk52DiBab
code 8 account --key "$dir/kif.key"
says 'a private key has 64 bytes, or 32 in KIF'

# --- fingerprints, and messages that are signed ---------------------------------------------

# SHA3-512 of "abc" and of nothing, as FIPS 202 gives them.
abc=b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e
abc=${abc}10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0
none=a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6
none=${none}15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26
printf abc >"$dir/abc"
code 0 fingerprint "$dir/abc"
[ "$(cat "$dir/out")" = "01$abc" ] || fail "the fingerprint of abc"
record fingerprint - <"$dir/abc" >"$dir/out"
[ "$(cat "$dir/out")" = "01$abc" ] || fail "the fingerprint of the standard input"
code 0 fingerprint /dev/null
[ "$(cat "$dir/out")" = "01$none" ] || fail "the fingerprint of nothing"
code 0 fingerprint --json "$dir/abc"
[ "$(field fingerprint)" = "01$abc" ] || fail "the fingerprint in JSON"
id=$(field assetId)
echo "{\"record\": \"AssetData\", \"name\": \"abc\", \"fingerprint\": \"01$abc\",
    \"metadata\": \"\", \"registrant\": \"$alice\"}" >"$dir/abc.json"
code 0 sign --key "$dir/alice.key" --json "$dir/abc.json"
[ "$(field assetId)" = "${id:?}" ] || fail "the asset id of a file"
code 9 fingerprint "$dir/none"
says 'No such file'
code 9 fingerprint "$dir"
code 2 fingerprint

code 0 sign-message --key "$dir/alice.key" 'hello, world'
signature=$(cat "$dir/out")
printf 'hello, world' >"$dir/message"
for message in 'hello, world' "@$dir/message"; do
	code 0 verify-message --signer "$alice" "$signature" "$message"
	says valid
	code 0 sign-message --key "$dir/alice.key" --json "$message"
	[ "$(field signature)" = "$signature" ] || fail "a signature of $message"
	[ "$(field account)" = "$alice" ] || fail "who signs"
done
record verify-message --signer "$alice" "$signature" <"$dir/message" >"$dir/out"
says valid
code 8 verify-message --signer "$alice" "$signature" 'hello, World'
says invalid
code 8 verify-message --json --signer "$bob" "$signature" 'hello, world'
says '"result":"invalid"'
code 8 verify-message --signer "$alice" "${signature}00" 'hello, world'
says 'a signature has 128 hex digits'
code 2 verify-message "$signature" 'hello, world'
code 2 sign-message 'hello, world'
code 9 sign-message --key "$dir/alice.key" "@$dir/none"
# Signed as a message, a record without its signature would be a record with it.
cut -c "1-$(($(wc -c <"$dir/issue.hex") - 1 - 130))" "$dir/issue.hex" >"$dir/unsigned"
sed 's/../& /g' "$dir/unsigned" | tr ' ' '\n' | while read -r byte; do
	[ -z "$byte" ] || printf '\\%03o' "0x$byte"
done >"$dir/octal"
# shellcheck disable=SC2059
printf "$(cat "$dir/octal")" >"$dir/message"
code 8 sign-message --key "$dir/alice.key" "@$dir/message"
says "these bytes are a record"

# A packed grant whose share id begins with a bracket begins as JSON may.
for bracket in 5b 7b; do
	printf '{"record":"ShareGrant","shareId":"%s%062d","owner":"%s","recipient":"%s",%s}' \
	    "$bracket" 0 "$alice" "$bob" '"quantity":"10","beforeBlock":"5000"' >"$dir/grant.json"
	code 0 sign --key "$dir/alice.key" "$dir/grant.json"
	cp "$dir/out" "$dir/grant.hex"
	code 0 sign --countersign --key-env BOB_SEED "$dir/grant.hex"
	cp "$dir/out" "$dir/grant.hex"
	code 0 verify "$dir/grant.hex"
	says valid
done

# No secret was ever said.
cat "$dir"/*.hex "$dir"/*.json | grep -qF "$secret" && fail "a seed in the output"

# --- addresses -------------------------------------------------------------------

code 0 address --json mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
says '"currency":"BTC","version":111,"network":"test"'
code 8 address --network live mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
code 8 address mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuk
# A version byte that later releases know.
code 8 address --rules 8.2 QarU5zjNADYfidC6ghZQbp7gtFJyzCSMSg
code 0 address QarU5zjNADYfidC6ghZQbp7gtFJyzCSMSg
says "by the rules of 0.16 only"
echo "ok"
