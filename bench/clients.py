"""The part "clients" of run.py: what a WebSocket client costs, and many of them at once.

Clients are test/lib/crowd.py's, from as many loopback addresses as they need; they speak
PrinterWebSocket. Each has asked once and been answered before memory is looked at, and as
many came and went before, so that what is counted is theirs.
"""
import os
import socket
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "test", "lib"))

PLAIN, TLS, PRINTING, WARM = 10000, 1000, 1000, 64
SPREADS = 5


def measure_memory(crowd, daemon, port, count, tls):
    import platen
    with crowd.Crowd(port, WARM, tls) as first:
        first.ask_all()
    platen.wait_until(lambda: daemon.admin("GET", "/v1/clients").json["count"] == 0, "an end")
    before = crowd.pss(daemon.pid)
    many = crowd.Crowd(port, count, tls)
    many.ask_all()
    return many, (crowd.pss(daemon.pid) - before) / count


def measure_spreads(crowd, many, port):
    """First and last to hear, ms; the printer listens again for each."""
    found = []
    for _ in range(SPREADS):
        many.shaky = socket.create_server(("127.0.0.1", port))
        found.append(crowd.one_spread(many))
        many.listen(lambda *_: None, lambda: False, 1.1)  # the next is news at once
    return [statistics.median(f[i] for f in found) for i in (0, 1)]


def clients(bench):
    os.environ["PLATEN_BUILD"] = bench.build
    import crowd
    import platen
    if not crowd.enough_files(PLAIN):
        bench.say(f"\nclients: left out, {PLAIN} files must be allowed to be open")
        return
    port, tls_port, shaky = (platen.free_port() for _ in range(3))
    sim = platen.Sim(4).start()
    try:
        conf = crowd.conf(port, tls_port, sim.ports, shaky)
        with platen.Daemon(conf) as daemon:
            many, tls_each = measure_memory(crowd, daemon, tls_port, TLS, True)
            many.close()
        with platen.Daemon(conf) as daemon:
            many, each = measure_memory(crowd, daemon, port, PLAIN, False)
            with many:
                first, last = measure_spreads(crowd, many, shaky)
                took = many.print_at_once(PRINTING, ["P0", "P1", "P2", "P3"])
                papers = sum(len(sim.wait_papers(PRINTING // 4, p)) for p in sim.ports)
    finally:
        sim.close()
    bench.head(f"{PLAIN:,} WebSocket clients", "")
    bench.row("PSS for each, bytes", f"{each:.0f}")
    bench.row(f"PSS for each of {TLS:,} over TLS, bytes", f"{tls_each:.0f}")
    bench.row("a change of state: first told, ms", f"{first:.0f}")
    bench.row("... last told, ms", f"{last:.0f}")
    bench.row(f"{PRINTING:,} of them print at once: all answered, s", f"{took:.2f}")
    bench.row("... papers", str(papers))
    bench.say()
    bench.goal("memory of a client, bytes", each, 2048)
    bench.goal("memory of a client over TLS, bytes", tls_each, 20480)
    bench.goal("the last of them is told, ms", last, 250)
    bench.goal("papers lost or printed twice", abs(PRINTING - papers), 0)
