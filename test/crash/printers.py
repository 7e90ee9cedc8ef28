"""Two kinds of printers that count: the simulator, read back from its paper, and
an independent one of a few lines, so that neither is believed alone.

Each document says who it is: "@S000012@" is its first line, "@E000012@" its
last. What a printer put on paper is its tape: a list of ("S", 12), ("E", 12) in
the order in which they came out; pulses are wall times in ms.
"""
import json
import os
import re
import select
import socket
import struct
import threading
import time

from platen import Sim, wait_until

MARK = re.compile(r"@([SE])(\d{6})@")
PULSE = re.compile(rb"\x1bp[\0\1]..", re.DOTALL)
LINE = b"1 Espresso doppio          2.40 EUR  2.40 EUR\n"
CUT = b"\n\n\n\n\x1dV\x01"


def document(number, size):
    """About `size` bytes that say so when they begin and when they end."""
    return b"@S%06d@\n" % number + LINE * (size // len(LINE)) + b"@E%06d@\n" % number


def marks(text):
    return [(kind, int(number)) for kind, number in MARK.findall(text)]


class Counter:
    """A printer without any idea of paper: one connection after the other, the
    bytes of each searched for marks and pulses. What TCP has taken for it, it
    prints, however long ago its sender died. With `patience` it reads nothing
    until that event is set."""

    def __init__(self, port=0, patience=None):
        self.patience = patience
        self.tape, self.pulses = [], []
        self._lock = threading.Lock()
        self._away = threading.Event()
        self._stop = False
        self._server = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = self._server.getsockname()[1]
        self._absent_until = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def be_away(self, seconds):
        """Refuse connections for a while. Only while the daemon is dead: what is
        in the backlog is printed first, and nothing may come after that."""
        self._absent_until = time.monotonic() + seconds
        self._away.set()

    def _run(self):
        while not self._stop:
            if select.select([self._server], [], [], 0.01)[0]:
                connection, _ = self._server.accept()
                self._print(connection)
            elif self._away.is_set():
                self._leave()

    def _leave(self):
        self._away.clear()
        self._server.close()
        time.sleep(max(0.0, self._absent_until - time.monotonic()))
        self._server = socket.create_server(("127.0.0.1", self.port), backlog=64)

    def _print(self, connection):
        taken = b""
        with connection:
            if self.patience:
                self.patience.wait()
            while True:
                try:
                    piece = connection.recv(65536)
                except OSError:
                    piece = b""
                if not piece:
                    break
                taken += piece
        with self._lock:
            self.tape += marks(taken.decode("latin-1"))
            self.pulses += [time.time() * 1000] * len(PULSE.findall(taken))

    def finish(self):
        """Everything sent so far is on paper."""
        _flush(self.port)
        wait_until(lambda: ("S", 0) in self.tape, "the counter to print its rest")

    def close(self):
        self._stop = True
        self._thread.join(5)
        self._server.close()


class SimPrinter:
    """One printer of a running platen-sim."""

    def __init__(self, sim, port):
        self.sim, self.port = sim, port
        self.tape, self.pulses = [], []

    def be_away(self, seconds):
        pass

    def finish(self):
        _flush(self.port)
        wait_until(self._read, "the simulator to cut its last paper")

    def _read(self):
        tape = []
        for paper in self.sim.papers(self.port):
            for line in paper["lines"]:
                tape += marks(line["text"])
        self.tape = tape
        self.pulses = [e["t"] for e in self._journal() if e["event"] == "kick"]
        return ("S", 0) in tape

    def _journal(self):
        with open(os.path.join(self.sim.paper, "log.jsonl"), encoding="utf-8") as f:
            return [e for e in map(json.loads, f) if e["printer"] == self.port]

    def close(self):
        pass


class Stubborn:
    """Takes the beginning of a document and then nothing more: whoever prints
    here is still printing when it is killed. Each connection is one paper."""

    def __init__(self):
        self.papers = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = self._server.getsockname()[1]
        self._held = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._held.append(connection)
            try:
                head = connection.recv(64)
                while head and b"@S" not in head:
                    head = connection.recv(64)
            except OSError:
                continue
            self.papers += b"@S" in head

    def close(self):
        self._server.close()
        for connection in self._held:
            # no RST into a life that follows: nobody is on the other end
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()


def _flush(port):
    """A last slip of our own; what an interrupted job left uncut comes with it."""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(b"\n@S000000@\n" + CUT)


class Shop:
    """Four printers: two of the simulator, two that only count."""

    def __init__(self):
        self.sim = Sim(count=2, args=["--forget"]).start()
        self.printers = [SimPrinter(self.sim, port) for port in self.sim.ports]
        self.printers += [Counter(), Counter()]

    def names(self):
        return [f"p{i}" for i in range(len(self.printers))]

    def finish(self):
        for printer in self.printers:
            printer.finish()

    def close(self):
        for printer in self.printers:
            printer.close()
        self.sim.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
