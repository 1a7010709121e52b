"""Weights that no package brings: a file of a catalogue, in the weights folder."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from vidchatbench.errors import NotReady
from vidchatbench.weights.entry import WeightsEntry
from vidchatbench.weights.folder import Found, find, weights_dir
from vidchatbench.weights.weights_file import WeightsFile


@dataclass(frozen=True, slots=True)
class CatalogueFile(WeightsFile):
    """A weights file in the weights folder, known by its catalogue's entry. Cheap, and can be pickled."""

    entry: WeightsEntry

    @property
    def sha256(self) -> str | None:
        """Of the file in the folder as its name tells, else the known one; None where neither tells."""
        found = find(self.entry.file)
        return (found[0].sha256 if len(found) == 1 else None) or self.entry.sha256

    @property
    def label(self) -> str:
        """8 hex digits; `unofficial-<8>` for another content; `unrecorded` before an unknown sha256 is first seen.

        Needs no file and never raises: where two contents lie in the folder it is `ambiguous`, and `locate` raises.
        """
        found = find(self.entry.file)
        if len(found) > 1:
            return "ambiguous"
        sha256 = (found[0].sha256 if found else None) or self.entry.sha256 or self.entry.sha256_prefix
        mark = "unofficial-" if found and found[0].state == "unofficial" else ""
        return mark + (sha256[:8] if sha256 else "unrecorded")

    def found(self) -> Found | None:
        """What lies in the folder, or None.

        Raises:
            NotReady: Where more than one does, with what to remove: none is preferred in silence.
        """
        found = find(self.entry.file)
        if len(found) < 2:
            return found[0] if found else None
        raise NotReady(
            f"several files are there for the weights {self.entry.name}: {', '.join(one.name for one in found)}",
            where=weights_dir(),
            remedy="keep one and remove the others: " + " or ".join(f"rm {typed(one.name)}" for one in found),
        )

    def locate(self) -> Path:
        """The file's path.

        Raises:
            NotReady: Where it is not in the weights folder, is there twice, or has a sha256 that nobody has recorded.
        """
        found = self.found()
        if found is None:
            raise NotReady(self._absent(), where=weights_dir() / self.entry.file, remedy=self.remedy())
        if found.state == "official" and self.entry.sha256 is None:
            raise NotReady(
                f"no catalogue knows the sha256 of the weights {self.entry.name}, and it is not recorded yet",
                where=weights_dir() / found.name,
                remedy=f"vidchatbench weights add {self.entry.name} {typed(found.name)}{self._consent()}",
            )
        return weights_dir() / found.name

    def expected(self) -> str:
        """The sha256 in the file's name, or the known one."""
        self.locate()
        found = self.found()
        known = (found.sha256 if found else None) or self.entry.sha256
        assert known is not None  # `locate` refused such a file
        return known

    def replacement(self) -> str:
        """To remove it and bring it again."""
        found = self.found()
        name = found.name if found else self.entry.file
        again = (
            f"vidchatbench weights add {self.entry.name} FILE --unofficial"
            if found and found.state == "unofficial"
            else self.remedy()
        )
        return f"remove it and bring it again: rm {typed(name)}, then {again}"

    def remedy(self) -> str:
        """What to type where it is absent."""
        return f"vidchatbench weights pull {self.entry.name}{self._consent()}" if self.entry.url else self.by_hand()

    def by_hand(self) -> str:
        """How a person brings it here without a download."""
        consent = self._consent()
        return f"get it ({self.place()}), then type: vidchatbench weights add {self.entry.name} FILE{consent}"

    def place(self) -> str:
        """Where a person finds it: the url, else what the catalogue says in words."""
        inside = f"{self.entry.member} in " if self.entry.member else ""
        return inside + (self.entry.url or self.entry.source)

    def _absent(self) -> str:
        size = f"{self.entry.size:,} bytes, " if self.entry.size else ""
        return (
            f"the weights {self.entry.name} ({self.entry.file}) are not in the weights folder ({size}licence "
            f"{self.entry.licence}, sha256 {self.entry.sha256 or 'unknown'})"
        )

    def _consent(self) -> str:
        return " --accept-license" if self.entry.limits else ""


def typed(name: str) -> str:
    """A file of the weights folder as one types it; `~` for home, since results.json keeps what is said here."""
    path, home = weights_dir() / name, Path.home()
    if path.is_relative_to(home):
        return f"~/{shlex.quote(str(path.relative_to(home)))}"
    return shlex.quote(str(path))
