"""The seventeen goals: their names, colours that can be read, and addresses."""

import pytest

from search.engine import FACETS, FILTERS
from service import labels
from service.labels import GOALS, Goal, target_iri

INK = "#14202B"


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("goal", GOALS.values(), ids=lambda goal: str(goal.number))
def test_text_can_be_read_on_the_colour_of_each_goal(goal: Goal) -> None:
    assert goal.white == (contrast(goal.colour, "#FFFFFF") >= 4.5)
    assert goal.white or contrast(goal.colour, INK) >= 4.5


def test_goals_have_a_label_and_an_address() -> None:
    assert list(GOALS) == list(range(1, 18))
    assert GOALS[16].label == "ODS 16 · Paz, justicia e instituciones sólidas"
    assert GOALS[16].iri == "http://metadata.un.org/sdg/16"
    assert target_iri("16.6") == "http://metadata.un.org/sdg/16.6"


def test_everything_that_narrows_has_a_name() -> None:
    assert tuple(labels.FACETS) == FACETS
    assert tuple(labels.FILTERS) == FILTERS


@pytest.mark.parametrize(
    ("value", "label"),
    [("5", "ODS 5 · Igualdad de género"), ("18", "18"), ("x", "x")],
)
def test_a_goal_is_called_by_number_and_name(value: str, label: str) -> None:
    assert labels.facet_label("ods", value) == label
