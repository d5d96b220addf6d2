"""Expands questions with acronyms, synonyms and translations.

A question that uses one form of a group is widened by the others, and the user is told. An
acronym with several meanings is widened by its main one only, and the others are offered; words
of another meaning («CEPA África») make the question mean that one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from search.results import Sense
from search.text.acronyms import (
    LINKING,
    Key,
    Meaning,
    SynonymSet,
    content,
    is_acronym,
    key,
    keys,
    load,
    singular,
)
from search.text.analysis import STOPWORDS, Token, analyse, stem
from search.text.vocabulary import fold

_LITERAL_PARTS = re.compile(r'"[^"]+"|«[^»]+»|“[^”]+”|(?<!\S)[-−](?=[^\W\d_])[\w/.\-]+')
"""What a question quotes or excludes: taken as it is written."""

# «asuntos económicos. Y sociales» are two clauses, and no name runs over a sign between them.
_CLAUSE_BREAK = re.compile(r"[.;:?!¿¡()\[\]|\n]")
_MAX_ACRONYM_WORDS = 3  # words of an acronym: «UN DESA»
_SEPARATORS = re.compile(r"[\s/-]+")
# French and Catalan: «l'administration» holds the word «administration».
_ELIDED_ARTICLE = re.compile(r"^(?:[ldcnsjmt]|qu)['’]")


@dataclass(frozen=True, slots=True)
class Expansion:
    """The forms that widen a question because it uses `used`, as written in the question."""

    used: str
    forms: tuple[str, ...]
    approximate: bool
    translation: bool = False

    def __str__(self) -> str:
        return f"{self.used} = {self.forms[0]}"


@dataclass(frozen=True, slots=True)
class SynonymStems:
    """The stems that a question uses, and the sets of stems that say the same."""

    used: frozenset[str]
    forms: tuple[frozenset[str], ...]

    def said_in(self, stems: Set[str]) -> bool:
        """Whether these stems hold all those of one form."""
        return any(form <= stems for form in self.forms)


def synonym_stems(expansions: Iterable[Expansion]) -> tuple[SynonymStems, ...]:
    """One for each expansion; a form without an informative word says nothing."""
    return tuple(
        SynonymStems(_informative(one.used), tuple(filter(None, map(_informative, one.forms))))
        for one in expansions
    )


@lru_cache(maxsize=4096)
def _informative(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in analyse(text) if token.informative)


@dataclass(frozen=True, slots=True)
class _Use:
    """Code points `start` to `end` of a question use a form of a group, of so many words; with
    `meaning`, in another sense than the group's."""

    start: int
    end: int
    words: int
    group: SynonymSet
    # Of an acronym, "" for a name.
    letters: str = ""
    meaning: Meaning | None = None


class Synonyms:
    """The groups of a collection, found by any of their forms: acronyms by their letters, names
    and terms by the stems of the words that carry meaning."""

    def __init__(self, groups: Iterable[SynonymSet], words: Iterable[str] | None = None) -> None:
        groups = tuple(groups)
        self._collection_words = None if words is None else frozenset(map(singular, words))
        self._acronyms: dict[str, tuple[SynonymSet, bool]] = {}
        self._names: dict[Key, tuple[SynonymSet, Meaning | None]] = {}
        for group in groups:
            # «ODD» is an acronym and «odd» an English word, «SE» one and «se» a Spanish word.
            small = {fold(form) for form in group.capitals} | STOPWORDS
            for form in group.forms:
                if is_acronym(form):
                    self._acronyms.setdefault(_acronym_key(form), (group, fold(form) in small))
                else:
                    self._add_name(form, group, None)
            for meaning in group.meanings:
                for name in meaning.names:
                    self._add_name(name, group, meaning)
        self._longest_name = max(map(len, self._names), default=0)
        self.words = frozenset(
            word for group in groups for form in group.forms for word in content(form)
        )
        self._first_words = {key_[0] for key_ in self._names if key_}
        # A question is looked at for its spelling, its expansions and its senses.
        self._uses = lru_cache(maxsize=256)(self._find_uses)
        # Worked out once for a group: questions use few of them.
        self._forms = lru_cache(maxsize=None)(self._find_forms)

    @classmethod
    def parse(cls, tables: Iterable[str], words: Iterable[str] | None = None) -> "Synonyms":
        """From JSON tables, see `text.acronyms.load`. With the folded words of a collection, only
        forms that it may hold widen a question: the stems of others would find something else."""
        return cls((group for table in tables for group in load(table)), words)

    def _add_name(self, name: str, group: SynonymSet, meaning: Meaning | None) -> None:
        for key_ in keys(content(name)):
            self._names.setdefault(key_, (group, meaning))

    def expand(self, text: str, tokens: Sequence[Token]) -> tuple[Expansion, ...]:
        """Expansions of the forms that a question uses, in its order, the longest form where
        several overlap; none of a form that it uses in another sense than the group's."""
        uses = self._uses(text, tuple(tokens))
        # «CEPA, Comité de Expertos …» holds both forms: neither is told as standing for the other.
        written = {
            (use.letters,) if use.letters else key(text[use.start : use.end]) for use in uses
        }
        found: dict[SynonymSet, Expansion] = {}
        for use in uses:
            forms = self._forms(use.group, acronym=bool(use.letters))
            others = [(form, held) for key_, form, held in forms if key_ not in written]
            if use.meaning is None and others and use.group not in found:
                # The first is what the user is told, whether or not a passage holds it.
                widening = (others[0][0], *(form for form, held in others[1:] if held))
                used = text[use.start : use.end]
                found[use.group] = Expansion(
                    used, widening, use.group.approximate, use.group.translation
                )
        return tuple(found.values())

    def _find_forms(self, group: SynonymSet, *, acronym: bool) -> tuple[tuple[Key, str, bool], ...]:
        """The forms of a group, one of each that differ in number only, with its key and whether
        the collection has all its words; after an acronym a name comes first, which says more than
        another acronym."""
        first = _spelled_out(group)[:1] if acronym else []
        different: dict[Key, str] = {}
        for form in (*first, *group.forms):
            different.setdefault((_acronym_key(form),) if is_acronym(form) else key(form), form)
        words = self._collection_words
        return tuple(
            (key_, form, words is None or words.issuperset(map(singular, content(form))))
            for key_, form in different.items()
        )

    def meant(self, text: str, tokens: Sequence[Token]) -> tuple[frozenset[str], ...]:
        """For each acronym that a question uses in another sense than the collection's main one,
        the stems any of whose sets a text must hold to be about that sense."""
        others = [
            use.meaning for use in self._uses(text, tuple(tokens)) if use.letters and use.meaning
        ]
        return tuple(
            frozenset(_content_stems(name))
            for meaning in others
            for name in (*meaning.names, *meaning.cues)
        )

    def senses(self, text: str) -> tuple[Sense, ...]:
        """Other meanings of the ambiguous acronyms of a question, as typed by the user, each with
        the question that asks for it."""
        # As many spaces as were there: the places of the uses are places of the text.
        unchecked = _LITERAL_PARTS.sub(lambda match: " " * len(match.group()), text)
        offered: dict[tuple[str, str], Sense] = {}
        for use in self._uses(unchecked, analyse(unchecked)):
            if not use.group.meanings:
                continue
            main = [] if use.meaning is None else _spelled_out(use.group)[:1]
            others = [one.names[0] for one in use.group.meanings if one is not use.meaning]
            ambiguous = use.letters and _acronym_key(use.group.forms[0]) == use.letters
            names = main + (others if use.letters else [])
            for name in names if use.meaning is not None or ambiguous else ():
                asking = f"{text[: use.start]}{name}{text[use.end :]}"
                sense = Sense(use.group.forms[0], name, asking.strip())
                offered.setdefault((sense.acronym, name), sense)
        return tuple(offered.values())

    def _find_uses(self, text: str, tokens: tuple[Token, ...]) -> list[_Use]:
        """Where the question uses a form, in its order and without overlap."""
        plain = _words_to_match(tokens)
        found: list[_Use] = []
        for place in range(len(plain)):
            found.extend(self._acronyms_at(text, plain[place:]))
            found.extend(self._names_at(text, plain[place:]))
        chosen: list[_Use] = []
        # The longest wins, also over one that begins before it: what is a part of a longer name is
        # not meant by itself.
        for use in sorted(found, key=lambda use: (-use.words, use.start)):
            if all(use.end <= other.start or use.start >= other.end for other in chosen):
                chosen.append(use)
        # Who writes the name beside its acronym has said which meaning is meant.
        named = {use.group for use in chosen if not use.letters and use.meaning is None}
        return [
            use if use.group in named else _disambiguated(use, plain)
            for use in sorted(chosen, key=lambda use: use.start)
        ]

    def _acronyms_at(self, text: str, tokens: Sequence[Token]) -> Iterator[_Use]:
        """Acronyms that begin with the first token, also in the plural («SDGs»)."""
        # In a question in capitals they do not tell an acronym from a word («WHAT IS ODD»).
        start, shouted = tokens[0].start, text == text.upper() and text.strip().find(" ") > 0
        for count, token in enumerate(tokens[:_MAX_ACRONYM_WORDS], 1):
            written = text[start : token.end]
            letters = _acronym_key(written)
            held = self._acronyms.get(letters) or self._acronyms.get(letters.removesuffix("s"))
            if held is None:
                continue
            group, only_capitals = held
            if not only_capitals or (is_acronym(written) and not shouted):
                yield _Use(start, token.end, count, group, letters)

    def _names_at(self, text: str, tokens: Sequence[Token]) -> Iterator[_Use]:
        """Names and terms that begin with the first token, whatever links their words."""
        first, start, end = tokens[0], tokens[0].start, tokens[0].start
        words: list[str] = []
        # Most words begin no name: this saves nearly all of the work for a question.
        if self._first_words.isdisjoint((first.stem, singular(first.surface))):
            return
        for token in tokens:
            if len(words) == self._longest_name or _CLAUSE_BREAK.search(text[end : token.start]):
                return
            end = token.end
            if token.surface in LINKING:
                continue
            words.append(token.surface)
            for held in filter(None, map(self._names.get, keys(words))):
                yield _Use(start, end, len(words), held[0], meaning=held[1])


def _words_to_match(tokens: Sequence[Token]) -> list[Token]:
    """Words without elided articles («l'administration») nor the pieces of e-mails and document
    symbols."""
    kept: list[Token] = []
    whole = 0
    for token in tokens:
        surface = _ELIDED_ARTICLE.sub("", token.surface)
        if surface != token.surface:
            token = Token(surface, stem(surface), token.end - len(surface), token.end)
            kept.append(token)
            whole = token.end
        elif token.start >= whole:
            kept.append(token)
            whole = token.end if re.search(r"[@\d]", token.surface) else whole
    return kept


def _disambiguated(use: _Use, tokens: Sequence[Token]) -> _Use:
    """The use in the sense that the rest of the question tells."""
    if not use.letters or _acronym_key(use.group.forms[0]) != use.letters:
        return use
    others = {token.stem for token in tokens if token.end <= use.start or token.start >= use.end}
    common = {word for form in use.group.forms for word in _content_stems(form)}
    for meaning in use.group.meanings:
        # Words that the main meaning has too («comité») decide nothing. Of the others two at least,
        # and half of them, must be said: «sistema» alone is a word of many subjects.
        own = [_content_stems(name) - common for name in meaning.names]
        told = any(len(words & others) >= max(2, len(words) / 2) for words in own)
        if told or any(_content_stems(cue) <= others for cue in meaning.cues):
            return replace(use, meaning=meaning)
    return use


def _spelled_out(group: SynonymSet) -> list[str]:
    return [form for form in group.forms if not is_acronym(form)]


def _content_stems(text: str) -> set[str]:
    return set(map(stem, content(text)))


def _acronym_key(acronym: str) -> str:
    """Folded, with one space between its parts («UN/DESA», «UN-DESA»)."""
    return _SEPARATORS.sub(" ", fold(acronym))
