"""A short form and the words before it to the long form that it abbreviates, by its letters.

After Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions in
biomedical text" (PSB 2003), but stricter: a letter inside a word counts only in a run that opens
the word, because what is learned here is shown to users and widens their questions. Two rules are
added for institutions: names whose acronym comes from another language, and syllabic ones.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.spanish import fold

LINKING = frozenset(
    """
    a al con de del e el en entre la las lo los o para por sobre su sus u un una y
    and at by for from in of on or the to with
    ao aos as com da das do dos em na nas nos os pela pelo
    au aux avec d des du et l le les ou pour sur
    """.split()
)
"""Articles, prepositions and conjunctions, folded: they may be missing from an acronym and differ
between two renderings of a name. Unlike stop words, none of them says no («no», «sin»)."""

_WORD = re.compile(r"\w+")
_ELISION = re.compile(r"\b(?:[ldLD]|[qQ]u)['’](?=\w)")
_LEAST_TRANSLATED = 4
_LEAST_MISSPELT = 5
"""Letters from which the initials may stand in another order, and from which one of them may be
another: shorter ones meet by chance."""
_LEAST_CUT = 4
_MOST_CUT = 2
"""How many words at its end a name may have that its acronym leaves out («Federación …de
Gobiernos Locales (FLACMA)»), and from how many letters."""
_LONGEST_RUN = 5
_LEAST_SYLLABIC = 6


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a possible long form."""

    text: str
    start: int
    end: int
    after_comma: bool = False

    @property
    def folded(self) -> str:
        """Lower case without accents."""
        return fold(self.text)

    @property
    def linking(self) -> bool:
        """Whether an acronym may leave it out."""
        return self.folded in LINKING

    @property
    def capital(self) -> bool:
        """Whether it is written as part of a name."""
        return self.text[0].isupper()


def words_of(text: str) -> list[Word]:
    """The words of a text, hyphenated ones in parts, without elided articles."""
    opened = _ELISION.sub(lambda match: " " * len(match.group()), text)
    words: list[Word] = []
    for match in _WORD.finditer(opened):
        gap = opened[words[-1].end if words else 0 : match.start()]
        words.append(Word(match.group(), *match.span(), after_comma="," in gap))
    return words


def letters_of(short: str) -> str:
    """The letters of an acronym, folded."""
    return "".join(fold(character) for character in short if character.isalpha())


def long_form(short: str, words: Sequence[Word]) -> Sequence[Word]:
    """The words at the end of `words` that the acronym abbreviates, or none: the shortest run
    whose initials spell it, else a name whose end it leaves out, or that it stands for in another
    language or by syllables."""
    letters = letters_of(short)
    runs = [words[first:] for first in _beginnings(words, len(letters))]
    for cut in (0, _MOST_CUT):
        for run in runs:
            if _spelled(letters, run, cut):
                return run
    return _translated(letters, words) or _syllabic(short, words)


def spells(short: str, words: Sequence[Word]) -> bool:
    """Whether the acronym abbreviates exactly these words, none too many."""
    if not words or words[0].linking or words[-1].linking:
        return False
    letters = letters_of(short)
    return _spelled(letters, words, 0) or list(_translated(letters, words)) == list(words)


def _beginnings(words: Sequence[Word], letters: int) -> list[int]:
    """Where a long form may begin, nearest first, within the bound of Schwartz & Hearst."""
    content = [place for place, word in enumerate(words) if not word.linking]
    return content[::-1][: min(letters + 5, 2 * letters)]


def _content(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if not word.linking]


def _spelled(letters: str, words: Sequence[Word], cut: int) -> bool:
    """Whether the beginnings of the words give all letters in order; a name may have up to `cut`
    more words."""
    content = len(_content(words))
    name = len(letters) >= _LEAST_CUT and all(word.capital for word in _content(words))
    least = max(2, content - (cut if name else 0))
    return any(len(_content(words[:used])) >= least for used in _consumed(letters, words))


def _consumed(letters: str, words: Sequence[Word]) -> Iterator[int]:
    """In how many words the letters can be spelled, each that counts giving its initial or more
    of its beginning."""
    spelled = {0}
    for count, word in enumerate(words, 1):
        spelled = {
            done + run
            for done in spelled
            for run in range(
                0 if word.linking else 1,
                min(1 if word.linking else _LONGEST_RUN, _opening(letters[done:], word)) + 1,
            )
        }
        if len(letters) in spelled:
            yield count


def _translated(letters: str, words: Sequence[Word]) -> Sequence[Word]:
    """A name with a word for each letter in another order: «División de Instituciones Públicas y
    Gobierno Digital (DPIDG)». Where the order is just reversed, as between English and Spanish,
    one word may begin otherwise («Red …(UNPAN)»: Network)."""
    run = _name(words, len(letters))
    initials = "".join(word.folded[0] for word in _content(run))
    if len(letters) < _LEAST_TRANSLATED or not run:
        return ()
    strange = sum(one != other for one, other in zip(letters, reversed(initials), strict=True))
    reverse = strange <= 1 and len(letters) >= _LEAST_MISSPELT
    return run if reverse or sorted(initials) == sorted(letters) else ()


def _syllabic(short: str, words: Sequence[Word]) -> Sequence[Word]:
    """A name whose first two words open the acronym with two letters or more each, whatever
    comes of the rest: «Asociación Dominicana de Concejales (ASODORE)»."""
    letters = letters_of(short)
    if len(letters) < _LEAST_SYLLABIC or not short.isupper():
        return ()
    for count in (2, 3, 4):
        run = _name(words, count)
        if run:
            first = _opening(letters, run[0])
            second = _opening(letters[first:], _content(run)[1])
            if min(first, second) >= 2 and 2 * (first + second) > len(letters):
                return run
    return ()


def _name(words: Sequence[Word], count: int) -> Sequence[Word]:
    """The last words with so many of content, when they are one capitalised name."""
    content = _content(words)[-count:]
    if len(content) < count or not all(word.capital for word in content):
        return ()
    run = words[words.index(content[0]) :]
    return () if any(word.after_comma for word in run[1:]) else run


def _opening(letters: str, word: Word) -> int:
    """How many letters the beginning of the word gives."""
    length = len(word.folded)
    while not letters.startswith(word.folded[:length]):
        length -= 1
    return length
