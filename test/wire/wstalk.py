"""WebSocket sections of the wire cases; case.py has the format."""
import json
import re
import time

import platen
from wsclient import WsClient, frame, CLOSE

HERE = ("open", "text", "binary", "frames", "close", "leave")
EXPECTED = ("text", "json", "texts", "until", "binary", "silence")


def shown(got):
    if got is None:
        return "nothing"
    if got[0] == "text":
        return "the text " + got[1].decode("utf-8", "replace")
    if got[0] == "close":
        return f"a close frame, {got[1]} {got[2].decode()}"
    return "the end" if got[0] == "end" else f"{got[0]} {got[1].hex(' ')}"


class Talk:
    """The connections of one case."""

    def __init__(self, run):
        self.run, self.clients, self.last = run, {}, 0

    def does(self, s):
        """Whether it is a section of ours; carries it out."""
        closed = s.word == "closed" and s.mark == "<" and s.rest.split(" ")[0] in self.clients
        if not closed and s.word not in {">": HERE, "<": EXPECTED}.get(s.mark, ()):
            return False
        name, *more = s.rest.split(" ") if s.rest else [""]
        {">": self.send, "<": self.expect}[s.mark](s, name, more)
        return True

    def leave(self):
        for c in self.clients.values():
            c.close()
        self.clients = {}

    # --- what the case sends
    def open(self, s, name, more):
        lines = [line for line in self.run.fill(s.text).split("\n") if line]
        path = lines.pop(0).split(" ")[1] if lines and lines[0].startswith("GET ") else "/"
        host = [line[6:] for line in lines if line.startswith("Host: ")]
        lines = [line for line in lines if not line.startswith("Host: ")]
        if name in self.clients:
            self.clients.pop(name).close()
        self.clients[name] = WsClient(("127.0.0.1", self.run.listener), lines, path,
                                      host[0] if host else None, "tls" in more, platen.SECONDS)

    def send(self, s, name, more):
        self.last = time.monotonic()
        if s.word == "open":
            self.open(s, name, more)
            return
        c = self.clients[name]
        body = self.run.bytes(s.text)
        if s.word == "leave":
            self.clients.pop(name).close()
        elif s.word == "text":
            c.send_text(body)
        elif s.word == "binary":
            c.send_binary(body)
        elif s.word == "close":
            c.send_close(int(more[0]))
        else:
            c.send(bytes.fromhex(body.decode()))

    # --- what must come
    def expect(self, s, name, more):
        c = self.clients[name]
        if s.word == "silence":
            got = c.message(int(more[0]) / 1000)
            self.check(s, got is None, f"expected silence, got {shown(got)}")
        elif s.word == "closed":
            self.closed(s, c, more)
        elif s.word == "texts":
            self.any_order(s, c)
        elif s.word == "until":
            self.until(s, c)
        else:
            got = c.message()
            self.check(s, got and got[0] == ("binary" if s.word == "binary" else "text"),
                       f"expected {s.text}\n--- got {shown(got)}")
            {"text": self.text, "json": self.json, "binary": self.binary}[s.word](s, got[1])
            self.in_time(s, more)

    def check(self, s, right, wrong):
        if not right:
            raise self.run.wrong(s, wrong)

    def text(self, s, got):
        got = got.decode()
        named = self.run.fits(self.run.fill(s.text), got)
        self.check(s, named is not None, f"expected {s.text}\n--- got\n{got}")
        self.run.names.update(named)

    def json(self, s, got):
        """Equal as JSON; a string may hold {any} and the like, which then also fits
        a number or another value as written."""
        want = json.loads(self.run.fill(s.text))
        self.check(s, self.same(want, json.loads(got)),
                   f"expected JSON {s.text}\n--- got\n{got.decode()}")

    def same(self, want, got):
        if isinstance(want, dict):
            return isinstance(got, dict) and want.keys() == got.keys() and \
                all(self.same(v, got[k]) for k, v in want.items())
        if isinstance(want, list):
            return isinstance(got, list) and len(want) == len(got) and \
                all(map(self.same, want, got))
        if isinstance(want, str) and re.search(r"\{[a-z]+", want):
            text = got if isinstance(got, str) else json.dumps(got)
            named = self.run.fits(want, text)
            self.run.names.update(named or {})
            return named is not None
        return type(want) is type(got) and want == got

    def binary(self, s, got):
        self.check(s, got == bytes.fromhex(self.run.fill(s.text)), f"got {got.hex(' ')}")

    def until(self, s, c):
        want, seen = self.run.fill(s.text), []
        while got := c.message():
            seen.append(shown(got))
            if got[0] != "text":
                break
            if self.run.fits(want, got[1].decode()) is not None:
                return
        self.check(s, False, f"expected {want} after\n" + "\n".join(seen))

    def any_order(self, s, c):
        wanted = self.run.fill(s.text).split("\n")
        for left in range(len(wanted), 0, -1):
            got = c.message()
            fit = [w for w in wanted if got and got[0] == "text"
                   and self.run.fits(w, got[1].decode()) is not None]
            self.check(s, fit, f"{left} left, none of which fits {shown(got)}")
            wanted.remove(fit[0])

    def closed(self, s, c, more):
        got = c.message()
        if more:
            self.check(s, got and got[:2] == ("close", int(more[0])), f"got {shown(got)}")
            try:
                c.send(frame(CLOSE, int(more[0]).to_bytes(2, "big")))
            except OSError:
                pass
            got = c.message()
        self.check(s, got == ("end",), f"expected the end, got {shown(got)}")

    def in_time(self, s, more):
        span = [m for m in more if m.startswith("+")]
        if not span:
            return
        low, _, high = span[0][1:].partition("-")
        ms = (time.monotonic() - self.last) * 1000
        if ms < float(low) - 1 or ms > float(high):
            raise self.run.wrong(s, f"it came after {ms:.0f} ms", again=True)
