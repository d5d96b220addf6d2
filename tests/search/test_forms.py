"""The wording of a question to what it asks for, and what a text that answers it must hold."""

from itertools import chain

import pytest

from search.text.analysis import analyse
from search.text.question_types import (
    KINDS,
    NAMES_PERSON,
    WORDS,
    QuestionType,
    question_type,
    shapes,
    shows,
    signs_of,
    sought_shapes,
    subject_of,
)
from search.text.vocabulary import fold

ASKED = {
    QuestionType.EMAIL: """
        ¿cuál es el correo de Adriana Alberti?
        correo electronico de la cumbre
        mail de contacto
        email of Adriana Alberti
        qual é o e-mail da oficina?
        quel est le courriel du secrétariat ?
    """,
    QuestionType.PHONE: """
        telefono de la cumbre
        ¿a qué teléfono llamo?
        celular de Eduardo Delgado
        número de móvil del facilitador
        phone number of the organisers
    """,
    QuestionType.CONTACT: """
        ¿con quién me contacto?
        datos de contacto de FLACMA
        ¿cómo me comunico con los organizadores?
        ¿a quién escribo para inscribirme?
        how can I contact FLACMA?
        ¿a quién contacto para inscribirme?
        ¿cuál es el contacto de prensa?
        ¿qué contactos publicó la red?
        contacto de la cumbre
        ¿cómo me pongo en contacto con la red?
        who should I contact?
        contact details of the organisers
        como entro em contato com a rede?
        dados de contato da oficina
        qui contacter pour l'atelier ?
        quelles sont les coordonnées de la coordinatrice ?
    """,
    QuestionType.DURATION: """
        ¿cuánto dura la actividad grupal?
        cuanto tiempo dura el taller
        ¿cuántas horas dura la formación?
        duracion del modulo
        how long does the group activity last?
        quanto tempo dura a oficina?
        combien de temps dure l'atelier ?
        durée de l'atelier
    """,
    QuestionType.HOUR: """
        ¿a qué hora es el tema 2?
        a que hora empieza
        horario del taller
        what time is theme 2?
        a que horas começa a oficina?
        à quelle heure commence l'atelier ?
    """,
    QuestionType.PROGRAMME: """
        cumbre: ¿qué hay el sábado?
        que toca despues del almuerzo
        ¿qué sesiones hay el viernes?
        programa del jueves
        agenda para el 31
        agenda del 2 de noviembre
        what is on Saturday?
        o que há no dia 12 de março?
        o que acontece na sexta-feira?
        programação da quinta-feira
        que se passe-t-il le 3 février ?
        qu'est-ce qu'il y a mardi ?
        programme du mercredi
    """,
    QuestionType.DATE: """
        ¿cuándo es el taller?
        fecha de la cumbre
        en que año se adopto la agenda 2030
        ¿qué días es la cumbre?
        when is the workshop?
        what year was it adopted?
        quando é a oficina?
        em que ano foi a cúpula?
        quand a lieu l'atelier ?
        en quelle année
    """,
    QuestionType.PLACE: """
        ¿dónde es el taller?
        sede de la cumbre
        en que ciudad se hace
        adonde hay que ir
        where is the workshop?
        onde será a oficina?
        où est l'atelier ?
    """,
    QuestionType.AUDIENCE: """
        ¿a quién va dirigido el taller?
        a quien se dirige el modulo
        publico objetivo del modulo
        who is the workshop for?
        a quem se destina o módulo?
        quel est le public cible ?
    """,
    QuestionType.ORGANISER: """
        ¿quién organiza el taller?
        quienes coorganizaron la cumbre
        who organised the workshop?
    """,
    QuestionType.PERSON: """
        ¿quién dirige la DPIDG?
        cargo de Sergio Arredondo
        who heads DPIDG?
        position of Sergio Arredondo
        quem dirige a DPIDG?
        qui dirige la DPIDG ?
    """,
    QuestionType.COUNT: """
        ¿cuántos principios adoptó el CEPA?
        que porcentaje de mujeres hubo
        número de participantes
        how many principles did CEPA adopt?
        ¿cuántos puntos de contacto tiene la red?
        how many contact points are there?
        quantos pontos de contato há?
        combien de points de contact ?
        quantos princípios são?
        combien de principes ?
    """,
    QuestionType.LIST: """
        ¿cuáles son los once principios?
        cuales fueron los acuerdos
        que tipos de mapas hay
        subtemas del tema 3
        what are the eleven principles?
        quais são os princípios?
        quels sont les principes ?
    """,
    QuestionType.DEFINITION: """
        ¿qué es la gobernanza?
        que significa ToT
        definición de subsidiariedad
        q es un cabildo
        ¿a qué se llama brecha digital?
        what is governance?
        o que é governança?
        qu'est-ce que la gouvernance ?
    """,
    QuestionType.OTHER: """
        hoja de ruta
        resolución 60/34
        changing mindsets
        ¿por qué cambiar la mentalidad?
        cómo facilitar un taller
        punto focal de contacto
        contacto con la ciudadanía
        contact with citizens
        contato com os cidadãos
        le contact avec les citoyens
        ¿por qué importa el contacto directo?
    """,
}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


QUESTIONS = [(text, form) for form, texts in ASKED.items() for text in lines(texts)]


@pytest.mark.parametrize(("text", "form"), QUESTIONS)
def test_the_wording_says_what_a_question_asks_for(text: str, form: QuestionType) -> None:
    assert question_type(text) == form


@pytest.mark.parametrize(("text", "form"), QUESTIONS)
def test_neither_case_nor_missing_accents_change_what_is_asked_for(
    text: str, form: QuestionType
) -> None:
    plain = text.translate(str.maketrans("áéíóúàèùêãç", "aeiouaeueac"))
    assert (question_type(text.upper()), question_type(plain)) == (form, form)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("¿cuántos minutos dura el tema 2?", QuestionType.DURATION),
        ("¿a qué correo o teléfono escribo?", QuestionType.PHONE),
        ("¿a quién escribo un correo?", QuestionType.EMAIL),
        ("¿a qué hora se hace y dónde?", QuestionType.HOUR),
        ("¿quién organiza y cuántos son?", QuestionType.ORGANISER),
        ("¿qué es y cuántas metas tiene?", QuestionType.COUNT),
    ],
)
def test_the_narrower_form_wins_when_a_question_has_two(text: str, form: QuestionType) -> None:
    assert question_type(text) == form


def test_a_form_without_wording_is_other() -> None:
    assert [question_type(text) for text in ("", "   ", "¿?", "\n")] == [QuestionType.OTHER] * 4
    assert set(ASKED) == set(QuestionType)


SHOWN = {
    QuestionType.EMAIL: ("escriba a red@costanorte.example", "arroba: red en costanorte"),
    QuestionType.PHONE: ("+52 (55) 3198.8965", "el 31 de octubre de 2024"),
    QuestionType.CONTACT: ("Tel. 5531988965", "el 2 de noviembre"),
    QuestionType.DURATION: ("hora y media: una hora y 30 minutos", "termina a mediodía"),
    QuestionType.HOUR: ("11:20–11:55", "por la mañana"),
    QuestionType.DATE: ("el 17 de marzo", "en primavera"),
    QuestionType.PLACE: ("en la Casa de la Cultura", "en línea"),
    QuestionType.PERSON: ("Juwang Zhu dirige la división", "la división se reúne"),
    QuestionType.COUNT: ("asistieron veinte personas", "asistieron muchas personas"),
    QuestionType.LIST: ("agua limpia, salud pública, escuela rural, transporte", "agua limpia"),
    QuestionType.DEFINITION: ("por CEPA se entiende un comité", "los comités asesoran"),
}


@pytest.mark.parametrize(("form", "texts"), SHOWN.items())
def test_a_text_shows_whether_it_holds_what_is_looked_for(
    form: QuestionType, texts: tuple[str, str]
) -> None:
    answering, other = texts
    assert shows(form, answering, 0, len(answering))
    assert not shows(form, other, 0, len(other))


@pytest.mark.parametrize(
    "form",
    [QuestionType.PROGRAMME, QuestionType.AUDIENCE, QuestionType.ORGANISER, QuestionType.OTHER],
)
def test_some_forms_have_nothing_that_shows(form: QuestionType) -> None:
    text = "El 2 de noviembre, 10:00: Juwang Zhu, red@costanorte.example"
    assert not shows(form, text, 0, len(text))


def test_only_the_stretch_is_looked_at() -> None:
    text = "Escriba a red@costanorte.example. Gracias."
    assert shows(QuestionType.EMAIL, text, 0, text.index(". "))
    assert not shows(QuestionType.EMAIL, text, text.index(". "), len(text))


def test_a_form_of_address_names_somebody() -> None:
    text = "Preside la Sra. Alberti. Habla Juwang Zhu."
    assert signs_of(text, 0, text.index(" Habla")) & NAMES_PERSON
    assert not signs_of(text, text.index("Habla"), len(text)) & NAMES_PERSON


def test_the_shapes_of_a_text_are_its_kinds_of_address() -> None:
    assert shapes("cumbre@flacma.lat, +52 (55) 3198.8965") == ("§email", "§phone")
    assert shapes("cumbre@flacma.lat") == ("§email",)
    assert shapes("+52 (55) 3198.8965") == ("§phone",)
    assert shapes("10:30–10:40, resolución 60/34, ODS 16") == ()


def test_only_questions_for_an_address_look_for_shapes() -> None:
    sought = {form: sought_shapes(form) for form in QuestionType}
    assert {form: words for form, words in sought.items() if words} == {
        QuestionType.EMAIL: ("§email",),
        QuestionType.PHONE: ("§phone",),
        QuestionType.CONTACT: ("§email", "§phone"),
    }


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("¿cuál es el correo electrónico de Adriana Alberti?", ["adriana", "alberti"]),
        ("cuánto dura la actividad grupal", ["actividad", "grupal"]),
        ("¿dónde se realizará el taller de Punta Cana?", ["taller", "punta", "cana"]),
        ("¿qué significa subsidiariedad?", ["subsidiariedad"]),
        ("hoja de ruta", ["hoja", "ruta"]),
    ],
)
def test_the_subject_is_what_the_form_does_not_own(text: str, subject: list[str]) -> None:
    words = [token for token in analyse(text) if token.informative]
    assert [token.surface for token in subject_of(words, question_type(text))] == subject


def test_a_question_of_nothing_but_its_form_is_its_own_subject() -> None:
    words = [token for token in analyse("¿horario y duración?") if token.informative]
    assert [token.surface for token in subject_of(words, QuestionType.HOUR)] == [
        "horario",
        "duracion",
    ]
    assert subject_of((), QuestionType.HOUR) == ()


def test_the_words_of_a_form_are_folded_or_they_would_never_match() -> None:
    words = set(chain.from_iterable(WORDS.values()))
    assert {word for word in words if fold(word) != word} == set()


def test_every_form_with_a_kind_of_its_own_shows_itself() -> None:
    assert set(KINDS) <= set(SHOWN)
    assert {form: kind for form, kind in KINDS.items() if kind != form} == {
        QuestionType.EMAIL: "contact",
        QuestionType.PHONE: "contact",
    }
