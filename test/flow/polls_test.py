#!/usr/bin/env python3
"""A poll never disturbs a job: 10,000 jobs over 20 printers without a pause between connections,
each asked for its state every second. Every byte that every connection brought is looked at."""
import http.client
import json
import os
import re
import threading
import time
import unittest

import shop
from fakeprinter import Printers
from platen import wait_until
from shop import Case

ASAN = os.environ.get("PLATEN_STAGE") == "asan"
JOBS = 4000 if ASAN else 10000
PRINTERS = 20
PROVEN, KEPT = 10, 4   # of the printers: with confirm = auto, and (others) with keep-open
CLIENTS = 4
BURST = 5              # jobs for one printer, then others have their turn and it gets polled
PACE_S = 25            # at least so long, for many polls to fall between jobs
SECONDS = 270 if ASAN else 90

QUESTION = rb"(?:\x10\x04[\x01-\x04]|\x1dI[A-D]|\x1dr\x01|\x1d\(H\x06\x0000\?~\?~|\x1da.)"
FENCE = rb"(?:\x1d\(H\x06\x0000[A-Za-z0-9]{4})"
TICKET = rb"\x1b@(?:\x1b@)?job (\d{6})\n(?:\1 line\n){3}\1 end\n\x1dV\x01"
CONNECTION = re.compile(rb"(?:%s|%s%s?)*" % (QUESTION, TICKET.replace(rb"\1", rb"\d{6}"), FENCE),
                        re.S)


def ticket(n):
    return b"\x1b@job %06d\n" % n + b"%06d line\n" % n * 3 + b"%06d end\n\x1dV\x01" % n


class Client(threading.Thread):
    """Submits its share of the jobs over one connection."""

    def __init__(self, port, names, numbers):
        super().__init__()
        self.port, self.names, self.numbers = port, names, numbers
        self.refused, self.ids = [], []

    def run(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port)
        begun = time.monotonic()
        for n in self.numbers:
            time.sleep(max(0, begun + n * PACE_S / JOBS - time.monotonic()))
            name = self.names[n // BURST % len(self.names)]
            c.request("POST", f"/v1/printers/{name}/jobs", ticket(n),
                      {"Content-Type": "application/octet-stream"})
            r = c.getresponse()
            body = r.read()
            if r.status == 201:
                self.ids.append(json.loads(body)["id"])
            else:
                self.refused.append((r.status, body))
        c.close()


class Polls(Case):
    def configuration(self, printers):
        """Of the first ten each job is proven; of the rest some keep their connection."""
        options = shop.merge(shop.QUICK, "status-polling = yes status-poll-interval = 1000",
                             "queue-jobs = 100000 on-doubt = hold")
        blocks = ["daemon { queue-jobs = 100000 log-level = warn }"]
        for i, p in enumerate(printers):
            own = f"confirm = {'auto' if i < PROVEN else 'none'}"
            own += f" keep-open = {'yes' if i >= PRINTERS - KEPT else 'no'}"
            blocks.append(f'printer p{i} {{ uri = "socket://127.0.0.1:{p.port}" {options} {own} }}')
        return "\n".join(blocks)

    def metric(self, d, name):
        text = d.admin("GET", "/metrics").body.decode()
        return float(re.search("^" + re.escape(name) + r" (\S+)", text, re.M)[1])

    def counts(self, d):
        return {result: self.metric(d, f'platen_polls_total{{result="{result}"}}')
                for result in ("answered", "silent", "unreachable", "gave-way", "skipped")}

    def wait_proofs(self, d):
        def learned():
            devices = d.admin("GET", "/v1/devices").json["devices"]
            return sum(x["proof"] == "process-id" for x in devices) == PROVEN
        wait_until(learned, "the printers' proofs")

    def test_ten_thousand_jobs(self):
        begun = time.monotonic()
        house = Printers(PRINTERS)
        self.addCleanup(house.__exit__)
        for p in house.all[PROVEN:]:
            p.set(late=0.05)  # a poll that takes its time is one that has to give way
        d = self.shop(more=self.configuration(house.all))
        self.wait_proofs(d)
        names = [f"p{i}" for i in range(PRINTERS)]
        clients = [Client(d.port, names, range(i, JOBS, CLIENTS)) for i in range(CLIENTS)]
        for c in clients:
            c.start()
        for c in clients:
            c.join()
        self.assertEqual([c.refused for c in clients], [[]] * CLIENTS)

        left = SECONDS - (time.monotonic() - begun)
        wait_until(lambda: self.metric(d, "platen_queue_jobs") == 0, "the end of all jobs", left,
                   every=0.1)
        counts = self.counts(d)
        wait_until(lambda: self.counts(d)["answered"] >= counts["answered"] + PRINTERS,
                   "a poll of each, afterwards")
        self.check_jobs(d)
        d.stop()
        self.check_wires(house.all)
        print(f"{JOBS} jobs in {time.monotonic() - begun:.0f} s; polls: {counts}")

    def check_jobs(self, d):
        for outcome, count in (("done", JOBS), ("failed", 0), ("unconfirmed", 0), ("expired", 0)):
            self.assertEqual(self.metric(d, f'platen_jobs_total{{outcome="{outcome}"}}'), count)
        counts = self.counts(d)
        self.assertGreater(counts["gave-way"], 0)
        self.assertEqual((counts["silent"], counts["unreachable"]), (0, 0))
        self.assertGreater(counts["answered"] + counts["gave-way"], PRINTERS * PACE_S / 4)
        attempts, before = 0, ""
        while True:
            page = d.admin("GET", "/v1/jobs?limit=1000" + before).json
            attempts += sum(j["attempts"] for j in page["jobs"])
            if "before" not in page:
                break
            before = f"&before={page['before']}"
        self.assertEqual(attempts, JOBS, "each at the first attempt")

    def check_wires(self, printers):
        """Each connection is questions and whole tickets, nothing else; each ticket came once."""
        seen = []
        for p in printers:
            self.assertEqual(p.overlaps, 0, "two connections at a time")
            for c in p.connections:
                whole = CONNECTION.fullmatch(bytes(c.bytes))
                # a poll that gave way may be cut short, but then it has no ticket
                self.assertTrue(whole or b"job" not in c.bytes, bytes(c.bytes)[:400])
                seen += [int(m[1]) for m in re.finditer(TICKET, bytes(c.bytes))]
        self.assertEqual(sorted(seen), list(range(JOBS)))


if __name__ == "__main__":
    unittest.main()
