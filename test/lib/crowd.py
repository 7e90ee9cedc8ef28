"""Many WebSocket clients at once, from as many loopback addresses as they need.

    with Crowd(port, 10000) as crowd:
        crowd.send(1, '{"call": ...}')         # client 1
        crowd.listen(lambda c, text: ..., until=lambda: ...)

One thread and one epoll; frames are short texts, as the daemon sends them. What is
slow here would be taken for the daemon's slowness, so it does as little as it can.
"""
import json
import re
import resource
import select
import socket
import ssl
import time

import platen
from wsclient import TEXT, frame

PER_ADDRESS = 1000   # clients of one source address
AT_ONCE = 64         # that are being opened


def enough_files(count):
    """Room for so many connections here and in what is started from here; False: none."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + 500:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return True


def pss(pid):
    """Bytes of memory that a process does not share, and its part of what it does."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return int(re.search(r"^Pss:\s+(\d+) kB", f.read(), re.M)[1]) * 1024


def conf(port, tls_port, printers, shaky):
    """A daemon for crowds: `printers` are ports, called P0, P1, ...; `shaky` one that comes
    and goes."""
    text = (f'daemon {{ queue-jobs = 10000 log-level = warn }}\n'
            f'listen pws {{ dialect = printer-websocket address = {{"127.0.0.1:{port}"}} '
            f'tls-address = {{"127.0.0.1:{tls_port}"}} max-clients = 50000 }}\n'
            f'printer Shaky {{ uri = "socket://127.0.0.1:{shaky}" language = raw '
            f'cooldown = 0 }}\n')
    for number, at in enumerate(printers):
        text += (f'printer P{number} {{ uri = "socket://127.0.0.1:{at}" status-polling = no '
                 f'confirm = none cooldown = 0 queue-jobs = 5000 }}\n')
    return text


STATUS = '{"call":"printerStatus","uid":"s","PrinterName":"Shaky"}'


def one_spread(crowd):
    """A printer that was there goes; Crowd.spread of it. `crowd.shaky` listens for it."""
    known = []
    crowd.send(0, STATUS)
    crowd.listen(lambda number, text: known.append(text), lambda: known)
    assert b'"status_code":0' in known[0], known
    crowd.listen(lambda *_: None, lambda: False, 1.1)  # no two changes within a second
    crowd.shaky.close()
    return crowd.spread(lambda: crowd.send(0, STATUS))


class Crowd:
    def __init__(self, port, count, tls=False, headers=()):
        self.port, self.sockets, self.rest = port, {}, {}
        self.epoll = select.epoll()
        self.tls = None
        if tls:
            self.tls = ssl.create_default_context()
            self.tls.check_hostname = False
            self.tls.verify_mode = ssl.CERT_NONE
        self.head = "\r\n".join([
            "GET / HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers]).encode() + b"\r\n\r\n"
        self.clients = []
        for first in range(0, count, AT_ONCE):
            self._open(range(first, min(first + AT_ONCE, count)))

    def _open(self, numbers):
        batch = []
        for n in numbers:
            s = socket.socket()
            s.settimeout(platen.SECONDS)
            s.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            s.bind((f"127.0.0.{2 + n // PER_ADDRESS}", 0))
            s.connect(("127.0.0.1", self.port))
            if self.tls:
                s = self.tls.wrap_socket(s)
            s.sendall(self.head)
            batch.append(s)
        for s in batch:
            taken = b""
            while b"\r\n\r\n" not in taken:
                piece = s.recv(4096)
                assert piece, f"the daemon closed after {taken!r}"
                taken += piece
            assert taken.startswith(b"HTTP/1.1 101 "), taken
            s.setblocking(False)
            number = len(self.clients)
            self.clients.append(s)
            self.sockets[s.fileno()] = number
            self.rest[number] = taken.split(b"\r\n\r\n", 1)[1]
            self.epoll.register(s.fileno(), select.EPOLLIN)

    def send(self, number, text):
        self.clients[number].sendall(frame(TEXT, text.encode()))

    def _recv(self, s):
        try:
            return s.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None

    def listen(self, heard, until, seconds=None):
        """heard(number, bytes) for each text, until until() or the time is over (False)."""
        end = time.monotonic() + (platen.SECONDS if seconds is None else seconds)
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return False
            for fd, _ in self.epoll.poll(left, 1024):
                number = self.sockets[fd]
                piece = self._recv(self.clients[number])
                if piece == b"":
                    raise AssertionError(f"client {number} was closed")
                if piece and piece[0] == 0x81 and len(piece) == 2 + piece[1] and \
                        not self.rest[number]:
                    heard(number, piece[2:])  # as nearly all are: one short text
                elif piece:
                    self._frames(number, self.rest[number] + piece, heard)
        return True

    def _frames(self, number, taken, heard):
        while len(taken) >= 2:
            size, skip = taken[1], 2
            if size == 126:
                size, skip = int.from_bytes(taken[2:4], "big"), 4
            assert size < 127, "a longer message than this crowd reads"
            if len(taken) < skip + size:
                break
            if taken[0] == 0x81:
                heard(number, taken[skip:skip + size])
            elif taken[0] == 0x89:
                self.clients[number].sendall(frame(10, taken[skip:skip + size]))
            else:
                raise AssertionError(f"client {number} got {taken!r}")
            taken = taken[skip + size:]
        self.rest[number] = taken

    # --- what PrinterWebSocket's clients do
    def ask_all(self):
        """Each asks once and is answered."""
        left = set(range(len(self.clients)))
        for number in left:
            self.send(number, '{"call":"printers.find","uid":%d}' % number)
        assert self.listen(lambda number, _: left.discard(number), lambda: not left), \
            f"{len(left)} were not answered"

    def spread(self, trigger):
        """Milliseconds from trigger() until the first has heard of a change, and the last."""
        heard = {}

        def on_text(number, text):
            if b"status changed" in text:
                heard.setdefault(number, time.monotonic())
        begun = time.monotonic()
        trigger()
        assert self.listen(on_text, lambda: len(heard) == len(self.clients)), \
            f"only {len(heard)} were told"
        return [(at - begun) * 1000 for at in (min(heard.values()), max(heard.values()))]

    def print_at_once(self, count, printers):
        """The first `count` print one paper each; seconds until all were answered. Nobody is
        answered twice, and nobody with an error."""
        replies = {}

        def on_text(number, text):
            message = json.loads(text)
            if "uid" in message and message["uid"] != "s":  # the answer to STATUS may be late
                assert number not in replies, f"client {number} was answered twice"
                assert message["uid"] == number and message["status"] == "success", message
                replies[number] = message
        begun = time.monotonic()
        for number in range(count):
            self.send(number, json.dumps({
                "call": "print", "uid": number, "params": {
                    "printer": {"name": printers[number % len(printers)]},
                    "data": [f"{number}\n\x1dV\x00"]}}))
        assert self.listen(on_text, lambda: len(replies) == count), \
            f"{len(replies)} of {count} were answered"
        took = time.monotonic() - begun
        self.listen(on_text, lambda: False, 0.3)
        return took

    def close(self):
        for s in self.clients:
            s.close()
        self.epoll.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
