"""The site in a browser: by pointer, by keys, by its address; under its own policy, and without a net."""

import json
import re

import numpy as np
import pytest
from helpers.browser import CHROMIUM, Browser
from helpers.simulated_board import HOSTILE, hostile_board, simulated_board
from scipy.stats import t

from vidchatbench.leaderboard.site import build_site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")]
NAMES = "[...document.querySelectorAll('#ranked tr[data-k] a')].map((a) => a.textContent)"
ALL_NAMES = NAMES.replace("#ranked", "#board")
FOCUS = "document.activeElement.textContent.replace(/\\s+/g, ' ').trim()"


@pytest.fixture(scope="module")
def made():
    return simulated_board(12, 120)


@pytest.fixture(scope="module")
def site(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("site")
    build_site(made.write(folder / "leaderboard"), folder / "leaderboard/submissions", folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def board(site):
    return (site / "boards/made-1.0.0--dialogue--dyadic.html").as_uri()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium):
    """The browser; after each test, nothing was complained of, and nothing asked for but files."""
    yield chromium
    assert chromium.complaints() == []
    assert all(url.startswith("file:") for url in chromium.loaded())


@pytest.fixture(scope="module")
def systems(made):
    return [system for system in made.leaderboard.boards[0].systems if system.ranked]


def address(browser):
    return browser.js("decodeURIComponent(location.hash.slice(1).replaceAll('+', ' '))")


def test_sorts_by_each_column_and_shades_who_is_not_told_apart(browser, board, systems):
    browser.open(board)
    assert browser.js(NAMES) == [s.title for s in systems], "best overall first"
    browser.click("[name=view][value=metrics] + span")
    heads = browser.js("[...document.querySelectorAll('th[data-sort]')].map((h) => [h.dataset.sort, h.innerText])")
    lpips = next(k for k, text in heads if "LPIPS" in text)
    browser.click(f"th[data-sort='{lpips}'] .sort")
    best = sorted(systems, key=lambda s: (s.values["video.lpips"].value, systems.index(s)))
    assert browser.js(NAMES) == [s.title for s in best], "the first press puts the best on top: here the lowest"
    assert browser.js("document.querySelectorAll('[aria-sort]').length") == 1
    assert browser.js(f"document.querySelector('th[data-sort=\"{lpips}\"]').getAttribute('aria-sort')") == "ascending"
    bands, first = [], None
    for system in best:
        rank = system.values["video.lpips"].rank
        if first is None or rank.best > first.worst:
            first = rank
            bands.append(0)
        bands[-1] += 1
    edges = browser.js("[...document.querySelectorAll('#ranked tr[data-k]')].map((r) => [...r.classList].join())")
    assert [k for k, one in enumerate(edges) if "edge" in one] == list(np.cumsum([0, *bands[:-1]]))
    assert [k for k, one in enumerate(edges) if "band" in one] == [
        k for k, part in enumerate(np.repeat(range(len(bands)), bands)) if part % 2 == 0
    ]
    browser.press("Enter")  # the head has the focus still
    assert browser.js(NAMES) == [s.title for s in best][::-1]
    assert "sort=-metric:video.lpips" in address(browser) and "view=metrics" in address(browser)
    voice = next(k for k, text in heads if "SIM-o" in text)
    for _ in range(2):
        browser.click(f"th[data-sort='{voice}'] .sort")
        last = next(s for s in systems if s.values["voice.sim_o"].value is None)
        assert browser.js(NAMES)[-1] == last.title, "who has no value is last either way"


def test_filters_count_aloud_and_say_when_nothing_is_left(browser, board, made):
    browser.open(board)
    found = made.leaderboard.boards[0].systems
    everyone = sorted(found, key=lambda s: (not s.ranked) + (s.kind in ("baseline", "reference")))
    assert browser.js(ALL_NAMES) == [s.title for s in everyone]
    assert browser.js("document.getElementById('shown').getAttribute('aria-live')") == "polite"
    browser.click("#filters [name=find]")
    browser.write("ACME/")
    assert browser.js(ALL_NAMES) == [s.title for s in everyone if "acme/" in s.id]
    chosen = "document.getElementById('filters').elements"
    change = "document.getElementById('filters').dispatchEvent(new Event('input'))"
    for field, value, passes in (
        ("kind", "baseline", lambda s: s.kind == "baseline"),
        ("open", "no", lambda s: not s.open_weights),
        ("license", "MIT", lambda s: s.license == "MIT"),
        ("level", "2", lambda s: (s.level or 0) >= 2),
    ):
        browser.js(f"document.getElementById('filters').reset(); {chosen}.{field}.value = '{value}'; {change}")
        wanted = [s.title for s in everyone if passes(s)]
        assert browser.js(ALL_NAMES) == wanted and wanted
        shown = f"{len(wanted)} of {len(everyone)} systems shown"
        assert browser.js("document.getElementById('shown').textContent") == shown
        assert f"{field}={value}" in address(browser)
        browser.click("#filters [type=reset]")
        browser.until(f"{ALL_NAMES}.length === {len(everyone)}")
        assert address(browser) == ""
    browser.click("#filters [name=ranked]")
    assert browser.js(ALL_NAMES) == [s.title for s in everyone if s.ranked]
    assert not browser.js("Boolean(document.querySelector('#board .group'))"), "no head without rows"
    browser.click("#filters [name=find]")
    browser.write("nobody at all")
    assert browser.js(ALL_NAMES) == [] and browser.js("!document.getElementById('none').hidden")
    assert not browser.js("Boolean(document.querySelector('#board td'))")


def test_columns_can_be_put_away(browser, board):
    browser.open(board)
    heads = "[...document.querySelectorAll('#board thead th')].filter((h) => h.offsetParent).length"
    before = browser.js(heads)
    browser.click(".picker summary")
    browser.click(".picker label:nth-of-type(2) input")
    assert browser.js(heads) == before - 1
    assert browser.js("[...document.querySelectorAll('#ranked tr')].every((r) => r.cells[3].hidden)")
    assert re.search(r"without=dimension:\w+$", address(browser))
    browser.press("Escape")
    assert not browser.js("document.querySelector('.picker').open")


def test_an_address_leads_back_to_the_same_view(browser, board, systems):
    one, two = systems[0], systems[3]
    pair = json.dumps([one.id, two.id], separators=(",", ":"))
    state = f"view=metrics&sort=-metric:turn.fto_w1&open=yes&pair={pair}&cell=metric:identity.dlib@{two.id}"
    browser.open(board + "#" + browser.js(f"String(new URLSearchParams({json.dumps(state)}))"))
    browser.until("document.querySelector('.scatters')")
    wanted = sorted((s for s in systems if s.open_weights), key=lambda s: -s.values["turn.fto_w1"].value)
    assert browser.js(NAMES) == [s.title for s in wanted]
    assert browser.js("document.getElementById('panel').open")
    panel = browser.js("document.getElementById('panel').innerText")
    assert "Identity distance" in panel and two.id in panel and "Signature" in panel.title()
    checked = "[...document.querySelectorAll('.pick input:checked')].length"
    assert browser.js(checked) == sum(s.open_weights for s in (one, two))
    before = address(browser)
    assert set(before.split("&")) == set(state.split("&"))
    other = state.replace("identity.dlib", "video.psnr")
    browser.js(f"location.hash = '#' + new URLSearchParams({json.dumps(other)})")
    browser.until("document.getElementById('panel-title').textContent.startsWith('PSNR')")
    browser.js("new Promise((done) => setTimeout(done, 50))")
    assert set(address(browser).split("&")) == set(other.split("&"))
    browser.press("Escape")
    browser.until("!location.hash.includes('cell=')")
    browser.js("location.hash = '#view=dimensions'")
    browser.until(f"{NAMES}.length === {len(systems)}")
    assert not browser.js("Boolean(document.querySelector('.scatters'))")


def test_a_jump_within_the_page_keeps_the_view(browser, board):
    browser.open(board + "#ranked=1&find=talker")
    before = browser.js(ALL_NAMES)
    browser.js("document.querySelector('.skip').click()")
    assert browser.js("location.hash") == "#content" and browser.js(ALL_NAMES) == before and len(before) == 2


def test_by_keys_alone(browser, board, systems):
    browser.open(board)
    for _ in range(80):
        browser.press("Tab")
        if browser.js("document.activeElement.matches('#board td button')"):
            break
    assert browser.js(FOCUS).startswith("rank") and f"{systems[0].overall.score:.3f}" in browser.js(FOCUS)
    assert browser.js("document.querySelectorAll('#board td [tabindex=\"0\"]').length") == 1, "the numbers are one stop"
    browser.press("ArrowDown", "ArrowRight")
    dimension = next(iter(systems[1].dimensions))
    there = f"{systems[1].dimensions[dimension].score:.3f}"
    assert there in browser.js(FOCUS)
    at = browser.js(FOCUS)
    browser.press("Enter")
    assert browser.js("document.getElementById('panel').open")
    assert browser.js("document.querySelector('#panel .big').textContent").startswith(there)
    inside = (
        "document.activeElement === document.body || document.getElementById('panel').contains(document.activeElement)"
    )
    for key in ("Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
        browser.press(key)
        assert browser.js(inside), "the focus stays in the panel"
    browser.press("Escape")
    assert not browser.js("document.getElementById('panel').open")
    assert browser.js(FOCUS) == at, "and goes back to where it was"
    browser.press("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert f"{systems[0].overall.score:.3f}" in browser.js(FOCUS), "the edges hold"


def test_a_number_opens_all_that_is_known_of_it(browser, board, made):
    metrics = made.leaderboard.boards[0].metrics
    browser.open(board + "#view=metrics")
    for id in ("video.fid", "turn.response_rate"):
        column = browser.js(f"vidchatbench.data.columns.findIndex((c) => c.key === 'metric:{id}')")
        browser.click(f"#ranked tr[data-k='0'] td:nth-of-type({column + 1}) button")
        said = " ".join(browser.js("document.getElementById('panel-body').textContent").split())
        m, value = metrics[id], made.leaderboard.boards[0].systems[0].values[id]
        for part in (m.meaning, m.signature, m.source, m.anchor.high_id, "120 of 120", "99.6 %", "limits of use"):
            assert " ".join(part.split()) in said
        assert (value.ci_reason or "95 % interval") in said
        assert (m.no_rank or "paired tests") in said
        assert ("BCa" in said) == (value.ci95 is not None)
        browser.click("#panel .copy")
        browser.until("document.querySelector('#panel .copy').textContent !== 'Copy signature'")
        assert browser.js("String(getSelection())") == m.signature
        browser.click("#panel-close")
    browser.click("[data-define='0']")
    assert "who fails in one dimension cannot win" in browser.js("document.getElementById('panel-body').textContent")


def test_a_number_on_a_systems_own_page_opens_too(browser, site, systems):
    browser.open((site / "systems/made-1.0.0--dialogue--dyadic/acme--Dyad-4.html").as_uri())
    browser.js("document.querySelector('.values [data-cell]').focus()")
    browser.press("Enter")
    system = next(s for s in systems if s.id == "acme/Dyad-4")
    said = browser.js("document.getElementById('panel').innerText")
    assert f"{system.overall.score:.3f}" in said and system.flags[0] in said
    assert address(browser) == "cell=overall@acme/Dyad-4"
    browser.press("Escape")
    browser.js("location.hash = '#cell=metric:video.fid@acme/Dyad-4'")
    browser.until("document.getElementById('panel').open")
    assert "no interval" in browser.js("document.getElementById('panel').innerText")


def test_a_comparison_is_the_mean_of_paired_differences_by_source_video(browser, board, made, systems):
    one, two = systems[0], systems[3]
    browser.open(board)
    for k in (0, 3):
        browser.click(f"#ranked tr[data-k='{k}'] .pick input")
    browser.until("document.querySelector('.scatters')")
    assert json.loads(re.search(r"pair=(\[.*?\])", address(browser))[1]) == [one.id, two.id]
    found = browser.js("""(() => { const [a, b] = [0, 3].map((k) => vidchatbench.data.systems[k].data);
        return Promise.all([vidchatbench.data.items, a, b].map((path) => vidchatbench.numbers(path))).then(
          ([items, x, y]) => Object.fromEntries(Object.keys(x).map((id) =>
            [id, vidchatbench.difference(x[id], y[id], items.sources)]))); })()""")
    assert len(found) == sum(m.ranked_by == "mean" for m in made.leaderboard.boards[0].metrics.values())
    rows = [made.runs[system.path][1] for system in (one, two)]
    for id, said in found.items():
        x, y = (np.array([record.metrics[id].value for record in own]) for own in rows)
        sources = np.unique([record.source_video for record in rows[0]], return_inverse=True)[1]
        d = y - x
        adds = np.bincount(sources, d - d.mean()) / len(d)
        k = len(adds)
        reach = t.ppf(0.975, k - 1) * np.sqrt((adds**2).sum() * k / (k - 1))
        assert said["mean"] == pytest.approx(d.mean(), rel=1e-3, abs=1e-5)
        assert said["interval"] == pytest.approx([d.mean() - reach, d.mean() + reach], rel=1e-3, abs=1e-5)
        assert (said["n"], said["count"]) == (120, 108)
        assert said["mean"] == pytest.approx(two.values[id].value - one.values[id].value, abs=1e-4)
    text = browser.js("document.getElementById('compare').innerText")
    assert "no sample has one of its own" in text and "vidchatbench compare" in text and one.path in text
    assert "it is no test" in browser.js("document.querySelector('.method').textContent")
    browser.click(".scatter")
    x, y = (np.array([record.metrics["video.psnr"].value for record in own]) for own in rows)
    furthest = [rows[0][k].item_id for k in np.argsort(-abs(y - x), kind="stable")[:10]]
    assert browser.js("[...document.querySelectorAll('#panel tbody th')].map((h) => h.textContent)") == furthest
    assert browser.js("document.querySelectorAll('#panel circle').length") == 120
    browser.press("Escape")
    browser.click("#swap")
    browser.until(f"document.querySelector('.sides')?.textContent.includes('A better: {two.title}')")


def test_no_interval_stands_on_too_few_source_videos(browser, board):
    browser.open(board)
    line = [k / 7 for k in range(49)]
    few, enough = (browser.js(f"vidchatbench.difference({own}, {own[::-1]}, {list(range(len(own)))})") for own in
                   (line, [*line, 1.0]))  # fmt: skip
    assert few["interval"] is None and few["count"] == 49 and enough["interval"] and enough["count"] == 50


def test_the_policy_lets_nothing_else_run_or_load(chromium, board):
    chromium.open(board)
    chromium.js("""(() => { const script = document.createElement('script'); script.textContent = 'window.hit = 1';
        document.body.append(script); const image = new Image(); image.src = 'https://example.invalid/x.png';
        const other = document.createElement('script'); other.src = 'https://example.invalid/x.js';
        document.body.append(image, other); document.body.setAttribute('onclick', 'window.hit = 2');
        document.body.click(); })()""")
    assert chromium.js("fetch('https://example.invalid/').then(() => 'got', () => 'refused')") == "refused"
    assert chromium.js("window.hit") is None
    violated = [one for one in chromium.complaints() if one and "Content Security Policy" in one]
    assert len(violated) >= 5
    assert all(url.startswith("file:") for url in chromium.loaded())


def test_every_page_of_a_hostile_board_is_harmless_and_every_width_holds(browser, site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    build_site(hostile_board().write(folder / "leaderboard"), folder / "leaderboard/submissions", folder / "site")
    pages = [path for own in (site, folder / "site") for path in sorted(own.rglob("*.html"))]
    kinds = {(path.parts[-2], path.is_relative_to(folder)): path for path in pages if path.name != "index.html"}
    for path in [*kinds.values(), site / "index.html", folder / "site/index.html"]:
        for width in (390, 1440):
            browser.open(path.as_uri(), width=width)
            assert browser.js("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert browser.complaints() == []
    browser.open(next((folder / "site/boards").glob("*.html")).as_uri())
    browser.click("#ranked tr td button")
    assert HOSTILE in browser.js("document.getElementById('panel').textContent")
    browser.press("Escape")
    usable = browser.js("vidchatbench.data.systems.flatMap((s, k) => s.data ? [k] : [])")[:2]
    browser.js(f"""(() => {{ const f = document.getElementById('pair').elements; f.a.value = '{usable[0]}';
        f.b.value = '{usable[1]}'; f.b.dispatchEvent(new Event('input', {{bubbles: true}})); }})()""")
    browser.until("document.querySelector('.scatters')")
    assert HOSTILE in browser.js("document.getElementById('plot').textContent")
    assert not browser.js("Boolean(document.querySelector('img, iframe, [onerror]'))")


def test_colours_follow_the_system_until_somebody_chooses(browser, board, site):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = browser.open(board).js(ground)
    dark = browser.open(board, dark=True).js(ground)
    assert light != dark
    browser.click("#theme")
    assert browser.js(ground) == light and "light" in browser.js("document.getElementById('theme').textContent")
    assert browser.open((site / "index.html").as_uri(), dark=True).js(ground) == light, "and the choice is kept"
    browser.click("#theme")
    browser.click("#theme")
    assert browser.js(ground) == dark
