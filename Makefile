# Makefile -- everything a person or the continuous integration runs.
#
#   make            build (VARIANT=release)        make run     demo call, then the shell
#   make check      all tests                      make bench   side by side with the peers
#   make deb        Debian packages                make style   layers, headers, prefixes
#   make docs       drawings, manual page           make coverage   lines the units reach
#   make VARIANT=debug|release|asan|tsan|fuzz|cov
VARIANT ?= release
BUILD := build/$(VARIANT)
VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog 2>/dev/null || echo 0)

PACKAGES := sofia-sip-ua libuv sqlite3 libsrtp2 openssl libcares libedit
# Third-party headers are system headers: our warnings are about our code.
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null | sed 's/-I\([^ ]*\)/-isystem \1/g')

CC := gcc
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wformat=2 -Werror
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS_debug := -O0 -g3
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
CFLAGS_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
CFLAGS_cov := -O0 -g --coverage
LDFLAGS_release := -Wl,-z,relro,-z,now -pie
LDFLAGS_cov := --coverage
ifeq ($(VARIANT),fuzz)
CC := clang
WARN += -Wno-gnu-zero-variadic-macro-arguments
endif
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -pthread $(WARN) $(CFLAGS_$(VARIANT)) $(CFLAGS) -I. -I$(BUILD) $(PKG_CFLAGS) \
	-DENLACE_VERSION='"$(VERSION)"' -MMD -MP
ALL_LDFLAGS := -pthread $(CFLAGS_$(VARIANT)) $(LDFLAGS_$(VARIANT)) $(LDFLAGS)

# One library per layer; a process links its own and the layers below it.
sources = $(filter-out %/main.c,$(sort $(shell find $(1) -name '*.c' 2>/dev/null)))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
LAYERS := $(wildcard common db signaling media mgmt)
COMMON := $(call sources,common)
DB := $(call sources,db)
SIGNALING := $(call sources,signaling)
MEDIA := $(call sources,media)
MGMT := $(filter-out mgmt/cli/% mgmt/run/%,$(call sources,mgmt))
CLI := $(call sources,mgmt/cli)
RUN := $(call sources,mgmt/run)

LIB_common := $(BUILD)/libcommon.a
LIB_db := $(BUILD)/libdb.a
LIB_signaling := $(BUILD)/libsignaling.a
LIB_media := $(BUILD)/libmedia.a
LIB_mgmt := $(BUILD)/libmgmt.a
LIB_cli := $(BUILD)/libcli.a
LIB_run := $(BUILD)/librun.a

LIBS_signaling := -lsofia-sip-ua -lcares -lssl -lcrypto -lsqlite3 -luv
LIBS_media := -lsrtp2 -lssl -lcrypto -luv
LIBS_mgmt := -lsqlite3 -lssl -lcrypto -luv
LIBS_cli := -ledit -luv
LIBS_run := -luv
LIBS_tests := $(LIBS_signaling) -lsrtp2 -ledit -lcmocka

PROGRAMS := $(addprefix $(BUILD)/bin/,enlace-signaling enlace-media enlace-mgmt enlace enlace-run)

.PHONY: all run demo check bench deb style coverage format docs clean install packages unit
all: $(PROGRAMS)

define archive
$(LIB_$(1)): $(call objects,$(2))
	@mkdir -p $$(@D) && rm -f $$@
	@ar rcs $$@ $$^
endef
$(eval $(call archive,common,$(COMMON)))
$(eval $(call archive,db,$(DB)))
$(eval $(call archive,signaling,$(SIGNALING)))
$(eval $(call archive,media,$(MEDIA)))
$(eval $(call archive,mgmt,$(MGMT)))
$(eval $(call archive,cli,$(CLI)))
$(eval $(call archive,run,$(RUN)))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(ALL_CFLAGS) -c $< -o $@

define program
$(BUILD)/bin/$(1): $(BUILD)/$(2)/main.o $(3)
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	@$(CC) $(ALL_LDFLAGS) -o $$@ $$^ $(4)
endef
$(eval $(call program,enlace-signaling,signaling,$(LIB_signaling) $(LIB_db) $(LIB_common),$(LIBS_signaling)))
$(eval $(call program,enlace-media,media,$(LIB_media) $(LIB_common),$(LIBS_media)))
$(eval $(call program,enlace-mgmt,mgmt,$(LIB_mgmt) $(LIB_db) $(LIB_common),$(LIBS_mgmt)))
$(eval $(call program,enlace,mgmt/cli,$(LIB_cli) $(LIB_common),$(LIBS_cli)))
$(eval $(call program,enlace-run,mgmt/run,$(LIB_run) $(LIB_common),$(LIBS_run)))

# A unit test is one file, one program, every layer behind it.
UNIT_SOURCES := $(sort $(wildcard tests/unit/test_*.c))
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))
LIB_ALL := $(LIB_signaling) $(LIB_media) $(LIB_mgmt) $(LIB_cli) $(LIB_run) $(LIB_db) $(LIB_common)
$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(LIB_ALL)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIB_ALL) $(LIBS_tests)
unit: $(UNITS)

# The list of all state machines, so that no test or drawing can forget one.
$(BUILD)/gen/machines.def: FORCE
	@mkdir -p $(@D)
	@grep -rhoE '^#define FSM_NAME \w+' --include='*.c' $(LAYERS) | \
		sed 's/^#define FSM_NAME \(.*\)/MACHINE(\1)/' | sort -u >$@.new
	@cmp -s $@.new $@ || mv $@.new $@
$(BUILD)/tests/unit/test_shapes.o $(BUILD)/tools/docs/draw.o: $(BUILD)/gen/machines.def
FORCE:
.PHONY: FORCE

# What is drawn from tables: state machines, and the manual page of the configuration.
$(BUILD)/manual: $(BUILD)/tools/docs/manual.o
	@$(CC) $(ALL_LDFLAGS) -o $@ $<
$(BUILD)/draw: $(BUILD)/tools/docs/draw.o $(LIB_ALL)
	@$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIB_ALL) $(LIBS_tests)
libs: $(LIB_ALL)
.PHONY: libs

# For tools that ask the compiler the same questions.
print-cflags:
	@echo '$(ALL_CFLAGS)'
.PHONY: print-cflags

# A fuzz target is one file with LLVMFuzzerTestOneInput.  VARIANT=fuzz links libFuzzer;
# any other variant links the replayer, which runs the kept corpus.
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SOURCES))
ifeq ($(VARIANT),fuzz)
FUZZ_MAIN := -fsanitize=fuzzer
else
FUZZ_MAIN := $(BUILD)/tests/fuzz/replay.o
$(FUZZERS): $(BUILD)/tests/fuzz/replay.o
endif
$(BUILD)/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIB_ALL)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(LIB_ALL) $(LIBS_tests)
fuzzers: $(FUZZERS)
.PHONY: fuzzers
.SECONDARY:

packages:
	@tools/install-packages build

run:
	@tools/install-packages build demo
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tools/demo/run $(BUILD)/bin

check:
	@tools/install-packages build check deb style
	@tests/run

bench:
	@tools/install-packages build bench
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/bench/run $(BUILD)/bin

style:
	@tools/install-packages build style
	@tools/style/run

coverage:
	@$(MAKE) --no-print-directory -s VARIANT=cov libs unit
	@tools/coverage build/cov

format:
	@git diff -U0 HEAD -- '*.c' '*.h' | clang-format-diff-14 -p1 -i

deb:
	@tools/install-packages build deb
	@packaging/build-deb

docs: $(BUILD)/draw $(BUILD)/manual
	@tools/docs/run $(BUILD)

install: all
	packaging/install $(BUILD)/bin "$(DESTDIR)"

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
