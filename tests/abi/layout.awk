# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Makes a C program of headers, which prints what a program that was compiled
# with them relies on: where members are, how large structs, and the values of
# enumerations and of the constants that give the size of an array.
# usage: awk -f layout.awk HEADER... >PROGRAM.c
function words(text, pattern,    word) {
	while (match(text, pattern)) {
		word = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		print_value(word)
	}
}
function print_value(name) {
	if (!(name in printed))
		print "\tprintf(\"constant " name " %lld\\n\", (long long)" name ");"
	printed[name] = 1
}
function print_member(name) {
	if (name == "reserved")
		return          # later members take its place
	print "\tprintf(\"member struct " struct "." name " %zu %zu\\n\","
	print "\t    offsetof(struct " struct ", " name "),"
	print "\t    sizeof ((struct " struct " *)0)->" name ");"
}
# One declaration of a struct: "type *a, b[2]" or "type (*f)(...)".
function declaration(text,    name, i, n, part) {
	if (match(text, /\(\*[a-z0-9_]+\)/)) {
		print_member(substr(text, RSTART + 2, RLENGTH - 3))
		return
	}
	gsub(/\[[^]]*\]/, "", text)
	n = split(text, part, ",")
	for (i = 1; i <= n; i++)
		if (match(part[i], /[a-z0-9_]+[ \t\n]*$/)) {
			name = substr(part[i], RSTART, RLENGTH)
			gsub(/[ \t\n]/, "", name)
			print_member(name)
		}
}
function end_of_struct(    i, n, part) {
	print "\tprintf(\"" (body ~ /size_t struct_size;/ || struct in lent ? \
	    "smallest" : "size") " struct " struct " %zu\\n\", sizeof(struct " struct "));"
	gsub(/BITMARK_EXTENSION union \{|\}/, "", body)
	n = split(body, part, ";")
	for (i = 1; i <= n; i++)
		declaration(part[i])
	struct = ""
}
BEGIN {
	print "#include <bitmarkpeer.h>"
	print "#include <stddef.h>"
	print "#include <stdio.h>"
	print "int main(void)\n{"
}
# The list of structs that are lent, in base.h.
/^ \*  - Lent:/ { lent_list = 1 }
/^ \*  - / && !/Lent:/ { lent_list = 0 }
lent_list {
	rest = $0
	while (match(rest, /_[a-z_]+/)) {
		name = substr(rest, RSTART, RLENGTH)
		sub(/^_/, "bitmark_", name)
		lent[name] = 1
		rest = substr(rest, RSTART + RLENGTH)
	}
}
# Comments go.  One may begin and end on a line more than once.
{
	line = $0
	text = ""
	while (line != "") {
		if (comment) {
			at = index(line, "*/")
			line = at ? substr(line, at + 2) : ""
			comment = !at
		} else {
			at = index(line, "/*")
			text = text (at ? substr(line, 1, at - 1) : line)
			line = at ? substr(line, at + 2) : ""
			comment = at != 0
		}
	}
}
text ~ /^struct bitmark_[a-z0-9_]+ \{/ {
	split(text, field, " ")
	struct = field[2]
	body = ""
	next
}
text ~ /^enum bitmark_[a-z0-9_]+ \{/ { in_enum = 1 }
(in_enum && text !~ /STATUS_/) || text ~ /^\tX\(BITMARK_/ {
	sub(/=.*/, "", text)            # one on each line, but for the last enum
	words(text, "BITMARK_[A-Z0-9_]+[A-Z0-9]")
}
$0 ~ /\};/ { in_enum = 0 }
struct != "" && text ~ /^\};/ { end_of_struct() }
struct != "" { body = body "\n" text }
{
	rest = text
	while (match(rest, /\[[^]]*\]/)) {
		text = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		words(text, "BITMARK_[A-Z0-9_]+[A-Z0-9]")
	}
}
END { print "\treturn 0;\n}" }
