#!/usr/bin/env python3
"""Clients that are broken, hostile or slow: clear errors, the daemon lives, others
are served meanwhile; events in order; nothing grows; a store that stands still."""
import ctypes
import os
import socket
import time
import unittest

from shop import Case, platen, texts, wire
from platen import wait_until

BAD = [  # request, what the reply begins with
    (b"POST /print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
     b"Content-Length: 9\r\n\r\n{\"a\":{\"b\"", b"HTTP/1.1 400"),
    (b"POST /print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
     b"Content-Length: 26\r\n\r\n{\"ip_address\":7,\"port\":[]}", b"HTTP/1.1 400"),
    (b"POST /print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
     b"Content-Length: 99999999\r\n\r\n", b"HTTP/1.1 413"),
    (b"POST /print HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
     b"Content-Length: 2\r\n\r\n{}", b"HTTP/1.1 415"),
    (b"GET /queue-status HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
     b"HTTP/1.1 403"),
    (b"GET /queue-status HTTP/1.1\r\nHost: rebound.example\r\n\r\n", b"HTTP/1.1 421"),
    (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 431"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x15\x03\x01\x00\x02\x02\x28"),
    (b"GET / HTTP/9.9\r\n\r\n", b"HTTP/1.1 400"),
    (b"POST /print HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
     b"Content-Type: application/json\r\n\r\nzz\r\n", b"HTTP/1.1 400"),
]


class Bad(Case):
    def connect(self, d):
        s = socket.create_connection(("127.0.0.1", d.plato), timeout=20)
        self.addCleanup(s.close)
        return s

    def answer(self, d, request):
        s = socket.create_connection(("127.0.0.1", d.plato), timeout=20)
        with s:
            s.sendall(request)
            return s.recv(65536)

    def test_each_is_told_and_others_are_served(self):
        printer = self.peer()
        d = self.shop({"till": printer})
        for request, reply in BAD:
            self.assertEqual(self.answer(d, request)[:len(reply)], reply, request[:80])
            self.accepted(d.print(printer, b"x"))
        self.papers(printer, *[wire(b"x")] * len(BAD))

    def test_chunked_body_beyond_the_ceiling(self):
        d = self.shop({})
        s = self.connect(d)
        s.sendall(b"POST /print HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                  b"Content-Type: application/json\r\n\r\n")
        got = b""
        piece = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
        try:
            for _ in range(40):
                s.sendall(piece)
        except OSError:
            pass
        try:
            got = s.recv(65536)
        except ConnectionError:
            pass
        self.assertTrue(got == b"" or got.startswith(b"HTTP/1.1 413"), got[:100])
        self.assertEqual(d.get("/health", port=d.plato).status, 200)

    def test_slow_loris(self):
        """Heads and bodies that never end are cut off; nobody else waits for them."""
        printer = self.peer()
        d = self.shop({"till": printer}, adhoc="head-timeout = 400 body-timeout = 400")
        slow = [self.connect(d) for _ in range(50)]
        for i, s in enumerate(slow):
            s.sendall(b"POST /print HTTP/1.1\r\nHost: localhost\r\n" if i % 2 else
                      b"POST /print HTTP/1.1\r\nHost: localhost\r\n"
                      b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        for text in texts(10):
            self.accepted(d.print(printer, text))
        self.papers(printer, *map(wire, texts(10)))
        for s in slow:
            while s.recv(65536):
                pass  # 408 or nothing, but an end

    def test_silent_and_half_connections(self):
        d = self.shop({}, adhoc="head-timeout = 300 idle-timeout = 300")
        silent = [self.connect(d) for _ in range(20)]
        for s in silent[:10]:
            s.shutdown(socket.SHUT_WR)
        for s in silent:
            self.assertEqual(s.recv(10), b"")

    def test_reply_to_a_client_that_has_gone(self):
        """The job is accepted all the same, once."""
        printer = self.peer()
        d = self.shop({"till": printer})
        for _ in range(20):
            s = socket.create_connection(("127.0.0.1", d.plato))
            body = (b'{"ip_address":"127.0.0.1","port":%d,"chunks":["eA=="]}' % printer.port)
            s.sendall(b"POST /print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
                      b"\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            s.close()
        self.accepted(d.print(printer, b"end"))
        wait_until(lambda: printer.papers()[-1:] == [wire(b"end")], "the last paper")
        jobs = d.jobs()
        self.assertEqual({j["state"] for j in jobs}, {"done"})
        self.assertEqual(len(printer.papers()), len(jobs))

    @staticmethod
    def memory(d):
        with open(f"/proc/{d.pid}/smaps_rollup", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Pss:"))

    def test_nothing_grows(self):
        d = self.shop({})
        for request, _ in BAD * 40:  # what is kept for ever is allocated by then
            self.answer(d, request)
        before = self.memory(d)
        for request, _ in BAD * 200:
            self.answer(d, request)
        grown = self.memory(d) - before
        with open(platen.program("platend"), "rb") as f:
            sanitized = b"__asan_init" in f.read()
        self.assertTrue(grown < 512 or sanitized, f"{grown} KiB more after 2000 bad requests")


class Events(Case):
    def test_states_in_order(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer})
        c = platen.http.client.HTTPConnection("127.0.0.1", d.port, timeout=20)
        self.addCleanup(c.close)
        c.request("GET", "/v1/events")
        r = c.getresponse()
        self.assertEqual((r.status, r.getheader("Content-Type").split(";")[0]),
                         (200, "text/event-stream"))
        job = d.submit("till", b"x")
        d.wait_job(job, "held")
        printer.on()
        d.wait_job(job, "done")
        seen, ids = [], []
        kind = None
        while not seen or seen[-1] != "done":
            line = r.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("id: "):
                ids.append(int(line[4:]))
            elif line.startswith("data: ") and kind == "job":
                event = platen.json.loads(line[6:])
                self.assertEqual((event["id"], event["printer"]), (job, "till"))
                seen.append(event["state"])
        self.assertEqual(seen[0], "queued")
        self.assertEqual(seen.count("done"), 1)
        middle = seen[1:-1]
        self.assertEqual(middle, ["sending", "held"] * (len(middle) // 2) + ["sending"])
        self.assertEqual(ids, sorted(set(ids)))

    def test_a_page_sees_its_printers_only(self):
        a, b = self.peer(), self.peer()
        d = self.shop({"a": a, "b": b},
                      more="origin https://a.example { allow = {status} printers = {a} }")
        c = platen.http.client.HTTPConnection("127.0.0.1", d.port, timeout=20)
        self.addCleanup(c.close)
        c.request("GET", "/v1/events", headers={"Origin": "https://a.example"})
        r = c.getresponse()
        self.assertEqual(r.getheader("Access-Control-Allow-Origin"), "https://a.example")
        d.wait_job(d.submit("b", b"x"), "done")
        d.wait_job(d.submit("a", b"x"), "done")
        text = b""
        while b'"done"' not in text:
            text += r.readline()
        self.assertNotIn(b'"b"', text)

    def test_a_reader_that_does_not_read(self):
        """It is dropped at a ceiling; jobs go on."""
        printer = self.peer()
        d = self.shop({"till": printer})
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", d.port))
        self.addCleanup(s.close)
        s.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for i in range(200):
            d.submit("till", b"x", title="t" * 120)
        d.wait_states(200, "done")
        self.assertEqual(d.get("/livez").status, 200)


class Standstill(Case):
    """The store's thread is stopped, as a disk that hangs stops it."""

    libc = ctypes.CDLL(None, use_errno=True)
    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17

    def ptrace(self, request, tid):
        null = ctypes.c_void_p(0)
        return self.libc.ptrace(request, ctypes.c_long(tid), null, null)

    def stop_store(self, d):
        task = f"/proc/{d.pid}/task"
        for tid in os.listdir(task):
            with open(f"{task}/{tid}/comm", encoding="ascii") as f:
                if f.read().strip() != "clerk":
                    continue
            if self.ptrace(self.SEIZE, int(tid)):
                self.skipTest("ptrace is not allowed here")
            self.ptrace(self.INTERRUPT, int(tid))
            os.waitpid(int(tid), 0x40000000)  # __WALL
            return int(tid)
        self.fail("there is no thread named clerk")

    def go_on(self, tid):
        self.ptrace(self.DETACH, tid)

    def test_late_commit(self):
        """503 in time, and the job does not print although its commit comes."""
        printer = self.peer()
        d = self.shop({"till": printer}, more="daemon { commit-timeout = 300 }")
        tid = self.stop_store(d)
        try:
            started = time.monotonic()
            r = d.print(printer, b"late")
            self.assertLess(time.monotonic() - started, 4)
            self.assertEqual((r.status, r.json["error"], r.headers["retry-after"]),
                             (503, "Queue storage unavailable", "5"))
            self.assertEqual(d.get("/livez").status, 200)
        finally:
            self.go_on(tid)
        self.accepted(d.print(printer, b"next"))
        self.papers(printer, wire(b"next"))
        self.assertEqual(d.job(1)["state"], "cancelled")
        d.kill9()
        d.start()
        self.accepted(d.print(printer, b"after"))
        self.papers(printer, wire(b"next"), wire(b"after"))

    def test_late_key(self):
        """503 in time for a request with a key; its repetition prints, once."""
        printer = self.peer()
        d = self.shop({"till": printer}, more="daemon { commit-timeout = 300 }")
        key = {"Idempotency-Key": "k"}
        tid = self.stop_store(d)
        try:
            self.assertEqual(d.print(printer, b"x", headers=key).status, 503)
        finally:
            self.go_on(tid)
        for replayed in (None, "true"):
            r = d.print(printer, b"x", headers=key)
            self.assertEqual((r.status, r.headers.get("idempotency-replayed")), (200, replayed))
        self.papers(printer, wire(b"x"))

    def test_key_in_progress(self):
        printer = self.peer()
        d = self.shop({"till": printer})
        body = b'{"ip_address":"127.0.0.1","port":%d,"chunks":["eA=="]}' % printer.port
        head = (b"POST /print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Idempotency-Key: k\r\nContent-Length: %d\r\n\r\n" % len(body))
        first = socket.create_connection(("127.0.0.1", d.plato), timeout=20)
        second = socket.create_connection(("127.0.0.1", d.plato), timeout=20)
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        tid = self.stop_store(d)
        try:
            first.sendall(head + body)
            for _ in range(3):  # the loop has turned since
                self.assertEqual(d.get("/health", port=d.plato).status, 200)
            second.sendall(head + body)
            reply = second.recv(65536)
            self.assertTrue(reply.startswith(b"HTTP/1.1 409"), reply)
            self.assertTrue(reply.endswith(b'{"ok":false,"error":"Request in progress"}'), reply)
        finally:
            self.go_on(tid)
        self.assertTrue(first.recv(65536).startswith(b"HTTP/1.1 200"))
        second.sendall(head + body)
        self.assertIn(b"Idempotency-Replayed: true", second.recv(65536))
        self.papers(printer, wire(b"x"))

    def test_nothing_is_sent_before_the_mark(self):
        """The first printable byte waits for "sending" to be on disk."""
        printer = self.peer(on=False)
        d = self.shop({"till": printer}, options="retry-delay = 300")
        self.accepted(d.print(printer, b"x"))
        d.wait_job(1, "held")
        tid = self.stop_store(d)
        try:
            printer.on()
            wait_until(lambda: printer.papers(), "the connection")
            time.sleep(0.3)  # long enough for the byte to come, if it did
            self.assertEqual(printer.papers(), [b"\x1b@"])
        finally:
            self.go_on(tid)
        self.papers(printer, wire(b"x"))


if __name__ == "__main__":
    unittest.main()
