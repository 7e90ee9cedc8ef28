#!/usr/bin/env python3
"""The pispas service as its clients meet it: ws and wss on one port, documents, the .env
file, CHECK while nothing answers, a restart."""
import base64
import json
import os
import socket
import struct
import subprocess
import sys
import time
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import platen  # noqa: E402
from platen import Daemon, Sim, cli, free_port, free_ports, temp_dir, wait_until  # noqa: E402
from wsclient import WsClient  # noqa: E402

MODULES = os.path.join(platen.ROOT, "test")


def black_png(width, height):
    """A black picture, made by hand."""
    def chunk(kind, body):
        return (struct.pack("!I", len(body)) + kind + body +
                struct.pack("!I", zlib.crc32(kind + body)))
    rows = (b"\0" + b"\0" * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 0, 0,
                                                              0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Till:
    def __init__(self, port, **more):
        self.c = WsClient(("127.0.0.1", port), **more)
        self.number = 0

    def send(self, target, action, data=None, uuid=None):
        self.number += 1
        uuid = uuid or f"m{self.number}"
        self.c.send_text(json.dumps({"UUIDV4": uuid, "TARGET": target, "ACTION": action,
                                     "DATA": data}))
        return uuid

    def hear(self):
        return json.loads(self.c.text())

    def ask(self, target, action, data=None, uuid=None):
        uuid = self.send(target, action, data, uuid)
        while (got := self.hear())["MESSAGE_UUID"] != uuid:
            pass
        return got["MESSAGE_EXEC"], got["MESSAGE_DATA"]

    def good(self, *args):
        exec_, data = self.ask(*args)
        assert exec_ == "SUCCESS", data
        return data


class Flow(unittest.TestCase):
    def start(self, conf="", options="", env=None):
        self.port = free_port()
        self.folder = self.enterContext(temp_dir())
        self.env = os.path.join(self.folder, "pispas.env")
        with open(self.env, "w", encoding="utf-8") as f:
            f.write(env if env is not None else "SERVICE_NAME=till-1\n")
        d = Daemon(f'listen pispas {{ address = {{"127.0.0.1:{self.port}"}} '
                   f'env-file = "{self.env}" {options} }}\n' + conf)
        self.addCleanup(d.close)
        return d.start()

    def till(self, **more):
        t = Till(self.port, **more)
        self.addCleanup(t.c.close)
        return t

    @unittest.skipUnless(os.path.isdir(os.path.join(MODULES, "node_modules", "ws")), "no npm ws")
    def test_both_on_one_port(self):
        self.start()
        ping = '{"UUIDV4":"%s","TARGET":"BASE","ACTION":"PING"}'
        for url in (f"ws://127.0.0.1:{self.port}/", f"wss://127.0.0.1:{self.port}/ws"):
            done = subprocess.run(["node", os.path.join(HERE, "pispas.mjs"), url, ping % "a",
                                   ping % "b"], capture_output=True, text=True, timeout=20,
                                  env={**os.environ, "PLATEN_MODULES": MODULES})
            answers = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([(a["MESSAGE_UUID"], a["MESSAGE_DATA"]) for a in answers],
                             [("a", "PONG"), ("b", "PONG")], done)

    def test_tls_where_there_is_none(self):
        self.start(env="LOCAL_USSL=false\n")
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as s:
            s.sendall(bytes.fromhex("16030100"))
            got = b""
            while piece := s.recv(100):
                got += piece
        self.assertEqual(got, bytes.fromhex("15030100020228"))
        t = self.till()
        self.assertEqual(t.good("BASE", "CHECK")["tls"]["state"], "off")
        self.assertFalse(t.good("BASE", "CONFIG")["local_ussl"])

    def test_a_certificate_that_is_not_there(self):
        self.start(env="LOCAL_CERT=/nowhere.pem\nLOCAL_KEY=/nowhere.key\n")
        check = self.till().good("BASE", "CHECK")
        self.assertEqual(check["tls"]["state"], "missing")
        self.assertEqual(check["problems"][0]["id"], "certificate_missing:pispas")
        self.assertEqual(check["status"], "WARNING")

    def test_documents(self):
        with Sim() as sim:
            self.start(f'printer Kitchen {{ uri = "socket://127.0.0.1:{sim.port}" cooldown = 0 }}')
            t = self.till()
            for i, data in enumerate((
                    {"text": ["Mesa 4", "2 x Caf\u00e9 \u001b@"]},
                    {"html": "<h1>Mesa 5</h1><p>1 x T\u00e9</p>"},
                    {"image": base64.b64encode(black_png(64, 40)).decode(), "width_dots": 64},
                    {"text": "Mesa 6", "open_drawer": True, "copies": 2, "cut": "full"})):
                got = t.good("PRINT", "print", data)
                self.assertEqual(got["state"], "done", data)
                sim.wait_papers([1, 2, 3, 5][i])
            papers = sim.papers()
            self.assertIn("Mesa 4", json.dumps(papers[0]))
            self.assertNotIn("\\u001b", json.dumps(papers[0]))

    def test_check_waits_for_nobody(self):
        printers = "".join(f'printer p{i} {{ uri = "socket://127.0.0.1:{port}" }}\n'
                           for i, port in enumerate(free_ports(60)))
        self.start(printers)
        t = self.till()
        for i in range(60):
            t.good("PRINT", "print", {"printer": f"p{i}", "raw": "aGk=", "wait": "queued"})
        wait_until(lambda: len(t.good("BASE", "CHECK")["problems"]) == 60, "60 problems")
        took = []
        for _ in range(20):
            begun = time.monotonic()
            check = t.good("BASE", "CHECK")
            took.append(time.monotonic() - begun)
        self.assertLess(sorted(took)[10], 0.05)
        self.assertEqual(check["status"], "ERROR")
        self.assertEqual(check["problems"][0]["message"],
                         "Printer p0 is unreachable, 1 job waiting")

    def test_answers_come_when_ready(self):
        self.start(f'printer Away {{ uri = "socket://127.0.0.1:{free_port()}" }}')
        t = self.till()
        slow = t.send("PRINT", "print", {"raw": "aGk=", "timeout_ms": 1000})
        quick = t.send("BASE", "PING")
        self.assertEqual([t.hear()["MESSAGE_UUID"] for _ in range(2)], [quick, slow])

    def test_a_repeat_joins_the_first(self):
        self.start(f'printer Away {{ uri = "socket://127.0.0.1:{free_port()}" }}')
        t, other = self.till(), self.till()
        uuid = "5f0c8f7e-2d1b-4c39-a3d4-7b1f0c9e5a02"
        data = {"raw": "aGk=", "timeout_ms": 1500}
        t.send("PRINT", "print", data, uuid)
        other.send("PRINT", "print", data, uuid)
        first, second = t.hear()["MESSAGE_DATA"], other.hear()["MESSAGE_DATA"]
        self.assertEqual(first["job_id"], second["job_id"])
        self.assertEqual(sorted([first["duplicate"], second["duplicate"]]), [False, True])
        self.assertEqual(len(t.good("PRINT", "jobs")["jobs"]), 1)

    def test_who_waits_does_not_hold_up_the_end(self):
        d = self.start(f'printer Away {{ uri = "socket://127.0.0.1:{free_port()}" }}')
        t = self.till()
        t.send("PRINT", "print", {"raw": "aGk=", "timeout_ms": 120000})
        self.assertEqual(t.ask("BASE", "PING")[1], "PONG")
        begun = time.monotonic()
        self.assertEqual(d.stop(), 0)
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_message_too_large(self):
        self.start()
        t = self.till()
        t.c.send_text(b'{"UUIDV4":"' + b"x" * (16 << 20) + b'"}')
        got = t.c.message()
        self.assertEqual(got[:2], ("close", 1009))

    def test_env(self):
        text = "# ours\nMODULES=base,print,cache,oven\nTHEIRS = 'a b'\nLOCAL_PORT=none\n"
        d = self.start(env=text)
        t = self.till()
        self.assertEqual(t.good("BASE", "CONFIG")["modules"], ["base", "print", "cache"])
        self.assertIn("LOCAL_PORT must be a number", d.log)
        wait_until(lambda: "There is no module oven" in d.log, "a word about oven")
        done = cli("env", "SERVICE_NAME=till 2 # x", "PLACE_ID=77", state=d)
        self.assertEqual(done.status, 0, done)
        with open(self.env, encoding="utf-8") as f:
            self.assertEqual(f.read(), text + 'SERVICE_NAME="till 2 # x"\nPLACE_ID=77\n')
        config = t.good("BASE", "CONFIG")
        self.assertEqual((config["service_name"], config["place_id"]), ("till 2 # x", 77))
        self.assertEqual(cli("env", "MODE=fast", state=d).status, 1)
        other = free_port()
        with open(self.env, "a", encoding="utf-8") as f:
            f.write(f"LOCAL_PORT={other}\n")
        d.child.signal(1)
        self.port = other
        wait_until(self.answers, "the other port")

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def test_restart(self):
        d = self.start(f'printer Away {{ uri = "socket://127.0.0.1:{free_port()}" }}')
        self.till().good("PRINT", "print", {"raw": "aGk=", "wait": "queued"})
        pid = d.child.process.pid
        self.assertEqual(cli("restart", state=d).status, 0)
        wait_until(lambda: d.log.count("is ready") == 2 and self.answers(), "it to be back")
        self.assertEqual(d.child.process.pid, pid)
        self.assertTrue(d.child.alive())
        jobs = self.till().good("PRINT", "jobs")["jobs"]
        self.assertEqual([j["job_id"] for j in jobs], ["1"])
        self.assertEqual(d.stop(), 0)


if __name__ == "__main__":
    platen.main()
