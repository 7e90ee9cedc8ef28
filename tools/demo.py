#!/usr/bin/env python3
"""make demo: platend, a simulated printer and one receipt on its paper.

demo.py BUILD
"""
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WAIT_S = 15
STOP_S = 30


def free(port):
    """`port` if nobody has it, else one that nobody has."""
    for candidate in (port, 0):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", candidate))
                return s.getsockname()[1]
            except OSError:
                continue
    raise SystemExit("demo: there is no free port")


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def receipt(paper):
    """The JSON is written after the picture that it describes."""
    done = glob.glob(paper + "/*.json")
    return done and done[0][:-len("json")] + "png"


class Shop:
    """The programs, each with a log in `home`. A terminal's Ctrl-C is ours alone,
    so that they end in our order."""

    def __init__(self, build, home):
        self.build, self.home, self.children = build, home, {}

    def start(self, name, *args):
        with open(os.path.join(self.home, name + ".log"), "wb") as log:
            self.children[name] = subprocess.Popen(
                [os.path.join(self.build, name), *args], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)

    def ended(self):
        return next((n for n, c in self.children.items() if c.poll() is not None), None)

    def fail(self, sentence):
        for name in self.children:
            with open(os.path.join(self.home, name + ".log"), encoding="utf-8",
                      errors="replace") as log:
                print("".join(log.readlines()[-20:]), end="")
        raise SystemExit("demo: " + sentence)

    def wait(self, what, ready):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            found = ready()
            if found:
                return found
            if self.ended():
                self.fail(self.ended() + " has ended")
            time.sleep(0.05)
        self.fail("%s did not come within %d s" % (what, WAIT_S))

    def stop(self):
        for child in reversed(self.children.values()):
            child.terminate()
            try:
                child.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()


# Listeners of the demo: dialect, its usual port, what people know it as.
DIALECTS = [("native", 6310, "The console", "http"), ("plato", 8080, "Plato's API", "http"),
            ("print-bridge", 3456, "Print Bridge", "http"),
            ("printer-websocket", 8765, "PrinterWebSocket", "ws"),
            ("pispas", 5005, "pispas", "ws"), ("viewer", 8081, "The command viewer", "http"),
            ("viewer-feed", 9001, None, "ws")]


def configure(path, ports, printer):
    with open(path, "w", encoding="utf-8") as f:
        for dialect, port in ports.items():
            f.write("listen %s {\n  address = {127.0.0.1:%d}\n}\n" % (dialect, port))
        f.write("printer counter { uri = socket://127.0.0.1:%d }\n" % printer)


def main():
    build = os.path.join(TOP, sys.argv[1])
    home = os.path.join(build, "demo")
    shutil.rmtree(home, ignore_errors=True)
    paper, state, conf = (os.path.join(home, n) for n in ("paper", "state", "platen.conf"))
    os.makedirs(paper)
    ports = {dialect: free(port) for dialect, port, _, _ in DIALECTS}
    native, printer = ports["native"], free(9100)
    configure(conf, ports, printer)
    shop = Shop(build, home)

    def interrupt(*_):
        raise KeyboardInterrupt

    # SIGINT too: a shell that starts us in the background has us ignore it
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, interrupt)
    try:
        shop.start("platen-sim", "printer", "--listen", "127.0.0.1:%d" % printer, "--paper", paper)
        shop.start("platend", "-c", conf, "--state", state)
        shop.wait("the simulated printer", lambda: answers(printer))
        shop.wait("the console", lambda: answers(native))
        subprocess.run([os.path.join(build, "platen"), "--state", state, "print",
                        os.path.join(TOP, "examples", "receipt.escpos"), "-p", "counter"],
                       check=True, stdout=subprocess.DEVNULL)
        print("The receipt:         " + os.path.abspath(shop.wait("the receipt", lambda: receipt(paper))))
        for dialect, _, name, scheme in DIALECTS:
            if name:
                print("%-20s %s://127.0.0.1:%d/" % (name + ":", scheme, ports[dialect]))
        print("Serving until Ctrl-C.", flush=True)
        while not shop.ended():
            time.sleep(0.2)
        shop.fail(shop.ended() + " has ended")
    except KeyboardInterrupt:
        return 0
    finally:
        shop.stop()


sys.exit(main())
