#!/usr/bin/env python3
"""What a reader relies on: includes go down, one home per library, one symbol
per plug-in, files of a bearable length, no name of a workplace.

structure.py BUILD
"""
import os
import re
import subprocess
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("PLATEN_BUILD", os.path.join(TOP, "build"))

FLOOR = {"base": 0, "sys": 1, "gfx": 1, "net": 2, "core": 3, "front": 4, "store": 4,
         "lang": 4, "transport": 4, "render": 4, "app": 5, "cli": 5}
PLUGS = ("front", "store", "lang", "transport", "render")
# A library's headers may be included by these files alone.
HOMES = {
    r"<uv\.h>": r"src/net/",
    r"<llhttp": r"src/net/http",
    r"<wslay/": r"src/net/ws",
    r"<openssl/(ssl|x509|pem|bio|err|ec|bn|asn1)": r"src/net/tls",
    r"<openssl/(evp|sha|rand|crypto|kdf|params)": r"src/(base/(sha|seal|mem)\.c|net/tls)",
    r"<sqlite3\.h>": r"src/store/",
    r"<confuse\.h>": r"src/core/config",
    r"<curl/": r"src/net/fetch\.c",
    r"<png\.h>": r"src/(gfx/png|render/picture_png)\.c",
    r"<(pango|cairo|gumbo|fontconfig|ft2build|jpeglib|webp|gif_lib|libdeflate|woff2)": r"src/render/",
    r"<seccomp\.h>": r"src/sys/cage\.c",
    r"<zint\.h>": r"src/gfx/barcode\.c",
    r"<pthread\.h>": r"src/(sys|net|base)/",
}
# Folders of plug-ins with tables: a row MACRO(name) is name.c, which exports macro_name.
TABLED = ("front", "lang", "transport")
LONGEST_FILE = 620
LONGEST_LINE = 100


def sources(*folders, endings=(".c", ".h", ".def")):
    for folder in folders:
        for path, _, names in os.walk(os.path.join(TOP, folder)):
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.relpath(os.path.join(path, name), TOP)


def text(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def includes(path):
    return re.findall(r'^\s*#\s*include\s+([<"][^>"]+[>"])', text(path), re.M)


class Structure(unittest.TestCase):
    def test_includes_go_down(self):
        for path in sources("src"):
            here = path.split("/")[1]
            for inc in includes(path):
                there = inc.strip('"<>').split("/")[0]
                if inc[0] != '"' or there not in FLOOR or there == here:
                    continue
                self.assertLess(FLOOR[there], FLOOR[here],
                                "%s includes %s" % (path, inc))

    def test_plugins_are_blind_to_each_other(self):
        for path in sources(*("src/" + p for p in PLUGS)):
            here = path.split("/")[1]
            for inc in includes(path):
                there = inc.strip('"<>').split("/")[0]
                self.assertFalse(there in PLUGS and there != here,
                                 "%s includes %s" % (path, inc))

    def test_the_simulator_knows_nothing_of_us(self):
        for path in sources("sim"):
            for inc in includes(path):
                there = inc.strip('"<>').split("/")[0]
                self.assertLessEqual(FLOOR.get(there, 0) if inc[0] == '"' else 0, 2,
                                     "%s includes %s" % (path, inc))

    def test_libraries_have_one_home(self):
        for path in sources("src", "sim"):
            for inc in includes(path):
                for library, home in HOMES.items():
                    if re.match(library, inc):
                        self.assertRegex(path, "^" + home, "%s includes %s" % (path, inc))

    def test_dot_c_exports_its_own_name(self):
        """A plug-in with a row in its folder's table exports its one symbol."""
        for folder in TABLED:
            table = [f for f in sources("src/" + folder) if f.endswith(".def")]
            rows = set(re.findall(r"^([A-Z]+)\((\w+)\)", "".join(map(text, table)), re.M))
            self.assertTrue(rows, folder)
            for macro, row in rows:
                own = "%s_%s" % (macro.lower(), row)
                names = self.exported(folder, row + ".c")
                allowed = [n for n in names if n == own or n.startswith(row + "_")]
                self.assertEqual(sorted(names), sorted(allowed), "%s/%s.c" % (folder, row))
                self.assertIn(own, names)

    def exported(self, folder, name):
        where = os.path.join(BUILD, "src", folder)
        for path, _, names in os.walk(where):
            for found in names:
                if found.endswith(name + ".o"):
                    shown = subprocess.run(["nm", "-g", "--defined-only",
                                            os.path.join(path, found)],
                                           capture_output=True, text=True, check=True)
                    symbols = (line.split()[-1] for line in shown.stdout.splitlines())
                    return [s for s in symbols if not s.startswith("__")]
        self.fail("there is no object of %s in %s" % (name, where))

    def test_length(self):
        for path in sources("src", "sim", endings=(".c", ".h")):
            if path.endswith("_table.h"):
                continue
            lines = text(path).splitlines()
            self.assertLessEqual(len(lines), LONGEST_FILE, path)
            for number, line in enumerate(lines, 1):
                width = len(line.expandtabs(8))
                self.assertLessEqual(width, LONGEST_LINE, "%s:%d" % (path, number))

    def test_nothing_is_left_unsaid(self):
        words = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
        for path in sources("src", "sim", "web", "client", "tools", "bench",
                            endings=(".c", ".h", ".def", ".py", ".js", ".html", ".css")):
            self.assertIsNone(words.search(text(path)), path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
