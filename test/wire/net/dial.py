#!/usr/bin/env python3
"""The WebSocket and Socket.IO clients against servers we did not write: npm ws
and npm socket.io, and raw sockets for what no decent server would send.

    dial.py NET_DIAL     runs that client (test/unit/net/net_dial.c); prints TAP
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = os.path.join(HERE, "../../node_modules")
TESTS = []


def test(fn):
    TESTS.append(fn)
    return fn


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


class Certificates:
    """A CA, and leaves of it: good, for another name, expired; and one of nobody."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="platen-dial-")
        self.ca = self.path("ca.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=test CA", "-keyout", self.path("ca.key"), "-out", self.ca)
        self.leaf("good", "DNS:localhost,IP:127.0.0.1")
        self.leaf("other", "DNS:pos.example")
        self.leaf("expired", "DNS:localhost", days="-1")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                "-keyout", self.path("self.key"), "-out", self.path("self.pem"))

    def path(self, name):
        return os.path.join(self.dir, name)

    def leaf(self, name, names, days="30"):
        with open(self.path(name + ".ext"), "w", encoding="ascii") as f:
            f.write(f"subjectAltName={names}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=" + name, "-keyout", self.path(name + ".key"),
                "-out", self.path(name + ".csr"))
        openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.ca,
                "-CAkey", self.path("ca.key"), "-days", days, "-CAcreateserial",
                "-extfile", self.path(name + ".ext"), "-out", self.path(name + ".pem"))


class Process:
    def __init__(self, *args):
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def said(self, start, seconds=10):
        """The first line that starts so; it is taken away."""
        end = time.monotonic() + seconds
        while True:
            for line in self.lines:
                if line.startswith(start):
                    self.lines.remove(line)
                    return line
            assert time.monotonic() < end, f"never said {start!r}: {self.lines}"
            time.sleep(0.01)

    def wait(self, seconds=20):
        code = self.process.wait(timeout=seconds)
        self.reader.join(timeout=5)
        return code

    def stop(self):
        self.process.kill()
        self.process.wait()


class Peer(Process):
    """node SCRIPT, plain or with a certificate; its first line is its port."""

    def __init__(self, script, cert=None, *more):
        args = [CERTS.path(cert + ".pem"), CERTS.path(cert + ".key")] if cert else ["-", "-"]
        super().__init__("node", os.path.join(HERE, script), *args, *more)
        self.port = int(self.said("port").split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.stop()


def dial(*args):
    """All that net_dial says until it ends by itself."""
    client = Process(PROGRAM, *map(str, args))
    try:
        assert client.wait() == 0, client.lines
    finally:
        client.stop()
    return client.lines


def sio(peer, name_space="/restaurant", auth='{"deviceToken":"good"}', scheme="http", *more):
    return (PROGRAM, "sio", f"{scheme}://localhost:{peer.port}", CERTS.ca, name_space, auth, *more)


@test
def npm_ws_plain():
    with Peer("ws_server.mjs") as peer:
        lines = dial("ws", f"ws://localhost:{peer.port}/till?x=1", "-")
        assert lines == ["open", "closed 3001"], lines
        peer.said("talked")
        assert dial("ws", f"ws://127.0.0.1:{peer.port}/close-me", "-") == ["open", "closed 4001"]
        peer.said("closed 4001 as you wish")
        assert dial("ws", f"ws://localhost:{peer.port}/none", "-") == ["open", "closed 1005"]
        assert dial("ws", f"ws://localhost:{peer.port}/gone", "-") == ["open", "closed 1006"]
        assert dial("ws", f"ws://localhost:{peer.port}/big", "-") == ["open", "closed 1009"]
        peer.said("closed 1009")


@test
def npm_ws_tls():
    with Peer("ws_server.mjs", "good") as peer:
        for host in ("localhost", "127.0.0.1"):
            lines = dial("ws", f"wss://{host}:{peer.port}/till?x=1", CERTS.ca)
            assert lines == ["open", "closed 3001"], lines
            peer.said("talked")


@test
def an_upgrade_that_is_refused():
    with Peer("ws_server.mjs") as peer:
        lines = dial("ws", f"ws://localhost:{peer.port}/forbidden", "-")
        assert lines == ["failed connection-refused 403 localhost answered 403 instead of "
                         "opening a WebSocket"], lines


def refused_certificate(cert, ca, words):
    with Peer("ws_server.mjs", cert) as peer:
        lines = dial("ws", f"wss://localhost:{peer.port}/till", ca)
        assert lines == [f"failed connection-refused 0 {words}"], lines
        assert not [line for line in peer.lines if "upgrade" in line]


@test
def certificates_that_are_not_valid():
    bad = "The certificate of localhost is not valid: "
    refused_certificate("other", CERTS.ca, bad + "hostname mismatch")
    refused_certificate("expired", CERTS.ca, bad + "certificate has expired")
    refused_certificate("self", CERTS.ca, bad + "self-signed certificate")
    refused_certificate("good", "-", bad + "unable to get local issuer certificate")


@test
def a_certificate_for_another_address():
    with Peer("ws_server.mjs", "good") as peer:
        lines = dial("ws", f"wss://127.0.0.2:{peer.port}/till", CERTS.ca)
        assert lines == ["failed connection-refused 0 The certificate of 127.0.0.2 is not valid: "
                         "IP address mismatch"], lines


@test
def tls_to_one_who_does_not_speak_it():
    with Peer("ws_server.mjs") as peer:
        lines = dial("ws", f"wss://localhost:{peer.port}/till", CERTS.ca)
        assert lines == ["failed connection-refused 0 The TLS handshake with localhost failed: "
                         "wrong version number"], lines


@test
def names_and_ports_where_nobody_is():
    lines = dial("ws", "ws://nobody.invalid:1/", "-")
    assert lines[0].startswith("failed host-unreachable 0 Cannot find the address of "
                               "nobody.invalid: "), lines
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        assert dial("ws", f"ws://127.0.0.1:{s.getsockname()[1]}/", "-") == [
            "failed connection-refused 0 Connection refused"]


def rude(reply, wait=False, url="ws://127.0.0.1:%d/"):
    """What the client makes of a server that says `reply` and closes, or waits."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            s, _ = server.accept()
            s.recv(65536)
            s.sendall(reply)
            if wait:
                s.settimeout(10)
                while s.recv(65536):
                    pass
            s.shutdown(socket.SHUT_WR)
            s.close()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        start = time.monotonic()
        lines = dial("ws", url % server.getsockname()[1], CERTS.ca)
        thread.join(timeout=10)
        return lines, time.monotonic() - start


@test
def rude_servers():
    mute = ["failed connection-lost 0 127.0.0.1 closed the connection without an answer"]
    assert rude(b"")[0] == mute
    assert rude(b"HTTP/1.1 101 Switching")[0] == mute
    for reply in (b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 101 x\r\n\r\n",
                  b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"):
        lines, _ = rude(reply)
        assert lines[0].endswith("127.0.0.1 does not speak WebSocket"), lines
    lines, _ = rude(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20000)
    assert lines[0].endswith("127.0.0.1 does not speak WebSocket"), lines


@test
def servers_that_never_answer():
    for url in ("ws://127.0.0.1:%d/", "wss://127.0.0.1:%d/"):
        lines, seconds = rude(b"", wait=True, url=url)
        assert lines[0].startswith("failed connect-timeout 0 "), lines
        assert 4.5 < seconds < 20, seconds


@test
def socket_io_both_ways():
    for cert, scheme in ((None, "http"), ("good", "https")):
        with Peer("sio_server.mjs", cert) as peer:
            lines = dial(*sio(peer, scheme=scheme)[1:])
            assert lines[0] == "connected 20", lines
            assert lines[1] == 'event last {"n":1} [2,"3"] null', lines
            assert lines[2:] == ["closed ok: ", "counts 9 1 2 0"], lines
            peer.said("joined " + '{"deviceToken":"good"}')
            peer.said('hello [{"from":"till"},[1,2]]')
            peer.said("acked")
            peer.said("left client namespace disconnect")


@test
def socket_io_refused():
    with Peer("sio_server.mjs") as peer:
        lines = dial(*sio(peer, auth='{"deviceToken":"bad"}')[1:])
        assert lines[0].startswith('refused {"message":"no such device"'), lines
        assert lines[1] == "closed connection-refused: The server refused: no such device", lines
        lines = dial(*sio(peer, name_space="/nowhere")[1:])
        assert lines[0] == 'refused {"message":"Invalid namespace"}', lines


@test
def socket_io_without_a_name():
    with Peer("sio_server.mjs") as peer:
        lines = dial(*sio(peer, name_space="/")[1:])
        assert lines[:2] == ["connected 20", "closed connection-lost: The server ended the "
                             "connection"], lines
        peer.said("root")


@test
def socket_io_certificates():
    with Peer("sio_server.mjs", "other") as peer:
        lines = dial(*sio(peer, scheme="https")[1:])
        assert lines[0] == ("closed connection-refused: The certificate of localhost is not "
                            "valid: hostname mismatch"), lines


@test
def socket_io_comes_back_20_times():
    with Peer("sio_server.mjs", "good") as peer:
        ways = "disconnect", "close", "terminate", "stop"
        for way in ways:
            lines = dial(*sio(peer, "/restaurant", '{"deviceToken":"%s"}' % way, "https",
                              "20")[1:])
            assert lines.count("connected 20") == 20, (way, lines)
            ends = [line for line in lines if line.startswith("closed")]
            assert len(ends) == 20 and all("connection-lost" in e for e in ends), (way, lines)


@test
def socket_io_heart_beat():
    with Peer("sio_server.mjs", None, "500", "1500") as peer:
        client = Process(*sio(peer, auth='{"deviceToken":"quiet"}'))
        try:
            client.said("connected")
            time.sleep(2.5)  # longer than silence may last
            assert not client.lines, client.lines
            start = time.monotonic()
            peer.process.send_signal(signal.SIGSTOP)
            assert client.said("closed") == "closed connection-lost: The server has gone silent"
            assert 1 < time.monotonic() - start < 10
            assert client.wait() == 0
        finally:
            peer.process.send_signal(signal.SIGCONT)
            client.stop()


@test
def socket_io_options_that_are_wrong():
    def closed(url, name_space, auth, ca="-"):
        lines = dial("sio", url, ca, name_space, auth)
        assert lines[-1].startswith("counts"), lines
        return lines[0]
    assert closed("ftp://localhost", "/", "{}") == (
        "closed invalid-field: ftp://localhost is not the address of a server")
    assert closed("http://localhost:1", "x", "{}").endswith("x is not a namespace")
    assert closed("http://localhost:1", "/", "[]").endswith("must be a JSON object")
    assert closed("http://localhost:1", "/", "{").endswith("must be a JSON object")


def main():
    if not all(os.path.isdir(os.path.join(MODULES, m)) for m in ("ws", "socket.io")):
        print("1..0 # SKIP npm ws and socket.io are not installed")
        return 0
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, fn in enumerate(TESTS, 1):
        name = fn.__name__.replace("_", " ")
        try:
            fn()
            print(f"ok {number} - {name}", flush=True)
        except Exception as e:  # whatever a test meets is its failure
            failed += 1
            print(f"not ok {number} - {name}\n# {type(e).__name__}: {str(e)[:900]!r}", flush=True)
    shutil.rmtree(CERTS.dir)
    return 1 if failed else 0


PROGRAM = sys.argv[1]
CERTS = Certificates()
sys.exit(main())
