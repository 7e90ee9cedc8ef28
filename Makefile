# The face of the build; Meson does the work.

BUILD ?= build
PROGRAMS = platend platen platen-sim platen-render
SETUP = -Dtests=false

.PHONY: all demo check fuzz bench install deb clean depends depends-check depends-deb

all: depends
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) $(SETUP) >$(BUILD).log 2>&1 \
		|| { cat $(BUILD).log; exit 1; }
	@ninja -C $(BUILD)
	@cd $(BUILD) && for p in $(PROGRAMS); do \
		ln -sf $$(find src sim -type f -name $$p -perm -u+x | head -n 1) $$p || exit 1; done

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

install: all
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

# The package is left beside this directory.
deb: depends-deb
	dpkg-buildpackage -us -uc -b -d

clean:
	rm -rf build build-*

depends: python
	@python3 tools/depends.py

depends-check: python
	@python3 tools/depends.py --check

depends-deb: python
	@python3 tools/depends.py --deb

SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)
.PHONY: python
python:
	@command -v python3 >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) env \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		python3 >/dev/null; }
