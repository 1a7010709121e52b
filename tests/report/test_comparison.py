"""The table and the forest plot of a comparison: what they say at any width, and that nothing in them is code."""

import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from helpers.made_run import PSNR, faces, made_run, psnr, with_metric
from rich.console import Console

from vidchatbench.comparison import compare
from vidchatbench.report.comparison_table import print_comparison
from vidchatbench.report.forest import write_forest

HOSTILE = '<script>alert("1")</script>&[red]x[/red]'


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    root, rs = tmp_path_factory.mktemp("runs"), np.random.RandomState(0)
    reference = rs.randn(60, 10)
    a = made_run(root / "a", {**psnr(rs.rand(60) + 20), **faces(reference, reference + 0.3)}, name="first")
    b = made_run(root / "b", {**psnr(rs.rand(60) + 21), **faces(reference + 1, reference + 0.3)}, name=HOSTILE)
    c = made_run(root / "c", psnr(range(60)), name="third", change=with_metric(PSNR, signature="video.psnr|v0"))
    return compare(a, [b, c])


def printed(found, **options):
    out = io.StringIO()
    print_comparison(found, Console(file=out, **options))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_table_line_is_wider_than_the_terminal(found, width):
    text = printed(found, width=width)
    tables = re.findall(r"^metric .*?(?=^p is adjusted)", text, flags=re.MULTILINE | re.DOTALL)
    assert len(tables) == 2 and max(len(line) for table in tables for line in table.splitlines()) <= width
    assert HOSTILE in text and "≠" in text and "not compared: video.psnr: signature" in text


def test_plain_terminals_get_plain_signs(found):
    class Ascii(io.StringIO):
        encoding = "ascii"

    out = Ascii()
    print_comparison(found, Console(file=out, width=100))
    assert out.getvalue().isascii() and "!=" in out.getvalue()


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.links = [], []

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href")]


def test_the_page_needs_nothing_and_runs_nothing(found, tmp_path):
    write_forest(tmp_path / "forest.html", found)
    text = (tmp_path / "forest.html").read_text()
    tags = Tags()
    tags.feed(text)
    assert not {"script", "link", "img", "iframe"} & set(tags.found) and not tags.links and "url(" not in text
    assert tags.found.count("circle") + tags.found.count("path") == 2, "a mark for each difference"
    assert "&lt;script&gt;" in text and "not the same number" in text
    write_forest(tmp_path / "again.html", found)
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "forest.html").read_bytes()
