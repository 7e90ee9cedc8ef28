#!/usr/bin/env python3
"""Run the wire cases of a folder, two at a time; prints TAP.

    run.py FOLDER [CASE...]     case.py has the format

The folder's file `conf` is the configuration of every case that brings none.
"""
import concurrent.futures
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]
import case  # noqa: E402

folder = sys.argv[1]
names = sys.argv[2:] or sorted(n[:-5] for n in os.listdir(folder) if n.endswith(".case"))
with open(os.path.join(folder, "conf"), encoding="utf-8") as f:
    CONF = f.read()


def run(name):
    return name, case.run_case(os.path.join(folder, name + ".case"), CONF)


failed = 0
print(f"1..{len(names)}", flush=True)
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for number, (name, wrong) in enumerate(pool.map(run, names), 1):
        print(f"{'not ' if wrong else ''}ok {number} {name}", flush=True)
        if wrong:
            failed += 1
            print("".join(f"# {line}\n" for line in wrong.split("\n")), end="", flush=True)
sys.exit(1 if failed else 0)
