# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# libbitmarkpeer.  GNU make.  The targets are listed by 'make help'.

CC         ?= cc
PKG_CONFIG ?= pkg-config
PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR     ?= $(PREFIX)/bin
SBINDIR    ?= $(PREFIX)/sbin
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/libbitmarkpeer
# Where the system looks for its configuration and its services.
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
BASHDIR    ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR     ?= $(PREFIX)/share/zsh/site-functions
FISHDIR    ?= $(PREFIX)/share/fish/vendor_completions.d
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
# SAN=address,undefined or SAN=thread builds that variant beside the others, with
# -O1: that halves its build, and its reports are nearer to the source.
SAN        ?=
CFLAGS     ?= $(if $(SAN),-O1,-O2) -g

# What the library, the programs and the tests stand on.
DEPS       := libzmq libsodium lmdb nettle jansson libcares
PROG_DEPS  := jansson
# For services of the daemon alone.  Each may be missing: what needs it is left
# out then, and the daemon says so.
SERVICES   := openssl libcurl libmicrohttpd
TEST_DEPS  := check jansson libzmq libsodium lmdb libargon2

comma      := ,
B          ?= build/$(notdir $(firstword $(CC)))$(if $(SAN),-$(subst $(comma),-,$(SAN)))

VERSION    := $(shell sed -n 's/^.define BITMARK_VERSION "\(.*\)"/\1/p' \
              include/bitmarkpeer/base.h)
# Major number; while that is 0, each minor one may break what was before.
SOVERSION  := $(if $(filter 0.%,$(VERSION)),$(basename $(VERSION)),\
              $(firstword $(subst ., ,$(VERSION))))
# The symbols that are exported, for linkers that take such a list (ELF).
MAP        := lib/libbitmarkpeer.map
MAP_FLAG   := $(if $(filter Darwin,$(shell uname -s)),,-Wl,--version-script=$(MAP))

WARN       := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum \
              -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla
WERROR     ?=
# Programs see the public headers, and what they share with each other.
INCLUDES   = -Iinclude -Ilib
# Files of more than 2 GB are files on 32-bit systems, too.
ALL_CPPFLAGS = -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L \
             -D_FILE_OFFSET_BITS=64 $(INCLUDES) $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) -fPIC -fvisibility=hidden -pthread -MMD -MP \
             $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
             $(DEP_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)

# Asked once, and only when something is compiled: before that, the packages
# may still be missing.
DEP_CFLAGS = $(eval DEP_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(DEPS) $(PROG_DEPS)))$(DEP_CFLAGS)
LIBS       = $(eval LIBS := $(shell $(PKG_CONFIG) --libs $(DEPS)))$(LIBS)
PROG_LIBS  = $(eval PROG_LIBS := $(shell $(PKG_CONFIG) --libs $(PROG_DEPS)))$(PROG_LIBS)
FOUND      = $(eval FOUND := $(shell for p in $(SERVICES); do \
             $(PKG_CONFIG) --exists $$p && echo $$p; done))$(FOUND)
SERVICE_CFLAGS = $(eval SERVICE_CFLAGS := $(FOUND:%=-DWITH_%) \
             $(if $(FOUND),$(shell $(PKG_CONFIG) --cflags $(FOUND))))$(SERVICE_CFLAGS)
SERVICE_LIBS = $(eval SERVICE_LIBS := \
             $(if $(FOUND),$(shell $(PKG_CONFIG) --libs $(FOUND))))$(SERVICE_LIBS)
HTTP       = $(filter libmicrohttpd,$(FOUND))
HTTP_CFLAGS = $(eval HTTP_CFLAGS := $(HTTP:%=-DWITH_%) \
             $(if $(HTTP),$(shell $(PKG_CONFIG) --cflags $(HTTP))))$(HTTP_CFLAGS)
HTTP_LIBS  = $(eval HTTP_LIBS := \
             $(if $(HTTP),$(shell $(PKG_CONFIG) --libs $(HTTP))))$(HTTP_LIBS)
TEST_LIBS  = $(eval TEST_LIBS := $(shell $(PKG_CONFIG) --libs $(TEST_DEPS)))$(TEST_LIBS)

LIB_OBJ    := $(patsubst %.c,$(B)/%.o,$(wildcard lib/*/*.c))
HEADERS    := $(wildcard include/bitmarkpeer/*.h) include/bitmarkpeer.h
A          := $(B)/libbitmarkpeer.a
SO         := $(B)/libbitmarkpeer.so.$(VERSION)
SHARED_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tools/shared/*.c))
DAEMON_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out daemon/main.c,$(wildcard daemon/*.c)))
# What is in daemon/ but its main, for tests without a process.
DAEMON_A   := $(B)/daemon.a
TOOLS      := $(patsubst tools/%.c,%,$(wildcard tools/bitmark-*.c))
TOOL_OBJ   := $(patsubst %.c,$(B)/%.o,\
              $(filter-out $(wildcard tools/bitmark-*.c),$(wildcard tools/*.c)))
# Everything of bitmark-explorer but its main, and the page that it serves, as C.
EXPLORER_A := $(B)/explorer.a
PAGE_FILES := $(wildcard tools/explorer/page/*)
PAGE_C     := $(B)/tools/explorer/page_files.c
EXPLORER_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tools/explorer/*.c)) $(PAGE_C:.c=.o)
PROGRAMS   := $(B)/bitmarkd-c $(addprefix $(B)/,$(TOOLS))
SUPPORT    := $(B)/tests/support.a
# Those that are called *_daemon_* are linked with the daemon, too, and those
# called *_explorer* with the explorer.
UNIT       := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
SIM        := $(patsubst %.c,$(B)/%,$(wildcard tests/sim/sim_*.c))
FUZZ       := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY     := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/replay_%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH      := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))
DAEMON_TESTS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/*/*_daemon_*.c))
EXPLORER_TESTS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/*/*explorer*.c))
BENCH_OBJ  := $(patsubst %.c,$(B)/%.o,\
              $(filter-out $(wildcard tests/bench/bench_*.c),$(wildcard tests/bench/*.c)))

.PHONY: all help
all: $(A) $(SO) $(PROGRAMS)

help:
	@sed -n 's/^#: //p' Makefile

#: make               build the library, the daemon and the tools
#: make run           install what is missing, build, run three nodes on loopback
#: make run RULES=0.16  the same by the rules of bitmarkd 0.16, with shares
#: make check         install what is missing, build, run all tests
#: make unit          the tests in tests/unit and tests/sim alone
#: make check32       build all for 32 bits (x86), run the tests of make unit
#: make check-threads the tests of tests/threads, by the thread sanitizer
#: make check-litecoind  payments at a real litecoind, which is installed first
#: make mutate        break lib/ in MUTATE_COUNT places, list what no test notices
#: make check-all     what needs more than that: examples, a browser, a database server
#: make pictures      the pictures of README anew, by a browser
#: make lint          rules that a machine can check
#: make pages         the pages of the library anew, from the public headers
#: make fuzz          libFuzzer on every decoder (clang), FUZZ_S seconds each
#: make valgrind      the tests in tests/unit under valgrind (long)
#: make bench         measurements, each beside its baseline (BENCH_ROUNDS=)
#: make install       to PREFIX, below DESTDIR
#: make dist          the sources as build/libbitmarkpeer-VERSION.tar.gz, the same bytes each time
#: make deb           packages for the Debian that this runs on, in build/deb/
#: make check-deb     the packages' whole life on Debian 12 and 13, as root (long)
#: make uninstall     remove what install put there, with the same variables
#: make clean         remove build/
#: SAN=address,undefined or SAN=thread, CC=, CFLAGS= choose the variant

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(A): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(SO): $(LIB_OBJ) $(MAP)
	$(CC) -shared -Wl,-soname,libbitmarkpeer.so.$(SOVERSION) $(MAP_FLAG) $(ALL_LDFLAGS) \
	    -o $@ $(LIB_OBJ) $(LIBS)
	ln -sf $(notdir $@) $(B)/libbitmarkpeer.so.$(SOVERSION)
	ln -sf $(notdir $@) $(B)/libbitmarkpeer.so

$(SHARED_OBJ) $(DAEMON_OBJ) $(TOOL_OBJ) $(TOOLS:%=$(B)/tools/%.o): INCLUDES = -Iinclude -Itools
$(B)/daemon/main.o $(DAEMON_OBJ): INCLUDES = -Iinclude -Itools $(SERVICE_CFLAGS)

$(DAEMON_A): $(DAEMON_OBJ) $(SHARED_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/bitmarkd-c: $(B)/daemon/main.o $(DAEMON_A) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(SERVICE_LIBS) $(PROG_LIBS) $(LIBS)

$(EXPLORER_OBJ): INCLUDES = -Iinclude -Itools $(HTTP_CFLAGS)

# A table of names and bytes.
$(PAGE_C): $(PAGE_FILES) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "explorer/page.h"'; \
	for f in $(PAGE_FILES); do n=$$(basename $$f | tr -c 'a-zA-Z0-9\n' _); \
	    echo "static const uint8_t $$n[] = {"; \
	    od -An -v -tx1 $$f | sed 's/[0-9a-f][0-9a-f]/0x&,/g'; echo '0 };'; done; \
	echo 'const struct page_file page_files[] = {'; \
	for f in $(PAGE_FILES); do n=$$(basename $$f | tr -c 'a-zA-Z0-9\n' _); \
	    echo "{ \"$$(basename $$f)\", $$n, sizeof $$n - 1 },"; done; \
	echo '{ NULL, NULL, 0 } };'; } >$@.new && mv $@.new $@
$(PAGE_C:.c=.o): $(PAGE_C)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(EXPLORER_A): $(EXPLORER_OBJ) $(SHARED_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/bitmark-explorer: $(B)/tools/bitmark-explorer.o $(EXPLORER_A) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(HTTP_LIBS) $(PROG_LIBS) $(LIBS) -lm

$(addprefix $(B)/,$(filter-out bitmark-explorer,$(TOOLS))): $(B)/%: $(B)/tools/%.o \
    $(TOOL_OBJ) $(SHARED_OBJ) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(TOOL_OBJ) $(SHARED_OBJ) $(A) $(PROG_LIBS) $(LIBS)

# An archive, so that a test has in it only what it uses: .ci/threaded tells by
# that which tests start threads.
$(SUPPORT): $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c))
	@rm -f $@
	$(AR) rcs $@ $^

$(filter-out $(B)/tests/unit/test_daemon_% $(B)/tests/unit/test_explorer_%,$(UNIT)): \
    $(B)/tests/unit/%: \
    $(B)/tests/unit/%.o $(SUPPORT) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT) $(A) $(TEST_LIBS) $(LIBS)

$(filter $(B)/tests/unit/test_daemon_%,$(UNIT)): $(B)/tests/unit/%: \
    $(B)/tests/unit/%.o $(DAEMON_A) $(SUPPORT) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT) $(DAEMON_A) $(A) \
	    $(SERVICE_LIBS) $(TEST_LIBS) $(LIBS)
$(filter $(B)/tests/unit/test_explorer_%,$(UNIT)): $(B)/tests/unit/%: \
    $(B)/tests/unit/%.o $(EXPLORER_A) $(SUPPORT) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT) $(EXPLORER_A) $(A) \
	    $(HTTP_LIBS) $(TEST_LIBS) $(LIBS) -lm
$(EXPLORER_TESTS): INCLUDES = -Iinclude -Ilib -Itools $(HTTP_CFLAGS)
$(DAEMON_TESTS): INCLUDES = -Iinclude -Ilib -Itools -Idaemon $(SERVICE_CFLAGS)

$(SIM): $(B)/tests/sim/%: $(B)/tests/sim/%.o $(B)/tests/sim/world.o $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

.SECONDARY:
-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)

# --- the two commands -------------------------------------------------------

.PHONY: run check unit net unit-build tests-build
run:
	@.ci/install build
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@BITMARK_BUILD=$(B) daemon/demo.sh

check:
	@.ci/install build check
	$(MAKE) --no-print-directory -j$(JOBS) WERROR=-Werror all $(UNIT) $(SIM) $(REPLAY)
	@BITMARK_BUILD=$(B) BITMARK_LDFLAGS='$(ALL_LDFLAGS)' \
	    tests/run $(UNIT) $(SIM) $(REPLAY) $(NET) $(ABI)

JOBS       := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
NET        := $(wildcard tests/net/[0-9]*.sh)
ABI        := tests/abi/growth.sh

unit-build: $(UNIT) $(SIM) $(REPLAY)

tests-build: unit-build $(BENCH)

unit: unit-build
	@BITMARK_BUILD=$(B) tests/run $(UNIT) $(SIM) $(REPLAY)

net: all
	@BITMARK_BUILD=$(B) BITMARK_LDFLAGS='$(ALL_LDFLAGS)' tests/run $(NET)

# --- variants -----------------------------------------------------------------

# 32 bit: the libraries are Debian's for i386, below build/; with _FORTIFY_SOURCE,
# whose warnings are errors, too.  Where the kernel does not run such programs,
# qemu-i386 does, as far as it can: those that start no threads.
I386       := $(CURDIR)/build/i386
I386_LIB   := $(I386)/usr/lib/i386-linux-gnu
I386_CC    := gcc -m32 --sysroot=$(I386) -B$(I386)/usr/lib/gcc/i686-linux-gnu/12
I386_LD    := -Wl,--dynamic-linker=$(I386)/lib/ld-linux.so.2 -Wl,--disable-new-dtags \
              -Wl,-rpath,$(I386)/lib/i386-linux-gnu:$(I386_LIB)
I386_MAKE  := PKG_CONFIG_SYSROOT_DIR=$(I386) \
              PKG_CONFIG_LIBDIR=$(I386_LIB)/pkgconfig:$(I386)/usr/share/pkgconfig \
              $(MAKE) --no-print-directory -j$(JOBS) B=build/gcc-m32 CC='$(I386_CC)' CFLAGS=-O1 \
              LDFLAGS='$(I386_LD) $(LDFLAGS)' WERROR=-Werror \
              CPPFLAGS='-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2'
.PHONY: check32 check-threads check-litecoind check-all mutate pictures
check32:
	@.ci/install build check
	@.ci/i386 $(I386)
	$(I386_MAKE) all unit-build
	@.ci/run32 $(I386) build/gcc-m32 $(UNIT) $(SIM) $(REPLAY)

# The programs that tests/threads names, without their tests that are tagged
# "large".
check-threads:
	@.ci/install build check
	@set -- $$(sed 's/#.*//' tests/threads | sed 's|[^ ][^ ]*|$(B)-thread/tests/unit/&|') && \
	    $(MAKE) --no-print-directory -j$(JOBS) SAN=thread B=$(B)-thread "$$@" && \
	    CK_EXCLUDE_TAGS=large BITMARK_BUILD=$(B)-thread tests/run "$$@"

check-litecoind: all
	@.ci/install build check litecoind
	@BITMARK_BUILD=$(B) tests/run tests/net/litecoind.sh

# What users do with the installed library and programs; heavy to install.
INSTALLED  := $(CURDIR)/$(B)/installed
check-all: all
	@.ci/install build check all
	@rm -rf $(INSTALLED)
	@$(MAKE) --no-print-directory -s install PREFIX=$(INSTALLED) DESTDIR= >/dev/null
	@BITMARK_BUILD=$(B) BITMARK_INSTALLED=$(INSTALLED) \
	    tests/run $(wildcard tests/all/[0-9]*.sh)

# The pictures with which README begins, in tests/browser/pictures.
pictures: all
	@.ci/install build all pictures
	@BITMARK_BUILD=$(CURDIR)/$(B) tests/browser/pictures.sh

mutate: $(UNIT)
	@tests/mutate $(B)

# --- fuzzers: replayed over their corpus by any compiler, run by clang ---------

FUZZ_S     ?= 60

$(REPLAY): $(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o \
    $(EXPLORER_A) $(DAEMON_A) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(SERVICE_LIBS) $(PROG_LIBS) $(LIBS) -lm

.PHONY: fuzz fuzz-build
fuzz:
	@.ci/install build fuzz
	@$(MAKE) --no-print-directory CC=clang B=build/fuzz \
	    SAN=fuzzer-no-link,address,undefined CFLAGS='$(CFLAGS)' fuzz-build
	@set -e; for f in $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c)); do \
	    mkdir -p build/fuzz/corpus/$$f tests/fuzz/corpus/$$f; \
	    echo "== $$f"; \
	    build/fuzz/tests/fuzz/$$f -max_total_time=$(FUZZ_S) -print_final_stats=1 -timeout=10 \
	        -artifact_prefix=build/fuzz/ build/fuzz/corpus/$$f tests/fuzz/corpus/$$f \
	        >build/fuzz/$$f.log 2>&1 || { tail -n 40 build/fuzz/$$f.log; exit 1; }; \
	    grep -E '^(stat::number|stat::peak|Done)' build/fuzz/$$f.log; \
	    build/fuzz/tests/fuzz/$$f -merge=1 -max_len=4096 tests/fuzz/corpus/$$f \
	        build/fuzz/corpus/$$f >/dev/null 2>&1; \
	done

fuzz-build: $(FUZZ)
$(FUZZ): $(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(EXPLORER_A) $(DAEMON_A) $(A)
	$(CC) -fsanitize=fuzzer,address,undefined -pthread -o $@ $^ \
	    $(SERVICE_LIBS) $(PROG_LIBS) $(LIBS) -lm

# --- benchmarks, lint, valgrind -----------------------------------------------

.PHONY: bench lint pages valgrind
bench:
	@.ci/install build check
	@$(MAKE) --no-print-directory -s -j$(JOBS) $(BENCH) $(if $(SQLITE),$(BENCH_SQLITE))
	@for b in $(BENCH); do BITMARK_BUILD=$(B) $$b || exit 1; done
# The indexer of the examples, and its statements alone.
SQLITE      = $(shell $(PKG_CONFIG) --exists sqlite3 && echo sqlite3)
BENCH_SQLITE := $(addprefix $(B)/tests/bench/,indexer-sqlite bare-statements)
INDEXER    := tests/examples/indexer
$(B)/tests/bench/indexer-sqlite: $(filter-out %/postgresql.c,$(wildcard $(INDEXER)/*.c))
$(B)/tests/bench/bare-statements: tests/all/bare_statements.c $(INDEXER)/statements.c \
    $(INDEXER)/sqlite.c
$(BENCH_SQLITE): $(A)
	@mkdir -p $(@D)
	$(CC) -std=c11 $(ALL_CPPFLAGS) -I$(INDEXER) $(CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    $(shell $(PKG_CONFIG) --cflags --libs sqlite3) $(LIBS)
$(BENCH): $(B)/tests/bench/%: $(B)/tests/bench/%.o $(BENCH_OBJ) $(EXPLORER_A) \
    $(DAEMON_A) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(SERVICE_LIBS) $(TEST_LIBS) $(LIBS) -lm

lint: all
	@.ci/lint $(B)

pages:
	@.ci/pages man

# Checks run in processes of their own, and fail by the exit code of those.
VALGRIND   := valgrind -q --error-exitcode=99 --leak-check=full \
              --errors-for-leak-kinds=definite --suppressions=tests/valgrind.supp
valgrind: $(UNIT) $(REPLAY)
	@.ci/install valgrind
	@CK_TIMEOUT_MULTIPLIER=50 TEST_TIMEOUT=3600 TEST_WRAPPER='$(VALGRIND)' BITMARK_BUILD=$(B) \
	    tests/run $(UNIT) $(REPLAY)

# --- install ------------------------------------------------------------------

.PHONY: install uninstall clean
PAGES      := $(wildcard man/*.[1-9])
EXAMPLES   := $(shell cd tests/examples && find . -type f ! -path '*/__pycache__/*' \
              ! -path '*/node_modules/*' | sed 's|^\./||' | sort)
DOCS       := LICENSE NEWS README.md SECURITY.md daemon/dist/bitmarkd-c.logrotate \
              daemon/dist/Containerfile daemon/dist/grafana.json
IN_PLACE    = sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' \
              -e 's|@DOCDIR@|$(DOCDIR)|g' -e 's|@BINDIR@|$(BINDIR)|g'
install: all
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/bitmarkpeer \
	    $(DESTDIR)$(BINDIR) $(DESTDIR)$(SBINDIR)
	install -m 644 include/bitmarkpeer.h $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(wildcard include/bitmarkpeer/*.h) $(DESTDIR)$(INCLUDEDIR)/bitmarkpeer
	install -m 644 $(A) $(DESTDIR)$(LIBDIR)
	install -m 755 $(SO) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(SO)) $(DESTDIR)$(LIBDIR)/libbitmarkpeer.so.$(SOVERSION)
	ln -sf libbitmarkpeer.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libbitmarkpeer.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	    -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	    -e 's|@VERSION@|$(VERSION)|' -e 's|@DEPS@|$(DEPS)|' libbitmarkpeer.pc.in \
	    >$(DESTDIR)$(LIBDIR)/pkgconfig/libbitmarkpeer.pc
	install -m 755 $(B)/bitmarkd-c $(DESTDIR)$(SBINDIR)
	install -m 755 $(addprefix $(B)/,$(TOOLS)) $(DESTDIR)$(BINDIR)
	for p in $(PAGES); do d=$(DESTDIR)$(MANDIR)/man$${p##*.}; \
	    install -d $$d && install -m 644 $$p $$d || exit 1; done
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	for p in $(notdir $(PROGRAMS)); do \
	    $(B)/$$p completion bash >$(DESTDIR)$(BASHDIR)/$$p && \
	    $(B)/$$p completion zsh >$(DESTDIR)$(ZSHDIR)/_$$p && \
	    $(B)/$$p completion fish >$(DESTDIR)$(FISHDIR)/$$p.fish || exit 1; done
	install -d $(DESTDIR)$(DOCDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) \
	    $(DESTDIR)$(TMPFILESDIR)
	install -m 644 $(DOCS) $(DESTDIR)$(DOCDIR)
	install -d $(DESTDIR)$(DOCDIR)/schema
	install -m 644 $(wildcard tools/schema/*.json) $(DESTDIR)$(DOCDIR)/schema
	for f in $(EXAMPLES); do d=$(DESTDIR)$(DOCDIR)/examples/$$(dirname $$f); \
	    install -d $$d && install -m 644 tests/examples/$$f $$d || exit 1; done
	rm -rf $(B)/example && $(B)/bitmarkd-c init $(B)/example --chain bitmark >/dev/null
	sed 's|^#data_directory =.*|data_directory = "/var/lib/bitmarkd-c"|' \
	    $(B)/example/bitmarkd-c.conf >$(DESTDIR)$(DOCDIR)/bitmarkd-c.conf
	$(IN_PLACE) daemon/dist/bitmarkd-c.rc.in >$(DESTDIR)$(DOCDIR)/bitmarkd-c.rc
	$(IN_PLACE) daemon/dist/bitmarkd-c.service.in >$(DESTDIR)$(UNITDIR)/bitmarkd-c.service
	$(IN_PLACE) daemon/dist/bitmark-explorer.service.in \
	    >$(DESTDIR)$(UNITDIR)/bitmark-explorer.service
	$(IN_PLACE) daemon/dist/bitmarkd-c.tmpfiles.in >$(DESTDIR)$(TMPFILESDIR)/bitmarkd-c.conf
	install -m 644 daemon/dist/bitmarkd-c.sysusers $(DESTDIR)$(SYSUSERSDIR)/bitmarkd-c.conf

# Directories stay, but those that are ours alone.
uninstall:
	rm -f $(DESTDIR)$(INCLUDEDIR)/bitmarkpeer.h \
	    $(addprefix $(DESTDIR)$(INCLUDEDIR)/bitmarkpeer/,\
	        $(notdir $(wildcard include/bitmarkpeer/*.h))) \
	    $(addprefix $(DESTDIR)$(LIBDIR)/,$(notdir $(A) $(SO)) libbitmarkpeer.so \
	        libbitmarkpeer.so.$(SOVERSION) pkgconfig/libbitmarkpeer.pc) \
	    $(DESTDIR)$(SBINDIR)/bitmarkd-c $(addprefix $(DESTDIR)$(BINDIR)/,$(TOOLS)) \
	    $(foreach p,$(notdir $(PAGES)),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(p)))/$(p))
	rm -f $(addprefix $(DESTDIR)$(DOCDIR)/,$(notdir $(DOCS)) bitmarkd-c.rc bitmarkd-c.conf) \
	    $(DESTDIR)$(UNITDIR)/bitmarkd-c.service $(DESTDIR)$(UNITDIR)/bitmark-explorer.service \
	    $(DESTDIR)$(SYSUSERSDIR)/bitmarkd-c.conf \
	    $(DESTDIR)$(TMPFILESDIR)/bitmarkd-c.conf
	rm -f $(foreach p,$(notdir $(PROGRAMS)),$(addprefix $(DESTDIR),\
	    $(BASHDIR)/$(p) $(ZSHDIR)/_$(p) $(FISHDIR)/$(p).fish))
	rm -f $(addprefix $(DESTDIR)$(DOCDIR)/examples/,$(EXAMPLES))
	find $(DESTDIR)$(DOCDIR)/examples -depth -type d -exec rmdir {} + 2>/dev/null || true
	rm -f $(addprefix $(DESTDIR)$(DOCDIR)/schema/,$(notdir $(wildcard tools/schema/*.json)))
	rmdir $(DESTDIR)$(DOCDIR)/schema 2>/dev/null || true
	rmdir $(DESTDIR)$(INCLUDEDIR)/bitmarkpeer $(DESTDIR)$(DOCDIR) 2>/dev/null || true

# --- releases and packages -----------------------------------------------------

.PHONY: dist deb check-deb
DIST       := build/libbitmarkpeer-$(VERSION).tar.gz
dist:
	@.ci/dist $(DIST)

deb: dist
	@.ci/install build deb
	@.ci/deb $(DIST) build/deb

check-deb: dist
	@.ci/check-deb $(DIST)

clean:
	rm -rf build
