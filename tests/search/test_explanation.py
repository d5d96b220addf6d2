"""What search says of a hit's place is what people can read in their own words."""

from pathlib import Path

import pytest
from command_line import acervo

from search.ranking import NAMES
from service.labels import SHARES, share_label


def test_every_kind_of_evidence_has_a_name_of_its_own_in_spanish() -> None:
    """Otherwise people would read the names of fields."""
    assert list(SHARES) == list(NAMES)
    assert len({share_label(name) for name in NAMES}) == len(NAMES)
    assert {share_label(name) for name in NAMES}.isdisjoint(NAMES)


def test_evidence_that_has_no_name_yet_is_shown_by_its_own() -> None:
    assert share_label("nueva") == "nueva"


@pytest.mark.parametrize("text", ["cambio de mentalidad en las instituciones", "digital services"])
def test_explaining_a_real_search_changes_nothing_else_and_its_sums_are_right(
    text: str, demo_index: Path, model_folder: Path
) -> None:
    asked = ("search", text, "--json", "--index", demo_index, "--model", model_folder)
    plain, explained = acervo(*asked).json["hits"], acervo(*asked, "--explain").json["hits"]
    assert {hit["explanation"] for hit in plain} == {None}
    reasons = [hit.pop("explanation") for hit in explained]
    assert [{**hit, "explanation": None} for hit in explained] == plain
    assert len(reasons) >= 5
    for reason in reasons:
        assert [share["label"] for share in reason["shares"]] == list(SHARES.values())
        for share in reason["shares"]:
            product = share["weight"] * share["standardised"]
            assert share["contribution"] == pytest.approx(product, abs=5e-4)
        weights = [word["weight"] for word in reason["words"]]
        assert weights == sorted(weights, reverse=True)
        assert all(-1 <= pair["similarity"] <= 1 for pair in reason["aligned"])
    assert any(reason["words"] for reason in reasons)
    assert any(reason["aligned"] for reason in reasons)
