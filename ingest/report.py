"""What became of each document in an ingest, and who looks on meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.sources import Skipped
from search.types import Page


@dataclass(frozen=True, slots=True)
class Change:
    """What the last version of a document had: how many pages, and which of the present ones read
    otherwise or are new."""

    pages: int
    changed: tuple[int, ...]


def change_of(before: Sequence[Page], after: Sequence[Page]) -> Change | None:
    """What changed since the last version; None where there was none."""
    if not before:
        return None
    texts = {page.number: page.text for page in before}
    changed = (page.number for page in after if texts.get(page.number) != page.text)
    return Change(len(before), tuple(changed))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document. `status` is added, updated, unchanged, removed, failed or
    no_text; for `failed`, `cause` says why."""

    status: str
    document_id: str
    file: str
    root: str
    path: str
    title: str = ""
    document_type: str = ""
    language: str = ""
    pages: int = 0
    passages: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    cause: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A whole ingest. `generation` is None when nothing was written (a dry run)."""

    outcomes: tuple[Outcome, ...]
    skipped: tuple[Skipped, ...]
    generation: int | None
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether some document was not read."""
        return any(outcome.status == "failed" for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on: `planned` gets how many documents and bytes are to be read, `embedded` how
    many more passages are done, `finished` each outcome; `recognised`, from another thread, a file
    and how many of its scanned pages are done of how many."""

    planned: Callable[[int, int], None]
    embedded: Callable[[int], None]
    finished: Callable[[Outcome, int], None]
    recognised: Callable[[str, int, int], None]
