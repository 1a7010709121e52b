"""Level 0: whether a submission is what it says that it is, and about the installed test set and metrics."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from vidchatbench import __version__
from vidchatbench.metric import Metric
from vidchatbench.registry import Entry, families, select
from vidchatbench.results.schema import MetricResult
from vidchatbench.submission import schema
from vidchatbench.submission.codes import found
from vidchatbench.submission.context import Context
from vidchatbench.submission.declared import folder_of, valid_id
from vidchatbench.submission.finding import Finding, NotChecked
from vidchatbench.submission.opened import Opened, key_of
from vidchatbench.submission.run_id import time_of
from vidchatbench.types import SampleKey

_SLACK: Final = timedelta(days=1)
"""By which the id's time may differ from `created_utc`, and both from the checker's clock."""
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_URL: Final = re.compile(r"https?://[^\s<>\"'`\\]{3,500}", re.ASCII)
_OWN_WEIGHTS: Final = (":unofficial-", ":unrecorded")
_AGAIN: Final = "score the outputs again and pack that run: vidchatbench eval --pred OUTPUTS, vidchatbench submit RUN"
_PACK: Final = "pack the run anew: vidchatbench submit RUN --pred OUTPUTS"


def check_form(opened: Opened, context: Context) -> tuple[list[Finding], list[NotChecked]]:
    """All findings of level 0 beyond what reading it showed."""
    findings = [
        *check_identity(opened),
        *_declarations(opened),
        *_earlier(opened, context),
        *_benchmark(opened, context),
    ]
    if not any(finding.code == "testset-other" for finding in findings):
        findings += [*_samples(opened, context), *_metrics(opened, context)]
    return findings, [
        NotChecked(what="declarations: training data, revision, licence, that all seeds are reported", why="nothing "
                   "in a submission can show them"),
    ]  # fmt: skip


def check_identity(opened: Opened) -> Iterator[Finding]:
    """Whether folder, run id, time and withdrawal belong together."""
    said, path = opened.submission, Path(os.path.abspath(opened.path))  # noqa: PTH100 - resolve() follows links
    wanted = f"{folder_of(said.model.id)}/{said.run_id}"
    if f"{path.parent.name}/{path.name}" != wanted or path.parent.is_symlink() or path.is_symlink():
        detail = f"the folder is {path.parent.name}/{path.name}, submission.json says {wanted}"
        yield found("path", schema.SUBMISSION, detail, f"name the folder submissions/{wanted}")
    made, created = time_of(said.run_id), _time(said.created_utc)
    if made is None or created is None:
        what = (
            f"run_id {said.run_id!r} is no UUIDv7" if made is None else f"created_utc {said.created_utc!r} is no time"
        )
        yield found("run-id", schema.SUBMISSION, what, _PACK)
    elif abs(made - created) > _SLACK or max(made, created) > datetime.now(UTC) + _SLACK:
        detail = f"the id was made at {made:%Y-%m-%d %H:%M}, created_utc says {said.created_utc}, or both lie ahead"
        yield found("run-id", schema.SUBMISSION, detail, _PACK)
    if opened.withdrawal is not None and (
        opened.withdrawal.run_id != said.run_id
        or _time(opened.withdrawal.withdrawn_utc) is None
        or not _plain(opened.withdrawal.reason, 2000)
        or not all(_plain(word, 2000) for note in opened.withdrawal.notes.items() for word in note)
    ):
        detail = "it names another run, gives no time, or no reason (notes, too: 1 to 2000 letters on one line)"
        yield found("withdrawal", schema.WITHDRAWAL, detail, "vidchatbench submit --withdraw DIR --reason TEXT")


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _declarations(opened: Opened) -> Iterator[Finding]:
    said, model = opened.submission, opened.submission.model
    remedy = "declare it again: vidchatbench submit RUN --pred OUTPUTS, or --model-file"
    if not valid_id(model.id):
        yield found("declaration", schema.SUBMISSION, f"model.id {model.id!r} is not ORG/NAME", remedy)
    texts = {f"model.{name}": getattr(model, name) for name in ("revision", "license", "title")}
    texts |= {"model.name of results.json": opened.results.model.name}
    texts |= {f"model.training_data.{k}": name for k, name in enumerate(model.training_data)}
    texts |= {f"model.components.{k}.id": part.id for k, part in enumerate(model.components)}
    texts |= {f"model.components.{k}.revision": part.revision for k, part in enumerate(model.components)}
    texts |= {f"environment.packages.{name}": version for name, version in said.environment.packages.items()}
    texts |= {f"environment.packages: {name}": name for name in said.environment.packages}
    texts |= {"environment.python": said.environment.python, "environment.platform": said.environment.platform}
    texts |= {f"harness.{name}": getattr(said.harness, name) for name in ("version", "git_sha")}
    if said.generation is not None:
        texts |= {f"generation.hardware.{name}": value for name, value in said.generation.hardware.items()}
        texts |= {f"generation.hardware: {name}": name for name in said.generation.hardware}
        if not re.fullmatch(r"[0-9a-f]{64}", said.generation.adapter_sha256):
            yield found("declaration", schema.SUBMISSION, "generation.adapter_sha256 is no sha256", remedy)
    for name, text in texts.items():
        if text is not None and not _plain(text, 300):
            detail = f"{name} is empty, longer than 300 letters, or has control characters: {text!r}"
            yield found("declaration", schema.SUBMISSION, detail, remedy)
    for name, url in (("url", model.url), ("paper", model.paper), ("outputs_url", said.outputs_url)):
        if url is not None and not _URL.fullmatch(url):
            yield found("declaration", schema.SUBMISSION, f"{name} {url!r} is no http(s) address", remedy)
    if model.n_params is not None and not 0 < model.n_params < 10**15:
        yield found("declaration", schema.SUBMISSION, f"model.n_params is {model.n_params}", remedy)
    if said.harness.version != opened.results.harness.version or opened.results.harness.name != "vidchatbench":
        detail = f"harness.version is {said.harness.version}, results.json says {opened.results.harness.version}"
        yield found("harness", schema.SUBMISSION, detail, _PACK)
    elif said.harness.version != __version__:
        detail = f"it was scored by version {said.harness.version}; this is {__version__}"
        yield found("harness-other", schema.RESULTS, detail, None)


def _plain(text: str, most: int) -> bool:
    return bool(text.strip()) and len(text) <= most and text.isprintable()


def _earlier(opened: Opened, context: Context) -> Iterator[Finding]:
    said = opened.submission
    mine = [one for one in context.others if one.submission.model.id == said.model.id]
    if said.supersedes is not None and said.supersedes not in {one.submission.run_id for one in mine}:
        known = ", ".join(one.submission.run_id for one in mine) or "none"
        detail = f"{said.supersedes} is no merged run of {said.model.id}; there are: {known}"
        remedy = (
            "name an earlier run with --supersedes, or leave it out; the check finds them by --against submissions/"
        )
        yield found("supersedes", schema.SUBMISSION, detail, remedy)
    if said.run_id in {one.submission.run_id for one in context.others}:
        yield found("run-id", schema.SUBMISSION, f"another merged run has the id {said.run_id}", _PACK)
    same = [
        one.submission.run_id
        for one in mine
        if one.submission.created_utc[:7] == said.created_utc[:7]
        and one.results.benchmark.testset == opened.results.benchmark.testset
        and one.withdrawal is None
    ]
    if same:
        detail = f"{', '.join(same)} is of the same month: one run of a model is ranked in a month"
        yield found("one-a-month", schema.SUBMISSION, detail, None)


def _benchmark(opened: Opened, context: Context) -> Iterator[Finding]:
    said, info, whole = opened.results.benchmark, context.testset.info, context.testset
    own = {
        "name": "vidchatbench", "testset": info.id, "version": info.version, "testset_sha256": whole.sha256,
        "protocol": info.protocol,
    }  # fmt: skip
    for name, value in own.items():
        if getattr(said, name) != value:
            detail = f"benchmark.{name} is {getattr(said, name)!r}, the installed test set's is {value!r}"
            yield found("testset-other", schema.RESULTS, detail, f"get this version of the test set, then {_AGAIN}")
    if said.profile != info.profile:
        detail = f"the profile is {said.profile!r}, the test set's own is {info.profile!r}"
        remedy = (
            f"vidchatbench eval --pred OUTPUTS --testset {info.id}, without --profile, --metrics, --exclude, --metric"
        )
        yield found("profile", schema.RESULTS, detail, remedy)
    if said.limited or said.left_out or said.reencoded or not opened.results.ranked:
        detail = "it was scored with --limit, without some items, or on re-encoded media of the test set"
        remedy = f"vidchatbench testset verify {info.id}, then score all of it: vidchatbench eval --pred OUTPUTS"
        yield found("not-ranked", schema.RESULTS, detail, remedy)


def _samples(opened: Opened, context: Context) -> Iterator[Finding]:
    said, testset = opened.results.benchmark, context.testset
    seeds = tuple(sorted({key_of(item).seed for item in opened.items}))
    if len(seeds) < testset.info.seeds or seeds != tuple(range(len(seeds))):
        detail = f"the seeds are {', '.join(map(str, seeds)) or 'none'}; {testset.info.id} wants {testset.info.seeds}, "
        detail += "numbered from 0 on"
        remedy = (
            f"vidchatbench generate ADAPTER --testset {testset.info.id} --seeds {testset.info.seeds}, then {_AGAIN}"
        )
        yield found("seeds", schema.ITEMS, detail, remedy)
        return
    wanted = sorted(testset.keys(seeds), key=lambda key: key.order)
    counts = {
        "n_items": len(testset.items), "items_total": len(testset.items), "n_samples": len(wanted),
        "n_seeds": len(seeds),
    }  # fmt: skip
    for name, count in counts.items():
        if getattr(said, name) != count:
            yield found("samples", schema.RESULTS, f"benchmark.{name} is {getattr(said, name)}, not {count}", _AGAIN)
    for name, keys in (
        (schema.ITEMS, [key_of(item) for item in opened.items]),
        (schema.MANIFEST, [key_of(line) for line in opened.manifest.values()]),
    ):
        if keys != wanted:
            yield found("samples", name, _unlike(keys, wanted), _PACK)
    order = {str(key): k for k, key in enumerate(wanted)}
    places = [order.get(key, -1) for key in opened.fingerprints]
    if -1 in places or places != sorted(places):
        yield found("samples", schema.FINGERPRINTS, "names other samples, or not in their order", _PACK)


def _unlike(keys: list[SampleKey], wanted: list[SampleKey]) -> str:
    lost, more = sorted(map(str, set(wanted) - set(keys))), sorted(map(str, set(keys) - set(wanted)))
    told = [f"lacks {', '.join(lost[:5])}"] * bool(lost) + [f"has {', '.join(more[:5])}, which there is not"] * bool(
        more
    )
    return "; ".join(told) or "holds a sample twice, or not in the order of their keys"


def _metrics(opened: Opened, context: Context) -> Iterator[Finding]:
    metrics = opened.results.metrics
    chosen = select(context.testset.info.profile, None, (), ())
    broken = [id for id, metric in chosen.items() if isinstance(metric, Entry)]
    if broken:
        remedy = "repair the installation that checks: vidchatbench doctor"
        yield found("profile", schema.RESULTS, f"{', '.join(broken)} cannot be loaded here", remedy)
        return
    lost, more = sorted(chosen.keys() - metrics.keys()), sorted(metrics.keys() - chosen.keys())
    if lost or more:
        told = [f"lacks {', '.join(lost[:5])}"] * bool(lost) + [f"has {', '.join(more[:5])} beside it"] * bool(more)
        remedy = "vidchatbench eval --pred OUTPUTS, without --profile, --metrics, --exclude, --metric"
        yield found("profile", schema.RESULTS, f"of the profile's metrics it {' and '.join(told)}", remedy)
        return
    said = dict(opened.results.families)
    own = {name: text for name, text in families().items() if name in {result.family for result in metrics.values()}}
    if said != own:
        yield found("card", schema.RESULTS, "families is not what the installed metrics say", _AGAIN)
    for id, metric in chosen.items():
        if isinstance(metric, Metric):
            yield from _metric(id, metrics[id], metric)


def _metric(id: str, result: MetricResult, metric: Metric) -> Iterator[Finding]:
    where, card = f"{schema.RESULTS}: {id}", metric.card
    own: Mapping[str, object] = {
        "unit": card.unit, "direction": card.direction, "version": card.version, "family": card.family,
        "title": card.title, "meaning": card.meaning, "source": card.source, "licence": card.licence,
        "fail_value": card.fail_value, "range": card.range, "real_kind": card.real, "compared": card.compared,
    }  # fmt: skip
    for name, value in own.items():
        if getattr(result, name) != value:
            yield found("card", where, f"{name} is {getattr(result, name)!r}, the installed metric's {value!r}", _AGAIN)
    if result.signature != metric.signature() or any(mark in result.signature for mark in _OWN_WEIGHTS):
        yield _other_signature(where, result.signature, metric.signature())
    for name, how in result.computation.items():
        if not _plain(name, 300) or not _plain(how, 4000):
            detail = (
                f"computation has an entry that is empty, endless, or has control characters: {name!r}: {how[:80]!r}"
            )
            yield found("card", where, detail, _AGAIN)
    short = result.value is None and result.remedy is not None
    if short or result.defects or "error" in result.by_reason:
        why = result.reason or "; ".join(result.defects) or f"{result.by_reason.get('error')} samples ended in an error"
        remedy = f"{result.remedy or 'vidchatbench doctor'}, then {_AGAIN}"
        yield found("incomplete", where, f"it has no sound value: {why}", remedy)
    yield from _in_range(where, result)


def _other_signature(where: str, said: str, own: str) -> Finding:
    if any(mark in said + own for mark in _OWN_WEIGHTS):
        detail = "it stands on weights that are not the published ones, or of which nobody recorded the digest"
        return found("weights", where, detail, f"vidchatbench weights ls; pull the published ones, then {_AGAIN}")
    k = next((k for k, (a, b) in enumerate(zip(said, own, strict=False)) if a != b), min(len(said), len(own)))
    here = slice(max(0, k - 20), k + 40)
    detail = f"its signature has ...{said[here]}..., the installed metric's ...{own[here]}"
    return found("signature", where, f"{detail}...: another version, other parameters or other weights", _AGAIN)


def _in_range(where: str, result: MetricResult) -> Iterator[Finding]:
    low, high = result.range
    values = {"value": result.value, "value_valid_only": result.value_valid_only, "real": result.real}
    values |= dict(zip(("ci95.0", "ci95.1"), result.ci95 or (), strict=False))
    for name, value in values.items():
        if value is None:
            continue
        slack = 1e-6 * max(1.0, abs(value))
        if not math.isfinite(value) or (low is not None and value < low - slack) or (
            high is not None and value > high + slack
        ):  # fmt: skip
            yield found("range", where, f"{name} is {value:g}, it can be {low} to {high}", _AGAIN)
    if result.valid_fraction is not None and not 0 <= result.valid_fraction <= 1:
        yield found("range", where, f"valid_fraction is {result.valid_fraction:g}", _AGAIN)
