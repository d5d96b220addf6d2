"""Questions about a real concept note in two columns, from the PDF to the exact quote."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import acervo

from search.embed import open_embedder
from search.searcher import Searcher, open_searcher
from search.types import Answer, Query

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
    ("text", "kind", "page", "words"),
    [
        ("correo de Adriana Alberti", "contact", 4, "alberti@un.org"),
        ("cuántos principios adoptó el CEPA", "count", 1, "adoptó 11 principios"),
        ("resolución 60/34", "quote", 1, "17 de marzo de 2006"),
        ("municipios que representa FLACMA", "quote", 1, "más de 16.000 Municipios"),
    ],
)
def test_facts_are_quoted_with_their_page(
    searcher: Searcher, text: str, kind: str, page: int, words: str
) -> None:
    answer = ask(searcher, text)
    assert (answer.status, answer.kind) == ("found", kind)
    (citation,) = answer.citations
    assert citation.page == page
    assert words in citation.quote
    assert answer.text == citation.quote


@pytest.mark.parametrize("text", ["¿a qué hora es el tema 4?", "salud mental", "receta de paella"])
def test_what_the_note_does_not_say_is_not_answered(searcher: Searcher, text: str) -> None:
    answer = ask(searcher, text)
    assert (answer.status, answer.text, answer.citations) == ("not_found", "", ())
