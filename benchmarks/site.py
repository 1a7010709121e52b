"""The leaderboard's site of 100 simulated systems with 12 metrics: bytes, time to build, time until it can be used.

Usable: from the navigation's start to the end of `DOMContentLoaded`, in which the page's script sorts, shades and
filters; in a headless Chromium, from a file, median of 7 fresh loads. Sorting, filtering and comparing are timed until
they are drawn. Exits with 1 where the board takes more than a second.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers.browser import CHROMIUM, Browser
from helpers.simulated_board import simulated_board

from vidchatbench.leaderboard.site import build_site

SYSTEMS, ITEMS, LOADS, MOST_MS = 100, 500, 7, 1000
USABLE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
TIMED = """(async () => {{
    const start = performance.now(); {0};
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - start; }})()"""
STEPS = {
    "sort": "document.querySelector('th[data-sort=\"3\"] .sort').click()",
    "filter": "const f = document.getElementById('filters').elements.find; f.value = 'echo';"
    " f.dispatchEvent(new Event('input', {bubbles: true}))",
    "show metrics": "document.querySelector('[name=view][value=metrics]').click()",
    "compare": "const f = document.getElementById('pair').elements; [f.a.value, f.b.value] = ['0', '1'];"
    " f.b.dispatchEvent(new Event('input', {bubbles: true}));"
    " while (!document.querySelector('.scatters')) await new Promise((d) => setTimeout(d, 1))",
}


def main() -> int:
    """Print all; 1 where it is too slow."""
    if CHROMIUM is None:
        print("needs chromium")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        board = simulated_board(SYSTEMS, ITEMS).write(here / "leaderboard")
        start, cpu = time.perf_counter(), time.process_time()
        built = build_site(board, here / "leaderboard/submissions", here / "site")
        print(f"build: {time.process_time() - cpu:.1f} s CPU, {time.perf_counter() - start:.1f} s")
        page = next((here / "site/boards").glob("made*.html"))
        sizes = {"board": page, "one system": next((here / "site/systems").rglob("*.html"))}
        sizes |= {"report": next((here / "site/reports").glob("*.html"))}
        sizes |= {"numbers of a system": next((here / "site/data").rglob("of-*.js"))}
        for name, path in sizes.items():
            text = path.read_bytes()
            print(f"{name}: {len(text) / 1e3:.0f} kB, {len(gzip.compress(text)) / 1e3:.0f} kB gzipped")
        print(f"all: {built.pages} pages, {built.bytes / 1e6:.1f} MB")
        browser = Browser(here / "profile")
        try:
            times = [browser.open(page.as_uri()).js(USABLE) for _ in range(LOADS)]
            print(f"usable after {median(times):.0f} ms (median of {LOADS}, {min(times):.0f} to {max(times):.0f})")
            for name, step in STEPS.items():
                found = [browser.open(page.as_uri()).js(TIMED.format(step)) for _ in range(3)]
                print(f"{name}: {median(found):.0f} ms")
        finally:
            browser.close()
    return int(median(times) > MOST_MS)


if __name__ == "__main__":
    raise SystemExit(main())
