"""Finds where documents state facts: the place, date, audience and organisers of an event, and the
posts of people.

Facts about an event come from its own document, as they were described when it was ingested; posts
are read off the passages that name the person.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from search.answers.spans import AnswerContext
from search.documents import Document, Fact, Passage
from search.engine import LexicalQuery, Snapshot
from search.text.analysis import Token, analyse, stem
from search.text.question_types import WHOLE_WORDS, WORDS, QuestionType, shows
from search.text.sentences import sentences
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

# The best documents whose facts are looked at.
_MAX_DOCUMENTS = 4
# Neighbouring sentences that a fact may stand in: a place is often written on two lines.
_MAX_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class FactSpan:
    """A stretch of a passage that states a fact of its document."""

    document: Document
    passage: Passage
    start: int
    end: int


def fact_span(
    snapshot: Snapshot, context: AnswerContext, question_type: QuestionType
) -> FactSpan | None:
    """Where the best document that is meant says the field asked for; None when the question is
    not about an event or its material as a whole, or no document states it."""
    field = FIELDS[question_type]
    subject = [t for t in context.asked.tokens if t.surface not in WORDS[question_type]]
    if not subject or not any(token.stem in WHOLE for token in subject):
        return None
    documents = dict.fromkeys(one.document for one in context.opened)
    for document in list(documents)[:_MAX_DOCUMENTS]:
        if not names_event(document, subject):
            continue
        facts = snapshot.details(document.id).facts
        # A fact without a passage is known from the catalogue, and there is nothing to quote.
        fact = next((f for f in facts if f.field == field and f.passage_id), None)
        passage = snapshot.passage(fact.passage_id) if fact and fact.passage_id else None
        if fact is not None and passage is not None:
            start, end = _shortest_run(passage.text, fact, question_type)
            return FactSpan(document, passage, start, end)
    return None


def names_event(document: Document, subject: Sequence[Token]) -> bool:
    """Whether all words of a question but the general ones are in what names the event."""
    names = (document.title, document.event, document.place, document.organisers)
    held = {token.stem for name in names for token in analyse(name or "")}
    return all(token.stem in held or token.stem in WHOLE for token in subject)


def _shortest_run(text: str, fact: Fact, question_type: QuestionType) -> tuple[int, int]:
    """The shortest run of sentences that holds most of the value's words."""
    # Dates are kept as «2024-11-01»; a text mostly has year and day as words of their own.
    value = _stems(fact.value.replace("-", " "))
    bounds = sentences(text)
    runs = [
        (bounds[first][0], bounds[last][1])
        for first in range(len(bounds))
        for last in range(first, min(first + _MAX_SENTENCES, len(bounds)))
    ]
    return max(
        runs,
        key=lambda run: (
            # Between runs with the same words, the one that looks like a date or a place.
            len(value & _stems(text[run[0] : run[1]])) + shows(question_type, text, *run) / 2,
            run[0] - run[1],
        ),
    )


def _stems(text: str) -> set[str]:
    # «01» of a date that is kept is «1» in the text.
    return {token.stem.lstrip("0") for token in analyse(text) if token.informative}


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
# Code points after a name within which its post begins.
_MAX_GAP = 60
# Passages that hold the name and are read.
_MAX_PASSAGES = 12
# Words of a post that are compared («secretario ejecutivo» against «directora ejecutiva»).
_TITLE_WORDS = 2


@dataclass(frozen=True, slots=True)
class PersonMention:
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


# Offices and who holds them: «Dirección Ejecutiva» is the post of a «Directora Ejecutiva».
_OFFICES = {
    "direccion": "director",
    "secretaria": "secretario",
    "presidencia": "presidente",
    "coordinacion": "coordinador",
    "jefatura": "jefe",
    "gerencia": "gerente",
}


def _genderless(word: str) -> str:
    return re.sub(r"[oa]$", "", stem(_OFFICES.get(word, word)))


def posts(snapshot: Snapshot, context: AnswerContext) -> tuple[PersonMention, ...]:
    """The different posts that the sources give to the person named in the question, in the
    order of the collection; empty when no person is named or no post is told."""
    name = _person_named(context)
    # One name alone, first or last, may be anybody's.
    if len(name) < 2:
        return ()
    # Not only the best passages: two sources that name two posts need not both be among them.
    rows = snapshot.holding(LexicalQuery((), phrases=(tuple(name),)))[:_MAX_PASSAGES]
    ordinals = snapshot.document_ordinals(rows).tolist()
    documents = snapshot.documents()
    found: dict[tuple[str, ...], PersonMention] = {}
    for passage, ordinal in zip(snapshot.passages(rows.tolist()), ordinals, strict=True):
        for mention in _mentions_in(documents[ordinal], passage, name):
            found.setdefault(mention.key, mention)
    return tuple(found.values())


def _person_named(context: AnswerContext) -> list[str]:
    """The longest run of words of the question that the best passages write as a name."""
    words = [token.surface for token in context.asked.tokens]
    best: list[str] = []
    for opened in context.opened:
        for run in _capitalised_runs(opened.passage.text):
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


def _capitalised_runs(text: str) -> Iterator[list[str]]:
    """Runs of capitalised words, from each of their words on, folded."""
    # A name may be broken over two lines.
    for found in re.finditer(r"[A-ZÁÉÍÓÚÑ][\w.-]+(?:[ \n]+[A-ZÁÉÍÓÚÑ][\w.-]*)+", text):
        words = [fold(word.strip(".")) for word in found.group().split()]
        yield from (words[first:] for first in range(len(words) - 1))


def _mentions_in(
    document: Document, passage: Passage, name: Sequence[str]
) -> Iterator[PersonMention]:
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
            or post.start() > end + _MAX_GAP
            or _interrupted(passage.text[end : post.start()])
        ):
            continue
        yield PersonMention(
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
