#!/usr/bin/env python3
"""The command viewer in a real browser: a real daemon, clients of two dialects, paper."""
import base64
import json
import os
import statistics
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import browser  # noqa: E402
import platen  # noqa: E402
from platen import Daemon, Sim, free_ports, wait_until  # noqa: E402
from wsclient import WsClient  # noqa: E402

SKIP = 77
PRINTER = 'printer {} {{ uri = "socket://127.0.0.1:{}" cooldown = 0 status-polling = no }}\n'
LISTEN = 'listen {0} {{ dialect = {0} address = {{"127.0.0.1:{1}"}} tls = off {2} }}\n'
TOKEN = """token support {
	sha256 = 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
	allow = {print, status}
}
"""
CARD = "4111 1111 1111 1111"
SHOTS = os.environ.get("PLATEN_SHOTS")  # where pictures are kept; else none are taken
# When each row came, next to the time that the daemon gave its command.
WATCH = """window.delays = [];
new MutationObserver(records => {
    for (const r of records) for (const li of r.addedNodes)
        if (li.dataset?.id)
            delays.push(Date.now() - Date.parse(li.querySelector("time").dateTime));
}).observe(document.querySelector("#commands > ol"), { childList: true });"""


class Viewer(unittest.TestCase):
    """One browser; each test has a daemon, two printers and a page of its own."""

    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Chromium()
        cls.browser.__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def start(self, feed="", state="live", **page):
        self.sim = Sim(2)
        self.addCleanup(self.sim.close)
        self.sim.start()
        self.web, self.feed, self.pispas = free_ports(3)
        self.d = Daemon(PRINTER.format("kitchen", self.sim.ports[0]) +
                        PRINTER.format("bar", self.sim.ports[1]) +
                        LISTEN.format("viewer", self.web, "") +
                        LISTEN.format("viewer-feed", self.feed, feed) +
                        LISTEN.format("pispas", self.pispas, "") + TOKEN)
        self.addCleanup(self.d.close)
        self.d.start()
        self.till = self.enterContext(WsClient(("127.0.0.1", self.pispas)))
        self.page = self.browser.open(f"http://127.0.0.1:{self.web}/", **page)
        self.wait_state(state)

    def wait_state(self, word):
        self.page.wait(f"document.querySelector('#state .state')?.textContent === '{word}'")

    def ask(self, action="print", target="PRINT", **data):
        self.till.send_text(json.dumps({"UUIDV4": str(uuid.uuid4()), "TARGET": target,
                                        "ACTION": action, "DATA": data}))
        return json.loads(self.till.message()[1])

    def wait_row(self, entry, *texts):
        row = f"document.querySelector('#commands li[data-id=\"{entry}\"]')"
        for text in texts or ("",):
            self.page.wait(f"{row}?.innerText.includes({json.dumps(text)})",
                           f"entry {entry} to show {text!r}")

    def rows(self):
        return self.page.eval("[...document.querySelectorAll('#commands > ol > li')]"
                              ".map(li => +li.dataset.id)")

    def choose(self, selector, value):
        self.page.eval(f"""(s => {{ s.value = {json.dumps(value)};
            s.dispatchEvent(new Event("change", {{ bubbles: true }})); }})
            (document.querySelector({json.dumps(selector)}))""")

    def search(self, text):
        self.page.eval("document.getElementById('by-text').value = ''")
        self.page.click("#by-text")
        self.page.type(text)

    def open_row(self, entry):
        self.page.click(f'[aria-controls="entry-{entry}"]')
        self.page.wait(f"!!document.getElementById('entry-{entry}')")

    def resend(self, entry, printer):
        self.open_row(entry)
        self.choose(f"#entry-{entry} select", printer)
        self.page.click(f"#entry-{entry} form button")

    def wait_toast(self, text):
        self.page.wait(f"document.getElementById('toasts').innerText.includes({json.dumps(text)})")

    def assert_calm(self):
        self.assertEqual(self.page.errors, [])
        ours = (f"http://127.0.0.1:{self.web}/", f"ws://127.0.0.1:{self.feed}/")
        self.assertEqual([u for u in self.page.requests if not u.startswith(ours)], [])

    # --- live -----------------------------------------------------------------------

    def test_a_command_shows_within_100_ms(self):
        self.start()
        self.page.eval(WATCH)
        for n in range(20):
            self.ask(printer="kitchen", text=[f"Mesa {n}"])
        self.page.wait("delays.length === 20")
        delays = self.page.eval("delays")
        self.assertLessEqual(statistics.median(delays), 100, delays)
        self.wait_row(20, "print", "PRINT", "success", "kitchen: done")
        self.assert_calm()

    def test_both_dialects_and_their_answers(self):
        self.start()
        self.ask("getPrinters")
        self.wait_row(1, "getPrinters", "PRINT", "success")
        self.ask(printer="Oven", text="x")
        self.wait_row(2, "print", "failure")
        self.d.post("/v1/printers/bar/jobs", b"hello\n", type="application/octet-stream")
        self.wait_row(3, "POST /v1/printers/bar/jobs", "NATIVE", "local", "bar: done")
        self.d.get("/v1/printers")  # a poll: hidden until asked for
        self.ask("getPrinters")
        self.wait_row(5)
        self.assertEqual(self.rows(), [5, 3, 2, 1])
        self.page.click("#by-change")
        self.wait_row(4, "GET /v1/printers")
        self.assert_calm()

    def test_detail(self):
        self.start()
        self.ask(printer="kitchen", text=["<b>Mesa</b> 4"])
        self.open_row(1)
        self.page.wait("document.getElementById('entry-1').innerText"
                       ".includes('1 on kitchen, done')")
        text = self.page.text("#entry-1")
        for part in ("Caller", "local", '"TARGET": "PRINT"', "<b>Mesa</b> 4",
                     '"MESSAGE_EXEC": "SUCCESS"'):
            self.assertIn(part, text)
        self.assertEqual(self.page.eval("document.querySelectorAll('main b').length"), 0)
        self.assert_calm()

    # --- what is kept back ----------------------------------------------------------

    def test_redaction(self):
        self.start()
        self.ask(printer="kitchen", text=[f"Paid with {CARD}"], password="hunter2",
                 title=CARD.replace(" ", ""))
        self.open_row(1)
        page = self.page.eval("document.documentElement.outerHTML")
        self.assertIn("Paid with **** **** **** 1111", page)
        self.assertIn('"password": "***"', self.page.text("#entry-1"))
        for secret in (CARD, CARD.replace(" ", ""), "hunter2"):
            self.assertNotIn(secret, page)
        paper = self.sim.wait_papers(1, self.sim.ports[0])[0]  # what is printed is not touched
        self.assertIn(CARD, json.dumps(paper["lines"]))

    # --- sending again --------------------------------------------------------------

    def test_send_again_with_the_mark(self):
        self.start()
        self.ask(printer="kitchen", text=["Mesa 4", "2 x Cafe"])
        first = self.sim.wait_papers(1, self.sim.ports[0])[0]
        self.resend(1, "bar")
        self.wait_toast("Sent again: job 2 on bar")
        copy = self.sim.wait_papers(1, self.sim.ports[1])[0]
        self.assertEqual(self.lines(copy), ["*** REPRINT ***", *self.lines(first)])
        self.wait_row(2, "resend of 1", "bar: done")
        job = self.d.job(2)
        self.assertEqual([(n["what"], n["text"]) for n in job["journal"]], [("resend_of", "1")])
        self.assertEqual(len(self.sim.papers(self.sim.ports[0])), 1)
        self.assert_calm()

    def lines(self, paper):
        return [line["text"].strip() for line in paper["lines"]]

    def test_raw_needs_the_right(self):
        self.start()
        self.ask(printer="kitchen", raw=base64.b64encode(b"hello\n").decode())
        self.resend(1, "kitchen")
        self.wait_toast("Not allowed: raw")
        self.assertEqual(self.d.request("GET", "/v1/jobs/2").status, 404)

    # --- tickets --------------------------------------------------------------------

    def test_tickets_of_a_printer(self):
        self.start()
        self.page.click("#tickets input[value=kitchen]")
        self.page.wait("document.querySelector('#tickets .empty').innerText"
                       ".includes('Nothing was printed there yet')")
        self.ask(printer="bar", text=["1 x Vino"])
        self.ask(printer="kitchen", text=["Mesa 4", "2 x Cafe"])
        self.page.wait("document.querySelector('.ticket')?.innerText.includes('2 x Cafe')")
        self.assertNotIn("Vino", self.page.text("#tickets"))
        self.page.click("#tickets input[value='*']")
        wait_until(lambda: self.ask(printer="bar", text=["1 x Vino"]) and
                   "Vino" in self.page.text("#tickets ol"), "the ticket of the bar")
        self.page.click(".ticket button")
        self.page.wait("!!document.querySelector('.facts')")
        self.assert_calm()

    # --- search ---------------------------------------------------------------------

    def test_search(self):
        self.start()
        self.ask(printer="kitchen", text=["Mesa 4"])
        self.ask(printer="bar", text=["Mesa 5"])
        self.ask(printer="Oven", text=["Mesa 6"])
        self.d.post("/v1/printers/bar/jobs", b"x\n", type="application/octet-stream")
        self.wait_row(4)
        for act, wanted in ((lambda: self.search("mesa 4"), [1]),
                            (lambda: self.search(""), [4, 3, 2, 1]),
                            (lambda: self.choose("#by-outcome", "failure"), [3]),
                            (lambda: self.choose("#by-outcome", ""), [4, 3, 2, 1]),
                            (lambda: self.choose("#by-dialect", "native"), [4]),
                            (lambda: self.choose("#by-dialect", ""), [4, 3, 2, 1]),
                            (lambda: self.choose("#by-printer", "bar"), [4, 2])):
            act()
            if wanted == [4, 3, 2, 1]:
                self.page.eval("document.getElementById('by-text')"
                               ".dispatchEvent(new Event('input'))")
            wait_until(lambda want=wanted: self.rows() == want, f"{wanted}, not {self.rows()}")
        self.search("nothing has this")
        self.page.wait("document.querySelector('#commands .empty').innerText === 'No command fits.'")
        self.assert_calm()

    def test_history_from_before_the_page(self):
        self.start()
        for n in range(5):
            self.ask(printer="kitchen", text=[f"Mesa {n}"])
        self.page.go(f"http://127.0.0.1:{self.web}/?again")
        self.wait_row(1, "success")
        self.assertEqual(self.rows(), [5, 4, 3, 2, 1])

    # --- connection -----------------------------------------------------------------

    def test_it_says_when_the_daemon_has_gone_and_comes_back(self):
        self.start()
        self.ask(printer="kitchen", text=["Mesa 4"])
        self.wait_row(1)
        self.d.kill9()
        self.page.wait("document.getElementById('notices').innerText"
                       ".includes('platen is not running')")
        self.wait_state("not connected")
        self.d.start()
        self.wait_state("live")
        self.page.wait("document.querySelector('#commands .empty').innerText"
                       " === 'Nothing has been asked yet.'")  # the ring is empty now
        self.assertEqual(self.page.text("#notices"), "")

    def test_token(self):
        self.start("local = token", "token needed")
        self.page.click("#token-text")
        self.page.type("wrong")
        self.page.click("#token button")
        self.page.wait("document.getElementById('token-text').value === ''")
        self.wait_state("token needed")
        self.page.click("#token-text")
        self.page.type("test")
        self.page.click("#token button")
        self.wait_state("live")
        self.ask(printer="kitchen", text=["Mesa 4"])
        self.wait_row(1, "success")

    # --- hands and eyes -------------------------------------------------------------

    def test_by_keyboard(self):
        self.start()
        self.ask(printer="kitchen", text=["Mesa 4"])
        self.ask(printer="kitchen", text=["Mesa 5"])
        self.wait_row(2, "done")
        self.page.eval("document.querySelector('.command-row').focus()")
        self.page.key("ArrowDown", 40)
        self.page.wait("document.activeElement.closest('li')?.dataset.id === '1'")
        self.page.key("Enter", 13)
        self.page.wait("!!document.getElementById('entry-1')")
        self.page.key("Escape", 27)
        self.page.wait("!document.getElementById('entry-1')")
        self.page.key("/", 191)
        self.page.wait("document.activeElement.id === 'by-text'")
        self.assert_calm()

    def test_many_at_once(self):
        self.start()
        for n in range(300):
            self.till.send_text(json.dumps({
                "UUIDV4": str(uuid.uuid4()), "TARGET": "PRINT", "ACTION": "getPrinters"}))
        self.page.wait("document.getElementById('totals').innerText === '300 commands'"
                       " || document.getElementById('totals').innerText === '100 commands'")
        self.page.wait("document.querySelector('#commands li')?.innerText.includes('success')")
        self.assert_calm()

    def test_looks(self):
        self.start()
        self.page.click("#tickets input[value='*']")
        self.ask(printer="kitchen", text=["Mesa 4", "", "2 x Cafe con leche", "1 x Tostada"])
        self.ask(printer="Oven", text=["x"])
        self.ask("getPrinters")
        self.d.post("/v1/printers/bar/jobs", b"\x1b@hello\n", type="application/octet-stream")
        self.ask(printer="bar", text=[f"Paid with {CARD}"], password="x")
        self.wait_row(5, "done")
        self.open_row(5)
        for scheme in ("light", "dark"):
            self.page.scheme(scheme)
            for width in (1280, 420):
                self.page.size(width, 900)
                self.assertLessEqual(self.page.eval("document.documentElement.scrollWidth"), width)
                if SHOTS:
                    self.page.screenshot(os.path.join(SHOTS, f"viewer-{scheme}-{width}.png"),
                                         whole=width < 600)
        self.assert_calm()


if __name__ == "__main__":
    if not browser.installed():
        print("there is no Chromium")
        sys.exit(SKIP)
    platen.main()
