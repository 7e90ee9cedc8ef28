#!/usr/bin/env python3
"""platen-sim from outside: real sockets, real files, the control port. TAP.

usage: sim.py PLATEN_SIM
"""
import contextlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SIM = sys.argv[1]
FENCE = b"\x1d(H\x06\x0000ABCD"
ECHO = b"\x37\x22ABCD\x00"
WAIT = 10  # seconds; for what must come


class Sim:
    """A running simulator, its papers in a directory that goes away with it."""

    def __init__(self, *args, script=None, listen="127.0.0.1:0"):
        self.dir = tempfile.TemporaryDirectory(prefix="platen-sim-")
        self.path = self.dir.name
        command = [SIM, "printer", "--listen", listen, "--paper", self.path + "/paper", *args]
        if script:
            with open(self.path + "/script", "w", encoding="utf-8") as file:
                file.write(script)
            command += ["--script", self.path + "/script"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.ports, self.control = [], None
        while True:
            line = self.process.stdout.readline()
            if line.startswith("control on"):
                self.control = line.split()[-1]
                continue
            port = re.match(r"listening on [0-9.]+:(\d+)(?:-(\d+))?", line)
            if not port:
                raise RuntimeError(f"no start: {line!r}")
            self.ports += range(int(port[1]), int(port[2] or port[1]) + 1)
            if len(self.ports) >= self.count(args):
                break
        self.port = self.ports[0]

    @staticmethod
    def count(args):
        return int(args[args.index("--count") + 1]) if "--count" in args else 1

    def connect(self, port=None, timeout=WAIT):
        return socket.create_connection(("127.0.0.1", port or self.port), timeout)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(WAIT)
        self.process.stdout.close()
        return status

    def papers(self):
        found = []
        for name in sorted(os.listdir(self.path + "/paper")):
            if name.endswith(".json"):
                with open(f"{self.path}/paper/{name}", encoding="utf-8") as file:
                    found.append(json.load(file))
        return found

    def events(self, name):
        with open(self.path + "/paper/log.jsonl", encoding="utf-8") as file:
            return [e for e in map(json.loads, file) if e["event"] == name]

    def http(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://{self.control}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=WAIT) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@contextlib.contextmanager
def sim(*args, **named):
    s = Sim(*args, **named)
    try:
        yield s
        assert s.stop() == 0, "it did not end well"
    finally:
        s.process.kill()
        s.process.wait()
        s.dir.cleanup()


def receive(s, size):
    got = b""
    while len(got) < size:
        part = s.recv(size - len(got))
        if not part:
            break
        got += part
    return got


def until(condition, what):
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"did not happen: {what}")


def is_reset(s):
    try:
        while s.recv(100):
            pass
    except ConnectionResetError:
        return True
    return False


def prints_and_confirms():
    with sim() as s:
        with s.connect() as c:
            c.sendall(b"\x1b@Hello\n\x1dV\x00" + FENCE)
            assert receive(c, 7) == ECHO
            paper, = s.papers()
            assert paper["lines"][0]["text"] == "Hello" and paper["cut"] == "full"
            assert os.path.exists(s.path + "/paper/000001.png")
            c.sendall(b"torn off\n" + FENCE)
            assert receive(c, 7) == ECHO
        until(lambda: s.events("disconnect"), "the end of the connection")
        assert s.events("disconnect")[0]["how"] == "closed"
        assert s.stop() == 0
        assert s.papers()[1]["torn"]


def numbers_go_on_after_a_restart():
    with sim() as s, tempfile.TemporaryDirectory() as _:
        with s.connect() as c:
            c.sendall(b"one\n\x1dV\x00" + FENCE)
            receive(c, 7)
        s.stop()
        again = subprocess.Popen([SIM, "printer", "--listen", "127.0.0.1:0", "--paper",
                                  s.path + "/paper"], stdout=subprocess.PIPE, text=True)
        s.process = again
        s.port = int(again.stdout.readline().rsplit(":", 1)[1])
        with s.connect() as c:
            c.sendall(b"two\n\x1dV\x00" + FENCE)
            receive(c, 7)
        assert [p["lines"][0]["text"] for p in s.papers()] == ["one", "two"]


def resets_at_byte_n():
    with sim(script="at byte 1000 reset") as s:
        with s.connect() as c:
            c.sendall(b"\x1dv0\x00\x48\x00\x00\x08" + bytes(72 * 2048))
            assert is_reset(c)
        until(lambda: s.events("disconnect"), "the end")
        assert s.events("disconnect")[0] | {"bytes": 1000, "how": "reset by printer"} == \
            s.events("disconnect")[0]


def resets_before_the_first_byte():
    with sim(script="at connection 2 reset") as s:
        with s.connect() as c:
            c.sendall(FENCE)
            assert receive(c, 7) == ECHO
        with s.connect() as c:
            assert is_reset(c)
        with s.connect() as c:
            c.sendall(FENCE)
            assert receive(c, 7) == ECHO


def closes_half():
    with sim(script="half-close") as s, s.connect() as c:
        assert c.recv(10) == b""
        c.sendall(b"still printed\n\x1dV\x00")
        until(lambda: s.papers(), "paper")


def refuses_and_listens_again():
    with sim("--control", "127.0.0.1:0", script="refuse") as s:
        try:
            s.connect()
            raise AssertionError("connected")
        except ConnectionRefusedError:
            pass
        status, _ = s.http("POST", f"/printers/{s.port}/fault", {"action": "listen"})
        assert status == 200
        with s.connect() as c:
            c.sendall(FENCE)
            assert receive(c, 7) == ECHO


def hangs():
    with sim("--control", "127.0.0.1:0", script="hang") as s:
        try:
            s.connect(timeout=0.7)
            raise AssertionError("connected")
        except TimeoutError:
            pass
        s.http("POST", f"/printers/{s.port}/fault", {"action": "normal"})
        with s.connect() as c:
            c.sendall(FENCE)
            assert receive(c, 7) == ECHO


def accepts_and_is_silent():
    with sim(script="accept-silent") as s, s.connect(timeout=0.4) as c:
        c.sendall(b"\x10\x04\x01")
        try:
            c.recv(1)
            raise AssertionError("answered")
        except TimeoutError:
            pass
        assert s.events("cut") == []


def a_small_buffer_pushes_back():
    with sim("--buffer", "4096", "--control", "127.0.0.1:0", script="paper-out") as s:
        with s.connect() as c:
            c.setblocking(False)
            sent, job = 0, b"\x1dv0\x00\x48\x00\x00\x08" + bytes(72 * 2048) + b"\x1dV\x00"
            for _ in range(50):
                with contextlib.suppress(BlockingIOError):
                    sent += c.send(job[sent:])
                time.sleep(0.005)
            # What is gone: its 4 KB, the kernel's share of it, and our own send buffer.
            waiting = struct.unpack("i", __import__("fcntl").ioctl(c, 0x5411, b"\0" * 4))[0]
            assert sent - waiting < 32768, f"{sent - waiting} bytes were taken"
            s.http("POST", f"/printers/{s.port}/reload")
            c.settimeout(WAIT)
            c.sendall(job[sent:] + FENCE)
            assert receive(c, 7) == ECHO
            assert s.papers()[0]["height_dots"] == 2048


def others_wait_their_turn():
    with sim() as s, s.connect() as first:
        first.sendall(b"first\n" + FENCE)
        assert receive(first, 7) == ECHO
        with s.connect() as second:
            second.sendall(b"second\n\x1dV\x00" + FENCE)
            second.settimeout(0.3)
            try:
                second.recv(1)
                raise AssertionError("out of turn")
            except TimeoutError:
                pass
            first.sendall(b"\x1dV\x00")
            first.close()
            second.settimeout(WAIT)
            assert receive(second, 7) == ECHO
        texts = [p["lines"][0]["text"] for p in s.papers()]
        assert texts == ["first", "second"], texts


def one_connection_only():
    with sim("--model", "single") as s, s.connect() as first:
        first.sendall(FENCE)
        assert receive(first, 7) == ECHO
        with s.connect() as second:
            assert is_reset(second)


def power_cycles():
    with sim("--control", "127.0.0.1:0") as s:
        with s.connect() as c:
            c.sendall(b"before\n" + FENCE)
            assert receive(c, 7) == ECHO
            assert s.http("POST", f"/printers/{s.port}/power-cycle")[0] == 200
            assert is_reset(c)
        with s.connect() as c:
            c.sendall(b"after\n\x1dV\x00" + FENCE)
            assert receive(c, 7) == ECHO
        assert len(s.papers()[0]["lines"]) == 2


def asb_is_pushed():
    with sim("--control", "127.0.0.1:0") as s, s.connect() as c:
        c.sendall(b"\x1da\xff")
        assert receive(c, 4) == b"\x10\x00\x00\x00"
        s.http("POST", f"/printers/{s.port}/fault", {"action": "cover-open"})
        assert receive(c, 4) == b"\x38\x00\x00\x00"
        s.http("POST", f"/printers/{s.port}/fault", {"action": "cover-close"})
        assert receive(c, 4) == b"\x10\x00\x00\x00"


def the_control_port_tells():
    with sim("--count", "2", "--control", "127.0.0.1:0") as s:
        with s.connect(s.ports[1]) as c:
            c.sendall(b"x\n\x1bp\x00\x19\xfa\x1dV\x00" + FENCE)
            assert receive(c, 7) == ECHO
        printers = json.loads(s.http("GET", "/status")[1])["printers"]
        assert [p["port"] for p in printers] == s.ports
        assert [p["cuts"] for p in printers] == [0, 1] and printers[1]["kicks"] == 1
        papers = json.loads(s.http("GET", f"/printers/{s.ports[1]}/papers")[1])
        assert papers["count"] == 1
        status, png = s.http("GET", papers["papers"][0]["png"])
        assert status == 200 and png.startswith(b"\x89PNG")
        status, text = s.http("GET", papers["papers"][0]["json"])
        assert json.loads(text)["kicks"] == [{"pin": 2, "on_ms": 50, "off_ms": 500,
                                              "realtime": False}]
        for method, path, body in (("GET", "/printers/1/papers", None),
                                   ("GET", f"/printers/{s.port}/papers/9.png", None),
                                   ("GET", f"/printers/{s.port}/papers/..%2flog.json", None),
                                   ("DELETE", f"/printers/{s.port}", None),
                                   ("GET", "/nothing", None)):
            assert s.http(method, path, body)[0] == 404, path
        for body in ({"action": "explode"}, {"action": 5}, {}):
            status, text = s.http("POST", f"/printers/{s.port}/fault", body)
            assert status == 400 and "error" in json.loads(text)


def papers_of_many_go_to_their_ports():
    with sim("--count", "3") as s:
        for port in s.ports:
            with s.connect(port) as c:
                c.sendall(b"x\n\x1dV\x00" + FENCE)
                assert receive(c, 7) == ECHO
            assert os.path.exists(f"{s.path}/paper/{port}/000001.json")


def the_log_survives_a_kill():
    with sim("--no-json") as s:
        with s.connect() as c:
            c.sendall(b"x\n\x1dV\x00" * 5 + FENCE)
            assert receive(c, 7) == ECHO
        s.process.kill()
        s.process.wait()
        assert len(s.events("cut")) == 5
        s.stop = lambda: 0


def mistakes_are_said():
    def run(*args):
        p = subprocess.run([SIM, *args], capture_output=True, text=True, timeout=WAIT, check=False)
        return p.returncode, p.stderr

    assert run()[0] == 2
    assert run("toaster")[0] == 2
    assert run("printer") == (2, "platen-sim: --listen ADDR:PORT and --paper DIR are needed; "
                                 "see --help\n")
    with tempfile.TemporaryDirectory() as dir_:
        base = ("printer", "--listen", "127.0.0.1:0", "--paper", dir_)
        assert "unknown model" in run(*base, "--model", "x")[1]
        assert "loopback" in run(*base, "--control", "0.0.0.0:0")[1]
        script = dir_ + "/s"
        with open(script, "w", encoding="utf-8") as file:
            file.write("\nat row 5 paper-oot\n")
        status, text = run(*base, "--script", script)
        assert status == 2 and text == f'platen-sim: {script}:2: unknown action "paper-oot", ' \
            'did you mean "paper-out"?\n', text


TESTS = [prints_and_confirms, numbers_go_on_after_a_restart, resets_at_byte_n,
         resets_before_the_first_byte, closes_half, refuses_and_listens_again, hangs,
         accepts_and_is_silent, a_small_buffer_pushes_back, others_wait_their_turn,
         one_connection_only, power_cycles, asb_is_pushed, the_control_port_tells,
         papers_of_many_go_to_their_ports, the_log_survives_a_kill, mistakes_are_said]

print(f"1..{len(TESTS)}")
failed = 0
for number, test in enumerate(TESTS, 1):
    try:
        test()
        print(f"ok {number} - {test.__name__}")
    except Exception as error:  # pylint: disable=broad-except
        failed += 1
        print(f"not ok {number} - {test.__name__}\n# {type(error).__name__}: {error}")
    sys.stdout.flush()
sys.exit(1 if failed else 0)
