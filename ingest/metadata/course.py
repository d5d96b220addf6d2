"""Finds what a document is in a course: its toolkit and module, audience, length and licence."""

import re
from collections.abc import Iterable

from ingest.metadata.cover import TEXT, Claim
from ingest.metadata.evidence import Evidence
from search.documents import BlockKind, DocumentType
from search.text.times import minutes_of
from search.text.vocabulary import (
    DOCUMENT_WORDS,
    EVENT_WORDS,
    alternatives,
    fold_ascii,
    plain,
    roman_number,
)

EARLY = 16  # blocks: a length further down is that of one activity
PROSE_BLOCKS = 50
LAST_BLOCKS = 30
LONGEST_AUDIENCE = 200
# «Módulo 2.3: Gobierno digital», «Module IV»; not «módulo 3/5» nor «módulo 20 %».
MODULE = re.compile(
    r"\b(?:m[óo]dulos?|modules?|unidad(?:e)?|unit)\s+(?:n[º°.o]{1,2}\s*)?"
    r"(\d{1,2}(?:\.\d{1,2})*|[IVX]{1,5})(?![\w/%])\.?(?:\s*[:.–—|-]\s*(?P<name>\S.*)|$|(?=\W))",
    re.IGNORECASE,
)
SEVERAL = re.compile(r"\b(?:modules|m[óo]dulos|unidades|units)\b", re.IGNORECASE)
STATED_TOOLKIT = re.compile(
    r"^(?:toolkit|kit de herramientas|(?:gu[íi]a|caja|conjunto) de herramientas)\s+"
    r"(?:on|for|sobre|para|de)\s+(.{4,120})$",
    re.IGNORECASE,
)
# The toolkits of the Curriculum, which are called otherwise in every translation; results and
# filters know each by one name.
TOOLKITS = {
    "Cambio de mentalidad": r"changing mindsets|cambi(?:o de|ar (?:la|las)) mentalidad(?:es)?"
    r"|mudanca de mentalidade",
    "Innovación y gobierno digital": r"innovation and digital government"
    r"|innovacion y (?:el )?gobierno digital",
    "Transparencia, rendición de cuentas y ética": r"transparency, accountability,? and ethics"
    r"|transparencia, (?:la )?rendicion de cuentas y (?:la )?etica",
    "Gobernanza de lo nacional a lo local": r"effective national to local (?:public )?governance"
    r"|gobernanza (?:publica )?(?:efectiva |eficaz )?(?:de lo |del nivel |del )?nacional a lo local"
    r"|gobernanza (?:publica )?(?:efectiva |eficaz )?(?:del nivel "
    r"|del )?nacional al (?:nivel )?local",
    "DiGIT4SD": r"digit4sd|digital government implementation",
    "Capacidades para la transformación digital": r"capacities for digital government"
    r" transformation|capacidades para la transformacion (?:del gobierno )?digital",
    "Innovación para la inclusión social": r"government innovation for social inclusion"
    r"|innovacion (?:gubernamental |del gobierno |publica )?para la inclusion social",
    "Coherencia de las políticas": r"institutional arrangements and governance capacities"
    r"|(?:arreglos|disposiciones|mecanismos) institucionales y (?:las )?capacidades de gobernanza",
}
_PATTERNS = {name: re.compile(rf"\b(?:{pattern})\b") for name, pattern in TOOLKITS.items()}
# What must be said to be for somebody: «Los fondos están dirigidos a obras» tells no audience.
_KINDS = EVENT_WORDS | DOCUMENT_WORDS | {"presente", "programa", "herramienta", "sesion"}
_SUBJECT = rf"(?:{alternatives(_KINDS)})(?:e?s)?"
AUDIENCE_PROSE = (
    re.compile(
        rf"\b{_SUBJECT}\b[^.;:]{{0,60}}?\b(?:dirigid|orientad|destinad)[oa]s?"
        r"(?: principalmente| especialmente| sobre todo)? al? ([^.;:]{6,200})(?=[.;:]|$)"
    ),
    re.compile(
        rf"\b{_SUBJECT}\b[^.;:]{{0,60}}?\b(?:is|are) (?:intended|designed|aimed|targeted|meant)"
        r"(?: primarily| mainly)? (?:for|at) ([^.;:]{6,200})(?=[.;:]|$)"
    ),
)
# Where the audience ends and its purpose begins.
END_OF_AUDIENCE = re.compile(
    r",? (?:con el (?:fin|objetivo|proposito)|que (?:buscan?|quieren|desean"
    r"|tendra)|y tiene (?:por|como)"
    r"|para que|a fin de|quienes|who|with the (?:aim|objective)|and (?:aims|seeks)|in order to"
    r"|y (?:busca|ofrece|propone|se (?:realiza|llev|desarroll)))\b.*"
)
# A code («CC BY 4.0») or a name; where a text gives both, the code is kept.
LICENCE = re.compile(
    r"\bCC[ -]?(?:BY(?:-(?:NC|ND|SA))*|0)(?:[ -]\d\.\d)?(?:[ -]IGO)?\b"
    r"|\bCreative Commons[^.;,()\n]{0,90}?(?:Internacional|International|\d\.\d|IGO)(?! ?\()"
    r"|\bdominio p[úu]blico\b|\bpublic domain\b|\bMIT License\b|\bOpen Government Licen[cs]e\b",
    re.IGNORECASE,
)
# A guide on open data recommends licences; only one of «esta obra» is the document's own.
OF_THIS_WORK = re.compile(
    rf"\b(?:(?:est[ea]|this) (?:{alternatives(DOCUMENT_WORDS)}|texto|trabajo|work)|esta obra"
    r"|el contenido de est[ea]|some rights reserved|algunos derechos reservados)\b"
)
OF_DATA = re.compile(r"\b(?:datos|datasets?|software|codigo|imagen|foto)\b")


def find_toolkit(evidence: Evidence) -> Claim | None:
    """The toolkit of the Curriculum that title, cover or page headers name, or a stated one."""
    title, cover = evidence.title, [line.text for line in evidence.cover]
    found = toolkit_in((title.value, *cover, *evidence.outside))
    if found:
        name, text = found
        return Claim("toolkit", name, TEXT, title.words if text == title.value else text)
    for entry in evidence.stated("toolkit"):
        if len(entry.value) <= 120:
            return Claim("toolkit", entry.value, TEXT, entry.words)
    for text in cover:
        named = STATED_TOOLKIT.match(text)
        if named and evidence.document_type is not DocumentType.TOOLKIT:
            return Claim("toolkit", named.group(1).strip(" .:"), TEXT, text)
    return None


def toolkit_in(texts: Iterable[str]) -> tuple[str, str] | None:
    """The one toolkit that the texts name, and the text that does; None for none or several."""
    found: dict[str, str] = {}
    for text in texts:
        said = plain(text)
        for name, pattern in _PATTERNS.items():
            if pattern.search(said):
                found.setdefault(name, text)
    return next(iter(found.items())) if len(found) == 1 else None


def find_module(evidence: Evidence) -> Claim | None:
    """The number of the module, with its name where the title is another: «4. Leadership»."""
    title = evidence.title
    found = _modules(title.value)
    if len(found) == 1:
        return Claim("module", found[0][0], TEXT, title.words)
    texts = [line.text for line in evidence.cover if line.kind is not BlockKind.LIST_ITEM]
    lines = [(*named, text) for text in (*texts, *evidence.outside) for named in _modules(text)]
    # The cover of a course lists its modules; a module's own cover names one.
    if len({number for number, _, _ in lines}) != 1:
        return None
    number, _, text = lines[0]
    name = max((name for _, name, _ in lines), key=len)
    same = not name or plain(name) in plain(title.value)
    return Claim("module", number if same else f"{number}. {name}", TEXT, text)


def find_audience(evidence: Evidence) -> Claim | None:
    """Whom the document is for: labelled, or «este taller está dirigido a …»."""
    for entry in evidence.stated("audience"):
        letters = sum(map(str.isalpha, entry.value))
        if 4 <= letters <= LONGEST_AUDIENCE and not entry.value.endswith("?"):
            return Claim("audience", entry.value, TEXT, entry.words)
    for block in evidence.reading.blocks[:PROSE_BLOCKS]:
        for pattern in AUDIENCE_PROSE:
            found = pattern.search(fold_ascii(block.text))
            if found:
                # `fold_ascii` keeps every place, so the value is taken as it is written.
                length = len(END_OF_AUDIENCE.sub("", found[1]))
                value = block.text[found.start(1) : found.start(1) + length].strip(" ,")
                return Claim("audience", value[:1].upper() + value[1:], TEXT, block.text)
    return None


def find_minutes(evidence: Evidence) -> Claim | None:
    """The stated length of the whole: labelled as total, or labelled near the start."""
    for entry in evidence.stated("minutes"):
        # «Duración total» tells wherever it stands, a mere «Duración» only near the start.
        whole = len(plain(entry.label).split()) > 1 or entry.number < EARLY
        minutes = minutes_of(entry.value) if whole else None
        if minutes:
            return Claim("minutes", str(minutes), TEXT, entry.words)
    return None


def find_licence(evidence: Evidence) -> Claim | None:
    """The licence that the text gives this document; those it speaks of are not its own."""
    for entry in evidence.stated("licence"):
        found = LICENCE.search(entry.value)
        if found:
            return Claim("licence", found.group(), TEXT, entry.words)
    blocks = evidence.reading.blocks
    texts = [block.text for block in (*blocks[:PROSE_BLOCKS], *blocks[-LAST_BLOCKS:])]
    for text in (*texts, *evidence.outside):
        found = LICENCE.search(text)
        said = plain(text) if found else ""
        if found and OF_THIS_WORK.search(said) and not OF_DATA.search(said):
            codes = [m.group() for m in LICENCE.finditer(text) if m.group().startswith("CC")]
            return Claim("licence", codes[0] if codes else found.group(), TEXT, text)
    return None


def _modules(text: str) -> list[tuple[str, str]]:
    """Numbers and names of the modules in a line; a line about modules names none."""
    if len(text) > 160 or SEVERAL.search(text):
        return []
    return [
        (str(roman_number(found[1]) or found[1]), (found["name"] or "").strip(" .|"))
        for found in MODULE.finditer(text)
    ]
