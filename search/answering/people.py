"""A person named in a question to the posts that the sources give them, which may not agree."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.answering.evidence import Evidence
from search.index import Snapshot, Wanted
from search.spanish import Token, analyse, fold, stem
from search.types import Document, Passage

_POSTS = """
director directora directores secretario secretaria presidente presidenta vicepresidente
vicepresidenta jefe jefa coordinador coordinadora asesor asesora alcalde alcaldesa concejal
concejala ministro ministra viceministro viceministra representante gerente subdirector
subdirectora subsecretario subsecretaria gobernador gobernadora regidor regidora intendente
intendenta experto experta especialista oficial titular profesor profesora investigador
investigadora consultor consultora responsable tesorero tesorera vocal delegado delegada
embajador embajadora decano decana rector rectora director-general head chief secretary officer
adviser advisor mayor minister president chair chairperson coordinator manager specialist
professor councillor diretor diretora prefeito prefeita secretária directeur directrice maire
conseiller conseillère dirección secretaría presidencia coordinación jefatura gerencia
""".split()
_POST = re.compile(
    rf"(?<![^\W_])(?P<post>(?:{'|'.join(_POSTS)})(?![^\W_])[^,.;|\n()]{{0,100}}(?![^\W_]))",
    re.IGNORECASE,
)
_AFTER = 60
"""Code points after a name within which its post begins."""
_PLACES = 12
"""Passages that hold the name and are read."""
_TITLE_WORDS = 2
"""Words of a post that are compared («secretario ejecutivo» against «directora ejecutiva»)."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a source names a person and their post; the stretch of the passage to quote."""

    document: Document
    passage: Passage
    start: int
    end: int
    post: str

    @property
    def key(self) -> tuple[str, ...]:
        """What two mentions of one post share, whatever the gender of its words."""
        words = [t for t in analyse(self.post) if t.informative][:_TITLE_WORDS]
        return tuple(_genderless(token.surface) for token in words)


_OFFICES = {
    "direccion": "director",
    "secretaria": "secretario",
    "presidencia": "presidente",
    "coordinacion": "coordinador",
    "jefatura": "jefe",
    "gerencia": "gerente",
}
"""Offices and who holds them: «Dirección Ejecutiva» is the post of a «Directora Ejecutiva»."""


def _genderless(word: str) -> str:
    return re.sub(r"[oa]$", "", stem(_OFFICES.get(word, word)))


def posts(snapshot: Snapshot, evidence: Evidence) -> tuple[Mention, ...]:
    """The different posts that the sources give to the person named in the question, those of the
    best passages first; empty when no person is named or no post is told."""
    name = _named(evidence)
    if len(name) < 2:
        return ()
    rows = snapshot.holding(Wanted((), phrases=(tuple(name),)))[:_PLACES]
    ordinals = snapshot.document_ordinals(rows).tolist()
    documents = snapshot.documents()
    found: dict[tuple[str, ...], Mention] = {}
    for passage, ordinal in zip(snapshot.passages(rows.tolist()), ordinals, strict=True):
        for mention in _mentions(documents[ordinal], passage, name):
            found.setdefault(mention.key, mention)
    return tuple(found.values())


def _named(evidence: Evidence) -> list[str]:
    """The longest run of words of the question that the best passages write as a name."""
    words = [token.surface for token in evidence.asked.tokens]
    best: list[str] = []
    for opened in evidence.opened:
        for run in _capitalised(opened.passage.text):
            for first in range(len(words)):
                length = 0
                while (
                    first + length < len(words)
                    and length < len(run)
                    and words[first + length] == run[length]
                ):
                    length += 1
                if length > max(len(best), 1):
                    best = words[first : first + length]
    return best


def _capitalised(text: str) -> Iterator[list[str]]:
    """Runs of capitalised words, from each of their words on, folded."""
    for found in re.finditer(r"[A-ZÁÉÍÓÚÑ][\w.-]+(?:[ \n]+[A-ZÁÉÍÓÚÑ][\w.-]*)+", text):
        words = [fold(word.strip(".")) for word in found.group().split()]
        yield from (words[first:] for first in range(len(words) - 1))


def _mentions(document: Document, passage: Passage, name: Sequence[str]) -> Iterator[Mention]:
    """Each place of a passage that names the person with a post just behind."""
    tokens = analyse(passage.text)
    for first in range(len(tokens) - len(name) + 1):
        run = tokens[first : first + len(name)]
        if [token.surface for token in run] != list(name):
            continue
        end = _end_of_name(passage.text, run)
        post = _POST.search(passage.text, end)
        if (
            post is None
            or post.start() > end + _AFTER
            or _interrupted(passage.text[end : post.start()])
        ):
            continue
        yield Mention(
            document, passage, run[0].start, post.end(), " ".join(post.group("post").split())
        )


def _end_of_name(text: str, run: Sequence[Token]) -> int:
    """Where a name ends, surnames that the question left out included."""
    end = run[-1].end
    rest = re.compile(r"(?:[ -][A-ZÁÉÍÓÚÑ][\w]+)*").match(text, end)
    return rest.end() if rest else end


def _interrupted(between: str) -> bool:
    """Whether what stands between a name and a post parts them: another name or a sentence."""
    return bool(re.search(r"[.;@]|\b[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+ [A-ZÁÉÍÓÚÑ]", between))
