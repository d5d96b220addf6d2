"""What a run of words also says: dates, goals, ordinals, hours."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text.analysis import analyse, readings
from search.text.vocabulary import MONTHS, SAME_DAY, fold, roman, roman_number


def read(text: str) -> list[str]:
    return [token.surface for token in readings(analyse(text), text)]


def all_of(text: str) -> set[str]:
    tokens = analyse(text)
    return {token.surface for token in (*tokens, *readings(tokens, text))}


@pytest.mark.parametrize(
    "text",
    [
        "1 de noviembre de 2024",
        "1 de noviembre del 2024",
        "viernes, 1 noviembre 2024",
        "1 nov 2024",
        "1 nov. 2024",
        "1/11/2024",
        "01.11.2024",
        "1-11-2024",
        "2024-11-01",
        "November 1, 2024",
        "November 1st, 2024",
        "1 November 2024",
        "1º de novembro de 2024",
        "1er novembre 2024",
    ],
)
def test_a_day_is_the_same_however_it_is_written(text: str) -> None:
    assert {"2024-11-01", "noviembre", "2024", "1"} <= all_of(text)


def test_a_month_of_a_year_and_a_day_of_a_month_are_read_too() -> None:
    assert read("en noviembre de 2024") == ["2024-11"]
    assert read("el 1 de noviembre") == ["11-01"]
    assert read("noviembre") == []
    assert read("may 2024 be the year") == ["2024-05", "mayo"]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("12 de março de 2025", "2025-03-12"),
        ("12 DE MARÇO DE 2025", "2025-03-12"),
        ("12 de marco de 2025", "2025-03-12"),
        ("1º de fevereiro de 2025", "2025-02-01"),
        ("3 février 2025", "2025-02-03"),
        ("1er août 2025", "2025-08-01"),
        ("24 decembre 2025", "2025-12-24"),
        ("em março de 2025", "2025-03"),
        ("le 12 mars", "03-12"),
        ("12 dez. 2025", "2025-12-12"),
        ("12 janv. 2025", "2025-01-12"),
        ("12 de juny de 2025", "2025-06-12"),
    ],
)
def test_months_are_read_in_portuguese_in_french_and_in_catalan(text: str, date: str) -> None:
    assert date in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "marco de 2030",
        "el marco 12",
        "en el marco de 2 acuerdos",
        "ODS 16 Marco global",
        "Marc 2025",
    ],
)
def test_a_framework_in_spanish_is_no_month_in_portuguese(text: str) -> None:
    assert "marzo" not in read(text)


def test_every_day_is_folded_or_it_would_never_be_met() -> None:
    assert [name for name in chain.from_iterable(SAME_DAY) if fold(name) != name] == []


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr", "ca"])
def test_every_month_is_read(language: str) -> None:
    for number, name in enumerate(MONTHS[language], start=1):
        assert f"2025-{number:02}-12" in read(f"12 {name} 2025")


@pytest.mark.parametrize(
    "text",
    [
        "ODS16",
        "ODS 16",
        "objetivo 16",
        "Objetivo de Desarrollo Sostenible 16",
        "SDG 16",
        "Goal 16",
        "ODD 16",
        "los ODS 5, 10 y 16",
    ],
)
def test_a_goal_is_the_same_by_any_name(text: str) -> None:
    assert read(text)[-1] == "ods-16"


def test_a_number_that_no_goal_has_names_none() -> None:
    assert read("ODS 18 y objetivo 2030, ODS 16.6") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("decimoséptima sesión", "17"),
        ("décima séptima sesión", "17"),
        ("vigésimo primer período", "21"),
        ("segunda sesión", "2"),
        ("tema dos", "2"),
        ("sesión tercera", "3"),
        ("decimoctava reunión", "18"),
        ("decimotercer período", "13"),
        ("theme three", "3"),
    ],
)
def test_a_number_in_letters_is_read(text: str, number: str) -> None:
    assert read(text) == [number]
    assert read("un segundo, dos cuartos, la primera vez, una meta una vez alcanzada") == []


def test_an_hour_without_minutes_is_read() -> None:
    assert read("a las 9 y a la 1") == ["9:00", "1:00"]
    assert read("las 9 personas; la 1") == []


def test_a_reading_stands_where_its_words_stand() -> None:
    text = "el 1 de noviembre de 2024, viernes"
    month, day = readings(analyse(text), text)
    assert text[day.start : day.end] == "1 de noviembre de 2024"
    assert (month.surface, day.surface) == ("2024-11", "2024-11-01")


def test_roman_numerals_are_numbers() -> None:
    numerals = "i ii iii iv v VI vii viii ix x xi xiv xix xxix xxxix xlix MCMXCIX".split()
    numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 19, 29, 39, 49, 1999]
    assert [roman_number(numeral) for numeral in numerals] == numbers
    assert [roman(number) for number in numbers] == [numeral.lower() for numeral in numerals]
    strange = ("", "iiii", "vx", "Iv", "mil", "ic", "ⅳ", "4")
    assert [roman_number(text) for text in strange] == [None] * len(strange)


def test_a_letter_that_is_also_a_roman_numeral_stays_a_letter() -> None:
    assert all_of("módulo C, mesa XL") == {"modulo", "c", "mesa", "xl"}


@given(st.text(alphabet="a las12 de enero 2024 ODS tema segunda X/.,", max_size=60))
def test_readings_lie_within_the_text(text: str) -> None:
    for token in readings(analyse(text), text):
        assert 0 <= token.start < token.end <= len(text)
