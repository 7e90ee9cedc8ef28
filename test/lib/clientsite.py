"""Pages for platen.js: a site that serves client/, and a line that breaks.

    with Site() as site:      # site.origin; /examples/..., /blank, /strict (a policy of its own)
    with Cutter(port) as c:   # c.port leads to port, and breaks the first `times` connections
"""
import base64
import functools
import hashlib
import http.server
import os
import socket
import subprocess
import threading

import platen

CLIENT = os.path.join(platen.ROOT, "client")
BLANK = b"<!doctype html><link rel=icon href='data:,'><title>till</title><body>"
JSON = "application/json"


class _Pages(http.server.SimpleHTTPRequestHandler):
    """client/ as it is; and daemons that are not as they should be, below /fake/NAME."""
    extensions_map = {".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html",
                      ".css": "text/css"}
    fakes = {"/fake/other/v1/hello": (200, b'{"name":"other"}'),
             "/fake/old/v1/hello": (200, b'{"name":"platen","version":"0.0.1"}'),
             "/fake/old/v1/ws": (404, b'{"error":"Not found"}'),
             "/fake/blocked/v1/hello": (200, b'{"name":"platen","version":"0.0.1"}'),
             "/fake/blocked/v1/ws": (426, b'{"error":"WebSocket upgrade required"}')}

    def do_GET(self):
        path = self.path.split("?")[0]
        if path in ("/blank", "/strict"):
            self.answer(200, BLANK, "text/html", {} if path == "/blank" else {
                "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data:"})
        elif path in self.fakes:
            self.answer(*self.fakes[path], JSON, {"Access-Control-Allow-Origin": "*"})
        else:
            super().do_GET()

    def answer(self, status, body, kind, headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)),
                            **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def trust(port):
    """The flag that makes Chromium trust the certificate that is served there."""
    leaf = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"],
                          stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
    key = subprocess.run(["openssl", "x509", "-noout", "-pubkey"], input=leaf,
                         capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key,
                         capture_output=True, check=True).stdout
    return ("--ignore-certificate-errors-spki-list=" +
            base64.b64encode(hashlib.sha256(der).digest()).decode())


class Site:
    def __enter__(self):
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Pages, directory=CLIENT))
        self.port = self._server.server_port
        self.origin = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Cutter:
    """Passes bytes on both ways. Each of the first `times` connections that carry a
    WebSocket breaks when so many bytes have come back over it: a few replies, and the
    last of them in the middle."""

    def __init__(self, port, times):
        self._to, self.left, self._lock = port, times, threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._all = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                c, _ = self._server.accept()
                to = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._all += [c, to]
            budget = [None]
            threading.Thread(target=self._pass, args=(c, to, budget, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(to, c, budget, False), daemon=True).start()

    def _budget(self):
        with self._lock:
            self.left -= 1
            return 700 + 61 * self.left if self.left >= 0 else 1 << 40

    def _pass(self, source, sink, budget, request):
        try:
            while piece := source.recv(512 if not request else 65536):
                if request and budget[0] is None:
                    budget[0] = self._budget() if b"Upgrade: websocket" in piece else 1 << 40
                if not request:
                    piece = piece[:budget[0]]
                    budget[0] -= len(piece)
                sink.sendall(piece)
                if not request and not budget[0]:
                    break
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for s in self._all:
            s.close()
