"""A receipt printer for tests, written from the printers' manuals and nothing else.

It shares no line and no habit with platen-sim: text and cuts only, no dots. What
it knows is the back channel: real-time status, identity, process ids, GS r, and
the ways in which printers fall silent, lie or stop. One thread, any number of
printers:

    with Printers(2) as (till, bar):
        till.set(paper="out")            # as the sensor sees it, from now on
        till.answers = {1: 0x1A, 2: 0x32, 4: 0x7E}   # or these very bytes

A printer that cannot print (paper, cover, error) keeps what it has received and
goes on with it when it can; real-time requests are obeyed as they arrive.
"""
import collections
import select
import selectors
import socket
import struct
import threading
import time

ESC, GS, DLE, LF = 0x1B, 0x1D, 0x10, 0x0A
IDENTITY = {0x41: b"1.07 ESC/POS", 0x42: b"EPSON", 0x43: b"TM-T20II", 0x44: b"MXKF004711"}


class Connection:
    """`bytes` is all that came, `read` how much of it the interpreter has taken."""

    def __init__(self, sock):
        self.sock, self.bytes, self.queue = sock, bytearray(), bytearray()
        self.opened, self.ended = time.monotonic(), None
        self.half, self.broken = False, False
        self.pending = b""  # of a real-time request


class FakePrinter:
    """Set through set(), from any thread:

    paper ("in", "low", "out"), cover, offline, cutter, mechanical, fatal, hot, feed, drawer
        the sensors; stop_after=N takes the paper away after N more lines, cut_fails the cutter
        at the next cut
    realtime, ordered, fence, identity
        what it understands: DLE EOT, GS r, GS ( H, and {n: text} of GS I
    answers={n: byte or bytes}, silent, noise, late (seconds), split
        replies of DLE EOT in place of the true ones; none at all; rubbish; late; bytewise
    echo: True, False (lost), "foreign", or seconds of delay
    reset_at=N bytes of a connection with print data; reset_before_echo; one (connection)
    """

    def __init__(self, house):
        self._house = house
        self.server = None
        self.paper, self.stop_after = "in", None
        self.cover = self.offline = self.cutter = self.mechanical = False
        self.fatal = self.hot = self.feed = self.drawer = self.cut_fails = False
        self.realtime = self.ordered = self.fence = True
        self.identity = dict(IDENTITY)
        self.answers, self.silent, self.noise, self.late, self.split = {}, False, False, 0, False
        self.echo, self.reset_at, self.reset_before_echo, self.one = True, None, False, False
        self.lines, self.papers, self.kicks = [], [], 0
        self.text = bytearray()
        self.connections, self.queue = [], []  # all of them; those that are open
        self.overlaps = 0
        self.asked = collections.Counter()     # real-time and queued questions, by name
        self.port = None
        self.listen()

    # --- for the test
    def set(self, **what):
        with self._house.lock:
            for name, value in what.items():
                assert hasattr(self, name), name
                setattr(self, name, value)
            self._go_on()

    def listen(self, port=0):
        self.server = socket.create_server(("127.0.0.1", port or self.port or 0), backlog=64)
        self.server.setblocking(False)
        self.port = self.server.getsockname()[1]
        self._house.watch(self.server, self._accept)

    def off(self):
        """As if unplugged: nobody listens, connections break, the buffer is lost."""
        with self._house.lock:
            self._house.forget(self.server)
            self.server.close()
            for c in list(self.queue):
                self._break(c)
            self.text.clear()

    def on(self):
        with self._house.lock:
            self.paper = "in"
            self.listen()

    def tear(self):
        """What is on paper and not cut."""
        with self._house.lock:
            return list(self.lines)

    def printed(self, line):
        """How often this line is on paper, cut or not."""
        with self._house.lock:
            return (sum(p.count(line) for p in self.papers) + self.lines.count(line))

    # --- the wire
    def _accept(self):
        sock, _ = self.server.accept()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        c = Connection(sock)
        self.connections.append(c)
        self._catch_up()
        if any(not other.half for other in self.queue):
            self.overlaps += 1
            if self.one:
                self._break(c)
                return
        self.queue.append(c)
        self._house.watch(sock, lambda: self._receive(c))

    def _catch_up(self):
        """A connection may have ended before this one came; we only did not look yet."""
        for c in [c for c in self.queue if not c.half]:
            while not c.ended and not c.half and select.select([c.sock], [], [], 0)[0]:
                self._receive(c)

    def _break(self, c):
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.broken = True
        self._close(c)

    def _close(self, c):
        self._house.forget(c.sock)
        c.sock.close()
        c.ended = time.monotonic()
        if c in self.queue:
            self.queue.remove(c)

    def _receive(self, c):
        try:
            piece = c.sock.recv(65536)
        except OSError:
            c.broken = True
            self._close(c)
            return
        if not piece:
            c.half = True
            self._house.forget(c.sock)
        c.bytes += piece
        if self.reset_at is not None and LF in c.bytes and len(c.bytes) >= self.reset_at:
            del c.queue[:]
            self._break(c)
            return
        self._realtime(c, piece)
        self._go_on()

    def _send(self, c, reply):
        if self.silent or c.ended:
            return
        if self.noise:
            reply = bytes(0x41 for _ in reply)
        if self.late:
            self._house.after(self.late, lambda: self._put(c, reply))
        else:
            self._put(c, reply)

    def _put(self, c, reply):
        if self.split and len(reply) > 1:
            for i in range(len(reply)):
                self._house.after(0.003 * i, lambda b=reply[i:i + 1]: self._write(c, b))
        else:
            self._write(c, reply)

    @staticmethod
    def _write(c, reply):
        try:
            if not c.ended:
                c.sock.send(reply)
        except OSError:
            pass  # gone: the reader notices

    # --- real-time requests, wherever they stand
    def _realtime(self, c, piece):
        for b in c.pending + piece:
            if len(c.pending) == 2 and 1 <= b <= 4:
                self._status(c, b)
                c.pending = b""
            elif c.pending == b"\x10" and b == 4:
                c.pending = b"\x10\x04"
            else:
                for kept in c.pending:
                    c.queue.append(kept)
                c.pending = b""
                if b == DLE:
                    c.pending = b"\x10"
                else:
                    c.queue.append(b)

    def _status(self, c, n):
        self.asked[f"status {n}"] += 1
        if not self.realtime:
            return
        said = self.answers.get(n, self._status_byte(n))
        if said is not None:
            self._send(c, bytes([said]) if isinstance(said, int) else said)

    def _error(self):
        return self.cutter or self.mechanical or self.fatal or self.hot

    def stopped(self):
        return self.paper == "out" or self.cover or self.offline or self._error()

    def _status_byte(self, n):
        bits = {
            1: [(0x04, self.drawer), (0x08, self.stopped()), (0x40, self.feed)],
            2: [(0x04, self.cover), (0x08, self.feed), (0x20, self.paper == "out"),
                (0x40, self._error())],
            3: [(0x04, self.mechanical), (0x08, self.cutter), (0x20, self.fatal),
                (0x40, self.hot or self.cover)],
            4: [(0x0C, self.paper == "low"), (0x60, self.paper == "out")],
        }[n]
        return 0x12 | sum(mask for mask, on in bits if on)

    # --- what waits for its turn
    def _go_on(self):
        while self.queue:
            c = self.queue[0]
            while c.queue and not self.stopped() and not c.ended:
                used = self._command(c)
                if not used:
                    break
                del c.queue[:used]
            if c.half and not c.ended and (not c.queue or not self.stopped()):
                self._close(c)
            if not c.ended:
                return

    def _command(self, c):
        """How many bytes the command at the front had; 0: not all of it is there."""
        q = c.queue
        if q[0] == ESC:
            sizes = {0x40: 2, 0x64: 3, 0x70: 5, 0x61: 3, 0x45: 3, 0x42: 4}
        elif q[0] == GS:
            sizes = {0x56: 3, 0x72: 3, 0x49: 3, 0x61: 3, 0x28: 11, 0x21: 3}
        else:
            self._print(q[0])
            return 1
        if len(q) < 2 or len(q) < sizes.get(q[1], 2):
            return 0
        size = sizes.get(q[1], 2)
        self._obey(c, bytes(q[:size]))
        return size

    def _print(self, b):
        if b == LF:
            self._line()
        elif b >= 0x20:
            self.text.append(b)

    def _line(self):
        self.lines.append(self.text.decode("ascii", "replace"))
        self.text.clear()
        if self.stop_after is not None:
            self.stop_after -= 1
            if self.stop_after <= 0:
                self.stop_after, self.paper = None, "out"

    def _obey(self, c, command):
        name = command[:2]
        if name == b"\x1b@":
            self.text.clear()
        elif name == b"\x1bd":
            self._line()
        elif name == b"\x1bp":
            self.kicks += 1
        elif name == b"\x1dV":
            self._cut()
        elif name == b"\x1dr":
            self._ordered(c, command[2])
        elif name == b"\x1dI":
            self._identify(c, command[2])
        elif command[:7] == b"\x1d(H\x06\x0000":
            self._fence(c, command[7:])

    def _cut(self):
        if self.cut_fails:
            self.cut_fails, self.cutter = False, True
        self.papers.append(self.lines)
        self.lines = []

    def _ordered(self, c, n):
        self.asked["ordered"] += 1
        if self.ordered and n in (1, 0x31):
            self._send(c, bytes([0x03 if self.paper == "low" else 0]))

    def _identify(self, c, n):
        self.asked["identity"] += 1
        if n in self.identity:
            self._send(c, b"_" + self.identity[n] + b"\0")

    def _fence(self, c, token):
        if token == b"?~?~":
            self.asked["probe"] += 1
        else:
            self.asked["fence"] += 1
        if not self.fence:
            return
        if self.reset_before_echo and token != b"?~?~":
            self._break(c)
            return
        if token == b"?~?~" or self.echo is True:
            self._send(c, b'7"' + token + b"\0")
        elif self.echo == "foreign":
            self._send(c, b'7"' + bytes(reversed(token)) + b"\0")
        elif self.echo:
            self._house.after(self.echo, lambda: self._put(c, b'7"' + token + b"\0"))


class Printers:
    """So many fakes on one thread."""

    def __init__(self, count=1):
        self.lock = threading.RLock()
        self._selector = selectors.DefaultSelector()
        self._later, self._ending = [], False
        self._wake, self._waker = socket.socketpair()
        self._selector.register(self._wake, selectors.EVENT_READ, lambda: self._wake.recv(64))
        self.all = [FakePrinter(self) for _ in range(count)]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def watch(self, sock, fn):
        self._selector.register(sock, selectors.EVENT_READ, fn)
        self._poke()

    def forget(self, sock):
        try:
            self._selector.unregister(sock)
        except (KeyError, ValueError):
            pass

    def after(self, seconds, fn):
        self._later.append((time.monotonic() + seconds, fn))
        self._poke()

    def _poke(self):
        self._waker.send(b"x")

    def _run(self):
        while not self._ending:
            with self.lock:
                due = min((t for t, _ in self._later), default=None)
            wait = None if due is None else max(0, due - time.monotonic())
            ready = self._selector.select(wait)
            with self.lock:
                for key, _ in ready:
                    if key.fileobj.fileno() >= 0 and key.fileobj in self._selector.get_map():
                        key.data()
                self._run_due()

    def _run_due(self):
        now = time.monotonic()
        due = [fn for t, fn in self._later if t <= now]
        self._later = [(t, fn) for t, fn in self._later if t > now]
        for fn in due:
            fn()

    def __enter__(self):
        return self.all

    def __exit__(self, *_):
        self._ending = True
        self._poke()
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()
        self._waker.close()
