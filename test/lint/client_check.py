#!/usr/bin/env python3
"""platen.js: the classic script is the module, the types say all of it, and it stays small."""
import json
import os
import re
import sys
import unittest
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLIENT = os.path.join(TOP, "client")
sys.path.insert(0, CLIENT)
from classic import classic  # noqa: E402

PACKED_MAX = 6 * 1024  # as a browser would be sent it, compressed


def text(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return f.read()


def body(source, head):
    """What stands between the braces that follow `head`, at the margin."""
    return re.search(rf"(?ms)^{head}[^\n]*\{{\n(.*?)^\}}", source)[1]


class Client(unittest.TestCase):
    module, types = text("client", "platen.mjs"), text("client", "platen.d.ts")

    def test_the_classic_script_is_the_module(self):
        self.assertEqual(text("client", "platen.js"), classic(self.module),
                         "run client/classic.py client/platen.mjs > client/platen.js")

    def test_versions(self):
        version = re.search(r"version: '([^']+)'", text("meson.build"))[1]
        self.assertIn(f'export const version = "{version}";', self.module)
        self.assertEqual(json.loads(text("client", "package.json"))["version"], version)

    def test_every_export_is_declared(self):
        exports = set(re.findall(r"(?m)^export (?:const|class|function) (\w+)", self.module))
        declared = re.findall(r"(?m)^export declare (?:const|class|function) (\w+)", self.types)
        self.assertEqual(exports, set(declared))
        for name in exports:
            self.assertRegex(self.types, rf"(?s)const platen: \{{.*\b{name}: typeof|\b{name}: string")

    def test_every_member_is_declared(self):
        for name in ("Job", "Printer", "Platen"):
            members = re.findall(r"(?m)^  (?:async |get )?(\w+)\(.*\{", body(self.module,
                                 f"export class {name} "))
            own = set(re.findall(r"(?m)^  (?:readonly )?(\w+)[?:(]", body(self.types,
                                 f"export declare class {name} ")))
            self.assertGreater(len(members), 4)
            self.assertEqual(set(members) - own, set(), name)

    def test_codes_are_declared_and_documented(self):
        made = set(re.findall(r'fail\((?:query \? )?"([a-z-]+)"', self.module)) - {
            "bad-document", "invalid-field", "too-large"}  # the daemon's own
        made |= {"token-refused", "token-needed"}
        declared = re.search(r"(?s)export type ConnectCode =(.*?);", self.types)[1]
        self.assertEqual(made, set(re.findall(r'"([a-z-]+)"', declared)))
        for code in made:
            self.assertIn(f"`{code}`", text("docs", "client.md"))

    def test_it_is_small_and_needs_nothing(self):
        bare = re.sub(r"(?ms)^\s*/\*.*?\*/\n", "", self.module)
        bare = re.sub(r"(?m)^[ \t]+", "", bare)
        self.assertLess(len(zlib.compress(bare.encode(), 9)), PACKED_MAX)
        self.assertIsNone(re.search(r"(?m)^import ", bare))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
