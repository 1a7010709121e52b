"""What to cite: the harness and its benchmark's paper. `CITATION.cff` is printed from here; a test keeps them equal."""

from __future__ import annotations

import json
from dataclasses import dataclass

from vidchatbench import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Something that can be cited."""

    key: str
    """Its name in BibTeX."""
    title: str
    authors: tuple[tuple[str, str], ...]
    """Family and given names; of a group, its name and an empty one."""
    year: int
    version: str = ""
    licence: str = ""
    conference: str = ""
    arxiv: str = ""

    @property
    def short(self) -> str:
        """How a sentence names it: `Zhang et al., 2026`."""
        more = " et al." if len(self.authors) > 1 else ""
        return f"{self.authors[0][0]}{more}, {self.year}"

    @property
    def bibtex(self) -> str:
        """Its BibTeX entry."""
        names = [f"{family}, {given}" if given else f"{{{family}}}" for family, given in self.authors]
        fields = {
            "title": f"{{{self.title}}}",
            "author": " and ".join(names),
            "booktitle": self.conference,
            "year": str(self.year),
            "version": self.version,
            "note": f"Licence: {self.licence}" if self.licence else "",
            "eprint": self.arxiv,
            "archiveprefix": "arXiv" if self.arxiv else "",
        }
        lines = [f"  {name:13} = {{{text}}}," for name, text in fields.items() if text]
        return "\n".join([f"@{'inproceedings' if self.conference else 'software'}{{{self.key},", *lines, "}"])

    @property
    def reference(self) -> str:
        """A line for a list of references."""
        names = [f"{given} {family}".lstrip() for family, given in self.authors]
        listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        where = [
            self.conference,
            f"Version {self.version}" if self.version else "",
            self.arxiv and f"arXiv:{self.arxiv}",
        ]
        return ". ".join([listed, self.title, ", ".join([*filter(None, where), str(self.year)])]) + "."


PAPER = Work(
    key="zhang2026speakervid5m",
    title="SpeakerVid-5M: A Large-Scale High-Quality Dataset for Audio-Visual Dyadic Interactive Human Generation",
    authors=(
        ("Zhang", "Youliang"),
        ("Li", "Zhaoyang"),
        ("Wang", "Duomin"),
        ("Zhang", "Jiahe"),
        ("Zhou", "Deyu"),
        ("Yin", "Zixin"),
        ("Dai", "Xili"),
        ("Yu", "Gang"),
        ("Li", "Xiu"),
    ),
    year=2026,
    conference="International Conference on Learning Representations (ICLR)",
    arxiv="2507.09862",
)
"""The paper that defines the benchmark."""


def harness(version: str = __version__) -> Work:
    """This program, in a version: that which computed what is cited."""
    return Work(
        key="vidchatbench",
        title="VidChatBench: the evaluation harness for models that watch and hear one person and answer as another "
        "with a talking video",
        authors=(("VidChatBench contributors", ""),),
        year=2026,
        version=version,
        licence="Apache-2.0",
    )


def cff() -> str:
    """The content of `CITATION.cff` (Citation File Format 1.2.0), of this version."""
    us = harness()
    people = [f"      - {{family-names: {json.dumps(f)}, given-names: {json.dumps(g)}}}" for f, g in PAPER.authors]
    return "\n".join([
        "# Printed by: vidchatbench cite --format cff",
        "cff-version: 1.2.0",
        "message: If you use VidChatBench, please cite the harness with its version, and the paper of its benchmark.",
        "type: software",
        f"title: {json.dumps(us.title)}",
        f"version: {json.dumps(us.version)}",
        f"license: {us.licence}",
        "authors:",
        *(f"  - name: {json.dumps(name)}" for name, _ in us.authors),
        "references:",
        "  - type: conference-paper",
        f"    title: {json.dumps(PAPER.title)}",
        "    authors:",
        *people,
        f"    year: {PAPER.year}",
        f"    conference: {{name: {json.dumps(PAPER.conference)}}}",
        "    identifiers:",
        f"      - {{type: other, value: {json.dumps('arXiv:' + PAPER.arxiv)}}}",
        f"    url: https://arxiv.org/abs/{PAPER.arxiv}",
        "",
    ])  # fmt: skip
