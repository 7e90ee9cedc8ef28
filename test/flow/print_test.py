#!/usr/bin/env python3
"""From a till's picture to paper: dot for dot on the simulated printer, and what
goes over the wire when."""
import hashlib
import random
import struct
import unittest
import zlib

from shop import INIT, KICK, TAIL, Case, platen, wire
from platen import wait_until

WIDTH, ROWS, BLOCK = 576, 500, 128
PAUSE_TRIES = 5  # a receiver that came late cannot tell a pause


def receipt():
    """Rows of dots as a till rasterises them: text-like noise, lines, solid parts."""
    dice = random.Random(2)
    rows = []
    for y in range(ROWS):
        if y % 100 < 3:
            rows.append(b"\xff" * (WIDTH // 8))
        elif y % 100 < 20:
            rows.append(bytes(WIDTH // 8))
        else:
            rows.append(dice.randbytes(WIDTH // 8))
    return rows


def raster(rows):
    return b"\x1dv0\x00" + struct.pack("<HH", WIDTH // 8, len(rows)) + b"".join(rows)


def chunks(rows):
    """What Plato Console posts: a raster command for every 128 rows."""
    return [raster(rows[i:i + BLOCK]) for i in range(0, len(rows), BLOCK)]


def read_png(path):
    """Rows of 0 (black) and 1 (white); grey or indexed of 1 or 8 bits, no interlace."""
    with open(path, "rb") as f:
        assert f.read(8) == b"\x89PNG\r\n\x1a\n"
        packed, head = b"", None
        while True:
            size, kind = struct.unpack(">I4s", f.read(8))
            text = f.read(size)
            f.read(4)
            if kind == b"IHDR":
                head = struct.unpack(">IIBBBBB", text)
            if kind == b"IDAT":
                packed += text
            if kind == b"IEND":
                break
    width, height, depth, _, _, _, interlace = head
    assert depth in (1, 8) and not interlace, head
    return unfilter(zlib.decompress(packed), width, height, depth)


def unfilter(text, width, height, depth):
    stride = (width * depth + 7) // 8
    rows, before = [], bytes(stride)
    for y in range(height):
        kind, line = text[y * (stride + 1)], bytearray(text[y * (stride + 1) + 1:][:stride])
        for i in range(stride):
            a = line[i - 1] if i else 0
            b = before[i]
            c = before[i - 1] if i else 0
            nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line[i] = (line[i] + [0, a, b, (a + b) // 2, nearest][kind]) & 255
        before = bytes(line)
        if depth == 1:
            rows.append([line[x // 8] >> (7 - x % 8) & 1 for x in range(width)])
        else:
            rows.append([int(v > 127) for v in line])
    return rows


def dots(row):
    return [1 - (row[x // 8] >> (7 - x % 8) & 1) for x in range(WIDTH)]


class Paper(Case):
    def test_dot_for_dot(self):
        rows = receipt()
        with platen.Sim(pictures=True) as sim:
            d = self.shop({"till": sim})
            self.accepted(d.print(sim, *chunks(rows), beep=True))
            d.wait_job(1, "done")
            paper, = sim.wait_papers(1)
            wait_until(lambda: sim.control("GET", "/status").status, "the simulator")
            self.assertEqual([i["sha256"] for i in paper["images"]],
                             [hashlib.sha256(b"".join(rows[i:i + BLOCK])).hexdigest()
                              for i in range(0, ROWS, BLOCK)])
            self.assertEqual((paper["unknown"], paper["warnings"]), ([], []))
            picture = read_png(paper["path"].replace(".json", ".png"))
        want = [dots(r) for r in rows]
        left = (len(picture[0]) - WIDTH) // 2
        top = next(y for y, row in enumerate(picture) if 0 in row)
        got = [row[left:left + WIDTH] for row in picture[top:top + ROWS]]
        self.assertEqual(got, want)
        rest = picture[:top] + picture[top + ROWS:]
        rest += [row[:left] + row[left + WIDTH:] for row in picture]
        self.assertFalse(any(0 in row for row in rest), "dots that nobody sent")

    def test_many_receipts(self):
        """Each comes out once, in order, on its own paper."""
        with platen.Sim() as sim:
            d = self.shop({"till": sim})
            pictures = [[bytes([n + 1]) * (WIDTH // 8)] * 8 for n in range(40)]
            for rows in pictures:
                self.accepted(d.print(sim, raster(rows)))
            papers = sim.wait_papers(40)
            self.assertEqual([p["images"][0]["sha256"] for p in papers],
                             [hashlib.sha256(b"".join(r)).hexdigest() for r in pictures])

    def test_drawer_and_beeps(self):
        with platen.Sim() as sim:
            d = self.shop({"till": sim})
            self.accepted(d.plato_post("/cash-drawer", sim))
            d.submit("till", b"\x1b@x\n\x1dV\x01")
            paper, = sim.wait_papers(1)
            self.assertEqual(paper["unknown"], [])

            def counted():
                s = sim.control("GET", "/status").json
                return s["printers"][0]["kicks"] == 1
            wait_until(counted, "one kick")


class Wire(Case):
    def measured(self, look):
        """A pause cannot be shorter than it is, but be seen so: try again."""
        for _ in range(PAUSE_TRIES):
            wrong = look()
            if not wrong:
                return
        self.fail(wrong)

    def test_order_and_pauses(self):
        """The defaults: 25 ms after each chunk, 250 ms between two connections."""
        printer = self.peer()
        d = self.shop(more=f'printer till {{ uri = "socket://127.0.0.1:{printer.port}" '
                      f"status-polling = no }}")
        parts = [b"A" * 30, b"B" * 300, b"C" * 3]

        def look():
            printer.connections.clear(), printer.accepted.clear(), printer.ended.clear()
            for _ in range(2):
                self.accepted(d.print(printer, *parts))
            self.papers(printer, wire(*parts), wire(*parts))
            gap = printer.accepted[1] - printer.ended[0]
            if gap < 249:
                return f"the second connection came after {gap:.1f} ms"
            for job in printer.jobs():
                at = {piece[:1]: t for t, piece in job}
                for a, b in [(b"B", b"C"), (b"C", b"\n")]:
                    if a not in at or b not in at or at[b] - at[a] < 24.5:
                        return f"pauses too short: {[(t - job[0][0], p[:3]) for t, p in job]}"
            return None
        self.measured(look)

    def test_cooldown_between_all_kinds(self):
        """Jobs, pulses and probes keep the distance."""
        printer = self.peer()
        d = self.shop({"till": printer}, options="cooldown = 200")

        def look():
            printer.connections.clear(), printer.accepted.clear(), printer.ended.clear()
            self.accepted(d.print(printer, b"x"))
            wait_until(lambda: not d.status(printer)["busy"], "the job's end")
            self.assertEqual(d.status(printer, validate=True)["source"], "probe")
            wait_until(lambda: d.plato_post("/cash-drawer", printer).status == 200, "a pulse")
            self.papers(printer, wire(b"x"), KICK)
            wait_until(lambda: len(printer.ended) == 3 and not printer.open, "three connections")
            gaps = [b - a for a, b in zip(printer.ended, printer.accepted[1:])]
            return None if min(gaps) >= 199 else f"{gaps}"
        self.measured(look)

    def test_probes_are_shared(self):
        """Requests that come during a probe share it."""
        printer = self.peer(on=False)
        printer.hang()
        d = self.shop({"till": printer}, options="open-timeout = 600")
        found = []
        threads = [platen.threading.Thread(
            target=lambda: found.append(d.status(printer, validate=True))) for _ in range(10)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual({s["lastPingOn"] for s in found}, {found[0]["lastPingOn"]})
        self.assertEqual({s["source"] for s in found}, {"probe"})

    def test_what_the_printer_says_is_discarded(self):
        """Unread input would turn the close into a reset."""
        with platen.Sim(script="at connection 1 normal\n") as sim:
            d = self.shop({"till": sim})
            self.accepted(d.print(sim, b"\x10\x04\x01\x1dI\x01x"))
            self.assertEqual(d.wait_job(1)["state"], "done")
            paper, = sim.wait_papers(1)
            self.assertEqual(paper["bytes"], len(INIT) + 7 + len(TAIL))


if __name__ == "__main__":
    unittest.main()
