#!/usr/bin/env python3
"""platen.js and its examples in a real browser, with real printers of paper in software."""
import hashlib
import json
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import browser  # noqa: E402
import platen  # noqa: E402
from clientsite import Cutter, Site, trust  # noqa: E402
from platen import Daemon, Sim, Sink, free_port, wait_until  # noqa: E402

SKIP = 77
SHOTS = os.environ.get("PLATEN_SHOTS")  # where pictures are kept
CONF = """
origin {granted} {{ allow = {{print, status, drawer, raw}} }}
printer till {{ uri = "socket://127.0.0.1:{till}" cooldown = 0 retry-delay = 100
	status-poll-interval = 200 }}
printer bytes {{ uri = "socket://127.0.0.1:{bytes}" cooldown = 0 status-polling = no
	language = raw }}
"""
ESCPOS = "application/vnd.escpos"
CONNECT = """(async () => {{
  const {{ connect }} = await import("/platen.mjs");
  window.p = await connect({0});
  return p.info;
}})()"""
FAILS = """import("/platen.mjs").then(m => m.connect({0})).then(() => ({{}}),
  e => ({{ code: e.code, text: e.message }}))"""


def lines(papers):
    return [line["text"].strip() for paper in papers for line in paper["lines"]]


class Shop(unittest.TestCase):
    """One browser and two sites, of which one is granted; each test has a daemon and printers."""
    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())
        cls.foreign = cls.enterClassContext(Site())
        cls.browser = cls.enterClassContext(browser.Chromium(*cls.flags))

    def start(self, more="", conf=CONF, **kwargs):
        self.sim = self.enterContext(Sim(**kwargs))
        self.sink = self.enterContext(Sink())
        self.d = Daemon(more + conf.format(granted=self.site.origin, till=self.sim.port,
                                           bytes=self.sink.port))
        self.addCleanup(self.d.close)
        self.d.start()
        self.url = f"http://127.0.0.1:{self.d.port}"

    def page(self, path="/blank", site=None, **kwargs):
        return self.browser.open((site or self.site).origin + path, **kwargs)

    def connected(self, url=None, **options):
        page = self.page()
        page.eval(CONNECT.format(json.dumps({"url": url or self.url, **options})))
        return page

    def refused(self, page, **options):
        return page.eval(FAILS.format(json.dumps({"url": self.url, **options})))

    def shoot(self, page, name):
        if SHOTS:
            page.screenshot(os.path.join(SHOTS, name + ".png"))


class Examples(Shop):
    def example(self, name, more="", **kwargs):
        return self.page(f"/examples/{name}.html?daemon={self.url}{more}", **kwargs)

    def test_print(self):
        self.start()
        page = self.example("print", "&type=" + ESCPOS, width=760, height=420)
        page.click("#print")
        page.wait("document.querySelector('#state')?.textContent === 'job 1 is printed'")
        self.assertEqual(lines(self.sim.wait_papers(1)), ["Hello from a page"])
        self.shoot(page, "print")
        self.assertEqual(page.errors, [])

    def test_till(self):
        self.start()
        page = self.example("till", width=900, height=560)
        for _ in range(2):
            page.click("#goods button:nth-child(2)")
        page.click("#goods button:nth-child(3)")
        self.shoot(page, "till")
        page.click("#pay")
        page.wait("document.querySelector('#said')?.textContent.includes('printed')")
        papers = self.sim.wait_papers(1)
        self.assertIn("Cappuccino                  3.40", lines(papers))
        self.assertIn("TOTAL                       8.70", lines(papers))
        wait_until(lambda: any(p["kicks"] for p in self.sim.papers()) or '"kick"' in self.log(),
                   "the drawer")
        self.assertEqual(page.errors, [])

    def log(self):
        with open(os.path.join(self.sim.paper, "log.jsonl"), encoding="utf-8") as f:
            return f.read()

    def test_the_till_waits_for_its_daemon(self):
        self.start()
        self.d.stop()
        page = self.example("till")
        page.wait("document.querySelector('#state')?.textContent.includes('not running')")
        page.click("#goods button")
        page.click("#pay")
        self.d.start()
        page.wait("document.querySelector('#said')?.textContent.includes('printed')")
        self.assertEqual(len(self.sim.wait_papers(1)), 1)

    def test_board(self):
        self.start()
        page = self.example("board", width=900, height=560)
        shown = "document.querySelector('[data-printer=till]')?.innerText"
        page.wait(shown + ".includes('online')")
        self.d.post("/v1/printers/till/jobs", b"one\n", {"Platen-Options": '{"title":"Order 1"}'},
                    ESCPOS)
        page.wait("document.querySelector('#jobs')?.innerText.includes('Order 1')")
        page.wait("document.querySelector('#jobs .good')?.textContent === 'done'")
        self.sim.control("POST", f"/printers/{self.sim.port}/fault", {"action": "cover-open"})
        page.wait(shown + ".includes('cover open')")
        self.shoot(page, "board")
        self.assertEqual(page.errors, [])
        self.d.stop()
        page.wait("document.querySelector('#state')?.textContent")
        self.d.start()
        page.wait("document.querySelector('#state')?.textContent === ''")
        page.wait("document.querySelector('#jobs')?.innerText.includes('Order 1')")


class Documents(Shop):
    def test_bytes_of_all_kinds(self):
        self.start()
        page = self.connected()
        page.eval("""(async () => {
          const b = new Uint8Array([0x61, 0, 0xff, 0x0a]), o = { printer: "bytes" };
          for (const doc of [b, b.buffer, new DataView(b.buffer, 1, 2), new Blob([b]),
              new File([b], "x")])
            await (await p.print(doc, o)).done;
          const type = "application/octet-stream";
          await (await p.print("Gr\\u00fc\\u00dfe", { ...o, type })).done;
          await (await p.print(new Blob(["z"], { type }), { ...o, copies: 2 })).done;
        })()""")
        whole = b"a\0\xff\n"
        want = [whole, whole, b"\0\xff", whole, whole, "Grüße".encode(), b"zz"]
        wait_until(lambda: len(b"".join(self.sink.jobs)) >= len(b"".join(want)), "the bytes")
        self.assertEqual(b"".join(self.sink.jobs), b"".join(want))

    def test_what_is_drawn_is_sent_as_what_it_is(self):
        """Its type and its bytes, whatever the printer makes of them."""
        self.start()
        page = self.connected()
        sent = page.eval("""(async () => {
          const seen = [], ask = p.request;
          p.request = (m, how) => { seen.push([m.type, m.text ?? null,
            how.bytes ? String.fromCharCode(...how.bytes.slice(0, 4)) : null]);
            return Promise.resolve({ id: "1" }); };
          const c = new OffscreenCanvas(8, 8), e = document.createElement("canvas");
          c.getContext("2d").fillRect(0, 0, 8, 8);
          for (const doc of ["text", c, e, await createImageBitmap(c), { html: "<p>x" },
              { receipt: { lines: [] } }])
            await p.print(doc, { printer: "till" });
          p.request = ask;
          return seen;
        })()""")
        png = ["image/png", None, "\x89PNG"]
        self.assertEqual(sent, [[None, "text", None], png, png, png, ["text/html", "<p>x", None],
                                ["application/vnd.platen.receipt+json", '{"lines":[]}', None]])
        self.assertEqual(page.eval("p.print(7, {printer: 'till'}).catch(e => e.code)"),
                         "bad-document")
        self.assertEqual(page.eval("p.print('x').catch(e => e.field)"), "printer")

    def test_what_is_drawn_comes_out(self):
        self.start()
        page = self.connected()
        states = page.eval("""(async () => {
          const c = document.createElement("canvas");
          c.getContext("2d").fillRect(0, 0, 64, 64);
          const receipt = [{ text: "From JSON" }];
          const done = [];
          for (const doc of ["Plain text", c, { html: "<p>Hypertext" }, { receipt }])
            done.push(await p.print(doc, { printer: "till", cut: true })
              .then((j) => j.done).then((d) => d.state, (e) => e.message));
          return done;
        })()""")
        self.assertEqual(states, ["done"] * 4)
        papers = self.sim.wait_papers(4)
        self.assertIn("Plain text", lines(papers))
        self.assertTrue(papers[1]["images"])

    def test_what_happens_to_a_job(self):
        self.start()
        page = self.connected()
        self.d.admin("POST", "/v1/devices/till/pause", {})
        said = page.eval(f"""(async () => {{
          const job = await p.print("x\\n", {{ printer: "till", type: "{ESCPOS}", title: "T" }});
          const states = [], end = job.done.catch(e => e.code);
          job.on("change", (d) => states.push(d.state));
          const again = await p.print("x\\n", {{ printer: "till", type: "{ESCPOS}", title: "T",
            key: job.key }});
          const late = p.follow(job.id);
          late.done.catch(() => {{}});
          await job.cancel();
          return {{ end: await end, state: job.state, same: again.id === job.id,
            late: await late.done.catch(e => e.job.state),
            jobs: (await p.jobs({{ state: ["cancelled"] }})).map(j => j.title),
            other: await p.print("y\\n", {{ printer: "till", type: "{ESCPOS}", key: job.key }})
              .catch(e => e.code) }};
        }})()""")
        self.assertEqual(said, {"end": "cancelled", "state": "cancelled", "same": True,
                                "late": "cancelled", "jobs": ["T"], "other": "key-reused"})

    def test_devices_and_drawer(self):
        self.start()
        page = self.connected()
        said = page.eval("""(async () => {
          const till = p.printer("till"), seen = [];
          till.on("change", (d) => seen.push(d.name));
          const drawer = await (await till.open()).done, beep = await (await till.beep(2)).done;
          return { names: p.printers.map(x => x.name), kind: drawer.kind, beep: beep.kind,
            online: (await till.probe()).state, seen: new Set(seen).size, caller: p.info.caller,
            all: (await p.devices()).length, up: (await p.status()).journal };
        })()""")
        self.assertEqual(said, {"names": ["till", "bytes"], "kind": "drawer", "beep": "beep",
                                "online": "online", "seen": 1, "all": 2, "up": True,
                                "caller": "origin:" + self.site.origin})

    def test_abort_and_time_out(self):
        self.start()
        page = self.connected()
        self.d.admin("POST", "/v1/devices/bytes/pause", {})
        said = page.eval("""(async () => {
          const o = { printer: "bytes" }, c = new AbortController();
          const sent = p.print("gone", { ...o, signal: c.signal, title: "gone",
            type: "application/octet-stream" }).catch(e => e.name);
          await 0; await 0;
          c.abort();
          const never = await p.print("x", { ...o, signal: AbortSignal.abort() }).catch(e => e.name);
          return [await sent, never];
        })()""")
        self.assertEqual(said, ["AbortError", "AbortError"])
        self.d.child.signal(signal.SIGSTOP)  # it answers nothing
        self.addCleanup(self.d.child.signal, signal.SIGCONT)
        late = page.eval("""p.print("late", { printer: "bytes", timeout: 100,
          type: "application/octet-stream" }).catch(e => [e.code, e.sent, e.key.length])""")
        self.d.child.signal(signal.SIGCONT)
        self.assertEqual(late, ["timeout", True, 32])
        page.eval("p.status()")
        wait_until(lambda: "gone" not in [j.get("title") for j in self.open_jobs()], "a cancel")

    def open_jobs(self):
        return self.d.get("/v1/jobs?state=open").json["jobs"]

    def test_preview(self):
        self.start()
        page = self.connected()
        said = page.eval(f"""(async () => {{
          const type = "{ESCPOS}", till = p.printer("till");
          const blob = await till.preview("Gr\\u00fc\\u00dfe\\n", {{ type, title: "\\u20ac \\u00fc" }});
          const picture = await createImageBitmap(blob);
          return {{ type: blob.type, width: picture.width, tall: picture.height > 10,
            wrong: await till.preview("x", {{ type, copies: 0 }}).catch((e) => [e.code, e.field]),
            jobs: (await p.jobs()).length }};
        }})()""")
        self.assertEqual(said, {"type": "image/png", "width": said["width"], "tall": True,
                                "wrong": ["invalid-field", "copies"], "jobs": 0})
        self.assertGreater(said["width"], 300)

    def test_many_at_once(self):
        self.start()
        page = self.connected()
        done = page.eval("""Promise.all(Array.from({ length: 600 }, (_, n) =>
          p.print(`${n};`, { printer: "bytes", type: "application/octet-stream" })
            .then((j) => j.done).then((d) => d.state)
            .catch((e) => e.code))).then((all) => all.filter((s) => s !== "done"))""")
        self.assertEqual([s for s in done if s != "queue-full"], [])
        wait_until(lambda: self.sink.bytes.count(b";") == 600 - len(done), "the bytes")
        numbers = self.sink.bytes.decode().split(";")[:-1]
        self.assertEqual(len(set(numbers)), 600 - len(done))


class Refused(Shop):
    """What is in the way, and that each is told apart."""

    def test_a_foreign_page(self):
        self.start()
        page = self.page(site=self.foreign)
        self.assertEqual(self.refused(page), {
            "code": "origin-not-granted", "text": "platen has not granted this page. On the machine,"
            f" run: platen origins allow {self.foreign.origin} print,status"})
        refused = self.d.admin("GET", "/v1/origins").json["refused"]
        self.assertEqual(refused[0]["origin"], self.foreign.origin)

    def test_a_grant_that_comes(self):
        self.start()
        page = self.page(site=self.foreign)
        self.assertEqual(self.refused(page)["code"], "origin-not-granted")
        self.d.admin("POST", "/v1/origins", {"origin": self.foreign.origin, "allow": ["status"]})
        self.assertEqual(page.eval(CONNECT.format(json.dumps({"url": self.url})))["allow"],
                         ["status"])
        self.assertEqual(page.eval("p.print('x', {printer: 'till'}).catch(e => e.code)"),
                         "not-allowed")
        self.d.admin("DELETE", "/v1/origins?origin=" + self.foreign.origin)
        page.wait("p.problem?.code === 'origin-not-granted'")

    def test_a_token(self):
        secret = "a-secret-for-tests"
        self.start(f"token page {{ sha256 = {hashlib.sha256(secret.encode()).hexdigest()}"
                   " allow = {print} }\n")
        page = self.page()
        self.assertEqual(self.refused(page, token="wrong")["code"], "token-refused")
        info = page.eval(CONNECT.format(json.dumps({"url": self.url, "token": secret})))
        self.assertEqual(info["allow"], ["print"])

    def test_nobody_there(self):
        page = self.page()
        self.url = f"http://127.0.0.1:{free_port()}"
        self.assertEqual(self.refused(page)["code"], "not-running")
        text = self.refused(page)["text"]
        self.assertTrue(text.startswith("platen is not running on this machine"), text)

    def test_somebody_else_there(self):
        page = self.page()
        for name, code in (("other", "not-platen"), ("old", "too-old"),
                           ("blocked", "websocket-blocked")):
            self.url = f"{self.foreign.origin}/fake/{name}"
            self.assertEqual(self.refused(page)["code"], code)

    def test_a_policy_of_the_page(self):
        self.start()
        said = self.refused(self.page("/strict"))
        self.assertEqual(said["code"], "blocked-by-policy")
        self.assertIn(self.url, said["text"])

    def test_a_certificate_that_is_not_trusted(self):
        """By a port that speaks TLS only, and by one that speaks both."""
        for mode in ("on", "auto"):
            port = free_port()
            self.start(f'listen native {{ address = {{"127.0.0.1:{port}"}} tls = {mode} }}\n')
            self.url = f"https://127.0.0.1:{port}"
            said = self.refused(self.page())
            self.assertEqual(said["code"], "tls", mode)
            self.assertIn(self.url, said["text"])


class Permission(unittest.TestCase):
    """A page of the wide world asks the browser's leave for programs on this machine."""

    def setUp(self):
        self.site = self.enterContext(Site())
        self.browser = self.enterContext(browser.Chromium(
            f"--ip-address-space-overrides=127.0.0.1:{self.site.port}=public",
            "--host-resolver-rules=MAP shop.example 127.0.0.1"))
        self.d = Daemon(f"origin {self.site.origin} {{ allow = {{print, status}} }}\n")
        self.addCleanup(self.d.close)
        self.d.start()
        self.options = json.dumps({"url": f"http://127.0.0.1:{self.d.port}"})

    def permit(self, setting):
        self.browser.permit("loopback-network", setting, self.site.origin)

    def test_denied_and_granted(self):
        self.permit("denied")
        page = self.browser.open(self.site.origin + "/blank")
        said = page.eval(FAILS.format(self.options))
        self.assertEqual(said["code"], "permission-denied")
        self.assertIn("allow=\"loopback-network\"", said["text"])
        self.permit("granted")
        self.assertEqual(page.eval(CONNECT.format(self.options))["allow"], ["print", "status"])

    def test_a_page_that_is_not_secure(self):
        page = self.browser.open(f"http://shop.example:{self.site.port}/blank")
        self.assertEqual(page.eval("isSecureContext"), False)
        self.assertEqual(page.eval(FAILS.format(self.options))["code"], "insecure-page")


class Trusted(unittest.TestCase):
    """Over wss, by the authority of this install."""

    def test_print_over_wss(self):
        site, sim = self.enterContext(Site()), self.enterContext(Sim())
        port = free_port()
        d = Daemon(f'listen native {{ address = {{"127.0.0.1:{port}"}} tls = on }}\n' +
                   CONF.format(granted=site.origin, till=sim.port, bytes=free_port()))
        self.addCleanup(d.close)
        d.start()
        with browser.Chromium(trust(port)) as b:
            page = b.open(site.origin + "/blank")
            options = json.dumps({"url": f"https://127.0.0.1:{port}"})
            self.assertEqual(page.eval(CONNECT.format(options))["url"], f"https://127.0.0.1:{port}")
            page.eval(f"p.print('Secret\\n', {{ printer: 'till', type: '{ESCPOS}', cut: true }})"
                      ".then(j => j.done)")
            self.assertEqual(lines(sim.wait_papers(1)), ["Secret"])


class Broken(Shop):
    """Connections break and the daemon dies: what was asked comes out once."""
    PRINT = """window.all = Array.from({{ length: {count} }}, (_, n) =>
      p.print(`No ${{n}}\\n`, {{ printer: "till", type: "{type}", cut: true, timeout: 0 }}));
      window.accepted = 0;
      for (const one of all) one.then(() => accepted++);
      1"""

    def begin(self, page, count):
        page.eval(self.PRINT.format(count=count, type=ESCPOS))

    def assert_once_each(self, page, count):
        states = page.eval("Promise.all(all).then(js => Promise.all(js.map(j => j.done)))"
                           ".then(ds => [...new Set(ds.map(d => d.state))])")
        self.assertEqual(states, ["done"])
        papers = self.sim.wait_papers(count)
        self.assertEqual(sorted(lines(papers)), sorted(f"No {n}" for n in range(count)))
        self.assertEqual(len(self.d.get("/v1/jobs?limit=1000").json["jobs"]), count)

    def test_a_connection_that_breaks_twenty_times(self):
        self.start()
        cutter = Cutter(self.d.port, 20)
        self.addCleanup(cutter.close)
        page = self.connected(f"http://127.0.0.1:{cutter.port}", retry=True)
        self.begin(page, 120)
        self.assert_once_each(page, 120)
        self.assertLessEqual(cutter.left, 0)

    def test_a_daemon_that_is_killed(self):
        self.start()
        page = self.connected()
        self.d.admin("POST", "/v1/devices/till/pause", {})
        self.begin(page, 150)
        for least in (1, 40, 80):
            page.wait(f"accepted >= {least}")
            self.d.kill9()
            self.d.start()
        page.wait("accepted === 150")
        self.d.admin("POST", "/v1/devices/till/resume", {})
        self.assert_once_each(page, 150)

    def test_a_daemon_that_is_killed_while_it_prints(self):
        """What may have been printed is in doubt: nothing comes out twice, nothing is lost."""
        self.start()
        page = self.connected()
        self.begin(page, 60)
        for least in (5, 25):
            self.sim.wait_papers(least)
            self.d.kill9()
            self.d.start()
        ends = page.eval("Promise.all(all).then(js => Promise.all(js.map(j =>"
                         " j.done.then(d => d.state, e => e.code))))")
        doubtful = ends.count("unconfirmed")
        self.assertLessEqual(doubtful, 2, ends)
        self.assertEqual(ends.count("done"), 60 - doubtful)
        self.sim.wait_papers(60 - doubtful)
        self.sim.stop()
        printed = lines(self.sim.papers())
        self.assertEqual(len(printed), len(set(printed)), "twice")
        self.assertGreaterEqual(len(printed), 60 - doubtful)

    def test_a_silent_daemon_is_given_up(self):
        self.start()
        page = self.connected()
        page.eval("window.was = []; p.on('state', s => was.push(s)); 1")
        self.d.child.signal(signal.SIGSTOP)
        self.addCleanup(self.d.child.signal, signal.SIGCONT)
        page.eval("window.dispatchEvent(new Event('online'))")
        page.wait("(window.dispatchEvent(new Event('pageshow')), was.includes('offline'))",
                  seconds=30)
        self.d.child.signal(signal.SIGCONT)
        page.wait("p.state === 'online'", seconds=30)
        self.assertEqual(page.eval("was"), ["offline", "online"])


if __name__ == "__main__":
    if not browser.installed():
        print("chromium is not installed")
        sys.exit(SKIP)
    platen.main()
