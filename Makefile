# libbitmarkpeer.  GNU make.  The targets are listed by 'make help'.

CC         ?= cc
PKG_CONFIG ?= pkg-config
PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR     ?= $(PREFIX)/bin
SBINDIR    ?= $(PREFIX)/sbin
MANDIR     ?= $(PREFIX)/share/man
CFLAGS     ?= -O2 -g

# What the library, the programs and the tests stand on.
DEPS       := libzmq libsodium lmdb nettle jansson libargon2
PROG_DEPS  := libconfuse jansson
TEST_DEPS  := check jansson libzmq libsodium lmdb

# SAN=address,undefined or SAN=thread builds that variant beside the others.
SAN        ?=
comma      := ,
B          ?= build/$(notdir $(firstword $(CC)))$(if $(SAN),-$(subst $(comma),-,$(SAN)))

VERSION    := $(shell sed -n 's/^.define BITMARK_VERSION "\(.*\)"/\1/p' include/bitmarkpeer/base.h)
SOVERSION  := $(firstword $(subst ., ,$(VERSION)))

WARN       := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum \
              -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla
WERROR     ?=
ALL_CPPFLAGS = -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -Iinclude -Ilib $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) -fPIC -fvisibility=hidden -pthread -MMD -MP \
             $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
             $(shell $(PKG_CONFIG) --cflags $(DEPS) $(PROG_DEPS)) $(CFLAGS)
ALL_LDFLAGS = -pthread $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
LIBS       = $(shell $(PKG_CONFIG) --libs $(DEPS))
PROG_LIBS  = $(shell $(PKG_CONFIG) --libs $(PROG_DEPS))
TEST_LIBS  = $(shell $(PKG_CONFIG) --libs $(TEST_DEPS))

LIB_OBJ    := $(patsubst %.c,$(B)/%.o,$(wildcard lib/*/*.c))
HEADERS    := $(wildcard include/bitmarkpeer/*.h) include/bitmarkpeer.h
A          := $(B)/libbitmarkpeer.a
SO         := $(B)/libbitmarkpeer.so.$(VERSION)
CONFIG_OBJ := $(B)/daemon/config.o
DAEMON_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard daemon/*.c))
TOOLS      := $(patsubst tools/%.c,%,$(wildcard tools/bitmark-*.c))
TOOL_OBJ   := $(patsubst %.c,$(B)/%.o,$(filter-out $(wildcard tools/bitmark-*.c),$(wildcard tools/*.c)))
PROGRAMS   := $(B)/bitmarkd-c $(addprefix $(B)/,$(TOOLS))
SUPPORT_OBJ:= $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c))
UNIT       := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
FUZZ       := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH      := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))

.PHONY: all help
all: $(A) $(SO) $(PROGRAMS)

help:
	@sed -n 's/^#: //p' Makefile

#: make               build the library, the daemon and the tools
#: make run           install what is missing, build, run three nodes on loopback
#: make check         install what is missing, build, run all tests
#: make unit          the tests in tests/unit alone
#: make lint          rules that a machine can check
#: make fuzz          libFuzzer on every decoder (clang), FUZZ_S seconds each
#: make bench         measurements
#: make install       to PREFIX, below DESTDIR
#: make clean         remove build/
#: SAN=address,undefined or SAN=thread, CC=, CFLAGS= choose the variant

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(A): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(SO): $(LIB_OBJ)
	$(CC) -shared -Wl,-soname,libbitmarkpeer.so.$(SOVERSION) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
	ln -sf $(notdir $@) $(B)/libbitmarkpeer.so.$(SOVERSION)
	ln -sf $(notdir $@) $(B)/libbitmarkpeer.so

$(B)/bitmarkd-c: $(DAEMON_OBJ) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $(DAEMON_OBJ) $(A) $(PROG_LIBS) $(LIBS)

$(addprefix $(B)/,$(TOOLS)): $(B)/%: $(B)/tools/%.o $(TOOL_OBJ) $(CONFIG_OBJ) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(TOOL_OBJ) $(CONFIG_OBJ) $(A) $(PROG_LIBS) $(LIBS)

$(UNIT): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(SUPPORT_OBJ) $(A)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT_OBJ) $(A) $(TEST_LIBS) $(LIBS)

.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: unit clean
unit: $(UNIT)
	tests/run $(UNIT)

clean:
	rm -rf build
