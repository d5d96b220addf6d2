"""Labelled values in a document, «Lugar: Punta Cana», to the field that each label stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from ingest.description.cover import is_date
from ingest.plain import bare, plain
from search.types import Block, BlockKind

REACH = 60  # blocks: what a document says of itself stands near its start
LABEL_LENGTH = 48
VALUE_LENGTH = 400
LIST_BLOCKS = 8
LABELS = {
    "date": r"fechas?|dates?|data|fecha de (?:emision|publicacion|elaboracion|realizacion)|cuando"
    r"|fecha y (?:lugar|hora)|lugar y fecha|date and (?:place|venue|time)|fecha del evento",
    "place": r"lugar|sede|venue|place|location|local|localizacion|lugar y fecha|fecha y lugar"
    r"|date and (?:place|venue)|lugar de realizacion|donde|lieu",
    "organisers": r"organiza(?:n|do por|dores|doras|cion|dor|dora)?"
    r"|(?:entidad(?:es)?|instituci(?:on|ones)) (?:organizadoras?|convocantes?)"
    r"|convoca(?:n|do por)?|organi[sz]ed by|organi[sz]ers?|hosted by|co-?organi[sz]ed by"
    r"|organizado conjuntamente por|organizacao|organizadores|realizacao|organise par",
    "audience": r"(?:esta )?dirigid[oa] a|a quien (?:esta |va )?(?:dirigid[oa]|se dirige)"
    r"|a quienes (?:esta |va )?dirigid[oa]|para quien es|publico(?: al que va dirigido)?"
    r"|publico[- ](?:objetivo|destinatario|meta|alvo|previsto)|destinatari[oa]s|audiencia"
    r"|poblacion (?:objetivo|destinataria)|perfil de (?:los |las )?participantes"
    r"|target (?:audience|group|participants)|audience|intended audience|who is it for",
    "minutes": r"duracion(?: (?:total|estimada|prevista|aproximada|del (?:taller|curso|modulo)))?"
    r"|duration|total duration|length|carga horaria(?: total)?|duracao|tiempo total|duree",
    "event": r"evento|event|nombre del (?:evento|taller|curso|seminario)"
    r"|name of the (?:event|workshop)",
    "toolkit": r"kit(?: de herramientas)?|caja de herramientas|(?:guia|conjunto) de herramientas"
    r"|tool ?kit",
    "symbol": r"simbolo|symbol|signatura|document symbol|simbolo del documento",
    "licence": r"licencia|licen[sc]e|licenca",
}
_PATTERNS = {name: re.compile(rf"^(?:{pattern})$") for name, pattern in LABELS.items()}
_SPLIT = re.compile(r"^\s*(?:[*•·-]\s*)?(.{2,48}?)\s*(?:\s\|\s|:\s+|\.[-–—]\s+)(.+)$", re.DOTALL)
_TITLE_LABEL = re.compile(r"^(?:titulo|title|nombre|name)(?: del? .*)?$")
_OPEN = re.compile(r"^(organizad[oa] (?:conjuntamente )?por|dirigid[oa] a|organi[sz]ed by)\s+(.+)$")
_PLAIN_KINDS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)
_HEADINGS = (BlockKind.HEADING, BlockKind.TITLE, BlockKind.SLIDE_TITLE)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value with the fields that its label stands for («Lugar y fecha» stands for two) and the
    text of the block that holds it; `place` is the block's number."""

    fields: tuple[str, ...]
    label: str
    value: str
    words: str
    place: int


def labelled(blocks: Sequence[Block], title: str) -> tuple[Labelled, ...]:
    """What the first blocks label. A table that names another title describes another document:
    its rows are left out."""
    foreign = _foreign_headers(blocks[:REACH], title)
    other = False
    found = []
    for place, block in enumerate(blocks[:REACH]):
        other = block.kind not in _HEADINGS and (other or _titles_another(blocks, place, title))
        if other or (block.kind is BlockKind.TABLE_ROW and block.header in foreign):
            continue
        entry = _inline(block, place) or _below(blocks, place)
        found += [entry] if entry else []
    return tuple(found)


def fields_of(label: str) -> tuple[str, ...]:
    """The fields that a label stands for; none for any other words."""
    said = plain(label).strip(" :.¿?*#")
    return tuple(name for name, pattern in _PATTERNS.items() if pattern.match(said))


def _inline(block: Block, place: int) -> Labelled | None:
    """«Label: value», «label | value», «Organizado por X»."""
    if block.kind not in _PLAIN_KINDS or len(block.text) > VALUE_LENGTH:
        return None
    split = _SPLIT.match(block.text)
    if split:
        label, value = split.group(1), split.group(2)
    else:
        opened = _OPEN.match(plain(block.text))
        if opened is None:
            return None
        words = len(opened.group(1).split())
        label, value = opened.group(1), " ".join(block.text.split()[words:])
    fields = fields_of(label)
    value = value.strip(" .|")
    return Labelled(fields, label, value, block.text, place) if fields and value else None


def _below(blocks: Sequence[Block], place: int) -> Labelled | None:
    """A block that is only a label, with its value in the block below; organisers may be more."""
    label = blocks[place]
    fields = fields_of(label.text) if len(label.text) <= LABEL_LENGTH else ()
    if not fields or place + 1 >= len(blocks):
        return None
    following = list(takewhile(_is_value, blocks[place + 1 : place + 1 + LIST_BLOCKS]))
    if "organisers" not in fields and not _is_list(following):
        following = following[:1]
    value = "; ".join(block.text.rstrip(" .;,") for block in following)
    if not value or len(value) > VALUE_LENGTH:
        return None
    return Labelled(fields, label.text, value, following[0].text, place)


def _is_list(blocks: Sequence[Block]) -> bool:
    return bool(blocks) and all(block.kind is BlockKind.LIST_ITEM for block in blocks)


def _is_value(block: Block) -> bool:
    return (
        block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
        and not fields_of(block.text)
        and not is_date(block.text)
        and _SPLIT.match(block.text) is None
    )


def _titles_another(blocks: Sequence[Block], place: int, title: str) -> bool:
    """Whether here a label «Título» stands above another title: a table whose cells were not
    recognised, up to the next heading."""
    if place + 1 >= len(blocks) or not _TITLE_LABEL.match(plain(blocks[place].text)):
        return False
    return not _same_title(blocks[place + 1].text, title)


def _same_title(first: str, second: str) -> bool:
    return bare(first) in bare(second) or bare(second) in bare(first)


def _foreign_headers(blocks: Sequence[Block], title: str) -> set[str]:
    """Headers of the tables with a row «Título | …» that is not this document's title."""
    headers = set()
    for block in blocks:
        label, _, value = block.text.partition(" | ")
        if block.kind is BlockKind.TABLE_ROW and _TITLE_LABEL.match(plain(label)) and value:
            headers |= set() if _same_title(value, title) else {block.header}
    return headers
