#!/usr/bin/env python3
"""Install what debian/control asks for and this machine lacks.

depends.py [--check]   with --check also the packages marked <!nocheck>
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def wanted(with_check):
    with open(os.path.join(HERE, "debian", "control"), encoding="utf-8") as f:
        source = f.read().split("\n\n")[0]
    field = re.search(r"^Build-Depends:(.*?)(?=^\S)", source + "\nX", re.S | re.M).group(1)
    for entry in field.split(","):
        if "<!nocheck>" in entry and not with_check:
            continue
        names = [re.sub(r"[\(<:].*", "", alt).strip() for alt in entry.split("|")]
        if names != [""] and names != ["debhelper-compat"]:
            yield names


def installed(name):
    """A program of the package's name counts too: npm may have come with nodejs."""
    if shutil.which(name):
        return True
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", name],
                           capture_output=True, text=True, check=False)
    return shown.stdout == "install ok installed"


def available(name):
    shown = subprocess.run(["apt-cache", "show", name], capture_output=True, check=False)
    return shown.returncode == 0


def main():
    missing = [n for n in wanted("--check" in sys.argv) if not any(map(installed, n))]
    if not missing:
        return 0
    root = [] if os.geteuid() == 0 else ["sudo"]
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run(root + ["apt-get", "update", "-qq"], check=True, env=env)
    names = [next((n for n in alts if available(n)), alts[0]) for alts in missing]
    print("installing " + " ".join(names), flush=True)
    return subprocess.run(root + ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
                          + names, env=env, stdout=subprocess.DEVNULL, check=False).returncode


sys.exit(main())
