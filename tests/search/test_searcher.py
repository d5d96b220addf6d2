"""Searching a small collection in three languages with the real model and the real engines."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import three_languages
from hash_embedder import HashEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st
from own_texts import entry_of, make_document, publish

from search.documents import Entry, Tag
from search.embedding.encoder import OnnxEmbedder
from search.engine import FACETS, CollectionNotes
from search.errors import QueryError
from search.results import Hit, Match, Query, Result, Suggestion
from search.searcher import Searcher, open_searcher

DOCUMENTS = ((three_languages.TALLER, three_languages.TALLER_PAGES), *three_languages.REST)
FILES = {document.id: document.file for document, _ in DOCUMENTS}


@pytest.fixture(scope="module")
def searcher(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    embedder = OnnxEmbedder(model_folder)
    folder = tmp_path_factory.mktemp("tres-lenguas")
    notes = CollectionNotes({}, {"/fuentes": three_languages.EQUIVALENTS})
    publish(folder, embedder, three_languages.entries(embedder), notes)
    searcher = open_searcher(folder, embedder)
    yield searcher
    searcher.close()


def first(searcher: Searcher, text: str) -> str:
    return searcher.search(Query(text)).hits[0].passage.id


def marked(hit: Hit) -> list[str]:
    return [hit.passage.text[start:end] for start, end in hit.marks]


def check_quotes(searcher: Searcher, result: Result) -> None:
    """Every citation is, code point by code point, what its stored page says."""
    assert (result.answer.status == "found") == bool(result.answer.citations)
    for citation in result.answer.citations:
        pages = {page.number: page.text for page in searcher.pages(citation.document_id)}
        page = pages[citation.page or 1]
        assert citation.quote == page[citation.start : citation.end]
        assert citation.file == FILES[citation.document_id]


QUESTIONS = (
    "¿Cuáles son los principios de la gobernanza eficaz?",
    "¿A qué hora es el Tema 2?",
    "¿Qué contratos publican las oficinas a los vecinos?",
    "¿A qué correo se mandan las inscripciones?",
    "what habit should participants write down?",
    "como o facilitador abre a oficina",
    "A/RES/60/34",
    "regalos de proveedores",
    "receta de paella valenciana",
    "meta 16.6",
    "ODS",
    "dilema",
)


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("A/RES/60/34", "resolucion-0"),
        ("60/34", "resolucion-0"),
        ("resolución 60/34", "resolucion-0"),
        ("E/C.16/2018/5", "resolucion-1"),
        ("2018/5", "resolucion-1"),
        ("meta 16.6", "resolucion-2"),
        ("16.7", "resolucion-3"),
        ("taller@ejemplo.org", "taller-3"),
    ],
)
def test_a_symbol_finds_the_passage_that_bears_it(
    searcher: Searcher, text: str, passage: str
) -> None:
    assert first(searcher, text) == passage


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("lenguaje claro", "taller-1"),
        ("presupuestos", "taller-1"),
        ("what habit should participants write down?", "kit-1"),
        ("transparencia del presupuesto y ciudadanos que leen contratos", "kit-2"),
        ("los jefes muestran primero el nuevo comportamiento", "kit-0"),
        ("como o facilitador abre a oficina", "guia-0"),
        ("regalos de proveedores", "etica-0"),
        ("disenar un portal", "datos-1"),
        ("chofer", "etica-1"),
    ],
)
def test_questions_find_their_passage_in_whatever_language(
    searcher: Searcher, text: str, passage: str
) -> None:
    assert first(searcher, text) == passage


@pytest.mark.parametrize(
    "text", ['"lenguaje claro"', "«LENGUAJE CLARO»", "presupuesto “lenguaje claro”"]
)
def test_a_phrase_must_occur_word_for_word(searcher: Searcher, text: str) -> None:
    result = searcher.search(Query(text))
    assert [hit.passage.id for hit in result.hits] == ["taller-1"]
    assert result.total == 1


def test_a_phrase_may_hold_function_words_accents_and_symbols(searcher: Searcher) -> None:
    found = [hit.passage.id for hit in searcher.search(Query('"la resolucion a/res/60/34"')).hits]
    assert found == ["resolucion-0"]


def test_a_phrase_that_stands_nowhere_is_told_and_the_nearest_shown(searcher: Searcher) -> None:
    result = searcher.search(Query('"claro lenguaje"'))
    assert result.answer.status == "not_found"
    assert result.answer.notices == (
        "Ningún pasaje contiene la frase exacta; se muestran los más parecidos.",
    )
    assert result.hits[0].passage.id == "taller-1"


def test_an_excluded_word_stands_in_no_result(searcher: Searcher) -> None:
    everything = searcher.search(Query("meta instituciones", k=50))
    result = searcher.search(Query("meta instituciones -participativas -publicar", k=50))
    ids = {hit.passage.id for hit in result.hits}
    assert everything.hits[0].passage.id == result.hits[0].passage.id == "resolucion-2"
    assert ids & {"resolucion-3", "datos-0"} == set()


def test_an_excluded_symbol_does_not_exclude_its_numbers(searcher: Searcher) -> None:
    result = searcher.search(Query("principios -A/RES/60/34", k=50))
    assert {hit.passage.id for hit in result.hits} >= {"resolucion-1", "resolucion-2"}
    assert "resolucion-0" not in {hit.passage.id for hit in result.hits}


def values(result: Result, facet: str) -> dict[str, int]:
    return {value.value: value.count for value in result.facets[facet]}


def test_facets_count_the_passages_of_the_result(searcher: Searcher) -> None:
    result = searcher.search(Query("dilema ético de un funcionario", filters={"language": ("es",)}))
    assert result.total == 18
    assert values(result, "language") == {"es": 18}
    assert values(result, "document_type") == {
        "concept_note": 7,
        "module": 5,
        "law": 4,
        "guidance_note": 2,
    }
    assert values(result, "year") == {"2024": 7, "2018": 4, "2023": 2}
    assert values(result, "module") == {"Módulo 3": 5}
    assert values(result, "audience") == {"Gobiernos locales": 7}
    assert values(result, "toolkit") == {}


def test_facet_values_come_most_frequent_first_then_by_name(searcher: Searcher) -> None:
    found = [v.value for v in searcher.search(Query("dilema", k=5)).facets["document_type"]]
    counts = values(searcher.search(Query("dilema", k=5)), "document_type")
    assert found == sorted(counts, key=lambda value: (-counts[value], value))


@pytest.mark.parametrize("text", QUESTIONS)
def test_totals_and_facets_count_one_set(searcher: Searcher, text: str) -> None:
    result = searcher.search(Query(text))
    for facet in ("language", "document_type"):  # every passage has one
        assert sum(values(result, facet).values()) == result.total
    shown = searcher.search(Query(text, k=1000)).hits
    more = {hit.document.id: hit.more for hit in shown}
    assert len(shown) + sum(more.values()) == result.total


@pytest.mark.parametrize(
    ("facet", "value", "total"),
    [
        ("language", "en", 3),
        ("language", "pt", 2),
        ("document_type", "module", 5),
        ("toolkit", "Cambio de mentalidad", 3),
        ("module", "Módulo 3", 5),
        ("year", "2018", 4),
        ("audience", "Gobiernos locales", 7),
    ],
)
def test_a_filter_leaves_only_passages_of_its_value(
    searcher: Searcher, facet: str, value: str, total: int
) -> None:
    result = searcher.search(Query("gobernanza", k=50, filters={facet: (value,)}))
    assert result.total == total
    assert values(result, facet) == {value: total}


def test_values_of_one_facet_widen_and_several_facets_narrow(searcher: Searcher) -> None:
    either = {"language": ("en", "pt")}
    assert searcher.search(Query("taller", filters=either)).total == 5
    both = either | {"document_type": ("facilitator_guide", "law")}
    result = searcher.search(Query("taller", filters=both))
    assert {hit.document.id for hit in result.hits} == {"guia"}
    assert result.total == 2


def test_a_filter_that_nothing_meets_gives_an_empty_result(searcher: Searcher) -> None:
    result = searcher.search(Query("taller", filters={"language": ("fr",)}))
    assert (result.hits, result.total, result.answer.status) == ((), 0, "not_found")
    assert all(found == () for found in result.facets.values())


def test_filters_and_phrases_hold_together(searcher: Searcher) -> None:
    filters = {"document_type": ("module",)}
    assert searcher.search(Query('"lenguaje claro"', filters=filters)).total == 0


def test_at_most_three_passages_of_a_document_are_shown_and_the_rest_counted(
    searcher: Searcher,
) -> None:
    result = searcher.search(Query("dilema", k=50, filters={"document_type": ("module",)}))
    assert [hit.document.id for hit in result.hits] == ["etica"] * 3
    assert [hit.more for hit in result.hits] == [2, 2, 2]
    assert result.total == 5


@pytest.mark.parametrize("text", QUESTIONS)
def test_the_pages_of_a_result_are_parts_of_one_list(searcher: Searcher, text: str) -> None:
    whole = searcher.search(Query(text, k=100)).hits
    assert [hit.rank for hit in whole] == list(range(1, len(whole) + 1))
    for k in (1, 4):
        parts = [searcher.search(Query(text, k=k, page=page)).hits for page in range(1, 30)]
        assert all(len(part) <= k for part in parts)
        assert [hit for part in parts for hit in part] == list(whole)


@pytest.mark.parametrize("text", QUESTIONS)
def test_scores_lie_between_0_and_1_and_fall(searcher: Searcher, text: str) -> None:
    scores = [hit.score for hit in searcher.search(Query(text, k=50)).hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lenguaje claro", ["lenguaje", "claro"]),
        ("presupuestos de los municipios", ["municipios", "presupuesto"]),
        ("disenar un portal", ["diseñar", "portal"]),
        ("meta 16.6", ["meta", "16.6"]),
        ("60/34", ["60/34"]),
        ("habit of participants", ["participants", "habit"]),
        ("facilitador oficina", ["facilitador", "oficina"]),
    ],
)
def test_marks_stand_on_the_words_that_were_asked_for(
    searcher: Searcher, text: str, words: list[str]
) -> None:
    assert marked(searcher.search(Query(text)).hits[0]) == words


def test_marks_stand_on_the_words_of_an_english_passage_that_say_the_same(
    searcher: Searcher,
) -> None:
    hits = searcher.search(Query("contratos", filters={"language": ("en",)})).hits
    assert (hits[0].passage.id, marked(hits[0])) == ("kit-2", ["contract"])


@pytest.mark.parametrize("text", QUESTIONS)
def test_marks_are_in_order_apart_and_on_whole_words(searcher: Searcher, text: str) -> None:
    for hit in searcher.search(Query(text, k=50)).hits:
        bounds = [bound for mark in hit.marks for bound in mark]
        assert bounds == sorted(set(bounds))
        for start, end in hit.marks:
            around = hit.passage.text[max(start - 1, 0) : start] + hit.passage.text[end : end + 1]
            assert not any(character.isalpha() for character in around)
            assert not hit.passage.text[start:end].isspace()


def test_an_expansion_is_told_and_finds_the_words_it_stands_for(searcher: Searcher) -> None:
    result = searcher.search(Query("ODS"))
    assert result.expansions == ("ODS = objetivos de desarrollo sostenible",)
    assert result.hits[0].passage.id == "taller-4"
    assert marked(result.hits[0]) == ["objetivos", "desarrollo", "sostenible"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿Qué es la gobernanza?", "es"),
        ("governance", "es"),
        ("what is the role of a facilitator", "en"),
        ("qual é o papel do facilitador na oficina", "pt"),
    ],
)
def test_the_result_names_the_language_of_the_question(
    searcher: Searcher, text: str, language: str
) -> None:
    assert searcher.search(Query(text)).language == language


def test_a_hit_without_pages_has_no_page(searcher: Searcher) -> None:
    hits = searcher.search(Query("rodada de apresentações")).hits
    assert (hits[0].passage.id, hits[0].page) == ("guia-0", None)
    assert searcher.search(Query("hoja de ruta")).hits[0].page == 3


@pytest.mark.parametrize("text", QUESTIONS)
def test_every_quote_is_what_the_page_says(searcher: Searcher, text: str) -> None:
    check_quotes(searcher, searcher.search(Query(text)))


def test_a_passage_over_two_pages_is_cited_twice(searcher: Searcher) -> None:
    result = searcher.search(
        Query("¿Qué contratos del año pone cada oficina a disposición de los vecinos?")
    )
    check_quotes(searcher, result)
    assert [citation.page for citation in result.answer.citations] == [1, 2]
    assert result.answer.citations[0].quote.endswith("pone a disposición de los vecinos")
    assert result.answer.citations[1].quote == "los contratos que firmó durante el año."


def test_a_question_about_time_is_answered_from_the_timetable(searcher: Searcher) -> None:
    result = searcher.search(Query("¿A qué hora es el Tema 2?"))
    check_quotes(searcher, result)
    given = result.answer
    assert (given.status, given.kind, given.notices) == ("found", "schedule", ())
    assert given.text == "10:40–11:00 (20 minutos)"
    assert [citation.quote for citation in given.citations] == [
        "10:40–11:00 (20 minutos) Tema 2: Por qué cambiar la mentalidad"
    ]


def test_a_duration_that_the_clock_contradicts_is_told(searcher: Searcher) -> None:
    given = searcher.search(Query("¿Cuánto dura el Tema 3?")).answer
    assert (given.kind, given.text) == ("schedule", "11:20–11:55 (45 minutos)")
    assert given.notices == ("El documento indica 45 minutos; por el horario son 35.",)


def test_a_duration_that_is_not_stated_comes_from_the_clock(searcher: Searcher) -> None:
    given = searcher.search(Query("¿A qué hora es el almuerzo?")).answer
    assert (given.kind, given.text, given.notices) == ("schedule", "12:00–13:30 (90 minutos)", ())


def test_a_line_that_the_timetable_does_not_have_is_not_found(searcher: Searcher) -> None:
    given = searcher.search(Query("¿A qué hora es el Tema 9?")).answer
    assert (given.status, given.text, given.citations) == ("not_found", "", ())


def test_a_number_in_another_passage_does_not_answer_for_the_line(searcher: Searcher) -> None:
    given = searcher.search(Query("¿A qué hora es el Tema 4?")).answer
    assert (given.status, given.text, given.citations) == ("not_found", "", ())


def test_what_the_collection_does_not_hold_is_not_found(searcher: Searcher) -> None:
    for text in ("cómo se cultiva el arroz", "quién ganó el mundial de fútbol de 1986"):
        result = searcher.search(Query(text))
        assert (result.answer.status, result.answer.citations) == ("not_found", ())
        assert result.hits


def test_the_same_question_gives_the_same_result(searcher: Searcher) -> None:
    for text in QUESTIONS:
        once, again = searcher.search(Query(text)), searcher.search(Query(text))
        assert replace(once, took_ms=0) == replace(again, took_ms=0)


def texts(found: list[Suggestion]) -> list[tuple[str, str, str | None, int | None]]:
    return [(s.text, s.kind, s.document_id, s.page) for s in found]


ETHICS = ("Módulo de ética", "title", "etica", None)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("módulo de é", [ETHICS]),
        ("MODULO DE E", [ETHICS]),
        ("etica", [ETHICS]),
        ("eti mod", []),
        ("ética mod", [ETHICS]),
        ("gob", [("Taller para gobiernos locales", "title", "taller", None)]),
        ("antece", [("Antecedentes", "heading", "taller", 1)]),
        ("agenda", [("Agenda", "heading", "taller", 3)]),
        ("zz", []),
        ("", []),
        ("   ", []),
    ],
)
def test_titles_and_headings_are_suggested_while_typing(
    searcher: Searcher, typed: str, expected: list[tuple[str, str, str | None, int | None]]
) -> None:
    assert texts(searcher.suggest(typed)) == expected


def test_suggestions_are_cut_at_the_limit(searcher: Searcher) -> None:
    assert [s.text for s in searcher.suggest("d", 2)] == ["Datos abiertos", "Guia do facilitador"]


PAGES = [
    (document.id, number, text)
    for document, pages in DOCUMENTS
    for number, text in enumerate(pages, 1)
]


def test_verify_says_where_a_text_stands(searcher: Searcher) -> None:
    assert searcher.verify("  disposición\nde  los vecinos ") == (
        Match(
            "taller",
            "taller.pdf",
            "Taller para gobiernos locales",
            1,
            *_span(three_languages.TALLER_PAGES[0], "disposición de los vecinos"),
        ),
    )
    assert [match.page for match in searcher.verify("servidores públicos")] == [None]
    assert len(searcher.verify("Dilema")) == 5


def _span(page: str, text: str) -> tuple[int, int]:
    start = page.index(text)
    return start, start + len(text)


def test_verify_refuses_an_empty_text(searcher: Searcher) -> None:
    with pytest.raises(QueryError, match="escriba el texto que quiere comprobar"):
        searcher.verify(" \n ")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_verify_finds_what_was_copied_and_nothing_that_was_changed(
    searcher: Searcher, data: st.DataObject
) -> None:
    document, number, page = data.draw(st.sampled_from(PAGES))
    start = data.draw(st.integers(0, len(page) - 2))
    copied = page[start : start + data.draw(st.integers(2, 120))]
    if not copied.strip():
        return
    spaced = data.draw(st.sampled_from([" ", "\n", "  ", "\u00a0", " \t\n"])).join(copied.split())
    stripped = start + len(copied) - len(copied.lstrip())
    expected = number if document != "guia" else None
    assert (document, expected, stripped) in {
        (match.document_id, match.page, match.start) for match in searcher.verify(spaced)
    }
    place = data.draw(st.integers(0, len(copied.strip()) - 1))
    other = data.draw(st.characters(exclude_categories=("Z", "C")))
    changed = copied.strip()[:place] + other + copied.strip()[place + 1 :]
    stands = any(" ".join(changed.split()) in " ".join(text.split()) for _, _, text in PAGES)
    assert bool(searcher.verify(changed)) == stands


def test_equal_scores_keep_the_order_of_the_collection(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    entries = [
        entry_of(make_document(name, "Guía"), [["Taller de gobernanza"]], embedder)
        for name in ("d", "b", "a", "c")
    ]
    entries.append(entry_of(make_document("e", "Guía"), [["Otro asunto"]], embedder))
    publish(tmp_path, embedder, entries)
    searcher = open_searcher(tmp_path, embedder)
    hits = searcher.search(Query("taller")).hits
    searcher.close()
    assert [hit.document.id for hit in hits] == ["a", "b", "c", "d", "e"]
    assert len({hit.score for hit in hits[:4]}) == 1


def test_phrases_that_three_passages_use_are_suggested(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    lines = [
        "Cada oficina hace rendición de cuentas",
        "La Rendición de cuentas empieza hoy; plan local",
        "Sobre rendición de cuentas y plan local",
    ]
    publish(tmp_path, embedder, [entry_of(make_document("guia", "Plan"), [lines], embedder)])
    searcher = open_searcher(tmp_path, embedder)
    found = [(s.text, s.kind) for s in searcher.suggest("rend")]
    both = [(s.text, s.kind) for s in searcher.suggest("plan")]
    searcher.close()
    assert found == [("rendición de cuentas", "phrase")]
    assert both == [("Plan", "title")]


def test_a_title_with_an_odd_line_separator_is_suggested(tmp_path: Path) -> None:
    """`suggestions.jsonl` was once read with `splitlines`, which parts at these."""
    embedder = HashEmbedder()
    title = "Guía\u2028de\u0085ética"
    publish(tmp_path, embedder, [entry_of(make_document("guia", title), [["Texto"]], embedder)])
    searcher = open_searcher(tmp_path, embedder)
    assert [s.text for s in searcher.suggest("ética")] == [title]
    searcher.close()


def test_a_document_is_found_by_its_symbol_though_no_passage_holds_it(tmp_path: Path) -> None:
    """Symbols mostly stand in running lines, which are left out of passages."""
    embedder = HashEmbedder()
    other = make_document("otro")
    report = replace(make_document("informe"), symbol="A/80/62")
    texts = [["Los municipios publican sus cuentas cada trimestre."]]
    publish(tmp_path, embedder, [entry_of(each, texts, embedder) for each in (other, report)])
    searcher = open_searcher(tmp_path, embedder)
    hits = searcher.search(Query("A/80/62")).hits
    searcher.close()
    assert [hit.document.id for hit in hits] == ["informe", "otro"]


GOALS = {
    0: (Tag("guia-0", 11, None, ("ODS 11 y 16",)), Tag("guia-0", 16, None, ("ODS 11 y 16",))),
    1: (Tag("guia-1", 16, None, ("ODS 16",)), Tag("guia-1", 16, "16.6", ("meta 16.6",))),
    4: (Tag("guia-4", 5, None, ("ODS 5",)),),
}


def with_goals(embedder: HashEmbedder) -> list[Entry]:
    """Three documents of one, five and one passages; three passages of the second name goals."""
    lines = [f"Taller de presupuesto, parte {number}." for number in range(5)]
    guide = entry_of(make_document("guia", "Guía", event="Taller de Lima"), [lines], embedder)
    tags = tuple(tag for found in GOALS.values() for tag in found)
    guide = replace(guide, details=replace(guide.details, tags=tags))
    others = [
        entry_of(make_document(name, name, event=event), [["Un taller más."]], embedder)
        for name, event in (("acta", "Taller de Quito"), ("nota", None))
    ]
    return [guide, *others]


@pytest.fixture(scope="module")
def goals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    embedder = HashEmbedder()
    folder = tmp_path_factory.mktemp("objetivos")
    publish(folder, embedder, with_goals(embedder))
    searcher = open_searcher(folder, embedder)
    yield searcher
    searcher.close()


def shown(searcher: Searcher, text: str = "taller", **filters: tuple[str, ...]) -> set[str]:
    hits = searcher.search(Query(text, k=50, filters=filters)).hits
    return {hit.passage.id for hit in hits}


def test_a_goal_leaves_the_passages_that_name_it(goals: Searcher) -> None:
    assert shown(goals, ods=("16",)) == {"guia-0", "guia-1"}
    assert shown(goals, ods=("11", "5")) == {"guia-0", "guia-4"}
    assert shown(goals, ods=("1",)) == shown(goals, ods=("otro",)) == set()
    assert shown(goals, ods=("16",), event=("Taller de Quito",)) == set()
    assert shown(goals, "taller ods:16") == {"guia-0", "guia-1"}


def test_a_passage_counts_once_for_each_goal_that_it_names(goals: Searcher) -> None:
    result = goals.search(Query("taller"))
    assert values(result, "ods") == {"16": 2, "11": 1, "5": 1}
    assert [value.value for value in result.facets["ods"]] == ["16", "11", "5"]
    narrowed = goals.search(Query("taller", filters={"ods": ("5",)}))
    assert values(narrowed, "ods") == {"5": 1}


def test_a_hit_has_the_goals_of_its_passage(goals: Searcher) -> None:
    hits = goals.search(Query("taller", k=50, filters={"document": ("guia",)})).hits
    expected = {f"guia-{number}": GOALS.get(number, ()) for number in range(5)}
    assert {hit.passage.id: hit.tags for hit in hits} == expected


def test_an_event_narrows_and_is_not_counted(goals: Searcher) -> None:
    result = goals.search(Query("taller", filters={"event": ("Taller de Quito",)}))
    assert [hit.document.id for hit in result.hits] == ["acta"]
    assert set(result.facets) == set(FACETS)


def test_inside_one_document_all_its_passages_are_shown(goals: Searcher) -> None:
    outside = goals.search(Query("taller")).hits
    assert [hit.more for hit in outside if hit.document.id == "guia"] == [2, 2, 2]
    inside = goals.search(Query("taller", filters={"document": ("guia",)}))
    assert len(inside.hits) == inside.total == 5
    assert {hit.more for hit in inside.hits} == {0}
    second = goals.search(Query("taller", k=2, page=3, filters={"document": ("guia",)}))
    assert [hit.rank for hit in second.hits] == [5]
    assert shown(goals, document=("ninguno",)) == set()
