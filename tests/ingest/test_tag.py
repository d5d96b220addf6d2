"""Which goals and targets a passage names, and with which words."""

import pytest

from ingest.metadata.goals import TARGETS, find_tags, is_target
from search.documents import BlockKind, Passage


def passage(text: str, *section: str) -> Passage:
    return Passage("p", "d", BlockKind.PARAGRAPH, section, text, "es", ())


def tags(text: str, *section: str, title: str = "") -> list[str]:
    """`16` for a goal, `16.6` for a target, in the order given."""
    found = find_tags([passage(text, *section)], title)
    return [tag.target or str(tag.goal) for tag in found]


def evidence(text: str, *section: str) -> dict[str, tuple[str, ...]]:
    found = find_tags([passage(text, *section)], "")
    return {tag.target or str(tag.goal): tag.evidence for tag in found}


@pytest.mark.parametrize(
    "text",
    [
        "El ODS 16 pide instituciones eficaces.",
        "el ODS16",
        "ODS-16",
        "#ODS16",
        "ODS N.º 16",
        "ODS n° 16",
        "ODS (ver ODS 16).",
        "ODS 16 marco normativo",
        "el Objetivo de Desarrollo Sostenible 16",
        "el objetivo de desarrollo sostenible número 16",
        "los Objetivos de Desarrollo Sostenible (ODS) 16",
        "SDG 16",
        "SDG16",
        "Sustainable Development Goal 16",
        "o Objetivo de Desenvolvimento Sustentável 16",
        "l’ODD 16",
        "l'objectif de développement durable no 16",
        "el Objetivo 16 de la Agenda 2030",
        "Goal 16 of the 2030 Agenda",
        "De los ODS, el Objetivo 16 es el nuestro.",
        "Paz, justicia e instituciones sólidas",
        "PAZ, JUSTICIA E INSTITUCIONES SÓLIDAS",
        "Peace, Justice and Strong Institutions",
        "Paz, Justiça e Instituições Eficazes",
        "Paix, justice et institutions efficaces",
        "promover sociedades pacíficas e inclusivas para el desarrollo sostenible",
    ],
)
def test_a_goal_is_named_in_many_ways(text: str) -> None:
    assert tags(text) == ["16"]


@pytest.mark.parametrize(
    ("text", "goals"),
    [
        ("los ODS 11 y 16", ["11", "16"]),
        ("ODS 1, 2 y 5", ["1", "2", "5"]),
        ("ODS 1,2,5", ["1", "2", "5"]),
        ("SDGs 1, 3, 5, and 8", ["1", "3", "5", "8"]),
        ("ODD 4 et 5", ["4", "5"]),
        ("ODS 3, ODS 4 e ODS 5", ["3", "4", "5"]),
        ("ODS 5/10", ["5", "10"]),
        ("los ODS 4 al 6", ["4", "5", "6"]),
        ("ODS 4–6 y 9", ["4", "5", "6", "9"]),
        ("SDGs 1 to 3", ["1", "2", "3"]),
        ("ODS 1 (Fin de la pobreza), 2 (Hambre cero) y 5 (Igualdad de género)", ["1", "2", "5"]),
        ("los Objetivos 1 y 5 de los ODS", ["1", "5"]),
        ("SDGs 3 (good health and well-being), 5 and 8", ["3", "5", "8"]),
        ("ODS 16 y 17.", ["16", "17"]),
    ],
)
def test_several_goals_are_named_at_once(text: str, goals: list[str]) -> None:
    assert tags(text) == goals


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("la meta 16.6 de los ODS", ["16.6"]),
        ("SDG target 16.6", ["16.6"]),
        ("ODS 16.6", ["16.6"]),
        ("ODS, indicador 16.6.2", ["16.6"]),
        ("ODD, cible 16.10", ["16.10"]),
        ("las metas 16.6, 16.7 y 17.1 de la Agenda 2030", ["16.6", "16.7", "17.1"]),
        ("metas del ODS 16: 16.6 y 16.7", ["16", "16.6", "16.7"]),
        ("ODS 3, metas 3.b y 3.4", ["3", "3.4", "3.b"]),
        ("ODS 16, meta 16.6", ["16", "16.6"]),
    ],
)
def test_targets_are_named_behind_their_word(text: str, targets: list[str]) -> None:
    assert tags(text) == targets


@pytest.mark.parametrize(
    "text",
    [
        "Objetivo 3 del taller",
        "Los ODS. Objetivo 3 del taller: aprender.",
        "Los ODS. Objetivo 3: aprender." + " Y el ODS 11.",
        "objetivos específicos 1 y 2, con los ODS",
        "Strategic Goal 3, in line with the SDGs",
        "Objetivo 16",
        "el objetivo 3 de nuestra clase sobre los ODS",
        "Objetivo 5 de los ODM y de los ODS",
        "meta 16.6",
        "Meta 1.2: capacitar a 30 personas (ODS 11)",
        "los ODS: meta 16.11",
        "los ODS: meta 17.a",
        "los 17 ODS y sus 169 metas",
        "los ODS 17 objetivos",
        "os ODS 16 de março",
        "ODS 1 al 17",
        "ODS 18",
        "ODS 2030",
        "los ODS1 son universales",
        "los ODS 5 de noviembre",
        "los ODS 3 años después",
        "the SDGs 5 years on",
        "ODS 16,5 %",
        "un archivo datos.ods 5",
        "16.6",
        "igualdad de género y acción por el clima en la Agenda 2030",
        "educación de calidad",
        "SDG 1000",
    ],
)
def test_what_names_no_goal_has_none(text: str) -> None:
    assert [tag for tag in tags(text) if tag != "11"] == []


def test_a_common_name_tells_its_goal_only_beside_the_word() -> None:
    assert evidence("El ODS de igualdad de género y la salud y bienestar.") == {
        "5": ("ODS de igualdad de género",)
    }


def test_headings_and_title_tell_whose_goal_it_is() -> None:
    assert tags("Objetivo 16: instituciones", "Los ODS en el municipio") == ["16"]
    assert tags("Objetivo 16: instituciones", title="Agenda 2030") == ["16"]
    assert tags("La meta 16.6 habla de eficacia.", "Guía de los ODS") == ["16.6"]


def test_a_goal_in_the_heading_right_above_counts_with_its_words() -> None:
    section = ("Guía", "ODS 16. Paz")
    assert evidence("Abrir la información. La meta 16.6 pide eficacia.", *section) == {
        "16": ("ODS 16",),
        "16.6": ("meta 16.6",),
    }
    assert evidence("Abrir la información.", *section, "Tareas") == {}
    assert tags("Abrir la información.", "ODS 16", title="ODS 16") == []


def test_evidence_is_what_the_passage_says_once_each_and_in_order() -> None:
    text = "El ODS 16 (Paz, justicia e instituciones sólidas) y el SDG 16; otra vez el ODS 16."
    assert evidence(text) == {"16": ("ODS 16", "Paz, justicia e instituciones sólidas", "SDG 16")}
    text = "Véase el indicador ODS 16.6.2."
    assert evidence(text) == {"16.6": ("indicador ODS 16.6.2",)}


def test_tags_belong_to_their_passages() -> None:
    first, second = passage("ODS 5"), passage("Nada")
    assert [tag.passage_id for tag in find_tags([second, first], "")] == ["p"]


def test_there_are_169_targets() -> None:
    assert sum(last + len(letters) for last, letters in TARGETS.values()) == 169
    assert (is_target(16, "10"), is_target(16, "11"), is_target(16, "0")) == (True, False, False)
    assert (is_target(3, "d"), is_target(17, "a")) == (True, False)
