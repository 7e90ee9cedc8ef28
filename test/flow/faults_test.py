#!/usr/bin/env python3
"""Printers that are off, refuse, hang, say nothing, break off, crawl or stop
taking: the job's states, retries and reprints, and what others notice."""
import signal
import time
import unittest

import shop
from platen import wait_until
from shop import INIT, TAIL, Case, texts, wire

CHUNKS = [b"A" * 10, b"B" * 4, b"C" * 21]
WHOLE = wire(*CHUNKS)
PRINTERS = len(WHOLE) + 1  # reset before byte 0, 1, ..., and after the last
PACED = "chunk-delay = 100"  # so that the break comes before the next write


def took_all(n, job):
    """The printer's TCP had taken everything before it broke off: by the contract
    that is `sent`. It must be so at the end, and may be so within the last write."""
    return n > len(INIT) and job["state"] == "done" and job["attempts"] == 1


class Away(Case):
    """Nothing printable has left: the job waits and comes out once."""

    def test_refused(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer})
        self.accepted(d.print(printer, b"x"))
        job = d.wait_job(1, "held")
        self.assertEqual((job["hold"], job["code"]), ("offline", "connection-refused"))
        s = d.status(printer)
        self.assertEqual((s["status"], s["lastError"], s["busy"], s["delayed"] + s["active"]),
                         ("offline", "Connection refused", True, 1))
        wait_until(lambda: d.job(1)["attempts"] >= 3, "three attempts")
        printer.on()
        self.assertEqual(d.wait_job(1, "done")["evidence"], "sent")
        self.papers(printer, wire(b"x"))
        s = d.status(printer)
        self.assertEqual((s["status"], s["lastError"], s["busy"]), ("online", None, False))

    def test_hanging(self):
        printer = self.peer(on=False)
        printer.hang()
        d = self.shop({"till": printer}, options="open-timeout = 200")
        self.accepted(d.print(printer, b"x"))
        job = d.wait_job(1, "held")
        self.assertEqual((job["hold"], job["code"]), ("offline", "connect-timeout"))
        self.assertEqual(d.status(printer)["lastError"], "Connection timed out")
        wait_until(lambda: d.job(1)["attempts"] >= 2, "a second attempt")
        printer.on()
        d.wait_job(1, "done")
        self.assertEqual([p for p in printer.papers() if p], [wire(b"x")])

    def test_probe_of_a_hanging_printer_answers_in_time(self):
        printer = self.peer(on=False)
        printer.hang()
        d = self.shop({"till": printer}, options="open-timeout = 6000")
        r = d.post("/status", {"ip_address": "127.0.0.1", "port": printer.port}, port=d.plato)
        self.assertEqual((r.json["status"], r.json["source"], r.json["lastError"]),
                         ("offline", "probe", "Connection timed out"))
        self.assertTrue(d.child.alive())

    def test_max_attempts(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="max-attempts = 3")
        self.accepted(d.print(printer, b"x"))
        job = d.wait_job(1, "failed")
        self.assertEqual((job["attempts"], job["code"]), (3, "connection-refused"))
        self.assertEqual(d.status(printer)["failed"], 1)
        d.stop()
        d.start()
        printer.on()
        self.accepted(d.print(printer, b"y"))
        self.papers(printer, wire(b"y"))
        self.assertEqual(d.status(printer)["failed"], 1)

    def test_promotion(self):
        """Reached again, by a pulse that goes ahead: the retry waits end at once."""
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="retry-delay = 600000")
        for text in texts(3):
            self.accepted(d.print(printer, text))
        self.accepted(d.print(printer, b"later", runAt=int(time.time() * 1000) + 3600000))
        d.wait_job(1, "held")
        printer.on()
        self.accepted(d.plato_post("/cash-drawer", printer))
        self.papers(printer, shop.KICK, *map(wire, texts(3)))
        self.assertEqual(d.job(4)["state"], "scheduled")


class Doubt(Case):
    """Printable bytes have left when the wire breaks: on-doubt decides."""

    def broken(self, **options):
        """One printer for each byte at which a wire can break; what became of it."""
        printers = {f"p{n:02d}": self.peer(reset_at=n, times=1) for n in range(PRINTERS)}
        d = self.shop(printers, **options)
        for printer in printers.values():
            self.accepted(d.print(printer, *CHUNKS))
        jobs = d.wait_states(PRINTERS, "done", "failed", "unconfirmed")
        found = []
        for n, (name, printer) in enumerate(printers.items()):
            job = next(j for j in jobs if j["printer"] == name)
            first = printer.connections[0]
            self.assertEqual(b"".join(p for _, p in first), WHOLE[:n], name)
            again = [b"".join(p for _, p in c) for c in printer.connections[1:]]
            self.assertTrue(all(c == WHOLE for c in again), (name, again))
            if took_all(n, job):
                self.assertEqual((len(again), job["sent"]), (0, len(WHOLE) - len(INIT)), name)
            else:
                found.append((n, job, len(again)))
        self.assertGreaterEqual(len(found), len(WHOLE) - len(TAIL) - 5)
        return d, found

    def test_hold(self):
        """No second paper at all: printed once, or set aside."""
        d, found = self.broken(options="on-doubt = hold " + PACED)
        for n, job, again in found:
            self.assertEqual(job["reprints"], 0)
            if job["state"] == "done":
                self.assertTrue(n <= len(INIT), (n, job))
                self.assertEqual(again, 1, (n, job))
            else:
                self.assertEqual((job["state"], job["hold"]), ("unconfirmed", "doubt"), n)
                self.assertEqual(again, 0, (n, job))
                self.assertGreater(job["sent"], 0)

    def test_reprint(self):
        """Each second paper has its entry in the journal."""
        d, found = self.broken(options=PACED)
        for n, job, again in found:
            self.assertEqual((job["state"], again), ("done", 1), (n, job))
            notes = [e for e in d.job(job["id"])["journal"] if e["what"] == "reprint"]
            self.assertEqual(len(notes), job["reprints"])
            if n > len(INIT):
                self.assertEqual(job["reprints"], 1, (n, job))
            for note in notes:
                self.assertEqual(note["number"], 1)
                self.assertGreater(note["sent"], 0)

    def test_drop(self):
        d, found = self.broken(options="on-doubt = drop " + PACED)
        for n, job, again in found:
            if job["state"] == "done":
                self.assertEqual(again, 1, (n, job))
                self.assertTrue(n <= len(INIT), (n, job))
            else:
                self.assertEqual((job["state"], job["code"], again),
                                 ("failed", "unconfirmed", 0), n)
                self.assertEqual(job["error"], "Print not confirmed")

    def test_reprint_limit(self):
        printer = self.peer(reset_at=len(INIT) + 12)
        d = self.shop({"till": printer}, options="reprint-limit = 2 " + PACED)
        self.accepted(d.print(printer, *CHUNKS))
        job = d.wait_job(1, "unconfirmed")
        self.assertEqual(job["reprints"], 2)
        self.assertEqual(d.notes(1), ["reprint", "reprint", "reprint limit"])
        self.assertEqual([e.get("number") for e in job["journal"]], [1, 2, None])
        self.assertEqual(len(printer.papers()), 3)
        self.assertEqual(d.status(printer)["failed"], 1)
        # later jobs go on
        printer.normal()
        self.accepted(d.print(printer, b"next"))
        d.wait_job(2, "done")
        self.assertEqual(printer.papers()[-1], wire(b"next"))
        self.assertEqual(len(printer.papers()), 4)

    def test_defaults(self):
        """Plato's jobs are reprinted, native ones held; the printer's setting wins."""
        a = self.peer(reset_at=5, times=1)
        b = self.peer(reset_at=5, times=1, receive_buffer=4096)
        d = self.shop({"a": a, "b": b}, options=PACED)
        self.accepted(d.print(a, *CHUNKS))
        d.submit("b", b"x" * (1 << 20))
        d.wait_job(1, "done")
        d.wait_job(2, "unconfirmed")
        self.assertEqual(len(b.papers()), 1)
        d.options = "on-doubt = drop " + PACED
        d.reload()
        a.behave(reset_at=5, times=1)
        self.accepted(d.print(a, *CHUNKS))
        d.wait_job(3, "failed")

    def test_adhoc_printers_take_the_listeners_policy(self):
        printer = self.peer(reset_at=5, times=1)
        d = self.shop(adhoc="on-doubt = hold " + PACED)
        self.accepted(d.print(printer, *CHUNKS))
        d.wait_job(1, "unconfirmed")
        self.assertEqual(len(printer.papers()), 1)
        printer = self.peer(reset_at=5)
        d = self.shop(adhoc="reprint-limit = 1 " + PACED)
        self.accepted(d.print(printer, *CHUNKS))
        self.assertEqual(d.wait_job(1, "unconfirmed")["reprints"], 1)
        self.assertEqual(len(printer.papers()), 2)

    def test_pulse_and_beep_are_never_repeated(self):
        printer = self.peer(reset_at=4)
        d = self.shop({"till": printer})
        self.accepted(d.plato_post("/cash-drawer", printer))
        self.accepted(d.plato_post("/beep", printer))
        jobs = d.wait_states(2, "done", "failed", "expired")
        again = [p for p in printer.papers() if len(p) >= 4]
        self.assertEqual(len(again), 2, jobs)
        for job in jobs:
            self.assertEqual((job["attempts"], job["reprints"]), (1, 0))


class Crawling(Case):
    def test_full_window(self):
        """A printer that takes no more: cut off after write-timeout without progress."""
        printer = self.peer(read=False, receive_buffer=4096)
        d = self.shop({"till": printer}, options="write-timeout = 300 on-doubt = hold")
        big = b"x" * (4 << 20)
        self.accepted(d.print(printer, big))
        job = d.wait_job(1, "unconfirmed")
        self.assertEqual(job["code"], "write-timeout")
        self.assertTrue(0 < job["sent"] < len(big))
        s = d.status(printer)
        self.assertEqual((s["status"], s["lastError"], s["failed"]),
                         ("offline", "Write timed out", 1))

    def test_slow_but_taking(self):
        """Time without progress counts, not time: it is not cut off."""
        printer = self.peer(rate=100000, receive_buffer=4096)
        d = self.shop({"till": printer}, options="write-timeout = 400 on-doubt = hold")
        text = b"x" * 150000
        self.accepted(d.print(printer, text))
        self.assertEqual(d.wait_job(1, "done", "unconfirmed")["state"], "done")
        self.papers(printer, wire(text))

    def test_silent(self):
        """Takes the bytes, says nothing, never closes: done, after close-timeout."""
        printer = self.peer(read=False)
        d = self.shop({"till": printer}, options="close-timeout = 100")
        for text in texts(3):
            self.accepted(d.print(printer, text))
        for job in d.wait_states(3, "done"):
            self.assertEqual((job["evidence"], job["grade"]), ("sent", "E"))
        printer.normal()
        self.papers(printer, *map(wire, texts(3)))


class Others(Case):
    def test_do_not_notice(self):
        """Printers with every fault, and one that works: its jobs all come out while
        not one of theirs has ended."""
        hanging, off = self.peer(on=False), self.peer(on=False)
        hanging.hang()
        full = self.peer(read=False, receive_buffer=4096)
        good = self.peer()
        d = self.shop({"hanging": hanging, "off": off, "full": full, "good": good},
                      options="open-timeout = 60000 write-timeout = 60000")
        self.accepted(d.print(hanging, b"x"))
        self.accepted(d.print(off, b"x"))
        self.accepted(d.print(full, b"x" * (4 << 20)))
        d.wait_job(1, "sending")
        d.wait_job(3, "sending")
        for text in texts(100):
            self.accepted(d.print(good, text))
        self.papers(good, *map(wire, texts(100)))
        self.assertEqual({j["state"] for j in d.jobs() if j["printer"] != "good"} -
                         {"sending", "held"}, set())
        self.assertEqual(d.status(good)["status"], "online")
        d.child.signal(signal.SIGKILL)  # they would wait for a minute
        d._end(None)


if __name__ == "__main__":
    unittest.main()
