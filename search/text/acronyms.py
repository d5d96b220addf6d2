"""Finds the acronyms that texts define and groups the forms that mean the same.

The table of a collection holds what its folders declare and what its texts define, with the other
meanings of each acronym.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from search.text.analysis import stem
from search.text.vocabulary import fold

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
# An elided article is no word of the name: «l'Organisation», «d'Administration».
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
    # A run that is spelled whole, however long, before one whose end the acronym leaves out.
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
    # Schwartz and Hearst, «A simple algorithm for identifying abbreviation definitions», PSB 2003.
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
    spelled = {0}  # how many letters the words so far may give, in all ways at once
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


@dataclass(frozen=True, slots=True)
class Definition:
    """An acronym and one long form that a text gives it, as written there."""

    short: str
    long: str


# Capitals with signs between them («I+D», «Q&A»), and small letters too («SDGs», «ToT»).
_PART = r"[^\W\d_a-zà-ÿ](?:[^\W\d_]|[&+](?=\w)){0,9}"
_SHORT = rf"(?:{_PART})(?:[ \-]{_PART})?"
_QUOTE = r"[\"“”«»'‘’]?"
_FOREIGN = (
    r"(?:(?:por|con|de) sus? (?:siglas?|acr[oó]nimos?|iniciales)(?: en (?:ingl[eé]s|franc[eé]s))?"
    r"|(?:siglas? )?en (?:ingl[eé]s|franc[eé]s|portugu[eé]s)"
    r"|(?:pela|na|da) sigla(?: em ingl[eê]s)?|(?:na |pela )?sigla em ingl[eê]s|em ingl[eê]s"
    r"|(?:d['’]apr[eè]s|selon|de) (?:son|le|l['’])\s?(?:sigle|acronyme)(?: anglais)?|sigle anglais"
    r"|en anglais|(?:for|by|from) its [a-z]* ?(?:acronym|initials)(?: in [a-z]+)?|in (?:Spanish|"
    r"French|English|Portuguese))"
)
"""«por sus siglas en inglés» and its like: the letters are those of another language."""
_CALLED = (
    r"(?:en adelante|en lo sucesivo|conocid[oa]s?(?: tambi[eé]n)? como|hereinafter|hereafter"
    r"|(?:also )?known as|doravante|conhecid[oa]s? como|ci-apr[eè]s|connue?s? sous le nom de)"
)
_ARTICLE = r"(?:(?:el|la|los|las|the|o|a|os|as|le|les) )?"

_AFTER = re.compile(
    rf"\(\s*(?:(?P<first>{_FOREIGN})[,:]?\s+|{_CALLED}[,:]?\s+{_ARTICLE})?"
    rf"{_QUOTE}(?P<short>{_SHORT}){_QUOTE}"
    rf"(?:[,;]?\s+(?P<last>{_FOREIGN}))?(?P<more>\s*[,;–-][^()]{{0,80}})?\s*\)"
)
"""«Nombre Largo (SIGLA)», also with «por sus siglas en inglés»."""
_KNOWN = re.compile(
    rf"(?:,\s*{_CALLED}\s+{_ARTICLE}{_QUOTE}(?P<short>{_SHORT})\b"
    rf"|(?:,\s*|\s+[ou]\s+){_QUOTE}(?P<named>{_SHORT}){_QUOTE},?\s+(?P<last>{_FOREIGN}))"
)
"""«Nombre Largo, conocido como SIGLA», «Nombre Largo, SIGLA por sus siglas en inglés»."""
_DASH = re.compile(rf"\s[–—-]\s*(?P<short>{_SHORT})(?=\s*(?:[.,;:)]|$))")
"""«Nombre Largo – SIGLA»."""
_BEFORE = re.compile(rf"(?<!\w)(?P<short>{_SHORT})\s*\((?P<long>[^()]{{6,140}})\)")
"""«SIGLA (Nombre Largo)»."""
_ENTRY = re.compile(
    rf"^\W*(?P<short>{_SHORT})\s*(?:[.:|–—=]|-\s)\s*(?P<long>[^.:;|()\n]{{6,140}})", re.MULTILINE
)
"""«SIGLA: Nombre Largo», a line of a glossary."""

_REACH = 220  # code points before an acronym in which its long form may begin
_BORDER = re.compile(
    r"[.;:!?¿¡()\[\]|•●▪→<>=/\"“”«»]|\s[–—-]\s|\n\s*\n|,\s+(?=(?:the|el|la|los|las|o|os|as|le|les)\s)"
)
"""Where a name cannot go on; also before an apposition («Naciones Unidas, el Departamento …»)."""
_TAIL = re.compile(rf"[\s,]+{_FOREIGN}.*$", re.DOTALL)
_ADDRESS = re.compile(r"\S*\w[@/.]\w\S*")
"""Web and e-mail addresses write acronyms small."""


def definitions(text: str) -> Iterator[Definition]:
    """The acronyms that a text defines. Only pairs whose letters agree, or that the text itself
    says to be of another language: precision matters more here than recall."""
    for pattern in (_AFTER, _KNOWN, _DASH):
        for match in pattern.finditer(text):
            yield from _preceded(text, match, exact=pattern is _DASH)
    for pattern in (_BEFORE, _ENTRY):
        for match in pattern.finditer(text):
            yield from _followed(match.group("short"), match.group("long"))


def learn(texts: Iterable[str]) -> Counter[Definition]:
    """All definitions of a collection in its order, with in how many of its texts each stands."""
    found: Counter[Definition] = Counter()
    for text in texts:
        found.update(dict.fromkeys(definitions(text), 1))
    return found


def common_words(texts: Iterable[str], shorts: Iterable[str]) -> frozenset[str]:
    """Which of the acronyms are, written small, words that the texts use more often («red»)."""
    wanted = {fold(short): short for short in shorts}
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for text in texts:
        for word in re.findall(r"[^\W\d_]+", _ADDRESS.sub(" ", text)):
            folded = fold(word)
            if folded in wanted:
                (small if word.islower() else capital)[folded] += 1
    return frozenset(wanted[word] for word in small if small[word] > capital[word])


def _preceded(text: str, match: re.Match[str], *, exact: bool) -> Iterator[Definition]:
    groups = match.groupdict()
    short = _singular(groups["short"] or groups.get("named") or "")
    before = _clause(text[max(0, match.start() - _REACH) : match.start()])
    words = words_of(before)
    if not _abbreviates(short) or not words:
        return
    found = long_form(short, words)
    # A dash joins any two things: only where the letters agree is one the name of the other.
    if exact and not spells(short, found):
        return
    if not found and (groups.get("first") or groups.get("last")):
        found = _foreign(short, before, words)
    if found:
        yield _definition(short, before[found[0].start : found[-1].end])
    # «… (SIGLA, Long Name)»: behind the acronym its name in another language may follow.
    if groups.get("more"):
        yield from _followed(short, groups["more"].lstrip(" ,;–-"))


def _followed(short: str, text: str) -> Iterator[Definition]:
    short, clean = _singular(short), _TAIL.sub("", text).strip()
    words = words_of(clean)
    if _abbreviates(short) and spells(short, words):
        yield _definition(short, clean[words[0].start : words[-1].end])


def _foreign(short: str, before: str, words: list[Word]) -> list[Word]:
    """The long form of an acronym that the text says to be foreign: as many words as it has
    capitals, since translations keep their number, within one clause; the whole of a name."""
    count = sum(character.isupper() for character in short)
    content = [place for place, word in enumerate(words) if not word.linking]
    if not 2 <= count <= min(6, len(content)):
        return []
    first = content[-count]
    # A translation may have more words than the acronym has letters: the name is taken whole.
    while first and words[first].capital and words[first - 1].capital:
        first -= 1
    found = words[first:]
    return [] if "," in before[found[0].start :] else found


def _clause(before: str) -> str:
    """What stands before an acronym back to the last border of a clause; a name in quotes whole."""
    stripped = re.sub(r"[\s\"“”«»,]+$", "", before)
    borders = list(_BORDER.finditer(stripped))
    return stripped[borders[-1].end() :] if borders else stripped


def _definition(short: str, long: str) -> Definition:
    return Definition(short, " ".join(long.split()))


def _singular(short: str) -> str:
    """The acronym without the «s» of its plural («SDGs»)."""
    return short[:-1] if short.endswith("s") and short[:-1].isupper() else short


def _abbreviates(short: str) -> bool:
    """Whether it looks like an acronym: capitals, and no more small letters than capitals."""
    capitals = sum(character.isupper() for character in short)
    return capitals >= 2 and len(letters_of(short)) <= 2 * capitals


Key: TypeAlias = tuple[str, ...]
"""The stems of the words of a form that carry meaning: the same for both numbers, and for another
article or preposition."""

_RELATED = 0.6
"""Share of words with a common beginning from which two long forms are taken for one meaning in
two languages («Red de Administración Pública …», «… Public Administration Network»)."""
_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Meaning:
    """Another meaning of an acronym: its names, the one to show first, and words each of which
    is enough to tell that a question means it."""

    names: tuple[str, ...]
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SynonymSet:
    """Forms that mean the same, the acronym first. `approximate` ones (common words) widen with
    less weight; `meanings` are others of the first form; `capitals` are forms that are common
    words when written small; a `translation` widens only questions that are not in Spanish."""

    forms: tuple[str, ...]
    approximate: bool = False
    meanings: tuple[Meaning, ...] = ()
    capitals: tuple[str, ...] = ()
    translation: bool = False


def is_acronym(form: str) -> bool:
    """Whether it is written in capitals («UN DESA», «ToT», «SDGs»), not as a name or a term."""
    return all(_short(word) for word in form.split())


def _short(word: str) -> bool:
    capitals = sum(character.isupper() for character in word)
    return capitals >= 2 and sum(map(str.isalpha, word)) <= 2 * capitals


def key(form: str) -> Key:
    """What two renderings of a form have in common. A word alone keeps its whole self but for
    its plural, since stems join «alcalde» and «alcaldía»."""
    return keys(content(form))[0]


def keys(words: Sequence[str]) -> list[Key]:
    """Keys of folded words: the stems when there are several, and the singulars, since Spanish
    stems part some words of other languages from their plurals («committees»)."""
    alone = tuple(map(singular, words))
    return [alone] if len(words) == 1 else [tuple(map(stem, words)), alone]


@lru_cache(maxsize=65536)
def content(form: str) -> tuple[str, ...]:
    """The folded words of a form that carry meaning; kept, since questions meet the same forms."""
    return tuple(fold(word.text) for word in words_of(form) if not word.linking)


def singular(word: str) -> str:
    """A folded word without the ending of its plural; only to be compared with another such."""
    bare = word[:-1] if word.endswith("s") and len(word) > 3 else word
    return bare[:-1] if bare.endswith("e") and len(bare) > 3 else bare


def load(table: str) -> list[SynonymSet]:
    """Groups from JSON, as `dump` writes them; only `forms` and `approximate` must be there."""
    return [
        SynonymSet(
            tuple(entry["forms"]),
            entry["approximate"],
            tuple(Meaning(tuple(m["names"]), tuple(m["cues"])) for m in entry.get("meanings", ())),
            tuple(entry.get("capitals", ())),
            bool(entry.get("translation", False)),
        )
        for entry in json.loads(table)
    ]


def dump(groups: Iterable[SynonymSet]) -> str:
    """JSON list of groups."""
    return json.dumps([asdict(group) for group in groups], ensure_ascii=False)


def table_of(declared: Iterable[str], texts: Sequence[str]) -> str:
    """The table of a collection: what its roots declare (JSON) with what its texts define, and
    which acronyms the texts also use as words."""
    stated = dict.fromkeys(group for table in declared for group in load(table))
    groups = with_learned(stated, learn(texts))
    shorts = {form for group in groups for form in group.forms if is_acronym(form)}
    common = common_words(texts, shorts)
    return dump(
        replace(group, capitals=tuple(dict.fromkeys((*group.capitals, *_in(group, common)))))
        for group in groups
    )


def _in(group: SynonymSet, common: frozenset[str]) -> list[str]:
    return [form for form in group.forms if form in common]


def with_learned(groups: Iterable[SynonymSet], found: Mapping[Definition, int]) -> list[SynonymSet]:
    """Declared groups with what texts define: another form of the same meaning joins its group,
    another meaning becomes one to ask about; of two undeclared ones the more frequent, else the
    first, is the main one."""
    table = _Table(list(groups))
    for definition in sorted(found, key=lambda definition: -found[definition]):
        table.take(definition)
    return table.groups


class _Table:
    def __init__(self, groups: list[SynonymSet]) -> None:
        self.groups = groups
        self._acronyms: dict[str, int] = {}
        self._names: dict[Key, int] = {}
        for place in range(len(groups)):
            self._note(place)

    def _note(self, place: int) -> None:
        for form in self.groups[place].forms:
            if is_acronym(form):
                self._acronyms.setdefault(fold(form), place)
            else:
                self._names.setdefault(key(form), place)

    def take(self, definition: Definition) -> None:
        """Put a definition where it belongs."""
        short, long = definition.short, definition.long
        place = self._acronyms.get(fold(short))
        if place is not None:
            self.groups[place] = _joined(self.groups[place], short, long)
        elif key(long) in self._names:
            place = self._names[key(long)]
            group = self.groups[place]
            self.groups[place] = replace(group, forms=(*group.forms, short))
        else:
            place = len(self.groups)
            self.groups.append(SynonymSet((short, long)))
        self._note(place)


def _joined(group: SynonymSet, short: str, long: str) -> SynonymSet:
    names = [form for form in group.forms if not is_acronym(form)]
    if any(key(name) == key(long) for name in names):
        return group
    if not names or _translates(short, long, names) or _related(names, long):
        return replace(group, forms=(*group.forms, long))
    # Other meanings are kept for the first form of a group only.
    if fold(group.forms[0]) != fold(short):
        return group
    for place, meaning in enumerate(group.meanings):
        if _related(meaning.names, long):
            known = any(key(name) == key(long) for name in meaning.names)
            wider = meaning if known else replace(meaning, names=(*meaning.names, long))
            others = (*group.meanings[:place], wider, *group.meanings[place + 1 :])
            return replace(group, meanings=others)
    return replace(group, meanings=(*group.meanings, Meaning((long,))))


def _translates(short: str, long: str, names: Iterable[str]) -> bool:
    """Whether the acronym spells a name of the group but not this one: a text that still gives it
    says that it is of another language."""
    spelled = any(spells(short, words_of(name)) for name in names)
    return spelled and not long_form(short, words_of(long))


def _related(names: Iterable[str], long: str) -> bool:
    return any(_same_meaning(name, long) for name in names)


def _same_meaning(one: str, other: str) -> bool:
    """Whether a name is part of another, or most of its words have one that begins alike."""
    few, many = sorted((key(one), key(other)), key=len)
    if set(few) <= set(many):
        return True
    beginnings = {word[:_BEGINNING] for word in many}
    related = sum(word[:_BEGINNING] in beginnings for word in few)
    return related >= _RELATED * len(few)
