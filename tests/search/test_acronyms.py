"""Which acronyms a text defines, and which brackets define none."""

import pytest

from search.text.acronyms import Definition, common_words, definitions, learn


def found(text: str) -> list[tuple[str, str]]:
    return [(definition.short, definition.long) for definition in definitions(text)]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("implementar los Objetivos de Desarrollo Sostenible (ODS).", "ODS",
         "Objetivos de Desarrollo Sostenible"),
        ("las tecnologías de la información y la comunicación (TIC)", "TIC",
         "tecnologías de la información y la comunicación"),
        ("ODS (Objetivos de Desarrollo Sostenible)", "ODS", "Objetivos de Desarrollo Sostenible"),
        ("ODS: Objetivos de Desarrollo Sostenible.", "ODS", "Objetivos de Desarrollo Sostenible"),
        ("| ODS | Objetivos de Desarrollo Sostenible |", "ODS",
         "Objetivos de Desarrollo Sostenible"),
        ("Instituto Nacional de Estadística – INE.", "INE", "Instituto Nacional de Estadística"),
        ("el “Mapa de Oportunidades Comerciales” (MOC)", "MOC",
         "Mapa de Oportunidades Comerciales"),
        ("la Red de Ciudades Sostenibles, conocida como la RCS, creció", "RCS",
         "Red de Ciudades Sostenibles"),
        ("Sistema Nacional de Inversión (en adelante, «SNI»)", "SNI",
         "Sistema Nacional de Inversión"),
        ("Organización No Gubernamental (ONG)", "ONG", "Organización No Gubernamental"),
        ("the Sustainable Development Goals (SDGs) are", "SDG", "Sustainable Development Goals"),
        ("the Committee of Experts on Public Administration, known as CEPA, met", "CEPA",
         "Committee of Experts on Public Administration"),
        ("os Objetivos de Desenvolvimento Sustentável (ODS)", "ODS",
         "Objetivos de Desenvolvimento Sustentável"),
        ("les Objectifs de développement durable (ODD)", "ODD",
         "Objectifs de développement durable"),
        ("la Commission économique pour l'Afrique (CEA)", "CEA",
         "Commission économique pour l'Afrique"),
    ],
)  # fmt: skip
def test_initials_in_order_define_an_acronym(text: str, short: str, long: str) -> None:
    assert found(text) == [(short, long)]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("la Secretaria de Planejamento e Assuntos Econômicos (SEPLAN)", "SEPLAN",
         "Secretaria de Planejamento e Assuntos Econômicos"),
        ("la Federación Latinoamericana de Ciudades, Municipios y Asociaciones de Gobiernos"
         " Locales (FLACMA)", "FLACMA",
         "Federación Latinoamericana de Ciudades, Municipios y Asociaciones de Gobiernos Locales"),
        ("el apoyo de la Asociación Dominicana de Concejales (ASODORE)", "ASODORE",
         "Asociación Dominicana de Concejales"),
        ("su División de Instituciones Públicas y Gobierno Digital (DPIDG)", "DPIDG",
         "División de Instituciones Públicas y Gobierno Digital"),
        ("el Departamento de Asuntos Económicos y Sociales de las Naciones Unidas (UN DESA)",
         "UN DESA", "Departamento de Asuntos Económicos y Sociales de las Naciones Unidas"),
        ("la Red de Administración Pública de las Naciones Unidas (UNPAN)", "UNPAN",
         "Red de Administración Pública de las Naciones Unidas"),
    ],
)  # fmt: skip
def test_names_of_institutions_may_be_syllabic_cut_or_translated(
    text: str, short: str, long: str
) -> None:
    assert found(text) == [(short, long)]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("herramientas de Capacitación de Capacitadores (ToT por sus siglas en inglés)", "ToT",
         "Capacitación de Capacitadores"),
        ("la formación de formadores (por sus siglas en inglés, ToT)", "ToT",
         "formación de formadores"),
        ("los informes locales voluntarios (VLR, por sus siglas en inglés)", "VLR",
         "informes locales voluntarios"),
        ("CEPA. Comité de Expertos en Administración Pública, por sus siglas en inglés.", "CEPA",
         "Comité de Expertos en Administración Pública"),
        ("el Grupo Intergubernamental de Expertos sobre el Cambio Climático (IPCC, por sus siglas"
         " en inglés)", "IPCC",
         "Grupo Intergubernamental de Expertos sobre el Cambio Climático"),
        ("revisões locais voluntárias (VLR, na sigla em inglês)", "VLR",
         "revisões locais voluntárias"),
        ("les examens locaux volontaires (VLR, d'après son sigle anglais)", "VLR",
         "examens locaux volontaires"),
    ],
)  # fmt: skip
def test_letters_of_another_language_need_the_text_to_say_so(
    text: str, short: str, long: str
) -> None:
    assert found(text) == [(short, long)]


@pytest.mark.parametrize(
    "text",
    [
        "la formación de formadores (ToT)",
        "el municipio de Santa Rosa (RD)",
        "la meta del plan (ODS 16)",
        "en la Ley de Transparencia (Anexo A)",
        "la resolución (A/RES/60/34)",
        "el Banco Mundial (BID)",
        "Provincias -> Municipios (PM)",
        "Encuesta Nacional de Ingresos y Gastos de los Hogares (INEGI)",
        "archivos de datos (PDF)",
        "Parceria para Governo Aberto (OGP)",
        "la capital (LC)",
        "",
        "(ODS)",
    ],
)
def test_brackets_whose_letters_do_not_agree_define_nothing(text: str) -> None:
    assert found(text) == []


def test_an_apposition_is_not_part_of_the_name() -> None:
    text = "in the United Nations, the Department of Economic and Social Affairs (UN DESA)"
    assert found(text) == []


def test_what_could_be_spelled_in_very_many_ways_is_decided_at_once() -> None:
    assert found(f"Da {'de ' * 60}Do (DDDDDDDDDD)") == []


def test_a_definition_counts_once_in_each_text() -> None:
    twice = "Plan Anual de Compras (PAC). Plan Anual de Compras (PAC)."
    assert learn([twice, "el Plan Anual\nde Compras (PAC)", "nada"]) == {
        Definition("PAC", "Plan Anual de Compras"): 2
    }


def test_a_word_is_common_when_it_is_written_small_more_often_outside_addresses() -> None:
    texts = ["La RED es una red; otra red.", "ODS en www.un.org/ods y ods@un.org, ods"]
    assert common_words(texts, ["RED", "ODS", "IA"]) == {"RED"}
