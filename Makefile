# The face of the build; Meson does the work.

BUILD ?= build
PROGRAMS = platend platen platen-sim

.PHONY: all demo check fuzz bench install deb clean depends depends-check

all: depends
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) -Dtests=false >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@ninja -C $(BUILD)
	@for p in $(PROGRAMS); do ln -sf $$(cd $(BUILD) && find src sim -type f -name $$p -perm -u+x | head -n 1) $(BUILD)/$$p; done

# Builds, starts platend with a simulated printer, prints a receipt, shows where
# its picture and the console are, and serves until Ctrl-C.
demo: all
	@python3 tools/demo.py $(BUILD)

# Every test; the last line is "N passed, N failed".
check: depends-check
	@python3 test/check.py

# The fuzz targets, FUZZ_SECONDS each.
fuzz: depends-check
	@python3 test/check.py --only fuzz --seconds $(or $(FUZZ_SECONDS),600)

# What we measure, against what (bench/README.md).
bench: all
	@python3 bench/run.py $(BUILD)

install:
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) -Dtests=false
	@ninja -C $(BUILD)
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

deb: depends
	dpkg-buildpackage -us -uc -b -d

clean:
	rm -rf build build-*

depends:
	@python3 --version >/dev/null 2>&1 || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3; }
	@python3 tools/depends.py

depends-check:
	@python3 --version >/dev/null 2>&1 || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3; }
	@python3 tools/depends.py --check

SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)
