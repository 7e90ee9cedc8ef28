#!/usr/bin/env python3
"""Documents as tills send them, test/paper/till: what a preview shows is what it always
showed and what comes out, dot for dot, in every language; every code can be read.

documents_test.py --update writes the golden pictures anew: look at them before they are
committed.
"""
import base64
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from print_test import read_png
from shop import QUICK, QUIET, platen
from wsclient import WsClient

HERE = os.path.join(platen.ROOT, "test", "paper", "till")
UPDATE = "--update" in sys.argv
TYPES = {
    "txt": "text/plain", "receipt": "text/vnd.receiptline", "html": "text/html",
    "json": "application/vnd.platen.receipt+json", "pdf": "application/pdf",
    "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "bmp": "image/bmp",
    "webp": "image/webp", "svg": "image/svg+xml",
}
OPTIONS = {
    "old.txt": {"encoding": "cp858"},
    "harbour.png": {"width_dots": 576, "halftone": "atkinson"},
    "harbour.jpg": {"width_dots": 480, "halftone": "diffusion"},
    "harbour.webp": {"width_dots": 576, "halftone": "blue-noise"},
    "logo.gif": {"width_dots": 288, "halftone": "threshold"},
}
CODES = {
    "parcel.receipt": ["CODE-128:PLT-2026-11-0077"],
    "cloakroom.receipt": ["QR-Code:C0418-77"],
    "credit.json": ["EAN-13:4006381333931"],
    "shelf.html": ["EAN-13:4006381333931"],
    "invoice.html": ["QR-Code:INV:2026-0911;SUM:1168.20"],
    "tag.svg": ["EAN-13:4012345678901"],
    "delivery.pdf": ["EAN-13:4012345678901"],
}
FONTS = ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
         "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
NEEDS = {"pdf": "pdftoppm"}
DOCUMENTS = sorted(os.path.basename(path) for kind in TYPES
                   for path in glob.glob(os.path.join(HERE, "*." + kind)))
# One of each kind goes to every language.
EACH = ("bar.txt", "shelf.html", "parcel.receipt", "credit.json", "tag.svg", "harbour.png",
        "delivery.pdf")


def bytes_of(name):
    with open(os.path.join(HERE, name), "rb") as f:
        return f.read()


def rows_of(png):
    with tempfile.NamedTemporaryFile(suffix=".png") as f:
        f.write(png)
        f.flush()
        return read_png(f.name)


def inked(rows):
    """Without the white below the last dot."""
    rows = [list(row) for row in rows]
    while rows and all(rows[-1]):
        rows.pop()
    return rows


# --- printers that the simulator is not ----------------------------------------------

class Sheet:
    """White paper on which a reader puts dots: 0 is black, as in read_png."""

    def __init__(self, width=576):
        self.width, self.rows = width, []

    def put(self, y, packed, stride, flip=0):
        for i in range(0, len(packed), stride):
            while len(self.rows) <= y + i // stride:
                self.rows.append([1] * self.width)
            row = self.rows[y + i // stride]
            for x in range(stride * 8):
                if (packed[i + x // 8] ^ flip) >> (7 - x % 8) & 1:
                    row[x] = 0


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def take(self, count):
        self.at += count
        assert self.at <= len(self.text), "it ends within a command"
        return self.text[self.at - count:self.at]

    def line(self):
        end = self.text.index(b"\n", self.at)
        return self.take(end + 1 - self.at).strip()

    def word(self, end):
        stop = self.text.index(end, self.at)
        word = self.take(stop - self.at)
        self.take(1)
        return word

    def left(self):
        return self.at < len(self.text)


def read_epl(text):
    """EPL2 programming guide: GWx,y,bytes,rows,data; a 0 prints."""
    r, sheet, printed = Reader(text), Sheet(), 0
    while r.left():
        if r.text.startswith(b"GW", r.at):
            r.take(2)
            x, y, stride, rows = (int(r.word(b",")) for _ in range(4))
            assert x == 0
            sheet.put(y, r.take(stride * rows), stride, 0xff)
            continue
        word = r.line()
        printed += word.startswith(b"P")
        assert word == b"" or word[:1] in b"NqQPC", word
    assert printed == 1
    return sheet.rows


def read_cpcl(text):
    """CPCL manual: CG bytes rows x y data; a 1 prints."""
    r, sheet, printed = Reader(text), Sheet(), 0
    while r.left():
        if r.text.startswith(b"CG ", r.at):
            r.take(3)
            stride, rows, x, y = (int(r.word(b" ")) for _ in range(4))
            assert x == 0
            sheet.put(y, r.take(stride * rows), stride)
            continue
        word = r.line().split(b" ")[0]
        printed += word == b"PRINT"
        assert word in (b"", b"!", b"PW", b"FORM", b"PRINT"), word
    assert printed == 1
    return sheet.rows


READERS = {"epl": read_epl, "cpcl": read_cpcl}


# --- the tests ------------------------------------------------------------------------

class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sims = {l: platen.Sim(args=("--language", l), pictures=True)
                    for l in ("escpos", "star", "tspl", "zpl")}
        cls.sinks = {l: platen.Sink() for l in READERS}
        blocks = []
        for language, printer in {**cls.sims, **cls.sinks}.items():
            cls.addClassCleanup(printer.close)
            blocks.append(f'printer {language} {{ uri = "socket://127.0.0.1:{printer.port}" '
                          f"language = {language} {QUICK} {QUIET} }}")
        for sim in cls.sims.values():
            sim.start()
        cls.pispas = platen.free_port()
        cls.d = platen.Daemon("\n".join(blocks) + f"""
listen pispas {{ address = {{"127.0.0.1:{cls.pispas}"}} list-printers = {{escpos}} }}
""")
        cls.addClassCleanup(cls.d.close)
        cls.d.start()

    def setUp(self):
        self.before = {l: len(sim.papers()) for l, sim in self.sims.items()}

    def needs(self, name):
        program = NEEDS.get(name.rsplit(".", 1)[1])
        if program and not shutil.which(program):
            self.skipTest("no " + program)

    def ask(self, path, name, **more):
        options = platen.json.dumps({"cut": "full", **OPTIONS.get(name, {}), **more})
        return self.d.post(path, bytes_of(name), type=TYPES[name.rsplit(".", 1)[1]],
                           headers={"Platen-Options": options})

    def preview(self, printer, name, **more):
        r = self.ask("/v1/preview?printer=" + printer, name, **more)
        self.assertEqual(r.status, 200, r)
        return r.body

    def print(self, printer, name, **more):
        r = self.ask(f"/v1/printers/{printer}/jobs", name, **more)
        self.assertEqual(r.status, 201, r)
        job = self.d.wait_job(r.json["id"], "done", "failed")
        self.assertEqual(job["state"], "done", job)

    def paper(self, language, rows):
        """What came out since the test began, once so many rows have; its pieces as one."""
        def arrived():
            new = [p for p in self.sims[language].papers()[self.before[language]:]
                   if p["height_dots"]]
            return sum(p["height_dots"] for p in new) >= rows and new
        papers = platen.wait_until(arrived, f"{rows} rows from {language}")
        self.before[language] += len(self.sims[language].papers()[self.before[language]:])
        for p in papers:
            self.assertFalse(p["unknown"], p)
        return [row for p in papers for row in read_png(p["path"].replace(".json", ".png"))]

    def same(self, shown, came, what):
        self.assertEqual(len(shown), len(came), what)
        for y, (a, b) in enumerate(zip(shown, came)):
            self.assertEqual(list(a), list(b), f"{what}, row {y}")

    def golden(self, name, png):
        path = os.path.join(HERE, "golden", name + ".png")
        if UPDATE:
            with open(path, "wb") as f:
                f.write(png)
        letters = name.rsplit(".", 1)[1] in ("txt", "receipt", "json", "html")
        if all(map(os.path.exists, FONTS)) or not letters:
            self.same(read_png(path), rows_of(png), path)

    def codes(self, name, png):
        if name not in CODES or not shutil.which("zbarimg"):
            return
        with tempfile.NamedTemporaryFile(suffix=".png") as f:
            f.write(png)
            f.flush()
            done = subprocess.run(["zbarimg", "-q", f.name], capture_output=True, text=True,
                                  timeout=60, check=False)
        for code in CODES[name]:
            self.assertIn(code, done.stdout.splitlines(), name)

    def test_corpus(self):
        corpus = [path for path in glob.glob(os.path.join(os.path.dirname(HERE), "*", "*"))
                  if path.rsplit(".", 1)[-1] in TYPES and not path.endswith(".png")]
        self.assertGreaterEqual(len(corpus), 40)
        for name in DOCUMENTS:
            with self.subTest(name):
                self.needs(name)
                png = self.preview("escpos", name)
                self.golden(name, png)
                self.print("escpos", name)
                shown = rows_of(png)
                self.same(shown, self.paper("escpos", len(shown)), name)
                # in the printer's letters its codes are the printer's own, too
                self.codes(name, png)
                self.codes(name, self.preview("escpos", name, raster=True))

    def test_examples(self):
        """What the documentation shows is drawn without a warning's cause."""
        folder = os.path.join(platen.ROOT, "examples")
        for name in ("receipt.html", "receipt.receipt", "receipt.json"):
            with open(os.path.join(folder, name), "rb") as f:
                r = self.d.post("/v1/preview?printer=escpos", f.read(),
                                type=TYPES[name.rsplit(".", 1)[1]],
                                headers={"Platen-Options": '{"engine": "strict"}'})
            self.assertEqual(r.status, 200, r)
            self.assertGreater(len(inked(rows_of(r.body))), 300)

    def test_other_languages_come_out_as_shown(self):
        for language in "star", "tspl", "zpl":
            for name in EACH:
                with self.subTest(language=language, name=name):
                    self.needs(name)
                    png = self.preview(language, name)
                    self.print(language, name)
                    shown = rows_of(png)
                    self.same(shown, self.paper(language, len(shown)), name)
                    self.codes(name, png)

    def test_one_document_in_every_language(self):
        """The sheet is the same: what one language prints, all do."""
        for name in EACH:
            self.needs(name)
            want = inked(rows_of(self.preview("tspl", name)))
            self.assertTrue(want)
            with self.subTest(language="zpl", name=name):
                self.same(want, inked(rows_of(self.preview("zpl", name))), name)
            for language in "escpos", "star":
                with self.subTest(language=language, name=name):
                    png = self.preview(language, name, raster=True)
                    self.nearly(want, inked(rows_of(png)))
            for language, read in READERS.items():
                with self.subTest(language=language, name=name):
                    jobs = self.sinks[language].jobs
                    before = len(jobs)
                    self.print(language, name, raster=True)
                    platen.wait_until(lambda b=before, j=jobs: len(j) > b, "the bytes")
                    self.nearly(want, inked(read(jobs[-1])))

    def nearly(self, want, came):
        """But for single dots that keep a picture from spelling a real-time command."""
        self.assertEqual(len(want), len(came))
        lost = more = 0
        for a, b in zip(want, came):
            lost += sum(y > x for x, y in zip(a, b))
            more += sum(x > y for x, y in zip(a, b))
        self.assertEqual(lost, 0)
        self.assertLess(more, 20)

    def test_text_and_raster_mode_say_the_same(self):
        """A cell that has ink in the printer's letters has it as dots, and no other has."""
        for name in ("bar.txt", "old.txt", "allergy.json"):
            with self.subTest(name):
                letters, dots = (rows_of(self.preview("escpos", name, raster=way))
                                 for way in (False, True))
                self.assertNotEqual(letters, dots)
                self.assertEqual(len(letters), len(dots))
                self.assertEqual(cells(letters), cells(dots))

    def test_letters_are_text(self):
        """... and in text mode it is text that goes over the wire."""
        self.print("escpos", "bar.txt")
        new = platen.wait_until(lambda: self.sims["escpos"].papers()[self.before["escpos"]:],
                                "paper")
        said = "\n".join(line["text"].rstrip() for line in new[0]["lines"])
        self.assertIn("BAR   Table 12          19:42\n", said)
        self.assertIn("2x      Mojito\n        no sugar, extra mint\n", said)

    def test_pispas(self):
        """What its clients send becomes what a preview of the same shows."""
        c = WsClient(("127.0.0.1", self.pispas))
        self.addCleanup(c.close)
        forms = {"image": "harbour.png", "text": "bar.txt", "html": "order.html",
                 "pdf": "delivery.pdf"}
        for form, name in forms.items():
            with self.subTest(form):
                self.needs(name)
                body = bytes_of(name).replace(b"\t", b"  ") if form == "text" else bytes_of(name)
                more = {"width_dots": 480} if form == "image" else {}
                c.send_text(platen.json.dumps({
                    "UUIDV4": "u" + form, "TARGET": "PRINT", "ACTION": "print", "DATA": {
                        form: base64.b64encode(body).decode() if form in ("image", "pdf")
                        else body.decode(), "printer": "escpos", "cut": "full", **more}}))
                got = platen.json.loads(c.text())
                self.assertEqual(got["MESSAGE_EXEC"], "SUCCESS", got)
                r = self.d.post("/v1/preview?printer=escpos", body,
                                type=TYPES[name.rsplit(".", 1)[1]],
                                headers={"Platen-Options": platen.json.dumps(more)})
                shown = inked(rows_of(r.body))
                self.same(shown, inked(self.paper("escpos", len(shown))), form)


    def test_command_line(self):
        """`platen print FILE` knows what a file is, by its name and without one."""
        with tempfile.TemporaryDirectory() as place:
            shown = os.path.join(place, "shown.png")
            for name in DOCUMENTS:
                self.needs(name)
                options = [w for k, v in OPTIONS.get(name, {}).items()
                           for w in ("--" + k.replace("_", "-"), v)]
                with self.subTest(name):
                    bare = os.path.join(place, "document")
                    shutil.copy(os.path.join(HERE, name), bare)
                    files = [os.path.join(HERE, name)]
                    if name.rsplit(".", 1)[1] not in ("txt", "json", "receipt", "bmp"):
                        files.append(bare)
                    for file in files:
                        ran = platen.cli("print", file, "-p", "escpos", "--cut", "full",
                                         "--preview", shown, *options, state=self.d)
                        self.assertEqual(ran.status, 0, ran)
                        self.same(rows_of(self.preview("escpos", name)), read_png(shown), name)
            ran = platen.cli("print", os.path.join(HERE, "shelf.html"), "-p", "escpos", "--cut",
                             "full", "--wait", state=self.d)
            self.assertEqual(ran.status, 0, ran)
            rows = rows_of(self.preview("escpos", "shelf.html"))
            self.same(rows, self.paper("escpos", len(rows)), "shelf.html")


def cells(rows, width=12, height=24):
    """Which cells of the printer's font have ink, line by line from the top."""
    return [[any(not dot for row in rows[y:y + height] for dot in row[x:x + width])
             for x in range(0, len(rows[0]), width)] for y in range(0, len(rows), height)]


if __name__ == "__main__":
    sys.argv = [a for a in sys.argv if a != "--update"]
    unittest.main()
