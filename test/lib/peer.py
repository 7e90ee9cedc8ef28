"""A printer's end of the wire that does exactly what a test tells it.

    with Peer(reset_at=12) as p:      # every connection is reset after 12 bytes
        ...
        p.normal()                    # from the next connection on

It shares nothing with platen-sim: it knows no ESC/POS, only bytes, the moment
they arrived (as the kernel saw it), and ways to fail.
"""
import select
import socket
import struct
import threading
import time

SO_TIMESTAMPNS = 35


class Peer:
    """on=False: the port is ours, but nobody listens (connection refused).
    reset_at=N: reset when N bytes were read; `times` says on how many connections.
    read=False: take connections, read nothing. rate=N: read N bytes a second."""

    def __init__(self, on=True, port=0, receive_buffer=None, **behaviour):
        self.receive_buffer = receive_buffer
        self.server = self._bind(port)
        self.port = self.server.getsockname()[1]
        self.connections = []  # of [(time in ms, bytes), ...], in the order of connecting
        self.accepted = []     # time in ms of each
        self.ended = []        # time in ms at which the other side ended each; None
        self.open = 0
        self._lock = threading.RLock()
        self._fillers = []
        self.replies = {}
        self._wake, self._waker = socket.socketpair()
        self._closing = False
        self.listening = False
        self.normal()
        self.behave(**behaviour)
        if on:
            self.on()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _bind(self, port):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.receive_buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        s.bind(("127.0.0.1", port))
        return s

    # --- what it does
    def answer(self, replies):
        """From now on reply to these bytes (a dict), each time they arrive as a piece,
        or at its end."""
        with self._lock:
            self.replies = replies

    def behave(self, reset_at=None, times=None, read=True, rate=None):
        with self._lock:
            self.reset_at, self.times, self.reading, self.rate = reset_at, times, read, rate
        self._poke()

    def normal(self):
        self.behave()

    def on(self):
        """Listen; after hang(), take connections again."""
        with self._lock:
            for s in self._fillers:
                s.close()
            self._fillers = []
            self.server.listen(64)
            self.listening = True
        self._poke()

    def off(self):
        """Nobody listens any more; the port stays ours."""
        with self._lock:
            self.listening = False
            self.server.shutdown(socket.SHUT_RDWR)  # the thread may still wait on it
            self.server.close()
            self.server = self._bind(self.port)
        self._poke()

    def hang(self):
        """Connections are neither taken nor refused: the backlog is full."""
        with self._lock:
            self.listening = False
            self.server.listen(0)
            for _ in range(8):
                s = socket.socket()
                s.setblocking(False)
                s.connect_ex(("127.0.0.1", self.port))
                self._fillers.append(s)
        self._poke()

    # --- what it saw
    def jobs(self):
        """The pieces of each connection that brought some."""
        with self._lock:
            return [c for c in self.connections if c]

    def papers(self):
        """The bytes of each connection that brought some."""
        return [b"".join(piece for _, piece in job) for job in self.jobs()]

    # --- the thread
    def _poke(self):
        if hasattr(self, "_waker"):
            self._waker.send(b"x")

    def _serve(self):
        open_ones = {}
        while not self._closing:
            with self._lock:
                sources = [self._wake] + ([self.server] if self.listening else [])
                sources += list(open_ones) if self.reading else []
            ready, _, _ = select.select(sources, [], [])
            with self._lock:
                for s in ready:
                    self._turn(s, open_ones)
        for s in open_ones:
            s.close()

    def _turn(self, s, open_ones):
        if s is self._wake:
            s.recv(4096)
        elif s is self.server:
            self._accept(open_ones)
        elif s in open_ones and not self._take(s, open_ones[s]):
            open_ones.pop(s)
            s.close()
            self.open -= 1

    def _accept(self, open_ones):
        if not self.listening:
            return
        c, _ = self.server.accept()
        c.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.open += 1  # before it can be seen
        open_ones[c] = len(self.connections)
        self.connections.append([])
        self.accepted.append(time.time() * 1000)
        self.ended.append(None)
        if self.reset_at == 0 and self._again():
            self._reset(c)
            open_ones.pop(c)
            self.open -= 1

    def _again(self):
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0

    @staticmethod
    def _reset(c):
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.close()

    def _take(self, s, number):
        pieces = self.connections[number]
        size = 65536
        if self.rate:
            size = max(1, self.rate // 50)
            time.sleep(0.02)
        had = sum(len(p) for _, p in pieces)
        doomed = self.reset_at is not None and (self.times is None or self.times > 0)
        if doomed:
            size = self.reset_at - had
        try:
            piece, notes, _, _ = s.recvmsg(size, 128)
        except OSError:
            piece, notes = b"", []
        at = time.time() * 1000
        for _, kind, value in notes:
            if kind == SO_TIMESTAMPNS:
                seconds, ns = struct.unpack("qq", value[:16])
                at = seconds * 1000 + ns / 1e6
        if not piece:
            self.ended[number] = at
            return False
        pieces.append((at, piece))
        for query, reply in self.replies.items():
            if piece.endswith(query):
                s.sendall(reply)
        if doomed and had + len(piece) == self.reset_at and self._again():
            self._reset(s)
            return False
        return True

    def close(self):
        self._closing = True
        self._poke()
        self._thread.join(10)
        for s in (self.server, self._wake, self._waker, *self._fillers):
            s.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
