"""What the tests that run real programs share: a daemon, simulated printers, a
sink, the command line, free ports, and waits that end.

    with Daemon('printer till { uri = "file:/tmp/out" language = raw }') as d:
        d.post("/v1/printers/till/jobs", b"hello", type="application/octet-stream")
        d.wait_job(1, "done")

Programs are looked for in $PLATEN_BUILD (default ./build). Nothing here sleeps
for luck: what is waited for is asked for again and again until a deadline.
"""
import contextlib
import http.client
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = float(os.environ.get("PLATEN_TEST_SECONDS", "20"))  # the end of every wait

_homes = {
    "platend": ("platend", "src/app/platend"),
    "platen": ("platen", "src/cli/platen"),
    "platen-sim": ("platen-sim", "sim/platen-sim"),
    "platen-render": ("platen-render", "src/render/platen-render"),
}


def build_dir():
    return os.path.abspath(os.environ.get("PLATEN_BUILD", "build"))


def program(name):
    """The path of one of our programs; an assertion if it was not built."""
    for home in _homes[name]:
        path = os.path.join(build_dir(), home)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    raise AssertionError(f"{name} is not in {build_dir()}; set PLATEN_BUILD")


# --- waiting -----------------------------------------------------------------

def wait_until(fn, what="it", seconds=None, every=0.01):
    """The first true value of fn(), asked until `seconds` are over."""
    deadline = time.monotonic() + (SECONDS if seconds is None else seconds)
    while True:
        value = fn()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(every)


# --- ports and directories ---------------------------------------------------

_given = set()
_giving = threading.Lock()
_claims = []  # abstract sockets: no other process of ours gives these ports


def free_ports(count=1, host="127.0.0.1"):
    """Ports nobody listens on now; each is given once in this process. They are
    below the range from which the kernel takes ports for outgoing connections."""
    found = []
    start = 12000 + (os.getpid() * 37) % 18000
    for port in list(range(start, 32000)) + list(range(12000, start)):
        if _take(host, port):
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free port")


def _take(host, port):
    with _giving:
        if not _free(host, port):
            return False
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0platen-test-port-{port}")
        except OSError:
            claim.close()
            return False
        _claims.append(claim)
        _given.add(port)
        return True


def free_port(host="127.0.0.1"):
    return free_ports(1, host)[0]


def free_row(count, host="127.0.0.1"):
    """The first of `count` free ports that follow each other."""
    while True:
        first = free_port(host)
        if all(_take(host, port) for port in range(first + 1, first + count)):
            return first


def _free(host, port):
    return port not in _given and _binds(host, port)


def _binds(host, port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((host, port))
            return True
        except OSError:
            return False


@contextlib.contextmanager
def temp_dir():
    path = tempfile.mkdtemp(prefix="platen-test-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def certificate(case, name="localhost"):
    """A certificate that nobody signed, for `name`, as long as the test runs: the
    paths of it and its key."""
    folder = case.enterContext(temp_dir())
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days",
                    "2", "-subj", "/CN=test", "-addext", f"subjectAltName=DNS:{name}"],
                   check=True, capture_output=True)
    return cert, key


# --- HTTP --------------------------------------------------------------------

class Response:
    """status, headers (names in lower case), body as bytes, .json."""

    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def request(address, method, path, body=None, headers=None, seconds=None):
    """One request on a connection of its own. `address` is a port of
    127.0.0.1, (host, port), or the path of a Unix socket. A dict or list as the
    body goes as JSON."""
    seconds = SECONDS if seconds is None else seconds
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    if isinstance(address, str):
        c = _UnixConnection(address, seconds)
    else:
        host, port = address if isinstance(address, tuple) else ("127.0.0.1", address)
        c = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        c.request(method, path, body, headers)
        r = c.getresponse()
        return Response(r.status, r.getheaders(), r.read())
    finally:
        c.close()


# --- child processes -----------------------------------------------------------

class _Child:
    """A program with its output collected by threads, so that no pipe fills."""

    def __init__(self, args, env=None, cwd=None):
        self.output = []
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, cwd=cwd,
                                        env={**os.environ, **(env or {})})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.output.append(line.decode(errors="replace"))

    @property
    def text(self):
        return "".join(self.output)

    def alive(self):
        return self.process.poll() is None

    def wait(self, seconds=None):
        """Exit status; killed and an assertion when it takes too long."""
        try:
            status = self.process.wait(SECONDS if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the program did not end:\n" + self.text) from None
        self._reader.join(5)
        self.process.stdout.close()
        return status

    def signal(self, number):
        if self.alive():
            self.process.send_signal(number)


class Daemon:
    """platend with a state directory of its own.

    `conf` is the text of the configuration. Unless it has a `listen native`
    block, one is added on a free port, which is self.port. `{port}` in the text
    stands for that port. The state directory is temporary unless given;
    restarting the object keeps it, so start() after kill9() is a recovery.
    """

    def __init__(self, conf="", state=None, env=None, args=()):
        self.port = free_port()
        conf = conf.replace("{port}", str(self.port))
        if "listen native" not in conf:
            conf = f'listen native {{ address = {{"127.0.0.1:{self.port}"}} tls = off }}\n' + conf
        self.conf, self.env, self.args = conf, env, list(args)
        self._temp = None if state else tempfile.mkdtemp(prefix="platen-test-")
        self.state = state or os.path.join(self._temp, "state")
        self.config_path = os.path.join(self._temp or os.path.dirname(os.path.abspath(state)),
                                        "platen.conf")
        self.child = None
        self._earlier = ""
        self.write_conf(conf)

    def write_conf(self, text):
        self.conf = text
        with open(self.config_path, "w", encoding="utf-8") as f:
            f.write(text)

    @property
    def socket(self):
        return os.path.join(self.state, "control.sock")

    @property
    def log(self):
        """Everything it has said, over all its lives."""
        return self._earlier + (self.child.text if self.child else "")

    @property
    def pid(self):
        return self.child.process.pid

    def start(self, wait=True):
        if self.child:
            self._earlier += self.child.text
        self.child = _Child([program("platend"), "-c", self.config_path, "--state", self.state,
                             *self.args], self.env)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=None):
        self.wait_answer("/readyz", seconds)

    def wait_answer(self, path="/livez", seconds=None):
        """Until the control socket answers this path with 200."""
        def answers():
            assert self.child.alive(), "platend ended:\n" + self.log
            try:
                return self.admin("GET", path).status == 200
            except OSError:
                return False
        wait_until(answers, f"platend to answer {path}", seconds)

    def stop(self, seconds=None):
        """SIGTERM; its exit status, which a healthy daemon makes 0."""
        if not self.child:
            return None
        self.child.signal(signal.SIGTERM)
        return self._end(seconds)

    def kill9(self):
        self.child.signal(signal.SIGKILL)
        return self._end(None)

    def _end(self, seconds):
        status = self.child.wait(seconds)
        self._earlier += self.child.text
        self.child = None
        found = [word for word in ("Sanitizer", "runtime error:") if word in self.log]
        assert not found, self.log
        return status

    def close(self):
        """Stop if it runs, which must end well, and remove its directory."""
        try:
            if self.child:
                status = self.stop()
                assert status == 0, f"platend ended with {status}:\n{self.log}"
        finally:
            if self._temp:
                shutil.rmtree(self._temp, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    # The native API, as a local program and as the administrator.
    def request(self, method, path, body=None, headers=None, port=None, seconds=None):
        return request(port or self.port, method, path, body, headers, seconds)

    def admin(self, method, path, body=None, headers=None, seconds=None):
        return request(self.socket, method, path, body, headers, seconds)

    def get(self, path, headers=None, port=None):
        return self.request("GET", path, None, headers, port)

    def post(self, path, body=b"", headers=None, type=None, port=None):
        headers = dict(headers or {})
        if type:
            headers["Content-Type"] = type
        return self.request("POST", path, body, headers, port)

    def delete(self, path, headers=None, port=None):
        return self.request("DELETE", path, None, headers, port)

    def job(self, job):
        r = self.admin("GET", f"/v1/jobs/{job}")
        assert r.status == 200, r
        return r.json

    def wait_job(self, job, *states, seconds=None):
        """The job, once it is in one of these states (default: it has ended)."""
        states = states or ("done", "failed", "expired", "cancelled", "unconfirmed")
        seen = {}

        def arrived():
            seen.update(self.job(job))
            return seen["state"] in states
        try:
            wait_until(arrived, f"job {job} to be {' or '.join(states)}", seconds)
        except AssertionError as e:
            raise AssertionError(f"{e}; it is {seen}\n{self.log[-2000:]}") from None
        return seen


class Sim:
    """platen-sim printer: `count` printers on as many ports.

    self.ports are their ports; papers() what came out, as the JSON beside each
    picture; control() asks the control port."""

    def __init__(self, count=1, script=None, args=(), pictures=False):
        self.count, self.args, self.pictures = count, list(args), pictures
        first = free_row(count)
        self.ports = list(range(first, first + count))
        self.control_port = free_port()
        self._temp = tempfile.mkdtemp(prefix="platen-sim-")
        self.paper = os.path.join(self._temp, "paper")
        self.script = None
        if script is not None:
            self.script = os.path.join(self._temp, "script")
            with open(self.script, "w", encoding="utf-8") as f:
                f.write(script)
        self.child = None

    @property
    def port(self):
        return self.ports[0]

    @property
    def log(self):
        return self.child.text if self.child else ""

    def start(self):
        args = [program("platen-sim"), "printer", "--listen", f"127.0.0.1:{self.ports[0]}",
                "--paper", self.paper, "--control", f"127.0.0.1:{self.control_port}"]
        if self.count > 1:
            args += ["--count", str(self.count)]
        if self.script:
            args += ["--script", self.script]
        if not self.pictures:
            args += ["--no-png"]
        self.child = _Child(args + self.args)

        def listening():
            assert self.child.alive(), "platen-sim ended:\n" + self.log
            return "listening on" in self.log
        wait_until(listening, "platen-sim to listen")
        return self

    def stop(self):
        if not self.child:
            return None
        self.child.signal(signal.SIGTERM)
        status = self.child.wait()
        self.child = None
        return status

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self._temp, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def dir(self, port=None):
        """Where the papers of one printer are."""
        return os.path.join(self.paper, str(port or self.port)) if self.count > 1 else self.paper

    def papers(self, port=None):
        """The pieces of paper of one printer, oldest first; `path` is added."""
        found = []
        try:
            names = sorted(os.listdir(self.dir(port)))
        except FileNotFoundError:
            return found
        for name in names:
            if not name.endswith(".json"):
                continue
            path = os.path.join(self.dir(port), name)
            try:
                with open(path, encoding="utf-8") as f:
                    found.append({**json.load(f), "path": path})
            except (ValueError, FileNotFoundError):
                continue  # being written: the next look sees it whole
        return found

    def wait_papers(self, count, port=None, seconds=None):
        return wait_until(lambda: (p := self.papers(port)) and len(p) >= count and p,
                          f"{count} papers", seconds)

    def control(self, method, path, body=None):
        return request(self.control_port, method, path, body)


class Sink:
    """A printer that takes everything and says nothing: a TCP server. Each
    connection's bytes are one entry of .jobs once it has closed."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.jobs = []
        self._stop_read, self._stop_write = os.pipe()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self):
        while True:
            ready, _, _ = select.select([self._server, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            c, _ = self._server.accept()
            t = threading.Thread(target=self._serve, args=(c,), daemon=True)
            self._threads.append(t)
            t.start()

    def _serve(self, c):
        taken = b""
        with c:
            while True:
                ready, _, _ = select.select([c, self._stop_read], [], [])
                if self._stop_read in ready:
                    return
                try:
                    piece = c.recv(65536)
                except OSError:
                    piece = b""
                if not piece:
                    break
                taken += piece
        self.jobs.append(taken)

    @property
    def bytes(self):
        return b"".join(self.jobs)

    def wait_for(self, piece, count=1):
        """Until the piece has come so often. A job may be done before its
        connection has closed, and only then its bytes are here."""
        wait_until(lambda: self.bytes.count(piece) >= count, f"{piece!r} at the sink")

    def close(self):
        os.close(self._stop_write)
        for t in self._threads:
            t.join(5)
        self._server.close()
        os.close(self._stop_read)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Breaker:
    """A printer that reads `after` bytes of each connection and then resets it:
    what was sent is in doubt."""

    def __init__(self, after=50_000):
        self._after = after
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                c, _ = self._server.accept()
            except OSError:
                return
            with c:
                c.settimeout(SECONDS)
                self._read(c)
                c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _read(self, c):
        taken = 0
        while taken < self._after:
            try:
                piece = c.recv(4096)
            except OSError:
                return
            if not piece:
                return
            taken += len(piece)

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# --- the command line ------------------------------------------------------------

class Ran:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"<exit {self.status}>\n{self.out}{self.err}"


def cli(*args, state=None, env=None, input=None, seconds=None):
    """Run `platen ARGS`; status, out, err. `state` is a Daemon or a directory."""
    command = [program("platen"), *map(str, args)]
    if state is not None:
        command += ["--state", state.state if isinstance(state, Daemon) else state]
    data = input.encode() if isinstance(input, str) else input
    done = subprocess.run(command, input=data, capture_output=True, check=False,
                          timeout=SECONDS if seconds is None else seconds,
                          env={**os.environ, **(env or {})})
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def main(module="__main__"):
    """unittest's main, for the last line of a test file."""
    import unittest
    unittest.main(module=module, argv=[sys.argv[0], *sys.argv[1:]], verbosity=1)
