#!/usr/bin/env python3
"""A real browser's EventSource on the Print Bridge's stream, from a page of another origin."""
import functools
import hashlib
import http.server
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import browser  # noqa: E402
import platen  # noqa: E402
from platen import Daemon, Sim, free_port  # noqa: E402

SKIP = 77
TOKEN = "a-token-for-tests"
LISTEN = """
const source = new EventSource('http://127.0.0.1:{port}/events?token={token}');
window.got = [];
window.named = 0;
source.onmessage = (e) => window.got.push({{at: Date.now(), said: JSON.parse(e.data)}});
source.addEventListener('status', () => window.named++);
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel=icon href='data:,'><title>till</title>")

    def log_message(self, *_):
        pass


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Chromium()
        cls.browser.__enter__()
        cls.addClassCleanup(cls.browser.__exit__)
        cls.site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet))
        threading.Thread(target=cls.site.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.site.server_close)
        cls.addClassCleanup(cls.site.shutdown)

    def test_the_state_and_a_change_within_a_second(self):
        sim = Sim()
        self.addCleanup(sim.close)
        sim.start()
        bridge, origin = free_port(), f"http://127.0.0.1:{self.site.server_port}"
        d = Daemon(f"""
listen print-bridge {{ address = {{"127.0.0.1:{bridge}"}} }}
origin {origin} {{ allow = {{status}} }}
token page {{ sha256 = {hashlib.sha256(TOKEN.encode()).hexdigest()} allow = {{status}} }}
printer till {{ uri = "socket://127.0.0.1:{sim.port}" status-poll-interval = 200 }}
""")
        self.addCleanup(d.close)
        d.start()
        page = self.browser.open(origin + "/")
        page.eval(LISTEN.format(port=bridge, token=TOKEN) + "0")
        page.wait("window.got.length && got.at(-1).said.printers[0].statusSource === 'telemetry'",
                  "the state")
        self.assertEqual(page.eval("got[0].said.type"), "status")
        before = page.eval("Date.now()")
        sim.control("POST", f"/printers/{sim.port}/fault", {"action": "cover-open"})
        page.wait("got.at(-1).said.printers[0].coverOpened === true", "the change")
        at = page.eval("got.find(e => e.said.printers[0].coverOpened).at")
        self.assertLess(at - before, 1000)
        self.assertEqual(page.eval("window.named"), 0)
        self.assertEqual(page.errors, [])

    def test_it_comes_back_after_a_restart(self):
        bridge, origin = free_port(), f"http://127.0.0.1:{self.site.server_port}"
        d = Daemon(f"""
listen print-bridge {{ address = {{"127.0.0.1:{bridge}"}} }}
origin {origin} {{ allow = {{status}} }}
token page {{ sha256 = {hashlib.sha256(TOKEN.encode()).hexdigest()} allow = {{status}} }}
""")
        self.addCleanup(d.close)
        d.start()
        page = self.browser.open(origin + "/")
        page.eval(LISTEN.format(port=bridge, token=TOKEN) + "0")
        page.wait("window.got.length === 1", "the state")
        began = page.eval("got[0].said.bridge.startedAt")
        d.stop()
        d.start()
        restarted = time.monotonic()
        page.wait(f"got.at(-1).said.bridge.startedAt !== '{began}'", "the state of the next life")
        self.assertLess(time.monotonic() - restarted, 8)  # retry: 3000, and the browser's own


if __name__ == "__main__":
    if not browser.installed():
        print("chromium is not installed")
        sys.exit(SKIP)
    platen.main()
