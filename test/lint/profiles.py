#!/usr/bin/env python3
"""src/core/profile.def against the data that its facts were taken from: every printer is
there, with its width, fonts, features and the numbers of its code pages. Where a row
says otherwise, the comment above it says why, and it is named here."""
import json
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OTHERWISE = {("NT-80-V-UL", "columns")}
FEATURES = {"barcodeB": "BARCODE", "qrCode": "QR", "pdf417Code": "PDF417",
            "bitImageRaster": "RASTER", "graphics": "GRAPHICS", "bitImageColumn": "COLUMNS",
            "highDensity": "DENSITY", "paperFullCut": "FULL_CUT", "paperPartCut": "PART_CUT",
            "pulseStandard": "PULSE", "pulseBel": "BEL", "starCommands": "STAR"}
OURS = {"STAR_BLOCK", "RED"}  # not features of the data


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def number(value):
    return value if isinstance(value, int) else 0


def our_name(page):
    return page.lower().replace("iso_8859", "iso8859").replace("rk1048", "kz1048")


class Profiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = json.loads(read("test", "data", "escpos-printer-db.json"))["profiles"]
        text = read("src", "core", "profile.def")
        cls.known = set(re.findall(r'^CODEPAGE\("([^"]+)"', read("src", "base", "codepage.def"),
                                   re.M))
        cls.pages = {}
        for name, rows in re.findall(r"^PAGES\((\w+),((?:[^()]|\([^()]*\))*)\)", text, re.M):
            cls.pages[name] = {int(n): page for n, page in
                               re.findall(r'[PN]\((\d+), "([^"]+)"\)', rows)}
        row = (r'PROFILE\("([^"]+)", "([^"]+)",\s*"([^"]+)", (\d+), (\d+), (\d+), (\d+), '
               r'(\w+),([^)]*)\)')
        cls.rows = {m[0]: m for m in re.findall(row, text)}

    def test_every_printer(self):
        self.assertEqual(set(self.data), set(self.rows))
        self.assertGreaterEqual(len(self.rows), 50)

    def test_facts(self):
        for name, p in self.data.items():
            row = self.rows[name]
            media, fonts = p["media"], p["fonts"]
            with self.subTest(name):
                self.assertEqual(row[1:3], (p["vendor"], p["name"]))
                self.assertEqual(int(row[3]), number(media["width"].get("pixels")))
                self.assertEqual(int(row[4]), number(media.get("dpi")))
                if (name, "columns") not in OTHERWISE:
                    self.assertEqual([int(row[5]), int(row[6])],
                                     [fonts.get(f, {}).get("columns", 0) for f in "01"])

    def test_features(self):
        for name, p in self.data.items():
            has = set(re.findall(r"HAS_(\w+)", self.rows[name][8]))
            with self.subTest(name):
                self.assertEqual(has - OURS, {ours for theirs, ours in FEATURES.items()
                                              if p["features"].get(theirs)})
                self.assertEqual("RED" in has, len(p["colors"]) > 1)

    def test_pages(self):
        for name, p in self.data.items():
            pages = self.pages[self.rows[name][7]]
            theirs = {int(n): our_name(page) for n, page in p["codePages"].items()}
            with self.subTest(name):
                for n, page in pages.items():
                    self.assertEqual(theirs[n], page)
                self.assertEqual(set(pages.values()), set(theirs.values()) & self.known)


if __name__ == "__main__":
    unittest.main()
