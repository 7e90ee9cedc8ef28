#!/usr/bin/env python3
"""Documents made to hurt: each ends by itself, in time and with a sentence that says why,
and the next document prints."""
import shutil
import struct
import time
import unittest
import zlib

from shop import QUICK, QUIET, platen

SECONDS = 12  # of wall clock; a child gets 5, on a machine that does something else, too


def chunk(kind, text):
    return struct.pack(">I", len(text)) + kind + text + struct.pack(">I", zlib.crc32(kind + text))


def png(width, height, rows=b""):
    """A grey one of these sizes; its rows are white unless given."""
    if not rows:
        packer = zlib.compressobj(9)
        line = bytes([0]) + b"\xff" * width
        rows = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) +
            chunk(b"IEND", b""))


def bmp(width, height, bits=24, body=b""):
    return (b"BM" + struct.pack("<IIIIiiHHIIiiII", 54 + len(body), 0, 54, 40, width, height, 1,
                                bits, 0, len(body), 0, 0, 0, 0) + body)


def gif(width, height):
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + (
        b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00;")


def pdf(width, height, pages=1, content=b"0 0 9 9 re f\n"):
    objects = [b"<</Type/Catalog/Pages 2 0 R>>",
               b"<</Type/Pages/Kids[" + b" ".join(b"%d 0 R" % (4 + i) for i in range(pages)) +
               b"]/Count %d>>" % pages,
               b"<</Length %d>>stream\n%sendstream\n" % (len(content), content)]
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 3 0 R>>"
                % (width, height)] * pages
    return b"%PDF-1.4\n" + b"".join(b"%d 0 obj%sendobj\n" % (i + 1, o)
                                    for i, o in enumerate(objects)) + b"trailer<</Root 1 0 R>>\n"


STREAMED = ("text/vnd.receiptline",)
HTML = b"<!doctype html><meta charset=utf-8>"
MANY = 100_000
# name: (media type, body, words of the error; None: it may also print, in time)
BOMBS = {
    "png of 36 megapixels": ("image/png", lambda: png(6000, 6000), "pixels"),
    "png that claims 4 gigapixels": ("image/png", lambda: png(65535, 65535, b"x"), ""),
    "png of 20 megapixels": ("image/png", lambda: png(5000, 4200), None),
    "png of a million rows": ("image/png", lambda: png(1, 1_000_000), ""),
    "png of a thousand million columns": ("image/png", lambda: png(1_000_000_000, 1, b"x"), ""),
    "bmp that claims 2 gigapixels": ("image/bmp", lambda: bmp(46000, 46000), ""),
    "bmp as high as numbers go": ("image/bmp", lambda: bmp(1, 0x7fffffff), ""),
    "bmp upside down, as low as numbers go": ("image/bmp", lambda: bmp(8, -0x80000000), ""),
    "bmp that is not there": ("image/bmp", lambda: bmp(5000, 5000), ""),
    "gif of four gigapixels": ("image/gif", lambda: gif(65535, 65535), ""),
    "pdf of 2 x 14400 points": ("application/pdf", lambda: pdf(2, 14400), "2 x 14400 points"),
    "pdf of 5,000 pages": ("application/pdf", lambda: pdf(200, 200, 5000), ""),
    "pdf that paints for ever": ("application/pdf", lambda: pdf(
        200, 200, 1, b"0 0 200 200 re f q\n" * 800_000), None),
    "a hundred thousand nested tags": ("text/html", lambda: HTML + b"<div>" * MANY, ""),
    "a hundred thousand nested bold tags": ("text/html", lambda: HTML + b"<b>" * MANY + b"x", None),
    "a hundred thousand nested tables": ("text/html", lambda: HTML + b"<table><td>" * MANY, ""),
    "a million tags": ("text/html", lambda: HTML + b"<p>x" * 1_000_000, ""),
    "endless css": ("text/html", lambda: HTML + b"<style>" + b"a>b{color:red}" * 500_000, ""),
    "css nested for ever": ("text/html", lambda: HTML + b"<style>" + b"@media print{" * MANY, None),
    "css brackets nested for ever": ("text/html", lambda: HTML + b"<p style='width:" +
                                     b"calc(" * MANY + b"'>x", None),
    "css variables that double": ("text/html", lambda: HTML + b"<style>p{--a0:xxxxxxxx;" + b"".join(
        b"--a%d:var(--a%d)var(--a%d);" % (i + 1, i, i) for i in range(40)) +
        b"content:var(--a40)}</style><p>x", None),
    "css selectors that try everything": ("text/html", lambda: HTML + b"<style>" + b" ".join(
        [b"div"] * 40) + b" p.no{color:red}</style>" + (b"<div>" * 50 + b"<p>x</p>" * 2000), None),
    "a million rows of text": ("text/plain", lambda: b"x\n" * 1_000_000, "rows"),
    "a page of a million rows": ("text/html", lambda: HTML + b"<p style='height:1000000px'>x",
                                 "rows"),
    "a page of a million lines": ("text/html", lambda: HTML + b"x<br>" * 1_000_000, ""),
    "a table of a million columns": ("text/html", lambda: HTML + b"<table><tr><td colspan=1000000>x"
                                     b"<td rowspan=1000000>y</table>", None),
    "a counter past all numbers": ("text/html", lambda: HTML + b"<ol start=2147483647 "
                                   b"style='list-style:upper-roman'><li>x<li>y</ol>", None),
    "svg that uses itself": ("image/svg+xml", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' "
                             b"width='9' height='9'><g id='a'><use href='#a'/><use href='#a'/></g>"
                             b"</svg>", None),
    "svg that doubles": ("image/svg+xml", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' "
                         b"width='9' height='9'><g id='g0'><rect width='1' height='1'/></g>" +
                         b"".join(b"<g id='g%d'><use href='#g%d'/><use href='#g%d'/></g>"
                                  % (i + 1, i, i) for i in range(40)) + b"<use href='#g40'/></svg>",
                         None),
    "receiptline that never ends": ("text/vnd.receiptline", lambda: b"|" * 5_000_000, None),
    "receiptline of a million lines": ("text/vnd.receiptline", lambda: b"a|b\n" * 1_000_000,
                                       "rows"),
    "json nested for ever": ("application/vnd.platen.receipt+json", lambda: b"[" * 2_000_000, ""),
    "json of a million rules": ("application/vnd.platen.receipt+json", lambda: b"[" + b",".join(
        [b'{"rule":true}'] * 500_000) + b"]", ""),
}


class Bombs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = platen.Sim()
        cls.addClassCleanup(cls.sim.close)
        cls.sim.start()
        cls.d = platen.Daemon(f'printer till {{ uri = "socket://127.0.0.1:{cls.sim.port}" '
                              f"{QUICK} {QUIET} }}\n")
        cls.addClassCleanup(cls.d.close)
        cls.d.start()

    def ends(self, body, media):
        """The job's record, or the refusal, and the seconds it took."""
        begun = time.monotonic()
        r = self.d.post("/v1/printers/till/jobs", body, type=media,
                        headers={"Platen-Options": '{"engine": "builtin", "cut": "full"}'})
        if r.status == 201:
            job = self.d.wait_job(r.json["id"], "done", "failed", "held", "unconfirmed", seconds=60)
        else:
            job = {"state": "refused", "error": r.json["error"]}
            self.assertIn(r.status, (400, 413), r)
        return job, time.monotonic() - begun

    def test_each(self):
        for name, (media, make, words) in BOMBS.items():
            if media == "application/pdf" and not shutil.which("pdftoppm"):
                continue
            with self.subTest(name):
                job, seconds = self.ends(make(), media)
                self.assertLess(seconds, SECONDS)
                if words is None and job["state"] == "done":
                    continue
                # what streams has begun: nobody knows how much of it is wanted
                ends = ("unconfirmed",) if media in STREAMED else ("failed", "refused")
                self.assertIn(job["state"], ends, job)
                self.assertIn(words or "", job["error"])
                self.assertGreater(len(job["error"]), 12)
                self.assertNotIn("rendering died", job["error"])
                # the next document prints
                job, _ = self.ends(b"next\n", "text/plain")
                self.assertEqual(job["state"], "done", job)

    def test_the_daemon_keeps_nothing(self):
        """Forty at once: bounded memory, and answers meanwhile."""
        body = png(5000, 4200)
        ids = []
        for _ in range(40):
            r = self.d.post("/v1/printers/till/jobs", body, type="image/png")
            self.assertEqual(r.status, 201, r)
            ids.append(r.json["id"])
        begun = time.monotonic()
        self.assertEqual(self.d.get("/livez").status, 200)
        self.assertLess(time.monotonic() - begun, 1)
        for job in ids[1:]:
            self.d.admin("DELETE", f"/v1/jobs/{job}")


if __name__ == "__main__":
    platen.main()
