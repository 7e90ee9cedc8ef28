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


def wait(what, ready):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit("demo: %s did not come within %d s" % (what, WAIT_S))


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def configure(path, native, plato, printer):
    with open(path, "w", encoding="utf-8") as f:
        f.write("listen native { dialect = native\n  address = {127.0.0.1:%d}\n}\n" % native)
        f.write("listen plato { dialect = plato\n  address = {127.0.0.1:%d}\n}\n" % plato)
        f.write("printer counter { uri = socket://127.0.0.1:%d }\n" % printer)


def main():
    build = os.path.join(TOP, sys.argv[1])
    home = os.path.join(build, "demo")
    shutil.rmtree(home, ignore_errors=True)
    paper, state, conf = (os.path.join(home, n) for n in ("paper", "state", "platen.conf"))
    os.makedirs(paper)
    native, plato, printer = free(6310), free(8080), free(9100)
    configure(conf, native, plato, printer)
    children = []

    def start(*args):
        log = open(os.path.join(home, os.path.basename(args[0]) + ".log"), "wb")
        children.append(subprocess.Popen(args, stdout=log, stderr=log))

    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        start(os.path.join(build, "platen-sim"), "printer", "--listen",
              "127.0.0.1:%d" % printer, "--paper", paper)
        start(os.path.join(build, "platend"), "-c", conf, "--state", state)
        wait("the simulated printer", lambda: answers(printer))
        wait("the console", lambda: answers(native))
        subprocess.run([os.path.join(build, "platen"), "--state", state, "print",
                        os.path.join(TOP, "examples", "receipt.escpos"), "-p", "counter"],
                       check=True, stdout=subprocess.DEVNULL)
        picture = wait("the receipt", lambda: glob.glob(paper + "/**/*.png", recursive=True))
        print("The receipt:  " + os.path.abspath(picture[0]))
        print("The console:  http://127.0.0.1:%d/" % native)
        print("Plato's API:  http://127.0.0.1:%d/" % plato)
        print("Serving until Ctrl-C.", flush=True)
        while all(c.poll() is None for c in children):
            time.sleep(0.2)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        for c in reversed(children):
            c.terminate()
        for c in children:
            c.wait(timeout=30)


sys.exit(main())
