"""A real Chromium for tests, driven by its DevTools protocol over a pipe.

    with Chromium() as browser:
        page = browser.open("http://127.0.0.1:6310/")
        page.wait("document.querySelector('h1')")
        page.click("#go")
        page.screenshot("/tmp/page.png")
        assert not page.errors

Nothing but the standard library; the browser has an empty profile of its own.
"""
import base64
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading

import platen

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
         "--hide-scrollbars", "--remote-debugging-pipe"]


def installed():
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Chromium:
    def __init__(self, *flags):
        self._flags = flags
        self._number, self._lock = 0, threading.Lock()
        self._answers, self._pages = {}, {}

    def __enter__(self):
        self._home = tempfile.mkdtemp(prefix="platen-chromium-")
        to_us, from_it = os.pipe()
        to_it, from_us = os.pipe()
        ends = (to_it, from_it)

        def as_three_and_four():  # where Chromium looks for its pipe
            high = [os.dup(os.dup(end)) for end in ends]
            high = [fd if fd > 4 else os.dup(fd) for fd in high]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            [installed(), *FLAGS, *self._flags, f"--user-data-dir={self._home}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=as_three_and_four, pass_fds=(3, 4), start_new_session=True)
        os.close(to_it)
        os.close(from_it)
        self._write, self._read = from_us, to_us
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except (AssertionError, OSError):
            pass
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait()
        self._reader.join(5)
        os.close(self._write)
        shutil.rmtree(self._home, ignore_errors=True)

    def _read_all(self):
        rest = b""
        with os.fdopen(self._read, "rb", buffering=0) as pipe:
            while piece := pipe.read(1 << 20):
                *whole, rest = (rest + piece).split(b"\0")
                for message in whole:
                    self._take(json.loads(message))

    def _take(self, message):
        if "id" in message:
            self._answers[message["id"]].put(message)
        elif message.get("sessionId") in self._pages:
            self._pages[message["sessionId"]].on_event(message["method"], message["params"])

    def call(self, method, session=None, **params):
        with self._lock:
            self._number += 1
            number, answer = self._number, queue.Queue()
            self._answers[number] = answer
            message = {"id": number, "method": method, "params": params}
            if session:
                message["sessionId"] = session
            os.write(self._write, json.dumps(message).encode() + b"\0")
        try:
            said = answer.get(timeout=platen.SECONDS)
        except queue.Empty:
            raise AssertionError(f"Chromium does not answer {method}") from None
        del self._answers[number]
        assert "error" not in said, f"{method}: {said['error']}"
        return said["result"]

    def permit(self, name, setting, origin):
        """What the person at the browser has answered: "granted", "denied", "prompt"."""
        self.call("Browser.setPermission", permission={"name": name}, setting=setting,
                  origin=origin)

    def open(self, url, width=1280, height=900):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(domain + ".enable")
        page.size(width, height)
        page.go(url)
        return page


class Page:
    """One tab. `errors` is what its console complained of, `requests` what it asked for."""

    def __init__(self, browser, session):
        self._browser, self._session = browser, session
        self.errors, self.requests = [], []

    def call(self, method, **params):
        return self._browser.call(method, self._session, **params)

    def on_event(self, method, params):
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append(json.dumps(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"] + " " + params["entry"].get("url", ""))
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def go(self, url):
        assert "errorText" not in self.call("Page.navigate", url=url), url

    def size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=width < 600)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": name}])

    def eval(self, expression):
        """The value of a JavaScript expression; a promise is waited for."""
        said = self.call("Runtime.evaluate", expression=expression, awaitPromise=True,
                         returnByValue=True)
        assert "exceptionDetails" not in said, (expression, said["exceptionDetails"])
        return said["result"].get("value")

    def wait(self, expression, what=None, seconds=None):
        """The first true value of the expression."""
        try:
            return platen.wait_until(lambda: self.eval(f"({expression}) || null"),
                                     what or expression, seconds, every=0.03)
        except AssertionError as e:
            text = self.eval("document.body ? document.body.innerText : ''")
            raise AssertionError(f"{e}\n{text}\n{self.errors}") from None

    def text(self, selector):
        return self.eval(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")

    def click(self, selector):
        """As soon as the element is there, enabled, and a mouse would hit it. Looking and
        clicking are one step, so that a page that moves meanwhile is no matter of luck."""
        self.wait(f"""(e => {{
            if (!e || e.disabled) return null;
            e.scrollIntoView({{ block: "center" }});
            const r = e.getBoundingClientRect();
            const hit = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
            if (!r.width || !e.contains(hit)) return null;
            e.focus();
            e.click();
            return true;
        }})(document.querySelector({json.dumps(selector)}))""", f"{selector} to be there")

    def type(self, text):
        self.call("Input.insertText", text=text)

    def key(self, name, code=0):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code,
                      **({"text": "\r"} if name == "Enter" and kind == "keyDown" else {}))

    def screenshot(self, path, whole=False):
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))
