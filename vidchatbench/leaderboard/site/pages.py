"""The pages, from their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vidchatbench.leaderboard.schema import Board, Leaderboard, Past
from vidchatbench.leaderboard.site.column import columns, ranks, span
from vidchatbench.leaderboard.site.row import LEVELS, Row, groups, page_data
from vidchatbench.leaderboard.site.web import web
from vidchatbench.report.quote import numeral
from vidchatbench.report.templating import environment, text
from vidchatbench.stats.sign_flip import MIN_FLIPPED, MIN_MEAN

_PACKAGE = "vidchatbench.leaderboard.site"
_SCRIPTS = ("theme.js", "panel.js", "table.js", "compare.js")


class Pages:
    """Writes the pages of a leaderboard below `out`."""

    def __init__(self, found: Leaderboard, folders: Mapping[str, str], out: Path) -> None:
        """Args: the leaderboard; each board's name in addresses, by id; the folder to write to."""
        self.found, self.folders, self.out = found, folders, out
        self._templates = environment(_PACKAGE, numeral=numeral, web=web, ranks=ranks, span=span)
        self._put("assets/site.css", text("base.css", "plot.css") + text("site.css", package=_PACKAGE))
        self._put("assets/site.js", text(*_SCRIPTS, package=_PACKAGE))

    def index(self) -> None:
        """The first page."""
        boards = sorted(self.found.boards, key=lambda board: board.demonstration)
        self._page("index.html", "index.html.j2", "", boards=boards)

    def board(self, board: Board, rows: Sequence[Row]) -> None:
        """A board's page, and one for each of its systems."""
        all_columns = columns(board)
        common = {"board": board, "columns": all_columns}
        comparison = {
            "items": f"data/{self.folders[board.id]}/items.js",
            "least": MIN_MEAN,
            "leastTested": MIN_FLIPPED,
        }
        self._page(
            f"boards/{self.folders[board.id]}.html", "board.html.j2", "../",
            rows=rows, groups=groups(rows), data=page_data(all_columns, rows) | comparison, **common,
        )  # fmt: skip
        for row in rows:
            self._page(
                row.page, "system.html.j2", "../../",
                row=row, past=self._past(row.system.id), data=page_data(all_columns, [row]), **common,
            )  # fmt: skip

    def _past(self, id: str) -> list[tuple[Board, Past]]:
        return [(board, past) for board in self.found.boards for past in board.past if past.id == id]

    def _page(self, path: str, template: str, root: str, **content: object) -> None:
        made = self._templates.get_template(template).render(
            found=self.found, folders=self.folders, root=root, levels=LEVELS, **content
        )
        self._put(path, made)

    def _put(self, path: str, content: str) -> None:
        file = self.out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="\n")
