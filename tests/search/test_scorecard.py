"""The kept scorecard, its charts and the table in the README say the same, and can be read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from places import ROOT

from benchmarks import chart, readme

NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((ROOT / chart.RESULTS).read_text("utf-8"))
    return kept


def test_the_charts_are_those_of_the_kept_scorecard(card: dict[str, Any]) -> None:
    assert (ROOT / chart.SCORECARD).read_text("utf-8") == chart.scorecard(card)
    assert (ROOT / chart.CURVE).read_text("utf-8") == chart.curve(card)


def test_the_table_in_the_readme_is_that_of_the_kept_scorecard(card: dict[str, Any]) -> None:
    held = readme.MARKED.search((ROOT / readme.README).read_text("utf-8"))
    assert held is not None
    assert held.group() == held.group(1) + readme.table(card)


@pytest.mark.parametrize("path", [chart.SCORECARD, chart.CURVE])
def test_a_chart_is_well_formed_and_says_what_it_shows(path: Path) -> None:
    root = etree.parse(ROOT / path).getroot()
    named = root.attrib["aria-labelledby"].split()
    texts = {element.get("id"): element.text or "" for element in root}
    assert (root.get("role"), [len(texts[name]) > 10 for name in named]) == ("img", [True, True])
    assert "prefers-color-scheme:dark" in (root.findtext(f"{NAMESPACE}style") or "")


def test_every_kind_and_perturbation_of_the_scorecard_has_a_spanish_name(
    card: dict[str, Any],
) -> None:
    kinds = card["kinds"].keys() - {"unanswerable"}
    assert (kinds - chart.KINDS.keys(), card["perturbations"].keys() - chart.PERTURBATIONS) == (
        set(),
        set(),
    )


def test_nothing_in_a_chart_lies_outside_of_it(card: dict[str, Any]) -> None:
    for picture in (chart.scorecard(card), chart.curve(card)):
        height = float(re.findall(r'viewBox="0 0 \d+ ([\d.]+)"', picture)[0])
        across = [float(x) for x in re.findall(r' c?x[12]?="([\d.]+)"', picture)]
        down = [float(y) for y in re.findall(r' c?y[12]?="([\d.]+)"', picture)]
        assert (max(across) <= chart.WIDTH, max(down) <= height) == (True, True)
