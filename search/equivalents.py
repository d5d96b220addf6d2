"""Acronyms and equivalents: what stands for something else in a question.

The table is data that a collection declares; each group holds forms that mean the same, the
acronym first. A question that uses one form is widened by the others, and the user is told.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.spanish import Token, analyse


@dataclass(frozen=True, slots=True)
class Group:
    """Forms that mean the same. `approximate` ones (common words) widen with less weight."""

    forms: tuple[str, ...]
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """The forms that widen a question because it uses `used`, as written in the question."""

    used: str
    forms: tuple[str, ...]
    approximate: bool

    def __str__(self) -> str:
        return f"{self.used} = {self.forms[0]}"


class Equivalents:
    """The groups of a collection, found by the folded words of any of their forms."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._by_words: dict[tuple[str, ...], Group] = {}
        for group in groups:
            for form in group.forms:
                self._by_words.setdefault(_words(analyse(form)), group)
        self._longest = max(map(len, self._by_words), default=0)

    @classmethod
    def parse(cls, tables: Iterable[str]) -> "Equivalents":
        """From JSON tables: lists of `{"forms": [...], "approximate": bool}`."""
        groups = [entry for table in tables for entry in json.loads(table)]
        return cls(Group(tuple(entry["forms"]), entry["approximate"]) for entry in groups)

    def expand(self, text: str, tokens: Sequence[Token]) -> tuple[Expansion, ...]:
        """Expansions of the forms that a question uses, longest form first, without overlap."""
        found: list[Expansion] = []
        position = 0
        while position < len(tokens):
            length, group = self._at(tokens, position)
            if group is None:
                position += 1
                continue
            used = tokens[position : position + length]
            others = tuple(f for f in group.forms if _words(analyse(f)) != _words(used))
            if others:
                written = text[used[0].start : used[-1].end]
                found.append(Expansion(written, others, group.approximate))
            position += length
        return tuple(found)

    def _at(self, tokens: Sequence[Token], position: int) -> tuple[int, Group | None]:
        for length in range(min(self._longest, len(tokens) - position), 0, -1):
            group = self._by_words.get(_words(tokens[position : position + length]))
            if group is not None:
                return length, group
        return 0, None


def _words(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(token.surface for token in tokens)
