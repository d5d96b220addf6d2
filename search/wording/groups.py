"""What stands for what: groups of equivalent forms, the other meanings of an acronym, and their
table, which holds what a collection declares and what its texts define."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from search.spanish import fold, stem
from search.wording.acronyms import Definition, common_words, learn
from search.wording.initials import long_form, spells, words_of

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
class Group:
    """Forms that mean the same, the acronym first. `approximate` ones (common words) widen with
    less weight, and a `translation` only questions that are not in Spanish; `meanings` are others of the first form; `capitals` are forms that are common
    words when written small."""

    forms: tuple[str, ...]
    approximate: bool = False
    translation: bool = False
    meanings: tuple[Meaning, ...] = ()
    capitals: tuple[str, ...] = ()


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


def load(table: str) -> list[Group]:
    """Groups from JSON, as `dump` writes them; only `forms` and `approximate` must be there."""
    return [
        Group(
            tuple(entry["forms"]),
            entry["approximate"],
            bool(entry.get("translation", False)),
            tuple(Meaning(tuple(m["names"]), tuple(m["cues"])) for m in entry.get("meanings", ())),
            tuple(entry.get("capitals", ())),
        )
        for entry in json.loads(table)
    ]


def dump(groups: Iterable[Group]) -> str:
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


def _in(group: Group, common: frozenset[str]) -> list[str]:
    return [form for form in group.forms if form in common]


def with_learned(groups: Iterable[Group], found: Mapping[Definition, int]) -> list[Group]:
    """Declared groups with what texts define: another form of the same meaning joins its group,
    another meaning becomes one to ask about; of two undeclared ones the more frequent, else the
    first, is the main one."""
    table = _Table(list(groups))
    for definition in sorted(found, key=lambda definition: -found[definition]):
        table.take(definition)
    return table.groups


class _Table:
    def __init__(self, groups: list[Group]) -> None:
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
            self.groups.append(Group((short, long)))
        self._note(place)


def _joined(group: Group, short: str, long: str) -> Group:
    names = [form for form in group.forms if not is_acronym(form)]
    if any(key(name) == key(long) for name in names):
        return group
    if not names or _translates(short, long, names) or _related(names, long):
        return replace(group, forms=(*group.forms, long))
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
