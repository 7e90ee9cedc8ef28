#!/usr/bin/env python3
"""The end and the beginning: SIGTERM, SIGKILL, SIGHUP, a second daemon, ports that
somebody else has."""
import signal
import socket
import subprocess
import time
import unittest

from shop import INIT, Case, platen, texts, wire
from platen import wait_until


class Restart(Case):
    def test_sigterm_drains(self):
        """What is on a wire is finished; what waits is printed after the start, in order."""
        printer = self.peer()
        d = self.shop({"till": printer}, options="chunk-delay = 300")
        for text in texts(4):
            self.accepted(d.print(printer, text))
        d.wait_job(1, "sending")
        self.assertEqual(d.stop(), 0)
        self.assertEqual(printer.papers(), [wire(texts(1)[0])])
        d.options = ""
        d.rewrite()
        d.start()
        self.papers(printer, *map(wire, texts(4)))
        self.assertEqual([d.job(i)["attempts"] for i in range(1, 5)], [1] * 4)

    def test_draining_takes_nothing(self):
        """A connection that is kept open is told 503 while the daemon drains."""
        printer = self.peer()
        d = self.shop({"till": printer}, options="chunk-delay = 1000")
        c = platen.http.client.HTTPConnection("127.0.0.1", d.port, timeout=20)
        self.addCleanup(c.close)
        c.request("GET", "/livez")
        c.getresponse().read()
        self.accepted(d.print(printer, b"x"))
        d.wait_job(1, "sending")
        d.child.signal(signal.SIGTERM)
        wait_until(lambda: "draining" in d.log, "draining")
        c.request("POST", "/v1/printers/till/jobs", b"y")
        r = c.getresponse()
        self.assertEqual((r.status, r.getheader("Retry-After")), (503, "5"))
        self.assertEqual(platen.json.loads(r.read())["error"], "Shutting down")
        self.assertEqual(d._end(None), 0)  # a second SIGTERM would interrupt the job
        self.assertEqual(printer.papers(), [wire(b"x")])

    def killed_while_sending(self, options):
        printer = self.peer()
        d = self.shop({"till": printer}, options="chunk-delay = 700")
        self.accepted(d.print(printer, b"one", b"two"))
        self.accepted(d.print(printer, b"next"))
        wait_until(lambda: printer.papers() == [INIT + b"one"], "the first chunk")
        d.kill9()
        d.options = options
        d.rewrite()
        d.start()
        return d, printer

    def test_sigkill_hold(self):
        d, printer = self.killed_while_sending("on-doubt = hold")
        self.assertEqual(d.wait_job(1, "unconfirmed")["hold"], "doubt")
        self.papers(printer, INIT + b"one", wire(b"next"))

    def test_sigkill_reprint(self):
        d, printer = self.killed_while_sending("")
        self.papers(printer, INIT + b"one", wire(b"one", b"two"), wire(b"next"))
        self.assertEqual(d.notes(1), ["reprint"])

    def test_sigkill_drop(self):
        d, printer = self.killed_while_sending("on-doubt = drop")
        self.assertEqual(d.job(1)["state"], "failed")
        self.papers(printer, INIT + b"one", wire(b"next"))

    def test_every_unfinished_job_is_taken_up(self):
        printer = self.peer(on=False)
        d = self.shop({"till": printer})
        for text in texts(20):
            self.accepted(d.print(printer, text))
        due = int(time.time() * 1000) + 800
        self.accepted(d.print(printer, b"due", runAt=due))
        self.accepted(d.print(printer, b"later", runAt=due + 3600000))
        d.kill9()
        wait_until(lambda: time.time() * 1000 > due, "its time")
        d.start()
        printer.on()
        platen.wait_until(lambda: len(printer.papers()) == 21 and not printer.open, "21 papers")
        self.assertEqual(sorted(printer.papers()), sorted(map(wire, [*texts(20), b"due"])))
        inner = [p for p in printer.papers() if p != wire(b"due")]
        self.assertEqual(inner, [wire(t) for t in texts(20)])
        self.assertEqual(d.job(22)["state"], "scheduled")
        self.assertEqual(self.accepted(d.print(printer, b"x")), "23")


class Reload(Case):
    def test_printers_come_and_go(self):
        """A removed printer finishes what is on its wire; its jobs wait for its return."""
        a, b = self.peer(), self.peer()
        d = self.shop({"a": a}, options="chunk-delay = 400")
        for text in texts(3):
            self.accepted(d.print(a, text))
        d.wait_job(1, "sending")
        d.printers, d.options = {"b": b}, ""
        d.more = "daemon { log-level = debug }"
        d.reload()
        d.submit("b", b"hello")
        self.papers(b, INIT + b"hello")
        d.wait_job(1, "done")
        self.papers(a, wire(texts(1)[0]))
        self.assertEqual([d.job(i)["state"] for i in (2, 3)], ["queued", "queued"])
        d.kill9()
        d.start()
        self.assertEqual([d.job(i)["state"] for i in (2, 3)], ["queued", "queued"])
        d.printers = {"a": a, "b": b}
        d.reload()
        self.papers(a, *map(wire, texts(3)))
        self.assertEqual(self.accepted(d.print(a, b"x")), "4")

    def test_jobs_go_on_while_others_change(self):
        a, b = self.peer(), self.peer()
        d = self.shop({"a": a})
        for i in range(10):
            for text in texts(30)[i * 3:i * 3 + 3]:
                self.accepted(d.print(a, text))
            d.printers = {"a": a} if i % 2 else {"a": a, "b": b}
            d.reload()
        self.papers(a, *map(wire, texts(30)))

    def test_a_mistake_changes_nothing(self):
        a = self.peer()
        d = self.shop({"a": a})
        d.write_conf(d.conf + "printer broken { nonsense = 1 }\n")
        d.child.signal(signal.SIGHUP)
        wait_until(lambda: "nonsense" in d.log, "the complaint")
        self.accepted(d.print(a, b"x"))
        self.papers(a, wire(b"x"))

    def test_a_client_with_a_key_and_a_printer_that_goes(self):
        a = self.peer()
        d = self.shop({"a": a})
        for i in range(20):
            d.printers = {} if i % 2 else {"a": a}
            d.rewrite()
            d.child.signal(signal.SIGHUP)
            r = d.print(a, b"x", headers={"Idempotency-Key": f"k{i}"})
            self.assertEqual(r.status, 200, r)
        self.assertTrue(d.child.alive())


class Alone(Case):
    def test_second_daemon_on_the_same_state(self):
        printer = self.peer()
        d = self.shop({"till": printer})
        other = platen.Daemon("", state=d.state)
        done = subprocess.run([platen.program("platend"), "-c", other.config_path, "--state",
                               d.state], capture_output=True, timeout=20, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"in use", done.stderr + done.stdout)
        self.accepted(d.print(printer, b"x"))
        self.papers(printer, wire(b"x"))

    def listener(self, d, name):
        r = d.get("/readyz?verbose")
        return next(x for x in r.json["listeners"] if x["name"] == name)

    def test_port_in_use(self):
        """An error of that listener only; bound again after 30 s, or by a reload."""
        d = self.shop({}, start=False)
        with socket.create_server(("127.0.0.1", d.plato)):
            d.start()
            found = self.listener(d, "plato")
            self.assertEqual(found["state"], "error")
            self.assertIn(f"ort {d.plato} is in use", found["reason"])
            self.assertEqual(self.listener(d, "native")["state"], "open")
        wait_until(lambda: self.listener(d, "plato")["state"] == "open", "the port", seconds=40)
        self.assertEqual(d.get("/health", port=d.plato).status, 200)

    def test_port_in_use_until_a_reload(self):
        d = self.shop({}, start=False)
        with socket.create_server(("127.0.0.1", d.plato)):
            d.start()
            self.assertEqual(self.listener(d, "plato")["state"], "error")
        d.reload()
        self.assertEqual(self.listener(d, "plato")["state"], "open")
        self.assertNotIn("reason", self.listener(d, "plato"))

    def test_one_of_two_addresses(self):
        port = platen.free_port()
        d = self.shop({}, more=f"listen two {{ dialect = plato address = "
                      f"{{\"127.0.0.1:{port}\", \"127.0.0.2:{port}\"}} }}", start=False)
        with socket.create_server(("127.0.0.1", port)):
            d.start()
            self.assertEqual(self.listener(d, "two")["state"], "partial")

    def test_no_port_at_all(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
            d = platen.Daemon(f'listen native {{ address = {{"127.0.0.1:{port}"}} tls = off }}')
            d.start(wait=False)
            self.assertNotEqual(d.child.wait(), 0)
            self.assertIn("No listener could be bound", d.log)
            d.child = None
            d.close()


if __name__ == "__main__":
    unittest.main()
