#!/usr/bin/env python3
"""The link to a backend, against a real socket.io server: what it is told of the
printers, every job printed once and reported, through everything that can break."""
import base64
import hashlib
import os
import random
import subprocess
import tempfile
import time
import unittest

import shop
from backend import Backend
from platen import Sim, certificate, free_port, request, wait_until

TOKEN = "bridge-admin-token"
DEVICE = "device-token-that-nobody-may-see"
SECRET = "00112233445566778899aabbccddeeff" * 2
PAIRING = {"deviceToken": DEVICE, "deviceId": "dev-81", "businessId": "biz-12",
           "locationId": "loc-3"}
NOW = "2026-11-20T09:20:00.000Z"
TAIL = shop.TAIL


def iso(seconds):
    """That long ago."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - seconds))


class Bridge(shop.Shop):
    """A shop with a listener of the dialect, by which it is paired, and an uplink."""

    def __init__(self, backend, *arguments, uplink="", stations=None, more="", **options):
        self.bridge = free_port()
        self.stations = stations or {}
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        blocks = [f'listen bridge {{ dialect = print-bridge tls = off '
                  f'address = {{"127.0.0.1:{self.bridge}"}} }}',
                  f'token admin {{ sha256 = {digest} allow = {{print, status, admin}} }}', more]
        if backend:
            blocks.append(f'uplink flowpos {{ url = "{backend.url}" {uplink} }}')
        options.setdefault("env", {"BRIDGE_SECRET": SECRET})
        super().__init__(*arguments, more="\n".join(blocks), **options)

    def text(self):
        text = super().text()
        for name in self.printers:
            stations = ", ".join(self.stations.get(name, ["st-grill"]))
            text = text.replace(f"printer {name} {{", f"printer {name} {{ stations = {{{stations}}}")
        return text

    def api(self, method, path, body=None):
        return request(self.bridge, method, path, body, {"Authorization": "Bearer " + TOKEN})

    def pair(self, **changed):
        r = self.api("POST", "/api/pairing", {**PAIRING, **changed})
        assert r.status == 200, r

    def uuid(self, name):
        return next(p["id"] for p in self.api("GET", "/api/printers").json if p["name"] == name)

    @property
    def backend_status(self):
        return self.api("GET", "/api/status").json["backend"]


class Case(shop.Case):
    def backend(self, **kind):
        backend = Backend(**kind)
        self.addCleanup(backend.close)
        return backend.start()

    def sim(self, *arguments, **options):
        sim = Sim(*arguments, **options)
        self.addCleanup(sim.close)
        return sim.start()

    def bridge(self, backend, printers, paired=True, **options):
        d = Bridge(backend, printers, **options)
        self.addCleanup(d.close)
        self.addCleanup(lambda: self.assertNotIn(DEVICE, d.log))
        d.start()
        if paired:
            d.pair()
        return d

    def one(self, backend=None, peer=None, **options):
        """One printer and its backend, connected."""
        backend = backend or self.backend()
        peer = peer or self.peer()
        d = self.bridge(backend, {"grill": peer}, **options)
        backend.wait("printer:status")
        return backend, peer, d

    def told(self, backend, id, count=1, seconds=None):
        """The bodies of what was reported about it, once there are `count`."""
        wait_until(lambda: len(backend.patches(id)) >= count, f"{count} reports about {id}",
                   seconds)
        return [e["body"] for e in backend.patches(id)]


def text(id, words, **more):
    return {"id": id, "stationId": "st-grill", "payload": {"text": words}, **more}


class Telling(Case):
    """What the backend hears of us and of the printers."""

    def test_connecting(self):
        backend, _, d = self.one(stations={"grill": ["st-grill", "st-dessert"]})
        uuid = d.uuid("grill")
        self.assertEqual(backend.of("auth")[0]["auth"], {
            "deviceToken": DEVICE, "deviceId": "dev-81", "printerId": uuid,
            "stationIds": ["st-grill", "st-dessert"]})
        self.assertEqual([e["args"] for e in backend.of("subscribe")], [
            [{"event": "print_job.new", "stationId": "st-grill"}],
            [{"event": "print_job.new", "stationId": "st-dessert"}]])
        self.assertEqual([e["args"] for e in backend.of("printer:status")], [[{
            "printerId": uuid, "deviceId": "dev-81", "businessId": "biz-12",
            "locationId": "loc-3", "stationIds": ["st-grill", "st-dessert"],
            "statusSource": "disabled", "identity": None}]])
        status = d.backend_status
        self.assertEqual((status["configured"], status["connected"], status["lastError"],
                          status["pendingReports"]), (True, True, None, 0))

    def test_state_on_change_and_after_each_connection(self):
        backend, sim = self.backend(), self.sim()
        d = self.bridge(backend, {"grill": sim.port}, options="status-polling = yes "
                        "status-poll-interval = 1000 confirm = auto")
        whole = {"statusSource": "telemetry", "online": True, "paperLoaded": True,
                 "paperLow": False, "coverOpened": False}

        def heard(**facts):
            return next((e["args"][0] for e in backend.of("printer:status")
                         if facts.items() <= e["args"][0].items()), None)
        payload = wait_until(lambda: heard(**whole), "telemetry")
        self.assertEqual(list(payload), ["printerId", "deviceId", "businessId", "locationId",
                                         "stationIds", "statusSource", "online", "paperLoaded",
                                         "paperLow", "coverOpened", "identity"])
        self.assertRegex(payload["identity"]["serialNumber"], r"^\*\*\*\*")
        self.fault(sim, "cover-open")
        wait_until(lambda: heard(coverOpened=True), "an open cover")
        self.fault(sim, "cover-close")
        since = len(backend.events)
        backend.wait("printer:status", since=since, seconds=10)
        time.sleep(2.5)  # two polls that bring nothing new
        said = [e["args"][0] for e in backend.of("printer:status")]
        self.assertFalse([a for a, b in zip(said, said[1:]) if a == b], "said twice")
        backend.do("drop")
        since = len(backend.events)
        again = backend.wait("printer:status", since=since)[0]["args"][0]
        self.assertEqual(again, said[-1])
        sim.stop()
        wait_until(lambda: heard(statusSource="telemetry", online=False), "it offline")
        self.assertTrue(d.backend_status["connected"])

    def fault(self, sim, action):
        r = sim.control("POST", f"/printers/{sim.port}/fault", {"action": action})
        self.assertEqual(r.status, 200, r)

    def test_nothing_connects_without_a_pairing(self):
        backend = self.backend()
        d = self.bridge(backend, {"grill": self.peer()}, paired=False)
        time.sleep(0.5)
        self.assertEqual(backend.of("auth"), [])
        d.pair()
        backend.wait("printer:status")
        self.assertEqual(d.api("DELETE", "/api/pairing").json["state"], "unpaired")
        backend.wait("disconnect")
        wait_until(lambda: not d.backend_status["connected"], "the end of the connection")

    def test_reload_changes_what_it_concerns(self):
        backend, peer, d = self.one(stations={"grill": ["st-grill"]})
        d.reload()
        self.assertEqual(len(backend.of("auth")), 1)
        d.stations["grill"] = ["st-grill", "st-bar"]
        d.reload()
        backend.wait("connect", 2)
        self.assertEqual(backend.of("connect")[1]["auth"]["stationIds"], ["st-grill", "st-bar"])
        d.printers["second"] = self.peer()
        d.stations["second"] = ["st-two"]
        d.reload()
        backend.wait("connect", 3)
        del d.printers["second"]
        d.reload()
        backend.wait("disconnect", 2)
        d.more = d.more.split("uplink")[0]
        d.reload()
        backend.wait("disconnect", 3)
        self.assertFalse(d.backend_status["configured"])

    def test_refused(self):
        """44: rejected, and no other attempt until the next pairing."""
        backend = self.backend()
        backend.do("set", refuse="Unknown device")
        d = self.bridge(backend, {"grill": self.peer()})
        wait_until(lambda: d.api("GET", "/api/pairing").json["state"] == "rejected", "rejected")
        wait_until(lambda: "Unknown device" in (d.backend_status["lastError"] or ""), "its words")
        time.sleep(3)
        self.assertEqual(len(backend.of("auth")), 1)
        backend.do("set", refuse=None)
        d.pair(deviceToken="another-token")
        backend.wait("printer:status")
        self.assertEqual(d.api("GET", "/api/pairing").json["state"], "paired")


class Paper(Case):
    """What comes out."""

    def test_forms(self):
        backend, peer, d = self.one()
        esc = b"raw \x1b!\x10bytes\n"
        cases = [
            ({"text": "Soup\n"}, {}, b"Soup\n" + TAIL),
            ({"text": "a\r\n\tb\x1bp\x00c"}, {}, b"a\nbpc" + TAIL),
            ({"text": "Käse 5 € 寿司"}, {}, b"\x1bt\x13K\x84se 5 \xd5 ??" + TAIL),
            ({"text": "Борщ"}, {"encoding": "cp866"}, b"\x1bt\x11\x81\xae\xe0\xe9" + TAIL),
            ({"lines": ["a", "b"]}, {"headerLines": ["Table 7"]}, b"Table 7\na\nb" + TAIL),
            ({"text": "x"}, {"cutAfterEach": False}, b"x\n"),
            ({"text": "one two three four five"}, {"columns": 16},
             b"one two three\nfour five" + TAIL),
            ({"escpos": base64.b64encode(esc).decode()}, {}, esc),
        ]
        for i, (payload, config, _) in enumerate(cases):
            backend.offer(id=f"f{i}", stationId="st-grill", payload=payload, printerConfig=config)
            self.told(backend, f"f{i}")
        self.papers(peer, *(shop.INIT + paper for _, _, paper in cases))
        backend.offer(**text("copies", "c", printerConfig={"copies": 3}))
        self.told(backend, "copies")
        self.assertEqual(peer.papers()[-1], (shop.INIT + b"c" + TAIL) * 3)

    def test_done(self):
        backend, _, d = self.one()
        backend.offer(**text("job/1 %", "x"))
        body, = self.told(backend, "job/1 %")
        self.assertRegex(body.pop("printedAt"), r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$")
        self.assertEqual(body, {"status": "printed", "printerId": d.uuid("grill")})
        patch, = backend.patches("job/1 %")
        self.assertEqual(patch["url"], "/print-jobs/job%2F1%20%25")
        self.assertEqual(patch["auth"], "Bearer " + DEVICE)
        self.assertEqual(patch["media"], "application/json")
        self.assertEqual(backend.of("ack")[0]["told"], {"ok": True})
        wait_until(lambda: d.backend_status["pendingReports"] == 0, "no report left")
        self.assertEqual(d.job(1)["state"], "done")

    def test_unusable_payloads(self):
        backend, peer, d = self.one()
        payloads = [None, {}, {"text": 7}, {"text": ""}, {"text": "a", "lines": ["b"]},
                    {"lines": [1]}, {"lines": []}, {"escpos": "!"}, {"escpos": ""}, "text",
                    {"text": "\x07"}]
        for i, payload in enumerate(payloads):
            backend.offer(id=f"p{i}", stationId="st-grill", payload=payload)
        for i, payload in enumerate(payloads):
            body, = self.told(backend, f"p{i}")
            self.assertEqual((body["status"], body["code"]), ("failed", "PAYLOAD"), payload)
        self.assertEqual(len(backend.of("ack")), len(payloads))
        self.assertEqual(peer.papers(), [])
        backend.offer(**text("p0", "now it is good"))  # seen before
        self.told(backend, "p0", 2)
        self.assertEqual(peer.papers(), [])

    def test_byte_policy(self):
        backend, peer, d = self.one()
        for i, bytes_ in enumerate([b"x\x1bp\x00\x19\xfa", b"x\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
                                    b"x\x1d(H\x06\x00\x30\x30abcd"]):
            backend.offer(id=f"e{i}", stationId="st-grill",
                          payload={"escpos": base64.b64encode(bytes_).decode()})
            body, = self.told(backend, f"e{i}")
            self.assertEqual((body["status"], body["code"]), ("failed", "REFUSED"))
        self.assertEqual(peer.papers(), [])

    def test_drawer(self):
        backend, peer, d = self.one()
        backend.offer(**text("quiet", "x", printerConfig={"openCashDrawer": True}))
        self.told(backend, "quiet")
        self.papers(peer, shop.wire(b"x").replace(TAIL, b"") + TAIL)
        other, peer, d = self.one(uplink="allow-drawer = yes")
        other.offer(**text("kick", "x", printerConfig={"openCashDrawer": True}))
        self.told(other, "kick")
        wait_until(lambda: shop.KICK in peer.papers(), "a pulse")
        other.offer(id="bytes", stationId="st-grill",
                    payload={"escpos": base64.b64encode(b"y\x1bp\x00\x19\xfa").decode()})
        self.assertEqual(self.told(other, "bytes")[0]["status"], "printed")

    def test_whose_it_is(self):
        backend = self.backend()
        grill, bar = self.peer(), self.peer()
        d = self.bridge(backend, {"grill": grill, "bar": bar},
                        stations={"grill": ["st-grill", "st-both"], "bar": ["st-bar", "st-both"]})
        backend.wait("subscribe", 4)
        for id, fields in [
                ("other-business", {"stationId": "st-bar", "businessId": "biz-13"}),
                ("other-location", {"stationId": "st-bar", "locationId": "loc-4"}),
                ("other-station", {"stationId": "st-none"}),
                ("other-printer", {"printerId": "0b5d6c1e-6a0e-4d5b-9f57-2f7d1f6b7a10"}),
                ("nobody", {})]:
            backend.offer(id=id, payload={"text": "no"}, **fields)
        backend.offer(stationId="st-bar", payload={"text": "no"})
        backend.offer(id="x" * 129, stationId="st-bar", payload={"text": "no"})
        backend.do("event", name="print_job.new", args=["text"])
        backend.do("event", name="print_job.new", args=[])
        backend.do("event", name="printer:status:ack", args=[{}])
        backend.offer(id="both", stationId="st-both", payload={"text": "both"})
        backend.offer(id="named", printerId=d.uuid("bar"), payload={"text": "named"},
                      businessId="biz-12", locationId="loc-3")
        self.told(backend, "both")
        self.told(backend, "named")
        self.papers(grill, shop.INIT + b"both" + TAIL)
        self.papers(bar, shop.INIT + b"named" + TAIL)
        self.assertEqual({e["id"] for e in backend.of("patch")}, {"both", "named"})
        backend.wait("ack", 2, id="both")  # both connections had it


class Once(Case):
    def test_offered_again(self):
        backend, peer, d = self.one()
        backend.offer(**text("a", "a"))
        self.told(backend, "a")
        for i in range(2, 5):
            backend.offer(**text("a", "another text"))
            self.told(backend, "a", i)
        self.assertEqual(len(backend.of("ack", told={"ok": True})), 4)
        self.assertEqual({e["key"] for e in backend.of("patch")}, {"a:printed"})
        self.assertEqual(len({str(e["body"]) for e in backend.of("patch")}), 1)
        self.papers(peer, shop.INIT + b"a" + TAIL)

    def test_offered_many_times_at_once(self):
        backend, peer, d = self.one()
        for i in range(10):
            backend.do("event", name="print_job.new", args=[text("a", "a")])
        self.told(backend, "a")
        self.papers(peer, shop.INIT + b"a" + TAIL)

    def test_acknowledged_when_on_disk(self):
        """Killed right after the acknowledgement, it has the job."""
        backend, peer, d = self.one(peer=self.peer(on=False))
        for round in range(5):
            backend.offer(**text(f"k{round}", f"k{round}"))
            backend.wait("ack", id=f"k{round}")
            d.kill9()
            since = len(backend.events)
            d.start()
            backend.wait("printer:status", since=since)
        peer.on()
        for round in range(5):
            self.told(backend, f"k{round}")
        self.assertEqual(sorted(p for p in peer.papers()),
                         [shop.INIT + b"k%d" % i + TAIL for i in range(5)])

    def kill(self, d, sim):
        """What was on the wire is in doubt; a person looks at the paper. Returns
        the ids of those jobs."""
        d.kill9()
        d.start()
        doubtful = [j for j in d.jobs() if j["state"] == "unconfirmed"]
        for job in doubtful:
            action = "printed" if f"ticket {job['title']}" in self.printed(sim) else "reprint"
            r = d.admin("POST", f"/v1/jobs/{job['id']}/resolve", {"action": action})
            self.assertEqual(r.status, 200, r)
        return {job["title"] for job in doubtful}

    def printed(self, sim):
        return [line["text"] for paper in sim.papers() for line in paper["lines"]]

    def test_twenty_disconnects(self):
        """Also between event and acknowledgement, and between paper and report; and
        the daemon is killed in between. Jobs are offered all the while."""
        backend, sim = self.backend(), self.sim()
        d = self.bridge(backend, {"grill": sim.port}, options="confirm = auto")
        backend.wait("printer:status")
        ids, doubted = [], set()
        backend.do("set", chaos=20, answers=[500, 429, 503, "hang"])
        while len(ids) < 40 or (len(backend.of("drop")) < 20 and len(ids) < 400):
            ids.append(f"t{len(ids):03d}")
            backend.offer(**text(ids[-1], f"ticket {ids[-1]}"))
            time.sleep(random.uniform(0.05, 0.4))
            if len(ids) in (15, 30):
                doubted |= self.kill(d, sim)
        self.assertGreaterEqual(len(backend.of("drop")), 20)
        for id in ids:
            wait_until(lambda: backend.of("patch", key=f"{id}:printed", told=200),
                       f"the report about {id}", seconds=90)
        wait_until(lambda: d.backend_status["pendingReports"] == 0, "no report left")
        self.assertEqual(sorted(self.printed(sim)), sorted(f"ticket {id}" for id in ids))
        self.assertEqual({j["state"] for j in d.jobs()}, {"done"})
        self.assertLessEqual({e["key"] for e in backend.of("patch")} -
                             {f"{id}:printed" for id in ids}, {f"{id}:failed" for id in doubted})


class Late(Case):
    def test_waits_and_expires(self):
        backend, peer, d = self.one(peer=self.peer(on=False), uplink="job-ttl = 2")
        backend.offer(**text("late", "late", createdAt=iso(1000)))  # a wrong clock loses nothing
        backend.wait("ack", id="late")
        self.assertIn(d.job(1)["state"], ("queued", "held", "sending"))
        body, = self.told(backend, "late")
        self.assertEqual((body["status"], body["code"]), ("failed", "EXPIRED"))
        peer.on()
        backend.offer(**text("good", "good"))
        self.told(backend, "good")
        self.papers(peer, shop.INIT + b"good" + TAIL)

    def test_missed_jobs(self):
        backend = self.backend()
        backend.do("set", missed=[text("m1", "m1", createdAt=iso(10)),
                                  text("old", "old", createdAt=iso(1000)),
                                  text("m2", "m2"), {"id": 7}, "nonsense"])
        peer = self.peer()
        d = self.bridge(backend, {"grill": peer}, uplink='catch-up-path = "/missed?device=1"')
        self.told(backend, "m1")
        self.told(backend, "m2")
        body, = self.told(backend, "old")
        self.assertEqual(body["code"], "EXPIRED")
        self.papers(peer, shop.INIT + b"m1" + TAIL, shop.INIT + b"m2" + TAIL)
        self.assertEqual([(e["url"], e["auth"]) for e in backend.of("get")],
                         [("/missed?device=1", "Bearer " + DEVICE)])
        backend.do("drop")
        backend.wait("get", 2)
        self.told(backend, "m1", 2)  # told again, not printed again
        self.assertEqual(len(peer.papers()), 2)


class Reports(Case):
    def test_failures_are_tried_again(self):
        backend, peer, d = self.one()
        backend.do("set", answers=[500, 429, "break", 408])
        backend.offer(**text("a", "a"))
        self.told(backend, "a", seconds=30)
        self.assertEqual([e["told"] for e in backend.of("patch")], [500, 429, "break", 408, 200])
        self.assertEqual(len({(e["key"], str(e["body"])) for e in backend.of("patch")}), 1)

    def test_not_wanted(self):
        backend, peer, d = self.one()
        backend.do("set", answers=[404])
        backend.offer(**text("a", "a"))
        backend.wait("patch")
        wait_until(lambda: d.backend_status["pendingReports"] == 0, "no report left")
        self.assertIn("does not take the report about a (404)", d.log)

    def test_unauthorized(self):
        """401: kept, also over a restart, and told after the next pairing."""
        backend, peer, d = self.one()
        backend.do("set", answers=[401])
        backend.offer(**text("a", "a"))
        backend.wait("patch")
        wait_until(lambda: d.api("GET", "/api/pairing").json["state"] == "rejected", "rejected")
        self.assertEqual(d.backend_status["pendingReports"], 1)
        d.pair(deviceToken="another")
        self.told(backend, "a")
        self.assertEqual(backend.patches("a")[0]["auth"], "Bearer another")

    def test_outbox_survives(self):
        backend, peer, d = self.one()
        backend.do("set", answers=[500] * 1000)
        for i in range(5):
            backend.offer(**text(f"o{i}", f"o{i}"))
        backend.offer(id="bad", stationId="st-grill", payload={})
        wait_until(lambda: d.backend_status["pendingReports"] == 6, "six reports")
        d.kill9()
        backend.do("set", answers=[])
        d.start()
        for i in range(5):
            self.told(backend, f"o{i}")
        self.assertEqual(self.told(backend, "bad")[0]["code"], "PAYLOAD")
        wait_until(lambda: d.backend_status["pendingReports"] == 0, "no report left")
        since = len(backend.events)
        d.stop()
        d.start()
        backend.wait("printer:status", since=since)
        self.assertEqual(backend.of("patch", since), [])

    def doubt(self, **settings):
        """A job that was on the wire when the daemon was killed."""
        backend, peer, d = self.one(peer=self.peer(read=False, receive_buffer=4096))
        backend.do("set", **settings)
        backend.offer(**text("a", "abcdefg\n" * 100000))
        backend.wait("ack")
        d.wait_job(1, "sending")
        wait_until(lambda: peer.open, "the connection")
        d.kill9()
        peer.normal()
        d.start()
        d.wait_job(1, "unconfirmed")
        return backend, d

    def resolve(self, d, action):
        r = d.admin("POST", "/v1/jobs/1/resolve", {"action": action})
        self.assertEqual(r.status, 200, r)

    def test_unconfirmed_and_then_resolved(self):
        for action, status in [("printed", "printed"), ("drop", "failed"),
                               ("reprint", "printed")]:
            with self.subTest(action):
                backend, d = self.doubt()
                body, = self.told(backend, "a")
                body.pop("printerId")
                self.assertEqual(body, {"status": "failed", "error": "Print not confirmed",
                                        "code": "UNCONFIRMED"})
                backend.do("set", answers=[500])
                self.resolve(d, action)
                self.assertEqual(self.told(backend, "a", 2)[-1]["status"], status)

    def test_in_order_for_each_job(self):
        """In doubt, and resolved while the backend was away."""
        backend, d = self.doubt(answers=[503] * 100)
        self.resolve(d, "printed")
        wait_until(lambda: d.backend_status["pendingReports"] == 2, "two reports")
        d.kill9()
        backend.do("set", answers=[503])
        d.start()
        self.assertEqual([b["status"] for b in self.told(backend, "a", 2, seconds=30)],
                         ["failed", "printed"])

    def test_cancelled(self):
        backend, peer, d = self.one(peer=self.peer(on=False))
        backend.offer(**text("a", "a"))
        backend.wait("ack")
        d.wait_job(1, "held")
        self.assertEqual(d.admin("DELETE", "/v1/jobs/1").status, 200)
        body, = self.told(backend, "a")
        self.assertEqual((body["status"], body["code"]), ("failed", "CANCELLED"))


class Wire(Case):
    def test_what_cannot_be_parsed_ends_the_connection(self):
        backend, peer, d = self.one()
        for text_ in ("42/restaurant,{", "99", "42/restaurant,7"):
            since = len(backend.events)
            backend.do("raw", text=text_)
            backend.wait("printer:status", since=since)
        since = len(backend.events)
        backend.do("raw", text='42/restaurant,["unknown:event",{"a":1}]')
        backend.offer(**text("a", "a"))
        self.told(backend, "a")
        self.assertEqual(backend.of("disconnect", since), [])

    def test_the_backend_leaves(self):
        backend, peer, d = self.one()
        since = len(backend.events)
        backend.do("leave")
        backend.wait("printer:status", since=since)
        backend.stop()
        wait_until(lambda: not d.backend_status["connected"], "it to be noticed")
        self.assertTrue(d.backend_status["lastError"])
        since = len(backend.events)
        backend.start()
        backend.wait("printer:status", since=since)

    def test_the_end_does_not_wait_for_a_report(self):
        backend, peer, d = self.one()
        backend.do("set", answers=["hang"])
        backend.offer(**text("a", "a"))
        backend.wait("patch")
        began = time.monotonic()
        self.assertEqual(d.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)
        d.start()
        self.told(backend, "a")

    def test_http_is_for_this_machine_alone(self):
        for url, status in [("http://backend.example", 2), ("http://10.0.0.1", 2),
                            ("ftp://localhost", 2), ("https://h?q", 2), ("https://h/api", 0),
                            ("http://localhost:1", 0), ("http://[::1]:1", 0),
                            ("ws://cloud.example", 2), ("wss://h/pos?shop=1", 0),
                            ("ws://127.0.0.1:1/pos", 0)]:
            with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
                f.write(f'uplink far {{ url = "{url}" }}\n')
                f.flush()
                done = subprocess.run([shop.platen.program("platend"), "-c", f.name, "--check"],
                                      capture_output=True)
            self.assertEqual(done.returncode, status, (url, done.stderr))


class Tls(Case):
    def test_verified(self):
        cert = certificate(self, "localhost")
        backend = self.backend(tls=cert)
        backend, peer, d = self.one(backend, uplink=f'ca-file = "{cert[0]}"')
        backend.offer(**text("a", "a"))
        self.assertEqual(self.told(backend, "a")[0]["status"], "printed")

    def refused(self, name, uplink):
        cert = certificate(self, name)
        backend = self.backend(tls=cert)
        d = self.bridge(backend, {"grill": self.peer()}, uplink=uplink.replace("CA", cert[0]))
        wait_until(lambda: d.backend_status["lastError"], "an error")
        self.assertIn("ertificate", d.backend_status["lastError"])
        self.assertEqual(backend.of("auth"), [])
        self.assertEqual(d.api("GET", "/api/pairing").json["state"], "paired")

    def test_another_name(self):
        self.refused("backend.example", 'ca-file = "CA"')

    def test_an_unknown_authority(self):
        self.refused("localhost", "")


if __name__ == "__main__":
    unittest.main()
