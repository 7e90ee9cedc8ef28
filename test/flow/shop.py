"""A shop for the flow tests: a daemon with a Plato listener, and a till."""
import base64
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))
import platen  # noqa: E402
from peer import Peer  # noqa: E402

INIT = b"\x1b@"
TAIL = b"\n\n\n\n\x1dV\x01"
KICK = b"\x1b@\x1bp\x00\x19\xfa"


def wire(*chunks):
    """What a printer receives of these chunks."""
    return INIT + b"".join(chunks) + TAIL


def texts(count, size=10):
    """Receipts that can be told apart."""
    return [f"{i:06d}:".encode().ljust(size, b".") for i in range(1, count + 1)]


QUICK = "cooldown = 0 chunk-delay = 0 retry-delay = 100"
QUIET = "status-polling = no confirm = none"


def merge(*texts):
    """Options; a later one of the same name wins."""
    found = {}
    for text in texts:
        found.update(re.findall(r"([a-z-]+) = (\S+)", text))
    return " ".join(f"{name} = {value}" for name, value in found.items())


class Shop(platen.Daemon):
    """Printers by name: `printers={"till": peer}`, with `options` for each, in
    place of QUICK ones. Callers may name any port of 127.0.0.1; those printers
    have the options `adhoc`."""

    def __init__(self, printers=(), options="", adhoc="", more="", **kind):
        self.plato = platen.free_port()
        self.printers = dict(printers)
        self.options, self.adhoc, self.more = options, adhoc, more
        super().__init__(self.text(), **kind)
        self.own = self.conf[:len(self.conf) - len(self.text())]

    def text(self):
        blocks = [f"listen plato {{ dialect = plato address = {{\"127.0.0.1:{self.plato}\"}} "
                  f"addresses = {{\"127.0.0.1:1024-65535\"}} {merge(QUICK, self.adhoc)} }}",
                  self.more]
        for name, printer in self.printers.items():
            port = printer if isinstance(printer, int) else printer.port
            blocks.append(f"printer {name} {{ uri = \"socket://127.0.0.1:{port}\" "
                          f"{merge(QUICK, QUIET, self.options)} }}")
        return "\n".join(blocks) + "\n"

    def rewrite(self):
        """The configuration as it is now described; SIGHUP is the caller's."""
        self.write_conf(self.own + self.text())

    def reload(self):
        self.rewrite()
        before = self.log.count("reloading the configuration")
        self.child.signal(platen.signal.SIGHUP)
        platen.wait_until(lambda: self.log.count("reloading the configuration") > before,
                          "the reload")
        self.get("/livez")  # comes after it

    # --- a till
    def plato_post(self, path, printer, headers=None, **fields):
        port = printer if isinstance(printer, int) else printer.port
        return self.post(path, {"ip_address": "127.0.0.1", "port": port, **fields}, headers,
                         port=self.plato)

    def print(self, printer, *chunks, headers=None, **fields):
        """POST /print; the reply."""
        chunks = [base64.b64encode(c).decode() for c in chunks]
        return self.plato_post("/print", printer, headers, chunks=chunks, **fields)

    def status(self, printer, validate=False):
        r = self.plato_post("/status", printer, validate=validate)
        assert r.status == 200, r
        return r.json

    def submit(self, name, text, **options):
        """A native job; its id."""
        r = self.request("POST", f"/v1/printers/{name}/jobs", text,
                         {"Platen-Options": platen.json.dumps(options)})
        assert r.status == 201, r
        return r.json["id"]

    def jobs(self, query=""):
        """Newest last."""
        r = self.admin("GET", "/v1/jobs?limit=1000" + query)
        assert r.status == 200, r
        return r.json["jobs"][::-1]

    def wait_states(self, count, *states):
        """All jobs, once `count` of them are in one of these states."""
        def arrived():
            jobs = self.jobs()
            return sum(j["state"] in states for j in jobs) >= count and jobs
        return platen.wait_until(arrived, f"{count} jobs to be {states}")

    def notes(self, job):
        return [n["what"] for n in self.job(job)["journal"]]


class Case(unittest.TestCase):
    def shop(self, *arguments, start=True, **options):
        shop = Shop(*arguments, **options)
        self.addCleanup(shop.close)
        return shop.start() if start else shop

    def peer(self, **options):
        peer = Peer(**options)
        self.addCleanup(peer.close)
        return peer

    def accepted(self, reply):
        self.assertEqual(reply.status, 200, reply)
        return reply.json["jobId"]

    def papers(self, peer, *papers):
        """The printer gets exactly these connections, in this order."""
        platen.wait_until(lambda: len(peer.papers()) >= len(papers) and not peer.open,
                          f"{len(papers)} papers")
        self.assertEqual(peer.papers(), list(papers))
