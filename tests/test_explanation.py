"""What search says of a hit's place is what people can read in their own words."""

from search.fuse import NAMES
from service.labels import SHARES, share_label


def test_every_kind_of_evidence_has_a_name_of_its_own_in_spanish() -> None:
    """Otherwise people would read the names of fields."""
    assert list(SHARES) == list(NAMES)
    assert len({share_label(name) for name in NAMES}) == len(NAMES)
    assert {share_label(name) for name in NAMES}.isdisjoint(NAMES)


def test_evidence_that_has_no_name_yet_is_shown_by_its_own() -> None:
    assert share_label("nueva") == "nueva"
