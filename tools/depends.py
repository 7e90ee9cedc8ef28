#!/usr/bin/env python3
"""Install what debian/control asks for and this machine lacks.

depends.py [--check | --deb]

--check also wants the packages marked <!nocheck>, --deb those that only
building the package needs.
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEB = ["debhelper", "dpkg-dev"]


def alternatives(entry, with_check):
    """Names of one entry, `a | b`; a restriction belongs to one alternative."""
    for alternative in entry.split("|"):
        if "<!nocheck>" in alternative and not with_check:
            continue
        name = re.sub(r"[\[\(<:].*", "", alternative, flags=re.S).strip()
        if name and name != "debhelper-compat":
            yield name


def wanted(with_check):
    with open(os.path.join(HERE, "debian", "control"), encoding="utf-8") as f:
        source = f.read().split("\n\n")[0]
    field = re.search(r"^Build-Depends:(.*?)(?=^\S)", source + "\nX", re.S | re.M).group(1)
    for entry in field.split(","):
        names = list(alternatives(entry, with_check))
        if names:
            yield names


def installed(name):
    """A program of the package's name counts too: npm may have come with nodejs."""
    if shutil.which(name):
        return True
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", name],
                           capture_output=True, text=True, check=False)
    return shown.stdout == "install ok installed"


def available(name):
    """Packages without a version are known by name only."""
    shown = subprocess.run(["apt-cache", "policy", name], capture_output=True, text=True,
                           check=False)
    return re.search(r"Candidate: (?!\(none\))", shown.stdout) is not None


def apt_get(*args):
    root = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            sys.exit("depends: packages are missing, and this is neither root nor is there sudo")
        root = ["sudo"]
    # sudo clears the environment, so it is set behind it
    return subprocess.run(root + ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq",
                                  "-o", "DPkg::Lock::Timeout=300"] + list(args),
                          stdout=subprocess.DEVNULL, check=False).returncode


def main():
    missing = [n for n in wanted("--check" in sys.argv) if not any(map(installed, n))]
    if "--deb" in sys.argv:
        missing += [[n] for n in DEB if not installed(n)]
    if not missing:
        return 0
    if apt_get("update"):
        print("depends: the lists of packages are not all up to date", flush=True)
    names = [next((n for n in alts if available(n)), alts[0]) for alts in missing]
    print("installing " + " ".join(names), flush=True)
    return apt_get("install", "-y", "--no-install-recommends", *names)


sys.exit(main())
