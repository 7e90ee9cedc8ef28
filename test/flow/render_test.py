#!/usr/bin/env python3
"""Documents from the native API to paper: drawn by a caged child, put into
ESC/POS, painted by the simulator.
"""
import json
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import platen  # noqa: E402
from platen import Daemon, Sim  # noqa: E402

PICTURES = os.path.join(platen.ROOT, "test", "unit", "cage", "pictures")
CONF = """
printer till { uri = "socket://127.0.0.1:%d" language = escpos status-polling = no confirm = none cooldown = 0 }
printer raw { uri = "file:/dev/null" language = raw }
origin https://pos.example { allow = {print, status} }
"""
ENDED = ("done", "failed", "held", "unconfirmed")

PDF = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R>>endobj
4 0 obj<</Length 18>>stream
20 20 40 40 re f
 
endstream endobj
trailer<</Root 1 0 R>>
"""
PAGE = """<!doctype html><meta charset=utf-8><style>.no{display:none}
@media print {.no {display:block}}</style><body style="margin:0">
<div style="display:flex;height:20px"><b style="background:#000;width:50%">x</b></div>
<div class=no style="height:40px;background:#000"></div>
<script>document.body.innerHTML = '<div style="height:300px;background:#000">'</script>"""


def sample(name):
    with open(os.path.join(PICTURES, name), "rb") as f:
        return f.read()


def fields(pid):
    """Of /proc/PID/stat behind the name: state, parent, ..., start time."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rpartition(")")[2].split()
    except OSError:
        return None


def descendants(pid):
    """Processes that `pid` has started, and they: (pid, start time)."""
    parents = {}
    for other in filter(str.isdigit, os.listdir("/proc")):
        stat = fields(other)
        if stat:
            parents[int(other)] = (int(stat[1]), stat[19])
    found = [pid]
    for one in found:
        found += [p for p, (parent, _) in parents.items() if parent == one]
    return [(p, parents[p][1]) for p in found[1:]]


def name(process):
    try:
        with open(f"/proc/{process[0]}/comm", encoding="utf-8") as f:
            return f.read().strip()
    except OSError:
        return ""


def lives(process):
    stat = fields(process[0])
    return bool(stat) and stat[0] not in "ZX" and stat[19] == process[1]


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = Sim(pictures=True)
        cls.addClassCleanup(cls.sim.close)
        cls.sim.start()
        cls.d = Daemon(CONF % cls.sim.port)
        cls.addClassCleanup(cls.d.close)
        cls.d.start()

    def submit(self, body, media, status=201, **options):
        r = self.d.post("/v1/printers/till/jobs", body, type=media,
                        headers={"Platen-Options": json.dumps(options)})
        self.assertEqual(r.status, status, r)
        return r

    def ends(self, body, media, state, **options):
        r = self.submit(body, media, **options)
        job = self.d.wait_job(r.json["id"], *ENDED, seconds=60)
        self.assertEqual(job["state"], state, job)
        return job

    def paper(self, body, media, **options):
        """The one paper that a document becomes."""
        before = len(self.sim.papers())
        self.ends(body, media, "done", cut="full", **options)
        papers = self.sim.wait_papers(before + options.get("copies", 1))
        self.assertFalse(papers[-1]["unknown"], papers[-1])
        return papers[-1]

    def black(self, paper):
        """Rows of dots with ink."""
        return sum(i["height"] for i in paper["images"])

    # --- pictures ----------------------------------------------------------------

    def test_every_kind_of_picture(self):
        for name, media in (("grey.png", "png"), ("grey.gif", "gif"), ("grey.bmp", "bmp"),
                            ("rgb.webp", "webp"), ("rgb.jpg", "jpeg")):
            with self.subTest(name):
                paper = self.paper(sample(name), "image/" + media, width_dots=576)
                self.assertGreater(self.black(paper), 300)
                self.assertLessEqual(self.black(paper), 346)

    def test_the_same_picture_is_the_same_paper(self):
        first, again = (self.paper(sample("rgb.png"), "image/png", width_dots=400,
                                   halftone="ordered") for _ in range(2))
        self.assertEqual(first["images"], again["images"])

    def test_halftones_differ(self):
        seen = {json.dumps(self.paper(sample("grey.png"), "image/png", width_dots=320,
                                      halftone=h)["images"])
                for h in ("threshold", "diffusion", "atkinson", "ordered", "blue-noise")}
        self.assertEqual(len(seen), 5)

    def test_copies(self):
        before = len(self.sim.papers())
        self.paper(sample("grey.png"), "image/png", copies=3)
        papers = self.sim.papers()[before:]
        self.assertEqual(len(papers), 3)
        self.assertEqual(papers[0]["images"], papers[2]["images"])

    def test_broken(self):
        before = len(self.sim.papers())
        for body, media, words in ((sample("rgb.png")[:-20], "png", "not whole"),
                                   (sample("rgb.jpg")[:400], "jpeg", "broken"),
                                   (b"no picture", "png", "no picture"),
                                   (sample("rgb.bmp")[:500], "bmp", "not whole")):
            job = self.ends(body, "image/" + media, "failed")
            self.assertIn(words, job["error"])
        self.ends(sample("rgb.png"), "image/png", "done", cut="full")
        self.assertEqual(len(self.sim.wait_papers(before + 1)), before + 1)

    def test_too_long(self):
        bmp = bytearray(b"BM" + bytes(60))
        bmp[10], bmp[14], bmp[18], bmp[26], bmp[28] = 62, 40, 8, 1, 1
        bmp[22:24] = (60000).to_bytes(2, "little")
        job = self.ends(bytes(bmp) + bytes(4 * 60000), "image/bmp", "failed")
        self.assertIn("60000 rows", job["error"])

    # --- PDF ---------------------------------------------------------------------

    @unittest.skipUnless(shutil.which("pdftoppm"), "no poppler")
    def test_pdf(self):
        paper = self.paper(PDF % (100, 100), "application/pdf")
        self.assertEqual(self.black(paper), 113)  # 40 points
        job = self.ends(PDF % (2, 14400), "application/pdf", "failed")
        self.assertIn("2 x 14400 points", job["error"])
        self.assertIn("cannot be read", self.ends(b"%PDF-1.4", "application/pdf", "failed")["error"])

    # --- pages -------------------------------------------------------------------

    @unittest.skipUnless(os.path.exists("/usr/bin/chromium"), "no Chromium")
    def test_chromium(self):
        paper = self.paper(PAGE.encode(), "text/html", engine="chromium")
        self.assertEqual(self.black(paper), 127)  # 60 CSS px: scripts are off
        paper = self.paper(PAGE.encode(), "text/html", engine="chromium", scripts=True)
        self.assertEqual(self.black(paper), 635)

    def test_pages_of_ours_and_of_chromium(self):
        plain = b"<!doctype html><p style='margin:0'>Total <b>5.79</b></p>"
        self.assertGreater(self.black(self.paper(plain, "text/html", engine="strict")), 10)
        job = self.ends(PAGE.encode().replace(b"flex", b"grid; columns: 2"), "text/html", "failed",
                        engine="strict")
        self.assertTrue(job["error"])

    # --- ends ----------------------------------------------------------------------

    def test_nobody_outlives_the_daemon(self):
        with Daemon(CONF % self.sim.port) as d:
            bodies = [("image/png", sample("grey.png"), {})]
            if os.path.exists("/usr/bin/chromium"):
                bodies.append(("text/html", PAGE.encode(), {"engine": "chromium"}))
            for media, body, options in bodies:
                r = d.post("/v1/printers/till/jobs", body, type=media,
                           headers={"Platen-Options": json.dumps(options)})
                d.wait_job(r.json["id"], *ENDED, seconds=60)
            family = descendants(d.pid)
            self.assertGreaterEqual(len(family), 3)  # zygote and spares
            d.kill9()
            platen.wait_until(lambda: not any(map(lives, family)), "its processes to end",
                              seconds=5)

    @unittest.skipUnless(shutil.which("pdftoppm"), "no poppler")
    def test_nor_does_what_draws_for_a_minute(self):
        fill = b"0 0 600 600 re f " * 200000
        slow = (PDF % (600, 600)).replace(b"/Length 18", b"/Length %d" % len(fill)).replace(
            b"20 20 40 40 re f", fill)
        with Daemon(CONF % self.sim.port) as d:
            d.post("/v1/printers/till/jobs", slow, type="application/pdf")
            platen.wait_until(lambda: any(name(p) == "pdftoppm" for p in descendants(d.pid)),
                              "pdftoppm to draw")
            family = descendants(d.pid)
            d.kill9()
            platen.wait_until(lambda: not any(map(lives, family)), "its processes to end",
                              seconds=5)

    # --- who may -------------------------------------------------------------------

    def test_drawer(self):
        self.assertFalse(self.paper(sample("grey.png"), "image/png", open_drawer=True)["kicks"])
        # it came behind the cut: the next paper tells
        self.assertEqual(len(self.paper(sample("grey.png"), "image/png")["kicks"]), 1)
        r = self.d.post("/v1/printers/till/jobs", sample("grey.png"), type="image/png", headers={
            "Origin": "https://pos.example", "Platen-Options": '{"open_drawer":true}'})
        self.assertEqual((r.status, r.json["error"]), (403, "Not allowed: drawer"))

    def test_what_is_not_printed(self):
        self.submit(b"x", "application/zip", 415)
        r = self.d.post("/v1/printers/raw/jobs", sample("grey.png"), type="image/png")
        self.assertEqual(r.status, 415)
        for bad in ({"engine": "steam"}, {"halftone": "x"}, {"threshold": 0}, {"width_dots": 7},
                    {"encoding": "e" * 24}, {"scripts": 1}, {"raster": "yes"}, {"open_drawer": 0}):
            r = self.submit(sample("grey.png"), "image/png", 400, **bad)
            self.assertEqual(r.json["field"], list(bad)[0])


if __name__ == "__main__":
    platen.main()
