#!/usr/bin/env python3
"""Whose turn it is: order, priorities, schedules, expiry, pulses, ceilings,
cancelling, and what a person decides."""
import concurrent.futures
import http.client
import json
import time
import unittest

import shop
from platen import wait_until
from shop import INIT, KICK, Case, platen, texts, wire


def soon(ms):
    return int(time.time() * 1000) + ms


class Order(Case):
    def test_fifo_after_failure(self):
        """The failed job stays the first; the others wait behind it."""
        printer = self.peer(on=False)
        d = self.shop({"till": printer})
        for text in texts(8):
            self.accepted(d.print(printer, text))
        wait_until(lambda: d.job(1)["attempts"] >= 2, "a second attempt")
        printer.on()
        self.papers(printer, *map(wire, texts(8)))
        self.assertEqual({d.job(i)["attempts"] for i in range(2, 9)}, {1})

    def test_both_dialects_share_one_line(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer})
        for i, text in enumerate(texts(6)):
            if i % 2:
                d.submit("till", text)
            else:
                self.accepted(d.print(printer, text))
        printer.on()
        self.papers(printer, *(wire(t) if i % 2 == 0 else INIT + t
                               for i, t in enumerate(texts(6))))

    def test_reprinted_job_goes_first(self):
        printer = self.peer(reset_at=5, times=1)
        d = self.shop({"till": printer}, options="chunk-delay = 100")
        for text in texts(3):
            self.accepted(d.print(printer, text))
        first, *rest = texts(3)
        self.papers(printer, wire(first)[:5], wire(first), *map(wire, rest))

    def test_priorities(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="retry-delay = 500")
        d.submit("till", b"first")
        d.wait_job(1, "held")
        for text, priority in [(b"b1", "bulk"), (b"n1", "normal"), (b"u1", "urgent"),
                               (b"u2", 1), (b"n2", 0), (b"b2", -1)]:
            d.submit("till", text, priority=priority)
        printer.on()
        self.papers(printer, *(INIT + t for t in
                               [b"u1", b"u2", b"first", b"n1", b"n2", b"b1", b"b2"]))

    def test_simultaneous_requests(self):
        """Each gets a number of its own, and they print in that order."""
        printer = self.peer()
        d = self.shop({"till": printer})
        numbers = {}

        def till(text):
            numbers[text] = int(self.accepted(d.print(printer, text)))
        threads = [shop.platen.threading.Thread(target=till, args=(t,)) for t in texts(30)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(sorted(numbers.values()), list(range(1, 31)))
        self.papers(printer, *(wire(t) for t in sorted(numbers, key=numbers.get)))


class Schedule(Case):
    def test_run_at_joins_the_end_of_the_line(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer})
        self.accepted(d.print(printer, b"a"))
        self.accepted(d.print(printer, b"later", runAt=soon(300)))
        self.accepted(d.print(printer, b"b"))
        self.assertEqual(d.job(2)["state"], "scheduled")
        d.wait_job(2, "queued")
        self.accepted(d.print(printer, b"c"))
        printer.on()
        self.papers(printer, *map(wire, [b"a", b"b", b"later", b"c"]))

    def test_not_before_its_time(self):
        printer = self.peer()
        d = self.shop({"till": printer})
        due = {}
        for i, ms in enumerate([600, 200, 400], 1):
            due[b"%d" % i] = soon(ms)
            self.accepted(d.print(printer, b"%d" % i, runAt=due[b"%d" % i]))
        self.accepted(d.print(printer, b"now"))
        self.papers(printer, *map(wire, [b"now", b"2", b"3", b"1"]))
        for pieces in printer.jobs()[1:]:
            text = b"".join(p for _, p in pieces)[2:3]
            self.assertGreaterEqual(pieces[0][0], due[text] - 1)


class Expiry(Case):
    def test_expired_jobs_never_print(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer})
        d.submit("till", b"old", expires_s=1)
        d.submit("till", b"keep")
        job = d.wait_job(1, "expired")
        self.assertEqual(job["code"], "expired")
        printer.on()
        self.papers(printer, INIT + b"keep")

    def test_drawer_expires_and_is_never_late(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="drawer-expiry = 400")
        self.accepted(d.plato_post("/cash-drawer", printer))
        d.wait_job(1, "expired")
        s = d.status(printer)
        self.assertEqual((s["lastError"], s["failed"]), ("Drawer pulse expired", 1))
        printer.on()
        self.accepted(d.print(printer, b"x"))
        self.papers(printer, wire(b"x"))

    def test_drawer_expires_while_another_job_is_on_the_wire(self):
        printer = self.peer()
        d = self.shop({"till": printer}, options="drawer-expiry = 200 chunk-delay = 800")
        self.accepted(d.print(printer, b"x"))
        d.wait_job(1, "sending")
        self.accepted(d.plato_post("/cash-drawer", printer))
        d.wait_job(2, "expired")
        d.wait_job(1, "done")
        self.papers(printer, wire(b"x"))

    def test_drawer_expiry_counts_across_a_restart(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="drawer-expiry = 1000 retry-delay = 600000")
        self.accepted(d.plato_post("/cash-drawer", printer))
        d.wait_job(1, "held")
        d.kill9()
        time.sleep(1)  # the time that must pass is what is tested
        printer.on()
        d.start()
        self.assertEqual(d.wait_job(1)["state"], "expired")
        self.assertEqual(printer.papers(), [])


class Drawer(Case):
    def test_goes_first_at_the_next_gap(self):
        printer = self.peer()
        d = self.shop({"till": printer}, options="chunk-delay = 300")
        for text in texts(3):
            self.accepted(d.print(printer, text))
        d.wait_job(1, "sending")
        self.accepted(d.plato_post("/cash-drawer", printer))
        one, two, three = map(wire, texts(3))
        self.papers(printer, one, KICK, two, three)

    def test_one_a_second_over_all_dialects(self):
        printer = self.peer()
        d = self.shop({"till": printer})
        self.accepted(d.plato_post("/cash-drawer", printer))
        r = d.post("/v1/devices/till/open", {})
        self.assertEqual((r.status, r.json["code"], r.headers["retry-after"]),
                         (429, "too-many-requests", "1"))
        r = d.plato_post("/cash-drawer", printer)
        self.assertEqual((r.status, r.headers["retry-after"]), (429, "1"))
        self.papers(printer, KICK)

    def test_a_second_apart_on_the_wire(self):
        """Pulses that gathered while the printer was away, and a receipt in between."""
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="retry-delay = 600000")
        self.accepted(d.plato_post("/cash-drawer", printer))
        wait_until(lambda: d.plato_post("/cash-drawer", printer).status == 200, "a second pulse")
        self.accepted(d.print(printer, b"x"))
        d.wait_job(1, "held")
        printer.on()
        # both were tried in vain; a person's reprint ends the wait
        r = d.admin("POST", "/v1/jobs/1/resolve", {"action": "reprint"})
        self.assertEqual(r.status, 200, r)
        self.papers(printer, KICK, wire(b"x"), KICK)
        first, _, last = printer.jobs()
        self.assertGreaterEqual(last[-1][0] - first[-1][0], 995)


class Ceilings(Case):
    def test_nothing_accepted_is_dropped(self):
        """429 beyond the ceiling; what was accepted comes out."""
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="queue-jobs = 5")
        replies = [d.print(printer, text) for text in texts(8)]
        self.assertEqual([r.status for r in replies], [200] * 5 + [429] * 3)
        self.assertEqual(replies[-1].json, {"ok": False, "error": "Queue full"})
        self.assertTrue(int(replies[-1].headers["retry-after"]) > 0)
        printer.on()
        self.papers(printer, *map(wire, texts(5)))
        wait_until(lambda: d.status(printer)["busy"] is False, "an empty line")
        self.accepted(d.print(printer, b"again"))

    def test_adhoc_printers(self):
        """At most 64, remembered; known ones go on being served."""
        d = self.shop(more="daemon { queue-jobs = 1000 }")
        ports = shop.platen.free_ports(65)
        for port in ports[:64]:
            self.accepted(d.print(port, b"x", runAt=soon(3600000)))
        self.assertEqual(d.print(ports[64], b"x").status, 429)
        self.assertEqual(d.print(ports[0], b"x", runAt=soon(3600000)).json["jobId"], "2")
        d.stop()
        d.start()
        self.assertEqual(len(d.get("/queue-status", port=d.plato).json["printers"]), 64)
        self.assertEqual(d.print(ports[64], b"x").status, 429)
        self.assertEqual(d.print(ports[63], b"x", runAt=soon(3600000)).json["jobId"], "2")


class People(Case):
    def cancel(self, d, job, status):
        r = d.delete(f"/v1/jobs/{job}")
        self.assertEqual(r.status, status, r)
        return r.json

    def resolve(self, d, job, action, status=200):
        r = d.post(f"/v1/jobs/{job}/resolve", {"action": action})
        self.assertEqual(r.status, status, r)
        return r.json

    def test_cancel_in_every_state(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="retry-delay = 600000 chunk-delay = 5000")
        d.submit("till", b"held")
        d.wait_job(1, "held")
        d.submit("till", b"queued")
        d.submit("till", b"scheduled", run_at=soon(3600000))
        self.assertEqual([d.job(i)["state"] for i in (1, 2, 3)], ["held", "queued", "scheduled"])
        for job in (3, 2, 1):
            self.assertEqual(self.cancel(d, job, 200)["state"], "cancelled")
            self.assertEqual(self.cancel(d, job, 409)["error"], "The job has ended: cancelled")
        printer.on()
        self.accepted(d.print(printer, b"one", b"two"))
        d.wait_job(4, "sending")
        wait_until(lambda: printer.papers(), "the first bytes")
        self.assertEqual(self.cancel(d, 4, 200)["state"], "cancelled")
        wait_until(lambda: not printer.open, "the end of the connection")
        self.assertEqual(printer.papers(), [INIT + b"one"])
        self.cancel(d, 99, 404)

    def test_resolve(self):
        printer = self.peer(reset_at=5, times=3)
        d = self.shop({"till": printer}, options="on-doubt = hold chunk-delay = 100")
        for text in texts(3):
            self.accepted(d.print(printer, text))
        jobs = d.wait_states(3, "unconfirmed")
        self.assertEqual({j["code"] for j in jobs}, {"connection-lost"})
        self.cancel(d, 1, 409)
        job = self.resolve(d, 1, "printed")
        self.assertEqual((job["state"], job["evidence"]), ("done", "operator"))
        self.resolve(d, 2, "reprint")
        self.assertEqual(d.wait_job(2, "done")["reprints"], 1)
        self.assertEqual(self.resolve(d, 3, "drop")["state"], "failed")
        self.assertEqual([d.notes(i)[-1] for i in (1, 2, 3)],
                         ["marked printed", "reprint", "dropped"])
        self.assertEqual(printer.papers()[3:], [wire(texts(3)[1])])
        self.assertEqual(d.status(printer)["failed"], 1)
        self.resolve(d, 3, "reprint", 409)
        r = d.post("/v1/jobs/3/reprint", {})
        self.assertEqual(r.status, 201)
        d.wait_job(r.json["id"], "done")

    def test_unconfirmed_survives_a_restart(self):
        printer = self.peer(reset_at=5, times=1)
        d = self.shop({"till": printer}, options="on-doubt = hold chunk-delay = 100")
        self.accepted(d.print(printer, b"one"))
        d.wait_job(1, "unconfirmed")
        d.kill9()
        d.start()
        self.assertEqual(d.job(1)["state"], "unconfirmed")
        self.resolve(d, 1, "reprint")
        d.wait_job(1, "done")
        self.assertEqual(printer.papers()[1:], [wire(b"one")])

    def test_resolve_held(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="retry-delay = 600000")
        for text in texts(2):
            self.accepted(d.print(printer, text))
        d.wait_job(1, "held")
        self.assertEqual(self.resolve(d, 1, "drop")["state"], "failed")
        d.wait_job(2, "held")
        self.resolve(d, 2, "printed")
        printer.on()
        self.accepted(d.print(printer, b"x"))
        self.papers(printer, wire(b"x"))
        self.resolve(d, 3, "drop", 409)


class Search(unittest.TestCase):
    def test_what_one_request_looks_at_has_an_end(self):
        """2000 jobs; then the answer is empty and says where to go on."""
        d = platen.Daemon('printer till { uri = "file:/dev/null" language = escpos cooldown = 0 '
                          "queue-jobs = 10000 }").start()
        self.addCleanup(d.close)
        first = self.submit(d, 1, b"The needle")
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: self.submit(d, 340, b"hay"), range(6)))
        page = d.get("/v1/jobs?text=needle").json
        self.assertEqual(page["jobs"], [])
        page = d.get("/v1/jobs?text=needle&before=" + page["before"]).json
        self.assertEqual([j["id"] for j in page["jobs"]], [first])
        self.assertNotIn("before", page)

    def submit(self, d, count, text):
        line = http.client.HTTPConnection("127.0.0.1", d.port, timeout=20)
        for _ in range(count):
            status = 429
            while status == 429:  # the line is full: it empties by itself
                line.request("POST", "/v1/printers/till/jobs", text,
                             {"Content-Type": "application/octet-stream"})
                answer = line.getresponse()
                status, body = answer.status, answer.read()
            self.assertEqual(status, 201, body)
        line.close()
        return json.loads(body)["id"]


if __name__ == "__main__":
    unittest.main()
