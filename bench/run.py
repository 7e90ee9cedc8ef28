#!/usr/bin/env python3
"""What platend costs, side by side with the least that its promise could cost.

    bench/run.py [--check] [--only PART,...] [--results FILE] [BUILD]

Starts the daemon with configurations of its own on free ports, the state on a
real disk; bench/load makes the jobs and takes the times. bench/README.md says
what is compared with what. The exit status is 0, or with --check 1 when a goal
is missed.
"""

import argparse
import base64
import contextlib
import http.client
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import browsers
from clients import clients
from documents import render_idle, wire_bytes

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROUNDS = 300        # of one client's samples
FLOODS = 9          # of 64 clients, each with the single writer before it
FLOOD_JOBS = 1500
APPEND_MS = 200     # of the single writer
STARTS = 20
IDLE_S = 10
POLLS_S = 30
OPEN_JOBS = 10000   # in the journal of a start
READY_S = 20
DRAWINGS = 15

FAST = "cooldown = 0 chunk-delay = 0 status-polling = no retry-delay = 600000 queue-jobs = 1000000"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def address(number):
    """The address of printer 1, 2, ...; all are this machine."""
    return f"127.0.{number >> 8}.{number & 255}"


# --- the programs ----------------------------------------------------------------

class Bench:
    """Where the programs and the disk are."""

    def __init__(self, build):
        self.build = build
        self.dir = tempfile.mkdtemp(prefix="bench-", dir=build)
        self.goals = []
        self.lines = []

    def path(self, *names):
        return os.path.join(self.build, *names)

    def make(self):
        subprocess.run(["ninja", "-C", self.build, "src/app/platend", "bench/load", "bench/store",
                        "sim/platen-sim", "bench/draw", "src/render/platen-render"],
                       check=True, stdout=subprocess.DEVNULL)

    def load(self, *args):
        r = subprocess.run([self.path("bench", "load"), *map(str, args)], check=True,
                           stdout=subprocess.PIPE, timeout=120)
        return json.loads(r.stdout)

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    # The table.
    def head(self, title, *columns):
        self.say()
        self.say(f"| {title} | " + " | ".join(columns) + " |")
        self.say("|---|" + "---:|" * len(columns))

    def row(self, name, *values):
        self.say(f"| {name} | " + " | ".join(values) + " |")

    def goal(self, sentence, value, limit, most=True):
        met = value <= limit if most else value >= limit
        self.goals.append(met)
        self.say(f"- {'met' if met else 'MISSED'}: {sentence}: {value:.2f} "
                 f"(at {'most' if most else 'least'} {limit:g})")

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)


class Daemon:
    """platend on a native and a Plato port, with so many printers."""

    def __init__(self, bench, printers=0, sink_port=9, fast=True, ports=()):
        self.dir = tempfile.mkdtemp(dir=bench.dir)
        self.native, self.plato = free_port(), free_port()
        self.conf = os.path.join(self.dir, "platen.conf")
        self.program = bench.path("src", "app", "platend")
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(self._text(printers, sink_port, FAST if fast else ""))
            for port in ports:
                f.write(f'printer q{port} {{ uri = "socket://127.0.0.1:{port}" }}\n')

    def _text(self, printers, sink_port, options):
        lines = [
            "daemon { queue-jobs = 1000000 queue-bytes = 4294967296 log-level = warn }",
            f'listen native {{ address = {{"127.0.0.1:{self.native}"}} }}',
            f'listen plato {{ dialect = plato address = {{"127.0.0.1:{self.plato}"}} }}',
        ]
        for n in range(1, printers + 1):
            lines.append(f'printer p{n} {{ uri = "socket://{address(n)}:{sink_port}" {options} }}')
        return "\n".join(lines) + "\n"

    def start(self):
        """Milliseconds from exec to the first 200 of /readyz."""
        begun = time.monotonic()
        self.process = subprocess.Popen([self.program, "-c", self.conf, "--state",
                                         os.path.join(self.dir, "state")])
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() - begun > READY_S:
                raise SystemExit("platend does not start")
            time.sleep(0.0005)
        return (time.monotonic() - begun) * 1000

    def _ready(self):
        c = http.client.HTTPConnection("127.0.0.1", self.native, timeout=READY_S)
        try:
            c.request("GET", "/readyz")
            return c.getresponse().status == 200
        except OSError:
            return False
        finally:
            c.close()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(60)

    def get(self, path):
        c = http.client.HTTPConnection("127.0.0.1", self.native, timeout=READY_S)
        try:
            c.request("GET", path)
            return c.getresponse().read().decode()
        finally:
            c.close()

    def memory(self):
        """RSS and PSS in MB."""
        found = {}
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as f:
            for line in f:
                name, _, rest = line.partition(":")
                found[name] = rest.split()[0]
        return int(found["Rss"]) / 1024, int(found["Pss"]) / 1024

    def cpu_ms(self):
        """Of all threads that live."""
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/schedstat", encoding="ascii") as f:
                total += int(f.read().split()[0])
        return total / 1e6

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


# --- the parts -------------------------------------------------------------------

def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def latency(bench):
    port = free_port()
    with Daemon(bench, 1, port) as daemon:
        us = bench.load("latency", daemon.plato, port, bench.dir, ROUNDS)
    names = {
        "bare": "connect + write",
        "floor": "append + fdatasync + connect + write: the floor",
        "filled": "the same over a file written before",
        "accept": "POST /print to its answer",
        "first_byte": "POST /print to the printer's first byte",
    }
    floor = statistics.median(us["floor"])
    bench.head("one client, 4 KB, us", "p50", "p95", "p99", "p50 / floor")
    for name, text in names.items():
        middle = statistics.median(us[name])
        bench.row(text, f"{middle:.0f}", f"{percentile(us[name], .95):.0f}",
                  f"{percentile(us[name], .99):.0f}", f"{middle / floor:.2f}")
    bench.say()
    bench.goal("accept p50 over the floor", statistics.median(us["accept"]) / floor, 1.6)
    bench.goal("first byte p50 over the floor", statistics.median(us["first_byte"]) / floor, 2.5)


def flood_rounds(bench, printers):
    """Jobs/s: of one writer, accepted, printed; a round each."""
    port = free_port()
    rounds = []
    with Daemon(bench, printers, port) as daemon:
        bench.load("flood", daemon.plato, port, printers, printers)  # reached before
        for _ in range(FLOODS):
            one = bench.load("append", bench.dir, APPEND_MS)
            r = bench.load("flood", daemon.plato, port, printers, FLOOD_JOBS)
            rounds.append((one["count"] * 1e6 / one["us"], r["jobs"] * 1e6 / r["accepted_us"],
                           r["jobs"] * 1e6 / r["printed_us"]))
    return rounds


def flood(bench):
    kinds = {n: flood_rounds(bench, n) for n in (1, 100)}
    bench.head("many clients, 4 KB, jobs/s", "one writer", "accepted", "/ one writer", "printed",
               "/ one writer")
    ratios = {}
    for printers, rounds in kinds.items():
        single, accepted, printed = (statistics.median(r) for r in zip(*rounds))
        ratios[printers] = statistics.median(a / s for s, a, _ in rounds)
        bench.row(f"64 connections, {printers} printer{'s' if printers > 1 else ''}",
                  f"{single:.0f}", f"{accepted:.0f}", f"{ratios[printers]:.2f}", f"{printed:.0f}",
                  f"{statistics.median(p / s for s, _, p in rounds):.2f}")
    bench.say()
    for printers, ratio in ratios.items():
        bench.goal(f"durable accepts/s over one writer's, {printers} printer(s)", ratio, 2.5,
                   most=False)


def start_workers(bench, daemon, printers, port):
    r = subprocess.Popen([bench.path("bench", "load"), "sink", str(port)], stdout=subprocess.PIPE)
    r.stdout.readline()
    bench.load("queue", daemon.plato, port, printers, printers)
    while daemon.threads() < printers:
        time.sleep(0.1)
    time.sleep(2)
    return r


def idle(bench):
    """All at once: they do nothing."""
    port = free_port()
    kinds = [("no printers", 0), ("100 printers", 100), ("1,000 printers", 1000),
             ("1,000 printers, each has printed", 1000)]
    rows = []
    with contextlib.ExitStack() as stack:
        daemons = [stack.enter_context(Daemon(bench, n, port, fast=False)) for _, n in kinds]
        sink = start_workers(bench, daemons[-1], 1000, port)
        time.sleep(3)
        before = [d.cpu_ms() for d in daemons]
        time.sleep(IDLE_S)
        for (text, _), d, was in zip(kinds, daemons, before):
            rss, pss = d.memory()
            rows.append((text, rss, pss, (d.cpu_ms() - was) / IDLE_S, d.threads()))
        sink.terminate()
        sink.wait()
        sink.stdout.close()
    bench.head("idle", "RSS MB", "PSS MB", "CPU ms/s", "threads")
    for text, rss, pss, cpu, threads in rows:
        bench.row(text, f"{rss:.1f}", f"{pss:.1f}", f"{cpu:.2f}", str(threads))
    bench.say()
    bench.goal("RSS with no printers, MB", rows[0][1], 12)
    bench.goal("RSS with 1,000 printers, MB", rows[2][1], 48)


def poll_counts(daemon):
    """Answered polls by the bucket of their time, cumulative: {seconds: count}; and the rest."""
    text = daemon.get("/metrics")
    found = {float(le): int(n) for le, n in
             re.findall(r'platen_poll_seconds_bucket\{le="(.+?)"\} (\d+)', text)}
    return found, sum(int(n) for result, n in re.findall(
        r'platen_polls_total\{result="(.+?)"\} (\d+)', text) if result != "answered")


def polls(bench):
    """1,000 printers that answer, asked every 5 s."""
    first = 20000
    sim = subprocess.Popen([bench.path("sim", "platen-sim"), "printer", "--listen",
                            f"127.0.0.1:{first}", "--count", "1000", "--paper",
                            os.path.join(bench.dir, "paper"), "--no-png", "--no-json"],
                           stdout=subprocess.PIPE)
    try:
        if not sim.stdout.readline():
            raise SystemExit("platen-sim does not start")
        with Daemon(bench, ports=range(first, first + 1000)) as daemon:
            time.sleep(10)  # who they are, and how they prove a print
            before, bad, cpu = *poll_counts(daemon), daemon.cpu_ms()
            time.sleep(POLLS_S)
            after, bad_after = poll_counts(daemon)
            cpu = (daemon.cpu_ms() - cpu) / POLLS_S / 10
            rss, pss = daemon.memory()
    finally:
        sim.terminate()
        sim.wait()
        sim.stdout.close()
    count = {le: n - before[le] for le, n in after.items()}
    answered = count[float("inf")]
    bench.head("1,000 printers polled every 5 s", "polls/s", "CPU % of a core", "RSS MB", "PSS MB",
               *(f"within {le * 1000:g} ms" for le in (0.001, 0.002, 0.005)))
    bench.row(f"{POLLS_S} s", f"{answered / POLLS_S:.0f}", f"{cpu:.1f}", f"{rss:.1f}",
              f"{pss:.1f}", *(f"{100 * count[le] / answered:.1f} %" for le in (.001, .002, .005)))
    bench.say()
    bench.goal("CPU of polls, % of a core", cpu, 10)
    bench.goal("RSS with 1,000 printers polled, MB", rss, 48)
    bench.goal("polls within 5 ms, %", 100 * count[.005] / answered, 99, most=False)
    bench.goal("polls that failed", bad_after - bad, 0)


def starts(daemon):
    times = []
    for _ in range(STARTS):
        times.append(daemon.start())
        daemon.stop()
    return times


def start(bench):
    port = free_port()
    plain, many, full = Daemon(bench), Daemon(bench, 1000, port), Daemon(bench, 100, port)
    first = plain.start()
    plain.stop()
    many.start()
    many.stop()
    full.start()
    bench.load("queue", full.plato, port, 100, OPEN_JOBS)
    full.stop()
    rows = [("existing state", starts(plain), 100), ("existing state, 1,000 printers",
            starts(many), None), ("existing state, 10,000 waiting jobs", starts(full), 1000)]
    bench.head("exec to ready, ms", "p50", "p95")
    bench.row("first start ever", f"{first:.0f}", "")
    for text, times, _ in rows:
        bench.row(text, f"{statistics.median(times):.0f}", f"{percentile(times, .95):.0f}")
    bench.say()
    for text, times, limit in rows:
        if limit:
            bench.goal(f"p50 of {STARTS} starts, {text}, ms", statistics.median(times), limit)


def store(bench):
    r = subprocess.run([bench.path("bench", "store"), tempfile.mkdtemp(dir=bench.dir)], check=True,
                       stdout=subprocess.PIPE, text=True)
    bench.head("the store alone, 4 KB, us", "commit", "p99", "jobs/s", "append + fdatasync",
               "commit / append")
    for line in r.stdout.splitlines()[2:]:
        jobs, accept, late, rate, raw, _, ratio = line.split()
        bench.row(f"{jobs} job{'s' if jobs != '1' else ''} in a commit", accept, late, rate, raw,
                  ratio)


# A grey photograph and lines of text, 576 x 2000, as a till might send it; and what
# Pillow's plain conversion and the steps of python-escpos take for it, in ms.
PILLOW = """
import io, json, math, sys, time
from PIL import Image, ImageDraw, ImageOps
picture = Image.new("L", (576, 2000), 255)
dots, draw = picture.load(), ImageDraw.Draw(picture)
for y in range(900):
    for x in range(576):
        dots[x, y] = int(127 + 60 * math.sin(x / 37 + y / 91) + 40 * math.sin(x * y / 9000)
                         + (x * 7919 + y * 104729) % 23 - 11) & 255
for y in range(920, 1980, 18):
    draw.text((10, y), "Espresso  2 x 2.40            4.80   Milch 1.5% 0.99", fill=0)
picture.save(sys.argv[1])
with open(sys.argv[1], "rb") as f:
    png = f.read()

def plain():
    return Image.open(io.BytesIO(png)).convert("1").tobytes()

def escpos():
    source = Image.open(io.BytesIO(png)).convert("RGBA")
    flat = Image.new("RGB", source.size, (255, 255, 255))
    flat.paste(source, mask=source.split()[3])
    return ImageOps.invert(flat.convert("L")).convert("1").tobytes()

def took(make):
    begun = time.perf_counter()
    make()
    return (time.perf_counter() - begun) * 1e3

print(flush=True)
for line in sys.stdin:
    print(json.dumps([took(plain), took(escpos)]), flush=True)
"""


def drawn(bench, *args):
    """Medians in ms until the last byte and until the first, and the bytes."""
    r = subprocess.run([bench.path("bench", "draw"), *map(str, args)], check=True,
                       stdout=subprocess.PIPE, timeout=120)
    told = json.loads(r.stdout)
    return (statistics.median(told["us"]) / 1e3, statistics.median(told["first_us"]) / 1e3,
            told["bytes"])


# receiptline's transform of the same document, warmed; medians in ms of each round.
RECEIPTLINE = """
const receiptline = require("receiptline");
const text = require("fs").readFileSync(process.argv[1], "utf8");
const printer = { cpl: 48, encoding: "multilingual", command: "escpos" };
const round = n => {
	const times = [];
	for (let i = 0; i < n; i++) {
		const begun = process.hrtime.bigint();
		receiptline.transform(text, printer);
		times.push(Number(process.hrtime.bigint() - begun) / 1e6);
	}
	return times.sort((a, b) => a - b)[n >> 1];
};
round(+process.argv[2]);
console.log("");
require("readline").createInterface({ input: process.stdin })
	.on("line", () => console.log(round(+process.argv[3])));
"""


@contextlib.contextmanager
def receiptline(bench, document, warm, rounds):
    """A function that returns what so many of its transforms take, in ms."""
    if not os.path.isdir(os.path.join(bench.dir, "node_modules")):
        subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", bench.dir,
                        "receiptline@4.0.4"], check=True, stdout=subprocess.DEVNULL)
    with subprocess.Popen(["node", "-e", RECEIPTLINE, document, str(warm), str(rounds)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          cwd=bench.dir) as peer:
        def take():
            peer.stdin.write("\n")
            peer.stdin.flush()
            return float(peer.stdout.readline())
        peer.stdout.readline()
        yield take
        peer.stdin.close()


def first_out(bench, what, rows):
    bench.goal(f"first dots of {what}, warmed, ms", statistics.median(r[1] for r in rows), 2)


def render_picture(bench):
    """The kinds take turns; the peers' interpreter is warm and not in their times."""
    png = os.path.join(bench.dir, "picture.png")
    document = os.path.join(bench.dir, "picture.receipt")
    cage = bench.path("src", "render", "platen-render")
    here, caged, plain, escpos, lines = [], [], [], [], []
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(subprocess.Popen(
            ["/usr/bin/python3", "-c", PILLOW, png], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True))
        peer.stdout.readline()
        with open(png, "rb") as f, open(document, "w", encoding="ascii") as out:
            out.write("{image:" + base64.b64encode(f.read()).decode() + "}\n")
        take = stack.enter_context(receiptline(bench, document, 3, 3))
        for _ in range(DRAWINGS):
            here.append(drawn(bench, "image/png", png, 3))
            caged.append(drawn(bench, "image/png", png, 3, cage))
            peer.stdin.write("\n")
            peer.stdin.flush()
            times = json.loads(peer.stdout.readline())
            plain.append(times[0])
            escpos.append(times[1])
            lines.append(take())
        peer.stdin.close()
    bench.head("a picture of 576 x 2000, PNG to ESC/POS, ms", "p50", "first band", "bytes")
    for text, rows in (("platen, hybrid", here), ("platen, caged", caged)):
        bench.row(text, *(f"{statistics.median(r[i] for r in rows):.1f}" for i in (0, 1)),
                  str(rows[0][2]))
    bench.row("Pillow convert('1')", f"{statistics.median(plain):.1f}", "", str(576 // 8 * 2000))
    bench.row("python-escpos's steps", f"{statistics.median(escpos):.1f}", "", str(576 // 8 * 2000))
    bench.row("receiptline (npm), {image:}", f"{statistics.median(lines):.1f}", "", "")
    bench.say()
    own = statistics.median(r[0] for r in here)
    bench.goal("a picture / Pillow's plain conversion", own / statistics.median(plain), 0.75)
    bench.goal("a picture / python-escpos's steps", own / statistics.median(escpos), 0.45)
    bench.goal("a picture / receiptline", own / statistics.median(lines), 0.1)
    first_out(bench, "a picture", here)


def render_text(bench):
    """A receipt of 16 lines with a logo and a bar code; the kinds take turns."""
    document = os.path.join(ROOT, "test", "paper", "receipt", "shop.receipt")
    cage = bench.path("src", "render", "platen-render")
    here, caged, peers = [], [], []
    with receiptline(bench, document, 400, 100) as take:
        for _ in range(DRAWINGS):
            here.append(drawn(bench, "text/vnd.receiptline", document, 100))
            caged.append(drawn(bench, "text/vnd.receiptline", document, 20, cage))
            peers.append(take())
    bench.head("a text receipt, ReceiptLine to ESC/POS, ms", "p50", "first step", "bytes")
    for text, rows in (("platen", here), ("platen, caged", caged)):
        bench.row(text, *(f"{statistics.median(r[i] for r in rows):.2f}" for i in (0, 1)),
                  str(rows[0][2]))
    bench.row("receiptline (npm)", f"{statistics.median(peers):.2f}", "", "")
    bench.say()
    own = statistics.median(r[0] for r in here)
    bench.goal("a text receipt / receiptline's transform", own / statistics.median(peers), 1.5)
    first_out(bench, "a text receipt", here)


def render_html(bench):
    """A receipt as a web page; the kinds take turns."""
    page = os.path.join(ROOT, "test", "paper", "html", "01-receipt.html")
    cage = bench.path("src", "render", "platen-render")
    here, caged, chains, shots = [], [], [], []
    with browsers.Screenshots(page) as chromium:
        for _ in range(DRAWINGS):
            here.append(drawn(bench, "text/html", page, 50))
            caged.append(drawn(bench, "text/html", page, 10, cage))
            shots.append(statistics.median(chromium.take() for _ in range(5)))
            chains.append(browsers.chain(page, bench.dir))
    bench.head("a receipt, HTML to ESC/POS, ms", "p50", "first step", "bytes")
    for text, rows in (("platen", here), ("platen, caged", caged)):
        bench.row(text, *(f"{statistics.median(r[i] for r in rows):.2f}" for i in (0, 1)),
                  str(rows[0][2]))
    bench.row("Chromium's captureScreenshot, page open", f"{statistics.median(shots):.1f}", "", "")
    bench.row("chromium --print-to-pdf, pdftoppm, convert", f"{statistics.median(chains):.0f}",
              "", "")
    bench.say()
    own = statistics.median(r[0] for r in here)
    bench.goal("print-to-pdf, pdftoppm and convert / an HTML receipt",
               statistics.median(chains) / own, 60, most=False)
    bench.goal("captureScreenshot / an HTML receipt", statistics.median(shots) / own, 8,
               most=False)
    first_out(bench, "an HTML receipt", here)


PARTS = {"latency": latency, "flood": flood, "idle": idle, "polls": polls, "clients": clients,
         "start": start, "store": store, "render-picture": render_picture,
         "render-text": render_text, "render-html": render_html, "render-idle": render_idle,
         "wire-bytes": wire_bytes}


def machine(bench):
    """Its class; no names."""
    with open("/proc/mounts", encoding="ascii") as f:
        mounts = [line.split()[1:3] for line in f]
    here = max((m for m in mounts if os.path.realpath(bench.dir).startswith(m[0])),
               key=lambda m: len(m[0]))
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(f.readline().split()[1]) / 1048576
    return (f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, {here[1]}, "
            f"Linux {platform.release().split('-')[0]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", nargs="?", default="build")
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    parser.add_argument("--only", help="parts: " + ", ".join(PARTS))
    parser.add_argument("--results", help="write the tables there as well")
    args = parser.parse_args()
    bench = Bench(os.path.abspath(args.build))
    try:
        bench.make()
        bench.say("# Bench")
        bench.say()
        bench.say(f"On {machine(bench)}. Medians of one run; bench/README.md says of what.")
        for name in args.only.split(",") if args.only else PARTS:
            PARTS[name](bench)
    finally:
        bench.close()
    bench.say()
    bench.say(f"{sum(bench.goals)} of {len(bench.goals)} goals met.")
    if args.results:
        with open(args.results, "w", encoding="utf-8") as f:
            f.write("\n".join(bench.lines) + "\n")
    return 1 if args.check and not all(bench.goals) else 0


if __name__ == "__main__":
    sys.exit(main())
