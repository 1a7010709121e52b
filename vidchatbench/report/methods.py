"""A run in the words of a paper's methods section: what computed which numbers, from which sources."""

from __future__ import annotations

from collections.abc import Callable

from vidchatbench.report.citation import PAPER, Work, harness
from vidchatbench.report.gaps import unofficial, unranked
from vidchatbench.report.tex import tex
from vidchatbench.results.schema import MetricResult, Results


def methods(results: Results, *, latex: bool = False) -> str:
    """What a run computed: a paragraph, then one for each metric with its source and signature.

    All of it is read from the results; neither metrics nor weights need to be here. Metrics without a value, and what
    keeps the result from being ranked, are said.

    Args:
        results: The run.
        latex: For LaTeX with BibTeX, citing by key; else plain text with names and years.
    """
    plain, as_it_is = (tex, r"\path{{{}}}".format) if latex else (str, "`{}`".format)
    b, c, us = results.benchmark, results.coverage, harness(results.harness.version)
    used = {id_: metric for id_, metric in results.metrics.items() if metric.value is not None}
    testset, sha256 = plain(f"{b.testset} {b.version}"), as_it_is(b.testset_sha256)
    items, samples = _count(b.n_items, "item"), _count(b.n_samples, "sample")
    lost = f"{c.failed} of {_count(c.expected, 'sample')} could not be used"
    sentences = [
        f"The outputs of {plain(results.model.name)} were scored with VidChatBench {plain(us.version)}",
        f"{_cited(us, latex)} on the test set {testset} (sha256 {sha256}; {items}, {samples})",
        f"under the protocol {plain(b.protocol)} of VidChatBench {_cited(PAPER, latex)}, profile {plain(b.profile)}.",
        f"{lost}: each counts as the metric's declared worst value, or is left out where there is none."
        if c.failed
        else "All samples could be used.",
    ]
    if any(metric.ci95 for metric in used.values()):
        sentences.append(plain("Intervals are of 95 %, by source video."))
    sentences += [f"Not ranked: {plain(why)}." for why in unranked(results)]
    if own := unofficial(results):
        sentences.append(f"Weights other than the published ones stand behind {plain(', '.join(own))}.")
    sentences += [
        f"{plain(metric.title)} has no value: {plain(metric.reason or 'no reason was recorded')}."
        for metric in results.metrics.values()
        if metric.value is None
    ]
    return "\n\n".join([" ".join(sentences), *(_metric(id_, one, plain, as_it_is) for id_, one in used.items())]) + "\n"


def _metric(id_: str, metric: MetricResult, plain: Callable[[str], str], as_it_is: Callable[[str], str]) -> str:
    unit = f"{metric.unit}, " if metric.unit else ""
    return " ".join([
        f"{plain(metric.title)} ({plain(id_)}; {plain(unit)}{metric.direction} is better):",
        f"{plain(metric.source.rstrip('.'))}.",
        *([f"Partial, over {metric.n} of {_count(metric.expected, 'sample')}."] if metric.partial else []),
        *([f"Limits of use: {plain(metric.licence.rstrip('.'))}."] if metric.licence else []),
        f"Signature: {as_it_is(metric.signature)}.",
    ])  # fmt: skip


def _cited(work: Work, latex: bool) -> str:
    return rf"\cite{{{work.key}}}" if latex else f"({work.short})"


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
