#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A program outside the tree needs nothing but what 'make install' installs.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# The plain variant, whatever the test is part of.
unset MAKEFLAGS MFLAGS MAKELEVEL SAN B

make -s install PREFIX="$dir/usr" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
make -s install PREFIX=/usr DESTDIR="$dir/stage" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
for file in lib/libbitmarkpeer.a lib/libbitmarkpeer.so lib/pkgconfig/libbitmarkpeer.pc \
    include/bitmarkpeer.h include/bitmarkpeer/record.h sbin/bitmarkd-c bin/bitmark-peer \
    bin/bitmark-record bin/bitmark-chain bin/bitmark-explorer share/man/man3/libbitmarkpeer.3 \
    share/man/man8/bitmarkd-c.8 share/doc/libbitmarkpeer/LICENSE \
    share/doc/libbitmarkpeer/examples/wallet/wallet.c \
    share/doc/libbitmarkpeer/bitmarkd-c.rc share/doc/libbitmarkpeer/bitmarkd-c.conf \
    share/doc/libbitmarkpeer/SECURITY.md lib/systemd/system/bitmarkd-c.service \
    lib/systemd/system/bitmark-explorer.service \
    lib/sysusers.d/bitmarkd-c.conf lib/tmpfiles.d/bitmarkd-c.conf \
    share/bash-completion/completions/bitmarkd-c share/zsh/site-functions/_bitmark-peer \
    share/fish/vendor_completions.d/bitmark-chain.fish; do
	[ -e "$dir/usr/$file" ] || { echo "not installed: $file"; exit 1; }
	[ -e "$dir/stage/usr/$file" ] || { echo "not below DESTDIR: $file"; exit 1; }
done
# What the services start is what was installed, and nothing is left to fill in.
for file in lib/systemd/system/bitmarkd-c.service share/doc/libbitmarkpeer/bitmarkd-c.rc; do
	grep -q "$dir/usr/sbin/bitmarkd-c" "$dir/usr/$file" ||
	    { echo "$file: another program"; exit 1; }
	grep -q "$dir/usr/etc/bitmarkd-c/" "$dir/usr/$file" ||
	    { echo "$file: another path"; exit 1; }
	grep -q '=/usr/sbin/bitmarkd-c' "$dir/stage/usr/$file" || { echo "$file: DESTDIR"; exit 1; }
	grep -q ' /etc/bitmarkd-c/\|"/etc/bitmarkd-c/' "$dir/stage/usr/$file" ||
	    { echo "$file: the configuration is not in /etc"; exit 1; }
	! grep '@[A-Z]*@' "$dir/usr/$file" || { echo "$file: not filled in"; exit 1; }
done
grep -q '=/usr/bin/bitmark-explorer --config /etc/bitmarkd-c/bitmarkd-c.conf ' \
    "$dir/stage/usr/lib/systemd/system/bitmark-explorer.service" ||
    { echo "bitmark-explorer.service: another program"; exit 1; }
# The configuration that is an example is one.
example=$dir/stage/usr/share/doc/libbitmarkpeer/bitmarkd-c.conf
grep -qx 'data_directory = "/var/lib/bitmarkd-c"' "$example" || { echo "another place"; exit 1; }
"$dir/usr/sbin/bitmarkd-c" gen-peer-identity "$dir" >"$dir/log"
sed "s|^data_directory =.*|data_directory = \"$dir\"|" "$example" >"$dir/bitmarkd-c.conf"
"$dir/usr/sbin/bitmarkd-c" --check-config -c "$dir/bitmarkd-c.conf"
# 'make uninstall' removes exactly what was installed.
cp -R "$dir/stage" "$dir/again"
echo mine >"$dir/again/usr/lib/mine"
make -s uninstall PREFIX=/usr DESTDIR="$dir/again" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
find "$dir/again" ! -type d >"$dir/left"
[ "$(cat "$dir/left")" = "$dir/again/usr/lib/mine" ] ||
    { cat "$dir/left"; echo "not uninstalled"; exit 1; }
for ours in include/bitmarkpeer share/doc/libbitmarkpeer; do
	[ ! -e "$dir/again/usr/$ours" ] || { echo "a directory is left: $ours"; exit 1; }
done
grep -q "^prefix=/usr$" "$dir/stage/usr/lib/pkgconfig/libbitmarkpeer.pc"

# The soname is that of the minor version, and the symbols carry it, too.
version=$(sed -n 's/^.define BITMARK_VERSION "\(.*\)"/\1/p' include/bitmarkpeer/base.h)
minor=${version%.*}
[ -e "$dir/usr/lib/libbitmarkpeer.so.$minor" ] || { echo "no libbitmarkpeer.so.$minor"; exit 1; }
readelf -d "$dir/usr/lib/libbitmarkpeer.so" | grep -q "soname: .libbitmarkpeer\.so\.$minor\]" ||
	{ echo "another soname"; exit 1; }
readelf -W --dyn-syms "$dir/usr/lib/libbitmarkpeer.so" |
    grep -q "bitmark_version@@BITMARKPEER_$minor\$" ||
	{ echo "symbols without a version"; exit 1; }

# A C and a C++ program against the installed headers and the shared library.
cat >"$dir/program.c" <<'C'
#include <bitmarkpeer.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
	const struct bitmark_chain_params *local = bitmark_chain_params_find("local");
	char text[65];

	bitmark_hex_encode_reversed(local->genesis_digest, 32, text);
	puts(text);
	return strcmp(bitmark_version(), BITMARK_VERSION) != 0;
}
C
cp "$dir/program.c" "$dir/program.cc"
PKG_CONFIG_PATH=$dir/usr/lib/pkgconfig
export PKG_CONFIG_PATH
want=00fe807b8f2c5a5416bc570b289baadebb9596daeec5128f6b924a7cb88be68a
# shellcheck disable=SC2046
cc -Wall -Werror -o "$dir/shared" "$dir/program.c" $(pkg-config --cflags --libs libbitmarkpeer)
[ "$(LD_LIBRARY_PATH=$dir/usr/lib "$dir/shared")" = "$want" ]
# shellcheck disable=SC2046
c++ -Wall -Werror -o "$dir/plus" "$dir/program.cc" $(pkg-config --cflags --libs libbitmarkpeer)
[ "$(LD_LIBRARY_PATH=$dir/usr/lib "$dir/plus")" = "$want" ]
# The static library, with what it needs.
# shellcheck disable=SC2046
cc -Wall -Werror -pthread -o "$dir/static" "$dir/program.c" "$dir/usr/lib/libbitmarkpeer.a" \
    $(pkg-config --cflags libbitmarkpeer) \
    $(pkg-config --libs $(pkg-config --print-requires-private libbitmarkpeer))
[ "$("$dir/static")" = "$want" ]
