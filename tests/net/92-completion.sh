#!/bin/bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A shell completes the command lines: what it offers is what --help lists.
set -eu
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# offered PROGRAM WORD...: what bash offers for the last word, one a line.
offered() {
	local program=$1
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	"_${program//-/_}" "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
	printf '%s\n' "${COMPREPLY[@]}" | sort
}
# expect 'WORD WORD' PROGRAM WORD...
expect() {
	local want=$1
	shift
	[ "$(offered "$@" | paste -sd ' ')" = "$want" ] || fail "$*: $(offered "$@")"
}

for program in bitmarkd-c bitmark-peer bitmark-chain bitmark-record bitmark-explorer; do
	for shell in bash zsh fish; do
		"$build/$program" completion "$shell" >"$dir/$program.$shell"
		grep -q "$program" "$dir/$program.$shell" || fail "$program $shell"
	done
	# shellcheck disable=SC1090
	. "$dir/$program.bash"
	# Two columns, and the left one of an option ends with its argument.
	"$build/$program" --help >"$dir/help"
	awk '/^  [a-z]/ { print $1 }' "$dir/help" | sort >"$dir/want"
	offered "$program" '' >"$dir/got"
	diff "$dir/want" "$dir/got" || fail "commands of $program"
	grep -oE '^ .{0,5}--[a-z-]+' "$dir/help" | grep -oE -e '--[a-z-]+' | sort >"$dir/want"
	offered "$program" -- >"$dir/got"
	diff "$dir/want" "$dir/got" || fail "options of $program"
	code=0
	"$build/$program" completion csh >/dev/null 2>"$dir/error" || code=$?
	[ "$code" -ne 0 ] && grep -q 'bash, zsh or fish' "$dir/error" || fail "csh: $code"
done

expect "status stop" bitmarkd-c st
expect 'status' bitmarkd-c --config some.conf stat
expect 'confirmed verified' bitmarkd-c wait --for ''
expect 'bitmark local testing' bitmark-chain -C ''
expect 'bash fish zsh' bitmarkd-c completion ''
expect '' bitmarkd-c --timeout ''
cd "$dir"
touch 'block one' bitmarkd-c.conf
expect 'bitmarkd-c.conf' bitmark-peer --config bitmarkd-c.c
expect 'block one' bitmarkd-c submit bl
