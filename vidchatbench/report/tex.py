"""Text that LaTeX sets as it is written."""

from __future__ import annotations

_TEX = str.maketrans(
    {c: "\\" + c for c in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "\n": " "}
    | {"↑": r"$\uparrow$", "↓": r"$\downarrow$", "–": "--", "|": r"\textbar{}\allowbreak{}"}
)


def tex(text: str) -> str:
    """The text with every character that means something to LaTeX escaped; a line may break after `|`, `--` stays."""
    return "-{}-".join(part.translate(_TEX) for part in text.split("--"))
