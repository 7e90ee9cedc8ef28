#!/usr/bin/env python3
"""A preview is what comes out of the printer: the same document, shown and printed,
dot for dot."""
import os
import struct
import tempfile
import unittest
import zlib

from print_test import read_png
from shop import Case, platen

TEXT = "Grüße aus Köln\nSumme            12,50 €\n\nשלום عالم 你好\n".encode()
RAW = (b"\x1b@\x1ba\x01\x1d!\x11Bon 7\n\x1d!\x00\x1ba\x00\x1bt\x132 Pils\t9,80 \xd5\n"
       b"\x1dh\x40\x1dw\x02\x1dH\x02\x1dkI\x06{B1234"
       b"\x1d(k\x03\x001C\x05\x1d(k\x07\x001P0abcd\x1d(k\x03\x001Q0"
       b"\x1dv0\x00\x02\x00\x03\x00\xff\x0f\xaa\xaa\x00\x01\x1dV\x41\x08")


def picture(width=300, height=90):
    """A grey PNG: a slope, and bars."""
    def chunk(kind, text):
        return (struct.pack(">I", len(text)) + kind + text +
                struct.pack(">I", zlib.crc32(kind + text)))
    rows = b"".join(b"\0" + bytes(0 if y > 60 and x % 20 < 7 else (x * y // 40) % 256
                                  for x in range(width)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def rows_of(png):
    with tempfile.NamedTemporaryFile(suffix=".png") as f:
        f.write(png)
        f.flush()
        return read_png(f.name)


class Preview(Case):
    def setUp(self):
        self.printer("escpos")

    def printer(self, language):
        self.sim = platen.Sim(args=("--language", language), pictures=True)
        self.addCleanup(self.sim.close)
        self.sim.start()

    def preview(self, shop, body, kind, options="{}"):
        return shop.request("POST", "/v1/preview?printer=till", body,
                            {"Content-Type": kind, "Platen-Options": options})

    def printed(self, shop, body, kind, options="{}"):
        r = shop.request("POST", "/v1/printers/till/jobs", body,
                         {"Content-Type": kind, "Platen-Options": options})
        self.assertEqual(r.status, 201, r)
        shop.wait_job(r.json["id"], "done")
        paper = self.sim.wait_papers(1)[-1]
        return read_png(paper["path"].replace(".json", ".png"))

    def check(self, body, kind, options='{"cut": "full"}',
              more="language = escpos"):
        shop = self.shop({"till": self.sim.port}, options=more)
        r = self.preview(shop, body, kind, options)
        self.assertEqual(r.status, 200, r)
        self.assertEqual(r.headers["content-type"], "image/png")
        shown, paper = rows_of(r.body), self.printed(shop, body, kind, options)
        self.assertEqual(len(shown), len(paper))
        self.assertEqual(shown, paper)
        self.assertEqual(shop.jobs()[0]["state"], "done")
        self.assertEqual(len(shop.jobs()), 1)  # the preview is none

    def test_raw(self):
        self.check(RAW, "application/vnd.escpos", "{}")

    def test_text(self):
        self.check(TEXT, "text/plain")

    def test_text_raster(self):
        self.check(TEXT, "text/plain", '{"cut": "full", "raster": true}')

    def test_profile(self):
        self.check(TEXT, "text/plain", more="language = escpos profile = TM-T20II")

    def test_picture(self):
        self.check(picture(), "image/png")

    def test_labels(self):
        for language in "tspl", "zpl":
            with self.subTest(language):
                self.printer(language)
                self.check(picture(), "image/png",
                           more=f"language = {language} label-height = 160 label-gap = 24")

    def test_copies_of_a_label(self):
        """The printer makes them; the preview shows one."""
        for language, count, cut in (("tspl", 1, "none"), ("zpl", 1, "none"), ("zpl", 3, "full")):
            with self.subTest(language + cut):
                self.printer(language)
                shop = self.shop({"till": self.sim.port},
                                 options=f"language = {language} label-height = 160 label-gap = 24")
                options = '{"copies": 3, "cut": "%s"}' % cut
                shown = rows_of(self.preview(shop, picture(), "image/png", options).body)
                self.assertEqual(len(shown), 160)
                r = shop.request("POST", "/v1/printers/till/jobs", picture(),
                                 {"Content-Type": "image/png", "Platen-Options": options})
                job = shop.wait_job(r.json["id"], "done")
                papers = self.sim.wait_papers(3)
                self.assertEqual(len(papers), 3)
                for paper in papers:
                    self.assertEqual(read_png(paper["path"].replace(".json", ".png")), shown)
                one = shop.request("POST", "/v1/printers/till/jobs", picture(),
                                   {"Content-Type": "image/png", "Platen-Options":
                                    options.replace("3", "1")})
                size = shop.wait_job(one.json["id"], "done")["sent"]
                self.assertIn(job["sent"] - count * size, (0, 1))

    def test_star(self):
        raw = (b"\x1b@\x1b\x1dt\x20Caf\xe9\x1bI\x18\x1bi\x01\x01Bon 7\n\x1b\x1da1\x1bi\x00\x00mid\n"
               b"\x1b*rA\x1b*rP0\x00b\x02\x00\xaa\x55\x1b*rY3\x00b\x01\x00\xff\x1b*rB\x1bd2")
        for profile in "", " profile = TSP600", " profile = mcPrint":
            for body, kind in ((picture(), "image/png"), (b"Gr\xc3\xbc\xc3\x9fe  12,50\n", "text/plain"),
                               (raw, "application/octet-stream")):
                with self.subTest(profile + kind):
                    self.printer("star")
                    self.check(body, kind, "{}" if body == raw else '{"cut": "full"}',
                               more="language = star width-dots = 576" + profile)

    def test_continuous_labels(self):
        self.printer("zpl")
        self.check(picture(), "image/png", more="language = zpl")

    def test_refusals(self):
        shop = self.shop({"till": self.sim.port}, options="language = escpos")
        r = shop.request("POST", "/v1/preview", RAW, {"Content-Type": "text/plain"})
        self.assertEqual((r.status, r.json["field"]), (400, "printer"))
        r = shop.request("POST", "/v1/preview?printer=nobody", RAW)
        self.assertEqual(r.status, 404)
        r = self.preview(shop, b"x", "video/mp4")
        self.assertEqual(r.status, 415)
        feeds = b"\x1bd\xff" * 200  # 1.5 million rows
        r = self.preview(shop, feeds, "application/vnd.escpos")
        self.assertEqual(r.status, 413, r)

    def test_command_line(self):
        shop = self.shop({"till": self.sim.port}, options="language = escpos")
        with tempfile.TemporaryDirectory() as place:
            ticket, picture = os.path.join(place, "a.escpos"), os.path.join(place, "a.png")
            with open(ticket, "wb") as f:
                f.write(RAW)
            ran = platen.cli("print", ticket, "-p", "till", "--preview", picture, state=shop)
            self.assertEqual(ran.status, 0, ran)
            shown = read_png(picture)
        r = self.preview(shop, RAW, "application/vnd.escpos")
        self.assertEqual(shown, rows_of(r.body))
        self.assertEqual(shop.jobs(), [])


if __name__ == "__main__":
    unittest.main()
