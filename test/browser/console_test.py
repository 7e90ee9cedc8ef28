#!/usr/bin/env python3
"""The console in a real browser, against a real daemon and simulated printers."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import browser  # noqa: E402
import platen  # noqa: E402
from platen import Daemon, Sim, cli, free_port, wait_until  # noqa: E402

SKIP = 77
BYTES_MAX = 44 * 1024  # the whole console, uncompressed
EVIL = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
PRINTER = 'printer {} {{ uri = "socket://127.0.0.1:{}" cooldown = 0 {} }}\n'
ROW = "document.querySelector('[aria-controls=job-{}]')?.closest('li')"
PROOF = {"A+": "confirmed: the printer answered", "A": "confirmed: the printer answered",
         "B": "confirmed: the printer answered", "C": "sent: the printer was well afterwards",
         "E": "sent: the printer's network took all bytes"}
SHOTS = os.environ.get("PLATEN_SHOTS")  # where pictures are kept; else they are only taken


class Console(unittest.TestCase):
    """One browser; each test has a daemon, printers and a page of its own."""

    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Chromium()
        cls.browser.__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def start(self, conf="", script=None, **page):
        self.sim = Sim(2, script=script)
        self.addCleanup(self.sim.close)
        self.sim.start()
        self.d = Daemon(PRINTER.format("counter", self.sim.ports[0], "") +
                        PRINTER.format("kitchen", self.sim.ports[1], "") +
                        PRINTER.format("bar", free_port(), "retry-delay = 600000") + conf)
        self.addCleanup(self.d.close)
        self.d.start()
        self.url = f"http://127.0.0.1:{self.d.port}/"
        self.page = self.browser.open(self.url, **page)
        self.wait_state("ready")

    def submit(self, printer="counter", content=b"hello\n", title="A job", **options):
        r = self.d.post(f"/v1/printers/{printer}/jobs", content,
                        {"Platen-Options": json.dumps({"title": title, **options})},
                        "application/octet-stream")
        self.assertEqual(r.status, 201, r)
        return r.json["id"]

    def wait_state(self, word):
        self.page.wait(f"document.querySelector('#state .state')?.textContent === '{word}'"
                       " && !document.body.classList.contains('stale')")

    def wait_row(self, job, *texts):
        row = ROW.format(job)
        for text in texts:
            self.page.wait(f"{row}?.innerText.includes({json.dumps(text)})",
                           f"job {job} to show {text!r}")

    def button(self, name):
        self.page.click(f'button[aria-label="{name}"]')

    def sim_log(self, event):
        with open(os.path.join(self.sim.paper, "log.jsonl"), encoding="utf-8") as f:
            return [line for line in f if f'"{event}"' in line]

    def assert_calm(self):
        self.assertEqual(self.page.errors, [])

    # --- what one sees -------------------------------------------------------------

    def test_a_job_appears_live(self):
        self.start()
        self.assertIn("Nothing has been printed yet.", self.page.text("#jobs"))
        job = self.submit(title="Receipt 1041")
        self.wait_row(job, "Receipt 1041", "done")
        self.wait_row(job, PROOF[self.d.job(job)["grade"]])
        self.page.wait("document.querySelector('#totals').innerText.includes('1 done')")
        self.assertIn("up ", self.page.text("#state"))
        self.assert_calm()

    def test_text_of_others_stays_text(self):
        self.start()
        job = self.submit(title=EVIL)
        self.wait_row(job, EVIL)
        self.page.click(f"[aria-controls=job-{job}]")
        self.page.wait(f"document.getElementById('job-{job}').innerText.includes('local')")
        self.assertEqual(self.page.eval("document.title"), "platen")
        self.assertEqual(self.page.eval("document.querySelectorAll('main img, main script').length"),
                         0)
        self.assert_calm()

    def test_detail_has_the_journal(self):
        self.start()
        job = self.submit("bar", title="Waiting")
        self.wait_row(job, "held", "waits: the printer does not answer", "Connection refused")
        self.page.click(f"[aria-controls=job-{job}]")
        self.page.wait(f"document.getElementById('job-{job}').innerText.includes('6 bytes, 0 sent')")
        self.d.delete(f"/v1/jobs/{job}")
        self.page.wait(f"document.getElementById('job-{job}').innerText.includes('Journal')")
        self.assert_calm()

    def test_printers_and_their_state(self):
        self.start()
        self.submit("bar")
        self.submit("bar")
        self.page.wait("document.querySelector('#printers').innerText.includes("
                       "'1 waiting · 1 delayed')")
        text = self.page.text("#printers li:nth-child(3)")
        for part in ("bar", "offline", "escpos", "Connection refused", "socket://127.0.0.1:"):
            self.assertIn(part, text)
        self.assertIn("1 of 3 offline", self.page.text("#printers-title"))
        self.assertIsNone(self.page.text('button[aria-label="Pause: bar"]'))
        self.assert_calm()

    def test_what_a_printer_says_of_itself(self):
        self.start()
        told = {**self.d.get("/v1/printers/counter").json, "state": "offline",
                "reasons": [{"reason": "cover-open"}, {"reason": "offline"}, {"reason": "paper-low"}],
                "identity": {"manufacturer": "EPSON", "model": "TM-T88V"}}
        self.page.eval(f"import('/printers.js').then(p => p.changed({json.dumps(told)}))")
        text = self.page.text("#printers li")
        self.assertIn("cover open, paper low", text)
        self.assertIn("TM-T88V", text)
        self.assert_calm()

    def test_filter_and_older_jobs(self):
        self.start()
        first = [self.submit("bar", title=f"Old {n}") for n in range(60)][0]
        job = self.submit(title="New")
        self.wait_row(job, "done")
        self.page.wait("document.querySelectorAll('#jobs > ol > li').length === 50")
        self.page.click("#jobs .more")
        self.wait_row(first, "Old 0")
        self.choose("by-state", "done")
        self.page.wait("document.querySelectorAll('#jobs > ol > li').length === 1")
        self.choose("by-state", "")
        self.choose("by-printer", "kitchen")
        self.page.wait("document.querySelector('#jobs .empty').checkVisibility()")
        other = self.submit("kitchen", title="For the kitchen")
        self.wait_row(other, "For the kitchen")
        self.submit(title="Not for this list")
        again = self.submit("kitchen")
        self.wait_row(again, "done")
        self.assertNotIn("Not for this list", self.page.text("#jobs"))
        self.assert_calm()

    def test_find(self):
        self.start()
        job = self.submit("bar", title="Table 12")
        other = self.submit("bar", title="Table 4")
        self.wait_row(job, "Table 12")
        self.wait_row(other, "Table 4")
        self.choose("by-text", "TABLE  12")
        self.page.wait("document.querySelectorAll('#jobs > ol > li').length === 1")
        self.wait_row(job, "Table 12")
        self.choose("by-text", "nothing says this")
        self.page.wait("document.querySelector('#jobs .empty').checkVisibility()")
        self.choose("by-text", "")
        self.wait_row(other, "Table 4")
        self.assert_calm()

    def choose(self, select, value):
        self.page.eval(f"(s => {{ s.value = {json.dumps(value)};"
                       " s.dispatchEvent(new Event('change')); })"
                       f"(document.getElementById('{select}'))")

    # --- what one does ---------------------------------------------------------------

    def test_cancel(self):
        self.start()
        job = self.submit("bar")
        self.button(f"Cancel: job {job}")
        self.wait_row(job, "cancelled", "not printed")
        self.assertEqual(self.d.job(job)["state"], "cancelled")
        self.assert_calm()

    def unconfirmed(self):
        self.start(script="at byte 3000 reset\n")
        job = self.submit(content=b"a line of text that is long\n" * 60000, title="Bill")
        self.d.wait_job(job, "unconfirmed")
        self.page.wait("document.querySelector('#doubt li')?.innerText.includes('Bill')")
        self.assertEqual(self.page.text("#doubt-title"), "One job needs your decision")
        self.wait_row(job, "unconfirmed", "nobody knows whether it was printed")
        return job

    def test_unconfirmed_was_printed(self):
        job = self.unconfirmed()
        self.button(f"It was printed: job {job}")
        self.wait_row(job, "done", "marked as printed by a person")
        self.page.wait("document.getElementById('doubt').hidden")
        self.assertEqual(self.d.job(job)["evidence"], "operator")
        self.page.click(f"[aria-controls=job-{job}]")
        self.page.wait(f"document.getElementById('job-{job}').innerText.includes('marked printed')")
        self.assertIn("doubt", self.page.text(f"#job-{job}"))
        self.assert_calm()

    def test_unconfirmed_again_and_dropped(self):
        job = self.unconfirmed()
        self.button(f"Print it again: job {job}")
        self.d.wait_job(job, "done")
        self.wait_row(job, "done")
        self.assertEqual(self.d.job(job)["reprints"], 1)
        self.page.wait("document.getElementById('doubt').hidden")
        self.assert_calm()

    def test_unconfirmed_dropped(self):
        job = self.unconfirmed()
        self.button(f"Drop it: job {job}")
        self.wait_row(job, "failed", "some of it may be on paper")
        self.assertEqual(self.d.job(job)["state"], "failed")
        self.assert_calm()

    def test_copy(self):
        self.start()
        job = self.submit(content=b"once\n", title="Mine", cut="full")
        self.button(f"Print a copy: job {job}")
        self.wait_row(int(job) + 1, "Mine (copy)", "done")
        self.sim.wait_papers(2, self.sim.ports[0])
        self.assert_calm()

    def test_receipt_drawer_beep_probe(self):
        self.start()
        self.button("Test receipt: counter")
        paper = self.sim.wait_papers(1, self.sim.ports[0])[0]
        lines = [line["text"].strip() for line in paper["lines"]]
        self.assertLess({"Test receipt", "counter"}, set(lines))
        self.assertEqual((paper["unknown"], paper["warnings"]), ([], []))
        self.button("Open drawer: counter")
        self.button("Beep: counter")
        wait_until(lambda: self.sim_log("kick") and self.sim_log("beep"), "a kick and a beep")
        self.button("Probe: kitchen")
        self.page.wait("document.querySelector('#toasts').innerText.includes('kitchen is online')")
        self.assert_calm()

    # --- administration ----------------------------------------------------------------

    def sign_in(self, rights):
        token = cli("tokens", "add", "console", rights, state=self.d).out.strip()
        self.page.click("#signin summary")
        self.page.click("#signin input")
        self.page.type(token)
        self.page.key("Enter", 13)

    def test_commands_for_who_may_not(self):
        self.start()
        self.page.click("#add summary")
        self.page.click("#add input[name=host]")
        self.page.type("192.168.1.77")
        self.assertIn("platen printers add counter socket://192.168.1.77:9100",
                      self.page.text("#add .command"))
        self.assertFalse(self.page.eval("document.querySelector('#add .main').checkVisibility()"))
        self.assertIn("platen origins allow https://pos.example print,status",
                      self.page.eval("document.getElementById('setup').textContent"))
        self.assert_calm()

    def test_administrator(self):
        self.start()
        self.d.get("/v1/jobs", {"Origin": "https://shop.example"})
        self.sign_in("print,status,drawer,raw,admin")
        self.button("Pause: counter")
        self.page.wait("document.querySelector('#printers li').innerText.includes('paused')")
        job = self.submit()
        self.wait_row(job, "waits: the printer is paused")
        self.button("Resume: counter")
        self.wait_row(job, "done")
        self.page.eval("document.querySelectorAll('#setup details').forEach(d => d.open = true)")
        self.page.wait("document.querySelector('[aria-label=\"Refused pages\"]').innerText"
                       ".includes('https://shop.example')")
        self.page.click('[aria-label="Refused pages"] button')
        wait_until(lambda: self.d.get("/v1/jobs", {"Origin": "https://shop.example"}).status == 200,
                   "the page to be let in")
        self.wait_state("ready")
        self.page.eval("document.querySelector('#add input').value = 'terrace'")
        self.page.click("#add input[name=host]")
        self.page.type("127.0.0.1")
        self.page.click("#add .main")
        self.page.wait("document.querySelector('#printers').innerText.includes('terrace')")
        self.assert_calm()

    def test_a_token_that_may_little(self):
        self.start()
        self.sign_in("status")
        self.page.wait("document.querySelector('#toasts').innerText.includes('no administrator')")
        self.button("Open drawer: counter")
        self.page.wait("document.querySelector('#toasts').innerText"
                       ".includes('Not allowed: drawer')")
        self.page.wait("!document.querySelector('button[aria-label^=\"Open drawer\"]')")

    def test_an_address_that_wants_a_token(self):
        strict = free_port()
        self.start(f'listen strict {{ dialect = native address = {{"127.0.0.1:{strict}"}} '
                   'local = token tls = off }\n')
        self.page.go(f"http://127.0.0.1:{strict}/")
        self.page.wait("document.querySelector('#notices')?.innerText.includes('who you are')")
        self.assertTrue(self.page.eval("document.querySelector('#signin').open"))
        self.page.click("#signin input")
        self.page.type(cli("tokens", "add", "x", "print,status", state=self.d).out.strip())
        self.page.key("Enter", 13)
        self.wait_state("ready")
        self.wait_row(self.submit(), "done")

    # --- robustness -----------------------------------------------------------------------

    def test_the_daemon_goes_and_comes(self):
        self.start()
        self.wait_row(self.submit(), "done")
        self.assert_calm()
        self.d.kill9()
        self.page.wait("document.querySelector('#notices').innerText"
                       ".includes('platend is not running')")
        self.d.start()
        missed = self.submit(title="While nobody looked")
        self.wait_row(missed, "While nobody looked", "done")
        self.wait_state("ready")
        self.assertEqual(self.page.text("#notices"), "")
        self.wait_row(self.submit(title="Live again"), "Live again", "done")

    def test_a_reload_of_the_configuration(self):
        self.start()
        cli("printers", "add", "added", "socket://127.0.0.1:9", state=self.d)
        self.page.wait("document.querySelector('#printers').innerText.includes('added')")
        self.wait_row(self.submit(), "done")
        self.assert_calm()

    # --- for everybody -------------------------------------------------------------------

    def test_nothing_from_elsewhere_and_small(self):
        self.start()
        paths = {url for url in self.page.requests if "/v1/" not in url}
        self.assertTrue(all(url.startswith(self.url) for url in self.page.requests))
        size = sum(len(self.d.get(url[len(self.url) - 1:]).body) for url in paths)
        self.assertGreater(len(paths), 8)
        self.assertLess(size, BYTES_MAX)
        head = self.d.get("/").headers
        self.assertEqual(head["x-frame-options"], "DENY")
        self.assertNotIn("unsafe", head["content-security-policy"])

    def test_names_keyboard_and_phone(self):
        self.start(width=360, height=740)
        job = self.submit("bar", title="A title that is rather long for the screen of a phone")
        self.wait_row(job, "held")
        self.page.eval("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.page.eval(f"document.querySelector('[aria-controls=job-{job}]').focus()")
        self.page.key("Enter", 13)
        self.page.wait(f"!document.getElementById('job-{job}').hidden")
        self.assertLessEqual(self.page.eval("document.documentElement.scrollWidth"), 360)
        nodes = self.page.call("Accessibility.getFullAXTree")["nodes"]
        controls = [n for n in nodes if not n["ignored"] and n["role"]["value"] in
                    ("button", "textbox", "combobox", "spinbutton")]
        self.assertGreater(len(controls), 15)
        self.assertEqual([n for n in controls if not n["name"]["value"]], [])
        self.assert_calm()

    def test_pictures(self):
        self.start()
        self.wait_row(self.submit(title="Receipt 1041"), "done")
        with platen.temp_dir() as temp:
            for scheme in ("light", "dark"):
                self.page.scheme(scheme)
                path = os.path.join(SHOTS or temp, f"console-{scheme}.png")
                self.page.screenshot(path)
                self.assertGreater(os.path.getsize(path), 10000)


if __name__ == "__main__":
    if not browser.installed():
        print("chromium is not installed")
        sys.exit(SKIP)
    platen.main()
