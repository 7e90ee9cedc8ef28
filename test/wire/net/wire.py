#!/usr/bin/env python3
"""HTTP, TLS and WebSocket against clients we did not write: curl, openssl
s_client, npm ws, and raw sockets for what no decent client would send.

    wire.py HTTP_ECHO     runs that server (test/unit/net/http_echo.c); prints TAP
"""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = []


def test(fn):
    TESTS.append(fn)
    return fn


class Server:
    def __init__(self, program):
        self.program = program
        with open(program, "rb") as f:
            self.sanitized = b"__asan_init" in f.read()
        self.dir = tempfile.mkdtemp(prefix="platen-wire-")
        self.process = subprocess.Popen([program, self.dir], stdout=subprocess.PIPE, text=True)
        self.port, self.short = map(int, self.process.stdout.readline().split())
        self.lines = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def said(self, line, seconds=5):
        end = time.monotonic() + seconds
        while line not in self.lines:
            assert time.monotonic() < end, f"server never said {line!r}: {self.lines}"
            time.sleep(0.01)
        self.lines.remove(line)

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    def must_not_grow(self, before, kib):
        """Not for the sanitizer's build: it keeps what was freed."""
        grown = self.memory() - before
        assert grown < kib or self.sanitized, f"{grown} KiB more"

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=20)
        shutil.rmtree(self.dir)
        return code


def curl(*args, data=None):
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *args], input=data,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def dial(port):
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(15)
    return s


def read_all(s):
    out = b""
    while True:
        try:
            piece = s.recv(65536)
        except ConnectionResetError:
            return out
        if not piece:
            return out
        out += piece


def talk(port, request):
    """What comes back until the server closes, and after how long."""
    with dial(port) as s:
        s.sendall(request)
        start = time.monotonic()
        return read_all(s), time.monotonic() - start


def url(server, path, scheme="http"):
    return f"{scheme}://localhost:{server.port}{path}"


@test
def curl_keeps_the_connection(server):
    out = curl("-v", "--stderr", "-", url(server, "/"), url(server, "/"), url(server, "/"))
    assert out.count(b'"name":"platen"') == 3
    assert out.count(b"Re-using existing connection") == 2, out


@test
def curl_sends_chunks(server):
    body = os.urandom(3_000_000)
    assert curl("-T", "-", url(server, "/echo"), data=body) == body


@test
def curl_waits_for_continue(server):
    body = os.urandom(2_000_000)
    start = time.monotonic()
    out = curl("-v", "--stderr", "/dev/stderr", "-H", "Expect: 100-continue", "--data-binary", "@-",
               url(server, "/echo"), data=body)
    assert out == body
    # Without an answer curl goes on by itself after a second.
    assert time.monotonic() - start < 0.9


@test
def curl_is_refused_before_the_body(server):
    out = curl("-w", "%{http_code} %{size_upload}", "-H", "Expect: 100-continue", "--data-binary",
               "@-", url(server, "/refuse"), data=bytes(2_000_000))
    assert out == b"no\n403 0", out


@test
def curl_reads_the_refusal_of_a_body_under_way(server):
    for size in (1000, 60_000, 900_000):
        out = curl("-w", "%{http_code}", "-H", "Expect:", "--data-binary", "@-",
                   url(server, "/refuse"), data=bytes(size))
        assert out == b"no\n403", (size, out)


@test
def curl_head_and_etag(server):
    head = curl("-I", url(server, "/file")).decode()
    assert "Content-Length: 7" in head and 'ETag: "f1"' in head, head
    assert "Content-Security-Policy: default-src 'self'" in head
    assert curl("-w", "%{http_code}", "-H", 'If-None-Match: "f1"', url(server, "/file")) == b"304"


@test
def curl_http_1_0(server):
    out = curl("-0", "-i", url(server, "/"))
    assert b"Connection: close" in out and out.endswith(b'"0.1.0"}')


@test
def curl_gets_no_h2c(server):
    out = curl("--http2", "-i", "-d", "body", url(server, "/echo"))
    assert out.startswith(b"HTTP/1.1 200 OK") and out.endswith(b"body"), out


@test
def curl_tls_on_the_same_port(server):
    ca = os.path.join(server.dir, "ca.pem")
    assert b"platen" in curl("--cacert", ca, url(server, "/", "https"))
    body = os.urandom(3_000_000)
    assert curl("--cacert", ca, "-T", "-", url(server, "/echo", "https"), data=body) == body


@test
def openssl_s_client(server):
    done = subprocess.run(["openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile",
                           os.path.join(server.dir, "ca.pem"), "-alpn", "h2,http/1.1",
                           "-verify_hostname", "localhost", "-connect",
                           f"localhost:{server.port}"],
                          input=b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                          capture_output=True, timeout=20, check=False)
    assert done.stdout.startswith(b"HTTP/1.1 200 OK"), (done.stdout, done.stderr)


@test
def events(server):
    out = curl("-N", url(server, "/events?once"))
    assert out == b"event: tick\ndata: line one\ndata: line two\n\n" * 3, out
    server.said("stream closed")


@test
def pipelining_in_order(server):
    requests = b"".join(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n%04d" % i
                        for i in range(500))
    out, _ = talk(server.port, requests + b"GET / HTTP/1.0\r\n\r\n")
    at = [out.find(b"\r\n\r\n%04d" % i) for i in range(500)]
    assert -1 not in at and at == sorted(at)


@test
def half_closed_clients_get_their_reply(server):
    with dial(server.port) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        s.shutdown(socket.SHUT_WR)
        assert read_all(s).endswith(b'"0.1.0"}')


@test
def malformed_requests(server):
    for bad in (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", b"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
                b"GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
                b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
                b"GET /\r\n\r\n", b"\r\n\r\n\0\0\0\0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
        out, took = talk(server.port, bad)
        assert out.startswith(b"HTTP/1.1 400 Bad Request\r\n"), (bad, out)
        assert took < 2


@test
def a_declared_gibibyte_is_refused_at_once(server):
    before = server.memory()
    out, took = talk(server.port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n")
    assert out.startswith(b"HTTP/1.1 413 "), out
    assert took < 0.5
    server.must_not_grow(before, 4096)


@test
def an_endless_chunked_body_is_refused(server):
    with dial(server.port) as s:
        s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(40):
                s.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert read_all(s).startswith(b"HTTP/1.1 413 ")


@test
def slow_heads_are_dropped(server):
    with dial(server.short) as s:
        start = time.monotonic()
        s.settimeout(0.05)
        out = b""
        while time.monotonic() - start < 5:
            try:
                s.sendall(b"G")
                out = s.recv(1000)
                break
            except socket.timeout:
                pass
        assert out.startswith(b"HTTP/1.1 408 "), out
        assert 0.3 < time.monotonic() - start < 1.5


@test
def slow_bodies_are_dropped(server):
    with dial(server.short) as s:
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx")
        start = time.monotonic()
        assert s.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert 0.5 < time.monotonic() - start < 1.5


@test
def silent_connections_are_closed(server):
    out, took = talk(server.short, b"")
    assert out == b"" and 0.3 < took < 1.5
    with dial(server.short) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        start = time.monotonic()
        assert read_all(s).endswith(b'"0.1.0"}')
        assert 0.7 < time.monotonic() - start < 2


@test
def event_readers_that_do_not_read_are_dropped(server):
    before = server.memory()
    with dial(server.port) as s:
        s.sendall(b"GET /events?flood HTTP/1.1\r\nHost: a\r\n\r\n")
        server.said("stream closed")
    server.must_not_grow(before, 16 * 1024)


def ws_open(port, path="/"):
    s = dial(port)
    s.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
              % path.encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += s.recv(1)
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head, head
    return s


def frame(first, payload):
    mask = b"\x01\x02\x03\x04"
    return (bytes([first, 0x80 | len(payload)]) + mask +
            bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))


@test
def ws_close_codes(server):
    for sent, code in ((frame(0x81, b"\xC0\x80"), 1007), (b"\x81\x02hi", 1002),
                       (frame(0x82, b"x"), 1003), (frame(0x83, b""), 1002),
                       (frame(0xC1, b""), 1002), (frame(0x80, b""), 1002),
                       (frame(0x88, b"\x03\xED"), 1002), (frame(0x88, b"\x03\xE8\xFF"), 1007),
                       (b"\x81\xFF" + struct.pack(">Q", 1 << 62) + b"\0\0\0\0x", 1009),
                       (frame(0x88, b"\x0B\xB8"), 3000)):
        with ws_open(server.port, "/text") as s:
            s.sendall(sent)
            assert read_all(s) == b"\x88\x02" + struct.pack(">H", code), (sent, code)
        server.said(f"ws closed {code}")


@test
def ws_silent_peers_are_pinged_and_dropped(server):
    with ws_open(server.short) as s:
        start = time.monotonic()
        out = read_all(s)
        assert 0.5 < time.monotonic() - start < 2
        assert out.count(b"\x89\0") in (2, 3), out
    server.said("ws closed 1006")


@test
def ws_slow_readers_are_closed(server):
    before = server.memory()
    with ws_open(server.port) as s:
        s.sendall(frame(0x81, b"flood me"))
        time.sleep(0.3)
        server.must_not_grow(before, 32 * 1024)
        assert read_all(s).endswith(b"\x88\x02" + struct.pack(">H", 1008))
    server.said("ws closed 1008")


@test
def ws_idle_clients_are_cheap(server):
    fresh = Server(server.program)  # whose heap has no holes to fill
    warm = [ws_open(fresh.port) for _ in range(50)]
    before = fresh.memory()
    clients = [ws_open(fresh.port) for _ in range(700)]
    for s in clients:
        s.sendall(frame(0x81, b"hello"))
        assert s.recv(100) == b"\x81\x05hello"
    each = (fresh.memory() - before) * 1024 / len(clients)
    fresh.must_not_grow(before, 2 * len(clients))
    for s in warm + clients:
        s.close()
    assert fresh.stop() == 0
    print(f"# {each:.0f} bytes for each idle WebSocket")


@test
def npm_ws(server):
    if not os.path.isdir(os.path.join(HERE, "../../node_modules/ws")):
        return "npm ws is not installed"
    done = subprocess.run(["node", os.path.join(HERE, "ws.mjs"), str(server.port),
                           os.path.join(server.dir, "ca.pem")],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return None


@test
def the_server_ends_well(server):
    """In the sanitizer's build this is also the leak check."""
    with dial(server.port) as idle, ws_open(server.port) as ws, dial(server.port) as half:
        half.sendall(b"POST /echo HTTP/1.1\r\nContent-Length: 100\r\n\r\nx")
        time.sleep(0.1)
        assert server.stop() == 0
        assert read_all(idle) == b"" and ws.fileno() > 0


def main():
    server = Server(sys.argv[1])
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, fn in enumerate(TESTS, 1):
        name = fn.__name__.replace("_", " ")
        try:
            skip = fn(server)
            print(f"ok {number} - {name}" + (f" # SKIP {skip}" if skip else ""), flush=True)
        except Exception as e:  # whatever a test meets is its failure
            failed += 1
            print(f"not ok {number} - {name}\n# {type(e).__name__}: {str(e)[:600]!r}", flush=True)
    if server.process.poll() is None:
        server.stop()
    return 1 if failed else 0


sys.exit(main())
