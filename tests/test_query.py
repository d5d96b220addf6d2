"""What is understood of a question: words, phrases, operators, expansions, language."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.equivalents import Equivalents
from search.errors import QueryError
from search.index import Term
from search.query import MAX_LENGTH, Asked, analyse_query, query_language
from search.types import Query

TABLE = json.dumps(
    [
        {
            "forms": ["ODS", "Objetivos de Desarrollo Sostenible", "SDG"],
            "approximate": False,
        },
        {"forms": ["municipio", "ayuntamiento"], "approximate": True},
        {"forms": ["CEPA"], "approximate": False},
    ]
)
EQUIVALENTS = Equivalents.parse([TABLE])


def ask(text: str, words: dict[str, int] | None = None, **fields: object) -> Asked:
    return analyse_query(Query(text, **fields), EQUIVALENTS, words or {})  # type: ignore[arg-type]


def surfaces(asked: Asked) -> list[str]:
    return [token.surface for token in asked.tokens]


def test_only_informative_words_are_looked_for() -> None:
    asked = ask("¿Cuáles son los talleres de gobernanza?")
    assert asked.wanted.terms == (Term("talleres", "taller"), Term("gobernanza", "gobernanz"))
    assert (asked.wanted.phrases, asked.wanted.excluded, asked.demanding) == ((), (), False)


@pytest.mark.parametrize(
    "text", ['"rendición de cuentas"', "«rendición de cuentas»", "“Rendición de Cuentas”"]
)
def test_each_kind_of_quotes_makes_a_phrase(text: str) -> None:
    asked = ask(f"taller {text}")
    assert asked.wanted.phrases == (("rendicion", "de", "cuentas"),)
    assert surfaces(asked) == ["taller", "rendicion", "cuentas"]
    assert asked.sentence.lower() == "taller rendición de cuentas"
    assert asked.demanding


@pytest.mark.parametrize("text", ['taller "', '""', '" "', "«»", 'taller "de gobierno'])
def test_quotes_that_hold_nothing_make_no_phrase(text: str) -> None:
    assert ask(f"{text} ley").wanted.phrases == ()


def test_a_word_after_a_minus_sign_is_excluded_and_not_looked_for() -> None:
    asked = ask("taller -Género −agenda")
    assert asked.wanted.excluded == (("genero",), ("agenda",))
    assert surfaces(asked) == ["taller"]
    assert asked.sentence == "taller"
    assert asked.demanding


def test_a_hyphen_inside_a_word_or_before_a_number_excludes_nothing() -> None:
    asked = ask("costo-beneficio 10-20 -5 - taller")
    assert asked.wanted.excluded == ()
    assert surfaces(asked) == ["costo", "beneficio", "10", "20", "5", "taller"]


def test_a_minus_sign_inside_quotes_excludes_nothing() -> None:
    assert ask('"costo -beneficio" taller').wanted.excluded == ()


def test_an_excluded_symbol_is_excluded_as_a_whole() -> None:
    excluded = ask("resolución -A/RES/60/34 -ODS16").wanted.excluded
    assert excluded == (("a/res/60/34", "60/34", "res", "60", "34"), ("ods", "16"))


def test_an_acronym_is_expanded_by_its_meaning() -> None:
    asked = ask("metas de los ODS")
    assert [str(expansion) for expansion in asked.expansions] == [
        "ODS = Objetivos de Desarrollo Sostenible"
    ]
    assert asked.sentence == "metas de los ODS (Objetivos de Desarrollo Sostenible)"
    assert [(term.surface, term.weight) for term in asked.wanted.terms] == [
        ("metas", 1.0),
        ("ods", 1.0),
        ("objetivos", 0.3),
        ("desarrollo", 0.3),
        ("sostenible", 0.3),
        ("sdg", 0.3),
    ]


def test_a_meaning_is_expanded_by_its_acronym() -> None:
    asked = ask("los objetivos de desarrollo sostenible hoy")
    assert [str(expansion) for expansion in asked.expansions] == [
        "objetivos de desarrollo sostenible = ODS"
    ]
    assert [term.surface for term in asked.wanted.terms if term.weight == 0.3] == ["ods", "sdg"]


def test_an_approximate_equivalent_weighs_less_and_stays_out_of_the_sentence() -> None:
    asked = ask("el municipio")
    assert asked.wanted.terms == (
        Term("municipio", "municipi", 1.0),
        Term("ayuntamiento", "ayunt", 0.15),
    )
    assert asked.sentence == "el municipio"


@pytest.mark.parametrize("text", ['"ODS"', "«metas de los ODS»", "taller -ODS", "CEPA"])
def test_nothing_in_quotes_or_excluded_or_without_another_form_is_expanded(text: str) -> None:
    assert ask(text).expansions == ()


def test_a_word_typed_without_its_tilde_finds_the_known_one() -> None:
    assert ask("disenar", {"diseñar": 3}).wanted.terms == (Term("diseñar", "diseñ"),)
    assert ask("nino", {"niño": 1}).wanted.terms == (Term("niño", "niñ"),)


def test_a_word_that_is_known_as_typed_keeps_its_n() -> None:
    assert ask("ano", {"ano": 1, "año": 9}).wanted.terms == (Term("ano", "ano"),)
    assert ask("ano", {}).wanted.terms == (Term("ano", "ano"),)


def test_letters_with_separate_accents_are_the_same_letters() -> None:
    decomposed = unicodedata.normalize("NFD", "implementación del diseño")
    assert ask(decomposed).wanted == ask("implementación del diseño").wanted


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "¿?", "...", "-taller", '"¿?"'])
def test_a_question_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match=r"escriba una pregunta|no tiene ninguna palabra"):
        ask(text)


def test_a_question_of_function_words_is_searched_as_it_is() -> None:
    asked = ask("¿qué es?")
    assert asked.wanted.terms == (Term("que", "que"), Term("es", "es"))
    assert asked.tokens == ()


def test_a_question_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(ask("a" * MAX_LENGTH).text) == MAX_LENGTH
    with pytest.raises(QueryError, match="pasa de 1000 caracteres"):
        ask("a" * (MAX_LENGTH + 1))


def test_a_long_question_looks_for_32_words_at_most() -> None:
    asked = ask(" ".join(f"palabra{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(60)))
    assert len(asked.tokens) == 60
    assert len(asked.wanted.terms) == 32


def test_an_unknown_facet_is_named_with_those_that_exist() -> None:
    with pytest.raises(QueryError, match="ningún filtro «autor»: use document_type, language"):
        ask("taller", filters={"autor": ("x",)})


@pytest.mark.parametrize("fields", [{"k": 0}, {"k": 1001}, {"page": 0}, {"page": -1}])
def test_a_result_page_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(QueryError, match="entre 1 y 1000 resultados, desde la página 1"):
        ask("taller", **fields)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿A qué hora empieza la sesión sobre mentalidades?", "es"),
        ("what is the role of the facilitator", "en"),
        ("How do we measure progress", "en"),
        ("qual é a duração da oficina", "pt"),
        ("quels sont les principes pour les communes", "fr"),
        ("gobernanza", "es"),
        ("governance", "es"),
        ("toolkit changing mindsets", "es"),
        ("the taller", "es"),
    ],
)
def test_the_language_is_spanish_unless_function_words_say_another(
    text: str, language: str
) -> None:
    assert query_language(text) == language


ODD = "aA ñÑ\"«»“”-−.,:/@()[]{}^~*?+&|!\\'’0９\u0301\u0308\u200b\u2028\x00\n\tßİﬁ日🙂ͺﷺ"


@settings(max_examples=10_000, deadline=None)
@given(st.text(alphabet=ODD, max_size=20))
def test_odd_input_is_understood_or_refused(text: str) -> None:
    try:
        asked = ask(text, {"año": 1})
    except QueryError:
        return
    assert asked.wanted.terms
    assert len(asked.wanted.terms) <= 32
    assert all(0 < term.weight <= 1 for term in asked.wanted.terms)
    assert '"' not in asked.sentence
