"""What is understood of a question: words, phrases, operators, expansions, language."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_statistics import statistics_of

from search.engine import Term
from search.errors import QueryError
from search.query import MAX_LENGTH, AnalysedQuery, analyse_query
from search.results import Query
from search.synonyms import Synonyms
from search.text.languages import query_language

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
EQUIVALENTS = Synonyms.parse([TABLE])


VALUES = {
    "toolkit": ("Cambio de mentalidad", "Gobierno digital"),
    "module": ("2", "Módulo 3: hoja de ruta"),
    "audience": ("Concejalías, mandos medios y atención al público",),
    "language": ("en", "es"),
}


def ask(text: str, words: dict[str, int] | None = None, **fields: object) -> AnalysedQuery:
    query = Query(text, **fields)  # type: ignore[arg-type]
    return analyse_query(query, EQUIVALENTS, statistics_of(words or {}), VALUES)


def surfaces(asked: AnalysedQuery) -> list[str]:
    return [token.surface for token in asked.tokens]


def test_only_informative_words_are_looked_for() -> None:
    asked = ask("¿Cuáles son los talleres de gobernanza?")
    assert asked.terms == (Term("talleres", "taller"), Term("gobernanza", "gobernanz"))
    assert (asked.phrases, asked.excluded) == ((), ())


@pytest.mark.parametrize(
    "text", ['"rendición de cuentas"', "«rendición de cuentas»", "“Rendición de Cuentas”"]
)
def test_each_kind_of_quotes_makes_a_phrase(text: str) -> None:
    asked = ask(f"taller {text}")
    assert asked.phrases == (("rendicion", "de", "cuentas"),)
    assert surfaces(asked) == ["taller", "rendicion", "cuentas"]
    assert asked.sentence.lower() == "taller rendición de cuentas"


@pytest.mark.parametrize("text", ['taller "', '""', '" "', "«»", 'taller "de gobierno'])
def test_quotes_that_hold_nothing_make_no_phrase(text: str) -> None:
    assert ask(f"{text} ley").phrases == ()


def test_a_word_after_a_minus_sign_is_excluded_and_not_looked_for() -> None:
    asked = ask("taller -Género −agenda")
    assert asked.excluded == (("genero",), ("agenda",))
    assert surfaces(asked) == ["taller"]
    assert asked.sentence == "taller"


def test_a_hyphen_inside_a_word_or_before_a_number_excludes_nothing() -> None:
    asked = ask("costo-beneficio 10-20 -5 - taller")
    assert asked.excluded == ()
    assert surfaces(asked) == ["costo", "beneficio", "10", "20", "5", "taller"]


def test_a_minus_sign_inside_quotes_excludes_nothing() -> None:
    assert ask('"costo -beneficio" taller').excluded == ()


def test_an_excluded_symbol_is_excluded_as_a_whole() -> None:
    excluded = ask("resolución -A/RES/60/34 -ODS16").excluded
    assert excluded == (("a/res/60/34", "60/34", "res", "60", "34"), ("ods", "16"))


def test_an_acronym_is_expanded_by_its_meaning() -> None:
    asked = ask("metas de los ODS")
    assert [str(expansion) for expansion in asked.expansions] == [
        "ODS = Objetivos de Desarrollo Sostenible"
    ]
    assert asked.sentence == "metas de los ODS (Objetivos de Desarrollo Sostenible)"
    assert [(term.surface, term.weight) for term in asked.terms] == [
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
    assert [term.surface for term in asked.terms if term.weight == 0.3] == ["ods", "sdg"]


def test_an_approximate_equivalent_weighs_less_and_stays_out_of_the_sentence() -> None:
    asked = ask("el municipio")
    assert asked.terms == (
        Term("municipio", "municipi", 1.0),
        Term("ayuntamiento", "ayunt", 0.15),
    )
    assert asked.sentence == "el municipio"


@pytest.mark.parametrize("text", ['"ODS"', "«metas de los ODS»", "taller -ODS", "CEPA"])
def test_nothing_in_quotes_or_excluded_or_without_another_form_is_expanded(text: str) -> None:
    assert ask(text).expansions == ()


def test_a_word_typed_without_its_tilde_finds_the_known_one() -> None:
    assert ask("disenar", {"diseñar": 3}).terms == (Term("diseñar", "diseñ"),)
    assert ask("nino", {"niño": 1}).terms == (Term("niño", "niñ"),)


def test_a_word_that_is_known_as_typed_keeps_its_n() -> None:
    assert ask("ano", {"ano": 1, "año": 9}).terms == (Term("ano", "ano"),)
    assert ask("ano", {}).terms == (Term("ano", "ano"),)


def test_letters_with_separate_accents_are_the_same_letters() -> None:
    decomposed = unicodedata.normalize("NFD", "implementación del diseño")
    one, other = ask(decomposed), ask("implementación del diseño")
    assert (one.terms, one.phrases, one.excluded) == (other.terms, other.phrases, other.excluded)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "¿?", "...", "-taller", '"¿?"'])
def test_a_question_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match=r"escriba una pregunta|no tiene ninguna palabra"):
        ask(text)


def test_a_question_of_function_words_is_searched_as_it_is() -> None:
    asked = ask("¿qué es?")
    assert asked.terms == (Term("que", "que"), Term("es", "es"))
    assert asked.tokens == ()


def test_a_question_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(ask("a" * MAX_LENGTH).text) == MAX_LENGTH
    with pytest.raises(QueryError, match="pasa de 1000 caracteres"):
        ask("a" * (MAX_LENGTH + 1))


def test_a_long_question_looks_for_32_words_at_most() -> None:
    asked = ask(" ".join(f"palabra{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(60)))
    assert len(asked.tokens) == 60
    assert len(asked.terms) == 32


def test_an_unknown_facet_is_named_with_those_that_exist() -> None:
    with pytest.raises(QueryError, match="ningún filtro «autor»: use document_type, language"):
        ask("taller", filters={"autor": ("x",)})


@pytest.mark.parametrize("fields", [{"k": 0}, {"k": 1001}, {"page": 0}, {"page": -1}])
def test_a_result_page_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(QueryError, match="entre 1 y 1000 resultados, desde la página 1"):
        ask("taller", **fields)


def test_an_excluded_phrase_is_excluded_as_one() -> None:
    asked = ask('taller -"hoja de ruta" −«Plan» "rendición de cuentas"')
    assert asked.excluded == (("hoja", "de", "ruta"), ("plan",))
    assert asked.phrases == (("rendicion", "de", "cuentas"),)
    assert asked.sentence == "taller rendición de cuentas"


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("tipo:informe taller", {"document_type": ("report",)}),
        ("taller Tipo:«nota conceptual»", {"document_type": ("concept_note",)}),
        (
            'tipo:slides,plan taller tipo:"hojas de trabajo"',
            {"document_type": ("slides", "plan", "worksheet")},
        ),
        ("taller idioma:inglés idioma:pt", {"language": ("en", "pt")}),
        ("language:en taller", {"language": ("en",)}),
        ("taller año:2018 ano:2019", {"year": ("2018", "2019")}),
        ("guia:mentalidades taller", {"toolkit": ("Cambio de mentalidad",)}),
        ("toolkit:digital taller", {"toolkit": ("Gobierno digital",)}),
        ("módulo:2 taller", {"module": ("2",)}),
        ("modulo:3 taller", {"module": ("Módulo 3: hoja de ruta",)}),
        ("publico:concejalias taller", {"audience": VALUES["audience"]}),
        ("ods:16 taller", {"ods": ("16",)}),
        ("ODS:5,16 taller sdg:1", {"ods": ("5", "16", "1")}),
    ],
)
def test_a_filter_in_the_text_narrows_and_is_not_looked_for(
    text: str, filters: dict[str, tuple[str, ...]]
) -> None:
    asked = ask(text)
    assert asked.query.filters == filters
    assert asked.sentence == "taller"
    assert surfaces(asked) == ["taller"]


def test_filters_in_the_text_join_those_given() -> None:
    given_ = {"language": ("es",), "year": ("2018",)}
    asked = ask("taller idioma:en tipo:plan", filters=given_)
    assert asked.query.filters == {
        "language": ("es", "en"),
        "year": ("2018",),
        "document_type": ("plan",),
    }
    assert ask("taller", filters=given_).query.filters == given_


def test_a_question_of_filters_only_is_refused() -> None:
    with pytest.raises(QueryError, match="no tiene ninguna palabra"):
        ask("tipo:informe año:2018")


@pytest.mark.parametrize("text", ["http://un.org/a", "ejemplo: taller", "ODS16:meta", "tipo: plan"])
def test_what_is_no_field_is_ordinary_text(text: str) -> None:
    assert ask(text).query.filters == {}
    assert ask(text).text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tipo:novela x", "no hay «novela» en «tipo»: use nota conceptual, guía, módulo"),
        ("idioma:klingon x", "no hay «klingon» en «idioma»: use español, inglés"),
        ("año:18 x", "no hay «18» en «año»: use un año de cuatro cifras"),
        ("guía:cocina x", "use Cambio de mentalidad, Gobierno digital"),
        ("ods:18 x", "no hay «18» en «ods»: use un número del 1 al 17"),
    ],
)
def test_a_value_that_a_field_cannot_have_is_refused_with_those_it_can(
    text: str, message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        ask(text)


def test_a_date_in_words_is_looked_for_as_a_date_too() -> None:
    asked = ask("reunión del 1 de noviembre de 2024")
    assert [(t.surface, t.weight) for t in asked.terms] == [
        ("reunion", 1.0),
        ("1", 1.0),
        ("noviembre", 1.0),
        ("2024", 1.0),
        ("2024-11", 0.5),
        ("2024-11-01", 0.5),
    ]


def test_a_decimal_point_stays_in_its_number() -> None:
    assert surfaces(ask("¿Qué dice la meta 16.6?")) == ["dice", "meta", "16.6"]
    assert surfaces(ask("meta 16.6.")) == ["meta", "16.6"]


def test_a_question_without_accents_is_read_with_those_of_the_collection() -> None:
    words = {"política": 5, "niño": 3, "rendición": 2, "publica": 1}
    assert ask("politica de rendicion al nino", words).sentence == "política de rendición al niño"
    assert ask("Politica PUBLICA", words).sentence == "Política PUBLICA"


def test_a_question_with_an_accent_keeps_its_own() -> None:
    assert ask("política de rendicion", {"rendición": 2}).sentence == "política de rendicion"


def test_a_shouted_question_is_read_in_lower_case_but_for_acronyms() -> None:
    asked = ask("QUÉ METAS DE ODS TIENE EL CEDAW", {"CEDAW": 3})
    assert asked.sentence == "qué metas de ODS tiene el CEDAW (Objetivos de Desarrollo Sostenible)"
    assert ask("ODS CEPA").text == "ODS CEPA"
    assert ask("FLACMA").text == "FLACMA"


def test_shortened_words_are_read_in_full() -> None:
    asked = ask("q es la agenda xa los mpios d la region, tb info x internet")
    assert asked.sentence == (
        "que es la agenda para los municipios de la region, también información por internet"
    )
    assert asked.query.text.startswith("q es la agenda xa")


@pytest.mark.parametrize("text", ["vitamina D-3", "x.org", "TB", "q@x.org", '"q x d" ley', "A/D/2"])
def test_letters_that_are_no_words_are_left_alone(text: str) -> None:
    assert ask(text).text == text


def test_a_misspelt_word_is_searched_as_the_collection_writes_it() -> None:
    asked = ask("la rendision d cuentas", {"rendición": 4, "cuentas": 4})
    assert (asked.corrected, asked.did_you_mean) == ("la rendición d cuentas", None)
    assert asked.sentence == "la rendición de cuentas"
    assert asked.terms[0] == Term("rendicion", "rendicion")


def test_a_doubtful_correction_is_asked_and_not_searched() -> None:
    asked = ask("esclera de supuestos", {"escalera": 4, "supuestos": 4})
    assert (asked.corrected, asked.did_you_mean) == (None, "escalera de supuestos")
    assert surfaces(asked) == ["esclera", "supuestos"]


def test_a_literal_question_is_searched_as_it_is() -> None:
    asked = ask("q es la RENDISION", {"rendición": 4}, literal=True)
    assert (asked.corrected, asked.did_you_mean) == (None, None)
    assert asked.sentence == asked.text == "q es la RENDISION"


@pytest.mark.parametrize("text", ['"rendision"', "cuentas -rendision", "«la rendision» cuentas"])
def test_what_is_quoted_or_excluded_keeps_its_spelling(text: str) -> None:
    asked = ask(text, {"rendición": 4, "cuentas": 4})
    assert (asked.corrected, asked.did_you_mean) == (None, None)


LANGUAGES = {
    "es": """
        ¿A qué hora empieza la sesión sobre mentalidades?|gobernanza|governance|hoja de ruta
        toolkit changing mindsets|the taller|SDG localization|que es la agenda 2030|ODS 16
        q es la agnda 2030 xa los municipios|correo de Adriana Alberti|resolución 60/34|FLACMA
        qué dice Changing Mindsets for the SDGs|preguntas d consejales para la secion|ToT
        presupuesto participativo|a que hora es el tema 2|como se mide|cuánto dura|donde es
    """,
    "en": """
        what is the role of the facilitator|How do we measure progress|what is SDG localization
        who is responsible for the budget|how to engage citizens|where was the workshop
        principles of effective governance for the SDGs|when does the session start
        how long is the empathy walk|list the eleven principles of governance
        What are voluntary local reviews?|why is trust important in government
    """,
    "pt": """
        qual é a duração da oficina|quais são os princípios|o que é a agenda 2030
        como funciona o orçamento participativo|quem é o responsável|onde foi a reunião
        quantos municípios há no consórcio|a que horas começa a sessão|o papel dos municípios
        qual é o prazo|quanto tempo dura o exercício
    """,
    "fr": """
        quels sont les principes pour les communes|qu'est-ce que l'agenda 2030
        comment mesurer les progrès dans la commune|où a lieu l'atelier|qui est le directeur
        quelle est la durée de l’exercice|combien de personnes dans le groupe
        le rôle des communes|à quelle heure commence la session|les objectifs du développement
    """,
}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (question.strip(), language)
        for language, lines in LANGUAGES.items()
        for question in lines.replace("\n", "|").split("|")
        if question.strip()
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
    assert asked.terms
    assert len(asked.terms) <= 32
    assert all(0 < term.weight <= 1 for term in asked.terms)
    assert '"' not in asked.sentence
