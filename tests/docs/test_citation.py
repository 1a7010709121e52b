"""`vidchatbench cite`: one source for CITATION.cff, BibTeX and the methods section; and what it says of a run is so."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from helpers.made_run import FD, FTO, PSNR, made_run
from helpers.pages import ROOT

from vidchatbench.cli import main
from vidchatbench.registry import entries
from vidchatbench.report.citation import PAPER, cff, harness
from vidchatbench.report.methods import methods
from vidchatbench.results import read_results

CFF = ROOT / "CITATION.cff"


@pytest.fixture
def cite(capsys):
    """What the command prints, or with `code=` what it complains of."""

    def typed(*args: object, code: int = 0) -> str:
        assert main(["cite", *map(str, args)]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    return typed


def test_the_file_is_what_is_printed_and_its_version_is_the_projects(cite):
    assert CFF.read_text("utf-8") == cff() == cite("--format", "cff")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    said = yaml.safe_load(CFF.read_text("utf-8"))
    assert (said["version"], said["license"]) == (project["version"], project["license"])
    assert said["cff-version"] == "1.2.0" and said["message"] and said["title"] and said["authors"]
    (paper,) = said["references"]
    assert [(one["family-names"], one["given-names"]) for one in paper["authors"]] == list(PAPER.authors)
    assert paper["title"] == PAPER.title and paper["url"].endswith(PAPER.arxiv)


def test_the_file_is_valid():
    """By the schema of the format's makers, read by path out of cffconvert, which CI's stage `judges` has."""
    spec = importlib.util.find_spec("cffconvert")
    if spec is None or spec.origin is None:
        pytest.skip("needs the schema in cffconvert: pip install --no-deps cffconvert==2.0.0")
    schema = json.loads((Path(spec.origin).parent / "schemas/1.2.0/schema.json").read_text("utf-8"))
    said = yaml.safe_load(CFF.read_text("utf-8"))
    jsonschema.Draft7Validator(schema).validate(said)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(said | {"authors": []})


def test_without_a_run_both_works_are_printed(cite):
    printed = cite()
    assert re.findall(r"^@(\w+)\{(\w+),$", printed, re.MULTILINE) == [
        ("software", harness().key),
        ("inproceedings", PAPER.key),
    ]
    assert printed.count("{") == printed.count("}")
    assert "author        = {{VidChatBench contributors}}," in printed
    assert all(f"{family}, {given}" in printed for family, given in PAPER.authors)
    text = cite("--format", "text")
    assert f"arXiv:{PAPER.arxiv}" in text and f"Version {harness().version}" in text and "Gang Yu and Xiu Li" in text


@pytest.fixture
def run(tmp_path):
    """A run of another version, in which one metric is partial and one has no value."""
    n = 6
    stats = {
        PSNR: [{"value": 20.0 + k} for k in range(n)],
        FTO: [{"response": np.array([0.1 * k]), "human": np.array([0.2])} for k in range(n)],
        FD: [None] * n,
    }

    def change(results):
        psnr = replace(results.metrics[PSNR], partial=True, n=5)
        return replace(
            results,
            harness=replace(results.harness, version="0.0.9"),
            model=replace(results.model, name="my_model & co"),
            benchmark=replace(results.benchmark, limited=True),
            metrics={**results.metrics, PSNR: psnr},
        )

    made_run(tmp_path, stats, change=change)
    return tmp_path


def test_a_run_tells_its_metrics_with_sources_and_signatures(run, cite):
    printed = cite(run, "--format", "text")
    assert "Version 0.0.9" in printed and "VidChatBench 0.0.9 (VidChatBench contributors, 2026)" in printed
    assert "my_model & co" in printed and "made 1" in printed and "Zhang et al., 2026" in printed
    for id in (PSNR, FTO):
        metric = entries()[id].metric
        (line,) = [line for line in printed.splitlines() if f"({id};" in line]
        assert metric.card.source.rstrip(".") in line and metric.signature() in line
        assert ("Partial, over 5 of 6 samples" in line) is (id == PSNR)
    assert f"({FD};" not in printed and f"{entries()[FD].metric.card.title} has no value: " in printed
    assert "Not ranked: --limit cut the test set" in printed


def test_latex_reads_it_as_it_is_written(run, cite):
    printed = cite(run)
    assert (
        r"my\_model \& co" in printed
        and rf"\cite{{{PAPER.key}}}" in printed
        and rf"\cite{{{harness().key}}}" in printed
    )
    assert rf"\path{{{entries()[FTO].metric.signature()}}}" in printed
    assert "Not ranked: -{}-limit" in printed
    prose = re.sub(r"\\path\{[^}]*\}|\\[a-z]+\{\}|\\[&%$#_{}]", "", methods(read_results(run), latex=True))
    assert not re.search(r"[&%$#_^~]", prose)


def test_what_cannot_be_cited_says_why(tmp_path, cite):
    assert "CITATION.cff is of the program" in cite(tmp_path, "--format", "cff", code=2)
    assert str(tmp_path) in cite(tmp_path, code=2)
