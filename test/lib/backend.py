"""Servers that daemons call, in node: a backend of the Print Bridge
(test/flow/backend.mjs, a real socket.io server) and a pispas cloud (cloud.mjs, npm
ws). What they say is collected; `wait` waits for something of it."""
import json
import os
import subprocess
import threading

from platen import ROOT, free_port, wait_until


class Backend:
    script = "backend.mjs"

    def __init__(self, tls=None):
        """`tls`: the paths of certificate and key."""
        self.port, self.tls = free_port(), tls or ()
        self.events, self.process = [], None

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}" if self.tls \
            else f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            ["node", os.path.join(ROOT, "test/flow", self.script), str(self.port), *self.tls],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        before = len(self.events)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        wait_until(lambda: self.of("listening", before), "the backend to listen")
        return self

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def stop(self):
        """It goes away as a crashed one does."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self._reader.join(5)
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None

    close = stop

    def do(self, command, **fields):
        before = len(self.events)
        self.process.stdin.write(json.dumps({"command": command, **fields}) + "\n")
        self.process.stdin.flush()
        wait_until(lambda: self.of("did", before), f"the backend to {command}")

    def offer(self, **fields):
        self.do("offer", offer=fields)

    def of(self, type, since=0, **fields):
        """What happened of this kind."""
        return [e for e in self.events[since:] if e["type"] == type and
                all(e.get(name) == value for name, value in fields.items())]

    def wait(self, type, count=1, since=0, seconds=None, **fields):
        """At least `count` of them, once they have happened."""
        def happened():
            found = self.of(type, since, **fields)
            return len(found) >= count and found
        try:
            return wait_until(happened, f"{count} of {type} {fields}", seconds)
        except AssertionError as e:
            raise AssertionError(f"{e}; there are {self.events[-20:]}") from None

    def patches(self, id=None):
        """Reports that were answered well; those that were not, were not heard."""
        return [e for e in self.of("patch") if e["told"] == 200 and id in (None, e["id"])]


class Cloud(Backend):
    script = "cloud.mjs"

    @property
    def url(self):
        return f"wss://localhost:{self.port}/pos" if self.tls \
            else f"ws://127.0.0.1:{self.port}/pos"

    def ask(self, target, action, uuid, data=None, **fields):
        request = {"UUIDV4": uuid, "TARGET": target, "ACTION": action, **fields}
        if data is not None:
            request["DATA"] = data
        self.do("ask", request=request)

    def answers(self, uuid):
        return [e["message"] for e in self.of("message")
                if e["message"].get("MESSAGE_UUID") == uuid]

    def answer(self, uuid, seconds=None):
        return wait_until(lambda: self.answers(uuid), f"the answer to {uuid}", seconds)[-1]

    def count(self):
        before = len(self.events)
        self.do("count")
        return self.of("count", before)[-1]
