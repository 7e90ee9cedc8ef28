"""Wire cases: what a client sends, what it gets, what the printer received.

A case is a text file. Lines before the first section, and lines that begin
with "# ", are comments. A section begins with one of

  % conf            configuration; in place of the folder's conf file
  % more            configuration, added to it
  % env NAME=VALUE  environment of the daemon
  > request         literal HTTP: lines, empty line, body. "> request again" goes
                    over the connection of the one before; two without a reply
                    in between are sent in one piece (pipelining)
  < reply           status line, headers that must be there, !Headers that must
                    not, empty line, body. "<~ reply" asks again until it fits;
                    "<< reply" needs nothing sent first
  < closed          the daemon closes the connection
  = wire NAME       all that printer NAME (1 or 2) must have received: hex, a line
                    per write; "+25" before a line is the least pause before it
                    in ms; "--" is the end of a connection; no line: nothing
  = nothing NAME    no connection came to that printer
  ! restart         SIGTERM and start; "! kill" is SIGKILL and start
  ! reload          SIGHUP with the configuration that follows
  ! printer NAME …  printer NAME from now on: off, on, hang (neither takes nor refuses
                    connections), stall (reads nothing), read, reset N (after N bytes),
                    or answers: lines "hex of a query = hex of its reply"
  ! pause MS        wait; only where the contract itself speaks of time

WebSocket, any number of connections with names of their own (wstalk.py):

  > open NAME tls   open one (tls: over TLS); lines: further headers, "GET /path" first
  > text NAME       a text message; > binary NAME a binary one, \\xNN is a byte
  > frames NAME     raw bytes in hex, whatever they mean; > close NAME CODE a close frame
  > leave NAME      the connection breaks off
  < text NAME +A-B  the next message is this text, byte for byte but {int} and the like; +A-B:
                    it came A to B ms after what was sent last
  < json NAME +A-B  ... and is equal to this JSON, in whatever order of members
  < texts NAME      the next messages are these lines, in any order
  < until NAME      a message that fits this text comes, perhaps after others
  < binary NAME     a binary message, in hex
  < silence NAME MS nothing comes for so long
  < closed NAME C   a close frame with this code, then the end; without a code: the end

In requests: @length as a header is Content-Length, @chunked sends the body in
chunks of 7 bytes, @body N is a body of N bytes, {N*text} repeats a text, \\xNN
is a byte, \\ at the end of a line joins it with the next. {host} is where the
case's listener is, {port1}, {port2} the printers, {dead} a port where nobody
listens, {now+MS}, {iso+MS}, {local+MS}, {zone+MS}, {mail+MS} and {day+MS} are
times from now. In replies {int}, {date}, {any}, {token} and {uuid} stand for what
they say; what {uuid NAME} stood for is {NAME} from then on.
"""
import datetime
import email.utils
import os
import re
import signal
import socket
import time

import platen
import wstalk
from peer import Peer

PAUSE_TRIES = 5  # a receiver that was late cannot tell a pause


# --- reading a case ------------------------------------------------------------

class Section:
    def __init__(self, line, number):
        self.mark, _, rest = line.partition(" ")
        self.word, _, self.rest = rest.partition(" ")
        self.number, self.lines = number, []

    @property
    def text(self):
        return "\n".join(self.lines).rstrip("\n")


def parse(path):
    sections = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f.read().split("\n"), 1):
            if re.match(r"(%|>|<~|<<|<|=|!) [a-z]", line):
                sections.append(Section(line, number))
            elif sections and not line.startswith("# "):
                sections[-1].lines.append(line)
    return sections


# --- filling in ------------------------------------------------------------------

def moment(kind, ms):
    at = datetime.datetime.fromtimestamp((time.time() * 1000 + ms) / 1000, datetime.timezone.utc)
    return {
        "now": lambda: str(int(at.timestamp() * 1000)),
        "iso": lambda: at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "local": lambda: at.astimezone().strftime("%Y-%m-%dT%H:%M:%S"),
        "zone": lambda: (at + datetime.timedelta(hours=5.5)).strftime("%Y-%m-%dT%H:%M+05:30"),
        "mail": lambda: email.utils.format_datetime(at),
        "day": lambda: at.strftime("%Y-%m-%d"),
    }[kind]()


def fill(text, names):
    text = text.replace("\\\n", "")
    for name, value in names.items():
        text = text.replace("{" + name + "}", str(value))
    text = re.sub(r"\{(now|iso|local|zone|mail|day)([+-]\d+)\}",
                  lambda m: moment(m[1], int(m[2])), text)
    return re.sub(r"\{(\d+)\*([^{}]+)\}", lambda m: int(m[1]) * m[2], text)


def unescape(text):
    return re.sub(rb"\\x([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), text.encode())


def message(text):
    """The bytes of a request as it is written in a case."""
    head, _, body = text.partition("\n\n")
    body = unescape(body)
    big = re.search(r"\n@body (\d+)$", head, re.M)
    if big:
        body = b"x" * int(big[1])
        head = head.replace(big[0], "")
    lines = []
    for line in head.split("\n"):
        if line == "@length":
            line = f"Content-Length: {len(body)}"
        if line == "@chunked":
            line = "Transfer-Encoding: chunked"
            body = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7])
                            for i in range(0, len(body), 7)) + b"0\r\n\r\n"
        lines.append(unescape(line))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


WILD = {
    "int": r"\d+", "any": r"[\s\S]*", "token": r"[A-Za-z0-9_-]{40,}",
    "uuid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "date": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
}


def fits(pattern, text):
    """None, or what the named wild parts stood for."""
    parts = re.split(r"\{(int|any|date|token|uuid)(?: (\w+))?\}", pattern)
    made = re.escape(parts[0])
    for kind, name, plain in zip(parts[1::3], parts[2::3], parts[3::3]):
        made += (f"(?P<{name}>{WILD[kind]})" if name else WILD[kind]) + re.escape(plain)
    match = re.fullmatch(made, text)
    return None if match is None else match.groupdict()


# --- one connection ----------------------------------------------------------------

class Client:
    def __init__(self, address):
        self.sock = socket.create_connection(address)
        self.sock.settimeout(platen.SECONDS)
        self.taken = b""

    def more(self):
        try:
            piece = self.sock.recv(65536)
        except ConnectionError:
            piece = b""
        self.taken += piece
        return piece

    def cut(self, count):
        out, self.taken = self.taken[:count], self.taken[count:]
        return out

    def until(self, end):
        while end not in self.taken:
            if not self.more():
                raise AssertionError(f"the daemon closed the connection after {self.taken!r}")
        return self.cut(self.taken.index(end) + len(end))

    def exactly(self, count):
        while len(self.taken) < count:
            assert self.more(), "the daemon closed the connection inside a body"
        return self.cut(count)

    def reply(self, head_only):
        head = self.until(b"\r\n\r\n").decode("latin-1")
        status, *lines = head[:-4].split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines]
        named = {name.lower(): value for name, value in headers}
        code = int(status.split()[1])
        if head_only or code in (100, 204, 304):
            body = b""
        elif "transfer-encoding" in named:
            body = self.chunks()
        else:
            body = self.exactly(int(named.get("content-length", 0)))
        return status, headers, body.decode("utf-8", "replace")

    def chunks(self):
        body = b""
        while True:
            size = int(self.until(b"\r\n"), 16)
            body += self.exactly(size)
            self.exactly(2)
            if not size:
                return body


# --- running ----------------------------------------------------------------------------

class Wrong(AssertionError):
    """The case does not hold; retry: what could not be measured may be now."""

    def __init__(self, section, text, again=False):
        super().__init__(f"line {section.number}: {text}")
        self.again = again


class Run:
    """One case, carried out once."""

    def __init__(self, path, conf):
        self.sections = parse(path)
        self.printers = {"1": Peer(), "2": Peer()}
        self.listener = platen.free_port()
        self.names = {
            "host": f"127.0.0.1:{self.listener}", "port": self.listener,
            "port1": self.printers["1"].port, "port2": self.printers["2"].port,
            "dead": platen.free_port(), "version": self.version(),
        }
        self.conf, env = conf, {}
        for s in self.sections:
            if s.mark == "%" and s.word == "conf":
                self.conf = s.text
            elif s.mark == "%" and s.word == "more":
                self.conf += "\n" + s.text
            elif s.mark == "%" and s.word == "env":
                name, _, value = s.rest.partition("=")
                env[name] = value
        text = self.fill(self.conf)
        self.daemon = platen.Daemon(text, env=env)
        self.own = self.daemon.conf[:len(self.daemon.conf) - len(text)]
        self.names["native"] = self.daemon.port
        self.client, self.sent, self.methods = None, b"", []
        self.talk = wstalk.Talk(self)

    @staticmethod
    def version():
        with open(os.path.join(platen.ROOT, "meson.build"), encoding="utf-8") as f:
            return re.search(r"version: '([^']+)'", f.read())[1]

    def fill(self, text):
        return fill(text, self.names)

    # For wstalk.
    fits, wrong = staticmethod(fits), Wrong

    def bytes(self, text):
        return unescape(self.fill(text))

    def run(self):
        acts = {">": self.request, "<": self.expect, "<~": self.expect, "<<": self.expect,
                "=": self.wire, "!": self.act}
        try:
            self.start()
            for s in self.sections:
                if s.mark != "%" and not self.talk.does(s):
                    acts[s.mark](s)
            status = self.daemon.stop()
            if status != 0:
                raise AssertionError(f"platend ended with {status}\n{self.daemon.log[-3000:]}")
        finally:
            self.disconnect()
            self.talk.leave()
            self.daemon.close()
            for p in self.printers.values():
                p.close()

    def start(self):
        self.daemon.start(wait=False)
        self.daemon.wait_answer()

    def disconnect(self):
        if self.client:
            self.client.sock.close()
        self.client = None

    # Requests are sent when the first reply is expected.
    def request(self, s):
        if s.rest != "again":
            self.disconnect()
            self.sent, self.methods = b"", []
        elif not self.methods:
            self.sent = b""
        self.sent += message(self.fill(s.text))
        self.methods.append(s.text.split(" ")[0])

    def send(self):
        if not self.client:
            self.client = Client(("127.0.0.1", self.listener))
        head, end, body = self.sent.partition(b"\r\n\r\n")
        waits = b"Expect: 100-continue" in head
        self.client.sock.sendall(head + end if waits else self.sent)
        self.sent = body if waits else b""

    def expect(self, s):
        if s.word == "closed":
            if self.sent:
                self.send()
            if self.client.more():
                raise Wrong(s, f"the connection goes on with {self.client.taken!r}")
            return
        if s.mark == "<~":
            self.expect_late(s)
            return
        if self.sent:
            self.send()
        reply = self.client.reply(self.methods[0] == "HEAD")
        if " 100 " in reply[0]:
            self.client.sock.sendall(self.sent)
            self.sent = b""
        else:
            self.methods.pop(0)
        wrong = self.compare(s, reply)
        if wrong:
            raise Wrong(s, wrong)

    def expect_late(self, s):
        sent, method, last = self.sent, self.methods.pop(0), [""]

        def fine():
            self.disconnect()
            self.sent = sent
            self.send()
            last[0] = self.compare(s, self.client.reply(method == "HEAD"))
            return not last[0]
        try:
            platen.wait_until(fine, "the reply")
        except AssertionError:
            raise Wrong(s, last[0]) from None

    def compare(self, s, reply):
        status, headers, body = reply
        got = f"\n--- got\n{status}\n" + "\n".join(": ".join(h) for h in headers) + f"\n\n{body}"
        head, _, want = self.fill(s.text).partition("\n\n")
        first, *wanted = head.split("\n")
        if first not in status.split(" ", 1)[1]:
            return f"expected {first}{got}"
        for line in wanted:
            name, _, value = line.partition(": ")
            have = [v for n, v in headers if n.lower() == name.lstrip("!").lower()]
            if name.startswith("!"):
                if have:
                    return f"{name[1:]} is there{got}"
            elif len(have) != 1 or fits(value, have[0]) is None:
                return f"expected header {line}{got}"
        if want == "{none}":
            return f"expected no body{got}" if body else ""
        named = fits(want, body) if want else {}
        if named is None:
            return f"expected body {want}{got}"
        self.names.update(named)
        return ""

    def printer(self, s):
        name, what, *number = s.rest.split(" ")
        peer = self.printers[name]
        acts = {
            "off": peer.off, "on": peer.on, "hang": peer.hang, "read": peer.normal,
            "stall": lambda: peer.behave(read=False),
            "reset": lambda: peer.behave(reset_at=int(number[0])),
            "answers": lambda: peer.answer(dict(
                [bytes.fromhex(h) for h in line.split("=")] for line in s.text.split("\n"))),
        }
        acts[what]()

    def act(self, s):
        if s.word == "printer":
            self.printer(s)
            return
        if s.word == "pause":
            time.sleep(int(s.rest) / 1000)
            return
        self.disconnect()
        if s.word == "reload":
            self.daemon.write_conf(self.own + self.fill(s.text))
            seen = self.daemon.log.count("daemon.reload")
            self.daemon.child.signal(signal.SIGHUP)
            platen.wait_until(lambda: self.daemon.log.count("daemon.reload") > seen, "a reload")
            return
        status = self.daemon.kill9() if s.word == "kill" else self.daemon.stop()
        if s.word != "kill" and status != 0:
            raise Wrong(s, f"platend ended with {status}")
        self.start()

    # --- what the printer received
    def wire(self, s):
        printer = self.printers[s.rest or "1"]
        if s.word == "nothing":
            if printer.connections:
                raise Wrong(s, f"the printer got {printer.connections}")
            return
        want, pauses = wanted_wire(self.fill(s.text))

        def arrived():
            jobs = printer.jobs()
            return not printer.open and len(jobs) >= len(want) and \
                (printer.papers(),)
        try:
            got, = platen.wait_until(arrived, "the printer's bytes")
        except AssertionError:
            raise Wrong(s, f"the printer got {printer.connections}") from None
        if got != want:
            raise Wrong(s, "the printer got\n" + "\n--\n".join(g.hex(" ") for g in got))
        for job, offset, ms in pauses:
            gap = gap_before(printer.jobs()[job], offset)
            if gap < ms - 0.5:
                raise Wrong(s, f"only {gap:.1f} ms before byte {offset} of job {job}, "
                            f"not {ms}", again=True)


def wanted_wire(text):
    jobs, pauses = [b""], []
    if not text:
        return [], []
    for line in text.split("\n"):
        if line == "--":
            jobs.append(b"")
            continue
        m = re.match(r"\+(\d+) +(.*)", line)
        times = re.search(r" x(\d+)$", line)
        if times:
            line = line[:times.start()]
            m = re.match(r"\+(\d+) +(.*)", line)
        count = int(times[1]) if times else 1
        if not m:
            jobs[-1] += bytes.fromhex(line) * count
            continue
        for _ in range(count):
            if jobs[-1]:
                pauses.append((len(jobs) - 1, len(jobs[-1]), int(m[1])))
            jobs[-1] += bytes.fromhex(m[2])
    return jobs, pauses


def gap_before(pieces, offset):
    at, before = 0, None
    for t, piece in pieces:
        if at >= offset:
            return t - before
        at, before = at + len(piece), t
    return 0


def run_case(path, conf):
    """None, or what is wrong."""
    wrong = None
    for _ in range(PAUSE_TRIES):
        try:
            Run(path, conf).run()
            return None
        except Wrong as e:
            wrong = str(e)
            if not e.again:
                return wrong
        except (AssertionError, OSError) as e:
            return f"{type(e).__name__}: {e}"
    return wrong
