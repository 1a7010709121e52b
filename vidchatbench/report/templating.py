"""How a page is made of its templates, the same for every page."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(package: str = "vidchatbench.report", **filters: Callable[..., object]) -> Environment:
    """Templates of a package's folder `templates`: what comes from outside is escaped, a missing name is an error."""
    made = Environment(
        loader=PackageLoader(package), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= filters
    return made


def text(*names: str, package: str = "vidchatbench.report") -> str:
    """Files of a package's folder `templates`, end to end."""
    source = files(package) / "templates"
    return "".join((source / name).read_text(encoding="utf-8") for name in names)
