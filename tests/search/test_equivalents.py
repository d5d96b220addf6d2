"""Which forms of the table a question uses, what widens it, and which senses are offered."""

import json

import numpy as np
import pytest

from search.engine import Statistics
from search.query import analyse_query
from search.results import Query
from search.synonyms import Synonyms
from search.text.acronyms import Definition, Meaning, SynonymSet, dump, load, table_of, with_learned
from search.text.analysis import analyse

ODS = SynonymSet(
    ("ODS", "Objetivos de Desarrollo Sostenible", "SDG", "Sustainable Development Goals", "ODD"),
    meanings=(Meaning(("Sistema de Archivo de Documentos", "Official Document System")),),
    capitals=("ODD",),
)
CEPA = SynonymSet(
    (
        "CEPA",
        "Comité de Expertos en Administración Pública",
        "Committee of Experts on Public Administration",
        "Comité d'experts de l'administration publique",
    ),
    meanings=(
        Meaning(("Comisión Económica para África", "Economic Commission for Africa"), ("África",)),
        Meaning(("Centro de Educación de Personas Adultas",)),
    ),
)
DESA = SynonymSet(("UN DESA", "Departamento de Asuntos Económicos y Sociales", "DAES"))
ONU = SynonymSet(("ONU", "Naciones Unidas"))
LOCAL = SynonymSet(("localización de los ODS", "SDG localization"), approximate=True)
MAYOR = SynonymSet(("alcalde", "alcaldesa", "mayor"), approximate=True)
TOWN = SynonymSet(("municipio", "alcaldía"), approximate=True)
CIVIL = SynonymSet(("ONG", "organización no gubernamental"))
PEOPLE = SynonymSet(("M&E", "seguimiento y evaluación"))
GROUPS = (ODS, CEPA, DESA, ONU, LOCAL, MAYOR, TOWN, CIVIL, PEOPLE)
EQUIVALENTS = Synonyms(GROUPS)
NOTHING = Statistics(
    languages=(),
    means=np.empty((0, 1), dtype=np.float32),
    piece_ids=np.empty(0, dtype=np.int32),
    piece_counts=np.empty(0, dtype=np.int32),
    words={},
    passages=0,
)


def told(text: str, equivalents: Synonyms = EQUIVALENTS) -> list[str]:
    return [str(expansion) for expansion in equivalents.expand(text, analyse(text))]


def offered(text: str, equivalents: Synonyms = EQUIVALENTS) -> list[tuple[str, str]]:
    return [(sense.meaning, sense.query) for sense in equivalents.senses(text)]


@pytest.mark.parametrize(
    ("text", "expansion"),
    [
        ("¿Qué es la CEPA?", "CEPA = Comité de Expertos en Administración Pública"),
        ("cepa", "cepa = Comité de Expertos en Administración Pública"),
        ("los SDGs", "SDGs = Objetivos de Desarrollo Sostenible"),
        ("ODS16", "ODS = Objetivos de Desarrollo Sostenible"),
        ("UN/DESA", "UN/DESA = Departamento de Asuntos Económicos y Sociales"),
        ("un desa", "un desa = Departamento de Asuntos Económicos y Sociales"),
        ("plan de M&E", "M&E = seguimiento y evaluación"),
        (
            "comite de expertos en administracion publica",
            "comite de expertos en administracion publica = CEPA",
        ),
        (
            "Comité de Expertos sobre Administración Pública",
            "Comité de Expertos sobre Administración Pública = CEPA",
        ),
        (
            "los comités de expertos en administraciones públicas",
            "comités de expertos en administraciones públicas = CEPA",
        ),
        ("committees of experts in public administration",
         "committees of experts in public administration = CEPA"),
        ("le comité d'experts en administration publique",
         "comité d'experts en administration publique = CEPA"),
        ("un objetivo de desarrollo sostenible", "objetivo de desarrollo sostenible = ODS"),
        ("organizaciones no gubernamentales", "organizaciones no gubernamentales = ONG"),
        ("alcaldesas", "alcaldesas = alcalde"),
    ],
)  # fmt: skip
def test_any_form_in_either_number_and_with_any_preposition_is_expanded(
    text: str, expansion: str
) -> None:
    assert told(text) == [expansion]


def test_an_acronym_is_widened_by_all_other_forms_the_name_first() -> None:
    (expansion,) = EQUIVALENTS.expand("SDG", analyse("SDG"))
    assert expansion.forms == (
        "Objetivos de Desarrollo Sostenible", "ODS", "Sustainable Development Goals", "ODD",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "organización gubernamental",  # «no» counts
        "objetivos de desarrollo",
        "desarrollo sostenible y objetivos",
        "asuntos económicos. Y sociales, departamento",
        "¿objetivos? de desarrollo sostenible",
        "odd numbers",
        "sdg@un.org",
        "ODS/2024/16",
        "e",
    ],
)
def test_what_is_not_a_form_is_not_expanded(text: str) -> None:
    assert told(text) == []


def test_words_alone_do_not_meet_by_their_stem() -> None:
    """«alcalde» and «alcaldía» have one stem."""
    assert told("la alcaldía") == ["alcaldía = municipio"]
    assert told("el alcalde") == ["alcalde = alcaldesa"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localización de los ODS", ["localización de los ODS = SDG localization"]),
        (
            "Departamento de Asuntos Económicos y Sociales de las Naciones Unidas",
            [
                "Departamento de Asuntos Económicos y Sociales = UN DESA",
                "Naciones Unidas = ONU",
            ],
        ),
    ],
)
def test_of_overlapping_forms_the_longest_is_taken(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_a_longer_form_wins_over_one_that_begins_before_it() -> None:
    groups = [SynonymSet(("X1", "plan local")), SynonymSet(("X2", "local de ODS anual"))]
    assert told("plan local de ODS anual", Synonyms([*groups, ODS])) == ["local de ODS anual = X2"]


def test_two_forms_of_one_group_are_told_once_without_each_other() -> None:
    text = "CEPA, Comité de Expertos en Administración Pública"
    assert told(text) == ["CEPA = Committee of Experts on Public Administration"]
    assert told("ONU Naciones Unidas") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("el ODD 16", ["ODD = Objetivos de Desarrollo Sostenible"]),
        ("ODD", ["ODD = Objetivos de Desarrollo Sostenible"]),
        ("odd", []),
        ("Odd", []),
        ("WHAT IS ODD", []),
        ("la RED de la red", []),
    ],
)
def test_an_acronym_that_is_a_common_word_counts_in_capitals_only(
    text: str, expected: list[str]
) -> None:
    assert told(text) == expected


def test_an_acronym_that_is_a_function_word_counts_in_capitals_only() -> None:
    equivalents = Synonyms([SynonymSet(("SE", "Secretaría de Educación"))])
    assert told("qué se hace en la SE", equivalents) == ["SE = Secretaría de Educación"]
    assert told("qué se hace", equivalents) == []


@pytest.mark.parametrize("text", ['"CEPA"', "«los ODS»", "“Naciones Unidas”", "taller -ODS"])
def test_nothing_in_quotes_or_excluded_is_expanded_or_doubted(text: str) -> None:
    assert analyse_query(Query(text + " taller"), EQUIVALENTS, NOTHING).expansions == ()
    assert offered(text) == []


def test_a_form_after_an_excluded_word_is_told_as_it_is_written() -> None:
    asked = analyse_query(Query("-presupuesto metas ODS"), EQUIVALENTS, NOTHING)
    assert [str(expansion) for expansion in asked.expansions] == [
        "ODS = Objetivos de Desarrollo Sostenible"
    ]


def test_an_ambiguous_acronym_offers_its_other_meanings_as_questions() -> None:
    assert offered("¿Qué adoptó la CEPA en 2018?") == [
        (
            "Comisión Económica para África",
            "¿Qué adoptó la Comisión Económica para África en 2018?",
        ),
        (
            "Centro de Educación de Personas Adultas",
            "¿Qué adoptó la Centro de Educación de Personas Adultas en 2018?",
        ),
    ]


@pytest.mark.parametrize("text", ["SDG", "UN DESA", "Comité de Expertos en Administración Pública"])
def test_a_form_with_one_meaning_offers_none(text: str) -> None:
    assert offered(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "CEPA África",
        "¿qué hace la cepa en africa?",
        "CEPA: Economic Commission",
        "CEPA (Comisión Económica para África)",
    ],
)
def test_words_of_another_meaning_make_the_question_mean_it(text: str) -> None:
    assert told(text) == []
    meanings = [meaning for meaning, _ in offered(text)]
    assert meanings[0] == "Comité de Expertos en Administración Pública"
    assert "Comisión Económica para África" not in meanings


def test_the_name_of_another_meaning_offers_the_main_one() -> None:
    assert told("la comisión económica para África") == []
    assert offered("la comisión económica para África") == [
        (
            "Comité de Expertos en Administración Pública",
            "la Comité de Expertos en Administración Pública",
        )
    ]


def test_a_question_that_an_offer_asks_means_what_was_offered() -> None:
    for sense in EQUIVALENTS.senses("informe del CEPA"):
        assert told(sense.query) == []


def test_one_word_that_both_meanings_or_many_subjects_share_decides_nothing() -> None:
    for text in ("documentos sobre los ODS", "ODS sistema", "CEPA comité y comisión"):
        assert told(text) != []
    assert told("ODS sistema de archivo de documentos") == []


def test_the_main_name_beside_the_acronym_outweighs_other_words() -> None:
    text = "CEPA Comité de Expertos en Administración Pública en África"
    assert told(text) == ["CEPA = Committee of Experts on Public Administration"]


def test_a_meaning_never_widens_a_question() -> None:
    forms = [form for e in EQUIVALENTS.expand("CEPA", analyse("CEPA")) for form in e.forms]
    assert all("África" not in form and "Africa" not in form for form in forms)


def test_only_forms_that_the_collection_may_hold_widen() -> None:
    words = ["objetivo", "desarrollo", "sostenible", "ods", "sdg"]
    equivalents = Synonyms([ODS], words)
    (expansion,) = equivalents.expand("ODS", analyse("ODS"))
    assert expansion.forms == ("Objetivos de Desarrollo Sostenible", "SDG")


def test_the_table_is_read_as_it_is_written() -> None:
    assert load(dump(GROUPS)) == list(GROUPS)
    assert load(json.dumps([{"forms": ["PP", "plan"], "approximate": True}])) == [
        SynonymSet(("PP", "plan"), approximate=True)
    ]


def test_a_learned_name_joins_the_group_of_its_acronym() -> None:
    learned = {
        Definition("CEPA", "Comité de Expertos sobre Administración Pública"): 3,
        Definition("CEPA", "Comité de Peritos em Administração Pública"): 1,
    }
    (group,) = with_learned([CEPA], learned)
    assert group.forms == (*CEPA.forms, "Comité de Peritos em Administração Pública")
    assert group.meanings == CEPA.meanings


def test_a_learned_name_of_another_meaning_becomes_a_sense() -> None:
    learned = {
        Definition("CEPA", "Consejo Estatal de Pesca y Acuicultura"): 9,
        Definition("CEPA", "Comisión Económica para África"): 2,
    }
    (group,) = with_learned([CEPA], learned)
    assert group.forms == CEPA.forms
    assert group.meanings == (
        *CEPA.meanings, Meaning(("Consejo Estatal de Pesca y Acuicultura",)),
    )  # fmt: skip


def test_of_two_learned_meanings_as_frequent_the_first_is_the_main_one() -> None:
    learned = {Definition("CM", "Concejo Municipal"): 2, Definition("CM", "Caja Mutual"): 2}
    assert with_learned([], learned) == [
        SynonymSet(("CM", "Concejo Municipal"), False, (Meaning(("Caja Mutual",)),))
    ]


def test_of_two_learned_meanings_the_more_frequent_is_the_main_one() -> None:
    learned = {
        Definition("PAC", "Programa de Agua Comunitaria"): 1,
        Definition("PAC", "Plan Anual de Compras"): 4,
    }
    groups = with_learned([], learned)
    assert groups == [
        SynonymSet(
            ("PAC", "Plan Anual de Compras"), False, (Meaning(("Programa de Agua Comunitaria",)),)
        )
    ]
    equivalents = Synonyms(groups)
    assert told("el PAC", equivalents) == ["PAC = Plan Anual de Compras"]
    assert offered("el PAC", equivalents) == [
        ("Programa de Agua Comunitaria", "el Programa de Agua Comunitaria")
    ]


def test_two_learned_acronyms_of_one_name_are_one_group() -> None:
    learned = {
        Definition("ODS", "Objetivos de Desarrollo Sostenible"): 5,
        Definition("SDG", "Objetivos de Desarrollo Sostenible"): 1,
        Definition("SDG", "Sustainable Development Goals"): 2,
    }
    assert {frozenset(group.forms) for group in with_learned([], learned)} == {
        frozenset({"ODS", "Objetivos de Desarrollo Sostenible"}),
        frozenset({"SDG", "Sustainable Development Goals", "Objetivos de Desarrollo Sostenible"}),
    }


def test_a_name_that_its_acronym_does_not_spell_is_a_translation_of_one_that_it_does() -> None:
    learned = {
        Definition("OGP", "Open Government Partnership"): 2,
        Definition("OGP", "Alianza de Gobierno Abierto"): 1,
    }
    assert with_learned([], learned) == [
        SynonymSet(("OGP", "Open Government Partnership", "Alianza de Gobierno Abierto"))
    ]


def test_the_table_of_a_collection_knows_which_acronyms_its_texts_use_as_words() -> None:
    texts = [
        "La Red de Empresas Distritales (RED) es nueva. Una red une; la red crece; red.",
        "La Oficina de Datos (ODA) publica en https://oda.example/oda/oda datos del país.",
    ]
    assert load(table_of([], texts)) == [
        SynonymSet(("RED", "Red de Empresas Distritales"), capitals=("RED",)),
        SynonymSet(("ODA", "Oficina de Datos")),
    ]
