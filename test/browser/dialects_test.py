#!/usr/bin/env python3
"""Every dialect from a page: a plain browser's WebSocket or fetch on a granted origin prints,
on a foreign one it cannot; in the clear and over TLS."""
import hashlib
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import browser  # noqa: E402
import platen  # noqa: E402
from clientsite import Site, trust  # noqa: E402
from platen import Daemon, Sim, free_port, request, wait_until  # noqa: E402
from wsclient import Refused, WsClient  # noqa: E402

SKIP = 77
TOKEN = "a-token-for-tests"

# What each page does, given `at` (host and port), `s` ("" or "s") and `mark`; its value is
# what the daemon said, or "nothing" when the browser was not let through.
SOCKET = """new Promise((end) => {{
  const ws = new WebSocket(`ws${{s}}://${{at}}{path}`);
  const say = (m) => ws.send(JSON.stringify(m));
  ws.onerror = () => end("nothing");
  ws.onopen = () => {{ {open} }};
  ws.onmessage = (e) => {{ const m = JSON.parse(e.data); {message} }};
}})"""
FETCH = """(async () => {{
  try {{ {body} }} catch (e) {{ return e instanceof TypeError ? "nothing" : String(e); }}
}})()"""
DIALECTS = {
    "native": ("", FETCH.format(body="""
        const r = await fetch(`http${s}://${at}/v1/printers/till/jobs`, { method: "POST",
          headers: { "Content-Type": "application/vnd.escpos" }, body: mark + "\\n" });
        return (await r.json()).state;"""), "queued"),
    "native socket": ("", SOCKET.format(path="/v1/ws", open="", message="""
        if (m.event === "hello")
          say({ id: 1, do: "print", printer: "till", text: mark + "\\n", wait: "done",
            type: "application/vnd.escpos" });
        if (m.reply) end(m.reply.state);"""), "done"),
    "plato": ('addresses = {"127.0.0.1:1024-65535"} cooldown = 0', FETCH.format(body="""
        const r = await fetch(`http${s}://${at}/print`, { method: "POST",
          headers: { "Content-Type": "application/json" }, body: JSON.stringify({
            ip_address: "127.0.0.1", port: printer, chunks: [btoa(mark + "\\n")] }) });
        return (await r.json()).ok;"""), True),
    "print-bridge": ("", FETCH.format(body="""
        const headers = { Authorization: "Bearer %s" };
        const list = await (await fetch(`http${s}://${at}/api/printers`, { headers })).json();
        for (;;) {
          const r = await fetch(`http${s}://${at}/api/printers/${list[0].id}/drawer/open`,
            { method: "POST", headers });
          if (r.status !== 429) // a drawer takes one pulse a second
            return (await r.json()).ok;
          await new Promise((go) => setTimeout(go, 100));
        }""" % TOKEN), True),
    "printer-websocket": ("", SOCKET.format(path="/", open="""
        say({ call: "print", uid: "u", params: { printer: { name: "till" }, data: [mark + "\\n"] } });
        """, message="if (m.uid === 'u') end(m.status);"), "success"),
    "pispas": ("", SOCKET.format(path="/", open="""
        say({ UUIDV4: crypto.randomUUID(), TARGET: "PRINT", ACTION: "print",
          DATA: { printer: "till", text: [mark] } });
        """, message="if (m.MESSAGE_UUID) end(m.MESSAGE_EXEC);"), "SUCCESS"),
}
EACH = [(name, secure) for name in DIALECTS for secure in (False, True)]
CONF = """
origin {granted} {{ allow = {{print, status, drawer, raw}} }}
token page {{ sha256 = {digest} allow = {{print, status, drawer}} }}
printer till {{ uri = "socket://127.0.0.1:{till}" cooldown = 0 retry-delay = 100
	status-polling = no confirm = none }}
"""


class Dialects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.granted, cls.foreign = (cls.enterClassContext(Site()) for _ in range(2))
        cls.sim = cls.enterClassContext(Sim())
        cls.ports = {name: free_port() for name in DIALECTS}
        listens = "".join(
            f'listen {name.replace(" ", "-")} {{ dialect = {name.split()[0]} tls = auto'
            f' address = {{"127.0.0.1:{cls.ports[name]}"}} {more} }}\n'
            for name, (more, _, _) in DIALECTS.items())
        cls.d = Daemon(listens + CONF.format(
            granted=cls.granted.origin, till=cls.sim.port,
            digest=hashlib.sha256(TOKEN.encode()).hexdigest()))
        cls.addClassCleanup(cls.d.close)
        cls.d.start()
        cls.browser = cls.enterClassContext(browser.Chromium(trust(cls.ports["pispas"])))
        cls.pages = {site: cls.browser.open(site.origin + "/blank")
                     for site in (cls.granted, cls.foreign)}

    def say(self, site, name, secure, mark):
        script = DIALECTS[name][1]
        given = {"at": f"127.0.0.1:{self.ports[name]}", "s": "s" if secure else "",
                 "mark": mark, "printer": self.sim.port}
        names = ", ".join(given)
        return self.pages[site].eval(f"(({{ {names} }}) => {script})({json.dumps(given)})")

    def jobs(self):
        return len(self.d.admin("GET", "/v1/jobs?limit=1000").json["jobs"])

    def test_1_a_foreign_page_cannot(self):
        for name, secure in EACH:
            with self.subTest(dialect=name, tls=secure):
                self.assertEqual(self.say(self.foreign, name, secure, "never"), "nothing")
        self.assertEqual(self.jobs(), 0)

    def test_2_a_granted_page_prints(self):
        for number, (name, secure) in enumerate(EACH, 1):
            with self.subTest(dialect=name, tls=secure):
                said = self.say(self.granted, name, secure, f"{name} {secure}")
                self.assertEqual(said, DIALECTS[name][2])
                self.assertEqual(self.jobs(), number)
        wait_until(lambda: not self.d.admin("GET", "/v1/jobs?state=open").json["jobs"], "all done")
        states = {j["state"] for j in self.d.admin("GET", "/v1/jobs").json["jobs"]}
        self.assertEqual(states, {"done"})
        self.sim.stop()
        papers = self.sim.papers()
        printed = [line["text"].strip() for p in papers for line in p["lines"]]
        for name, secure in EACH:
            if name != "print-bridge":
                self.assertEqual(printed.count(f"{name} {secure}"), 1, printed)
        self.assertEqual(sum(len(p["kicks"]) for p in papers), 2)

    def test_it_is_told_403(self):
        """What the browser hides from the page."""
        origin = {"Origin": self.foreign.origin}
        for name, port in self.ports.items():
            with self.subTest(dialect=name):
                if "WebSocket" not in DIALECTS[name][1]:
                    r = request(port, "GET", "/", headers=origin)
                    self.assertEqual(r.status, 403)
                    continue
                path = "/v1/ws" if name.startswith("native") else "/"
                with self.assertRaises(Refused) as refused:
                    WsClient(("127.0.0.1", port), ["Origin: " + self.foreign.origin], path)
                self.assertEqual(refused.exception.status, 403)


if __name__ == "__main__":
    if not browser.installed():
        print("chromium is not installed")
        sys.exit(SKIP)
    platen.main()
