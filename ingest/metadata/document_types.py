"""Tells what a document is for (concept note, guide, report, law …) by its title and first lines.

The rules know Spanish, English, Portuguese and French and match `plain` text: lower case, without
accents.
"""

import re

from search.documents import DocumentType
from search.text.vocabulary import EVENT_WORDS, alternatives, plain

# In this order: «Nota conceptual y agenda» is a concept note, «Informe del plan» a report. A rule
# that starts with ^ holds only where the text starts with it: such words also occur in passing.
_EVENT = rf"(?:{alternatives(EVENT_WORDS)})\b"
RULES: tuple[tuple[DocumentType, str], ...] = (
    (DocumentType.CONCEPT_NOTE, r"nota conceptual|nota de concepto|concept note|note conceptuelle"),
    (
        DocumentType.FACILITATOR_GUIDE,
        # «guía metodológica para los y las …»
        r"(?:guia|manual|cuaderno|guide|guion)(?: \w+ica)? (?:[a-z]{1,4} ){1,4}"
        r"(?:facilita|formador|capacitador|instructor|tallerista|formateur|docente|moderador)"
        r"|(?:facilitator|trainer|instructor|moderator|teacher)'?s?'? (?:guide"
        r"|manual|handbook|notes)"
        r"|facilitation (?:guide|manual)|guia (?:metodologica )?de facilitacion"
        r"|marco de trabajo para talleristas",
    ),
    (
        DocumentType.OUTCOME_REPORT,
        r"informe (?:final )?(?:de|sobre|con) (?:los )?resultados"
        r"|informe (?:final |resumido |de cierre |de relatoria )?(?:del?|sobre el) "
        rf"(?:la )?{_EVENT}|^relatoria\b|^(?:memorias?|sistematizacion) (?:del?|de la) {_EVENT}"
        rf"|outcome (?:report|document)|^outcomes? of the|(?:{_EVENT}|mission) report"
        # Reports of meetings and conferences are what bodies of the United Nations adopt.
        r"|(?:summary|report) (?:of|on) the (?:\w+ ){0,3}(?:workshop|training|seminar)"
        rf"|conclusiones (?:del?|de la) {_EVENT}"
        r"|relatorio (?:da oficina|do evento|da capacitacao)|rapport de l'atelier",
    ),
    (
        DocumentType.TOOLKIT,
        r"tool ?kit|caja de herramientas|(?:guia|kit|conjunto|paquete) de herramientas|tool ?box"
        r"|caixa de ferramentas|boite a outils|^paquete de (?:apertura|capacitacion|formacion)",
    ),
    (
        DocumentType.WORKSHEET,
        r"hojas? de trabajo|fichas? de (?:trabajo|ejercicios?|actividad)|work ?(?:sheet|book)"
        r"|cuaderno de (?:trabajo|ejercicios|actividades)|^cuestionario|^questionnaire|^plantilla"
        r"|hand-?out|folha de trabalho|fiche de travail|^template|^lista de verificacion|^checklist"
        r"|^formulario de evaluacion|evaluation form",
    ),
    (
        DocumentType.MODULE,
        r"^(?:modulo|module|unidad|unit|leccion|lesson|unidade|sesion|session)\s?(?:\d|[ivx]+\b)"
        r"|^(?:modulo|module|leccion|lesson)(?: de\b|\s?[:.–—-])"
        r"|^unidad(?:e)? (?:didactica|de aprendizaje)",
    ),
    (
        DocumentType.GUIDANCE_NOTE,
        r"nota (?:de orientacion|orientativa|metodologica|tecnica|de estrategia)|guidance note"
        r"|strategy note|(?:practice|local|policy|technical"
        r"|methodological) note\b|^(?:guia|guide|lineamientos|orientaciones|directrices|guidelines"
        r"|instructivo"
        r"|protocolo|manual|handbook|recomendaciones|recommendations)\b(?! tecnico de inventario)"
        r"|nota de orientacao|note d'orientation|standard operating procedure|guia practica"
        r"|^memorand(?:um|o)\b(?! de entendimiento| of understanding)|^policy brief|manual de"
        r" procedimientos|^terminos de referencia|^terms of reference|^circular\b",
    ),
    (
        DocumentType.LAW,
        r"^(?:ley|lei|loi|decreto|decret|resolucion|resolucao|ordenanza|reglamento|constitucion"
        r"|constituicao|constitution|codigo|acordada|estatutos?|portaria|decreto-lei|directiva)\b"
        r"(?! de conducta| de etica|.{0,3} y (?:orden|desarrollo))"
        r"|^real decreto|^orden [a-z]{2,4}/\d"
        r"|^(?:proyecto|anteproyecto|projet?o?) de (?:ley|lei|loi|decreto"
        r"|resolucion)|^\d+/\d+\.? .{4}"
        r"|^disposicion (?:\d|n)|^acuerdo (?:\d|n[.o°º])|^resolution \d"
        r"|^general assembly resolution",
    ),
    (
        DocumentType.PLAN,
        r"^(?:plan|plano|hoja de ruta|roadmap|road map|estrategia|strategy)\b"
        r"|\bplan (?:nacional |municipal |estrategico |operativo )?de (?:accion|gobierno|desarrollo"
        r"|trabajo)|plano de (?:acao|governo|dados)|plan (?:estrategico|operativo)|^programa de"
        r" gobierno|action plan|strategic plan|plan d'action",
    ),
    (
        DocumentType.AGENDA,
        r"^(?:agenda|programa|programme|program|cronograma|orden del dia|ordem do dia"
        r"|ordre du jour)\b(?! 20[36]\d| items?\b)",
    ),
    (
        DocumentType.REPORT,
        r"^(?:informe|report|relatorio|rapport|estudio|study|estudo|etude"
        r"|balance|diagnostico|memoria"
        r"|evaluacion|evaluation|encuesta|survey|estadisticas|statistics|anuario|analisis)\b"
        r"|annual report|report (?:of|on) the|informe del?\b|\binforme de (?:fin|avance|gestion)"
        r"|note by the secretar|nota (?:de la secretaria|del secretario)|progress report"
        r"|auto-?evaluacion|self-?assessment report|estados? (?:de ejecucion|financieros|contables)"
        r"|documento de (?:proyecto|trabajo)|working paper|world .{3,40} report$",
    ),
    (DocumentType.SLIDES, r"^(?:presentacion|apresentacao|slides|diapositivas)\b(?!:)"),
)
SHORT_LINE = 100  # characters: a title or a line of a cover
LINE_START = 5  # characters: an article or a number may come first
PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in RULES)


def type_of(text: str) -> DocumentType | None:
    """What kind of document a text says it is; None if it does not say.

    A long line tells only by how it starts: it may mention other documents.
    """
    said = plain(text)
    reach = len(said) if len(said) <= SHORT_LINE else LINE_START
    for kind, pattern in PATTERNS:
        found = pattern.search(said)
        if found and found.start() <= reach:
            return kind
    return None
