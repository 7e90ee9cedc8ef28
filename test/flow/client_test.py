#!/usr/bin/env python3
"""platen.js in Node 20, which has no WebSocket of its own."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import platen  # noqa: E402
from platen import Daemon, Sink, free_port  # noqa: E402

SKIP = 77
TOKEN = "a-token-for-tests"
CONF = """
listen strict {{ dialect = native address = {{"127.0.0.1:{strict}"}} local = token tls = off }}
token node {{ sha256 = {digest} allow = {{print, status}} }}
printer till {{ uri = "socket://127.0.0.1:{till}" cooldown = 0 retry-delay = 100
	status-polling = no confirm = none }}
"""


class Node(unittest.TestCase):
    def test_all_of_it(self):
        strict, sink = free_port(), self.enterContext(Sink())
        d = Daemon(CONF.format(strict=strict, till=sink.port,
                               digest=hashlib.sha256(TOKEN.encode()).hexdigest()))
        self.addCleanup(d.close)
        d.start()
        node = subprocess.Popen(
            ["node", os.path.join(HERE, "client.mjs"), str(d.port), str(strict), TOKEN],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(node.communicate)
        self.addCleanup(node.kill)
        self.assertEqual(node.stdout.readline(), "ready\n", "")
        d.stop()
        d.start()
        out, err = node.communicate(timeout=platen.SECONDS)
        self.assertEqual(node.returncode, 0, err)
        self.assertEqual(json.loads(out), {
            "needed": "token-needed", "refused": "token-refused", "nowhere": "not-running",
            "socketless": "no-websocket", "tried": "none", "caller": "token:node",
            "evidence": "sent", "events": ["queued", "sending", "done"],
            "closed": ["closed", "closed", "closed"], "classic": ["local", True],
            "large": "too-large", "lost": "connection-lost", "kept": "done", "back": "online"})
        sink.wait_for(b"later\n")
        self.assertEqual(sink.bytes.count(b"later"), 1)


if __name__ == "__main__":
    if not shutil.which("node") or not os.path.isdir(os.path.join(HERE, "..", "node_modules", "ws")):
        print("node or its package ws is not installed")
        sys.exit(SKIP)
    platen.main()
