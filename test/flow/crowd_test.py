#!/usr/bin/env python3
"""Many clients at once: what each of them costs, how soon all are told, nobody is lost.

The figures are for the optimised program; one with a sanitizer only has to lose nobody.
bench/run.py --only clients does the same with 10,000."""
import socket
import unittest

import shop  # noqa: F401 it knows where the library is
import crowd
import platen
from platen import Daemon, Sim, free_port, wait_until

PLAIN, TLS, PRINTING = 2000, 300, 400
PLAIN_BYTES, TLS_BYTES = 3 * 1024, 24 * 1024
SPREAD_MS = 1000  # on a machine that does something else, too
WARM = 64


def exact():
    """False: the allocator is a sanitizer's."""
    with open(platen.program("platend"), "rb") as f:
        return b"__asan_init" not in f.read() and b"__tsan_init" not in f.read()


class Many(unittest.TestCase):
    def setUp(self):
        if not crowd.enough_files(PLAIN):
            self.skipTest("too few files may be open")
        self.shaky = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.shaky.close)
        self.sim = Sim(4).start()
        self.addCleanup(self.sim.close)
        self.port, self.tls = free_port(), free_port()
        self.d = Daemon(crowd.conf(self.port, self.tls, self.sim.ports,
                                   self.shaky.getsockname()[1]))
        self.addCleanup(self.d.close)
        self.d.start()

    def open(self, count, tls=False):
        """So many clients, each of which has asked once; and bytes for each of them."""
        port = self.tls if tls else self.port
        with crowd.Crowd(port, WARM, tls) as first:
            first.ask_all()
        wait_until(lambda: self.d.admin("GET", "/v1/clients").json["count"] == 0, "them to go")
        before = crowd.pss(self.d.pid)
        many = crowd.Crowd(port, count, tls)
        self.addCleanup(many.close)
        many.ask_all()
        many.shaky = self.shaky
        return many, (crowd.pss(self.d.pid) - before) / count

    def test_plain(self):
        many, each = self.open(PLAIN)
        print(f"{each:.0f} bytes for each of {PLAIN} clients", end=" ", flush=True)
        if exact():
            self.assertLess(each, PLAIN_BYTES)
        first, last = crowd.one_spread(many)
        print(f"told after {first:.0f} to {last:.0f} ms", end=" ", flush=True)
        if exact():
            self.assertLess(last, SPREAD_MS)
        many.print_at_once(PRINTING, ["P0", "P1", "P2", "P3"])
        for port in self.sim.ports:
            self.assertEqual(len(self.sim.wait_papers(PRINTING // 4, port)), PRINTING // 4)

    def test_tls(self):
        many, each = self.open(TLS, tls=True)
        print(f"{each:.0f} bytes for each of {TLS} TLS clients", end=" ", flush=True)
        if exact():
            self.assertLess(each, TLS_BYTES)
        many.print_at_once(40, ["P0"])
        self.assertEqual(len(self.sim.wait_papers(40)), 40)


if __name__ == "__main__":
    platen.main()
