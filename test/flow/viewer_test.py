#!/usr/bin/env python3
"""The feed of the command viewer: readers that do not keep up, and what it records of others."""
import json
import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import platen  # noqa: E402
from platen import Daemon, free_ports  # noqa: E402
from wsclient import WsClient  # noqa: E402

PRINTER = 'printer till { uri = "file:/dev/null" language = raw }\n'
LISTEN = 'listen {0} {{ dialect = {0} address = {{"127.0.0.1:{1}"}} tls = off }}\n'
FILLER = {f"m{n}": "x" * 1500 for n in range(8)}


class Feed(unittest.TestCase):
    def start(self):
        self.feed, self.pispas = free_ports(2)
        self.d = Daemon(PRINTER + LISTEN.format("viewer-feed", self.feed) +
                        LISTEN.format("pispas", self.pispas))
        self.addCleanup(self.d.close)
        self.d.start()
        self.till = self.enterContext(WsClient(("127.0.0.1", self.pispas)))

    def watch(self):
        c = self.enterContext(WsClient(("127.0.0.1", self.feed)))
        self.assertEqual(self.next(c)["type"], "hello")
        return c

    def next(self, c):
        got = c.message()
        self.assertEqual(got and got[0], "text", got)
        return json.loads(got[1])

    def ask(self, n):
        self.till.send_text(json.dumps({"UUIDV4": f"u{n}", "TARGET": "BASE", "ACTION": "PING",
                                        "DATA": FILLER}))
        self.till.message()

    def test_a_slow_reader_is_told_of_the_gap(self):
        self.start()
        slow, quick = self.watch(), self.watch()
        asked = 800  # two messages of 12 KB each: more than any kernel keeps for us
        for n in range(asked):
            self.ask(n)
            for wanted in ("command", "result"):  # nobody waits for the slow one
                self.assertEqual((m := self.next(quick))["type"], wanted)
        last = m["entry"]["id"]
        got, gaps = set(), []
        while True:
            m = self.next(slow)
            if m["type"] == "gap":
                gaps.append((m["from"], m["to"]))
                if m["to"] == last:
                    break
            elif m["type"] == "result":
                got.add(m["entry"]["id"])
                if m["entry"]["id"] == last:
                    break
        self.assertTrue(gaps)
        told = got.union(*(range(a, b + 1) for a, b in gaps))
        self.assertEqual(told, set(range(1, last + 1)))
        self.ask(asked)  # it reads again: it is told again
        self.assertEqual(self.next(slow)["entry"]["id"], last + 1)

    def test_what_others_ask_and_what_the_door_refuses(self):
        self.start()
        c = self.watch()
        self.d.post("/v1/printers/till/jobs", b"x", {"Idempotency-Key": "k1",
                                                     "Authorization": "Bearer nobody"},
                    "application/octet-stream")
        entry = self.next(c)["entry"]
        self.assertEqual((entry["TARGET"], entry["ACTION"], entry["request"], entry["resendable"]),
                         ("NATIVE", "POST /v1/printers/till/jobs", None, False))
        entry = self.next(c)["entry"]
        self.assertEqual((entry["exec"], entry["response"]["error"]), ("FAILURE", "Unauthorized"))
        self.d.post("/v1/printers/till/jobs?token=abc", b"x", {"Idempotency-Key": "k1"},
                    "application/octet-stream")
        entry = self.next(c)["entry"]
        self.assertEqual((entry["ACTION"], entry["UUIDV4"]), ("POST /v1/printers/till/jobs", "k1"))
        self.d.get("/livez")
        self.d.admin("GET", "/v1/tokens")
        while (m := self.next(c)).get("entry", {}).get("ACTION") != "GET /v1/tokens":
            self.assertNotIn("livez", json.dumps(m))
        self.assertEqual(m["entry"]["caller"], "admin")

    def test_off_is_off(self):
        self.start()
        self.d.write_conf(PRINTER + LISTEN.format("pispas", self.pispas))
        c = self.watch()
        self.ask(1)
        self.assertEqual(self.next(c)["type"], "command")
        self.d.child.signal(platen.signal.SIGHUP)
        while c.message()[0] == "text":
            pass  # its listener goes, and it with it
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", self.feed))

    def test_only_on_loopback(self):
        with Daemon(PRINTER) as d:
            d.write_conf('listen viewer-feed { address = {"0.0.0.0:9001"} tls = on }\n'
                         'listen viewer { tls-address = {"192.0.2.1:8081"} }\n')
            r = platen.subprocess.run([platen.program("platend"), "-c", d.config_path, "--check"],
                                      capture_output=True, text=True)
            self.assertEqual(r.returncode, 2)
            for address in ("0.0.0.0:9001", "192.0.2.1:8081"):
                self.assertIn(f"{address} is not a loopback address", r.stdout + r.stderr)


if __name__ == "__main__":
    platen.main()
