#!/usr/bin/env python3
"""Receipts on paper: each document as dots and in the printer's own fonts.

run.py PRINTER [--update]

PRINTER is test/unit/render/receipt_print. NAME.png is what must come out, dot
for dot, in both modes; NAME.steps what is asked of a printer with fonts.
Every code is read back by zbarimg where that is installed. With --update the
golden files are written anew: look at them before they are committed.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# What zbarimg has to read, in any order.
CODES = {
    "shop.receipt": ["CODE-128:2026112000073"],
    "guest_check.receipt": ["CODE-39:0003"],
    "codes.receipt": [
        "EAN-13:0012345678905", "EAN-13:4006381333931", "EAN-8:96385074", "CODE-39:HELLO-39",
        "I2/5:12345678", "Codabar:A123456B", "CODE-93:Code93", "CODE-128:platen-0042",
        "QR-Code:https://example.com/?a=1;b=2", "QR-Code:left", "QR-Code:right"],
    "arabic.json": ["QR-Code:AQ1DYWZlIEFsIFdhaGE="],
    "chinese.json": ["QR-Code:https://example.cn/fapiao/20261120"],
    "invoice.json": ["EAN-13:4006381333931", "QR-Code:https://example.com/r/12345"],
    "symbols.json": ["CODE-128:010950110153000310ABC", "DataBar:0109501101530003",
                     "CODE-128:upc-e below", "QR-Code:left", "QR-Code:right"],
    "ticket_small.json": ["CODE-128:T-2026-000123"],
}


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, good, name, detail=""):
        self.count += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name))
        for line in ([] if good else detail.splitlines()[:20]):
            print("# " + line)

    def skip(self, name, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, reason))


def draw(printer, document, png, *options):
    done = subprocess.run([printer, *options, "--drawer", "--png", png, document],
                          capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def same_file(a, b):
    with open(a, "rb") as x, open(b, "rb") as y:
        return x.read() == y.read()


def same_dots(printer, document, golden):
    """The program compares, so that another PNG compressor makes no difference."""
    done = subprocess.run([printer, "--raster", "--drawer", "--same", golden, document],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    return done.returncode == 0


def fonts_differ():
    """Golden dots are those of one set of fonts; elsewhere only steps count."""
    need = ["/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
            "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
            "/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf",
            "/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf"]
    return [f for f in need if not os.path.exists(f)]


def read_codes(tap, name, png):
    if name not in CODES:
        return
    if not shutil.which("zbarimg"):
        tap.skip(name + " codes", "no zbarimg")
        return
    done = subprocess.run(["zbarimg", "-q", "-Sdatabar.enable", "-Si25.enable", png],
                          capture_output=True, text=True, timeout=60)
    found = sorted(done.stdout.split("\n")[:-1])
    missing = [c for c in CODES[name] if c not in found]
    tap.check(not missing, name + " codes are read back", "missing %s\nfound %s" % (missing, found))


def one(tap, printer, document, update, where):
    name = os.path.basename(document)
    golden, steps = document + ".png", document + ".steps"
    dots, fonts = os.path.join(where, "dots.png"), os.path.join(where, "fonts.png")
    drawn = draw(printer, document, dots, "--raster")
    said = draw(printer, document, fonts)
    if update:
        shutil.copy(dots, golden)
        with open(steps, "w", encoding="utf-8") as f:
            f.write(said)
    with open(steps, encoding="utf-8") as f:
        wanted = f.read()
    tap.check("\ntext" not in drawn and "\nend\n" in drawn, name + " is all dots", drawn)
    tap.check(same_file(dots, fonts), name + " says the same in text and in dots")
    tap.check(said == wanted, name + " steps", said)
    if fonts_differ():
        tap.skip(name + " dots", "not the fonts of the golden files")
    else:
        tap.check(same_dots(printer, document, golden), name + " dots", "see " + golden)
    read_codes(tap, name, dots)


def main():
    printer, update = sys.argv[1], "--update" in sys.argv
    tap = Tap()
    documents = sorted(f for kind in ("txt", "receipt", "json")
                       for f in glob.glob(os.path.join(HERE, "*." + kind)))
    with tempfile.TemporaryDirectory() as where:
        for document in documents:
            one(tap, printer, document, update, where)
    print("1..%d" % tap.count)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
