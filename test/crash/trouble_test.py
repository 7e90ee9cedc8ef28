#!/usr/bin/env python3
"""Trouble that comes once and is arranged: the end of a shift under load, a drawer
that would open late, a printer on which the daemon dies again and again, a
person's decision, a full disk, a disk that refuses to sync."""
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]

from crash_test import Shift  # pylint: disable=wrong-import-position
from platen import Daemon, free_port, main, wait_until  # pylint: disable=wrong-import-position
from printers import Counter, Stubborn, document  # pylint: disable=wrong-import-position
from rules import reprint_notes  # pylint: disable=wrong-import-position
from till import LIMIT, Tills  # pylint: disable=wrong-import-position

RAW = "application/octet-stream"


def one_printer(port, **options):
    """A configuration with one printer, p, and a Plato port that nobody knows."""
    options = {"retry-delay": 100, "cooldown": 0, "chunk-delay": 0, **options}
    lines = "\n".join(f"  {name} = {value}" for name, value in options.items())
    return (f'daemon {{\n  log-level = warn\n  space-floor = 0\n}}\n'
            f'printer p {{\n  uri = "socket://127.0.0.1:{port}"\n{lines}\n}}\n')


class Drain(unittest.TestCase):
    def test_sigterm_under_load(self):
        """Each time it ends with 0, within its time, and nothing is lost."""
        for policy in ("hold", "reprint"):
            shift, rng = Shift(policy), random.Random(policy)
            tills = Tills(shift.shop, shift.ports, policy)
            try:
                tills.open()
                for _ in range(6):
                    shift.start()
                    time.sleep(rng.uniform(0.05, 0.2))
                    self.assertEqual(shift.daemon.stop(), 0, shift.daemon.log)
                shift.start()
                tills.close()
                jobs, found = shift.finish(tills.asks)
                self.assertEqual(found, [])
                self.assertGreater(len(jobs), 20)
                self.assertEqual([j for j in jobs if j["state"] == "unconfirmed"], [],
                                 "a drained wire leaves no doubt")
            finally:
                shift.close()


class Late(unittest.TestCase):
    def test_a_pulse_does_not_outlive_its_time(self):
        """Accepted while the printer is away; the daemon dies; when both are back
        the pulse's time is over, counted from its acceptance."""
        port = free_port()
        with Daemon(one_printer(port, **{"drawer-expiry": 1500, "retry-delay": 60000})) as d:
            accepted = time.monotonic()
            r = d.post("/v1/devices/p/open")
            self.assertEqual(r.status // 100, 2, r)
            job = d.admin("GET", "/v1/jobs").json["jobs"][0]["id"]
            for life in (1, 2):
                self.assertEqual(d.wait_job(job, "held")["attempts"], life)
                d.kill9()
                if life == 1:
                    d.start()
            time.sleep(max(0.0, accepted + 1.6 - time.monotonic()))
            counter = Counter(port)
            try:
                d.start()
                self.assertEqual(d.wait_job(job)["state"], "expired")
                counter.finish()
                self.assertEqual(counter.pulses, [])
            finally:
                counter.close()


class Again(unittest.TestCase):
    """The daemon dies while the same document is on its wire, five times."""

    def die_five_times(self, policy):
        printer = Stubborn()
        d = Daemon(one_printer(printer.port, **{"on-doubt": policy, "reprint-limit": LIMIT}))
        try:
            d.start()
            r = d.post("/v1/printers/p/jobs", document(1, 8 << 20), type=RAW)
            self.assertEqual(r.status, 201, r)
            job = r.json["id"]
            for n in range(1, LIMIT + 3):
                wait_until(lambda: printer.papers >= n or  # pylint: disable=cell-var-from-loop
                           d.job(job)["state"] == "unconfirmed", "a paper, or doubt")
                d.kill9()
                d.start()
            return d.wait_job(job, "unconfirmed"), printer.papers
        finally:
            d.kill9()
            d.close()
            printer.close()

    def test_hold(self):
        job, papers = self.die_five_times("hold")
        self.assertEqual(papers, 1)
        self.assertEqual(job["reprints"], 0)

    def test_reprint_up_to_the_limit(self):
        job, papers = self.die_five_times("reprint")
        self.assertEqual(papers, 1 + LIMIT)
        self.assertEqual([n["number"] for n in reprint_notes(job)], list(range(1, LIMIT + 1)))
        self.assertIn("reprint limit", [n["what"] for n in job["journal"]])


class Decided(unittest.TestCase):
    """What a person decided survives the daemon's death."""

    def setUp(self):
        self.printer = Stubborn()
        self.d = Daemon(one_printer(self.printer.port, **{"on-doubt": "hold"}))
        self.d.start()
        self.job = self.d.post("/v1/printers/p/jobs", document(1, 8 << 20), type=RAW).json["id"]
        wait_until(lambda: self.printer.papers, "the first paper")
        self.restart()
        self.d.wait_job(self.job, "unconfirmed")
        self.restart()
        self.assertEqual(self.d.job(self.job)["state"], "unconfirmed")

    def tearDown(self):
        self.d.kill9()
        self.d.close()
        self.printer.close()

    def restart(self):
        self.d.kill9()
        self.d.start()

    def resolve(self, action):
        r = self.d.admin("POST", f"/v1/jobs/{self.job}/resolve", {"action": action})
        self.assertEqual(r.status, 200, r)

    def test_printed(self):
        self.resolve("printed")
        self.restart()
        job = self.d.job(self.job)
        self.assertEqual((job["state"], job["evidence"]), ("done", "operator"))
        self.assertEqual(self.printer.papers, 1)

    def test_drop(self):
        self.resolve("drop")
        self.restart()
        self.assertEqual(self.d.job(self.job)["state"], "failed")
        self.assertEqual(self.printer.papers, 1)

    def test_reprint(self):
        self.resolve("reprint")
        wait_until(lambda: self.printer.papers == 2, "the second paper")
        self.restart()
        job = self.d.wait_job(self.job, "unconfirmed")
        self.assertEqual([n["number"] for n in reprint_notes(job)], [1])
        self.assertEqual(self.printer.papers, 2)


@contextlib.contextmanager
def small_disk(megabytes):
    """A directory on a file system of its own; skipped where we may not mount."""
    path = tempfile.mkdtemp(prefix="platen-disk-")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path],
                          capture_output=True, check=False)
    if done.returncode != 0:
        os.rmdir(path)
        raise unittest.SkipTest("no file system can be mounted here: " +
                                done.stderr.decode().strip())
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)
        shutil.rmtree(path, ignore_errors=True)


def fill(path):
    """Take every free byte."""
    with open(path, "wb", buffering=0) as f:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    f.write(b"x" * size)


class Full(unittest.TestCase):
    def test_a_full_disk_refuses_and_settles(self):
        """507 when nothing fits any more; what is on the wire ends as done; with
        room again it accepts again; a restart knows everything accepted."""
        # twice the store's ballast and all that is stored must fit at the end
        with small_disk(48) as disk:
            printer = Counter(patience=threading.Event())
            d = Daemon(one_printer(printer.port, **{"on-doubt": "hold"}),
                       state=os.path.join(disk, "state"))
            try:
                d.start()
                self.play(d, printer, os.path.join(disk, "filler"))
            finally:
                printer.patience.set()
                if d.child:
                    d.kill9()
                printer.close()

    def play(self, d, printer, filler):
        on_wire = self.post(d, 1)
        self.assertEqual(on_wire.status, 201, on_wire)
        d.wait_job(on_wire.json["id"], "sending")
        fill(filler)
        accepted, refused = [on_wire.json["id"]], None
        for number in range(2, 200):
            r = self.post(d, number)
            if r.status != 201:
                refused = r
                break
            accepted.append(r.json["id"])
        self.assertIsNotNone(refused, "a full disk took everything")
        self.assertEqual(refused.status, 507, refused)
        self.assertTrue(d.child.alive(), d.log)

        printer.patience.set()  # the wire moves: its end finds room on the full disk
        for job in accepted:
            d.wait_job(job, "done")
        r = self.post(d, 900)
        self.assertEqual(r.status, 507, r)
        d.kill9()
        d.start()
        for job in accepted:
            self.assertEqual(d.job(job)["state"], "done", d.log)

        os.unlink(filler)
        r = wait_until(lambda: (r := self.post(d, 901)).status == 201 and r,
                       f"it to accept again with {shutil.disk_usage(d.state)}")
        d.wait_job(r.json["id"], "done")
        printer.finish()
        begun = [number for kind, number in printer.tape if kind == "S" and number]
        self.assertEqual(begun, list(range(1, len(accepted) + 1)) + [901])

    @staticmethod
    def post(d, number):
        return d.post("/v1/printers/p/jobs", document(number, 200000), type=RAW,
                      headers={"Idempotency-Key": f"full-{number}"})


class NoSync(unittest.TestCase):
    """fdatasync answers EIO for a while."""

    def setUp(self):
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")

    @contextlib.contextmanager
    def broken_disk(self, d):
        tracer = subprocess.Popen(
            ["strace", "-f", "-o", "/dev/null", "-e", "trace=fdatasync,fsync",
             "-e", "inject=fdatasync,fsync:error=EIO", "-p", str(d.pid)],
            stderr=subprocess.PIPE)
        try:
            said = tracer.stderr.readline().decode()
            if "attached" not in said:
                self.skipTest("ptrace is not permitted: " + said.strip())
            yield
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
            tracer.stderr.close()

    def test_nothing_unsynced_is_acknowledged(self):
        counter = Counter()
        with Daemon(one_printer(counter.port, **{"on-doubt": "hold"})) as d:
            try:
                self.play(d, counter)
            finally:
                counter.close()

    def play(self, d, counter):
        accepted = [self.accept(d, n) for n in range(1, 4)]
        with self.broken_disk(d):
            for number in range(10, 16):
                r = self.post(d, number)
                self.assertEqual(r.status, 503, r)
                self.assertEqual(r.json["code"], "store-unavailable", r)
        r = wait_until(lambda: (r := self.post(d, 20)).status == 201 and r, "it to accept again")
        accepted.append(r.json["id"])
        for job in accepted:
            d.wait_job(job, "done")
        with self.broken_disk(d):
            self.assertEqual(self.post(d, 30).status, 503)
            d.kill9()
        d.start()
        for job in accepted:
            self.assertEqual(d.job(job)["state"], "done", d.log)
        self.check_paper(d, counter)

    def check_paper(self, d, counter):
        """Once each; a refused one at most once, since its commit may have come
        to the disk after all."""
        wait_until(lambda: not d.admin("GET", "/v1/jobs?state=queued,held,sending").json["jobs"],
                   "every job to end")
        counter.finish()
        begun = [number for kind, number in counter.tape if kind == "S" and number]
        self.assertEqual(len(begun), len(set(begun)), begun)
        self.assertLessEqual({1, 2, 3, 20}, set(begun))
        self.assertFalse({10, 11, 12, 13, 14, 15} & set(begun), begun)

    def accept(self, d, number):
        r = self.post(d, number)
        self.assertEqual(r.status, 201, r)
        return r.json["id"]

    @staticmethod
    def post(d, number):
        return d.post("/v1/printers/p/jobs", document(number, 3000), type=RAW,
                      headers={"Idempotency-Key": f"sync-{number}"})


if __name__ == "__main__":
    main()
