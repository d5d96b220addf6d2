"""The seventeen goals: their names and addresses."""

import pytest

from search.engine import FACETS, FILTERS
from service import labels
from service.labels import GOALS, goal_label, target_iri


def test_goals_have_a_label_and_an_address() -> None:
    assert list(GOALS) == list(range(1, 18))
    assert goal_label(16) == "ODS 16 · Paz, justicia e instituciones sólidas"
    assert target_iri("16") == "http://metadata.un.org/sdg/16"
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
