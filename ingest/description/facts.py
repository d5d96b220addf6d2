"""What is claimed of a document to facts, each with the passage that says it."""

from collections.abc import Sequence

from ingest.description.claims import TEXT, Claim
from ingest.description.describe import Description
from ingest.plain import bare
from search.types import Fact, Passage

LONGEST = 2_000  # characters of a passage that may hold a line of the cover


def facts_of(description: Description, passages: Sequence[Passage]) -> tuple[Fact, ...]:
    """The claims in their order: of each field first the value that counts.

    A value from the text has the first passage that holds its words; none where they stand in a
    title, a heading or a page header, which are no passages.
    """
    return tuple(
        Fact(claim.field, str(claim.value), claim.origin, _passage(claim, passages))
        for claim in description.claims
    )


def _passage(claim: Claim, passages: Sequence[Passage]) -> str | None:
    if claim.origin != TEXT or not claim.words:
        return None
    for passage in passages:
        if claim.words in passage.text:
            return passage.id
    wanted = bare(claim.words)  # a long block may have been split: its start is enough
    start = wanted[:80]
    for passage in passages[:60]:
        if len(start) > 20 and start in bare(passage.text[:LONGEST]):
            return passage.id
    return None
