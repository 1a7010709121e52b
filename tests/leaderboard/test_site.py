"""The site's files: whole, the same every time, safe against what they show, and nothing left out or led astray."""

import gzip
import json
import re
import shutil
import string
from dataclasses import replace

import pytest
from helpers.page import Page
from helpers.simulated_board import HOSTILE, hostile_board, simulated_board
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.cli import main
from vidchatbench.errors import DataError, UsageError
from vidchatbench.leaderboard.read import read_leaderboard
from vidchatbench.leaderboard.schema import RankSet
from vidchatbench.leaderboard.site import build_site
from vidchatbench.leaderboard.site.column import columns, ranks
from vidchatbench.leaderboard.site.names import Names
from vidchatbench.leaderboard.site.samples import Samples
from vidchatbench.leaderboard.site.web import web


def built(folder, made, **options):
    board = made.write(folder / "leaderboard")
    found = build_site(board, folder / "leaderboard/submissions", folder / "site", **options)
    return folder / "site", found


def contents(site):
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made():
    return simulated_board(5, 20, seeds=2, demonstration=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory, made):
    return built(tmp_path_factory.mktemp("made"), made, source="https://example.org/tree/leaderboard/")[0]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return built(tmp_path_factory.mktemp("hostile"), hostile_board())


def test_every_page_is_whole_and_links_to_what_is_there(site):
    for path in site.rglob("*.html"):
        page = Page(path.read_text())
        for link in page.values("href") + page.values("src"):
            if not link.startswith(("https:", "#", "data:")):
                assert (path.parent / link.split("#")[0]).is_file(), (path, link)


def test_nothing_that_the_board_knows_is_left_out(site, made):
    first, empty = made.leaderboard.boards
    text = Page((site / "boards/made-1.0.0--dialogue--dyadic.html").read_text()).text
    for system in first.systems:
        assert system.title in text
        assert system.ranked or system.kind != "submission" or system.not_ranked in text
    for one in first.reported:
        assert one.title in text and one.source in text
    assert all(past.reason in text and past.run_id in text and past.status in text for past in first.past)
    assert "Demonstration board" in text and "says nothing about how good any model is" in text
    index = Page((site / "index.html").read_text()).text
    assert all(board.title in index for board in (first, empty))
    assert all(folder in index and why in index for folder, why in made.leaderboard.refused.items())
    assert index.index("Demonstration") > index.index(empty.title), "a real board stands before a demonstration"
    bare = Page((site / "boards/empty-1--dialogue--conditioned.html").read_text()).text
    assert "Nobody has submitted" in bare and "32.35" in bare and "not computed here" in bare


def test_a_system_has_all_it_declared_on_its_page(site, made):
    for system in made.leaderboard.boards[0].systems:
        path = next(path for path in (site / "systems").rglob("*.html") if f">{system.title}</h1>" in path.read_text())
        page = Page(path.read_text())
        said = [system.id, system.revision, system.license, system.harness, system.run_id, *system.training_data]
        assert all(one in page.text for one in said + list(system.flags))
        assert f"https://example.org/tree/leaderboard/{system.path}" in page.values("href")
        assert any(link.startswith("../../reports/") for link in page.values("href"))
        for column in columns(made.leaderboard.boards[0]):
            assert all(fact in page.text for fact in column.facts(system)[:3])


def test_the_same_input_gives_the_same_bytes_and_a_new_site_replaces_the_old(tmp_path, made):
    site, found = built(tmp_path, made)
    before = contents(site)
    assert found.pages == sum(name.endswith(".html") for name in before)
    assert found.bytes == sum(map(len, before.values()))
    (site / "systems/stale.html").write_text("of a system that is gone")
    (site / "CNAME").write_text("board.example")
    build_site(tmp_path / "leaderboard/leaderboard.json", tmp_path / "leaderboard/submissions", site)
    assert contents(site) == before | {"CNAME": b"board.example"}


def test_no_folder_of_somebody_else_is_replaced(tmp_path, made):
    board = made.write(tmp_path / "leaderboard")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("all of it")
    with pytest.raises(UsageError, match="is no site"):
        build_site(board, tmp_path / "leaderboard/submissions", mine)
    with pytest.raises(UsageError, match="is no site"):
        build_site(board, tmp_path / "leaderboard/submissions", mine / "thesis.tex")
    assert [path.name for path in mine.iterdir()] == ["thesis.tex"]


def test_a_failure_leaves_the_old_site_and_no_crumbs(tmp_path, made, monkeypatch):
    site, _ = built(tmp_path, made)
    before = contents(site)
    monkeypatch.setattr("vidchatbench.leaderboard.site.build.Pages.index", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build_site(tmp_path / "leaderboard/leaderboard.json", tmp_path / "leaderboard/submissions", site)
    assert contents(site) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leaderboard", "site"]


def test_hostile_words_stay_words(hostile):
    site, _ = hostile
    pages = [path for path in site.rglob("*.html") if path.parent.name != "reports"]
    assert len(pages) == 10
    for path in pages:
        page = Page(path.read_text())
        root = "../" * (len(path.relative_to(site).parts) - 1)
        assert [value for tag, name, value in page.attributes if (tag, name) == ("script", "src")] == [
            f"{root}assets/site.js"
        ]
        assert page.tags["script"] == 1 + ("application/json" in page.values("type"))
        assert page.tags["img"] == page.tags["iframe"] == page.tags["base"] == 0
        assert not any(name.startswith("on") or name == "style" for _, name, _ in page.attributes)
        assert HOSTILE in page.text
        for link in page.values("href"):
            assert link.startswith(("https://", "#", "../", "assets/", "boards/")), link
            assert "evil.example" not in link and "<" not in link and '"' not in link
    text = "".join(path.read_text() for path in (site / "systems").rglob("*.html"))
    assert '<a href="https://good.example/a" rel="nofollow noopener noreferrer">' in text
    assert '<a href="http://plain' not in text and 'href="javascript' not in text
    data = re.search(r'id="data">(.*?)</script>', next((site / "boards").glob("*.html")).read_text(), re.S)[1]
    assert json.loads(data)["systems"][0]["title"] == HOSTILE and "<" not in data
    assert all("<" not in path.name and path.suffix == ".js" for path in (site / "data").rglob("*") if path.is_file())


def test_no_path_leads_out_of_the_folder_of_submissions(hostile):
    site, found = hostile
    assert len(found.notes) == 2 and all("leads out of the folder" in note for note in found.notes)
    assert len(list((site / "reports").iterdir())) == 4


def test_a_run_whose_files_are_gone_or_damaged_keeps_its_row_and_says_why(tmp_path, made, capsys):
    board = made.write(tmp_path / "leaderboard")
    gone, damaged = (system.path for system in made.leaderboard.boards[0].systems[:2])
    shutil.rmtree(tmp_path / "leaderboard" / gone)
    (tmp_path / "leaderboard" / damaged / "items.jsonl.gz").write_bytes(gzip.compress(b"{}\n"))
    names = ("--board", board, "--submissions", tmp_path / "leaderboard/submissions", "--out", tmp_path / "site")
    assert main(["leaderboard", "site", *map(str, names)]) == 0
    said = capsys.readouterr().out
    assert f"no report and no comparison of {gone}: there are no results here" in said
    assert f"no report and no comparison of {damaged}: cannot be read" in said
    text = "".join(path.read_text() for path in (tmp_path / "site/systems").rglob("*.html"))
    assert text.count("No report: ") == 2 and str(tmp_path) not in text


def test_a_board_that_is_no_board_is_refused(tmp_path, capsys):
    with pytest.raises(DataError, match="leaderboard build"):
        read_leaderboard(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text('{"schema": "vidchatbench.leaderboard/2"}')
    assert main(["leaderboard", "site", "--board", str(tmp_path / "bad.json"), "--out", str(tmp_path / "site")]) == 2
    assert "not a vidchatbench.leaderboard/1 file" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_items_are_compared_only_where_they_give_the_boards_value(made):
    board = made.leaderboard.boards[0]
    system = board.systems[0]
    _, records = made.runs[system.path]
    own = Samples.of(board, system, records)
    assert "video.psnr" in own.values and len(own.values["video.psnr"]) == 20, "seeds are averaged first"
    assert "all samples together" in own.without["video.fid"]
    wrong = replace(system.values["video.psnr"], value=system.values["video.psnr"].value + 1e-3)
    other = Samples.of(board, replace(system, values={**system.values, "video.psnr": wrong}), records)
    assert "video.psnr" not in other.values and "not the mean" in other.without["video.psnr"]
    foreign = [replace(record, item_id=f"l{k}", task="listening") for k, record in enumerate(records)]
    assert Samples.of(board, system, [*records, *foreign]) == own, "a board is of one task"
    assert own.line("video.psnr", ["absent", "d000"])[0] is None


def test_rank_sets_in_words():
    assert [ranks(one) for one in (None, RankSet(best=1, worst=3), RankSet(best=2, worst=2))] == ["", "1–3", "2"]


@given(st.lists(st.text(max_size=120), max_size=12))
def test_names_are_safe_and_no_two_alike(texts):
    names = Names()
    found = [names.of(text) for text in [*texts, *texts]]
    assert len({name.lower() for name in found}) == len(found)
    allowed = set(string.ascii_letters + string.digits + "._-")
    assert all(name and set(name) <= allowed and name[0] not in ".-" and len(name) < 120 for name in found)


def test_a_usual_name_is_kept():
    names = Names()
    assert names.of("org/model-1.0") == "org--model-1.0"
    assert names.of("org--model-1.0") != "org--model-1.0" and names.of("ORG/model-1.0") != "ORG--model-1.0"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
        ("http://example.org", None),
        ("javascript:alert(1)", None),
        (" https://example.org", None),
        ("https://example.org/\nx", None),
        ("https://user:word@example.org", None),
        ("https://", None),
        ("https://[", None),
        ("https://x:notaport/", None),
        ("//example.org", None),
        ("", None),
        (None, None),
    ],
)
def test_only_plain_https_becomes_a_link(url, link):
    assert web(url) == link


@given(st.text())
def test_no_address_breaks_out_of_an_attribute(text):
    found = web("https://x.example/" + text)
    assert found is None or not set(found) & set('"<> \n\\`')
