"""Editorial rules over the demonstration corpus: what they say, what they do, how they come into
force and how they are taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search.editorial import Rules
from search.editorial_file import read_rules
from search.embedding.encoder import Embedder, open_embedder
from search.engine import DocumentPart
from search.results import Query, Result
from search.searcher import Searcher, open_searcher

FORUM = "2dacc2719c4bd414"
"""The passage of «once-principios» that speaks of participatory budgets, first by itself."""


@pytest.fixture(scope="module")
def embedder(model_folder: Path) -> Embedder:
    return open_embedder(str(model_folder))


@pytest.fixture(scope="module")
def searcher(demo_index: Path, embedder: Embedder) -> Iterator[Searcher]:
    opened = open_searcher(demo_index, embedder)
    yield opened
    opened.close()


def rules(text: str) -> Rules:
    found, mistakes = read_rules(text)
    assert mistakes == ()
    return found


def first(result: Result) -> tuple[str, int | None, bool]:
    hit = result.hits[0]
    return hit.document.id, hit.page, hit.pinned


def mistakes(text: str) -> list[str]:
    return [str(mistake) for mistake in read_rules(text)[1]]


def test_a_text_becomes_rules() -> None:
    found = rules(
        """
        [[destacado]]
        pregunta = " presupuesto  participativo "
        documento = "glosario"
        pagina = 1
        exacta = true
        [[oculto]]
        pasaje = "abc"
        [[oculto]]
        documento = "plan"
        [[sinonimo]]
        sigla = "municipio"
        formas = ["ayuntamiento", "municipio"]
        ambito = "termino"
        """
    )
    (pin,) = found.pins
    assert (pin.question, pin.document_id, pin.page, pin.exact) == (
        "presupuesto participativo", "glosario", 1, True,
    )  # fmt: skip
    assert (found.hidden_passages, found.hidden_documents) == ({"abc"}, {"plan"})
    (group,) = found.synonyms
    assert (group.forms, group.approximate) == (("municipio", "ayuntamiento"), True)
    assert rules("") == Rules()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x\n", "línea 1, columna 2: falta «=» después de un nombre"),
        ('a = "', "al final: falta cerrar las comillas"),
        ("[[fijado]]", "«fijado»: no se conoce; use [[destacado]], [[oculto]], [[sinonimo]]"),
        ("oculto = 3", "«oculto»: se escribe [[oculto]], con dos corchetes"),
        (
            '\n[[destacado]]\ndocumento = "a"',
            "línea 2, [[destacado]] 1: falta «pregunta», las palabras con que se busca",
        ),
        (
            '[[destacado]]\npregunta = "¿qué es esto?"\ndocumento = "a"',
            "línea 1, [[destacado]] 1: «¿qué es esto?» no tiene ninguna palabra que diga de qué "
            "trata",
        ),
        (
            '[[destacado]]\npregunta = "agua"\ndocumento = "a"\npasaje = "b"',
            "línea 1, [[destacado]] 1: lleva «documento» o «pasaje», uno de los dos",
        ),
        (
            '[[destacado]]\npregunta = "agua"\npagina = 2\npasaje = "b"',
            "línea 1, [[destacado]] 1: «pagina» va con «documento»; un pasaje ya tiene la suya",
        ),
        (
            '[[destacado]]\npregunta = "agua"\ndocumento = "a"\npagina = "2"',
            "línea 1, [[destacado]] 1: «pagina» debe ser un número entero desde 1",
        ),
        (
            '[[destacado]]\npregunta = "agua"\ndocumento = "a"\nexacta = 1',
            "línea 1, [[destacado]] 1: «exacta» debe ser true o false",
        ),
        (
            '[[oculto]]\ndocumneto = "a"',
            "línea 1, [[oculto]] 1: «documneto» no se conoce; use documento, pasaje",
        ),
        ("[[oculto]]", "línea 1, [[oculto]] 1: lleva «documento» o «pasaje», uno de los dos"),
        ('[[sinonimo]]\nsigla = "a"', "línea 1, [[sinonimo]] 1: lleva «sigla» y «formas»"),
        (
            '[[sinonimo]]\nsigla = "a"\nformas = ["a"]',
            "línea 1, [[sinonimo]] 1: «a» solo figura como equivalente de sí misma",
        ),
        (
            '[[sinonimo]]\nsigla = "a"\nformas = "b"',
            "línea 1, [[sinonimo]] 1: «formas» debe ser una lista de textos entre comillas",
        ),
        (
            '[[sinonimo]]\nsigla = "a"\nformas = ["b"]\nambito = "todo"',
            "línea 1, [[sinonimo]] 1: «ambito» es sigla, termino o traduccion",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    found = mistakes(text)
    assert found[0] == told


def test_all_mistakes_are_told_at_once() -> None:
    text = '[[oculto]]\n[[oculto]]\ndocumento = "a"\n[[oculto]]\n[[destacado]]\npregunta = 3'
    assert [one.partition(":")[0] for one in mistakes(text)] == [
        "línea 5, [[destacado]] 1", "línea 1, [[oculto]] 1", "línea 4, [[oculto]] 3",
    ]  # fmt: skip


def test_the_same_pin_twice_is_a_mistake() -> None:
    text = '[[destacado]]\npregunta = "agua"\ndocumento = "a"\n' * 2
    assert mistakes(text) == ["[[destacado]]: el destacado de «agua» está 2 veces"]


def test_what_the_collection_does_not_have_is_told_with_what_was_meant(searcher: Searcher) -> None:
    found = rules(
        f"""
        [[destacado]]
        pregunta = "mentalidad"
        documento = "modulo-mentalidad"
        [[destacado]]
        pregunta = "agua"
        documento = "once-principios"
        pagina = 9
        [[destacado]]
        pregunta = "foros"
        pasaje = "p-{FORUM}"
        [[destacado]]
        pregunta = "plan"
        documento = "plan-accion-ejemplo"
        [[oculto]]
        documento = "plan-accion-ejemplo"
        [[oculto]]
        documento = "zzzz"
        [[oculto]]
        pasaje = "nada"
        """
    )
    assert [str(one) for one in searcher.unknown_references(found)] == [
        "destacado «mentalidad»: no hay ningún documento «modulo-mentalidad»; ¿quiso decir "
        "«modulo-cambio-mentalidad»?",
        "destacado «agua»: «once-principios» no tiene texto en la página 9",
        f"destacado «foros»: no hay ningún pasaje «p-{FORUM}»; ¿quiso decir «{FORUM}»?",
        "destacado «plan»: lo que destaca está también oculto",
        "oculto: no hay ningún documento «zzzz»",
        "oculto: no hay ningún pasaje «nada»",
    ]


PIN = '[[destacado]]\npregunta = "presupuesto participativo"\ndocumento = "glosario"'


def test_a_pin_comes_first_and_says_so(searcher: Searcher) -> None:
    question = Query("presupuesto participativo")
    assert first(searcher.search(question)) == ("once-principios", 2, False)
    before, after = searcher.search(question), searcher.ruled(rules(PIN)).search(question)
    assert first(after) == ("glosario", None, True)
    assert [hit.pinned for hit in after.hits] == [True] + [False] * 9
    assert [hit.rank for hit in after.hits] == list(range(1, 11))
    assert after.answer.text == before.answer.text
    others = [hit.passage.id for hit in after.hits[1:]]
    assert others == [h.passage.id for h in before.hits if h.document.id != "glosario"][:9]


@pytest.mark.parametrize(
    ("question", "pinned"),
    [
        ("¿Qué es el PRESUPUESTO participativo?", True),
        ("presupuestos participativos en municipios", True),
        ("presupesto participatibo", True),
        ("presupuesto municipal", False),
        ("presupuesto participativo idioma:es", True),
        ("presupuesto participativo idioma:en", False),
        ('"elecciones libres" presupuesto participativo', False),
        ("presupuesto participativo -hotel", True),
    ],
)
def test_a_pin_is_for_questions_that_hold_its_words(
    searcher: Searcher, question: str, pinned: bool
) -> None:
    result = searcher.ruled(rules(PIN)).search(Query(question))
    assert any(hit.pinned for hit in result.hits) is pinned


def test_an_exact_pin_allows_no_other_word(searcher: Searcher) -> None:
    exact = searcher.ruled(rules(f"{PIN}\nexacta = true"))
    assert first(exact.search(Query("¿qué es un presupuesto participativo?")))[2]
    assert first(exact.search(Query("el presupesto participatibo")))[2]
    assert not first(exact.search(Query("presupuesto participativo en municipios")))[2]


def test_a_word_that_the_collection_lacks_can_be_pinned(searcher: Searcher) -> None:
    pin = '[[destacado]]\npregunta = "presupesto"\ndocumento = "glosario"'
    result = searcher.ruled(rules(pin)).search(Query("presupesto"))
    assert (result.corrected, first(result)) == ("presupuesto", ("glosario", None, True))


def test_pins_keep_their_order_and_name_pages_and_passages(searcher: Searcher) -> None:
    text = f"""
    [[destacado]]
    pregunta = "taller"
    documento = "ficha-taller-flacma"
    pagina = 4
    [[destacado]]
    pregunta = "taller FLACMA"
    pasaje = "{FORUM}"
    """
    result = searcher.ruled(rules(text)).search(Query("taller de FLACMA"))
    assert [(hit.document.id, hit.page) for hit in result.hits if hit.pinned] == [
        ("ficha-taller-flacma", 4), ("once-principios", 2),
    ]  # fmt: skip
    assert result.hits[1].passage.id == FORUM


def test_what_is_pinned_is_counted(searcher: Searcher) -> None:
    pin = '[[destacado]]\npregunta = "almuerzo"\ndocumento = "once-principios"\npagina = 3'
    question = Query("¿a qué hora es el almuerzo?", k=50)
    before, after = searcher.search(question), searcher.ruled(rules(pin)).search(question)
    assert first(after) == ("once-principios", 3, True)
    for result in (before, after):
        assert sum(value.count for value in result.facets["document_type"]) == result.total
    assert after.total > before.total
    assert after.answer.text == before.answer.text == "12:00"


def test_a_filter_holds_for_pins_too(searcher: Searcher) -> None:
    query = Query("presupuesto participativo", filters={"document_type": ("slides",)})
    result = searcher.ruled(rules(PIN)).search(query)
    assert {hit.document.document_type.value for hit in result.hits} == {"slides"}


HIDE = '[[oculto]]\ndocumento = "ficha-taller-flacma"'


def test_a_hidden_document_is_no_hit_no_answer_and_no_suggestion(searcher: Searcher) -> None:
    hidden = searcher.ruled(rules(HIDE))
    for question in (
        "¿cuántos municipios reúne FLACMA?",
        "quién dirige la División de Instituciones Públicas y Gobierno Digital",
        "¿quién es Juwang Zhu?",
        "¿a qué hora es el Tema 2?",
        "¿dónde es el taller de FLACMA?",
        '"Hotel Barceló Bávaro Palace"',
    ):
        before, after = (one.search(Query(question, k=50)) for one in (searcher, hidden))
        assert "ficha-taller-flacma" in {hit.document.id for hit in before.hits}
        assert "ficha-taller-flacma" not in {hit.document.id for hit in after.hits}
        cited = {citation.document_id for citation in after.answer.citations}
        assert "ficha-taller-flacma" not in cited
        assert sum(value.count for value in after.facets["document_type"]) == after.total
    title = "Ficha del taller"
    assert [s.document_id for s in searcher.suggest(title)] == ["ficha-taller-flacma"]
    assert hidden.suggest(title) == []


def test_a_phrase_that_only_hidden_passages_hold_is_held_by_none(searcher: Searcher) -> None:
    result = searcher.ruled(rules(HIDE)).search(Query('"Hotel Barceló Bávaro Palace"'))
    assert result.answer.notices == (
        "Ningún pasaje contiene la frase exacta; se muestran los más parecidos.",
    )


def test_what_is_hidden_can_still_be_read_and_verified(searcher: Searcher) -> None:
    hidden, id_ = searcher.ruled(rules(HIDE)), "ficha-taller-flacma"
    assert hidden.verify("Hotel Barceló Bávaro Palace") != ()
    assert hidden.verify("Barceló") == searcher.verify("Barceló")
    assert hidden.passages(id_) == searcher.passages(id_)
    agenda = [one.read_document(id_, DocumentPart.AGENDA) for one in (hidden, searcher)]
    assert agenda[0] == agenda[1]


def test_a_hidden_passage_leaves_the_rest_of_its_document(searcher: Searcher) -> None:
    hidden = searcher.ruled(rules(f'[[oculto]]\npasaje = "{FORUM}"'))
    result = hidden.search(Query("presupuesto participativo", k=50))
    found = [(hit.document.id, hit.passage.id) for hit in result.hits]
    assert FORUM not in {passage for _, passage in found}
    assert "once-principios" in {document for document, _ in found}
    assert FORUM not in {citation.passage_id for citation in result.answer.citations}


def test_a_hidden_line_leaves_the_timetable(searcher: Searcher) -> None:
    question = Query("¿a qué hora es el Tema 2?")
    (line,) = searcher.search(question).answer.citations
    hidden = searcher.ruled(rules(f'[[oculto]]\npasaje = "{line.passage_id}"'))
    answer = hidden.search(question).answer
    assert line.passage_id not in {citation.passage_id for citation in answer.citations}


def test_hiding_beats_pinning(searcher: Searcher) -> None:
    text = f'{PIN}\n[[oculto]]\ndocumento = "glosario"'
    result = searcher.ruled(rules(text)).search(Query("presupuesto participativo"))
    assert "glosario" not in {hit.document.id for hit in result.hits}


def test_a_synonym_widens_a_question(searcher: Searcher) -> None:
    synonym = '[[sinonimo]]\nsigla = "chamba"\nformas = ["presupuesto participativo"]'
    question = Query("chamba")
    assert searcher.search(question).expansions == ()
    result = searcher.ruled(rules(synonym)).search(question)
    assert result.expansions == ("chamba = presupuesto participativo",)
    assert first(result)[:2] == ("once-principios", 2)


def test_a_synonym_joins_what_is_known(searcher: Searcher) -> None:
    synonym = '[[sinonimo]]\nsigla = "ODS"\nformas = ["metas del milenio verde"]'
    ruled = searcher.ruled(rules(synonym))
    known = searcher.search(Query("ODS")).expansions
    assert ruled.search(Query("ODS")).expansions == known != ()
    assert ruled.search(Query("metas del milenio verde")).expansions == (
        "metas del milenio verde = ODS",
    )
