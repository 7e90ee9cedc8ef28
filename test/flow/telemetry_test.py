#!/usr/bin/env python3
"""What printers say of themselves, as clients see it: states, reasons, identity and events,
within one poll's time; and how platend stops asking those that do not answer.

Most cases run twice: against platen-sim and against a printer that shares nothing with it."""
import http.client
import json
import os
import threading
import time
import unittest

import shop
from fakeprinter import Printers
from platen import Sim, request, wait_until
from shop import Case

INTERVAL = 0.3
SLACK = 3.0 if os.environ.get("PLATEN_STAGE") == "asan" else 1.0
POLLED = f"status-polling = yes confirm = auto status-poll-interval = {INTERVAL * 1000:.0f}"
TICKET = b"\x1b@%s\n\n\x1dV\x01"


class Events:
    """GET /v1/events, collected by a thread: [(time, name, data), ...]."""

    def __init__(self, port):
        self.seen = []
        self._c = http.client.HTTPConnection("127.0.0.1", port)
        self._c.request("GET", "/v1/events", headers={"Accept": "text/event-stream"})
        self._reply = self._c.getresponse()
        assert self._reply.status == 200, self._reply.status
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        name = None
        try:
            for line in self._reply:
                line = line.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    self.seen.append((time.monotonic(), name, json.loads(line[6:])))
        except (OSError, ValueError, http.client.HTTPException):
            pass  # the daemon ended, or the test

    def wait(self, what, fn):
        """The time of the first device event that fn likes."""
        return wait_until(lambda: next((at for at, name, data in self.seen
                                        if name == "device" and fn(data)), None), what)

    def clear(self):
        self.seen = []


class Telemetry(Case):
    def device(self, d, name="till"):
        return next(x for x in d.admin("GET", "/v1/devices").json["devices"]
                    if x["name"] == name)

    def wait_device(self, d, what, fn, name="till"):
        seen = {}

        def arrived():
            seen.update(self.device(d, name))
            return fn(seen)
        try:
            wait_until(arrived, what)
        except AssertionError as e:
            raise AssertionError(f"{e}: {seen}\n{d.log[-1500:]}") from None
        return seen

    def wait_source(self, d, source):
        return self.wait_device(d, source, lambda x: x["source"] == source)

    def watched(self, printer, options="", wait="telemetry"):
        d = self.shop({"till": printer}, options=shop.merge(POLLED, options))
        if wait:
            self.wait_source(d, wait)
        return d

    def fake(self):
        house = Printers(1)
        self.addCleanup(house.__exit__)
        return house.all[0]

    def sim(self, **options):
        sim = Sim(**options)
        self.addCleanup(sim.close)
        return sim.start()

    def print(self, d, text, **options):
        return d.submit("till", TICKET % text, **options)

    def reasons(self, x):
        return {r["reason"] for r in x["reasons"]}


# --- what it says ------------------------------------------------------------------------

# replies to DLE EOT 1, 2 and 4: online, cover_open, paper_loaded, paper_low
TABLE = [
    ("121212", True, False, True, False),
    ("161212", True, False, True, False),
    ("12121E", True, False, True, True),
    ("1A1612", False, True, True, False),
    ("1A327E", False, False, False, True),
    ("1A1272", False, False, False, False),
]
FIELDS = ("online", "cover_open", "paper_loaded", "paper_low")
PIN = {"121212": False, "161212": True}

# what happens, what of it is told: fact, value, reason, its UnifiedPOS name, why jobs wait
CHANGES = [
    ("paper-low", "paper_low", True, "paper-low", "PTR_SUE_REC_NEAREMPTY", None),
    ("paper-out", "paper_loaded", False, "paper-out", "PTR_SUE_REC_EMPTY", "paper"),
    ("cover-open", "cover_open", True, "cover-open", "PTR_SUE_COVER_OPEN", "cover"),
    ("cutter-error", "cutter_error", True, "cutter-error", "E_FAILURE", "error"),
    ("mechanical-error", "mechanical_error", True, "mechanical-error", "E_FAILURE", "error"),
    ("fatal-error", "unrecoverable_error", True, "unrecoverable-error", "E_FAILURE", "error"),
    ("head-hot", "head_hot", True, "head-hot", "E_FAILURE", "error"),
    ("offline", "online", False, "offline", "SUE_POWER_OFFLINE", "offline"),
    ("drawer", "drawer_high", True, None, None, None),
]
FAKE_WORDS = {
    "paper-low": ({"paper": "low"}, {"paper": "in"}),
    "paper-out": ({"paper": "out"}, {"paper": "in"}),
    "cover-open": ({"cover": True}, {"cover": False}),
    "cutter-error": ({"cutter": True}, {"cutter": False}),
    "mechanical-error": ({"mechanical": True}, {"mechanical": False}),
    "fatal-error": ({"fatal": True}, {"fatal": False}),
    "head-hot": ({"hot": True}, {"hot": False}),
    "offline": ({"offline": True}, {"offline": False}),
    "drawer": ({"drawer": True}, {"drawer": False}),
}
SIM_WORDS = {
    "paper-low": ("paper-low", "paper-in"),
    "paper-out": ("paper-out", "paper-in"),
    "cover-open": ("cover-open", "cover-close"),
    "offline": ("offline", "online"),
    "drawer": ("drawer-open", "drawer-close"),
}


class FakeHand:
    """Does to a fake what CHANGES say, and undoes it."""

    def __init__(self, printer):
        self.printer = printer

    def do(self, what):
        self.printer.set(**FAKE_WORDS[what][0])

    def undo(self, what):
        self.printer.set(**FAKE_WORDS[what][1])

    def printed(self, text):
        return self.printer.printed(text)


class SimHand:
    def __init__(self, sim):
        self.printer = sim

    def fault(self, action):
        r = self.printer.control("POST", f"/printers/{self.printer.port}/fault",
                                 {"action": action})
        assert r.status == 200, r

    def do(self, what):
        self.fault(SIM_WORDS.get(what, (what, None))[0])

    def undo(self, what):
        self.fault(SIM_WORDS.get(what, (None, "recover"))[1])

    def printed(self, text):
        lines = [line["text"] for p in self.printer.papers() for line in p["lines"]]
        return lines.count(text)


class Says:
    """For both kinds of printer."""

    def test_changes_are_events_within_one_interval(self):
        hand = self.hand()
        d = self.watched(hand.printer)
        self.wait_device(d, "the proof", lambda x: x["proof"] == "process-id")
        events = Events(d.port)
        for what, fact, value, reason, upos, _ in CHANGES:
            with self.subTest(what):
                before = self.device(d)["facts"][fact]
                self.assertNotEqual(before, value)
                events.clear()
                begun = time.monotonic()
                hand.do(what)
                lag = events.wait(what, lambda x: x["facts"][fact] is value) - begun
                self.assertLess(lag, INTERVAL + SLACK)
                x = self.device(d)
                if reason:
                    self.assertIn({"reason": reason, "upos": upos}, x["reasons"])
                self.assertEqual(x["source"], "telemetry")
                self.assertEqual(x["state"], "online" if x["facts"]["online"] else "offline")
                events.clear()
                begun = time.monotonic()
                hand.undo(what)
                lag = events.wait("the end of " + what,
                                  lambda x: x["facts"][fact] is before) - begun
                self.assertLess(lag, INTERVAL + SLACK)
                x = self.device(d)
                self.assertNotIn(reason, self.reasons(x))
                self.assertEqual(x["state"], "online")

    def test_jobs_wait_and_go_on_by_themselves(self):
        hand = self.hand()
        d = self.watched(hand.printer)
        self.wait_device(d, "the proof", lambda x: x["proof"] == "process-id")
        for what, _, _, reason, _, hold in CHANGES:
            if not hold:
                continue
            with self.subTest(what):
                hand.do(what)
                self.wait_device(d, reason, lambda x: reason in self.reasons(x))
                text = what.encode()
                job = self.print(d, text)
                held = d.wait_job(job, "held")
                self.assertEqual((held["hold"], held["sent"]), (hold, 0))
                begun = time.monotonic()
                hand.undo(what)
                done = d.wait_job(job, "done")
                self.assertLess(time.monotonic() - begun, INTERVAL + SLACK)
                self.assertEqual((done["grade"], done["reprints"]), ("A", 0))
                wait_until(lambda: hand.printed(what) == 1, f"{what} on paper, once")

    def test_a_held_job_lets_the_drawer_pass_and_may_be_cancelled(self):
        hand = self.hand()
        d = self.watched(hand.printer)
        hand.do("cover-open")
        self.wait_device(d, "cover-open", lambda x: "cover-open" in self.reasons(x))
        job = self.print(d, b"held")
        d.wait_job(job, "held")
        self.assertEqual(d.delete(f"/v1/jobs/{job}").status, 200)
        self.assertEqual(d.job(job)["state"], "cancelled")
        hand.undo("cover-open")
        after = self.print(d, b"after")
        d.wait_job(after, "done")
        wait_until(lambda: hand.printed("after") == 1, "the next one on paper")
        self.assertEqual(hand.printed("held"), 0)


class FakeSays(Says, Telemetry):
    def hand(self):
        return FakeHand(self.fake())

    def test_the_contract_s_table(self):
        printer = self.fake()
        d = self.watched(printer)
        for replies, *values in TABLE:
            with self.subTest(replies):
                printer.set(answers=dict(zip((1, 2, 4), bytes.fromhex(replies))))
                x = self.wait_device(d, replies, lambda x: [
                    x["facts"][f] for f in FIELDS] == values)
                self.assertEqual((x["source"], x["state"]),
                                 ("telemetry", "online" if values[0] else "offline"))
                if replies in PIN:
                    self.wait_device(d, "the pin",
                                     lambda x: x["facts"]["drawer_high"] is PIN[replies])
        printer.set(answers={1: 0x00, 2: 0xFF, 4: 0x41})
        x = self.wait_source(d, "inferred")
        self.assertEqual((x["state"], set(x["facts"].values()), x["reasons"]),
                         ("online", {None}, []))

    def test_a_missing_later_reply_leaves_its_fields(self):
        printer = self.fake()
        d = self.watched(printer)
        self.wait_device(d, "the proof", lambda x: x["proof"] == "process-id")
        printer.set(paper="low")
        self.wait_device(d, "low", lambda x: x["facts"]["paper_low"])
        printer.set(answers={4: None}, drawer=True)
        x = self.wait_device(d, "the pin", lambda x: x["facts"]["drawer_high"])
        self.assertEqual((x["source"], x["facts"]["paper_low"]), ("telemetry", True))

    def test_flow_control_and_status_packets_are_no_answers(self):
        printer = self.fake()
        d = self.watched(printer)
        junk = b"\x13\x11" + b"\x10\x00\x0f\x00"  # XOFF, XON, automatic status
        printer.set(answers={1: junk + b"\x16", 2: junk + b"\x12", 4: b"\x11\x1e"})
        x = self.wait_device(d, "the pin", lambda x: x["facts"]["drawer_high"])
        self.assertEqual([x["facts"][f] for f in FIELDS], [True, False, True, True])
        self.assertEqual(x["source"], "telemetry")


class SimSays(Says, Telemetry):
    def hand(self):
        return SimHand(self.sim())


# --- bad lines ---------------------------------------------------------------------------

class Noise(Telemetry):
    def test_garbled(self):
        for make, garble, clear in (
                (lambda: FakeHand(self.fake()), lambda h: h.printer.set(noise=True),
                 lambda h: h.printer.set(noise=False)),
                (lambda: SimHand(self.sim()), lambda h: h.fault("garble-status"),
                 lambda h: h.fault("garble-status off"))):
            hand = make()
            d = self.watched(hand.printer, "status-poll-interval = 1000")
            garble(hand)
            x = self.wait_source(d, "inferred")
            self.assertEqual((x["state"], set(x["facts"].values())), ("online", {None}))
            clear(hand)
            self.wait_source(d, "telemetry")

    def test_interleaved(self):
        hand = SimHand(self.sim(script="always interleave\n"))
        d = self.watched(hand.printer)
        x = self.wait_device(d, "who it is", lambda x: x["identity"])
        self.assertEqual(x["identity"]["model"], "SIM-80")
        self.wait_device(d, "the proof", lambda x: x["proof"] == "process-id")
        hand.do("paper-low")
        self.wait_device(d, "low", lambda x: x["facts"]["paper_low"])
        hand.undo("paper-low")
        self.assertEqual(d.wait_job(self.print(d, b"x"))["grade"], "A")

    def test_split_and_late_but_in_time(self):
        printer = self.fake()
        printer.set(split=True, late=0.2)
        d = self.watched(printer)
        x = self.wait_device(d, "who it is", lambda x: x["identity"])
        self.assertEqual(x["identity"], {"manufacturer": "EPSON", "model": "TM-T20II",
                                         "serial": "****4711", "firmware": "1.07 ESC/POS"})
        printer.set(cover=True)
        self.wait_device(d, "cover-open", lambda x: x["facts"]["cover_open"])

    def test_too_late_is_silence_and_no_later_poll_s_answer(self):
        """An answer to the last poll, come late, must not be taken for this one's."""
        printer = self.fake()
        d = self.watched(printer)
        printer.set(late=1.4, cover=True)
        x = self.wait_source(d, "inferred")
        self.assertEqual(set(x["facts"].values()), {None})
        printer.set(late=0)
        self.wait_device(d, "cover-open", lambda x: x["facts"]["cover_open"])

    def test_one_connection(self):
        """Polls and jobs never hold two connections."""
        for printer, refused in ((self.fake(), None), (self.sim(args=["--model", "single"]), 1)):
            if not refused:
                printer.set(one=True)
            d = self.watched(printer, "status-poll-interval = 100")
            self.wait_device(d, "the proof", lambda x: x["proof"] == "process-id")
            jobs = [self.print(d, b"ticket %d" % i) for i in range(30)]
            for job in jobs:
                done = d.wait_job(job)
                self.assertEqual((done["state"], done["attempts"], done["grade"]),
                                 ("done", 1, "A"))
            if refused:
                with open(os.path.join(printer.dir(), "log.jsonl"), encoding="utf-8") as f:
                    self.assertNotIn('"refused"', f.read())
            else:
                self.assertEqual(printer.overlaps, 0)


# --- who it is ---------------------------------------------------------------------------

class Identity(Telemetry):
    def polls(self, printer, count):
        """So many more polls."""
        goal = printer.asked["status 1"] + count
        wait_until(lambda: printer.asked["status 1"] >= goal, f"{count} polls")

    def test_once_and_again_after_it_was_away(self):
        printer = self.fake()
        d = self.watched(printer)
        self.wait_device(d, "who it is", lambda x: x["identity"])
        self.polls(printer, 3)
        self.assertEqual(printer.asked["identity"], 4)
        self.assertEqual(printer.asked["probe"], 1)
        printer.set(cover=True)
        self.wait_device(d, "offline", lambda x: x["state"] == "offline")
        self.polls(printer, 2)
        self.assertIsNotNone(self.device(d)["identity"])
        self.assertEqual(printer.asked["identity"], 4)
        printer.set(cover=False, identity={**printer.identity, 0x44: b"ABC"})
        x = self.wait_device(d, "the new one", lambda x: x["identity"]["serial"] == "****")
        self.polls(printer, 3)
        self.assertEqual(printer.asked["identity"], 8)
        self.assertEqual(x["facts"]["online"], True)

    def test_parts_may_be_missing(self):
        printer = self.fake()
        printer.set(identity={0x42: b"EPS\x07\xffON", 0x44: b"12345678" * 20})
        d = self.watched(printer)
        x = self.wait_device(d, "who it is", lambda x: x["identity"])
        self.assertEqual(x["identity"], {"manufacturer": "EPSON", "model": None,
                                         "serial": "****5678", "firmware": None})

    def test_it_may_say_nothing(self):
        """Asked once, for two parts, and never again; printing is not affected."""
        printer = self.fake()
        printer.set(identity={})
        d = self.watched(printer)
        self.wait_device(d, "the proof", lambda x: x["proof"] == "status")
        self.polls(printer, 3)
        self.assertEqual((printer.asked["identity"], printer.asked["probe"]), (2, 0))
        self.assertIsNone(self.device(d)["identity"])
        self.assertEqual(d.wait_job(self.print(d, b"x"))["grade"], "C")

    def test_the_whole_serial_is_nowhere(self):
        printer = self.fake()
        d = self.watched(printer)
        self.wait_device(d, "who it is", lambda x: x["identity"])
        d.wait_job(self.print(d, b"x"))
        d.stop()
        for folder, _, files in os.walk(d.state):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    self.assertNotIn(b"MXKF004711", f.read(), name)
        self.assertNotIn("MXKF004711", d.log)


# --- giving up ---------------------------------------------------------------------------

class GivingUp(Telemetry):
    RARE = "status-recheck = 3600000"

    def quiet(self, printer, seconds=4 * INTERVAL):
        """No connection in this time: there is no other way to see that nothing happens."""
        before = len(printer.connections)
        time.sleep(seconds)
        self.assertEqual(len(printer.connections), before)

    def test_away(self):
        printer = self.fake()
        d = self.watched(printer, self.RARE)
        printer.set(paper="low")
        self.wait_device(d, "low", lambda x: x["facts"]["paper_low"])
        printer.off()
        x = self.wait_device(d, "offline", lambda x: x["state"] == "offline")
        self.assertEqual((x["facts"]["online"], x["facts"]["paper_low"]), (False, True))
        self.assertIn(x["source"], ("telemetry", "disabled"))
        self.wait_source(d, "disabled")
        self.assertIn("no telemetry in 5 polls", d.log)
        printer.on()
        self.quiet(printer)
        self.assertEqual(d.wait_job(self.print(d, b"x"))["state"], "done")
        self.assertIn("polling again after a print", d.log)
        self.wait_source(d, "telemetry")

    def test_silent(self):
        """A print does not bring polling back: there is nothing to be heard."""
        printer = self.fake()
        printer.set(silent=True)
        d = self.watched(printer, self.RARE, wait="inferred")
        self.assertEqual(self.device(d)["state"], "online")
        d.wait_job(self.print(d, b"x"))
        self.wait_source(d, "disabled")
        done = d.wait_job(self.print(d, b"y"))
        self.assertEqual((done["state"], done["evidence"], done["grade"]), ("done", "sent", "E"))
        self.quiet(printer)
        x = self.device(d)
        self.assertEqual((x["source"], x["state"]), ("disabled", "online"))

    def test_state_follows_printing_then(self):
        printer = self.fake()
        printer.set(silent=True)
        d = self.watched(printer, self.RARE, wait="disabled")
        printer.off()
        job = self.print(d, b"x")
        self.assertEqual(d.wait_job(job, "held")["hold"], "offline")
        self.assertEqual(self.device(d)["state"], "offline")
        printer.on()
        d.wait_job(job, "done")
        self.assertEqual(self.device(d)["state"], "online")

    def test_new_settings_and_a_restart(self):
        printer = self.fake()
        printer.set(silent=True)
        d = self.watched(printer, self.RARE, wait="disabled")
        printer.set(silent=False)
        self.quiet(printer)
        d.options = shop.merge(d.options, "cooldown = 1")
        d.reload()
        self.wait_source(d, "telemetry")
        printer.set(silent=True)
        self.wait_source(d, "disabled")
        printer.set(silent=False)
        d.stop()
        d.start()
        self.wait_source(d, "telemetry")

    def test_now_and_then_it_is_asked_so_that_jobs_go_on(self):
        """The answer alone does not end it."""
        printer = self.fake()
        d = self.watched(printer, "status-recheck = 400 retry-delay = 600000")
        printer.off()
        job = self.print(d, b"x")
        d.wait_job(job, "held")
        self.wait_source(d, "disabled")
        printer.set(cover=True)
        printer.on()
        wait_until(lambda: d.job(job).get("hold") == "cover", "the printer's own word")
        self.assertEqual(self.device(d)["source"], "disabled")
        printer.set(cover=False)
        d.wait_job(job, "done")
        self.wait_source(d, "telemetry")
        self.assertEqual(printer.printed("x"), 1)

    def test_polling_switched_off(self):
        printer = self.fake()
        d = self.watched(printer, "status-polling = no", wait="disabled")
        self.quiet(printer)
        self.assertEqual(self.device(d)["state"], "unknown")
        d.wait_job(self.print(d, b"x"))
        x = self.device(d)
        self.assertEqual((x["source"], x["state"], len(printer.connections)),
                         ("disabled", "online", 1))
        self.assertNotIn(0x10, printer.connections[0].bytes)
        d.options = shop.merge(d.options, "status-polling = yes")
        d.reload()
        self.wait_source(d, "telemetry")
        d.options = shop.merge(d.options, "status-polling = no")
        d.reload()
        self.wait_source(d, "disabled")
        self.assertEqual(set(self.device(d)["facts"].values()), {None})
        self.quiet(printer)

    def test_inferred_from_a_print(self):
        """The print ends before the first poll has anything to tell."""
        printer = self.fake()
        printer.set(realtime=False, identity={}, ordered=False, fence=False)
        d = self.watched(printer, wait=None)
        d.wait_job(self.print(d, b"x"), "done")
        self.assertEqual((self.device(d)["source"], self.device(d)["state"]),
                         ("inferred", "online"))

    def test_polls_are_counted(self):
        printer = self.fake()
        d = self.watched(printer)
        text = request(d.socket, "GET", "/metrics").body.decode()
        self.assertRegex(text, r'platen_polls_total\{result="answered"\} [1-9]')
        self.assertRegex(text, r'platen_poll_seconds_bucket\{le="\+Inf"\} [1-9]')
        self.assertRegex(text, r"platen_poll_seconds_count [1-9]")


if __name__ == "__main__":
    unittest.main()
