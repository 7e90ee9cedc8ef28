#!/usr/bin/env python3
"""The systemd unit: systemd understands it, and it leaves little exposed."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ["PLATEN_BUILD"]
UNIT = os.path.join(BUILD, "etc", "platend.service")
# 0.3 of it: the name spaces that cage documents, and Chromium's compiled scripts.
EXPOSURE_MOST = 2.3
SECONDS = 60
SKIPPED = 77


def analyze(*args):
    return subprocess.run(["systemd-analyze", *args], capture_output=True, text=True, check=False,
                          timeout=SECONDS, stdin=subprocess.DEVNULL)


class Unit(unittest.TestCase):
    def setUp(self):
        """The program stands where this build has it: verify wants to find it."""
        with open(UNIT, encoding="utf-8") as f:
            text = f.read()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "platend.service")
        text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=" + os.path.join(BUILD, "src/app/platend"),
                      text)
        text = re.sub(r"(?m)^Documentation=.*\n", "", text)  # the pages are not installed
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(text)

    def test_verify(self):
        ran = analyze("verify", "--man=no", self.path)
        said = [line for line in ran.stderr.splitlines() if "platend" in line]
        self.assertEqual((ran.returncode, said), (0, []), ran.stderr)

    def test_exposure(self):
        ran = analyze("security", "--offline=true", self.path)
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", ran.stdout)
        self.assertTrue(found, ran.stdout + ran.stderr)
        self.assertLessEqual(float(found.group(1)), EXPOSURE_MOST, ran.stdout)

    def test_it_waits_longer_than_the_daemon_drains(self):
        with open(UNIT, encoding="utf-8") as f:
            stop = int(re.search(r"(?m)^TimeoutStopSec=(\d+)$", f.read()).group(1))
        top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        with open(os.path.join(top, "src", "core", "option.def"), encoding="utf-8") as f:
            drain = int(re.search(r'"drain-timeout", (\d+)', f.read()).group(1))
        self.assertGreater(stop * 1000, drain + 5000)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is not installed")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])
