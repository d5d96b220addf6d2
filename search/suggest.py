"""Completions while typing: titles, headings and frequent phrases, by words only."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from search.documents import Document, Passage
from search.results import Suggestion
from search.text.analysis import STOPWORDS, analyse
from search.text.vocabulary import fold

_PHRASE_PASSAGES = 3
"""A phrase is suggested when at least this many passages use it."""
_PHRASE_WORDS = (2, 4)
_KIND_ORDER = {"title": 0, "heading": 1, "phrase": 2}


Gathered: TypeAlias = tuple[Suggestion, int]
"""A suggestion and in how many passages it stands."""


def gather(documents: Iterable[tuple[Document, Sequence[Passage]]]) -> list[Gathered]:
    """All that a collection suggests: titles, headings with their page, frequent phrases."""
    found: list[Gathered] = []
    phrases: Counter[str] = Counter()
    for document, passages in documents:
        found.append((Suggestion(document.title, "title", document.id), 1))
        for heading, page in _headings(passages).items():
            number = page if document.paged else None
            found.append((Suggestion(heading, "heading", document.id, number), 1))
        for passage in passages:
            phrases.update(_phrases(passage.text))
    frequent = sorted(phrase for phrase, count in phrases.items() if count >= _PHRASE_PASSAGES)
    return found + [(Suggestion(phrase, "phrase"), phrases[phrase]) for phrase in frequent]


def without(
    gathered: Iterable[Gathered],
    hidden: Iterable[Passage],
    left: Iterable[tuple[Document, Sequence[Passage]]],
) -> list[Gathered]:
    """What is suggested when passages are hidden; `left` are their documents, each with the
    passages that it still has. A phrase must be frequent without them."""
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
        if suggestion.kind != "phrase" or count >= _PHRASE_PASSAGES
    ] + [entry for entry in names if entry[0].kind != "phrase"]


class Suggester:
    """Looks up what was gathered."""

    def __init__(self, gathered: Iterable[Gathered]) -> None:
        analysed = (
            (_surfaces(suggestion.text), count, suggestion) for suggestion, count in gathered
        )
        self._entries = [entry for entry in analysed if entry[0]]

    def suggest(self, text: str, limit: int) -> list[Suggestion]:
        """Entries that hold every word typed, the last one as a beginning."""
        typed = [token.surface for token in analyse(text)] or [fold(text.strip())]
        if not typed[-1]:
            return []
        found = [
            (_KIND_ORDER[suggestion.kind], _position(words, typed), -count, len(words), suggestion)
            for words, count, suggestion in self._entries
            if _holds(words, typed)
        ]
        found.sort(key=lambda item: (item[1] != 0, *item[:4], item[4].text))
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
    shortest, longest = _PHRASE_WORDS
    phrases = set()
    for first in range(len(tokens)):
        for last in range(first + shortest - 1, min(first + longest, len(tokens))):
            run = tokens[first : last + 1]
            gaps = [text[a.end : b.start] for a, b in itertools.pairwise(run)]
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


def _position(words: tuple[str, ...], typed: list[str]) -> int:
    return next((i for i, word in enumerate(words) if word.startswith(typed[0])), len(words))
