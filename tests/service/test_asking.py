"""What a question asks for decides how it is answered, in four languages, at every door."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from command_line import acervo
from starlette.testclient import TestClient

from search.embedding.encoder import open_embedder
from search.results import Answer, Query
from search.searcher import Searcher, open_searcher
from search.text import question_types
from service.labels import ANSWER_KINDS
from service.settings import Settings
from service.web.app import create_app

COLLECTION: Mapping[str, str] = {
    "atencion.md": """# Red de atención de Río Manso

## Puntos de contacto

La red tiene siete puntos de contacto, uno en cada barrio, que abren por la mañana.

El punto focal de contacto es la persona que en cada oficina reúne las quejas y las remite a la
alcaldía.

## Trato con la gente

El contacto con la ciudadanía mejora cuando los funcionarios escuchan antes de responder.

## Escríbanos

Coordinadora de Río Manso: Elena Paredes, elena.paredes@riomanso.example, +598 2 555 01 23.

## Servicios

Los servicios de la red son estos: orientación jurídica, registro de quejas, mediación entre
vecinos, traducción de trámites y acompañamiento a personas mayores.
""",
    "taller.md": """# Taller de presupuesto participativo de Bahía Clara

| | |
|---|---|
| Lugar | Casa de la Cultura de Bahía Clara |
| Fecha | 14 de mayo de 2026 |
| Público | Concejalas y concejales |

## Quién enseña

Rosa Almeida, directora de la Escuela de Gobierno Local, enseña la primera parte.

## Programa

| Hora | Actividad |
|---|---|
| 9:00–9:30 | Bienvenida |
| 9:30–10:30 | Mapa de los barrios |
""",
    "oficina.md": """# Oficina de orçamento participativo de Vila Serena

| | |
|---|---|
| Local | Casa da Cultura de Vila Serena |
| Data | 12 de março de 2026 |

## Programação

### Quinta-feira, 12 de março

| Hora | Atividade |
|---|---|
| 9:00–9:30 | Abertura |
| 9:30–10:30 | Mapa dos bairros |

### Sexta-feira, 13 de março

| Hora | Atividade |
|---|---|
| 9:00–10:00 | Visita à feira |
""",
    "atelier.md": """# Atelier du budget participatif de Valclair

| | |
|---|---|
| Lieu | Maison de la culture de Valclair |
| Date | 3 février 2026 |

## Programme

### Mardi 3 février

| Heure | Activité |
|---|---|
| 9:00–9:30 | Ouverture |
| 9:30–10:30 | Carte des quartiers |

### Mercredi 4 février

| Heure | Activité |
|---|---|
| 9:00–10:00 | Visite du marché |
""",
    "network.md": """# Northfield service network

## Contact points

The network has nine contact points, one in each district, which open in the morning.

## Talking to people

Contact with citizens improves when officials listen before they answer.

## Write to us

Coordinator: Alice Morton, alice.morton@northfield.example, +44 20 5550 0123.
""",
    "rede.md": """# Rede de atendimento de Vila Serena

## Pontos de contato

A rede tem cinco pontos de contato, um em cada bairro, que abrem de manhã.

## Trato com as pessoas

O contato com os cidadãos melhora quando os funcionários escutam antes de responder.

## Escreva para nós

Coordenadora: Marta Nogueira, marta.nogueira@vilaserena.example, +55 11 5550 0123.
""",
    "reseau.md": """# Réseau d'accueil de Valclair

## Points de contact

Le réseau compte huit points de contact, un dans chaque quartier, ouverts le matin.

## Parler avec les gens

Le contact avec les citoyens s'améliore quand les agents écoutent avant de répondre.

## Écrivez-nous

Coordinatrice : Claire Dubois, claire.dubois@valclair.example, +33 1 55 50 01 23.
""",
}


@pytest.fixture(scope="module")
def index(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, ingested as users do."""
    folder = tmp_path_factory.mktemp("preguntar")
    (folder / "fuentes").mkdir()
    for name, text in COLLECTION.items():
        (folder / "fuentes" / name).write_text(text, "utf-8")
    done = acervo("ingest", folder / "fuentes", "--index", folder / "i", "--model", model_folder)
    assert done.status == 0
    return folder / "i"


@pytest.fixture(scope="module")
def searcher(index: Path, model_folder: Path) -> Iterator[Searcher]:
    opened = open_searcher(index, open_embedder(str(model_folder)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(searcher: Searcher, index: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(index=index), searcher)) as opened:
        yield opened


def ask(searcher: Searcher, text: str) -> Answer:
    return searcher.search(Query(text)).answer


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("¿cuántos puntos de contacto tiene la red?", "count", "siete puntos"),
        ("¿qué es el punto focal de contacto?", "definition", "reúne las quejas"),
        ("¿cómo mejora el contacto con la ciudadanía?", "quote", "escuchan antes de responder"),
        ("contacto con la ciudadanía", "quote", "escuchan antes de responder"),
        ("how many contact points does the Northfield network have?", "count", "nine contact"),
        ("how does contact with citizens improve?", "quote", "listen before they answer"),
        ("quantos pontos de contato tem a rede de Vila Serena?", "count", "cinco pontos"),
        ("como melhora o contato com os cidadãos?", "quote", "escutam antes de responder"),
        ("combien de points de contact compte le réseau de Valclair ?", "count", "huit points"),
        ("comment s'améliore le contact avec les citoyens ?", "quote", "écoutent avant de"),
    ],
)
def test_to_speak_of_contact_is_not_to_ask_for_an_address(
    searcher: Searcher, text: str, kind: str, said: str
) -> None:
    """Every question that said «contacto» was once refused unless an address answered it."""
    answer = ask(searcher, text)
    assert (answer.status, answer.kind) == ("found", kind)
    assert any(said in citation.quote for citation in answer.citations)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("¿cómo contacto a la coordinadora de Río Manso?", "elena.paredes@riomanso.example"),
        ("datos de contacto de Río Manso", "elena.paredes@riomanso.example"),
        ("¿a quién contacto en Río Manso?", "elena.paredes@riomanso.example"),
        ("correo de Elena Paredes", "elena.paredes@riomanso.example"),
        ("teléfono de Elena Paredes", "+598 2 555 01 23"),
        ("how can I contact the coordinator of Northfield?", "alice.morton@northfield.example"),
        ("contact details of Alice Morton", "alice.morton@northfield.example"),
        ("como entro em contato com a coordenadora?", "marta.nogueira@vilaserena.example"),
        ("dados de contato de Vila Serena", "marta.nogueira@vilaserena.example"),
        ("comment contacter la coordinatrice de Valclair ?", "claire.dubois@valclair.example"),
        ("quelles sont les coordonnées de Claire Dubois ?", "claire.dubois@valclair.example"),
    ],
)
def test_a_question_for_a_contact_is_answered_by_an_address(
    searcher: Searcher, text: str, address: str
) -> None:
    answer = ask(searcher, text)
    assert (answer.status, answer.kind) == ("found", "contact")
    assert address in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "¿cómo contacto a Tomás Iriarte?",
        "how can I contact Tomás Iriarte?",
        "dados de contato de Tomás Iriarte",
        "comment contacter Tomás Iriarte ?",
    ],
)
def test_the_address_of_somebody_else_is_no_contact(searcher: Searcher, text: str) -> None:
    answer = ask(searcher, text)
    assert (answer.status, answer.citations) == ("not_found", ())


KINDS = {
    "quote": ("contacto con la ciudadanía", ("Respuesta", "Answer", "Resposta", "Réponse")),
    "schedule": (
        "¿a qué hora es el mapa de los barrios?",
        ("Horario", "Time", "Horário", "Horaire"),
    ),
    "contact": ("correo de Elena Paredes", ("Contacto", "Contact", "Contato", "Contact")),
    "definition": (
        "¿qué es el punto focal de contacto?",
        ("Definición", "Definition", "Definição", "Définition"),
    ),
    "count": (
        "¿cuántos puntos de contacto tiene la red?",
        ("Cantidad", "Number", "Quantidade", "Nombre"),
    ),
    "list": ("¿cuáles son los servicios de la red?", ("Lista", "List", "Lista", "Liste")),
    "place": ("¿dónde es el taller de Bahía Clara?", ("Lugar", "Place", "Local", "Lieu")),
    "date": ("¿cuándo es el taller de Bahía Clara?", ("Fecha", "Date", "Data", "Date")),
    "person": ("¿qué cargo tiene Rosa Almeida?", ("Persona", "Person", "Pessoa", "Personne")),
}
"""A question that is answered so, and what stands above its answer in each language."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_stands_under_its_own_heading(client: TestClient, kind: str) -> None:
    """Lists were once called quantities, and places and persons plain answers."""
    text, headings = KINDS[kind]
    answer = client.get("/api/v1/search", params={"q": text}).json()["answer"]
    assert (answer["status"], answer["kind"]) == ("found", kind)
    for prefix, heading in zip(("", "/en", "/pt", "/fr"), headings, strict=True):
        page = client.get(f"{prefix}/buscar", params={"q": text}).text
        assert f'<h2 id="respuesta">{heading}</h2>' in page


def test_no_kind_of_answer_is_without_a_heading_and_no_heading_without_its_kind() -> None:
    assert (
        set(KINDS)
        == {"quote", *ANSWER_KINDS}
        == {"quote", "schedule", *question_types.KINDS.values()}
    )


def test_who_is_asked_for_and_not_named_is_a_plain_quote(searcher: Searcher) -> None:
    answer = ask(searcher, "¿quién reúne las quejas de cada oficina?")
    assert (answer.status, answer.kind) == ("found", "quote")
    assert "reúne las quejas" in answer.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("o que há no dia 12 de março?", ("9:00", "Abertura", "Mapa dos bairros")),
        ("o que há no dia 13 de marco?", ("9:00", "Visita à feira")),
        ("o que acontece na sexta-feira na oficina de Vila Serena?", ("Visita à feira",)),
        ("¿qué hay el 12 de marzo?", ("Abertura", "Mapa dos bairros")),
        ("que se passe-t-il le 3 février ?", ("Ouverture", "Carte des quartiers")),
        ("qu'est-ce qu'il y a le 4 fevrier ?", ("Visite du marché",)),
        ("what is on 4 February?", ("9:00", "60 minutos")),
        ("programme du mercredi à Valclair", ("9:00", "60 minutos")),
    ],
)
def test_a_day_is_met_in_whatever_language_it_is_asked_for(
    searcher: Searcher, text: str, said: tuple[str, ...]
) -> None:
    """«Março» and the French months were once met in no question and in no document."""
    answer = ask(searcher, text)
    assert (answer.status, answer.kind) == ("found", "schedule")
    assert [word for word in said if word not in answer.text] == []
    assert {citation.document_id for citation in answer.citations} <= {"oficina-md", "atelier-md"}


@pytest.mark.parametrize(
    ("id", "date"),
    [("taller-md", "2026-05-14"), ("oficina-md", "2026-03-12"), ("atelier-md", "2026-02-03")],
)
def test_a_date_is_read_in_a_document_of_any_language(
    searcher: Searcher, id: str, date: str
) -> None:
    found = searcher.document(id)
    assert found is not None
    assert found.date == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("quando é a oficina de Vila Serena?", "12 de março de 2026"),
        ("quand a lieu l'atelier de Valclair ?", "3 février 2026"),
    ],
)
def test_a_date_is_told_in_the_words_of_its_document(
    searcher: Searcher, text: str, date: str
) -> None:
    answer = ask(searcher, text)
    assert answer.status == "found"
    assert date in answer.citations[0].quote
