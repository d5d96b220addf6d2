"""Titles and first lines of a document to what it is for: concept note, guide, report, law …"""

import re
import unicodedata
from collections.abc import Iterable

from search.types import DocumentType

# In this order: «Nota conceptual y agenda» is a concept note, «Informe del plan» a report. A rule
# that starts with ^ holds only where the text starts with it: such words also occur in passing.
RULES: tuple[tuple[DocumentType, str], ...] = (
    (DocumentType.CONCEPT_NOTE, r"nota conceptual|nota de concepto|concept note|note conceptuelle"),
    (
        DocumentType.FACILITATOR_GUIDE,
        r"(?:guia|manual|cuaderno|guide) (?:[a-z]{1,4} ){1,4}"  # «de la», «para los y las», «du»
        r"(?:facilita|formador|capacita|instructor|tallerista|formateur)"
        r"|(?:facilitator|trainer|instructor)'?s?'? (?:guide|manual|handbook)"
        r"|marco de trabajo para talleristas",
    ),
    (
        DocumentType.OUTCOME_REPORT,
        r"informe (?:final )?(?:de|sobre|con) (?:los )?resultados"
        r"|informe (?:final )?del (?:taller|evento)"
        r"|^relatoria\b|^memoria del? (?:taller|evento|encuentro)|outcome (?:report|document)"
        r"|workshop report|relatorio (?:da oficina|do evento)|rapport de l'atelier",
    ),
    (
        DocumentType.TOOLKIT,
        r"tool ?kit|caja de herramientas|(?:guia|kit|conjunto|paquete) de herramientas"
        r"|caixa de ferramentas|boite a outils",
    ),
    (
        DocumentType.WORKSHEET,
        r"hojas? de trabajo|fichas? de trabajo|work ?sheet|^cuestionario|^plantilla"
        r"|hand-?out|folha de trabalho|fiche de travail|^template",
    ),
    (
        DocumentType.MODULE,
        r"^(?:modulo|module|unidad|unit|leccion|lesson|unidade)\s?(?:\d|[ivx]+\b|de\b)",
    ),
    (
        DocumentType.GUIDANCE_NOTE,
        r"nota (?:de orientacion|orientativa|metodologica|tecnica|de estrategia)|guidance note"
        r"|strategy note|^(?:guia|guide|lineamientos|orientaciones|directrices|guidelines)\b"
        r"|nota de orientacao|note d'orientation",
    ),
    (
        DocumentType.LAW,
        r"^(?:ley|lei|loi|decreto|decret|resolucion|resolucao|ordenanza|reglamento|constitucion"
        r"|constituicao|constitution|codigo)\b(?! de conducta)|^real decreto|^orden [a-z]{2,4}/\d",
    ),
    (
        DocumentType.PLAN,
        r"^(?:plan|plano|hoja de ruta|roadmap|road map|estrategia|strategy)\b"
        r"|plan de (?:accion|gobierno|desarrollo|trabajo)|plano de (?:acao|governo|dados)"
        r"|action plan|strategic plan|plan d'action",
    ),
    (
        DocumentType.AGENDA,
        r"^(?:agenda|programa|programme|program|cronograma|orden del dia|ordem do dia"
        r"|ordre du jour)\b(?! 20[36]\d| items?\b)",
    ),
    (
        DocumentType.REPORT,
        r"^(?:informe|report|relatorio|rapport|estudio|study|estudo|etude|balance|diagnostico|memoria)\b"
        r"|annual report|report of the|informe del?\b|note by the secretary",
    ),
    (DocumentType.SLIDES, r"^(?:presentacion|apresentacao|slides|diapositivas)\b"),
)
SHORT_LINE = 100  # characters: a title or a line of a cover
LINE_START = 5
PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in RULES)


def type_of(texts: Iterable[str]) -> DocumentType | None:
    """What the first of the texts that tells says; None if none tells.

    A long line tells only by how it starts: it may mention other documents.
    """
    for text in texts:
        plain = _plain(text)
        reach = len(plain) if len(plain) <= SHORT_LINE else LINE_START
        for kind, pattern in PATTERNS:
            found = pattern.search(plain)
            if found and found.start() <= reach:
                return kind
    return None


def _plain(text: str) -> str:
    """Lower-case ASCII with single spaces and straight apostrophes."""
    marked = unicodedata.normalize("NFKD", text.replace("’", "'").lower())
    letters = "".join(c for c in marked if not unicodedata.combining(c))
    return " ".join(re.sub(r"[_«»\"“”()\[\]]+", " ", letters).split())
