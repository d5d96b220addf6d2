"""Passages and agenda items to the units that a trainer can use: activities, cases, debates …"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.description.cover import EMPTY_HEADING
from ingest.description.durations import bracketed_minutes, labelled_minutes, minutes_of
from ingest.description.grouping import group_size, materials
from ingest.description.sessions import kind_of
from ingest.heads import SEPARATOR
from ingest.plain import levelled, plain
from search.types import AgendaItem, BlockKind, Passage, ResourceType, Unit

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
LASTS = re.compile(
    r"\b(?:dura|duran|lleva|requiere|toma|takes|lasts|leva)\s+(?:unos\s+|about\s+|around\s+)?"
)
LASTS_REACH = 30
STEPS = re.compile(
    r"\b(?:instrucciones|instructions|desarrollo|pasos|consigna|procedimiento|steps)\b"
)
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
LONGEST = 200


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


def find_units(passages: Sequence[Passage], agenda: Sequence[AgendaItem]) -> tuple[Unit, ...]:
    """One unit a section, table row or programme line that is an activity, a case, a debate, the
    presentation of a topic or a break. What the text does not say stays unknown."""
    timed = {item.passage_id for item in agenda}
    units = [_of_item(item) for item in agenda if item.kind is not None]
    for section in _sections(passages):
        if any(passage.id in timed for passage in section.passages):
            continue
        unit = _of_section(section)
        units += [unit] if unit else [*_of_lines(section)]
    units += [unit for p in passages if p.id not in timed and (unit := _of_row(p))]
    order = {passage.id: number for number, passage in enumerate(passages)}
    return tuple(sorted(units, key=lambda unit: order[unit.passage_id]))


def _of_item(item: AgendaItem) -> Unit:
    minutes = item.stated_minutes or item.computed_minutes
    size = group_size(item.title)
    return Unit(item.passage_id, item.title, item.kind or ResourceType.ACTIVITY, minutes, size)


def _sections(passages: Sequence[Passage]) -> Iterator[_Section]:
    groups: dict[tuple[str, ...], list[Passage]] = {}
    for passage in passages:
        if passage.section:
            groups.setdefault(passage.section, []).append(passage)
    for path, members in groups.items():
        yield _Section(path[-1], path[-2] if len(path) > 1 else "", tuple(members))


def _of_section(section: _Section) -> Unit | None:
    """A section whose heading names an activity, or that states what a session needs."""
    text = section.text
    stated = labelled_minutes(text[:LONGEST]) or bracketed_minutes(section.title)
    minutes = stated or _lasting(text)
    needed = materials(text)
    kind = _kind(section.title, bool(stated), bool(needed or STEPS.search(plain(text[:LONGEST]))))
    gathers = GATHERING.match(plain(section.above))
    if kind is None and gathers and minutes:
        kind = kind_of(gathers.group()) or ResourceType.ACTIVITY
    if kind is None:
        return None
    title = _without_minutes(section.title)
    passage = section.passages[0]
    return Unit(passage.id, title, kind, minutes, group_size(f"{title}. {text}"), needed)


def _kind(title: str, timed: bool, needs: bool) -> ResourceType | None:
    said = plain(title)
    if EMPTY_HEADING.match(said) or CHAPTER.match(said):
        return None
    announced = kind_of(title)
    if announced is ResourceType.CONCEPT:
        return announced if timed else None
    if STRONG.match(said):
        return announced or ResourceType.ACTIVITY
    if announced and (timed or needs):
        return announced
    if timed and needs:
        return ResourceType.ACTIVITY
    return ResourceType.CONCEPT if timed and SESSION.match(said) else None


def _of_lines(section: _Section) -> Iterator[Unit]:
    """Lines of text that open with the name of one activity and state its length."""
    for passage in section.passages:
        if passage.kind in ROWS:
            continue
        for line in passage.text.split("\n"):
            minutes = bracketed_minutes(line[:LONGEST]) or labelled_minutes(line[:LONGEST])
            if minutes and STRONG.match(plain(line)):
                title = _without_minutes(re.split(r"\.\s|;\s", line)[0])[:LONGEST]
                kind = kind_of(title) or ResourceType.ACTIVITY
                yield Unit(passage.id, title, kind, minutes, group_size(line), materials(line))


def _of_row(passage: Passage) -> Unit | None:
    """A row below «Ejercicio | Duración | Grupo | Materiales»."""
    header, cells = passage.context.split(SEPARATOR), passage.text.split(SEPARATOR)
    if passage.kind not in ROWS or len(header) != len(cells):
        return None
    columns = {plain(name): cell for name, cell in zip(header, cells, strict=True)}
    named = next((name for name in columns if TITLE_COLUMN.match(name)), None)
    minutes = _column(columns, MINUTES_COLUMN)
    length = _row_minutes(minutes) if minutes else None
    if named is None or length is None:
        return None
    kind = kind_of(columns[named])
    if kind is None and ACTIVITY_COLUMN.match(named):
        kind = ResourceType.ACTIVITY
    size, needed = _column(columns, SIZE_COLUMN), _column(columns, MATERIALS_COLUMN)
    if kind is None:
        return None
    return Unit(
        passage_id=passage.id,
        title=columns[named],
        kind=kind,
        minutes=length,
        group_size=group_size(size) if size else None,
        materials=materials(f"Materiales: {needed}") if needed else (),
    )


def _column(columns: Mapping[str, str], pattern: re.Pattern[str]) -> str | None:
    return next((cell for name, cell in columns.items() if pattern.match(name)), None)


def _row_minutes(cell: str) -> int | None:
    return int(cell) if cell.isdecimal() and 0 < int(cell) < 600 else minutes_of(cell)


def _lasting(text: str) -> int | None:
    """«Dura diez minutos», «takes 25 minutes»: only where one length is given so."""
    found = {
        minutes_of(re.split(r"[.,;\n]", text[match.end() : match.end() + LASTS_REACH])[0])
        for match in LASTS.finditer(levelled(text))
    } - {None}
    return found.pop() if len(found) == 1 else None


def _without_minutes(title: str) -> str:
    kept = re.sub(r"\s*[(\[][^()\[\]]*(?:min|hora|hour|['′’])[^()\[\]]*[)\]]", "", title)
    return kept.strip(" .:–—-") or title
