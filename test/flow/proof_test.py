#!/usr/bin/env python3
"""How a job's end is known: its evidence by what the printer can tell, and what becomes of it when
the word is lost, late, another's, or when the printer stops in the middle. No job is done whose
paper did not come out."""
import time
import unittest

import shop
from fakeprinter import Printers
from platen import Sim, wait_until
from shop import Case

LINES = 12
PATIENCE = "confirm-timeout = 700"
OPTIONS = f"status-polling = yes confirm = auto status-poll-interval = 300 {PATIENCE}"


def ticket(name, lines=LINES):
    """The last line before the cut is `name`: where it is, all of it is."""
    text = b"".join(b"%s line %d\n" % (name.encode(), i) for i in range(lines))
    return b"\x1b@" + text + name.encode() + b"\n\x1dV\x01"


class Proof(Case):
    def fake(self, **abilities):
        house = Printers(1)
        self.addCleanup(house.__exit__)
        house.all[0].set(**abilities)
        return house.all[0]

    def sim(self, **options):
        sim = Sim(**options)
        self.addCleanup(sim.close)
        return sim.start()

    def proven(self, printer, proof="process-id", options=""):
        d = self.shop({"till": printer}, options=shop.merge(OPTIONS, options))

        def learned():
            x, = d.admin("GET", "/v1/devices").json["devices"]
            return x["proof"] == proof
        wait_until(learned, "the printer's way to prove: " + proof)
        return d

    def doubtful(self, d, job):
        """In doubt, for a person, and not tried again by itself."""
        x = d.wait_job(job)
        self.assertEqual((x["state"], x["hold"], x["attempts"]), ("unconfirmed", "doubt", 1))
        self.assertGreater(x["sent"], 0)
        self.assertNotIn("grade", x)
        return x

    def lines(self, sim):
        return [line["text"] for p in sim.papers() for line in p["lines"]]


class Grades(Proof):
    ABILITIES = [
        ({}, "process-id", "A", "confirmed"),
        ({"fence": False}, "ordered", "B", "confirmed"),
        ({"fence": False, "ordered": False}, "status", "C", "sent"),
        ({"identity": {}}, "status", "C", "sent"),
    ]
    MODELS = [
        ("full", "process-id", "A"),
        ("strict", "process-id", "A"),
        ("clone", "ordered", "B"),
        ("gbk", "ordered", "B"),
        ("basic", "status", "C"),
    ]

    def test_what_the_fake_can_tell(self):
        for abilities, proof, grade, evidence in self.ABILITIES:
            with self.subTest(proof=proof):
                printer = self.fake(**abilities)
                d = self.proven(printer, proof)
                x = d.wait_job(d.submit("till", ticket("x")))
                self.assertEqual((x["state"], x["grade"], x["evidence"]),
                                 ("done", grade, evidence))
                self.assertEqual(printer.printed("x"), 1)

    def test_what_the_models_can_tell(self):
        for model, proof, grade in self.MODELS:
            with self.subTest(model):
                sim = self.sim(args=["--model", model])
                d = self.proven(sim, proof)
                x = d.wait_job(d.submit("till", ticket("x")))
                self.assertEqual((x["state"], x["grade"]), ("done", grade))
                self.assertEqual(self.lines(sim).count("x"), 1)

    def test_nothing_to_tell(self):
        for printer in (self.fake(silent=True), self.sim(args=["--model", "mute"])):
            d = self.shop({"till": printer}, options=OPTIONS)
            x = d.wait_job(d.submit("till", ticket("x")))
            self.assertEqual((x["state"], x["grade"], x["evidence"]), ("done", "E", "sent"))

    def test_not_asked(self):
        """confirm = none: nothing but the job on the wire."""
        printer = self.fake()
        d = self.shop({"till": printer}, options=shop.merge(OPTIONS, "confirm = none"))
        x = d.wait_job(d.submit("till", ticket("x")))
        self.assertEqual((x["state"], x["grade"]), ("done", "E"))
        self.assertEqual(printer.asked["fence"] + printer.asked["probe"], 0)

    def test_remembered_over_a_restart(self):
        printer = self.fake()
        d = self.proven(printer)
        d.stop()
        d.start()
        x = d.wait_job(d.submit("till", ticket("x")))
        self.assertEqual((x["grade"], printer.asked["probe"]), ("A", 1))

    def test_another_printer_at_the_address(self):
        """It cannot do what the one before it could: asked anew."""
        printer = self.fake()
        d = self.proven(printer)
        printer.off()
        wait_until(lambda: d.admin("GET", "/v1/devices").json["devices"][0]["state"] == "offline",
                   "it is away")
        printer.set(fence=False, identity={**printer.identity, 0x44: b"OTHER12345"})
        printer.on()
        wait_until(lambda: d.admin("GET", "/v1/devices").json["devices"][0]["proof"] == "ordered",
                   "the new way")
        self.assertEqual(d.wait_job(d.submit("till", ticket("x")))["grade"], "B")

    def test_answers_that_the_job_itself_asked_for(self):
        """GS r and GS ( H of the document are not taken for ours."""
        printer = self.fake(fence=False)
        d = self.proven(printer, "ordered")
        own = b"\x1b@x\n\x1dr\x01\x1dr\x01y\n\x1dV\x01"
        self.assertEqual(d.wait_job(d.submit("till", own))["grade"], "B")
        self.assertEqual(printer.printed("y"), 1)


class Word(Proof):
    """All of it is on paper, but the word of it does not come as it should."""

    def test_lost(self):
        printer = self.fake()
        d = self.proven(printer)
        printer.set(echo=False)
        self.doubtful(d, d.submit("till", ticket("x")))
        self.assertEqual(printer.printed("x"), 1)
        printer.set(echo=True)
        self.assertEqual(d.wait_job(d.submit("till", ticket("y")))["grade"], "A")
        self.assertEqual(printer.printed("x"), 1)

    def test_lost_on_the_simulator(self):
        sim = self.sim()
        d = self.proven(sim)
        sim.control("POST", f"/printers/{sim.port}/fault", {"action": "lost-echo 1"})
        self.doubtful(d, d.submit("till", ticket("x")))
        self.assertEqual(d.wait_job(d.submit("till", ticket("y")))["grade"], "A")
        self.assertEqual([self.lines(sim).count(t) for t in "xy"], [1, 1])

    def test_late_but_in_time(self):
        printer = self.fake(echo=True)
        d = self.proven(printer)
        printer.set(echo=0.4)
        x = d.wait_job(d.submit("till", ticket("x")))
        self.assertEqual((x["state"], x["grade"]), ("done", "A"))

    def test_too_late(self):
        """Nobody takes the next job's word for this one's, nor this one's for the next's."""
        printer = self.fake()
        d = self.proven(printer)
        printer.set(echo=1.0)
        self.doubtful(d, d.submit("till", ticket("x")))
        printer.set(echo=False)
        self.doubtful(d, d.submit("till", ticket("y")))

    def test_foreign(self):
        printer = self.fake()
        d = self.proven(printer)
        printer.set(echo="foreign")
        self.doubtful(d, d.submit("till", ticket("x")))
        sim = self.sim()
        d = self.proven(sim)
        sim.control("POST", f"/printers/{sim.port}/fault", {"action": "wrong-echo"})
        self.doubtful(d, d.submit("till", ticket("x")))

    def test_reset_before_the_echo(self):
        printer = self.fake()
        d = self.proven(printer)
        printer.set(reset_before_echo=True)
        self.doubtful(d, d.submit("till", ticket("x")))
        self.assertEqual(printer.printed("x"), 1)
        sim = self.sim(script="at echo 2 reset\n")  # the first is the probe's
        d = self.proven(sim)
        self.doubtful(d, d.submit("till", ticket("x")))
        self.assertEqual(self.lines(sim).count("x"), 1)

    def test_a_good_status_is_no_word(self):
        """Lost echo, and DLE EOT says that all is well: still nobody knows."""
        printer = self.fake()
        d = self.proven(printer)
        printer.set(echo=False)
        job = d.submit("till", ticket("x"))
        self.doubtful(d, job)
        self.assertGreater(printer.asked["status 1"], 2)

    def test_what_a_person_decides(self):
        printer = self.fake()
        d = self.proven(printer)
        printer.set(echo=False)
        first, second, third = (d.submit("till", ticket(t)) for t in "xyz")
        for job in (first, second, third):
            self.doubtful(d, job)
        printer.set(echo=True)

        def resolve(job, action):
            r = d.post(f"/v1/jobs/{job}/resolve", {"action": action})
            self.assertEqual(r.status, 200, r)
        resolve(first, "printed")
        resolve(second, "reprint")
        resolve(third, "drop")
        self.assertEqual((d.job(first)["state"], d.job(first)["evidence"]), ("done", "operator"))
        x = d.wait_job(second, "done")
        self.assertEqual((x["grade"], x["reprints"]), ("A", 1))
        self.assertEqual(d.job(third)["state"], "failed")
        self.assertEqual([printer.printed(t) for t in "xyz"], [1, 2, 1])

    def test_reset_in_the_middle(self):
        printer = self.fake()
        d = self.proven(printer)
        size = len(ticket("x"))
        for at in (60, size // 2, size - 1):
            printer.set(reset_at=at)
            self.doubtful(d, d.submit("till", ticket(f"x{at}")))
            self.assertEqual(printer.printed(f"x{at}"), 0)
        printer.set(reset_at=None)
        self.assertEqual(d.wait_job(d.submit("till", ticket("last")))["grade"], "A")


class Torn(Proof):
    """A connection breaks off inside a command: the printer waits for the rest of it, and would
    swallow the next ticket up to there, and yet return the process id behind it."""

    ROWS, WIDTH = 200, 72

    def test_the_next_ticket_is_whole(self):
        picture = b"\x1b@\x1dv0\x00" + bytes([self.WIDTH, 0, self.ROWS, 0])
        picture += b"\xaa" * (self.ROWS * self.WIDTH) + b"\n\x1dV\x01"
        for missing in (40, 90, 3000):
            with self.subTest(missing=missing):
                at = len(picture) - missing
                sim = self.sim(script=f"at byte {at} reset\n")
                d = self.proven(sim)
                self.doubtful(d, d.submit("till", picture))
                x = d.wait_job(d.submit("till", ticket("x", 4)))
                self.assertEqual((x["state"], x["grade"]), ("done", "A"))
                lines = self.lines(sim)
                self.assertEqual([lines.count(t) for t in ("x line 0", "x line 3", "x")],
                                 [1, 1, 1])

    def test_a_printer_that_cannot_say_so_gets_nothing(self):
        printer = self.fake()
        d = self.proven(printer, options="retry-delay = 2000")
        printer.set(reset_at=60)
        self.doubtful(d, d.submit("till", ticket("x")))
        printer.set(reset_at=None, fence=False)
        job = d.submit("till", ticket("y"))
        x = d.wait_job(job, "held")
        self.assertEqual((x["code"], x["sent"]), ("printer-unready", 0))
        x = d.wait_job(job, "done")  # found out anew: it can only do GS r now
        self.assertEqual((x["grade"], printer.printed("y")), ("B", 1))

    def test_after_a_restart_nobody_knows(self):
        printer = self.fake()
        d = self.proven(printer)
        d.kill9()
        before = printer.asked["fence"]
        d.start()
        self.assertEqual(d.wait_job(d.submit("till", ticket("x")))["grade"], "A")
        self.assertEqual(printer.asked["fence"], before + 2)


class Stops(Proof):
    """The printer stops, and somebody comes, or does not."""

    def sending(self, d, job):
        """It has begun and does not end."""
        wait_until(lambda: d.job(job)["state"] == "sending", "the beginning")

    def test_paper_ends_in_the_middle_and_it_goes_on(self):
        """It waits far longer than confirm-timeout for a person, and is printed once."""
        printer = self.fake()
        d = self.proven(printer)
        printer.set(stop_after=5)
        job = d.submit("till", ticket("x"))
        behind = d.submit("till", ticket("behind"))
        wait_until(lambda: printer.paper == "out", "the end of the paper")
        time.sleep(1.5)
        self.assertEqual((d.job(job)["state"], printer.printed("x")), ("sending", 0))
        self.assertEqual(d.job(behind)["state"], "queued")
        printer.set(paper="in")
        x = d.wait_job(job)
        self.assertEqual((x["state"], x["grade"], x["attempts"]), ("done", "A", 1))
        self.assertEqual(d.wait_job(behind)["grade"], "A")
        self.assertEqual([printer.printed(t) for t in ("x", "behind")], [1, 1])

    def test_what_it_waits_for_is_seen_meanwhile(self):
        printer = self.fake()
        d = self.proven(printer)
        printer.set(stop_after=5)
        job = d.submit("till", ticket("x"))

        def told():
            x, = d.admin("GET", "/v1/devices").json["devices"]
            return "paper-out" in [r["reason"] for r in x["reasons"]]
        wait_until(told, "the reason")
        self.assertEqual(d.job(job)["state"], "sending")
        printer.set(paper="in")
        self.assertEqual(d.wait_job(job)["grade"], "A")

    def test_paper_ends_and_nobody_comes(self):
        printer = self.fake()
        d = self.proven(printer, options="confirm-timeout = 150")
        printer.set(stop_after=5)
        x = self.doubtful(d, d.submit("till", ticket("x")))
        self.assertEqual(x["code"], "paper-out")
        self.assertEqual(printer.printed("x"), 0)

    def test_paper_ends_on_the_simulator(self):
        sim = self.sim(script="at row 200 paper-out\nafter 1500ms paper-in\n")
        d = self.proven(sim)
        jobs = [d.submit("till", ticket(t)) for t in "xyz"]
        for job in jobs:
            x = d.wait_job(job)
            self.assertEqual((x["state"], x["grade"], x["attempts"]), ("done", "A", 1))
        self.assertEqual([self.lines(sim).count(t) for t in "xyz"], [1, 1, 1])

    def test_paper_ends_and_it_is_switched_off_and_on(self):
        """The rest of it was in the buffer: gone."""
        sim = self.sim(script="at row 200 paper-out\nafter 500ms power-cycle 100\n"
                              "after 1 paper-in\n")
        d = self.proven(sim)
        self.doubtful(d, d.submit("till", ticket("x")))
        x = d.wait_job(d.submit("till", ticket("y")))
        self.assertEqual((x["state"], x["grade"]), ("done", "A"))
        self.assertEqual([self.lines(sim).count(t) for t in "xy"], [0, 1])

    def test_paper_is_out_before_the_head(self):
        """Nothing leaves; the line keeps its order."""
        printer = self.fake()
        d = self.proven(printer)
        printer.set(paper="out")
        jobs = [d.submit("till", ticket(t)) for t in "xyz"]
        x = d.wait_job(jobs[0], "held")
        self.assertEqual((x["hold"], x["sent"]), ("paper", 0))
        self.assertEqual(printer.tear(), [])
        printer.set(paper="in")
        for job in jobs:
            self.assertEqual(d.wait_job(job)["grade"], "A")
        self.assertEqual([p[-1] for p in printer.papers], ["x", "y", "z"])

    def test_cover_in_the_middle(self):
        sim = self.sim(script="at row 200 cover-open\nafter 1200ms cover-close\n")
        d = self.proven(sim)
        x = d.wait_job(d.submit("till", ticket("x")))
        self.assertEqual((x["state"], x["grade"], x["attempts"]), ("done", "A", 1))
        self.assertEqual(self.lines(sim).count("x"), 1)

    def test_cutter_error_at_the_cut(self):
        """The lines are out and the cutter jams: proven when a person has freed it; and seen."""
        sim = self.sim(script="at cut 1 cutter-error\nafter 1200ms recover\n")
        d = self.proven(sim)
        job = d.submit("till", ticket("x"))

        def told():
            x, = d.admin("GET", "/v1/devices").json["devices"]
            return "cutter-error" in [r["reason"] for r in x["reasons"]]
        wait_until(told, "the reason")
        x = d.wait_job(job)
        self.assertEqual((x["state"], x["grade"], x["attempts"]), ("done", "A", 1))
        self.assertEqual(self.lines(sim).count("x"), 1)

    def test_cutter_error_behind_the_word(self):
        """Printed and proven, but the next one must wait."""
        printer = self.fake()
        d = self.proven(printer)
        printer.set(cut_fails=True)
        job, behind = (d.submit("till", ticket(t)) for t in "xy")
        time.sleep(0)
        x = d.wait_job(behind, "held", "sending", "queued")
        wait_until(lambda: printer.cutter, "the jam")
        printer.set(cutter=False)
        self.assertEqual([d.wait_job(j)["grade"] for j in (job, behind)], ["A", "A"])
        self.assertEqual([printer.printed(t) for t in "xy"], [1, 1])
        self.assertIsNotNone(x)

    def test_stalled(self):
        """It takes everything, prints nothing and looks healthy."""
        sim = self.sim()
        d = self.proven(sim)
        sim.control("POST", f"/printers/{sim.port}/fault", {"action": "stall"})
        self.doubtful(d, d.submit("till", ticket("x")))
        self.assertEqual(self.lines(sim).count("x"), 0)


if __name__ == "__main__":
    unittest.main()
