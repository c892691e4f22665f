#!/usr/bin/awk -f
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Headers in, one manual page out.  A header is a list of units with empty lines
# between them: a comment, and the declarations that it is about.
# usage: pages.awk -v page=NAME -v title=TEXT -v date=DATE -v calls=FILE HEADER...
#
# The names of the functions are appended to the file calls, each with the page.

# --- text ---------------------------------------------------------------------

# For a line of text: nothing in it is a request or an escape.
function escaped(text) {
	gsub(/\\/, "\\e", text)
	while (match(text, /\$\{[a-z0-9_]+\}/))
		text = substr(text, 1, RSTART - 1) "\\fI" substr(text, RSTART + 2, \
		    RLENGTH - 3) "\\fR" substr(text, RSTART + RLENGTH)
	sub(/^[.']/, "\\\\\\&&", text)
	sub(/[ \t]+$/, "", text)
	return text
}

# For the arguments of a macro: no word is taken for a macro.
function argument(text,    words, n, i, all) {
	text = escaped(text)
	gsub(/"/, "\\(dq", text)
	n = split(text, words, / +/)
	for (i = 1; i <= n; i++)
		all = all (i > 1 ? " " : "") (words[i] ~ /^.?.?.?[.,:;)(]?$/ ? "\\&" : "") words[i]
	return all
}

# Running text; each sentence begins a line.
function print_text(text,    end, next_at) {
	while (match(text, /[.!?][)"]?  +/)) {
		next_at = RSTART + RLENGTH
		end = substr(text, 1, next_at - 1)
		sub(/ +$/, "", end)
		print escaped(end)
		text = substr(text, next_at)
	}
	print escaped(text)
}

function paragraph() {
	if (!fresh)
		print ".Pp"
	fresh = 0
}

# How far a line is set in; a tab is far.
function depth(line) {
	if (line ~ /^ *\t/)
		return 99
	match(line, /^ */)
	return RLENGTH
}

# --- comments -------------------------------------------------------------------

function is_item(line) {
	return line ~ /^ +[^ ]+( [^ ]+)?  +[^ ]/
}

# Is a line, when the first one of a list is so far set in, an item of the list, or
# the rest of one?
function belongs(line, kind, first) {
	if (depth(line) == first)
		return kind == "tag" ? is_item(line) : line ~ /^ +- /
	return depth(line) > first && (depth(line) < 99 || kind == "bullet")
}

# Lines FROM to TO of the comment are set in: a list, or something to be shown as
# it stands.
function set_in(from, to,    i, kind, first) {
	first = depth(text[from])
	kind = text[from] ~ /^ +- / ? "bullet" : is_item(text[from]) ? "tag" : "literal"
	for (i = from; i <= to && kind != "literal"; i++)
		if (text[i] != "" && !belongs(text[i], kind, first))
			kind = "literal"
	if (kind == "literal") {
		print ".Bd -literal -offset indent"
		for (i = from; i <= to; i++)
			print escaped(text[i])
		print ".Ed"
	} else {
		print (kind == "bullet" ? ".Bl -bullet" : ".Bl -tag -width Ds")
		for (i = from; i <= to; i++)
			list_line(text[i], kind, first)
		print ".El"
	}
	fresh = 0
}

function list_line(line, kind, first,    name) {
	if (line == "")
		return
	if (depth(line) == 99) {
		sub(/^[ \t]+/, "", line)
		print ".Dl " argument(line)
		return
	}
	if (depth(line) == first && kind == "bullet") {
		print ".It"
		sub(/^ +- /, "", line)
	} else if (depth(line) == first) {
		sub(/^ +/, "", line)
		match(line, /  +/)
		name = substr(line, 1, RSTART - 1)
		line = substr(line, RSTART + RLENGTH)
		print ".It " (name ~ /^BITMARK_[A-Z0-9_]+$/ ? "Dv " : \
		    name ~ /^[a-z_]+$/ ? "Fa " : "") argument(name)
	} else
		sub(/^ +/, "", line)
	print_text(line)
}

# The comment in text[1..count].
function show_comment(    i, j, in_text) {
	for (i = 1; i <= count; i++) {
		if (text[i] == "") {
			in_text = 0
		} else if (depth(text[i]) == 0) {
			if (!in_text)
				paragraph()
			in_text = 1
			print_text(text[i])
		} else {
			for (j = i; j < count && (text[j + 1] == "" ||
			    depth(text[j + 1]) > 0); j++)
				continue
			for (last = j; text[last] == ""; last--)
				continue
			set_in(i, last)
			in_text = 0
			i = j
		}
	}
}

# The call that a comment begins with stands in its declaration.
function drop_call(    i, drop) {
	if (text[1] !~ /^bitmark_[a-z0-9_]+\(/)
		return
	for (drop = 1; drop < count && text[drop] !~ /:$/; drop++)
		if (text[drop + 1] == "")
			return
	for (i = drop + 1; i <= count; i++)
		text[i - drop] = text[i]
	count -= drop
}

# --- declarations ---------------------------------------------------------------

# Their names, with commas; functions are noted.
function names_of(joined,    all, name, n, i, part) {
	n = split(joined, part, "\n")
	all = ""
	for (i = 1; i <= n; i++) {
		name = ""
		if (part[i] ~ /^#define BITMARK_/ || part[i] ~ /^# *define BITMARK_/) {
			match(part[i], /BITMARK_[A-Z0-9_]+/)
			name = substr(part[i], RSTART, RLENGTH)
		} else if (match(part[i], /^(struct|enum|union) bitmark_[a-z0-9_]+/) &&
		    part[i] ~ /^[a-z]+ [a-z0-9_]+( \{|;)/) {
			name = substr(part[i], RSTART, RLENGTH)
		} else if (part[i] ~ /^typedef/) {
			match(part[i], /bitmark_[a-z_]+\)|bitmark_[a-z_]+;/)
			name = substr(part[i], RSTART, RLENGTH - 1)
		}
		if (name != "" && index(", " all ", ", ", " name ", ") == 0)
			all = all (all == "" ? "" : ", ") name
	}
	# A function may have its name on the line behind BITMARK_API.  Some awks take
	# the end of a line for a separator, too.
	gsub(/\n/, " ", joined)
	n = split(joined, part, ";")
	for (i = 1; i <= n; i++)
		if (part[i] ~ /BITMARK_API/ && match(part[i], /bitmark_[a-z0-9_]+\(/)) {
			name = substr(part[i], RSTART, RLENGTH - 1)
			print name, page >>calls
			all = all (all == "" ? "" : ", ") name
		}
	return all
}

function heading(all,    n, part) {
	n = split(all, part, ", ")
	print ".Ss " argument(n > 3 ? part[1] ", " part[2] ", ..." : all)
	fresh = 1
}

function show_declarations(    i, line) {
	print ".Bd -literal"
	for (i = 1; i <= declared; i++) {
		line = declaration[i]
		gsub(/BITMARK_API |BITMARK_MUSTUSE |BITMARK_EXTENSION /, "", line)
		sub(/^BITMARK_API BITMARK_MUSTUSE$/, "", line)
		print escaped(line)
	}
	print ".Ed"
	fresh = 0
}

# The table of status codes: its rows may be split.
function show_table(    i, all, row, number) {
	for (i = 2; i <= declared; i++)
		all = all declaration[i]
	gsub(/\/\*[^*]*\*\//, "", all)
	gsub(/\\[ \t]*/, "", all)
	gsub(/"[ \t]*"/, "", all)
	print ".Bl -tag -width Ds"
	while (match(all, /X\([^"]*"[^"]*"\)/)) {
		row = substr(all, RSTART + 2, RLENGTH - 4)
		all = substr(all, RSTART + RLENGTH)
		match(row, /-?[0-9]+,/)
		number = substr(row, RSTART, RLENGTH - 1)
		print ".It Dv " substr(row, 1, index(row, ",") - 1) " Pq " number
		print escaped(substr(row, index(row, "\"") + 1))
	}
	print ".El"
	fresh = 0
}

# --- units ------------------------------------------------------------------------

function end_unit(    i, joined, all, is_table) {
	if (count == 0 && declared == 0)
		return
	for (i = 1; i <= declared; i++)
		joined = joined declaration[i] "\n"
	if (joined !~ /BITMARK_STATUS_ENUM/) {
		is_table = declaration[1] ~ /^#define BITMARK_STATUS_TABLE/ && declared > 0
		if (declared > 0) {
			all = is_table ? "Status codes" : names_of(joined)
			heading(all)
			drop_call()
		} else if (match(text[1], /^[^.:]+[.:]/) && RLENGTH < 60 && text[1] != "")
			heading(substr(text[1], 1, RLENGTH - 1))
		show_comment()
		if (is_table)
			show_table()
		else if (declared > 0)
			show_declarations()
	}
	count = declared = 0
}

# A line of a comment, without its frame.
function comment_line(line) {
	sub(/ *\*+\/$/, "", line)
	sub(/^\/\*+ ?/, "", line)
	sub(/^ \* ?/, "", line)
	if (line == "" && (count == 0 || text[count] == ""))
		return
	text[++count] = line
}

# "name - what it is": the first comment of a header.
function begin_header(    name) {
	name = FILENAME
	sub(/^include\//, "", name)
	print ".Sh " toupper(substr(name, index(name, "/") + 1))
	print ".In " name
	fresh = 0
	sub(/^[a-z_]+ - /, "", text[1])
	text[1] = toupper(substr(text[1], 1, 1)) substr(text[1], 2)
	show_comment()
	count = 0
}

BEGIN {
	print ".\\\" SPDX-License-Identifier: ISC"
	print ".\\\" Copyright (c) 2026 the libbitmarkpeer developers"
	print ".\\\" Made by 'make pages' from the public headers: change those."
	print ".Dd " date
	print ".Dt " toupper(page) " 3"
	print ".Os"
	print ".Sh NAME"
	print ".Nm " page
	print ".Nd " title
	print ".Sh SYNOPSIS"
	for (i = 1; i < ARGC; i++)
		if (ARGV[i] !~ /=/) {
			name = ARGV[i]
			sub(/^include\//, "", name)
			print ".In " name
		}
	print ".Pp"
	print ".Li cc program.c $(pkg-config --cflags --libs libbitmarkpeer)"
	print ".Sh DESCRIPTION"
	print "A part of the library that"
	print ".Xr libbitmarkpeer 3"
	print "introduces, header by header: what it promises, and each declaration."
	if (page != "bitmark-base") {
		print "The conventions of the whole library, as who frees what, are told in"
		print ".Xr bitmark-base 3 ."
	}
}

FNR == 1 { head = 1; guard = 0 }
/SPDX-License-Identifier|Copyright \(c\)/ && FNR < 3 { next }
# What is for the preprocessor alone.
/^#ifdef __cplusplus|^#if defined\(__GNUC__\)/ { guard = 1 }
guard { if (/^#endif/) guard = 0; next }
/^#(ifndef|define) BITMARKPEER_|^#include/ { next }
/^#endif/ && !in_if { next }
/^#if / { in_if = 1 }
/^#endif/ { in_if = 0 }

in_comment || (/^\/\*/ && braces == 0) {
	if (!in_comment && declared > 0)
		end_unit()
	in_comment = !/\*\//
	comment_line($0)
	if (!in_comment && head) {
		begin_header()
		head = 0
	}
	next
}
/^$/ && braces == 0 { end_unit(); next }
{
	declaration[++declared] = $0
	line = $0
	gsub(/\/\*.*/, "", line)
	braces += gsub(/\{/, "", line) - gsub(/\}/, "", line)
}

END {
	end_unit()
	print ".Sh SEE ALSO"
	n = split("base chain client machines node records", other, " ")
	for (i = 1; i <= n; i++)
		if (page != "bitmark-" other[i])
			print ".Xr bitmark-" other[i] " 3 ,"
	print ".Xr libbitmarkpeer 3 ,"
	print ".Xr bitmark-protocol 7"
}
