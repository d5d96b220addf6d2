"""Questions about time, answered from timetable lines."""

import re
from collections.abc import Mapping, Sequence

from search.query import Asked
from search.spanish import Token, analyse, fold
from search.types import AgendaItem, Passage

_ASKS = re.compile(
    r"\b(a que hora|que hora|hora de|horario|cuanto (tiempo )?dura|duracion|cuantos minutos|cuando"
    r"|what time|how long|when|que horas|quanto tempo|quando|quelle heure|quand)\b"
)
_TIME_WORDS = frozenset(
    """hora horas horario duracion dura duran minuto minutos tiempo empieza empiezan comienza
    comienzan inicia inicio termina terminan acaba fin final sesion dia toca time long start starts
    end ends begin begins
    """.split()
)
_WHOLE = frozenset("taller evento jornada reunion encuentro agenda workshop event meeting".split())
_BEGINS = re.compile(r"\b(empiez|comienz|inici|arranc|start|begin|comeca)")
_ENDS = re.compile(r"\b(termin|acab|finaliz|conclu|end|finish)")
_ENOUGH = 0.6
"""Share of the question's words that a timetable line must hold to answer it."""


def asks_for_time(asked: Asked) -> bool:
    """Whether the question wants an hour or a duration."""
    return _ASKS.search(" ".join(fold(asked.query.text).split())) is not None


def asks_for_end(asked: Asked) -> bool | None:
    """For a question about the event as a whole, whether its end (or its start) is wanted; None
    for a question about something in it."""
    if any(t.surface not in _WHOLE and t.surface not in _TIME_WORDS for t in asked.tokens):
        return None
    folded = fold(asked.query.text)
    if _BEGINS.search(folded):
        return False
    return True if _ENDS.search(folded) else None


def first_or_last(
    passages: Sequence[Passage], items: Mapping[str, Sequence[AgendaItem]], *, last: bool
) -> tuple[int, AgendaItem] | None:
    """The first or last line of the first timetable of a document, given its passages in order."""
    found: list[tuple[int, AgendaItem]] = []
    for place, passage in enumerate(passages):
        for item in items.get(passage.id, ()):
            if found and passages[found[0][0]].section != passage.section:
                return found[-1] if last else found[0]
            found.append((place, item))
    return (found[-1] if last else found[0]) if found else None


def choose(
    asked: Asked, passages: Sequence[Passage], items: Mapping[str, Sequence[AgendaItem]]
) -> tuple[int, AgendaItem] | None:
    """The timetable line that holds most of what is asked for; the better ranked among equals.

    Numbers must all be there: «el Tema 4» is not answered by Tema 3.
    """
    subject = [token for token in asked.tokens if token.surface not in _TIME_WORDS]
    best: tuple[float, int, AgendaItem] | None = None
    for place, passage in enumerate(passages):
        for item in items.get(passage.id, ()):
            share = _share(subject, passage, item)
            if share >= _ENOUGH and (best is None or share > best[0]):
                best = (share, place, item)
    return None if best is None else best[1:]


def _share(subject: Sequence[Token], passage: Passage, item: AgendaItem) -> float:
    held = {token.stem for token in analyse(" ".join((item.title, item.day or "")))}
    around = held | {token.stem for token in analyse(" ".join((*passage.section, passage.text)))}
    if not subject or any(t.stem not in around for t in subject if t.surface[0].isdigit()):
        return 0.0
    return sum((token.stem in held) + (token.stem in around) for token in subject) / (
        2 * len(subject)
    )


def text(item: AgendaItem) -> str:
    """«10:40–11:00 (20 minutos)», with what the document states, else what the clock gives."""
    hours = f"{item.start}–{item.end}" if item.end else str(item.start)
    minutes = item.stated_minutes or item.computed_minutes
    return f"{hours} ({minutes} minutos)" if minutes else hours


def notices(item: AgendaItem) -> tuple[str, ...]:
    """What the document contradicts itself in."""
    stated, computed = item.stated_minutes, item.computed_minutes
    if stated is None or computed is None or stated == computed:
        return ()
    return (f"El documento indica {stated} minutos; por el horario son {computed}.",)
