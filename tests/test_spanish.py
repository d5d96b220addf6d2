"""Words that must meet, words that must not, and symbols that stay whole."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.spanish import analyse, fold, stem

MEET = """
gobierno/gobiernos mujer/mujeres implementación/implementacion implementación/implementaciones
imagen/imágenes imagen/imagenes año/años AÑO/año inclusión/inclusivo inclusión/inclusiva
formación/formaciones formación/formacion talleres/taller servicios/servicio ciudades/ciudad
país/países pais/paises mes/meses red/redes ley/leyes plan/planes capacitación/capacitar
municipio/municipios concejal/concejalas niño/niños política/políticas institución/instituciones
derecho/derechos social/sociales nivel/niveles lección/lecciones herramienta/herramientas
orden/órdenes joven/jóvenes mentalidad/mentalidades principio/principios eficaz/eficaces
ética/éticos líder/líderes líder/lideres público/públicas región/regiones voz/voces día/días
tarea/tareas línea/líneas prioridad/prioridades sociedad/sociedades entidad/entidades
interés/intereses lugar/lugares facilitador/facilitadora rendición/rendicion tallerista/talleristas
capaz/capaces mesa/mesas plano/planos universidad/universidades comunidad/comunidades
""".split()

PART = """
mentalidad/mental taller/talla taller/tallerista año/ano peña/pena caña/cana formación/formador
formación/forma gobierno/gobernanza gobernador/gobernanza municipio/municipal concejo/concejal
plan/plano mes/mesa orden/ordenador capacitación/capacitador ley/leyenda red/rededor fin/final
""".split()


def stems(words: str) -> list[str]:
    return [stem(fold(word)) for word in words.split("/")]


def surfaces(text: str) -> list[str]:
    return [token.surface for token in analyse(text)]


@pytest.mark.parametrize("pair", MEET)
def test_forms_of_one_word_meet(pair: str) -> None:
    first, second = stems(pair)
    assert first == second


@pytest.mark.parametrize("pair", PART)
def test_different_words_stay_apart(pair: str) -> None:
    first, second = stems(pair)
    assert first != second


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Ñandú", "ñandu"),
        ("AÑO", "año"),
        ("Pingüino", "pinguino"),
        ("NAÇÕES", "nacoes"),
        ("être", "etre"),
        ("ÁÉÍÓÚ", "aeiou"),
        ("16.6", "16.6"),
        ("oﬁcina", "oficina"),
    ],
)
def test_folding_drops_accents_and_keeps_the_letter_ñ(word: str, folded: str) -> None:
    assert fold(word) == folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A/RES/60/34", ["a/res/60/34", "60/34", "res", "60", "34"]),
        ("E/C.16/2018/5", ["e/c.16/2018/5", "2018/5", "16", "2018"]),
        ("60/34", ["60/34"]),
        ("la meta 16.6.", ["la", "meta", "16.6"]),
        ("16.000 personas, 3,5 %", ["16.000", "personas", "3,5"]),
        ("10:40-11:00", ["10:40", "11:00"]),
        ("ODS16", ["ods", "16"]),
        ("ODS 16", ["ods", "16"]),
        ("l’eau", ["l’eau", "eau"]),
        ("¿Qué?", ["que"]),
        ("snake_case", ["snake", "case"]),
        ("", []),
    ],
)
def test_symbols_decimals_and_hours_are_single_tokens(text: str, expected: list[str]) -> None:
    assert surfaces(text) == expected


@pytest.mark.parametrize("end", [".", ",", ").", "», ", ".-", "…"])
def test_punctuation_after_a_symbol_is_not_part_of_it(end: str) -> None:
    assert surfaces(f"(A/RES/60/34{end}")[0] == "a/res/60/34"
    assert surfaces(f"ana.b@ejemplo.lat{end}") == ["ana.b@ejemplo.lat", "ana", "ejemplo", "lat"]


def test_a_symbol_is_followed_by_its_pieces_with_their_own_places() -> None:
    text = "Resolución A/RES/60/34"
    assert [(token.surface, text[token.start : token.end]) for token in analyse(text)] == [
        ("resolucion", "Resolución"),
        ("a/res/60/34", "A/RES/60/34"),
        ("60/34", "60/34"),
        ("res", "RES"),
        ("60", "60"),
        ("34", "34"),
    ]


def test_function_words_are_not_informative() -> None:
    tokens = analyse("¿Cuáles son los principios de la gobernanza?")
    assert [token.surface for token in tokens if token.informative] == ["principios", "gobernanza"]


ODD = "aáñÑüçZ0９ﬁª.,:/@-_'’\u0301\u2028 \n"


@given(st.one_of(st.text(max_size=60), st.text(alphabet=ODD, max_size=40)))
def test_every_token_folds_from_the_text_where_it_stands(text: str) -> None:
    for token in analyse(text):
        assert fold(text[token.start : token.end]) == token.surface
        assert 0 <= token.start < token.end <= len(text)


@given(st.text(alphabet=ODD, max_size=40))
def test_folding_twice_is_folding_once(word: str) -> None:
    composed = unicodedata.normalize("NFC", word)
    assert fold(fold(composed)) == fold(composed)


@given(st.text(alphabet="abcñ A/.0123456789@", max_size=40))
def test_tokens_begin_in_order_and_only_pieces_lie_inside_others(text: str) -> None:
    end = 0
    for token in analyse(text):
        inside = token.end <= end
        assert inside or token.start >= end
        end = max(end, token.end)
