"""Questions as other people would have typed them: every perturbation, and what it leaves alone."""

import pytest

from search.evaluation.judged import Judged, Relevant
from search.evaluation.perturb import PERTURBATIONS, other_number, typing_errors, versions
from search.synonyms import Synonyms

EQUIVALENTS = Synonyms.parse(
    [
        '[{"forms": ["ODS", "Objetivos de Desarrollo Sostenible", "SDG"], "approximate": false},'
        ' {"forms": ["taller", "capacitación"], "approximate": true}]'
    ]
)
ANSWER = (Relevant("d", "una cita", 3),)


def asked(
    text: str, id_: str = "q1", language: str = "es", english: str = "", answerable: bool = True
) -> Judged:
    relevant = ANSWER if answerable else ()
    return Judged(id_, text, "fact", "tune", relevant, language, english)


def perturbed(name: str, text: str, language: str = "es") -> str | None:
    return PERTURBATIONS[name](asked(text, language=language), EQUIVALENTS)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("accents", "¿qué diseñó la comisión?", "¿que diseno la comision?"),
        ("upper", "¿qué es el ODS 16?", "¿QUÉ ES EL ODS 16?"),
        ("marks", "¿qué es, en fin, un «plan de acción»?", "qué es en fin un plan de acción"),
        ("marks", "más de 16,000, según FLACMA", "más de 16,000 según FLACMA"),
        ("sms", "¿qué día abre para el público?", "q dia abre xa el publico"),
        ("sms", "¿por qué se mide también por zonas?", "pq se mide tmb x zonas"),
        ("acronym", "metas de los ODS", "metas de los Objetivos de Desarrollo Sostenible"),
        ("acronym", "los Objetivos de Desarrollo Sostenible", "los ODS"),
        ("acronym", "qué es SDG", "qué es Objetivos de Desarrollo Sostenible"),
        ("number", "duración de la sesión", "duración de las sesiones"),
        ("number", "horario del taller", "horario de los talleres"),
        ("number", "papel de los concejos", "papel del concejo"),
        ("clitic", "¿cómo medir la confianza local?", "la confianza local, ¿cómo medirla?"),
        ("clitic", "mejorar escuchando los barrios", "los barrios, mejorar escuchándolos"),
        ("clitic", "¿qué se puede hacer?", "¿qué puede hacerse?"),
        ("clitic", "cuándo debe publicarse", "cuándo se debe publicar"),
    ],
)
def test_a_perturbation_writes_the_question_otherwise(name: str, text: str, expected: str) -> None:
    assert perturbed(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("typo", "qué es el ODS"),
        ("typo", "FLACMA"),
        ("acronym", "un taller"),
        ("number", "crisis del lunes"),
        ("clitic", "qué puede hacer el municipio"),
        ("sms", "hoja nueva"),
        ("english", "hoja de ruta"),
    ],
)
def test_a_perturbation_says_when_it_does_not_apply(name: str, text: str) -> None:
    assert perturbed(name, text) is None


@pytest.mark.parametrize("name", ["number", "clitic", "sms"])
def test_what_is_spanish_only_leaves_other_languages_alone(name: str) -> None:
    assert perturbed(name, "o papel da sessão para medir la comissão que", "pt") is None


@pytest.mark.parametrize("name", [name for name in PERTURBATIONS if name not in ("english",)])
@pytest.mark.parametrize("id_", [f"q{n}" for n in range(20)])
def test_quotes_symbols_and_addresses_stay_as_they_are(name: str, id_: str) -> None:
    text = "qué dice «la sesión de los ODS» de A/RES/60/34, year:2018 y ana@un.org para la región"
    kept = ("la sesión de los ODS", "A/RES/60/34", "year:2018", "ana@un.org")
    other = PERTURBATIONS[name](asked(text, id_), EQUIVALENTS) or text
    assert [piece for piece in kept if piece not in other] == []


def test_the_english_question_is_the_one_that_the_judgement_brings() -> None:
    question = asked("hoja de ruta", english="roadmap")
    assert PERTURBATIONS["english"](question, EQUIVALENTS) == "roadmap"


def test_a_question_is_always_perturbed_the_same_way_but_not_all_alike() -> None:
    typos = [
        PERTURBATIONS["typo"](asked("principios de gobernanza", f"q{n}"), EQUIVALENTS)
        for n in (*range(40), *range(40))
    ]
    assert typos[:40] == typos[40:]
    assert len(set(typos)) > 20
    assert "principios de gobernanza" not in typos


def test_a_typo_is_one_slip_in_one_long_word() -> None:
    found = typing_errors("vecino", spelling=True)
    slips, drops, doubles, neighbours, sounds = found
    assert slips == ["vceino", "veicno", "vecnio", "vecion"]
    assert drops == ["vcino", "veino", "vecno", "vecio"]
    assert doubles == ["veecino", "veccino", "veciino", "vecinno"]
    assert neighbours[:3] == ["vwcino", "vrcino", "vexino"]
    assert sounds == ["becino", "vesino"]
    assert len(typing_errors("vecino", spelling=False)) == 4


def test_a_misspelt_name_keeps_its_capital() -> None:
    assert typing_errors("Hotel", spelling=True)[-1] == ["Otel"]
    assert typing_errors("Agenda", spelling=True)[-1] == ["Hagenda", "Ajenda"]


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("ciudad", "ciudades"),
        ("sesión", "sesiones"),
        ("taller", "talleres"),
        ("formador", "formadores"),
        ("voz", "voces"),
        ("padre", "padres"),
        ("municipio", "municipios"),
        ("lugar", "lugares"),
        ("local", "locales"),
    ],
)
def test_number_goes_both_ways(singular: str, plural: str) -> None:
    assert (other_number(singular), other_number(plural)) == (plural, singular)


@pytest.mark.parametrize("word", ["crisis", "campus", "interés", "jueves", "imágenes", "menos"])
def test_a_word_without_a_sure_rule_keeps_its_number(word: str) -> None:
    assert other_number(word) is None


def test_only_what_has_an_answer_is_perturbed_and_only_where_that_changes_it() -> None:
    questions = [
        asked("¿qué día abre?", "a"),
        asked("¿qué día cierra?", "b", answerable=False),
        asked("hoja nueva", "c"),
    ]
    made = versions(questions, ["accents", "marks"], EQUIVALENTS)
    assert [(version.question.id, version.name, version.text) for version in made] == [
        ("a", "original", "¿qué día abre?"),
        ("a", "accents", "¿que dia abre?"),
        ("a", "marks", "qué día abre"),
        ("b", "original", "¿qué día cierra?"),
        ("c", "original", "hoja nueva"),
    ]
