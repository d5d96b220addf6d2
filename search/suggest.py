"""Completes what is being typed with titles, headings and frequent phrases, by words only."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from search.documents import Document, Passage
from search.results import Suggestion
from search.text.analysis import STOPWORDS, analyse
from search.text.vocabulary import fold

_MIN_PHRASE_PASSAGES = 3
"""A phrase is suggested when at least this many passages use it."""

_PHRASE_LENGTHS = (2, 4)
"""Words of a phrase, at least and at most: one alone says too little, five are a sentence."""

# What leads to one place comes before what leads to many.
_KIND_ORDER = {"title": 0, "heading": 1, "phrase": 2}

CountedSuggestion: TypeAlias = tuple[Suggestion, int]
"""A suggestion and in how many passages it stands."""


def gather(documents: Iterable[tuple[Document, Sequence[Passage]]]) -> list[CountedSuggestion]:
    """All that a collection suggests: titles, headings with their page, frequent phrases."""
    found: list[CountedSuggestion] = []
    phrases: Counter[str] = Counter()
    for document, passages in documents:
        found.append((Suggestion(document.title, "title", document.id), 1))
        for heading, page in _headings(passages).items():
            number = page if document.paged else None
            found.append((Suggestion(heading, "heading", document.id, number), 1))
        for passage in passages:
            phrases.update(_phrases(passage.text))
    frequent = sorted(phrase for phrase, count in phrases.items() if count >= _MIN_PHRASE_PASSAGES)
    return found + [(Suggestion(phrase, "phrase"), phrases[phrase]) for phrase in frequent]


def without_hidden(
    gathered: Iterable[CountedSuggestion],
    hidden: Iterable[Passage],
    left: Iterable[tuple[Document, Sequence[Passage]]],
) -> list[CountedSuggestion]:
    """What is suggested when passages are hidden; `left` are their documents, each with the
    passages that it still has. A phrase must be frequent without them."""
    # Counts are kept without the passages that they come from, so those hidden are subtracted.
    lost: Counter[str] = Counter()
    for passage in hidden:
        lost.update(_phrases(passage.text))
    left = list(left)
    touched = {document.id for document, _ in left}
    kept = [
        (suggestion, count - lost[suggestion.text])
        if suggestion.kind == "phrase"
        else (suggestion, count)
        for suggestion, count in gathered
        if suggestion.document_id not in touched
    ]
    names = gather((document, passages) for document, passages in left if passages)
    return [
        (suggestion, count)
        for suggestion, count in kept
        if suggestion.kind != "phrase" or count >= _MIN_PHRASE_PASSAGES
    ] + [entry for entry in names if entry[0].kind != "phrase"]


class Suggester:
    """Looks up what was gathered."""

    def __init__(self, gathered: Iterable[CountedSuggestion]) -> None:
        analysed = (
            (_surfaces(suggestion.text), count, suggestion) for suggestion, count in gathered
        )
        self._entries = [entry for entry in analysed if entry[0]]

    def suggest(self, text: str, limit: int) -> list[Suggestion]:
        """Entries that hold every word typed, the last one as a beginning."""
        # The first letters of a word may be no word yet; they are a beginning all the same.
        typed = [token.surface for token in analyse(text)] or [fold(text.strip())]
        if not typed[-1]:
            return []
        found = [
            (
                _KIND_ORDER[suggestion.kind],
                _first_match(words, typed),
                -count,
                len(words),
                suggestion,
            )
            for words, count, suggestion in self._entries
            if _holds(words, typed)
        ]
        # What begins as typed, of any kind, comes before what only holds the words; the text
        # settles ties, so that the list is the same on every machine.
        found.sort(key=lambda item: (item[1] != 0, *item[:4], item[4].text))
        # A title and a heading of the same words would look like one line said twice.
        unique: dict[str, Suggestion] = {}
        for *_, suggestion in found:
            unique.setdefault(fold(suggestion.text), suggestion)
        return list(unique.values())[:limit]


def _headings(passages: Iterable[Passage]) -> dict[str, int]:
    headings: dict[str, int] = {}
    for passage in passages:
        for heading in passage.section:
            headings.setdefault(heading, passage.extents[0].page)
    return headings


def _phrases(text: str) -> set[str]:
    """Runs of two to four words of a text that neither begin nor end with a function word."""
    tokens = analyse(text)
    shortest, longest = _PHRASE_LENGTHS
    phrases = set()
    for first in range(len(tokens)):
        for last in range(first + shortest - 1, min(first + longest, len(tokens))):
            run = tokens[first : last + 1]
            gaps = [text[a.end : b.start] for a, b in itertools.pairwise(run)]
            # Only words with one space between them: no phrase runs over a comma or a full stop,
            # and once one has, no longer one will do.
            if any(gap != " " for gap in gaps):
                break
            ends = (run[0].surface, run[-1].surface)
            if all(word.isalpha() and len(word) > 2 and word not in STOPWORDS for word in ends):
                phrases.add(text[run[0].start : run[-1].end].lower())
    return phrases


def _surfaces(text: str) -> tuple[str, ...]:
    return tuple(token.surface for token in analyse(text))


def _holds(words: tuple[str, ...], typed: list[str]) -> bool:
    *whole, beginning = typed
    return all(word in words for word in whole) and any(w.startswith(beginning) for w in words)


def _first_match(words: tuple[str, ...], typed: list[str]) -> int:
    return next((i for i, word in enumerate(words) if word.startswith(typed[0])), len(words))
