#!/usr/bin/env python3
"""The man pages against the programs: every command, flag and exit status is
described, and nothing that does not exist."""
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import platen  # noqa: E402
from platen import ROOT, cli  # noqa: E402


def page(name):
    """Plain text of a page's source: no fonts, no escapes."""
    with open(os.path.join(ROOT, "man", name), encoding="utf-8") as f:
        text = f.read()
    return re.sub(r"\\f[A-Z]", "", text).replace("\\-", "-")


def sections(text, heading):
    parts = re.split(rf"(?m)^\.{heading} (.*)$", text)
    return {title.strip('"'): body for title, body in zip(parts[1::2], parts[2::2])}


def flags_in(text):
    """The flags that a section describes, each at the head of its paragraph."""
    heads = re.findall(r"(?m)^\.TP\n(.*--.*)$", text)
    return {name for head in heads for name in re.findall(r"--([a-z-]+)", head)}


class Platen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = page("platen.1")
        cls.help = cli("help", "--json").json

    def test_every_command_and_no_other(self):
        described = sections(sections(self.text, "SH")["COMMANDS"], "SS")
        lines = {f"platen {c['name']} {c['arguments']}".strip(): c for c in self.help["commands"]}
        self.assertEqual(list(described), list(lines))
        for line, command in lines.items():
            self.assertEqual(flags_in(described[line]), {f["name"] for f in command["flags"]}, line)

    def test_common_flags(self):
        self.assertEqual(flags_in(sections(self.text, "SH")["COMMON OPTIONS"]),
                         {f["name"] for f in self.help["flags"]})

    def test_exit_statuses(self):
        with open(os.path.join(ROOT, "src", "cli", "cli.h"), encoding="utf-8") as f:
            known = set(re.findall(r"STATUS_\w+ = (\d+)", f.read()))
        described = set(re.findall(r"(?m)^\.B (\d+)$", sections(self.text, "SH")["EXIT STATUS"]))
        self.assertEqual(described, known | {"2"})  # 2 is platend's, by way of config check


class Platend(unittest.TestCase):
    def test_flags(self):
        asked = subprocess.run([platen.program("platend"), "--help"], capture_output=True,
                               text=True, check=True, timeout=platen.SECONDS)
        flags = set(re.findall(r"--([a-z-]+)", asked.stdout.split("\n\n", 1)[1]))
        self.assertEqual(flags_in(sections(page("platend.8"), "SH")["OPTIONS"]), flags)


class Format(unittest.TestCase):
    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_no_warnings(self):
        for name in ("platen.1", "platend.8", "platen-sim.1"):
            ran = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8",
                                  os.path.join(ROOT, "man", name)], capture_output=True, text=True,
                                 check=False, timeout=platen.SECONDS)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""), name)


if __name__ == "__main__":
    platen.main()
