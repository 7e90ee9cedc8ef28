"""A WebSocket client that does what a test tells it, wrong things too.

    with WsClient(("127.0.0.1", port)) as c:
        c.send_text('{"call":"printers.find"}')
        c.message()            # ("text", b"...") or ("close", 1009, b"...")

It knows RFC 6455 and shares nothing with the daemon. Pings are answered, pongs
are dropped; everything else is given to the caller in the order it came.
"""
import base64
import hashlib
import os
import socket
import ssl
import struct
import time

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
NAMES = {TEXT: "text", BINARY: "binary"}


class Refused(AssertionError):
    """The upgrade was answered with something else; .status, .head, .body."""

    def __init__(self, head, body):
        super().__init__(f"the upgrade was refused: {head} {body!r}")
        self.head, self.body, self.status = head, body, int(head.split(" ")[1])


def frame(opcode, payload, fin=True, mask=True):
    """One frame as a client sends it."""
    head = bytes([opcode | (0x80 if fin else 0)])
    bit = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([len(payload) | bit])
    elif len(payload) < 65536:
        head += struct.pack("!BH", 126 | bit, len(payload))
    else:
        head += struct.pack("!BQ", 127 | bit, len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    times = -(-len(payload) // 4)
    number = int.from_bytes(payload, "big") ^ int.from_bytes((key * times)[:len(payload)], "big")
    return head + key + number.to_bytes(len(payload), "big")


class WsClient:
    def __init__(self, address, headers=(), path="/", host=None, tls=False, seconds=60,
                 source=None):
        self.seconds, self.taken, self.closed = seconds, b"", False
        self.sock = socket.create_connection(address, timeout=seconds,
                                             source_address=source and (source, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.sock = context.wrap_socket(self.sock)
        try:
            self._upgrade(path, host or "%s:%d" % address[:2], headers)
        except BaseException:
            self.sock.close()
            raise

    def _upgrade(self, path, host, headers):
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
                 *headers]
        self.sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        while b"\r\n\r\n" not in self.taken:
            if not self._more(time.monotonic() + self.seconds):
                raise AssertionError(f"the daemon closed the connection after {self.taken!r}")
        head, _, self.taken = self.taken.partition(b"\r\n\r\n")
        head = head.decode("latin-1")
        if not head.startswith("HTTP/1.1 101 "):
            raise Refused(head, self.taken)
        want = base64.b64encode(hashlib.sha1(
            (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        assert f"sec-websocket-accept: {want}".lower() in head.lower(), head

    # --- sending
    def send(self, raw):
        self.sock.sendall(raw)

    def send_text(self, text):
        self.send(frame(TEXT, text.encode() if isinstance(text, str) else text))

    def send_binary(self, payload):
        self.send(frame(BINARY, payload))

    def send_close(self, code=1000):
        self.send(frame(CLOSE, struct.pack("!H", code)))

    # --- receiving
    def _more(self, until):
        left = until - time.monotonic()
        if left <= 0:
            raise socket.timeout
        self.sock.settimeout(left)
        try:
            piece = self.sock.recv(262144)
        except (ConnectionError, ssl.SSLEOFError):
            piece = b""
        finally:
            self.sock.settimeout(self.seconds)
        self.taken += piece
        return piece

    def _need(self, count, until):
        while len(self.taken) < count:
            if not self._more(until):
                raise EOFError

    def _frame(self, until):
        self._need(2, until)
        first, size = self.taken[0], self.taken[1]
        assert not size & 0x80, "a server's frame was masked"
        assert first & 0x70 == 0, "an extension was used that nobody asked for"
        skip = 2
        if size == 126:
            self._need(4, until)
            size, skip = struct.unpack("!H", self.taken[2:4])[0], 4
        elif size == 127:
            self._need(10, until)
            size, skip = struct.unpack("!Q", self.taken[2:10])[0], 10
        self._need(skip + size, until)
        payload = self.taken[skip:skip + size]
        self.taken = self.taken[skip + size:]
        assert first & 0x80, "the daemon sends no fragments"
        return first & 15, payload

    def message(self, seconds=None):
        """The next: ("text", bytes), ("binary", bytes), ("close", code, reason), or
        ("end",) once the connection has gone; None when nothing came in time."""
        until = time.monotonic() + (self.seconds if seconds is None else seconds)
        if self.closed:
            return ("end",)
        try:
            while True:
                opcode, payload = self._frame(until)
                if opcode == PING:
                    self.send(frame(PONG, payload))
                elif opcode == CLOSE:
                    code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                    return ("close", code, payload[2:])
                elif opcode != PONG:
                    return (NAMES[opcode], payload)
        except socket.timeout:
            return None
        except EOFError:
            self.closed = True
            return ("end",)

    def text(self, seconds=None):
        """The next message, which must be a text."""
        got = self.message(seconds)
        assert got and got[0] == "text", f"a text was expected, not {got}"
        return got[1].decode()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
