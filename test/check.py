#!/usr/bin/env python3
"""Run every test and end with "N passed, N failed".

check.py [--only STAGE] [--seconds N]

Stages, each a build of its own in build-STAGE:
  gcc    warnings are errors; unit, wire, flow, crash and lint tests
  asan   the same code under ASan and UBSan: unit, wire and flow tests
  tsan   core and net under TSan: the tests whose suite is `thread`
  clang  warnings are errors; builds everything, the fuzz targets too
  fuzz   each target for N seconds (12)

What counts is what ran: a suite without a test, a test without a suite, a
build that fails and a time-out are failures.
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUITES = {"unit", "wire", "flow", "crash", "lint", "thread"}

# stage: compiler, meson options, targets besides the default ones (None: only what the
# suites' tests need), suites, patience
STAGES = {
    "gcc": ("gcc", ["-Dwerror=true", "-Dcrash_hooks=true"], ["bench/load", "bench/store"],
            ["unit", "wire", "flow", "crash", "lint"], 1),
    "asan": ("gcc", ["-Db_sanitize=address,undefined", "-Doptimization=1"], [],
             ["unit", "wire", "flow"], 3),
    "tsan": ("gcc", ["-Db_sanitize=thread", "-Doptimization=1"], None, ["thread"], 5),
    "clang": ("clang", ["-Dwerror=true", "-Dfuzz=true", "-Db_sanitize=address,undefined",
                        "-Db_lundef=false", "-Doptimization=1"], ["bench/load", "bench/store"],
              [], 1),
}
ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
    "LSAN_OPTIONS": "print_suppressions=0:suppressions=%s/test/lsan.supp" % TOP,
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=99",
}
SETUP_S, BUILD_S, TESTS_S, NPM_S = 120, 900, 1500, 300
FUZZERS = 2  # at once
TESTS = 4    # at once: they mostly wait
TAIL = 60
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
FUZZ_EXTRA_S = 60  # to read the corpus and to end


class Count:
    passed = 0
    failed = 0
    skipped = 0


def say(text):
    print(text, flush=True)


def verdict(good, what, log=None):
    """Count one thing that has passed or failed; a failure shows the end of its log."""
    Count.passed += good
    Count.failed += not good
    if not good:
        say("FAILED " + what)
        if log:
            tell_end(log)


def tell_end(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            say("".join(f.readlines()[-TAIL:]))
    except OSError as e:
        say(str(e))


def end_group(child):
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def run(args, seconds, log=None, env=None):
    """Exit status; None after `seconds`. The output goes to `log`, else to ours."""
    out = open(log, "ab") if log else None
    child = subprocess.Popen(args, cwd=TOP, stdin=subprocess.DEVNULL, stdout=out,
                             stderr=subprocess.STDOUT if out else None, env=env,
                             start_new_session=True)
    try:
        return child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        say("%s: not done in %d s" % (" ".join(args[:2]), seconds))
        return None
    finally:
        end_group(child)
        if out:
            out.close()


# --- building ---------------------------------------------------------------------------


def configured(where, options):
    """Whether `where` was set up with these very options."""
    try:
        with open(os.path.join(where, "check-options"), encoding="utf-8") as f:
            return f.read() == " ".join(options)
    except OSError:
        return False


def configure(stage, where, log):
    compiler, options = STAGES[stage][:2]
    if configured(where, options):
        return True
    shutil.rmtree(where, ignore_errors=True)
    if run(["meson", "setup", where] + options, SETUP_S, log, dict(os.environ, CC=compiler)):
        return False
    if not os.path.exists(os.path.join(where, "build.ninja")):
        return False
    with open(os.path.join(where, "check-options"), "w", encoding="utf-8") as f:
        f.write(" ".join(options))
    return True


def introspect(what, where):
    shown = subprocess.run(["meson", "introspect", what, where], capture_output=True, text=True,
                           check=True)
    return json.loads(shown.stdout)


def targets_of(stage, where):
    """What ninja is to build."""
    _, _, more, suites, _ = STAGES[stage]
    if more is not None:
        return ["all"] + more
    needed = {target for test in introspect("--tests", where) for target in test["depends"]
              if any(suites_of(s) & set(suites) for s in test["suite"])}
    return [os.path.relpath(file, where) for target in introspect("--targets", where)
            if target["id"] in needed for file in target["filename"]]


def build(stage):
    where = os.path.join(TOP, "build-" + stage)
    log = where + ".log"
    start = time.monotonic()
    open(log, "wb").close()
    good = configure(stage, where, log) and run(
        ["ninja", "-C", where] + targets_of(stage, where), BUILD_S, log) == 0
    verdict(good, stage + ": the build", log)
    say("%s: built in %d s" % (stage, time.monotonic() - start))
    return where if good else None


# --- testing ----------------------------------------------------------------------------


def suites_of(text):
    """meson says "platen:unit", and "platen:unit+thread / net-loop" for a result."""
    return set(text.split(" / ")[0].split(":")[-1].split("+"))


def check_homes(stage, where):
    """A test that belongs to no suite would never run."""
    homeless = [t["name"] for t in introspect("--tests", where)
                if not any(suites_of(s) & SUITES for s in t["suite"])]
    verdict(not homeless, "%s: in no suite: %s" % (stage, ", ".join(homeless)))


def count_skipped(stage, test, output):
    """Cases that a passing test has left out, as TAP and unittest say it."""
    for case, why in re.findall(r"^(?:ok \d+ - |# )?(.*?) (?:# SKIP|\.\.\. skipped) ?(.*)$",
                                output, re.M):
        Count.skipped += 1
        say("SKIPPED %s: %s: %s (%s)" % (stage, test, case, why))


def count_results(stage, path, suites):
    ran = set()
    with open(path, encoding="utf-8") as f:
        for r in (json.loads(line) for line in f if line.strip()):
            if r["result"] == "SKIP":
                Count.skipped += 1
                say("SKIPPED %s: %s" % (stage, r["name"]))
                continue
            ran |= suites_of(r["name"])
            count_skipped(stage, r["name"], r.get("stdout", "") + "\n" + r.get("stderr", ""))
            verdict(r["result"] in ("OK", "EXPECTEDFAIL"),
                    "%s: %s (%s)" % (stage, r["name"], r["result"]))
    for suite in suites:
        if suite not in ran:
            verdict(False, "%s: suite %s ran no test" % (stage, suite))


def still_addresses():
    """TSan of gcc 12 has no room for as much randomness as newer kernels put in."""
    asked = ["setarch", "-R"]
    works = shutil.which(asked[0]) and subprocess.run(
        asked + ["true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    return asked if works else []


def run_suites(stage, where):
    suites, patience = STAGES[stage][3:]
    log = os.path.join(where, "meson-logs", "testlog.json")
    args = still_addresses() if stage == "tsan" else []
    args += ["meson", "test", "-C", where, "--no-rebuild", "--print-errorlogs",
             "--num-processes", str(TESTS), "--timeout-multiplier", str(patience)]
    for suite in suites:
        args += ["--suite", suite]
    if os.path.exists(log):
        os.unlink(log)
    check_homes(stage, where)
    if run(args, TESTS_S, env=dict(os.environ, **ENV, PLATEN_STAGE=stage)) is None:
        verdict(False, stage + ": the tests took too long")
    count_results(stage, log, suites)


def do_stage(stage):
    start = time.monotonic()
    where = build(stage)
    if where and STAGES[stage][3]:
        run_suites(stage, where)
        say("%s: done in %d s" % (stage, time.monotonic() - start))


# --- fuzzing ----------------------------------------------------------------------------


class Fuzz:
    """One target: new inputs go to the build directory, seeds are only read."""

    def __init__(self, folder, target, seconds):
        self.name = target[len("fuzz_"):]
        self.seconds = seconds
        seeds = os.path.join(TOP, "test", "fuzz", "corpus", self.name)
        work = os.path.join(folder, "work", self.name)
        os.makedirs(work, exist_ok=True)
        self.log = work + ".log"
        args = [os.path.join(folder, target), "-max_total_time=%d" % seconds, "-timeout=10",
                "-rss_limit_mb=2048", "-artifact_prefix=%s-" % work, work]
        if os.path.isdir(seeds):
            args.append(seeds)
        with open(self.log, "wb") as out:
            self.child = subprocess.Popen(args, cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT, start_new_session=True,
                                          env=dict(os.environ, **ENV))

    def finish(self):
        try:
            good = self.child.wait(timeout=self.seconds + FUZZ_EXTRA_S) == 0
        except subprocess.TimeoutExpired:
            good = False
        end_group(self.child)
        verdict(good, "fuzz: " + self.name, self.log)
        if good:
            say("fuzz: %s ok" % self.name)


def do_fuzz(seconds):
    where = build("clang")
    if not where:
        return
    folder = os.path.join(where, "test", "fuzz")
    targets = sorted(f for f in os.listdir(folder)
                     if f.startswith("fuzz_") and os.path.isfile(os.path.join(folder, f)))
    if not targets:
        verdict(False, "fuzz: there is no target")
    for i in range(0, len(targets), FUZZERS):
        for fuzz in [Fuzz(folder, t, seconds) for t in targets[i:i + FUZZERS]]:
            fuzz.finish()


# --- all of it --------------------------------------------------------------------------


def npm_packages():
    """The clients we did not write, as test/package-lock.json names them."""
    log = os.path.join(TOP, "build-npm.log")
    if os.path.isdir(os.path.join(TOP, "test", "node_modules")):
        return
    open(log, "wb").close()
    # node brings its own authorities; those of the system count as well
    env = dict(os.environ)
    if os.path.exists(AUTHORITIES):
        env.setdefault("NODE_EXTRA_CA_CERTS", AUTHORITIES)
    if run(["npm", "ci", "--prefix", "test", "--no-audit", "--no-fund"], NPM_S, log, env) != 0:
        verdict(False, "npm ci", log)


def guarded(what, fn, *args):
    """A mistake in here must not end the count."""
    try:
        fn(*args)
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as e:
        verdict(False, "%s: %s" % (what, e))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=[*STAGES, "fuzz"])
    parser.add_argument("--seconds", type=int, default=12)
    args = parser.parse_args()
    os.chdir(TOP)
    if args.only not in ("clang", "fuzz"):
        guarded("npm", npm_packages)
    for stage in [args.only] if args.only else [*STAGES, "fuzz"]:
        if stage == "fuzz":
            guarded(stage, do_fuzz, args.seconds)
        else:
            guarded(stage, do_stage, stage)
    skipped = ", %d skipped" % Count.skipped if Count.skipped else ""
    say("%d passed, %d failed%s" % (Count.passed, Count.failed, skipped))
    return 1 if Count.failed else 0


sys.exit(main())
