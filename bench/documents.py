"""What documents cost beside the time: bytes on the wire, and memory while nobody prints."""
import glob
import os
import struct
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "test", "lib"))
import platen  # noqa: E402

WIDTH = 576
BLOCK_ROWS, BLOCK_HEAD = 128, 8
REST_S = 5
TYPES = {"txt": "text/plain", "receipt": "text/vnd.receiptline", "html": "text/html",
         "json": "application/vnd.platen.receipt+json", "pdf": "application/pdf",
         "png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}


def corpus(*folders):
    """(path, media type) of each document that is text, in test/paper/FOLDER."""
    paths = (p for f in folders for p in glob.glob(os.path.join(ROOT, "test", "paper", f, "*")))
    return [(p, TYPES[p.rsplit(".", 1)[-1]]) for p in sorted(paths)
            if p.rsplit(".", 1)[-1] in ("txt", "receipt", "json", "html")]


def daemon(bench, sink):
    os.environ["PLATEN_BUILD"] = bench.build
    return platen.Daemon(f'printer till {{ uri = "socket://127.0.0.1:{sink.port}" cooldown = 0 '
                         "status-polling = no confirm = none }\n")


def send(d, path, body, media, **options):
    r = d.post(path, body, type=media, headers={"Platen-Options": platen.json.dumps(options)})
    if r.status not in (200, 201):
        raise SystemExit(f"{path}: {r}")
    return r


def sizes(d, sink, path, media):
    """Bytes of a document: as plain GS v 0, as we send its dots, and with the printer's fonts."""
    with open(path, "rb") as f:
        body = f.read()
    picture = send(d, "/v1/preview?printer=till", body, media, engine="builtin", raster=True).body
    rows = struct.unpack(">I", picture[20:24])[0]
    plain = rows * WIDTH // 8 + BLOCK_HEAD * -(-rows // BLOCK_ROWS)
    found = [plain]
    for raster in (True, False):
        before = len(sink.jobs)
        r = send(d, "/v1/printers/till/jobs", body, media, engine="builtin", raster=raster)
        d.wait_job(r.json["id"], "done", seconds=60)
        platen.wait_until(lambda b=before: len(sink.jobs) > b, "the bytes")
        found.append(len(sink.jobs[-1]))
    return found


def wire_bytes(bench):
    kinds = [("receipts", corpus("receipt")), ("receipts and pages",
             corpus("receipt", "html", "till"))]
    rows = []
    with platen.Sink() as sink, daemon(bench, sink) as d:
        for text, documents in kinds:
            all_of_them = [sizes(d, sink, *document) for document in documents]
            rows.append((text, len(documents), *(sum(column) for column in zip(*all_of_them))))
    bench.head("bytes on the wire, ESC/POS", "documents", "plain GS v 0", "dots", "/ plain",
               "with the printer's fonts", "/ plain")
    for text, count, plain, dots, fonts in rows:
        bench.row(text, str(count), str(plain), str(dots), f"{dots / plain:.2f}", str(fonts),
                  f"{fonts / plain:.2f}")
    bench.say()
    for text, _, plain, dots, _ in rows:
        bench.goal(f"{text} as dots / plain GS v 0", dots / plain, 0.65)


def family(pid):
    """A process and all that come from it."""
    found = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
            for child in f.read().split():
                found += family(int(child))
    return found


def pss_mb(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("Pss:")) / 1024


def memory(d):
    """PSS of the daemon, and of the renderer's processes together."""
    time.sleep(REST_S)
    own, *others = family(d.child.process.pid)
    return pss_mb(own), sum(map(pss_mb, others)), len(others)


def render_idle(bench):
    """Before the first document, and after one of each kind."""
    with platen.Sink() as sink, daemon(bench, sink) as d:
        rows = [("started", *memory(d))]
        folder = os.path.join(ROOT, "test", "paper", "till")
        for name in sorted(os.listdir(folder)):
            media = TYPES.get(name.rsplit(".", 1)[-1])
            if media:
                with open(os.path.join(folder, name), "rb") as f:
                    r = send(d, "/v1/printers/till/jobs", f.read(), media, engine="builtin")
                d.wait_job(r.json["id"], "done", seconds=60)
        rows.append(("after a document of each kind", *memory(d)))
    bench.head("idle, PSS in MB", "daemon", "renderer", "its processes", "together")
    for text, own, others, count in rows:
        bench.row(text, f"{own:.1f}", f"{others:.1f}", str(count), f"{own + others:.1f}")
    bench.say()
    bench.goal("PSS of the daemon and the renderer, MB", max(r[1] + r[2] for r in rows), 40)
