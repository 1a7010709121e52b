"""The page in a browser: it sorts, filters, and opens lines, under its own policy."""

import pytest
from helpers.browser import CHROMIUM, Browser

from report.builder import make, strips
from vidchatbench.report.html import write_report

STEPS = """
(async () => {
  const heads = () => [...document.querySelectorAll('#samples > tbody > tr[data-k] > th')];
  const names = () => heads().map((th) => th.innerText.trim());
  const press = (column) => document.querySelector(`#samples > thead [data-sort="${column}"] button`).click();
  const say = {};
  const covered = () => [...document.querySelectorAll('.marks')].flatMap((marks) => {
    const outer = marks.getBoundingClientRect(), own = [...marks.children].map((mark) => mark.getBoundingClientRect());
    const beyond = own.filter((a) => a.right > outer.right + 1 || a.bottom > outer.bottom + 1 || a.top < outer.top - 1);
    const over = own.filter((a, k) => own.slice(0, k).some((b) => a.left < b.right && b.left < a.right
      && a.top < b.bottom - 1 && b.top < a.bottom - 1));
    return [...beyond, ...over];
  });
  say.words = document.querySelectorAll('.fold .words i').length;
  say.covered = covered();
  const levels = () => new Set([...document.querySelectorAll('.fold .words i')].map((m) => m.style.top)).size;
  say.levels = levels();
  document.body.style.width = '390px';
  for (let k = 0; k < 200 && covered().length; k++) {  // placed anew when the browser next lays the page out
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 10)));
  }
  say.narrowed = [covered(), levels()];
  document.body.style.width = '';
  say.opened = document.querySelectorAll('.fold').length;
  say.openedPictures = document.querySelectorAll('.fold img').length;
  press(0); say.byName = names();
  press(0); say.byNameTurned = names();
  press(5); say.byPsnr = names();
  say.sorted = document.querySelector('#samples > thead [aria-sort]').getAttribute('aria-sort');
  const form = document.getElementById('filters');
  form.elements.status.value = 'failed';
  form.dispatchEvent(new Event('input')); say.failed = names();
  form.elements.status.value = '';
  form.elements.find.value = 'D003';
  form.dispatchEvent(new Event('input')); say.found = names();
  form.reset(); form.dispatchEvent(new Event('input'));
  document.querySelector('#samples > tbody button').click();
  say.expanded = document.querySelectorAll('[aria-expanded="true"]').length;
  say.shown = document.getElementById('shown').textContent;
  document.getElementById('more').click();
  say.all = names().length;
  say.wide = document.documentElement.scrollWidth <= innerWidth;
  return say;
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
@pytest.mark.parametrize("width", [500, 1440])
def test_sorts_filters_and_opens(tmp_path, browser, width):
    results, items = make(60)
    path = tmp_path / "report.html"
    write_report(path, results, items, strips(items))
    browser.open(path.as_uri() + "#item-d003", width=width)
    assert not browser.js("document.getElementById('filters').hidden"), "its script may run"
    say = browser.js(STEPS)
    assert browser.complaints() == []
    names = sorted(item.item_id for item in items)
    assert (say["opened"], say["openedPictures"]) == (1, 16)
    spoken = next(item for item in items if item.item_id == "d003").words
    assert say["words"] == sum(map(len, spoken.values())) > 20
    assert say["covered"] == [], "a word hides another, or leaves its place"
    assert say["narrowed"][0] == [] and say["narrowed"][1] >= say["levels"] > 1
    assert width == 500 or say["narrowed"][1] > say["levels"], "a narrower page needs more lines for the same words"
    assert say["byName"] == names[: len(say["byName"])] and say["byNameTurned"][0] == names[-1]
    worst = sorted(items, key=lambda item: (item.metrics["video.psnr"].value, item.item_id))
    assert say["byPsnr"] == [item.item_id for item in worst][: len(say["byPsnr"])]
    assert say["sorted"] == "ascending"
    assert say["failed"] == [item.item_id for item in worst if item.status == "failed"]
    assert say["found"] == ["d003"]
    assert say["expanded"] == 2
    assert say["all"] == 60
    assert say["wide"], "the page itself must not scroll sideways"
