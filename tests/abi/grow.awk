# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Headers of a later release: each struct that may grow gets members at its end.
# usage: awk -v later=BYTES -f grow.awk base.h HEADER >NEW-HEADER
# The first file is read for the names of the structs that are lent.
FNR == 1 { files++ }
files == 1 {
	if (/^ \*  - Lent:/)
		lent_list = 1
	else if (/^ \*  - /)
		lent_list = 0
	if (lent_list) {
		line = $0
		while (match(line, /_[a-z_]+/)) {
			name = substr(line, RSTART, RLENGTH)
			sub(/^_/, "", name)
			lent[name] = 1
			line = substr(line, RSTART + RLENGTH)
		}
	}
	next
}
/^struct bitmark_[a-z0-9_]+ \{$/ {
	name = $2
	sub(/^bitmark_/, "", name)
	grows = name in lent
}
/^\tsize_t struct_size;/ { grows = 1 }
/^\};$/ && grows {
	print "\tuint64_t later[" later " / 8];"
	grows = 0
}
{ print }
