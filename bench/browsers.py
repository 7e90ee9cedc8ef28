"""Chromium as a till's programs use it, for comparison: its command line with the PDF's
way to a raster, and a screenshot of a page that is already open."""
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "test", "lib"))
import browser  # noqa: E402

WIDTH = 576
DPI = 203.2


def timed(make):
    begun = time.perf_counter()
    make()
    return (time.perf_counter() - begun) * 1e3


def chain(page, work):
    """HTML to PDF to grey to black and white: three programs, ms in all."""
    pdf, grey, mono = (os.path.join(work, name) for name in ("page.pdf", "page", "page.pbm"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True,
             "timeout": 60}

    def make():
        subprocess.run([browser.installed(), "--headless", "--no-sandbox", "--disable-gpu",
                        "--user-data-dir=" + os.path.join(work, "profile"),
                        "--no-pdf-header-footer", "--print-to-pdf=" + pdf, "file://" + page],
                       **quiet)
        subprocess.run(["pdftoppm", "-gray", "-singlefile", "-scale-to-x", str(WIDTH),
                        "-scale-to-y", "-1", pdf, grey], **quiet)
        subprocess.run(["convert", grey + ".pgm", "-monochrome", mono], **quiet)
    return timed(make)


class Screenshots:
    """One page, open and warm; each call is one captureScreenshot of all of it, in ms."""

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        self._browser = browser.Chromium().__enter__()
        self._page = self._browser.open("about:blank")
        self._page.call("Emulation.setEmulatedMedia", media="print")
        self._size(10)
        self._page.go("file://" + self._path)
        self._page.wait("document.readyState == 'complete'")
        self._size(int(self._page.call("Page.getLayoutMetrics")["cssContentSize"]["height"] + 1))
        self.take()
        return self

    def __exit__(self, *what):
        self._browser.__exit__(*what)

    def _size(self, height):
        self._page.call("Emulation.setDeviceMetricsOverride", width=round(WIDTH * 96 / DPI),
                        height=height, deviceScaleFactor=DPI / 96, mobile=False)

    def take(self):
        return timed(lambda: self._page.call("Page.captureScreenshot", format="png"))
