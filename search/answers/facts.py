"""Finds where documents state facts: the place, date, audience and organisers of an event, and the
posts of people.

Facts about an event come from its own document, as they were described when it was ingested; posts
are read off the passages that name the person.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product, takewhile

from search.answers.spans import AnswerContext
from search.documents import Document, Fact
from search.engine import (
    CandidateRequest,
    DocumentContent,
    Engine,
    Hidden,
    LoadedPassage,
    Scope,
)
from search.query import AnalysedQuery
from search.text.analysis import Token, analyse, stem
from search.text.question_types import WHOLE_WORDS, WORDS, QuestionType, shows
from search.text.vocabulary import fold

FIELDS: Mapping[QuestionType, str] = {
    QuestionType.PLACE: "place",
    QuestionType.DATE: "date",
    QuestionType.AUDIENCE: "audience",
    QuestionType.ORGANISER: "organisers",
}
"""Types of question and the field of a document that answers them."""

WHOLE = frozenset(map(stem, WHOLE_WORDS))
"""What an event or its material as a whole is called, by stem."""

# Neighbouring sentences that a fact may stand in: a place is often written on two lines.
_MAX_SENTENCES = 3


def stated_fact(
    contents: Sequence[DocumentContent], asked: AnalysedQuery
) -> tuple[Document, Fact] | None:
    """Where the best document that is meant says the field asked for; None when the question is
    not about an event or its material as a whole, or no document states it."""
    field = FIELDS[asked.type]
    subject = [token for token in asked.tokens if token.surface not in WORDS[asked.type]]
    if not any(token.stem in WHOLE for token in subject):
        return None
    for content in contents:
        if names_event(content, subject):
            for fact in content.details.facts:
                # A fact without a passage is known from the catalogue: there is nothing to quote.
                if fact.field == field and fact.passage_id:
                    return content.document, fact
    return None


def names_event(content: DocumentContent, subject: Sequence[Token]) -> bool:
    """Whether all words of a question but the general ones are in what names the event."""
    return all(token.stem in content.names or token.stem in WHOLE for token in subject)


def shortest_run(loaded: LoadedPassage, fact: Fact, question_type: QuestionType) -> tuple[int, int]:
    """The shortest run of sentences of a passage that holds most of a fact's words."""
    analysis, text = loaded.analysis, loaded.passage.text
    # Dates are kept as «2024-11-01»; a text mostly has year and day as words of their own, and
    # «01» of a date that is kept is «1» in the text.
    value = {
        token.stem.lstrip("0")
        for token in analyse(fact.value.replace("-", " "))
        if token.informative
    }
    words = [
        (analysis.stems[i].lstrip("0"), *analysis.places[i].tolist())
        for i in range(analysis.plain)
        if analysis.informative[i]
    ]
    bounds = analysis.sentences.tolist()
    runs = [
        (bounds[first][0], bounds[last][1])
        for first in range(len(bounds))
        for last in range(first, min(first + _MAX_SENTENCES, len(bounds)))
    ]

    def fit(run: tuple[int, int]) -> tuple[float, int]:
        held = {stem for stem, start, end in words if run[0] <= start and end <= run[1]}
        # Between runs with the same words, the one that looks like a date or a place.
        return len(value & held) + shows(question_type, text, *run) / 2, run[0] - run[1]

    return max(runs, key=fit)


# First words of a post, in the four languages, and offices that stand for who holds them.
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
# A post runs from such a word to the end of its clause: «Director de la División de Instituciones
# Públicas», with at most 100 further code points.
_POST = re.compile(
    rf"(?<![^\W_])(?P<post>(?:{'|'.join(_POSTS)})(?![^\W_])[^,.;|\n()]{{0,100}}(?![^\W_]))",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"[A-ZÁÉÍÓÚÑ][\w.-]+(?:[ \n]+[A-ZÁÉÍÓÚÑ][\w.-]*)+")
_MORE_SURNAMES = re.compile(r"(?:[ -][A-ZÁÉÍÓÚÑ][\w]+)*")
_PARTED = re.compile(r"[.;@]|\b[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+ [A-ZÁÉÍÓÚÑ]")
# Code points after a name within which its post begins.
_MAX_GAP = 60
# Passages that hold the name and are read.
_MAX_PASSAGES = 12
# Words of a post that are compared («secretario ejecutivo» against «directora ejecutiva»).
_TITLE_WORDS = 2


@dataclass(frozen=True, slots=True, eq=False)
class PersonMention:
    """Where a source names a person and their post; the stretch of the passage to quote."""

    document: Document
    loaded: LoadedPassage
    start: int
    end: int
    post: str

    @property
    def key(self) -> tuple[str, ...]:
        """What two mentions of one post share, whatever the gender of its words."""
        words = [t for t in analyse(self.post) if t.informative][:_TITLE_WORDS]
        # An office is the post of who holds it: «Dirección Ejecutiva», «Directora Ejecutiva».
        whole = (stem(_OFFICES.get(token.surface, token.surface)) for token in words)
        return tuple(re.sub(r"[oa]$", "", word) for word in whole)


# Offices and who holds them: «Dirección Ejecutiva» is the post of a «Directora Ejecutiva».
_OFFICES = {
    "direccion": "director",
    "secretaria": "secretario",
    "presidencia": "presidente",
    "coordinacion": "coordinador",
    "jefatura": "jefe",
    "gerencia": "gerente",
}


def posts(
    engine: Engine, hidden: Hidden, documents: Sequence[Document], context: AnswerContext
) -> tuple[PersonMention, ...]:
    """The different posts that the sources give to the person named in the question, in the
    order of the collection; empty when no person is named or no post is told."""
    name = _person_named(context)
    # One name alone, first or last, may be anybody's.
    if len(name) < 2:
        return ()
    # Not only the best passages: two sources that name two posts need not both be among them.
    request = CandidateRequest(Scope(phrases=(tuple(name),), hidden=hidden), lexical=_MAX_PASSAGES)
    named = engine.candidates(request)
    if named.phrases_dropped:
        return ()
    found: dict[tuple[str, ...], PersonMention] = {}
    loaded = engine.load(named.passages.ids)
    for one, document in zip(loaded, named.passages.document.tolist(), strict=True):
        for mention in _mentions_in(documents[document], one, name):
            found.setdefault(mention.key, mention)
    return tuple(found.values())


def _person_named(context: AnswerContext) -> list[str]:
    """The longest run of words of the question that the best passages write as a name."""
    words = [token.surface for token in context.asked.tokens]
    best: list[str] = []
    for opened in context.opened:
        # A name may be broken over two lines.
        for found in _CAPITALISED.finditer(opened.loaded.passage.text):
            run = [fold(word.strip(".")) for word in found.group().split()]
            for begin, first in product(range(len(run) - 1), range(len(words))):
                pairs = zip(run[begin:], words[first:], strict=False)
                length = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
                if length > max(len(best), 1):
                    best = words[first : first + length]
    return best


def _mentions_in(
    document: Document, loaded: LoadedPassage, name: Sequence[str]
) -> Iterator[PersonMention]:
    """Each place of a passage that names the person with a post just behind."""
    text, places = loaded.passage.text, loaded.analysis.places.tolist()
    stems = [stem(word) for word in name]
    for first in range(loaded.analysis.plain - len(name) + 1):
        after = first + len(name)
        if list(loaded.analysis.stems[first:after]) != stems:
            continue
        run = places[first:after]
        if [fold(text[start:end]) for start, end in run] != list(name):
            continue
        # Surnames that the question left out are part of the name too.
        rest = _MORE_SURNAMES.match(text, run[-1][1])
        end = rest.end() if rest else run[-1][1]
        post = _POST.search(text, end)
        # Another name or the end of a sentence between a name and a post parts them.
        if (
            post is None
            or post.start() > end + _MAX_GAP
            or _PARTED.search(text[end : post.start()])
        ):
            continue
        told = " ".join(post.group("post").split())
        yield PersonMention(document, loaded, run[0][0], post.end(), told)
