#!/usr/bin/env python3
"""Run every test and end with "N passed, N failed".

check.py [--only STAGE] [--seconds N]

Stages, each a build of its own:
  gcc    warnings are errors; unit, wire, flow, crash and lint tests
  asan   the same code under ASan and UBSan: unit, wire and flow tests
  tsan   core and net under TSan: unit tests and a flow
  clang  warnings are errors; builds the fuzz targets
  fuzz   each target for N seconds (20)
"""
import argparse
import json
import os
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# stage: compiler, meson options, suites to run
BUILDS = {
    "gcc": ("gcc", ["-Dwerror=true", "-Dcrash_hooks=true"],
            ["unit", "wire", "flow", "crash", "lint"]),
    "asan": ("gcc", ["-Db_sanitize=address,undefined", "-Doptimization=1"],
             ["unit", "wire", "flow"]),
    "tsan": ("gcc", ["-Db_sanitize=thread", "-Doptimization=1"], ["thread"]),
    "clang": ("clang", ["-Dwerror=true", "-Dfuzz=true", "-Db_sanitize=address,undefined",
                        "-Db_lundef=false", "-Doptimization=1"], []),
}
ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=99",
}


class Count:
    passed = 0
    failed = 0


def say(text):
    print(text, flush=True)


def run(args, log, env=None):
    with open(log, "ab") as out:
        return subprocess.run(args, cwd=TOP, stdout=out, stderr=subprocess.STDOUT,
                              env=env, check=False).returncode


def build(stage):
    compiler, options, _ = BUILDS[stage]
    where = os.path.join(TOP, "build-" + stage)
    log = where + ".log"
    env = dict(os.environ, CC=compiler)
    if not os.path.exists(os.path.join(where, "build.ninja")):
        if run(["meson", "setup", where] + options, log, env):
            return where, False
    return where, run(["ninja", "-C", where], log) == 0


def tell_end(path, lines=60):
    with open(path, encoding="utf-8", errors="replace") as f:
        say("".join(f.readlines()[-lines:]))


def results(where):
    path = os.path.join(where, "meson-logs", "testlog.json")
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def run_suites(stage, where, suites):
    args = ["meson", "test", "-C", where, "--no-rebuild", "--num-processes", "2",
            "--print-errorlogs"]
    for suite in suites:
        args += ["--suite", suite]
    env = dict(os.environ, **ENV, PLATEN_STAGE=stage)
    subprocess.run(args, cwd=TOP, env=env, check=False)
    for r in results(where):
        good = r["result"] in ("OK", "EXPECTEDFAIL", "SKIP")
        Count.passed += good
        Count.failed += not good
        if not good:
            say("FAILED %s: %s (%s)" % (stage, r["name"], r["result"]))


def do_build_stage(stage):
    start = time.monotonic()
    where, ok = build(stage)
    Count.passed += ok
    Count.failed += not ok
    say("%s: build %s in %d s" % (stage, "ok" if ok else "FAILED", time.monotonic() - start))
    if not ok:
        tell_end(where + ".log")
    elif BUILDS[stage][2]:
        run_suites(stage, where, BUILDS[stage][2])
        say("%s: done in %d s" % (stage, time.monotonic() - start))


def fuzz_one(name, path, seconds):
    seeds = os.path.join(TOP, "test", "fuzz", "corpus", name)
    work = os.path.join(TOP, "build-clang", "fuzz-work", name)
    os.makedirs(work, exist_ok=True)
    args = [path, "-max_total_time=%d" % seconds, "-timeout=10", "-rss_limit_mb=2048",
            "-print_final_stats=0", "-verbosity=0", "-artifact_prefix=" + work + "-", work]
    if os.path.isdir(seeds):
        args.append(seeds)
    log = open(work + ".log", "wb")
    return name, work + ".log", subprocess.Popen(args, stdout=log, stderr=subprocess.STDOUT,
                                                 env=dict(os.environ, **ENV))


def do_fuzz(seconds):
    where, ok = build("clang")
    if not ok:
        Count.failed += 1
        tell_end(where + ".log")
        return
    folder = os.path.join(where, "test", "fuzz")
    targets = sorted(f for f in os.listdir(folder)
                     if f.startswith("fuzz_") and os.access(os.path.join(folder, f), os.X_OK)
                     and os.path.isfile(os.path.join(folder, f)))
    for i in range(0, len(targets), 2):
        pair = [fuzz_one(t[5:], os.path.join(folder, t), seconds) for t in targets[i:i + 2]]
        for name, log, child in pair:
            good = child.wait() == 0
            Count.passed += good
            Count.failed += not good
            say("fuzz: %s %s" % (name, "ok" if good else "FAILED"))
            if not good:
                tell_end(log)


def npm_packages():
    """The clients we did not write, as test/package-lock.json names them."""
    if not os.path.isdir(os.path.join(TOP, "test", "node_modules")):
        run(["npm", "ci", "--prefix", "test", "--no-audit", "--no-fund"],
            os.path.join(TOP, "build-npm.log"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only")
    parser.add_argument("--seconds", type=int, default=20)
    args = parser.parse_args()
    npm_packages()
    stages = [args.only] if args.only else ["gcc", "asan", "tsan", "clang", "fuzz"]
    for stage in stages:
        if stage == "fuzz":
            do_fuzz(args.seconds)
        else:
            do_build_stage(stage)
    say("%d passed, %d failed" % (Count.passed, Count.failed))
    return 1 if Count.failed else 0


sys.exit(main())
