"""Finds what a trainer can use by itself (activities, cases, debates, topics, breaks) with minutes,
group size and materials.

What the text does not state stays unknown: a session plan made of these must not rest on guesses.
Patterns match text as `fold_ascii` or `plain` gives it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ingest.metadata.agenda import kind_of, minutes_of_cell
from ingest.metadata.cover import EMPTY_HEADING
from ingest.readers.tables import SEPARATOR
from search.documents import Activity, AgendaItem, BlockKind, Passage, ResourceType
from search.text.times import bracketed_minutes, labelled_minutes, minutes_of
from search.text.vocabulary import alternatives, fold_ascii, number_words, plain

STRONG = re.compile(
    r"^(?:\d+(?:\.\d+)*[.)]?\s+)?(?:(?:actividad|ejercicio|dinamica|exercise|activity|group work"
    r"|trabajo (?:en|de) grupos?|trabajo grupal|practica|simulacion|juego de roles|role[- ]?play"
    r"|estudio de caso|caso practico|case study|rompehielos|ice-?breaker|atividade|exercicio"
    r"|debate|discusion|discussion|plenaria|conversatorio)s?(?:\s+(?:grupal|individual|practica"
    r"|\d+|[ivx]+))?(?=\s*(?:[:.«“\"(–—-]|\d|$))|(?:caso|case|taller)\s+(?:\d+|[ivx]+)\b"
    r"|dinamica\s+(?:de|del|«)|dynamics? of)"
)
"""How a heading opens that is the name of one activity: «Ejercicio 2. …», «Dinámica «…»»."""

CHAPTER = re.compile(
    r"^(?:las |los |the )?(?:actividades|ejercicios|dinamicas|debates|discusiones|casos|talleres"
    r"|activities|exercises|discussions|cases|cafe|almuerzo)\W*$"
)
"""A heading over several."""

GATHERING = re.compile(
    r"^(?:\d+[.)]? )?(?:actividades|ejercicios|dinamicas|casos"
    r"|estudios de caso|activities|exercises"
    r"|case studies|cases|atividades|juegos|games)\b"
)
"""A heading whose subheadings are the names of activities."""

SESSION = re.compile(
    r"^(?:\d+(?:\.\d+)*[.)]?\s+)?(?:sesion|session|sessao|tema|topic|bloque"
    r"|block|leccion|lesson|modulo"
    r"|module|unidad|unit)\b"
)
# «Dura diez minutos» in prose, where there is no label.
LASTS = re.compile(
    r"\b(?:dura|duran|lleva|requiere|toma|takes|lasts|leva)\s+(?:unos\s+|about\s+|around\s+)?"
)
LASTS_REACH = 30  # characters behind the verb
# What only the description of an activity has: instructions for whoever leads it.
STEPS = re.compile(
    r"\b(?:instrucciones|instructions|desarrollo|pasos|consigna|procedimiento|steps)\b"
)
# Headers of tables of exercises: which column is the title, and which titles are activities by it.
TITLE_COLUMN = re.compile(
    r"^(?:ejercicios?|actividad(?:es)?|dinamicas?|exercises?|activit(?:y"
    r"|ies)|sesion(?:es)?|sessions?"
    r"|casos?|cases?|tecnicas?|herramientas?|atividades?)\b"
)
ACTIVITY_COLUMN = re.compile(
    r"^(?:ejercicio|actividad|dinamica|exercise|activit|tecnica|atividade)"
)
MINUTES_COLUMN = re.compile(r"^(?:duracion|tiempo|minutos|length|duration|time|duracao|min)\b")
SIZE_COLUMN = re.compile(r"^(?:grupos?|tamano|group|participantes|team|modalidad)\b")
MATERIALS_COLUMN = re.compile(r"^(?:materiales|recursos|materials|resources|materiais|insumos)\b")
ROWS = (BlockKind.TABLE_ROW,)
LABEL_REACH = 200  # characters: labels stand at the start of a section


@dataclass(frozen=True, slots=True)
class _Section:
    """The passages below one heading, without those below deeper ones."""

    title: str
    above: str
    passages: tuple[Passage, ...]

    @property
    def text(self) -> str:
        """All that is said below the heading but in its tables."""
        return "\n".join(p.text for p in self.passages if p.kind not in ROWS)


def find_activities(
    passages: Sequence[Passage], agenda: Sequence[AgendaItem]
) -> tuple[Activity, ...]:
    """One for each section, table row or programme line that is an activity, a case, a debate, the
    presentation of a topic or a break. What the text does not say stays unknown."""
    # A line of a programme is found once, not a second time by its section or its row.
    timed = {item.passage_id for item in agenda}
    found = []
    for item in agenda:
        if item.kind is not None:
            minutes = item.stated_minutes or item.computed_minutes
            size = group_size(item.title)
            found.append(Activity(item.passage_id, item.title, item.kind, minutes, size))
    for section in _sections(passages):
        if any(passage.id in timed for passage in section.passages):
            continue
        named = _of_section(section)
        found += [named] if named else [*_of_lines(section)]
    found += [stated for p in passages if p.id not in timed and (stated := _of_row(p))]
    order = {passage.id: number for number, passage in enumerate(passages)}
    return tuple(sorted(found, key=lambda activity: order[activity.passage_id]))


def _sections(passages: Sequence[Passage]) -> Iterator[_Section]:
    groups: dict[tuple[str, ...], list[Passage]] = {}
    for passage in passages:
        if passage.section:
            groups.setdefault(passage.section, []).append(passage)
    for path, members in groups.items():
        yield _Section(path[-1], path[-2] if len(path) > 1 else "", tuple(members))


def _of_section(section: _Section) -> Activity | None:
    """A section whose heading names an activity, or that states what a session needs."""
    text = section.text
    stated = labelled_minutes(text[:LABEL_REACH]) or bracketed_minutes(section.title)
    minutes = stated or _lasting(text)
    needed = materials(text)
    kind = _kind(
        section.title, bool(stated), bool(needed or STEPS.search(plain(text[:LABEL_REACH])))
    )
    gathers = GATHERING.match(plain(section.above))
    if kind is None and gathers and minutes:
        kind = kind_of(gathers.group()) or ResourceType.ACTIVITY
    if kind is None:
        return None
    title = _without_minutes(section.title)
    passage = section.passages[0]
    return Activity(passage.id, title, kind, minutes, group_size(f"{title}. {text}"), needed)


def _kind(title: str, timed: bool, needs: bool) -> ResourceType | None:
    said = plain(title)
    if EMPTY_HEADING.match(said) or CHAPTER.match(said):
        return None
    announced = kind_of(title)
    # «Conceptos básicos» heads a chapter of any report: only a time makes it a session.
    if announced is ResourceType.CONCEPT:
        return announced if timed else None
    if STRONG.match(said):
        return announced or ResourceType.ACTIVITY
    # «Casos de éxito» is a chapter, unless it says how long it lasts or what it needs.
    if announced and (timed or needs):
        return announced
    if timed and needs:
        return ResourceType.ACTIVITY
    return ResourceType.CONCEPT if timed and SESSION.match(said) else None


def _of_lines(section: _Section) -> Iterator[Activity]:
    """Lines of text that open with the name of one activity and state its length."""
    for passage in section.passages:
        if passage.kind in ROWS:
            continue
        for line in passage.text.split("\n"):
            minutes = bracketed_minutes(line[:LABEL_REACH]) or labelled_minutes(line[:LABEL_REACH])
            if minutes and STRONG.match(plain(line)):
                title = _without_minutes(re.split(r"\.\s|;\s", line)[0])[:LABEL_REACH]
                kind = kind_of(title) or ResourceType.ACTIVITY
                yield Activity(passage.id, title, kind, minutes, group_size(line), materials(line))


def _of_row(passage: Passage) -> Activity | None:
    """A row below «Ejercicio | Duración | Grupo | Materiales»."""
    header, cells = passage.context.split(SEPARATOR), passage.text.split(SEPARATOR)
    # Merged cells: which cell belongs to which header cannot be told.
    if passage.kind not in ROWS or len(header) != len(cells):
        return None
    columns = {plain(name): cell for name, cell in zip(header, cells, strict=True)}

    def cell_of(pattern: re.Pattern[str]) -> str:
        return next((cell for name, cell in columns.items() if pattern.match(name)), "")

    named = next((name for name in columns if TITLE_COLUMN.match(name)), None)
    length = minutes_of_cell(cell_of(MINUTES_COLUMN))
    if named is None or length is None:
        return None
    kind = kind_of(columns[named])
    if kind is None and not ACTIVITY_COLUMN.match(named):
        return None
    size, needed = cell_of(SIZE_COLUMN), cell_of(MATERIALS_COLUMN)
    return Activity(
        passage_id=passage.id,
        title=columns[named],
        kind=kind or ResourceType.ACTIVITY,
        minutes=length,
        group_size=group_size(size) if size else None,
        materials=materials(f"Materiales: {needed}") if needed else (),
    )


def _lasting(text: str) -> int | None:
    """«Dura diez minutos», «takes 25 minutes»: only where one length is given so."""
    found = {
        minutes_of(re.split(r"[.,;\n]", text[match.end() : match.end() + LASTS_REACH])[0])
        for match in LASTS.finditer(fold_ascii(text))
    } - {None}
    return found.pop() if len(found) == 1 else None


def _without_minutes(title: str) -> str:
    kept = re.sub(r"\s*[(\[][^()\[\]]*(?:min|hora|hour|['′’])[^()\[\]]*[)\]]", "", title)
    return kept.strip(" .:–—-") or title


_WORDS = number_words(2, 100)
_NUMBER = rf"(?:\d{{1,3}}|{alternatives(_WORDS)})"
_GROUPS = r"(?:grupos?|equipos?|mesas?|subgrupos?|groups?|teams?|tables?|equipes?|breakout rooms?)"
# «en grupos de 4 a 6»; «grupos de 20 minutos» counts something else.
_SIZE = re.compile(
    rf"\b{_GROUPS}(?:\s+(?:pequen[oa]s|de\s+trabajo|reducid[oa]s|small))?\s+(?:de|of|com|con)\s+"
    rf"(?:entre\s+|unas\s+|hasta\s+|between\s+|about\s+)?(?P<low>{_NUMBER})"
    rf"(?:\s*(?:-|–|—|a|o|u|y|to|or|and|e|ou)\s*(?P<high>{_NUMBER}))?\b"
    r"(?!\s*(?:minutos?|minutes|min|horas|palabras|tarjetas|preguntas|%|dias))"
)
_LABELLED = re.compile(
    rf"\b(?:tamano (?:del |de )?grupos?|group size|participantes por grupo"
    rf"|grupo recomendado)\s*[:|]\s*"
    rf"(?:de\s+|entre\s+|between\s+)?(?P<low>{_NUMBER})(?:\s*(?:-|–|—|a|o|y"
    rf"|to|or|and)\s*(?P<high>{_NUMBER}))?\b"
)
_PAIRS = re.compile(
    r"\b(?:en|por|in|em) (?:parejas|pares|pairs|duplas)\b|\bde a dos\b|^(?:parejas|pairs)\b"
)
_THREES = re.compile(
    r"\b(?:en|in|por) (?:trios|ternas|tercetos|triads|threes)\b|^(?:trios|triads)\b"
)
_ALONE = re.compile(
    r"\b(?:trabajo|ejercicio|actividad|reflexion|individual) (?:individual|work|exercise)\b"
    r"|^individual(?:ly|mente)?$|\bde forma individual\b"
)
_MATERIALS = re.compile(
    r"(?:^|[\n.|;]\s*|\*\*)(?:materiales?(?: (?:necesarios?|requeridos?|por grupo|y equipos?))?"
    r"|recursos(?: necesarios| materiales)?|insumos|materials?(?: needed| required)?|supplies"
    r"|what you need|materiais)\s*:\**[ \t]*",
)
# «Pasos: …» ends a list of materials that stands line by line.
_NEXT_LABEL = re.compile(r"^[^\W\d][\w áéíóúñ]{2,28}:(?:\s|$)")
# Commas and the last «y» part a list, but «tarjetas, una por persona» is one item.
_BETWEEN = re.compile(
    r"[,;](?!\s*(?:un[oa]? (?:por|para|cada)|one (?:per|for|each)))\s*"
    r"|\s+(?:y|e|and)\s+(?=(?:(?!\s(?:y|e|and)\s)[^,;])*$)"
)
MOST_MATERIALS = 15
LONGEST_MATERIAL = 90  # characters; more is a sentence about them
MOST_PEOPLE = 60  # of one group; more is the number of participants


def group_size(text: str) -> tuple[int, int] | None:
    """The least and the most people of a group; None where none or several sizes are given."""
    said = fold_ascii(text)
    found = set()
    for match in chain(_SIZE.finditer(said), _LABELLED.finditer(said)):
        numbers = match["low"], match["high"] or match["low"]
        low, high = (int(n) if n.isdigit() else _WORDS[n] for n in numbers)
        if 1 < low <= high <= MOST_PEOPLE:
            found.add((low, high))
    for number, pattern in ((2, _PAIRS), (3, _THREES), (1, _ALONE)):
        if pattern.search(said):
            found.add((number, number))
    # «Primero en parejas y luego en grupos de seis» has no one size.
    return found.pop() if len(found) == 1 else None


def materials(text: str) -> tuple[str, ...]:
    """What stands behind «Materiales:», up to the end of the sentence, or in the lines below."""
    found = _MATERIALS.search(fold_ascii(text))
    if found is None:
        return ()
    rest = text[found.end() :]
    line, _, below = rest.partition("\n")
    if line.strip():
        items = _BETWEEN.split(re.split(r"\.(?:\s|$)| \| ", line)[0])
    else:
        items = []
        for item in below.split("\n"):
            if _NEXT_LABEL.match(item) or len(item) > LONGEST_MATERIAL:
                break
            items.append(item)
    kept = [item.strip(" .;,*•·-–—") for item in items]
    sensible = [item for item in kept if item and len(item) <= LONGEST_MATERIAL and plain(item)]
    return tuple(sensible[:MOST_MATERIALS])
