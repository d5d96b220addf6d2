"""Subjects that the collection lacks, in several wordings → a log of searches with planted gaps."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from search.evaluation.judged import Judged
from search.evaluation.perturb import PERTURBATIONS, versions
from search.synonyms import Synonyms
from service.usage.gaps import Kind
from service.usage.log import (
    Channel,
    Event,
    EventKind,
    Outcome,
    SearchRecord,
    hour_of,
    new_qid,
    normalised,
)

Wordings = tuple[str, ...]

# The threshold of grouping is chosen on these, and proved on those below.
TUNE: tuple[Wordings, ...] = (
    (
        "presupuesto con perspectiva de género",
        "¿cómo hacer un presupuesto con enfoque de género?",
        "presupuestos sensibles al género en municipios",
        "incorporar el género en el presupuesto municipal",
        "presupuesto de género",
    ),
    (
        "gestión de residuos sólidos",
        "manejo de la basura en el municipio",
        "recolección y tratamiento de residuos",
        "¿qué hacer con los residuos sólidos urbanos?",
        "guía de gestión de residuos para alcaldías",
    ),
    (
        "inteligencia artificial en el gobierno",
        "uso de la IA en la administración pública",
        "¿cómo usar inteligencia artificial en servicios públicos?",
        "ejemplos de inteligencia artificial para municipios",
        "IA gobierno local",
    ),
    (
        "certificado de participación en el curso",
        "¿dan certificado por el taller?",
        "cómo obtengo mi certificado",
        "constancia de asistencia",
        "certificado del curso",
    ),
    (
        "ciberseguridad en instituciones públicas",
        "¿cómo proteger los sistemas del municipio de ataques?",
        "seguridad informática para gobiernos locales",
        "plan de ciberseguridad municipal",
        "ciberseguridad",
    ),
    (
        "adaptación al cambio climático a nivel local",
        "plan local de adaptación climática",
        "¿cómo se adapta un municipio al cambio climático?",
        "medidas de adaptación al cambio climático para ciudades",
        "cambio climático municipio adaptación",
    ),
    (
        "alianzas público-privadas para infraestructura",
        "¿cómo armar una asociación público-privada?",
        "APP para obras municipales",
        "contratos de asociación público privada",
        "modelo de alianza público privada",
    ),
    (
        "migración y gobiernos locales",
        "atención a personas migrantes en el municipio",
        "¿qué puede hacer una alcaldía por los migrantes?",
        "integración de población migrante",
        "políticas locales de migración",
    ),
    (
        "datos abiertos",
        "portal de datos abiertos municipal",
        "¿cómo publicar datos abiertos?",
        "política de datos abiertos para gobiernos locales",
        "abrir los datos del municipio",
    ),
    (
        "movilidad urbana sostenible",
        "transporte público sostenible en ciudades",
        "plan de movilidad urbana",
        "¿cómo mejorar la movilidad en mi ciudad?",
        "ciclovías y transporte urbano",
    ),
    (
        "participación de los jóvenes en la política local",
        "¿cómo involucrar a la juventud en el municipio?",
        "consejos municipales de juventud",
        "jóvenes y gobierno local",
        "mecanismos de participación juvenil",
    ),
    (
        "lucha contra la corrupción en las compras públicas",
        "corrupción en contratación pública",
        "¿cómo prevenir la corrupción en las licitaciones?",
        "integridad en las compras del municipio",
        "prevenir sobornos en las compras públicas",
    ),
)

PROOF: tuple[Wordings, ...] = (
    (
        "presupuesto participativo",
        "¿cómo se organiza un presupuesto participativo?",
        "presupuestos participativos paso a paso",
        "metodología de presupuesto participativo en municipios",
        "que la gente decida el presupuesto participativo",
    ),
    (
        "saneamiento y agua potable rural",
        "agua potable en zonas rurales",
        "¿cómo llevar agua potable a comunidades rurales?",
        "sistemas de agua y saneamiento rural",
        "acceso al agua potable en el campo",
    ),
    (
        "teletrabajo en la administración pública",
        "¿cómo regular el teletrabajo de los funcionarios?",
        "trabajo a distancia en instituciones públicas",
        "teletrabajo de empleados públicos",
        "política de teletrabajo",
    ),
    (
        "gestión del riesgo de desastres",
        "plan municipal de gestión de riesgos de desastres",
        "¿cómo se prepara un municipio ante desastres?",
        "reducción del riesgo de desastres a nivel local",
        "preparación ante terremotos e inundaciones",
    ),
    (
        "pueblos indígenas y consulta previa",
        "consulta previa a pueblos indígenas",
        "¿cómo se hace la consulta previa?",
        "participación de los pueblos indígenas en los planes",
        "derechos de los pueblos indígenas en la gestión local",
    ),
    (
        "catastro municipal e impuesto predial",
        "cobro del impuesto predial",
        "¿cómo actualizar el catastro?",
        "mejorar la recaudación del predial",
        "catastro multipropósito",
    ),
    (
        "firma electrónica de documentos oficiales",
        "¿cómo implantar la firma electrónica?",
        "firma digital en el gobierno",
        "uso de la firma electrónica en trámites",
        "firma electrónica avanzada",
    ),
    (
        "informe nacional voluntario",
        "¿cómo se prepara un examen nacional voluntario?",
        "exámenes nacionales voluntarios ante el foro político",
        "guía del informe nacional voluntario",
        "informe voluntario del país sobre los ODS",
    ),
    (
        "vivienda social",
        "programas de vivienda de interés social",
        "¿cómo financiar vivienda social en el municipio?",
        "política local de vivienda asequible",
        "vivienda para familias de bajos ingresos",
    ),
    (
        "evaluación del desempeño de funcionarios",
        "¿cómo evaluar a los servidores públicos?",
        "sistema de evaluación de desempeño del personal público",
        "evaluación de desempeño de empleados municipales",
        "medir el rendimiento de los funcionarios",
    ),
    (
        "seguridad alimentaria y huertos urbanos",
        "huertos urbanos comunitarios",
        "¿cómo crear un huerto urbano?",
        "programas locales de seguridad alimentaria",
        "agricultura urbana",
    ),
    (
        "violencia contra las mujeres",
        "prevención de la violencia de género en el municipio",
        "¿qué puede hacer el municipio contra la violencia machista?",
        "atención a víctimas de violencia de género",
        "casas de acogida para mujeres víctimas de violencia",
    ),
)

SEARCHES = 5_000
DAYS = 28
SURFACE = [name for name in PERTURBATIONS if name != "english"]

COUNTS = (
    *((14, 9, 6, 3, 1), (22, 11, 5, 2, 2), (9, 7, 4, 3, 2), (8, 6, 3, 1, 1), (31, 12, 8, 6, 3)),
    *((7, 5, 3, 2, 1), (11, 4, 4, 2, 2), (16, 8, 7, 2, 1), (6, 5, 5, 4, 2), (12, 7, 2, 1, 1)),
)
NEVER_ENOUGH = ((4, 4, 3, 3, 2), (4, 3, 3, 2, 2))
"""Subjects asked often, in words each of which is too rare to be shown."""

PRIVATE = (
    "sueldo de Ana Pérez Soto",
    "denuncia contra el alcalde de Villa Hermosa",
    "enfermedad de mi jefe Juan Rojas",
    "correo de la hija de la ministra",
)


@dataclass(frozen=True)
class Planted:
    """A gap: how often each wording is asked, and in which part of the report it must appear."""

    kind: Kind
    counts: dict[str, int]

    @property
    def name(self) -> str:
        return next(iter(self.counts))

    @property
    def guide(self) -> str:
        """The searches of a gap are told apart by the guide they are nearest to."""
        return f"Guía de: {self.name}"

    @property
    def searches(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Log:
    """What was asked and done, and what was planted in it."""

    asked: list[SearchRecord]
    events: list[Event]
    planted: list[Planted]

    @property
    def texts(self) -> dict[str, int]:
        """Normal text → how often it was asked."""
        times: dict[str, int] = {}
        for one in self.asked:
            times[normalised(one.text)] = times.get(normalised(one.text), 0) + 1
        return times


def planted_gaps() -> list[Planted]:
    """Twelve subjects without an answer, three that nobody opens, three in English only."""
    lacking = [
        Planted(Kind.UNANSWERED, dict(zip(wordings, counts, strict=True)))
        for wordings, counts in zip(PROOF, (*COUNTS, *NEVER_ENOUGH), strict=True)
    ]
    unopened = [
        Planted(Kind.UNOPENED, dict(zip(wordings, counts, strict=True)))
        for wordings, counts in zip((*TUNE[:2], TUNE[3]), COUNTS, strict=False)
    ]
    abroad = [
        Planted(Kind.OTHER_LANGUAGE, dict(zip(wordings, counts, strict=True)))
        for wordings, counts in zip(TUNE[4:7], COUNTS, strict=False)
    ]
    return [*lacking, *unopened, *abroad]


def simulate(questions: Sequence[Judged], equivalents: Synonyms, now: datetime) -> Log:
    """Five thousand searches of four weeks: planted gaps, rare ones, and what was found."""
    chance = random.Random(20_261_129)  # noqa: S311 - a simulation
    planted = planted_gaps()
    asked = [one for gap in planted for one in _planted(gap)]
    lacking = [question.text for question in questions if not question.answerable]
    for text in (*lacking, *PRIVATE):
        asked += [_asked(text, Outcome.NOT_FOUND)] * chance.randint(1, 4)
    found = [
        _asked(version.text, Outcome.FOUND)
        for version in versions(questions, SURFACE, equivalents)
        if version.question.answerable and version.question.language == "es"
    ]
    asked += found
    asked += chance.choices(found, k=SEARCHES - len(asked))
    spread = [
        replace(
            one, qid=new_qid(), hour=hour_of(now - timedelta(hours=chance.randrange(DAYS * 24)))
        )
        for one in asked
    ]
    return Log(spread, list(_events(spread, chance)), planted)


def _planted(gap: Planted) -> Iterator[SearchRecord]:
    outcome = Outcome.NOT_FOUND if gap.kind is Kind.UNANSWERED else Outcome.FOUND
    languages = ("en",) if gap.kind is Kind.OTHER_LANGUAGE else ("en", "es")
    for text, times in gap.counts.items():
        one = replace(_asked(text, outcome), toolkit=gap.guide, languages=languages)
        yield from [one] * times


def _asked(text: str, outcome: Outcome) -> SearchRecord:
    return SearchRecord(
        qid="",
        hour="",
        text=text,
        language="es",
        outcome=outcome,
        total=10,
        languages=("es",),
        subject="Material cercano",
        toolkit="",
        goals=(16,),
        scope_toolkit="",
        scope_event="",
        channel=Channel.PAGE,
    )


def _events(asked: Sequence[SearchRecord], chance: random.Random) -> Iterator[Event]:
    """Each text that was found is opened at least once; every fourth lack is reported."""
    opened = set[str]()
    for one in asked:
        if one.outcome is Outcome.NOT_FOUND:
            if chance.random() < 0.25:
                yield Event(one.qid, EventKind.GAP)
        elif one.languages == ("en",) or (
            not one.toolkit and (one.text not in opened or chance.random() < 0.6)
        ):
            opened.add(one.text)
            yield Event(one.qid, EventKind.CLICK, 1)
