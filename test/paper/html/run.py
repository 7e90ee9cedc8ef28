#!/usr/bin/env python3
"""HTML on paper: golden dots, codes read back, and Chromium's picture of the same page.

run.py DRAW [--update]

DRAW is test/unit/render/html_draw. NAME.png is what must come out of NAME.html, dot
for dot. Chromium, where it is installed, must agree about every page that the engine
takes under `strict`: as long within 2 %, ink where we have ink and none elsewhere,
give or take three dots. That sees a word out of order, a lost or a cut-off amount.
With --update the golden files are written anew: look at them before they are committed.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "lib"))
import browser  # noqa: E402

DPI = 203.2
WIDTH = 576
SLACK = 3         # dots that edges may differ
LENGTH = 0.02
INK = 0.98        # share of the ink that must be matched

REFUSED = {"08-script": "script", "13-unknown": "columns: 2"}
OURS = {"09-codes"}  # elements that browsers do not know
CODES = {
    "04-invoice": ["EAN-13:4006381333931"],
    "06-label": ["EAN-13:4006381333931"],
    "09-codes": ["CODE-128:PLATEN-2026", "EAN-13:4006381333931",
                 "QR-Code:https://pos.example/r/4711?t=26.00"],
}
FONTS = ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
         "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
         "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
         "/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf"]


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, good, name, detail=""):
        self.count += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name))
        for line in ([] if good else str(detail).splitlines()[:20]):
            print("# " + line)

    def skip(self, name, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, reason))


def draw(program, *args):
    done = subprocess.run([program, *args], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def convert(*args):
    done = subprocess.run(["convert", *args], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def height(png):
    return int(convert(png, "-format", "%h", "info:"))


def share_covered(ink, by, ink_level, by_level):
    """How much of the ink of one picture lies near ink of the other. -alpha off, black is ink."""
    white = ["-background", "white", "-alpha", "remove", "-alpha", "off", "-colorspace", "gray"]
    near = ["-morphology", "Dilate", "Square:%d" % SLACK]
    first = ["(", ink, *white, "-threshold", ink_level, "-negate", ")"]
    second = ["(", by, *white, "-threshold", by_level, "-negate", *near, ")"]
    both = float(convert(*first, *second, "-compose", "Darken", "-composite", "-format",
                         "%[fx:mean*w*h]", "info:"))
    whole = float(convert(*first[1:-1], "-format", "%[fx:mean*w*h]", "info:"))
    return both / whole if whole else 1.0


def photograph(page, path, png):
    px = round(WIDTH * 96 / DPI)
    scale = DPI / 96

    def size(rows):
        page.call("Emulation.setDeviceMetricsOverride", width=px, height=rows,
                  deviceScaleFactor=scale, mobile=False)

    page.call("Emulation.setEmulatedMedia", media="print")
    size(10)
    page.go("file://" + path)
    page.wait("document.readyState == 'complete'")
    size(max(1, int(page.call("Page.getLayoutMetrics")["cssContentSize"]["height"] + 0.999)))
    page.screenshot(png)


def compare(tap, name, ours, theirs):
    a, b = height(ours), height(theirs)
    tap.check(abs(a - b) <= max(LENGTH * b, 3), name + " is as long as in Chromium",
              "%d rows, Chromium %d" % (a, b))
    rows = "%dx%d!" % (WIDTH, min(a, b))
    for png in (ours, theirs):
        convert(png, "-crop", "%dx%d+0+0" % (WIDTH, min(a, b)), "+repage", "-resize", rows, png)
    lost = share_covered(theirs, ours, "50%", "50%")
    more = share_covered(ours, theirs, "50%", "95%")
    tap.check(lost >= INK, name + " has all of Chromium's ink", "%.4f of it" % lost)
    tap.check(more >= INK, name + " has no other ink", "%.4f of it" % more)


def against_chromium(tap, program, names, work):
    if not browser.installed() or not shutil.which("convert"):
        tap.skip("Chromium", "no Chromium or no ImageMagick")
        return
    with browser.Chromium() as chromium:
        page = chromium.open("about:blank")
        for name in names:
            ours, theirs = (os.path.join(work, name + end) for end in (".a.png", ".b.png"))
            path = os.path.join(HERE, name + ".html")
            draw(program, path, ours)
            photograph(page, path, theirs)
            compare(tap, name, ours, theirs)


def golden(tap, program, name, update):
    path, png = (os.path.join(HERE, name + end) for end in (".html", ".png"))
    if update:
        draw(program, "-e", "builtin", path, png)
    missing = [f for f in FONTS if not os.path.exists(f)]
    if missing:
        tap.skip(name, "no " + missing[0])
        return
    code, said = draw(program, "-e", "builtin", "-s", png, path)
    tap.check(code == 0, name + " is dot for dot as it was", said)


def verdict(tap, program, name):
    path = os.path.join(HERE, name + ".html")
    code, said = draw(program, "-e", "strict", path)
    if name not in REFUSED:
        tap.check(code == 0, name + " is taken under strict", said)
        return
    tap.check(code == 1 and REFUSED[name] in said, name + " is refused under strict", said)
    code, said = draw(program, "-e", "auto", path)
    tap.check(code == 3, name + " is handed over under auto", said)
    code, said = draw(program, "-e", "builtin", path)
    tap.check(code == 0 and REFUSED[name] in said, name + " is drawn with a warning", said)


def codes(tap, program, name, work):
    if not shutil.which("zbarimg"):
        tap.skip(name + " codes", "no zbarimg")
        return
    png = os.path.join(work, name + ".png")
    draw(program, os.path.join(HERE, name + ".html"), png)
    done = subprocess.run(["zbarimg", "-q", png], capture_output=True, text=True, timeout=60)
    found = sorted(done.stdout.split())
    tap.check(set(CODES[name]) <= set(found), name + " codes are read back", found)


def main():
    program, update = sys.argv[1], "--update" in sys.argv
    names = sorted(os.path.basename(p)[:-5] for p in glob.glob(os.path.join(HERE, "*.html")))
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="platen-html-") as work:
        for name in names:
            golden(tap, program, name, update)
            verdict(tap, program, name)
            if name in CODES:
                codes(tap, program, name, work)
        against_chromium(tap, program, [n for n in names if n not in REFUSED and n not in OURS],
                         work)
    print("1..%d" % tap.count)
    return tap.failed > 0


if __name__ == "__main__":
    sys.exit(main())
