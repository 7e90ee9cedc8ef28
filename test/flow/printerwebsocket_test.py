#!/usr/bin/env python3
"""PrinterWebSocket with a client that is not ours (npm ws) and behaves as the original's does:
in the clear and over TLS, truth of the replies, sharing a printer, restarts, the client list."""
import json
import os
import queue
import subprocess
import threading
import unittest

import shop  # noqa: F401 it knows where the library is
import platen
from platen import Daemon, Sim, free_port, wait_until
from wsclient import Refused, WsClient

HERE = os.path.dirname(os.path.abspath(__file__))
TILL = os.path.join(HERE, "till.mjs")
ORIGIN = "https://till.example"
LISTEN = """
listen pws {{
	dialect = printer-websocket
	address = {{"127.0.0.1:{port}"}} tls-address = {{"127.0.0.1:{tls}"}} {more}
}}
origin https://till.example {{ allow = {{print, status, raw}} }}
"""
PRINTER = ('printer {} {{ uri = "socket://127.0.0.1:{}" cooldown = 0 retry-delay = 100 {} }}\n')


class Till:
    """till.mjs; what it tells comes by next()."""

    def __init__(self, url, origin=ORIGIN):
        self.process = subprocess.Popen(["node", TILL, url, origin], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.told = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.told.put(json.loads(line))
        self.told.put({"ended": True})

    def next(self, heard=False):
        """The next thing; broadcasts only when they are asked for."""
        while True:
            thing = self.told.get(timeout=platen.SECONDS)
            if heard == ("heard" in thing):
                return thing["heard"] if heard else thing

    def ask(self, *command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self.next()[command[0]]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Case(unittest.TestCase):
    def daemon(self, conf, more="reply-wait = 2000", **kind):
        self.port, self.tls = free_port(), free_port()
        d = Daemon(LISTEN.format(port=self.port, tls=self.tls, more=more) + conf, **kind)
        self.addCleanup(d.close)
        return d.start()

    def till(self, tls=False, origin=ORIGIN):
        till = Till(f"wss://127.0.0.1:{self.tls}" if tls else f"ws://127.0.0.1:{self.port}", origin)
        self.addCleanup(till.close)
        return till

    def client(self, **kind):
        c = WsClient(("127.0.0.1", self.port), **kind)
        self.addCleanup(c.close)
        return c

    def sim(self, count=1, script=None):
        sim = Sim(count, script=script)
        self.addCleanup(sim.close)
        return sim.start()


class Original(Case):
    def talk(self, tls):
        sim = self.sim()
        self.daemon(PRINTER.format("Receipt", sim.port, ""))
        till = self.till(tls)
        self.assertEqual(till.next(), {"open": True, "extensions": ""})
        self.assertEqual(till.ask("find")["result"], ["Receipt"])
        self.assertEqual(till.ask("version")["result"], "0.1.0")
        self.assertEqual(till.ask("print", "Receipt", ["Ticket 41\n\n\n\x1dV\x00"]), {
            "uid": "uid-7", "status": "success", "message": "Printed on Receipt",
            "status_code": 0})
        self.assertEqual(len(sim.wait_papers(1)), 1)
        self.assertEqual(till.ask("status", "Receipt")["status_code"], 0)

    def test_plain(self):
        self.talk(False)

    def test_tls(self):
        self.talk(True)

    def test_foreign_origin(self):
        self.daemon("")
        self.assertEqual(self.till(origin="https://evil.example").next(), {"refused": 403})
        self.assertEqual(self.till(True, "https://evil.example").next(), {"refused": 403})
        with self.assertRaises(Refused) as refused:
            self.client(headers=["Origin: null"])
        self.assertEqual(refused.exception.status, 403)


class Truth(Case):
    def test_confirmed_and_told_apart(self):
        """A printer that proves its prints says so; one that breaks off is not confirmed."""
        sim = self.sim()
        with platen.Breaker(after=4) as breaker:
            d = self.daemon(PRINTER.format("Good", sim.port, "") +
                            PRINTER.format("Bad", breaker.port, "status-polling = no"))
            wait_until(lambda: d.get("/v1/printers/Good").json["proof"] != "unknown", "its proof")
            till = self.till()
            till.next()
            good = till.ask("print", "Good", ["A\n", "B\n"])
            self.assertEqual(good["status"], "success")
            jobs = d.admin("GET", "/v1/jobs").json["jobs"]
            self.assertEqual(jobs[0]["evidence"], "confirmed")
            bad = till.ask("print", "Bad", ["x" * 100_000])
            self.assertEqual((bad["status"], bad["message"], bad["status_code"]),
                             ("error", "Print not confirmed: Bad", 3))
            self.assertEqual(d.admin("GET", "/v1/jobs").json["jobs"][0]["state"], "unconfirmed")

    def test_a_person_decides_later(self):
        """Long after reply-wait a job in doubt is still there to be printed again."""
        with platen.Breaker(after=4) as breaker:
            d = self.daemon(PRINTER.format("Bad", breaker.port, "status-polling = no"),
                            "reply-wait = 1000")
            till = self.till()
            till.next()
            till.ask("print", "Bad", ["x" * 100_000])
            job = d.admin("GET", "/v1/jobs").json["jobs"][0]["id"]
            created = platen.time.monotonic()
            wait_until(lambda: platen.time.monotonic() > created + 1.2, "reply-wait to be over")
            self.assertEqual(d.job(job)["state"], "unconfirmed")
            r = d.admin("POST", f"/v1/jobs/{job}/resolve", {"action": "reprint"})
            self.assertEqual(r.status, 200, r)
            d.wait_job(job, "unconfirmed")
            self.assertEqual(d.job(job)["reprints"], 1)

    def test_an_error_is_the_end_also_after_a_crash(self):
        """What was refused as offline is expired on disk before the error leaves."""
        port = free_port()
        d = self.daemon(PRINTER.format("Away", port, "status-polling = no"), "reply-wait = 1000")
        till = self.till()
        till.next()
        self.assertEqual(till.ask("print", "Away", ["never"])["message"], "Printer offline: Away")
        d.kill9()
        d.start()
        job = d.admin("GET", "/v1/jobs").json["jobs"][0]
        self.assertEqual((job["state"], job["hold"]), ("expired", "offline"))

    def test_one_reply_each(self):
        """Clients side by side, several printers, one of them away: one reply for each uid."""
        sim = self.sim(3)
        names = ["P0", "P1", "P2", "Away"]
        ports = [*sim.ports, free_port()]
        self.daemon("".join(PRINTER.format(n, p, "status-polling = no confirm = none")
                            for n, p in zip(names, ports)), "broadcast = no reply-wait = 3000")
        clients = [self.client() for _ in range(20)]
        for number, c in enumerate(clients):
            for i in range(8):
                c.send_text(json.dumps({
                    "call": "print", "uid": f"{number}/{i}",
                    "params": {"printer": {"name": names[i % 4]}, "data": ["x\n\x1dV\x00"]}}))
        for number, c in enumerate(clients):
            replies = [json.loads(c.text()) for _ in range(8)]
            self.assertEqual(sorted(r["uid"] for r in replies),
                             [f"{number}/{i}" for i in range(8)])
            for r in replies:
                away = int(r["uid"].split("/")[1]) % 4 == 3
                self.assertEqual(r["status"], "error" if away else "success", r)
            self.assertIsNone(c.message(0.05))
        for port in sim.ports:
            self.assertEqual(len(sim.wait_papers(40, port)), 40)


class Clients(Case):
    def test_the_list(self):
        sim = self.sim()
        d = self.daemon(PRINTER.format("Receipt", sim.port, "status-polling = no"))
        till = self.till()
        till.next()
        till.ask("find")
        local = self.client()
        local.send_text('{"call":"server.version"}')
        local.text()
        seen = d.admin("GET", "/v1/clients").json
        self.assertEqual(seen["count"], 2)
        self.assertIn({"dialect": "printer-websocket", "count": 2}, seen["dialects"])
        one, other = seen["clients"]
        self.assertEqual((one["caller"], one["requests"], one["last_call"]),
                         ("local", 1, "server.version"))
        self.assertEqual((other["caller"], other["requests"], other["last_call"]),
                         (ORIGIN, 1, "printers.find"))
        self.assertTrue(one["address"].startswith("127.0.0.1:"))
        page = d.get("/v1/clients", {"Origin": ORIGIN}).json
        self.assertEqual((page["count"], "clients" in page), (2, False))
        local.close()
        wait_until(lambda: d.admin("GET", "/v1/clients").json["count"] == 1, "one to go")

    def test_a_withdrawn_grant_closes(self):
        d = self.daemon("")
        c = self.client(headers=[f"Origin: {ORIGIN}"])
        d.write_conf(d.conf.replace("origin https://till.example",
                                    "origin https://other.example"))
        d.child.signal(platen.signal.SIGHUP)
        self.assertEqual(c.message()[:2], ("close", 1008))


if __name__ == "__main__":
    platen.main()
