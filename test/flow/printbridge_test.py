#!/usr/bin/env python3
"""The Print Bridge: drawers that fail, streams, telemetry, pairing, USB devices."""
import concurrent.futures
import ctypes
import hashlib
import json
import os
import socket
import struct
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))
import platen  # noqa: E402
from peer import Peer  # noqa: E402
from platen import Daemon, Sim, free_port, wait_until  # noqa: E402

TOKEN = "a-token-for-tests"
AUTH = {"Authorization": "Bearer " + TOKEN}
KICK = b"\x1bp\x00\x19\xfa"
QUIET = "status-polling = no confirm = none cooldown = 0 retry-delay = 100"


class Deaf(Peer):
    """Connects, and acknowledges no byte: a socket filter drops every segment
    that carries any. To the sender, bytes have left and nobody answers."""

    SO_ATTACH_FILTER = 26
    PROGRAM = [(0x80, 0, 0, 0), (0x07, 0, 0, 0),         # X = length of the segment
               (0x30, 0, 0, 12), (0x74, 0, 0, 4), (0x64, 0, 0, 2),  # A = length of its header
               (0x3d, 0, 1, 0), (0x06, 0, 0, 0xffffffff), (0x06, 0, 0, 0)]

    def _bind(self, port):
        s = super()._bind(port)
        code = b"".join(struct.pack("HBBI", *i) for i in self.PROGRAM)
        kept = ctypes.create_string_buffer(code)
        s.setsockopt(socket.SOL_SOCKET, self.SO_ATTACH_FILTER,
                     struct.pack("HL", len(self.PROGRAM), ctypes.addressof(kept)))
        return s


class Stream:
    """A reader of /events; a thread takes what comes unless `read` is false."""

    def __init__(self, port, read=True, token=None):
        self.sock = socket.socket()
        if not read:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.settimeout(platen.SECONDS)
        self.sock.connect(("127.0.0.1", port))
        query = f"?token={token}" if token else ""
        head = "" if token else f"Authorization: Bearer {TOKEN}\r\n"
        self.sock.sendall(f"GET /events{query} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode())
        self.bytes, self.times, self.ended = b"", [], False
        self.thread = threading.Thread(target=self.take, daemon=True)
        if read:
            self.thread.start()

    def take(self):
        while True:
            try:
                piece = self.sock.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                self.ended = True
                return
            self.times += [time.monotonic()] * piece.count(b"data: ")
            self.bytes += piece

    @property
    def text(self):
        return self.bytes.decode("utf-8", "replace")

    @property
    def head(self):
        return self.text.partition("\r\n\r\n")[0]

    @property
    def blocks(self):
        body = self.text.partition("\r\n\r\n")[2]
        return body.split("\n\n")[:-1]

    @property
    def events(self):
        return [json.loads(b[6:]) for b in self.blocks if b.startswith("data: ")]

    def wait(self, fn, what):
        """The newest event, once fn of it is true."""
        return wait_until(lambda: self.events and fn(self.events[-1]) and self.events[-1], what)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


class Bridge(Daemon):
    def __init__(self, conf="", more="", **kind):
        self.bridge = free_port()
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        super().__init__(f'listen print-bridge {{ address = {{"127.0.0.1:{self.bridge}"}} }}\n'
                         f"token all {{ sha256 = {digest} allow = {{print, status, drawer, admin}} }}\n"
                         + conf, **kind)

    def call(self, method, path, body=None, **headers):
        more = {k.replace("_", "-"): v for k, v in headers.items()}
        return self.request(method, path, body, {**AUTH, **more}, self.bridge)

    def status(self):
        r = self.call("GET", "/api/status")
        assert r.status == 200, r
        return r.json

    def printer(self, name):
        return next(p for p in self.status()["printers"] if p["name"] == name)

    def kick(self, name, **headers):
        return self.call("POST", f"/api/printers/{self.printer(name)['id']}/drawer/open", **headers)


def printer(name, port, options=QUIET):
    return f'printer {name} {{ uri = "socket://127.0.0.1:{port}" {options} }}\n'


class Case(unittest.TestCase):
    def start(self, conf="", **kind):
        self.d = Bridge(conf, **kind)
        self.addCleanup(self.d.close)
        return self.d.start()

    def peer(self, kind=Peer, **how):
        p = kind(**how)
        self.addCleanup(p.close)
        return p

    def stream(self, **how):
        s = Stream(self.d.bridge, **how)
        self.addCleanup(s.close)
        return s

    def answers(self, reply, status, body):
        self.assertEqual((reply.status, reply.json), (status, body))


class Drawer(Case):
    def test_unreachable(self):
        p = self.peer(on=False)
        d = self.start(printer("till", p.port, QUIET + " drawer-expiry = 500"))
        self.answers(d.kick("till"), 502, {"error": "Printer unreachable"})
        p.on()
        wait_until(lambda: d.kick("till").status == 200, "the drawer once it is there")
        wait_until(lambda: p.papers() == [KICK], "one pulse")

    def test_unreachable_by_time_out(self):
        p = self.peer()
        p.hang()
        d = self.start(printer("till", p.port, QUIET + " drawer-expiry = 500 open-timeout = 200"))
        self.answers(d.kick("till"), 502, {"error": "Printer unreachable"})

    def test_unknown_is_not_repeated(self):
        p = self.peer(Deaf)
        d = self.start(printer("till", p.port, QUIET + " write-timeout = 300"))
        self.answers(d.kick("till", Idempotency_Key="k"), 502, {"error": "Drawer result unknown"})
        again = d.kick("till", Idempotency_Key="k")
        self.answers(again, 502, {"error": "Drawer result unknown"})
        self.assertEqual(again.headers["idempotency-replayed"], "true")
        self.assertEqual(len(p.accepted), 1)
        self.assertEqual(d.printer("till")["queue"], {"waiting": 0, "active": 0, "unconfirmed": 0})

    def test_busy(self):
        p = self.peer(read=False, receive_buffer=4096)
        d = self.start(printer("till", p.port, QUIET + " drawer-expiry = 500 write-timeout = 60000"))
        job = d.post("/v1/printers/till/jobs", b"x" * 8000000).json["id"]
        wait_until(lambda: d.printer("till")["queue"]["active"], "the job on the wire")
        reply = d.kick("till")
        self.answers(reply, 503, {"error": "Printer busy"})
        self.assertEqual(reply.headers["retry-after"], "1")
        p.normal()
        d.wait_job(job, "done")
        wait_until(lambda: d.kick("till").status == 200, "the drawer after the job")
        wait_until(lambda: p.papers()[-1] == KICK and len(p.papers()) == 2, "one pulse")

    def test_of_many_at_once_one_is_accepted(self):
        p = self.peer()
        d = self.start(printer("till", p.port))
        path = f"/api/printers/{d.printer('till')['id']}/drawer/open"
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: d.call("POST", path), range(8)))
        self.assertEqual(sorted(r.status for r in replies), [200] + [429] * 7)
        self.assertTrue(all(r.headers["retry-after"] == "1" for r in replies if r.status == 429))
        wait_until(lambda: p.papers() == [KICK], "one pulse")

    def test_the_second_counts_over_all_dialects(self):
        p = self.peer()
        d = self.start(printer("till", p.port))
        d.post("/v1/devices/till/open", b"{}", type="application/json")
        self.assertEqual(d.kick("till").status, 429)

    def test_a_crash_in_between_is_told_and_not_repeated(self):
        p = self.peer()
        p.hang()
        d = self.start(printer("till", p.port, QUIET + " open-timeout = 60000"))
        path = f"/api/printers/{d.printer('till')['id']}/drawer/open"
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            lost = pool.submit(d.call, "POST", path, Idempotency_Key="k")
            wait_until(lambda: d.printer("till")["queue"]["active"], "the pulse to be under way")
            d.kill9()
            self.assertIsInstance(lost.exception(), (OSError, platen.http.client.HTTPException))
        p.on()
        d.start()
        again = d.call("POST", path, Idempotency_Key="k")
        self.answers(again, 502, {"error": "Drawer result unknown"})
        self.assertEqual(d.kick("till", Idempotency_Key="new").status, 200)
        wait_until(lambda: p.papers() == [KICK], "the new pulse alone")


class Events(Case):
    def test_first_the_state_then_each_change(self):
        p = self.peer(on=False)
        d = self.start(printer("till", p.port))
        s = self.stream()
        first = s.wait(lambda e: True, "the first snapshot")
        self.assertIn("Content-Type: text/event-stream", s.head)
        self.assertEqual(s.blocks[0], "retry: 3000")
        self.assertEqual(first["type"], "status")
        same = d.status()
        del first["type"]
        del first["updatedAt"], same["updatedAt"]
        self.assertEqual(first, same)
        d.call("POST", f"/api/printers/{d.printer('till')['id']}/test")
        s.wait(lambda e: e["printers"][0]["printerStatus"] == "offline" and
               e["printers"][0]["queue"]["waiting"] == 1, "the change")
        self.assertNotIn("event:", s.text)
        self.assertNotIn("id:", s.text)

    def test_token_in_the_query(self):
        d = self.start()
        s = self.stream(token=TOKEN)
        s.wait(lambda e: True, "a snapshot")
        self.assertNotIn(TOKEN, d.log)
        r = d.request("GET", "/events?token=wrong", port=d.bridge)
        self.answers(r, 401, {"error": "Unauthorized"})

    def test_changes_are_merged(self):
        d = self.start(printer("till", free_port()))
        s = self.stream()
        s.wait(lambda e: True, "the first snapshot")
        began, changes = time.monotonic(), 0
        while time.monotonic() < began + 1.5:
            d.admin("POST", f"/v1/devices/till/{'resume' if changes % 2 else 'pause'}", {})
            changes += 1
        took = time.monotonic() - began
        s.wait(lambda e: time.monotonic() > s.times[-1] + 0.6, "quiet")
        self.assertGreater(changes, 30)
        self.assertGreater(len(s.events), 2)
        self.assertLessEqual(len(s.events), 2 + took / 0.25 + 1)

    def test_a_slow_reader_gets_the_newest_only(self):
        conf = "".join(printer(f"p{i:03}", 9, QUIET) for i in range(400))
        d = self.start(conf)
        s = self.stream(read=False)
        quick = self.stream()
        for i in range(12):
            d.admin("POST", "/v1/devices/p000/" + ("resume" if i % 2 else "pause"), {})
            had = len(quick.events)
            wait_until(lambda had=had: len(quick.events) > had, "the quick reader's event")
        job = d.call("POST", f"/api/printers/{d.printer('p001')['id']}/test").json["jobId"]
        quick.wait(lambda e: e["printers"][1]["queue"]["waiting"] == 1, "the last change")
        s.thread.start()
        last = s.wait(lambda e: e["printers"][1]["queue"]["waiting"] == 1, "the newest")
        self.assertEqual(len(last["printers"]), 400)
        self.assertLess(len(s.events), len(quick.events))
        self.assertFalse(s.ended)
        d.delete(f"/v1/jobs/{job}")

    def test_sixteen_streams(self):
        d = self.start()
        streams = [self.stream() for _ in range(16)]
        for s in streams:
            s.wait(lambda e: True, "a snapshot")
        r = d.call("GET", "/events")
        self.answers(r, 503, {"error": "Too many streams"})
        streams[0].close()
        wait_until(lambda: self.opens(d), "a place")

    @staticmethod
    def opens(d):
        s = Stream(d.bridge)
        wait_until(lambda: s.head, "a head")
        s.close()
        return " 200 " in s.head


class Telemetry(Case):
    FAST = "status-poll-interval = 200 cooldown = 0 retry-delay = 100"

    def sim(self, script=None, **how):
        sim = Sim(script=script, **how)
        self.addCleanup(sim.close)
        return sim.start()

    def wait_printer(self, what, **members):
        def fits():
            p = self.d.printer("till")
            return all(p[k] == v for k, v in members.items()) and p
        return wait_until(fits, what)

    def test_what_a_printer_says(self):
        sim = self.sim()
        d = self.start(printer("till", sim.port, self.FAST + " drawer-open-level = high"))
        p = self.wait_printer("telemetry", statusSource="telemetry", printerStatus="online",
                              online=True, paperLoaded=True, paperLow=False, coverOpened=False,
                              drawerOpen=False, pollFailures=0)
        self.assertRegex(p["printerIdentity"]["serialNumber"], r"^\*{4}.{4}$")
        self.assertIsNotNone(p["lastStatusAt"])
        s = self.stream()
        s.wait(lambda e: True, "a snapshot")
        sim.control("POST", f"/printers/{sim.port}/fault", {"action": "cover-open"})
        self.wait_printer("the cover", coverOpened=True)
        at = time.monotonic()
        s.wait(lambda e: e["printers"][0]["coverOpened"], "the cover in the stream")
        self.assertLess(time.monotonic() - at, 1)
        self.assertNotIn(str(sim.port) + '"}', d.log)

    def test_a_printer_that_is_gone(self):
        sim = self.sim()
        self.start(printer("till", sim.port, self.FAST))
        self.wait_printer("telemetry", statusSource="telemetry")
        sim.stop()
        self.wait_printer("the first failure", printerStatus="offline", online=False,
                          paperLoaded=True, statusSource="telemetry")
        self.wait_printer("the fifth", printerStatus="offline", statusSource="disabled",
                          online=None, paperLoaded=None, pollFailures=5)
        sim.start()
        r = self.d.call("POST", f"/api/printers/{self.d.printer('till')['id']}/test")
        self.assertEqual(r.status, 202)
        self.wait_printer("telemetry again", statusSource="telemetry", online=True, pollFailures=0)

    def test_a_mute_printer(self):
        sim = self.sim(script="silent\n")
        self.start(printer("till", sim.port, self.FAST))
        self.wait_printer("no telemetry", printerStatus="online", statusSource="inferred",
                          online=None, paperLoaded=None, coverOpened=None, printerIdentity=None)
        self.wait_printer("given up", statusSource="disabled", pollFailures=5)

    def test_polling_off(self):
        sim = self.sim()
        d = self.start()
        made = d.call("POST", "/api/printers", {"name": "till", "connectionType": "tcp",
                                                "url": f"127.0.0.1:{sim.port}",
                                                "statusPollingEnabled": False})
        self.assertEqual(made.status, 201, made)
        path = "/api/printers/" + made.json["id"]
        self.wait_printer("disabled", statusSource="disabled", printerStatus="unknown", online=None)
        d.call("PATCH", path, {"statusPollingEnabled": True, "statusPollIntervalMs": 1000})
        self.wait_printer("telemetry at once", statusSource="telemetry", online=True)
        d.call("PATCH", path, {"statusPollingEnabled": False})
        self.wait_printer("disabled again", statusSource="disabled", online=None, paperLoaded=None,
                          printerIdentity=None, pollFailures=0)
        d.stop()
        d.start()
        self.wait_printer("disabled still", statusSource="disabled", id=made.json["id"])


class Pairing(Case):
    OFFER = {"deviceToken": "token-of-a-device-0815", "deviceId": "dev-81", "businessId": "biz-12",
             "locationId": "loc-3"}

    def state(self):
        return self.d.call("GET", "/api/pairing").json["state"]

    def restart(self, secret):
        self.assertEqual(self.d.stop(), 0)
        self.d.env = {"BRIDGE_SECRET": secret} if secret else {}
        self.d.start()

    def files(self):
        out = b""
        for path, _, names in os.walk(self.d.state):
            for name in names:
                if not name.endswith(".sock"):
                    with open(os.path.join(path, name), "rb") as f:
                        out += f.read()
        return out

    def test_unreadable_under_another_secret(self):
        d = self.start(env={"BRIDGE_SECRET": "0f" * 32})
        self.assertEqual(d.call("POST", "/api/pairing", self.OFFER).status, 200)
        self.restart("f0" * 32)
        self.assertEqual(self.state(), "unreadable")
        self.assertEqual(d.status()["bridge"]["pairing"], "unreadable")
        self.restart(None)
        self.assertEqual(self.state(), "unreadable")
        self.restart("0F" * 32)
        self.assertEqual(self.state(), "paired")
        self.restart("f0" * 32)
        self.assertEqual(d.call("POST", "/api/pairing", self.OFFER).json["state"], "paired")

    def test_the_token_is_nowhere_in_clear(self):
        secret = "0f" * 32
        d = self.start(env={"BRIDGE_SECRET": secret})
        d.call("POST", "/api/pairing", self.OFFER, Idempotency_Key="k")
        token = self.OFFER["deviceToken"].encode()
        with open(f"/proc/{d.pid}/environ", "rb") as f:
            self.assertNotIn(secret.encode(), f.read())
        self.assertNotIn(token, self.files())
        self.assertIn(b"dev-81", self.files())
        d.call("DELETE", "/api/pairing")
        self.assertEqual(d.stop(), 0)
        self.assertNotIn(token, self.files())
        self.assertNotIn(token.decode(), d.log)

    def test_secret_from_a_file(self):
        d = self.start()
        path = os.path.join(os.path.dirname(d.config_path), "secret")
        with open(path, "w", encoding="ascii") as f:
            f.write("0f" * 32 + "\n")
        os.chmod(path, 0o640)
        uplink = f'uplink flow {{ url = "http://127.0.0.1:9" secret-file = "{path}" }}\n'
        d.write_conf(d.conf + uplink)
        self.restart(None)
        self.assertEqual(d.call("POST", "/api/pairing", self.OFFER).status, 503)
        self.assertIn("chmod 600", d.log)
        os.chmod(path, 0o600)
        self.restart(None)
        self.assertEqual(d.call("POST", "/api/pairing", self.OFFER).status, 200)


class Usb(Case):
    def test_a_list_and_what_is_made_of_it(self):
        with platen.temp_dir() as root:
            for name in ("dev/usb/lp0", "dev/ttyUSB0", "dev/ttyACM3", "dev/tty1"):
                self.put(root, name)
            self.put(root, "sys/class/usbmisc/lp0/device/bInterfaceClass", "07\n")
            os.makedirs(os.path.join(root, "dev/serial/by-id"))
            link = "/dev/serial/by-id/usb-FTDI_FT232R-if00-port0"
            os.symlink("../../ttyUSB0", root + link)
            d = self.start(f'daemon {{ device-root = "{root}" }}\n')
            self.assertEqual(d.call("GET", "/api/devices/usb").json, [
                {"path": "/dev/ttyACM3", "stable": False, "usbDeviceClass": "serial",
                 "stablePath": None},
                {"path": "/dev/ttyUSB0", "stable": True, "usbDeviceClass": "serial",
                 "stablePath": link},
                {"path": "/dev/usb/lp0", "stable": False, "usbDeviceClass": "printer",
                 "stablePath": None}])
            for path, kind in (("/dev/usb/lp0", "printer"), (link, "serial"),
                               ("/dev/usb/lp7", "unknown")):
                made = d.call("POST", "/api/printers", {"name": path, "connectionType": "usb",
                                                        "devicePath": path})
                self.assertEqual((made.status, made.json["usbDeviceClass"],
                                  made.json["devicePath"]), (201, kind, path), made)
                p = d.printer(path)
                self.assertEqual((p["connectionType"], p["url"], p["statusSource"]),
                                 ("usb", None, "disabled"))
                self.answers(d.kick(path), 409, {
                    "error": "Cash drawer control not available for this printer"})

    @staticmethod
    def put(root, name, text=""):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)


if __name__ == "__main__":
    platen.main()
