"""The tills of a crash test: what they asked for, what they were told, and the
configuration of the daemon that they ask.

An Ask is one document or one pulse of the drawer. With a key, a till asks again
until it has an answer; without one it asks once. What it was told decides:

    accepted  2xx: the job must be known for ever, and on paper or accounted for
    refused   4xx: it must not come out at all
    lost      no answer, or a 503 whose commit may still come: it may or may not
              be a job, but one at most
"""
import base64
import http.client
import itertools
import json
import random
import threading
import time

from printers import document

LIMIT = 3        # reprint-limit
EXPIRY = 2000    # drawer-expiry, ms

AGAIN = (409, 503, 507)


def configuration(shop, policy, plato):
    """Everything as fast as it goes, so that little is waited for and much is hit."""
    text = f"""
daemon {{
  log-level = warn
  space-floor = 0
  queue-jobs = 100000
}}
listen plato {{
  dialect = plato
  address = {{"127.0.0.1:{plato}"}}
}}
"""
    for name, printer in zip(shop.names(), shop.printers):
        text += f"""
printer {name} {{
  uri = "socket://127.0.0.1:{printer.port}"
  on-doubt = {policy}
  reprint-limit = {LIMIT}
  retry-delay = 100
  cooldown = 0
  chunk-delay = 0
  drawer-expiry = {EXPIRY}
  queue-jobs = 100000
}}
"""
    return text


class Ask:
    def __init__(self, number, printer, kind="print", dialect="native", key=True, size=200,
                 delay=0, chunks=1):
        self.number, self.printer = number, printer
        self.kind, self.dialect, self.size = kind, dialect, size
        self.key = f"till-{number}" if key else None
        self.run_at = int(time.time() * 1000) + delay if delay else None
        self.chunks = chunks
        self.verdict = "lost"
        self.id = self.serial = None
        self.cancelled = False  # a cancellation was confirmed

    def __repr__(self):
        return (f"{self.kind} {self.number} by {self.dialect} on p{self.printer} "
                f"(id {self.id}, serial {self.serial}, {self.verdict})")

    def request(self, shop):
        """Its path, body and headers."""
        headers = {"Idempotency-Key": self.key} if self.key else {}
        if self.dialect == "native":
            return self._native(headers)
        body = {"ip_address": "127.0.0.1", "port": shop.printers[self.printer].port}
        headers["Content-Type"] = "application/json"
        if self.kind == "kick":
            return "/cash-drawer", json.dumps(body), headers
        doc = document(self.number, self.size)
        step = -(-len(doc) // self.chunks)
        body["chunks"] = [base64.b64encode(doc[i:i + step]).decode()
                          for i in range(0, len(doc), step)]
        if self.run_at:
            body["runAt"] = self.run_at
        return "/print", json.dumps(body), headers

    def _native(self, headers):
        options = {"cut": "partial", "title": f"{self.number:06d}"}
        if self.run_at:
            options["run_at"] = self.run_at
        headers["Platen-Options"] = json.dumps(options)
        headers["Content-Type"] = "application/octet-stream"
        return f"/v1/printers/p{self.printer}/jobs", document(self.number, self.size), headers

    def answered(self, status, body):
        if status not in (200, 201):
            self.verdict = "refused" if status < 500 else "lost"
            return
        self.verdict = "accepted"
        told = json.loads(body)
        if self.dialect == "native":
            self.id = int(told["id"])
        else:
            self.serial = int(told["jobId"])


class Line:
    """A kept connection per port; made anew when it broke."""

    def __init__(self, ports):
        self._ports, self._open = ports, {}

    def ask(self, dialect, method, path, body=None, headers=None):
        c = self._open.pop(dialect, None) or http.client.HTTPConnection(
            "127.0.0.1", self._ports[dialect], timeout=10)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            data = r.read()
        except BaseException:
            c.close()
            raise
        if r.will_close:
            c.close()
        else:
            self._open[dialect] = c
        return r.status, data

    def close(self):
        for c in self._open.values():
            c.close()


BROKEN = (OSError, http.client.HTTPException)


def submit(line, shop, ask, until):
    """Ask until there is an answer (with a key), or once. `until()` is true when
    the shop closes; who has no answer by then has lost it."""
    path, body, headers = ask.request(shop)
    while True:
        try:
            status, data = line.ask(ask.dialect, "POST", path, body, headers)
        except BROKEN:
            status = None
        if status is not None and not (ask.key and status in AGAIN):
            ask.answered(status, data)
            return
        if not ask.key or until():
            return
        time.sleep(0.003)


class Tills:
    """Threads that ask, and one that changes its mind."""

    def __init__(self, shop, ports, seed, count=6, rest=0.012):
        self.asks = []
        self.errors = []
        self._shop, self._ports, self._seed, self._rest = shop, ports, seed, rest
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._closing = False
        self._given_up = False
        self._threads = [threading.Thread(target=self._guard, args=(self._sell, i), daemon=True)
                         for i in range(count)]
        self._threads.append(threading.Thread(target=self._guard, args=(self._regret, count),
                                              daemon=True))

    def open(self):
        for t in self._threads:
            t.start()

    def close(self, seconds=20):
        """Let everybody get their answers, then send them home."""
        self._closing = True
        deadline = time.monotonic() + seconds
        for t in self._threads:
            t.join(max(0, deadline - time.monotonic()))
        self._given_up = True
        for t in self._threads:
            t.join(15)
        assert not any(t.is_alive() for t in self._threads), "a till hangs"
        if self.errors:
            raise self.errors[0]

    def _guard(self, work, index):
        try:
            work(random.Random(f"{self._seed}/{index}"), Line(self._ports))
        except Exception as e:  # pylint: disable=broad-except
            self.errors.append(e)

    def _next(self, rng):
        with self._lock:
            number = next(self._numbers)
        printer = rng.randrange(len(self._shop.printers))
        if rng.random() < 0.05:
            return Ask(number, printer, "kick", "plato", key=rng.random() < 0.5)
        size = rng.choices([200, 4000, 40000], [70, 25, 5])[0]
        delay = rng.randrange(30, 400) if rng.random() < 0.1 else 0
        dialect = rng.choice(["native", "plato"])
        return Ask(number, printer, "print", dialect, key=rng.random() < 0.75, size=size,
                   delay=delay, chunks=rng.choice([1, 1, 3, 10]))

    def _sell(self, rng, line):
        while not self._closing:
            ask = self._next(rng)
            self.asks.append(ask)
            submit(line, self._shop, ask, lambda: self._given_up)
            time.sleep(rng.random() * 2 * self._rest)
        line.close()

    def _regret(self, rng, line):
        while not self._closing:
            time.sleep(0.02)
            recent = [a for a in self.asks[-12:] if a.id and not a.cancelled]
            if not recent:
                continue
            ask = rng.choice(recent)
            try:
                status, _ = line.ask("native", "DELETE", f"/v1/jobs/{ask.id}")
                ask.cancelled = status == 200
            except BROKEN:
                pass
        line.close()
