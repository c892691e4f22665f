#!/bin/bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Programs and libraries of different releases.
#
# tests/abi/0.2 is a copy of the headers of release 0.2; when it is made:
#     cp -R include/. tests/abi/0.2
# From then on it never changes.  A program that is compiled with them is run
# with the library of today, and with one whose structs have grown; and a
# program that knows larger structs than the library is run, too.  Bytes that
# only one side knows must be left alone, or be 0: see use.h.
# usage: BITMARK_BUILD=DIRECTORY tests/abi/growth.sh
set -eu
build=${BITMARK_BUILD:-build/cc}
old=tests/abi/0.2
later=40
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# The library with larger structs is a plain one, whatever the test is part of.
unset MAKEFLAGS MFLAGS MAKELEVEL SAN B

# --- what programs rely on is there, as it was -------------------------------

# layout HEADERS NAME
layout() {
	awk -f tests/abi/layout.awk "$1"/bitmarkpeer/*.h >"$dir/$2.c"
	cc -std=c11 -Wall -Werror -I"$1" -o "$dir/$2" "$dir/$2.c"
	"$dir/$2" >"$dir/$2.layout"
}
# functions HEADERS NAME: the types of all functions, without the names of
# parameters.  Not all compilers can tell them.
functions() {
	echo '#include <bitmarkpeer.h>' |
	    cc -std=c11 -I"$1" -aux-info "$dir/$2.types" -fsyntax-only -x c - 2>/dev/null || true
	[ -e "$dir/$2.types" ] && sed -n 's/^.*extern \(.*bitmark_.*\)$/function \1/p' \
	    "$dir/$2.types" >>"$dir/$2.layout"
	return 0
}
for tree in "$old old" "include now"; do
	# shellcheck disable=SC2086
	layout $tree
	# shellcheck disable=SC2086
	functions $tree
done
awk 'NR == FNR { now[$0] = 1; if ($1 ~ /^s/) size[$3] = $4; next }
    $1 == "smallest" && size[$3] >= $4 { next }
    !($0 in now) { print }' "$dir/now.layout" "$dir/old.layout" >"$dir/gone"
if [ -s "$dir/gone" ]; then
	echo "$old has this, and a program that relies on it breaks:"
	cat "$dir/gone"
	exit 1
fi
# The padding at the end of a struct belongs to its struct_size.  So an older
# program would hand over whatever is there as a member that came later.
awk 'NR == FNR {
	old[$3] = 1
	if ($1 == "smallest")
		size[$3] = $4
	next
    }
    $1 == "member" && !($3 in old) {
	split($3, name, ".")
	if ($4 < size[name[1]])
		print
    }' "$dir/old.layout" "$dir/now.layout" >"$dir/padding"
if [ -s "$dir/padding" ]; then
	echo "a member lies in what was padding in $old:"
	cat "$dir/padding"
	exit 1
fi

# --- programs and libraries ------------------------------------------------------

# headers FROM TO: headers of structs that have ${later} bytes more.
headers() {
	mkdir -p "$2/bitmarkpeer"
	cp "$1/bitmarkpeer.h" "$2"
	for header in "$1"/bitmarkpeer/*.h; do
		awk -v later="$later" -f tests/abi/grow.awk "$1/bitmarkpeer/base.h" \
		    "$header" >"$2/bitmarkpeer/${header##*/}"
	done
	[ "$(cat "$2"/bitmarkpeer/*.h | grep -c "uint64_t later\[")" -gt 40 ]
}
# program NAME HEADERS [FLAG]
program() {
	# shellcheck disable=SC2086
	cc ${BITMARK_LDFLAGS:-} -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic \
	    -Werror -I"$2" ${3:-} -o "$dir/$1" tests/abi/use*.c -L"$build" -lbitmarkpeer
}
# run PROGRAM LIBRARY-DIRECTORY
run() {
	rm -rf "$dir/chain" "$dir/nodes"
	mkdir "$dir/nodes"
	LD_LIBRARY_PATH=$2 "$dir/$1" "$dir/chain" "$dir/nodes" >"$dir/out" 2>&1 || {
		echo "a program '$1' with the library in $2:"
		cat "$dir/out"
		exit 1
	}
}

headers "$old" "$dir/larger"
program old "$old"
program newer "$dir/larger" "-DABI_LATER=$later"
run old "$build"
run newer "$build"

# The older program keeps working when the library is replaced by a later one.
headers include "$dir/next"
version=$(sed -n 's/^.define BITMARK_VERSION "\(.*\)"/\1/p' include/bitmarkpeer/base.h)
make -s -j2 B="$dir/lib" CFLAGS=-O0 LDFLAGS= INCLUDES="-I$dir/next -Ilib" \
    "$dir/lib/libbitmarkpeer.so.$version" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
BITMARK_LDFLAGS='' build=$dir/lib program plain "$old"
run plain "$dir/lib"
