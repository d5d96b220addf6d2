"""The parts that answers are made of: numbers, timetable lines, announced lists and confidence."""

from dataclasses import replace

import pytest

from search.answers.agenda import describe_times as told
from search.answers.agenda import notices
from search.answers.answer import Features, confidence, covered
from search.answers.spans import holds_numbers, numbered_nouns, with_list
from search.documents import AgendaItem
from search.text.analysis import analyse, stem


def holds(question: str, text: str) -> bool:
    asked = [token for token in analyse(question) if token.informative]
    return holds_numbers(asked, [token.stem for token in analyse(text)])


@pytest.mark.parametrize(
    ("question", "text", "held"),
    [
        ("tema 4", "Tema 4: mentalidades", True),
        ("tema 4", "Tema 1: cuatro grupos", False),
        ("tema 4", "Tema 1, con 4 grupos", False),
        ("tema 4", "el tema cuatro", True),
        ("temas 4", "Tema 4", True),
        ("theme 2", "Tema 2: por qué", True),
        ("SDG 16", "el ODS 16", True),
        ("meta 16.6", "la meta 16.6 pide instituciones", True),
        ("meta 16.6", "la meta 16.7 pide decisiones", False),
        ("resolución 60/34", "en la resolución 60/34", True),
        ("resolución 60/34", "en la resolución 66/288", False),
        ("once principios", "los principios", True),
        ("11 principios", "adoptó once principios", True),
        ("gobernanza", "sin número alguno", True),
    ],
)
def test_a_text_holds_the_numbers_of_a_question(question: str, text: str, held: bool) -> None:
    assert holds(question, text) == held


def test_the_nouns_of_numbers_are_those_whose_number_is_part_of_their_name() -> None:
    assert numbered_nouns(analyse("tema 2 y sesión 3 con 24 personas 7")) == {
        stem("tema"),
        stem("sesion"),
    }
    assert numbered_nouns(analyse("tema dos")) == set()


ITEM = AgendaItem("p", "Tema 2", None, "10:40", "11:00", 20, 20)


@pytest.mark.parametrize(
    ("item", "said", "noticed"),
    [
        (ITEM, "10:40–11:00 (20 minutos)", ()),
        (replace(ITEM, end=None, computed_minutes=None), "10:40 (20 minutos)", ()),
        (replace(ITEM, stated_minutes=None), "10:40–11:00 (20 minutos)", ()),
        (replace(ITEM, stated_minutes=None, computed_minutes=None, end=None), "10:40", ()),
        (replace(ITEM, start=None, end=None, computed_minutes=None), "20 minutos", ()),
        (
            replace(ITEM, stated_minutes=45),
            "10:40–11:00 (45 minutos)",
            ("El documento indica 45 minutos; por el horario son 20.",),
        ),
    ],
)
def test_a_line_is_told_by_its_clock_and_by_what_the_document_states(
    item: AgendaItem, said: str, noticed: tuple[str, ...]
) -> None:
    assert (told(item), notices(item)) == (said, noticed)


LIST = "Hay dos guías:\nCambio de mentalidad.\nGobierno digital."


def test_only_a_sentence_that_ends_with_a_colon_takes_what_follows_along() -> None:
    announced = LIST.index("\n")
    assert with_list(LIST, 0, announced) == len(LIST)
    start = announced + 1
    end = LIST.index("\n", start)
    assert with_list(LIST, start, end) == end


def test_a_list_is_taken_along_no_further_than_can_be_quoted() -> None:
    """It ends with the last whole item within the length, and never before the sentence itself."""
    items = "\n".join(
        f"Elemento número {number} de la lista, bastante largo." for number in range(30)
    )
    text = f"Los elementos son:\n{items}"
    end = with_list(text, 0, text.index("\n"))
    assert 600 < end <= 700
    assert text[:end].endswith("largo.")


def test_the_share_of_weighed_words_that_are_held() -> None:
    weights = {"principi": 3.0, "ods": 1.0}
    assert covered(weights, {"ods", "otra"}) == 0.25
    assert covered(weights, set(weights)) == 1.0
    assert covered({}, set()) == 1.0


LOW = Features(span=0.8, late=0.4, covered=0.5, names=0.0, numbers=0.0, foreign=0.0)


@pytest.mark.parametrize("name", ["span", "late", "covered", "names", "numbers"])
def test_whatever_speaks_for_an_answer_makes_it_more_likely(name: str) -> None:
    more = replace(LOW, **{name: getattr(LOW, name) + 0.5})
    assert 0 < confidence(LOW) < confidence(more) < 1
