"""Questions about a real concept note in two columns, from the PDF to the exact quote."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import acervo
from golden_questions import GOLDEN, Golden

from search.answers.answer import THRESHOLD
from search.embedding.encoder import open_embedder
from search.evaluation.judged import Judged
from search.evaluation.perturb import PERTURBATIONS
from search.results import Answer, Query
from search.searcher import Searcher, open_searcher

HOUR_OF_TOPIC_2 = (
    "10:40-11:00 (20 minutos) | Tema 2: ¿Por qué es fundamental cambiar la mentalidad para la "
    "implementación de los ODS? Explorando nuevas mentalidades: mentalidades colaborativas e "
    "innovadoras"
)
GROUP_ACTIVITY = (
    "11:20-11:55 (45 minutos) | Actividad grupal: Creación de una Hoja de Ruta para el Cambio "
    "Transformacional y Nuevas Mentalidades"
)
WELCOME = (
    "10:30-10:40 (10 minutos) | Palabras de Bienvenida: Sr. Sergio Arredondo, Secretario "
    "Ejecutivo, FLACMA Tema 1: Principios de una Gobernanza Eficaz para el Desarrollo Sostenible"
)


@pytest.fixture(scope="module")
def searcher(
    shared_data: Path, model_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Searcher]:
    index = tmp_path_factory.mktemp("nota") / "indice"
    note = shared_data / "nota" / "nota_2col.pdf"
    assert acervo("ingest", note, "--index", index, "--model", model_folder).status == 0
    opened = open_searcher(index, open_embedder(str(model_folder)))
    yield opened
    opened.close()


def ask(searcher: Searcher, text: str) -> Answer:
    """The answer, whose quotes are checked against the stored pages."""
    answer = searcher.search(Query(text)).answer
    pages = {page.number: page.text for page in searcher.pages("nota-2col-pdf")}
    for citation in answer.citations:
        assert citation.page is not None
        assert citation.quote == pages[citation.page][citation.start : citation.end]
    return answer


@pytest.mark.parametrize(
    ("text", "said", "quote", "notices"),
    [
        ("¿a qué hora es el tema 2?", "10:40–11:00 (20 minutos)", HOUR_OF_TOPIC_2, ()),
        (
            "cuánto dura la actividad grupal",
            "11:20–11:55 (45 minutos)",
            GROUP_ACTIVITY,
            ("El documento indica 45 minutos; por el horario son 35.",),
        ),
        (
            "cuándo son las conclusiones",
            "11:55–12:00 (5 minutos)",
            "11:55-12:00 | Conclusiones",
            (),
        ),
        ("a qué hora empieza el taller", "10:30–10:40 (10 minutos)", WELCOME, ()),
    ],
)
def test_hours_come_from_the_agenda(
    searcher: Searcher, text: str, said: str, quote: str, notices: tuple[str, ...]
) -> None:
    answer = ask(searcher, text)
    assert (answer.status, answer.kind, answer.text) == ("found", "schedule", said)
    assert [(citation.page, citation.quote) for citation in answer.citations] == [(4, quote)]
    assert answer.notices == notices


@pytest.mark.parametrize(
    ("text", "kind", "number", "words"),
    [
        ("correo de Adriana Alberti", "contact", 4, "alberti@un.org"),
        ("cuántos principios adoptó el CEPA", "count", 1, "adoptó 11 principios"),
        ("resolución 60/34", "quote", 1, "17 de marzo de 2006"),
        ("municipios que representa FLACMA", "quote", 1, "más de 16.000 Municipios"),
    ],
)
def test_facts_are_quoted_with_their_page(
    searcher: Searcher, text: str, kind: str, number: int, words: str
) -> None:
    answer = ask(searcher, text)
    assert (answer.status, answer.kind) == ("found", kind)
    citation = answer.citations[0]
    assert citation.page == number
    assert words in citation.quote
    assert answer.text == citation.quote


@pytest.mark.parametrize("text", ["¿a qué hora es el tema 4?", "salud mental", "receta de paella"])
def test_what_the_note_does_not_say_is_not_answered(searcher: Searcher, text: str) -> None:
    answer = ask(searcher, text)
    assert (answer.status, answer.text, answer.citations) == ("not_found", "", ())


def test_two_posts_of_one_person_are_both_quoted_and_told(searcher: Searcher) -> None:
    answer = ask(searcher, "cargo de Sergio Arredondo")
    assert answer.text == "Secretario Ejecutivo / Directora Ejecutiva"
    assert [(citation.page, citation.quote) for citation in answer.citations] == [
        (4, "Sergio Arredondo, Secretario Ejecutivo"),
        (4, "Sergio Arredondo\nDirectora Ejecutiva"),
    ]
    assert answer.notices == (
        "Las fuentes no coinciden: figura como «Secretario Ejecutivo» y «Directora Ejecutiva».",
    )


def test_what_there_is_on_a_day_is_told_by_hours_and_names(searcher: Searcher) -> None:
    answer = ask(searcher, "cumbre: ¿qué hay el sábado?")
    assert (answer.status, answer.kind) == ("found", "schedule")
    assert answer.text == (
        "Sábado 2 de noviembre, 10:00: Sesión Final de Clausura Entrega de Constancias de "
        "Participación Declaración Final; Sábado 2 de noviembre, 12:00: Final de Actividades"
    )
    assert [citation.quote for citation in answer.citations] == [
        "10:00 hrs. | Sesión Final de Clausura Entrega de Constancias de Participación "
        "Declaración Final",
        "12:00 hrs. | Final de Actividades",
    ]


@pytest.mark.parametrize("day", ["miércoles", "lunes", "domingo"])
def test_a_day_without_programme_is_answered_by_the_days_that_have_one(
    searcher: Searcher, day: str
) -> None:
    answer = ask(searcher, f"cumbre: ¿qué hay el {day}?")
    assert (answer.status, answer.text, answer.citations) == ("not_found", "", ())
    (notice,) = answer.notices
    assert notice.startswith("El programa de «Taller de Formación: Fomentando la Innovación")
    assert notice.endswith(
        "no tiene ese día: tiene Viernes 1 de noviembre; Jueves, 31 de octubre; "
        "Viernes, 1 de noviembre; Sábado, 2 de noviembre."
    )


def test_a_theme_that_the_note_does_not_have_is_answered_by_those_it_has(
    searcher: Searcher,
) -> None:
    answer = ask(searcher, "¿a qué hora es el tema 4?")
    assert answer.notices == ("No existe Tema 4: hay Tema 1, Tema 2 y Tema 3.",)


@pytest.mark.parametrize(
    ("text", "said", "quotes"),
    [
        ("¿cuánto dura el taller?", "10:30–12:00 (90 minutos por el horario)", 2),
        ("a qué hora termina el taller", "11:55–12:00 (5 minutos)", 1),
    ],
)
def test_the_whole_workshop_lasts_from_its_first_line_to_its_last(
    searcher: Searcher, text: str, said: str, quotes: int
) -> None:
    answer = ask(searcher, text)
    assert (answer.kind, answer.text) == ("schedule", said)
    cited = [citation.quote for citation in answer.citations]
    assert cited == [WELCOME, "11:55-12:00 | Conclusiones"][-quotes:]


ORIGINAL = "original"
KNOWN = {
    # Confidence stays below the threshold across languages.
    ("resultados esperados", "english"),
    # With «taller» beside «workshop», sentences about workshops are enough for an answer.
    ("¿en qué idioma será el taller?", "english"),
    ("presupuesto del taller", "english"),
    # «Los talleres» are spoken of, though not their budget; confidence is just enough.
    ("presupuesto del taller", "number"),
    # So it is for «los hoteles» and the sentence that names the venue.
    ("precio del hotel", "number"),
}
"""Versions of golden questions (question, perturbation) that are answered wrongly. A new failure
and a repaired one both fail the tests below: take a repaired one out."""


OPEN = {
    # The lines of the division are quoted with or without the one above them, which names its head.
    ("¿quién dirige la DPIDG?", "english"),
}
"""Versions that are answered rightly on one processor and wrongly on another."""
UNSURE = 0.05
"""A version whose confidence is so near to the threshold may go either way on another processor,
where eight-bit products are rounded otherwise: noise of that size (token cosine .9995) moved the
confidence of no version by more than .039."""
MOST_UNSURE = 10
"""Of 161 versions, five to seven are so near."""


def versions(searcher: Searcher, number: int) -> dict[str, str]:
    """A golden question as written and however it may be typed otherwise."""
    golden = GOLDEN[number]
    question = Judged(
        id=f"g{number}", text=golden.text, kind="", split="", relevant=(), english=golden.english
    )
    typed = {ORIGINAL: golden.text}
    for name, perturb in PERTURBATIONS.items():
        text = perturb(question, searcher.equivalents)
        if text and text != golden.text:
            typed[name] = text
    return typed


def answered(golden: Golden, answer: Answer) -> bool:
    """Whether an answer holds all that must be said, or is none when nothing is to be said."""
    if not golden.said:
        return answer.status == "not_found"
    quotes = (citation.quote for citation in answer.citations)
    told = " ".join((answer.text, *quotes, *answer.notices))
    return answer.status == "found" and all(said in told for said in golden.said)


@pytest.mark.parametrize("number", range(len(GOLDEN)), ids=[golden.text for golden in GOLDEN])
def test_golden_questions_are_answered_however_they_are_typed(
    searcher: Searcher, number: int
) -> None:
    golden = GOLDEN[number]
    typed = versions(searcher, number)
    answers = {name: ask(searcher, text) for name, text in typed.items()}
    failed = {name for name, answer in answers.items() if not answered(golden, answer)}
    known = {name for text, name in KNOWN if text == golden.text}
    either = {name for text, name in OPEN if text == golden.text}
    either |= {name for name, answer in answers.items() if unsure(answer)}
    assert failed ^ known <= either, {name: typed[name] for name in failed ^ known}


def unsure(answer: Answer) -> bool:
    return abs(answer.confidence - THRESHOLD) < UNSURE


def test_few_versions_are_so_near_to_silence_that_they_may_go_either_way(
    searcher: Searcher,
) -> None:
    asked = [text for n in range(len(GOLDEN)) for text in versions(searcher, n).values()]
    assert sum(unsure(ask(searcher, text)) for text in asked) <= MOST_UNSURE


def test_known_failures_are_of_golden_questions() -> None:
    asked = {golden.text for golden in GOLDEN}
    listed = KNOWN | OPEN
    assert listed == {(text, name) for text, name in listed if text in asked} & {
        (text, name) for text, name in listed if name in PERTURBATIONS
    }
