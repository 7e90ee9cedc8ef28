#!/usr/bin/env python3
"""The command line against a running daemon: every command, its JSON, its exit status."""
import datetime
import hashlib
import json
import os
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import platen  # noqa: E402
from platen import Breaker, Daemon, Sink, cli, free_port, wait_until  # noqa: E402

ORIGIN = "https://new.example"
CONF = """
listen native {{ address = {{"127.0.0.1:{{port}}"}} tls = off }}
listen strict {{ dialect = native address = {{"127.0.0.1:{strict}"}} local = token tls = off }}
printer till {{
  uri = "socket://127.0.0.1:{sink}"
  cooldown = 0
  retry-delay = 100
  status-polling = no
}}
origin https://pos.example {{ allow = {{print, status}} }}
"""


class Cli(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sink = Sink()
        cls.addClassCleanup(cls.sink.close)
        cls.strict = free_port()
        cls.d = Daemon(CONF.format(strict=cls.strict, sink=cls.sink.port))
        cls.addClassCleanup(cls.d.close)
        cls.d.start()

    def run_cli(self, *args, status=0, **more):
        ran = cli(*args, state=self.d, **more)
        self.assertEqual(ran.status, status, ran)
        return ran

    def file(self, name, content):
        path = os.path.join(os.path.dirname(self.d.config_path), name)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def submit(self, *args, printer="till", content=b"hello"):
        ran = self.run_cli("print", "-", "-p", printer, "--json", *args, input=content)
        return ran.json["id"]

    # --- print -----------------------------------------------------------------

    def test_print_reaches_the_printer(self):
        path = self.file("receipt.escpos", b"a receipt of its own\n")
        ran = self.run_cli("print", path, "-p", "till", "--wait")
        self.assertRegex(ran.out, r"^job \d+ on till: queued\ndone\n$")
        self.sink.wait_for(b"a receipt of its own\n")

    def test_print_options_reach_the_job(self):
        job = self.submit("--title", "Grüße", "--copies", "2", "--priority", "urgent", "--cut",
                          "full", "--on-doubt", "drop", "--expires", "600", content=b"twice")
        done = self.d.wait_job(job, "done")
        self.assertEqual((done["title"], done["priority"]), ("Grüße", 1))
        self.sink.wait_for(b"twice", 2)
        self.assertEqual(self.sink.bytes.count(b"twice"), 2)

    def test_print_later(self):
        tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
        job = self.submit("--run-at", tomorrow.isoformat())
        self.assertEqual(self.d.job(job)["state"], "scheduled")
        self.run_cli("jobs", "cancel", job)

    def test_same_key_prints_once(self):
        first = self.submit("--key", "order-1", content=b"only one of these")
        self.assertEqual(self.submit("--key", "order-1", content=b"only one of these"), first)
        self.d.wait_job(first, "done")
        self.sink.wait_for(b"only one of these")
        self.assertEqual(self.sink.bytes.count(b"only one of these"), 1)
        ran = self.run_cli("print", "-", "-p", "till", "--key", "order-1", input=b"another",
                           status=1)
        self.assertIn("reused", ran.err)

    def test_print_refusals(self):
        for args, sentence in (
                (["-p", "nobody"], "no printer of this name"),
                (["-p", "till", "--copies", "0"], "copies must be"),
                (["-p", "till", "--cut", "sideways"], "cut must be"),
                (["-p", "till", "--type", "application/zip"], "does not print application/zip"),
                (["-p", "till", "--key", "a\nb"], "line break")):
            ran = self.run_cli("print", "-", *args, input=b"x", status=1)
            self.assertIn(sentence, ran.err)
        self.assertIn("No such file", self.run_cli("print", "/nonexistent", status=1).err)

    def test_refusal_as_json(self):
        ran = self.run_cli("print", "-", "-p", "nobody", "--json", input=b"x", status=1)
        self.assertEqual(ran.json["code"], "not-found")

    def test_wait_tells_the_outcome(self):
        dead = free_port()
        self.run_cli("printers", "add", "gone", f"socket://127.0.0.1:{dead}", "max-attempts=1",
                     "cooldown=0", "retry-delay=100")
        self.run_cli("print", "-", "-p", "gone", "--wait", input=b"x", status=4)
        self.run_cli("printers", "pause", "till")
        self.run_cli("print", "-", "-p", "till", "--wait", "--timeout", "1", input=b"x", status=7)
        ran = self.run_cli("print", "-", "-p", "till", "--wait", "--expires", "1", "--json",
                           input=b"x", status=5)
        self.assertEqual(ran.json["state"], "expired")
        self.run_cli("printers", "resume", "till")
        self.run_cli("printers", "remove", "gone")

    # --- jobs --------------------------------------------------------------------

    def test_jobs(self):
        job = self.submit(content=b"listed")
        self.d.wait_job(job, "done")
        listed = self.run_cli("jobs", "--json", "-p", "till", "--limit", "1000").json["jobs"]
        self.assertIn(job, [j["id"] for j in listed])
        listed = self.run_cli("jobs", "--in", "done").out
        self.assertRegex(listed, rf"(?m)^{job} +till +print +done")
        self.assertRegex(self.run_cli("jobs", "show", job).out, r"(?m)^state +done$")
        self.assertEqual(self.run_cli("jobs", "show", job, "--json").json["id"], job)
        again = self.run_cli("jobs", "reprint", job, "--json").json["id"]
        self.assertNotEqual(again, job)
        self.d.wait_job(again, "done")
        self.sink.wait_for(f"COPY OF JOB {job}".encode())
        self.assertIn("ended", self.run_cli("jobs", "cancel", job, status=1).err)
        self.assertIn("no such job", self.run_cli("jobs", "show", "999999", status=1).err)
        self.assertIn("state must be", self.run_cli("jobs", "--in", "green", status=1).err)

    def test_cancel(self):
        self.run_cli("printers", "pause", "till")
        job = self.submit(content=b"never printed")
        self.assertIn("cancelled", self.run_cli("jobs", "cancel", job).out)
        self.run_cli("printers", "resume", "till")
        self.assertEqual(self.d.job(job)["state"], "cancelled")
        self.assertNotIn(b"never printed", self.sink.bytes)

    def test_resolve(self):
        """A printer that resets after it has read makes a job unconfirmed."""
        with Breaker() as broken:
            self.run_cli("printers", "add", "broken", f"socket://127.0.0.1:{broken.port}",
                         "cooldown=0", "on-doubt=hold", "status-polling=no")
            big = b"x" * 4_000_000
            job = self.submit(printer="broken", content=big)
            self.d.wait_job(job, "unconfirmed")
            self.assertIn("unconfirmed", self.run_cli("jobs", "--in", "unconfirmed").out)
            self.run_cli("print", "-", "-p", "broken", "--wait", input=big, status=3)
            for action in ("nonsense", "printed"):
                self.run_cli("jobs", "resolve", job, action, status=action == "nonsense")
            self.assertEqual(self.d.job(job)["state"], "done")
            for j in self.run_cli("jobs", "--in", "unconfirmed", "--json").json["jobs"]:
                self.run_cli("jobs", "resolve", j["id"], "drop")
        self.run_cli("printers", "remove", "broken")

    # --- devices -------------------------------------------------------------------

    def test_printers(self):
        self.run_cli("printers", "add", "bar", f"socket://127.0.0.1:{self.sink.port}",
                     "keep-open=no", "stations=grill,dessert")
        names = [p["name"] for p in self.run_cli("printers", "--json").json["devices"]]
        self.assertIn("bar", names)
        self.assertRegex(self.run_cli("printers").out, r"(?m)^bar +printer")
        self.assertIn("online", self.run_cli("printers", "probe", "bar").out)
        self.assertRegex(self.run_cli("printers", "pause", "bar").out, r"(?m)^paused +true$")
        self.assertFalse(self.run_cli("printers", "resume", "bar", "--json").json["paused"])
        self.assertRegex(self.run_cli("printers", "show", "bar").out, r"(?m)^name +bar$")
        self.run_cli("printers", "remove", "bar")
        self.assertIn("bar", self.run_cli("printers", "remove", "bar", status=1).err)
        ran = self.run_cli("printers", "add", "bad", "carrier-pigeon://x", status=1)
        self.assertIn("carrier-pigeon", ran.err)
        ran = self.run_cli("printers", "add", "bad", "socket://127.0.0.1", "kep-open=yes", status=1)
        self.assertIn("keep-open", ran.err)
        self.run_cli("printers", "add", "bad", "socket://127.0.0.1", "keep-open", status=64)
        self.assertIn("stands at", self.run_cli("printers", "add", "till", "socket://127.0.0.1",
                                                status=1).err)

    def test_devices_open_beep(self):
        self.assertRegex(self.run_cli("devices").out, r"(?m)^till ")
        self.run_cli("open", "till")
        self.run_cli("beep", "till", "-n", "2")
        self.sink.wait_for(b"\x1bp\x00")
        self.sink.wait_for(b"\x1bB", 2)
        self.assertIn("times must be", self.run_cli("beep", "till", "-n", "99", status=1).err)
        self.run_cli("open", "nobody", status=1)

    # --- who may come in ---------------------------------------------------------------

    def test_refused_origin_is_seen_and_let_in(self):
        page = {"Origin": ORIGIN}
        self.assertEqual(self.d.get("/v1/jobs", page).status, 403)
        listed = self.run_cli("origins", "--json").json["refused"]
        knocked = [r for r in listed if r["origin"] == ORIGIN]
        self.assertEqual((len(knocked), knocked[0]["wanted"]), (1, "status"))
        self.assertRegex(self.run_cli("origins").out, rf"(?m)^{ORIGIN} +status +1 ")
        self.run_cli("origins", "allow", ORIGIN, "print,status")
        r = self.d.get("/v1/jobs", page)
        self.assertEqual((r.status, r.headers["access-control-allow-origin"]), (200, ORIGIN))
        shown = self.run_cli("origins", "--json").json
        self.assertNotIn(ORIGIN, [r["origin"] for r in shown["refused"]])
        self.assertIn({"origin": ORIGIN, "allow": ["print", "status"], "printers": [],
                       "added": True}, shown["origins"])
        self.run_cli("origins", "remove", ORIGIN)
        self.assertEqual(self.d.get("/v1/jobs", page).status, 403)
        self.assertIn("fly", self.run_cli("origins", "allow", ORIGIN, "fly", status=1).err)

    def test_token(self):
        bare = self.d.get("/v1/jobs", port=self.strict)
        self.assertEqual((bare.status, bare.json["code"]), (401, "unauthorized"))
        token = self.run_cli("tokens", "add", "office", "print,status").out.strip()
        self.assertRegex(token, r"^[A-Za-z0-9_-]{43}$")
        r = self.d.get("/v1/jobs", {"Authorization": f"Bearer {token}"}, port=self.strict)
        self.assertEqual(r.status, 200)
        self.assertRegex(self.run_cli("tokens").out, r"(?m)^office +print, status +all +added$")
        self.assertNotIn(token, self.run_cli("tokens", "--json").out)
        url = f"http://127.0.0.1:{self.strict}"
        self.assertEqual(cli("jobs", "--url", url + "/").status, 1)
        self.assertEqual(cli("jobs", "--url", url + "/", "--token", token).status, 0)
        self.assertEqual(cli("--url", url, "jobs", env={"PLATEN_TOKEN": token}).status, 0)
        ran = cli("tokens", "list", "--url", url, "--token", token)
        self.assertEqual(ran.status, 1)
        self.assertIn("Not allowed: admin", ran.err)
        self.run_cli("tokens", "remove", "office")
        self.assertEqual(cli("jobs", "--url", url, "--token", token).status, 1)

    def test_token_without_a_daemon(self):
        with platen.temp_dir() as empty:
            ran = cli("tokens", "add", "office", "print,status,admin", "--json", state=empty)
            made = ran.json
            block = cli("tokens", "add", "office", "print,status,admin", state=empty)
            self.assertEqual(cli("tokens", "add", "x", "fly", state=empty).status, 64)
        self.assertEqual(hashlib.sha256(made["token"].encode()).hexdigest(), made["sha256"])
        path = self.file("token.conf", block.out.encode())
        ran = cli("config", "check", path,
                  env={"PATH": os.path.dirname(platen.program("platend")) + ":/usr/bin:/bin"})
        self.assertEqual(ran.status, 0, ran)

    # --- watching --------------------------------------------------------------------

    def watch(self, *args):
        return subprocess.Popen([platen.program("platen"), "watch", "--state", self.d.state, *args],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def print_until_it_ends(self, p):
        """Events come only to those who listen already: print until it has seen enough."""
        def ended():
            self.submit(content=b"watched")
            return p.poll() is not None
        try:
            wait_until(ended, "watch to end", every=0.1)
        finally:
            p.kill()
        out, err = p.communicate()
        return out.decode(), err.decode(), p.returncode

    def test_watch(self):
        out, err, status = self.print_until_it_ends(self.watch("-n", "3", "--json"))
        self.assertEqual((status, err), (0, ""))
        events = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(events), 3)
        self.assertLessEqual({e["event"] for e in events}, {"job", "device"})
        out, _, _ = self.print_until_it_ends(self.watch("-n", "3"))
        self.assertRegex(out, r"(?m)^\d\d:\d\d:\d\d job \d+ on till: (queued|sending|done)")

    # --- the daemon ----------------------------------------------------------------------

    def test_status(self):
        self.assertRegex(self.run_cli("status").out, r"(?m)^strict +native +open")
        self.assertTrue(self.run_cli("--json", "status").json["journal"])

    def test_doctor(self):
        ran = self.run_cli("doctor", "--json")
        self.assertTrue(ran.json["ok"])
        checks = {c["check"] for c in ran.json["checks"]}
        self.assertLessEqual({"daemon", "state", "journal", "disk", "listener", "printer"}, checks)
        dead = free_port()
        self.run_cli("printers", "add", "off", f"socket://127.0.0.1:{dead}", "cooldown=0")
        ran = self.run_cli("doctor", status=1)
        self.assertRegex(ran.out, r"(?m)^BAD +printer +off .*Connection refused")
        self.run_cli("printers", "remove", "off")

    def test_without_a_daemon(self):
        with platen.temp_dir() as empty:
            for command in (["jobs"], ["status"], ["watch"], ["printers"]):
                ran = cli(*command, state=empty)
                self.assertEqual(ran.status, 1)
                self.assertIn("There is no daemon at", ran.err)
            ran = cli("doctor", state=empty)
            self.assertEqual(ran.status, 1)
            self.assertRegex(ran.out, r"(?m)^BAD +daemon ")
        ran = cli("jobs", "--url", f"http://127.0.0.1:{free_port()}")
        self.assertEqual(ran.status, 1)
        self.assertIn("does not answer at http://127", ran.err)

    # --- itself -----------------------------------------------------------------------------

    def test_usage(self):
        for args in ([], ["nope"], ["jobs", "show"], ["jobs", "show", "1", "2"], ["jobs", "shw"],
                     ["status", "--nope"], ["print", "-", "--timeout", "soon"],
                     ["watch", "-n", "0"], ["config", "nope"]):
            self.assertEqual(cli(*args).status, 64, args)
        self.assertIn('did you mean "jobs show"', cli("jobs", "shw", "1").err)

    def test_help_and_version(self):
        rows = cli("help", "--json").json["commands"]
        text = cli("help").out
        for row in rows:
            self.assertIn(row["summary"], text)
            for ran in (cli("help", *row["name"].split()), cli(*row["name"].split(), "--help")):
                self.assertEqual(ran.status, 0, ran)
                self.assertIn(f"usage: platen {row['name']}", ran.out)
                for flag in row["flags"]:
                    self.assertIn("--" + flag["name"], ran.out)
        self.assertEqual(cli("version").out, cli("--version").out)
        self.assertIn("version", cli("version", "--json").json)

    def test_config(self):
        options = cli("config", "--json").json
        self.assertIn(("printer", "keep-open", "no"),
                      [(o["block"], o["option"], o["default"]) for o in options])
        self.assertRegex(cli("config", "printer").out, r"(?m)^ +cooldown +250 +0 to 60000 ")
        path = self.file("bad.conf", b"printer x { kep-open = yes }\n")
        env = {"PATH": os.path.dirname(platen.program("platend")) + ":/usr/bin:/bin"}
        ran = cli("config", "check", path, env=env)
        self.assertEqual(ran.status, 2, ran)

    def test_text_of_others_is_harmless(self):
        job = self.submit("--title", "\x1b[2Jgone")
        self.d.wait_job(job, "done")
        self.assertNotIn("\x1b", self.run_cli("jobs").out + self.run_cli("jobs", "show", job).out)
        self.assertIn("?[2Jgone", self.run_cli("jobs").out)


class Reconnect(unittest.TestCase):
    def test_watch_comes_back(self):
        """A daemon that dies and returns is watched on."""
        with Sink() as sink, Daemon('printer till { uri = "socket://127.0.0.1:%d" cooldown = 0 }'
                                    % sink.port) as d:
            p = subprocess.Popen([platen.program("platen"), "watch", "--state", d.state, "--json"],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            lines = []
            try:
                self.see(d, p, lines)
                d.kill9()
                d.start()
                lines.clear()
                self.see(d, p, lines)
            finally:
                p.send_signal(signal.SIGINT)
                rest, _ = p.communicate(timeout=platen.SECONDS)
            self.assertIn(b"the connection was lost", b"".join(lines) + rest)

    @staticmethod
    def see(d, p, lines):
        os.set_blocking(p.stdout.fileno(), False)

        def seen():
            d.post("/v1/printers/till/jobs", b"x", type="application/octet-stream")
            piece = p.stdout.read()
            if piece:
                lines.append(piece)
            return b'"event"' in b"".join(lines)
        wait_until(seen, "an event", every=0.1)


if __name__ == "__main__":
    platen.main()
