"""Describes search as JSON: what may be asked, and the results that the API and `--json` give.

The names and types of all fields are a contract with other programs: add fields, never change any.
At the end: the searches that are offered instead when there is no answer (`alternative_searches`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from search.engine import FILTERS
from search.errors import QueryError
from search.query import plain_text
from search.results import ABOVE, Hit, IndexInfo, Match, Message, Query, Result
from search.text.analysis import analyse
from search.verify import MOST_MATCHES
from service.i18n import _, ngettext
from service.labels import (
    counted,
    document_type_label,
    facet_label,
    language_name,
    original_label,
    pinned_label,
    share_label,
)
from service.links import document_url, localised, search_url
from service.web.document_schemas import FromObject, Rounded, VersionModel

Original = Annotated[
    str | None,
    Field(description="«Original en inglés»; nulo si está en el idioma de la consulta"),
]


class CitationModel(BaseModel):
    """A quote that stands, byte for byte, in the stored text of its page."""

    document_id: str
    passage_id: str
    title: str
    file: str
    language: str
    original: Original
    page: int | None
    quote: str
    start: int = Field(description="Desplazamiento en el texto de la página, en puntos de código")
    end: int
    url: str


class AnswerModel(BaseModel):
    """Either `found`, made by code from its citations, or `not_found`."""

    status: str
    kind: str
    text: str
    citations: list[CitationModel]
    notices: list[str]
    confidence: Rounded
    subject: str = Field(description="Sin respuesta: de qué trata el material más cercano")


class SenseModel(BaseModel):
    """Another meaning of an acronym in the question, and the question that asks for that one."""

    acronym: str
    meaning: str
    query: str
    url: str


class BroaderModel(BaseModel):
    """A way on from a search without an answer: `filters`, `words`, `language` or `documents`."""

    kind: str
    text: str
    url: str


class OdsModel(FromObject):
    """A goal that a passage speaks of, with the words that say so."""

    goal: int
    target: str | None = Field(description="La meta, si se nombra: «16.6»")
    evidence: list[str] = Field(description="Las palabras del pasaje que lo dicen, literales")


class WhyModel(FromObject):
    """What made a hit rank where it does; comparable within one result only."""

    lexical: float
    dense: float
    late: float


class ShareModel(FromObject):
    """What one kind of evidence adds to the score: `contribution` = `weight` × `standardised`."""

    name: str
    label: Annotated[str, Field(validation_alias="name"), AfterValidator(share_label)]
    raw: Rounded
    standardised: Rounded = Field(
        description="`raw` tipificado entre los candidatos de la consulta"
    )
    weight: Rounded
    contribution: Rounded


class WordModel(BaseModel):
    """A word of the question that the passage holds, with its weight in BM25."""

    word: str
    weight: Rounded


class AlignedModel(FromObject):
    """A word of the question and the word of the passage that comes nearest to it."""

    asked: str
    # The one value that is ours and not a word of the passage: it stands in its title.
    met: Annotated[str, AfterValidator(lambda met: _(ABOVE) if met == ABOVE else met)]
    similarity: Rounded
    weight: Rounded = Field(description="Peso de la palabra pedida; entre todas suman uno")


class ExplanationModel(BaseModel):
    """Why a hit ranks where it does."""

    shares: list[ShareModel]
    words: list[WordModel]
    aligned: list[AlignedModel]


class HitModel(BaseModel):
    """A passage that answers the query; `marks` are code point ranges of `text`."""

    rank: int
    score: Rounded  # comparable within one result only, so more digits say nothing
    passage_id: str
    document_id: str
    title: str
    file: str
    document_type: str
    document_type_label: str
    module: str | None
    language: str
    original: Original
    section: list[str]
    page: int | None
    text: str
    marks: list[tuple[int, int]]
    ods: list[OdsModel] = Field(description="Los ODS y las metas que el pasaje nombra")
    more: int = Field(description="Otros pasajes de este documento que no se muestran")
    versions: list[VersionModel] = Field(description="Otros archivos del mismo documento")
    why: WhyModel
    explanation: ExplanationModel | None = Field(description="Solo si se pide con «explain=1»")
    pinned: bool = Field(description="Va primero porque lo decide el equipo editorial")
    pinned_label: str | None = Field(description="Cómo decirlo a quien busca; nulo si no lo es")
    url: str


def hit_model(hit: Hit, language: str) -> HitModel:
    """A hit for a question in a language, with its document's words and its address."""
    document, passage, why = hit.document, hit.passage, hit.explanation
    return HitModel.model_validate(
        {
            "rank": hit.rank,
            "score": hit.score,
            "passage_id": passage.id,
            "document_id": document.id,
            "title": document.title,
            "file": document.file,
            "document_type": document.document_type,
            "document_type_label": document_type_label(document.document_type),
            "module": document.module,
            # Of the passage, not of the document: a Spanish guide may quote an English annex.
            "language": passage.language,
            "original": original_label(passage.language, language),
            "section": passage.section,
            "page": hit.page,
            "text": passage.text,
            "marks": hit.marks,
            "ods": hit.tags,
            "more": hit.more,
            "versions": hit.versions,
            "why": hit.why,
            "explanation": why
            and {
                "shares": [
                    {**asdict(share), "contribution": share.weight * share.standardised}
                    for share in why.shares
                ],
                "words": [{"word": word, "weight": weight} for word, weight in why.words],
                "aligned": why.aligned,
            },
            "pinned": hit.pinned,
            "pinned_label": pinned_label() if hit.pinned else None,
            "url": document_url(document.id, hit.page, passage.id),
        }
    )


class QueryModel(BaseModel):
    """The query as it was understood."""

    text: str
    language: str
    corrected: str | None = Field(description="El texto que se buscó en su lugar, si se corrigió")
    expansions: list[str]
    filters: dict[str, list[str]]


class IndexModel(FromObject):
    """Which index answered."""

    generation: int
    documents: int
    passages: int
    model: str


class FacetModel(BaseModel):
    """A value to filter by and how many passages of the result carry it."""

    value: str
    label: str
    count: int


# Shown in the description of the API; a test checks that `SearchResponse` writes it exactly so.
SEARCH_EXAMPLE: JsonDict = json.loads("""{
    "query": {"text": "¿a qué hora es el Tema 2?", "language": "es", "corrected": null,
        "expansions": [], "filters": {}},
    "total": 1,
    "took_ms": 9.1,
    "index": {"generation": 7, "documents": 31, "passages": 2210,
        "model": "multilingual-e5-small/int8"},
    "answer": {"status": "found", "kind": "schedule", "text": "10:40–11:00 (20 minutos)",
        "citations": [{"document_id": "nota-conceptual", "passage_id": "3f2a",
            "title": "Nota conceptual y agenda", "file": "nota.pdf", "language": "es",
            "original": null, "page": 5, "quote": "10:40-11:00 (20 minutos)", "start": 120,
            "end": 144, "url": "/documentos/nota-conceptual?pagina=5#p-3f2a"}],
        "notices": [], "confidence": 0.93, "subject": ""},
    "hits": [{"rank": 1, "score": 0.83, "passage_id": "3f2a", "document_id": "nota-conceptual",
        "title": "Nota conceptual y agenda", "file": "nota.pdf", "document_type": "concept_note",
        "document_type_label": "Nota conceptual", "module": null, "language": "es",
        "original": null, "section": ["Agenda provisional"], "page": 5,
        "text": "10:40-11:00 (20 minutos) Tema 2: ¿Por qué cambiar la mentalidad?",
        "marks": [[25, 31]], "ods": [], "more": 0, "versions": [],
        "why": {"lexical": 0.71, "dense": 0.88, "late": 0.9}, "explanation": null,
        "pinned": false, "pinned_label": null,
        "url": "/documentos/nota-conceptual?pagina=5#p-3f2a"}],
    "facets": {"document_type": [{"value": "concept_note", "label": "Nota conceptual",
        "count": 1}]},
    "did_you_mean": null,
    "senses": [],
    "broaden": [],
    "qid": null
}""")


class SearchResponse(BaseModel):
    """Everything that one search gives."""

    model_config = ConfigDict(json_schema_extra={"examples": [SEARCH_EXAMPLE]})

    query: QueryModel
    total: int
    took_ms: float
    index: IndexModel
    answer: AnswerModel
    hits: list[HitModel]
    facets: dict[str, list[FacetModel]]
    did_you_mean: str | None = Field(description="Otra búsqueda, no hecha, que se quiso quizá")
    senses: list[SenseModel] = Field(description="Otros significados de las siglas de la consulta")
    broaden: list[BroaderModel] = Field(description="Sin respuesta: cómo ampliar la búsqueda")
    qid: str | None = Field(
        default=None, description="Para `/api/v1/events`: esta búsqueda y nada más, si se anota"
    )

    @classmethod
    def from_result(
        cls, result: Result, info: IndexInfo, qid: str | None = None
    ) -> "SearchResponse":
        """The contract's object; the same for HTTP, pages and the command line."""
        answer, language = result.answer, result.language
        # Of the result, not of the request: the question may hold filters as well («año:2018»).
        filters = result.query.filters
        return cls.model_validate(
            {
                "query": {
                    "text": result.query.text,
                    "language": language,
                    "corrected": result.corrected,
                    "expansions": result.expansions,
                    "filters": filters,
                },
                "total": result.total,
                "took_ms": round(result.took_ms, 1),  # without its wait for a thread
                "index": info,
                "answer": {
                    **asdict(answer),
                    "citations": [
                        {
                            **asdict(citation),
                            "original": original_label(citation.language, language),
                            "url": document_url(
                                citation.document_id, citation.page, citation.passage_id
                            ),
                        }
                        for citation in answer.citations
                    ],
                    "notices": [
                        _(notice.form).format(**notice.values)
                        if isinstance(notice, Message)
                        else notice
                        for notice in answer.notices
                    ],
                },
                "hits": [hit_model(hit, language) for hit in result.hits],
                "facets": {
                    name: [
                        {**asdict(value), "label": facet_label(name, value.value)}
                        for value in values
                    ]
                    for name, values in result.facets.items()
                },
                "did_you_mean": result.did_you_mean,
                "senses": [
                    {**asdict(sense), "url": search_url(sense.query, filters)}
                    for sense in result.senses
                ],
                "broaden": alternative_searches(result),
                "qid": qid,
            }
        )


class SuggestionModel(BaseModel):
    """A completion while typing."""

    text: str
    kind: str
    document_id: str | None
    page: int | None
    url: str | None


class SuggestResponse(BaseModel):
    """Completions of what has been typed so far."""

    query: str
    suggestions: list[SuggestionModel]


class MatchModel(FromObject):
    """Where a text stands literally in a stored page."""

    document_id: str
    file: str
    title: str
    page: int | None
    start: int
    end: int


class VerifyResponse(BaseModel):
    """Whether a text is literally in the collection."""

    found: bool
    matches: list[MatchModel]
    truncated: bool = Field(
        default=False, description="Solo está, y es verdadero, si puede haber más lugares"
    )

    @classmethod
    def from_matches(cls, matches: Sequence[Match]) -> "VerifyResponse":
        """The contract's object; the same for HTTP and the command line."""
        # Exactly as many may still be all there are.
        truncated = len(matches) >= MOST_MATCHES
        return cls.model_validate(
            {"found": bool(matches), "matches": matches, "truncated": truncated}
        )


class StatusModel(BaseModel):
    """Whether the service can answer."""

    status: str


class ReadyModel(StatusModel):
    """Which index and model are open."""

    index: IndexModel


LONGEST_QUERY = 1_000  # characters
MOST_HITS = 50
MOST_ROWS = 100  # of an export: what a person can still read; more is a copy of the collection
LAST_PAGE = 100  # nobody reads that far; it bounds the work of one request


class SearchParameters(BaseModel):
    """What `/api/v1/search` accepts; anything else is refused by name."""

    model_config = ConfigDict(extra="forbid")

    # Without limits of length: `checked` has them, for pages and agents as well, and says in
    # Spanish what to do.
    q: str = Field(default="", description="Pregunta o palabras, hasta 1000 caracteres")
    k: int = Field(default=10, ge=1, le=MOST_HITS, description="Pasajes por página")
    page: int = Field(default=1, ge=1, le=LAST_PAGE, description="Página de resultados")
    document_type: list[str] = Field(default=[], description="Tipo de material")
    language: list[str] = Field(default=[], description="Idioma del pasaje: es, en, pt, fr…")
    toolkit: list[str] = Field(default=[], description="Guía del currículo")
    module: list[str] = Field(default=[], description="Módulo")
    year: list[str] = Field(default=[], description="Año del documento")
    audience: list[str] = Field(default=[], description="Público")
    ods: list[Annotated[int, Field(ge=1, le=17)]] = Field(
        default=[], description="ODS que el pasaje nombra: un número del 1 al 17"
    )
    event: list[str] = Field(default=[], description="Actividad de la que procede el documento")
    document: list[str] = Field(
        default=[],
        description="Identificador de un documento: busca dentro de él, sin límite de pasajes",
    )
    lang: Literal["es", "en", "pt", "fr"] = Field(
        default="es", description="Idioma de las etiquetas y de las direcciones"
    )
    literal: bool = Field(default=False, description="Busca tal como está escrito, sin corregir")
    explain: bool = Field(default=False, description="Explica el lugar de cada pasaje")
    canal: Literal["page", "widget", "api", "agent"] | None = Field(
        default=None, description="Desde dónde se pregunta; por omisión se supone"
    )

    def query(self) -> Query:
        """The query to search; raises `QueryError`."""
        chosen = {name: tuple(map(str, getattr(self, name))) for name in FILTERS}
        return checked(Query(self.q, self.k, self.page, chosen, self.literal, self.explain))


class ExportParameters(SearchParameters):
    """What `/api/v1/search/export` accepts: a search whose page holds all of its passages."""

    format: Literal["csv", "json"] = Field(default="csv", description="Formato del archivo")
    k: int = Field(default=MOST_ROWS, ge=1, le=MOST_ROWS, description="Pasajes que se quieren")


def checked(query: Query) -> Query:
    """The query without blanks around it or empty filters; raises `QueryError` when it is empty or
    overlong."""
    text = query.text.strip()
    if not text:
        raise QueryError(_("La consulta está vacía: escriba una pregunta o un tema."))
    if len(text) > LONGEST_QUERY:
        long = _("La consulta tiene {length} caracteres y el máximo es {most}: acórtela.")
        raise QueryError(long.format(length=len(text), most=LONGEST_QUERY))
    # «?language=» is what an empty field of a form sends: it chooses nothing.
    filters = {name: tuple(filter(None, values)) for name, values in query.filters.items()}
    chosen = {name: values for name, values in filters.items() if values}
    return replace(query, text=text, filters=chosen)


Filters = Mapping[str, Sequence[str]]

FEWEST_WORDS = 2  # the two most specific words of a question still say what it is about


def alternative_searches(result: Result) -> list[BroaderModel]:
    """What else one can ask when there is no answer, the least change first; nothing when there is
    one. The list of documents is always the last."""
    if result.answer.status == "found":
        return []
    filters = result.query.filters
    text = result.corrected or plain_text(result.query.text, filters)
    ways = []
    # A language alone is taken back further down, which says so.
    if set(filters) - {"language"}:
        ways.append(("filters", _("Buscar sin filtros"), search_url(text)))
    fewer = _fewer_words(text, result)
    if fewer:
        label = _("Buscar solo «{words}»").format(words=fewer)
        ways.append(("words", label, search_url(fewer, filters)))
    if filters.get("language"):
        others = {name: values for name, values in filters.items() if name != "language"}
        ways.append(("language", _("Buscar en todos los idiomas"), search_url(text, others)))
    else:
        for value in result.facets.get("language", ()):
            if value.value != result.language:
                passages = counted(value.count, "pasaje", "pasajes")
                label = _("Ver lo que hay en {language} ({passages})")
                label = label.format(language=language_name(value.value), passages=passages)
                there = {**filters, "language": (value.value,)}
                ways.append(("language", label, search_url(text, there)))
    ways.append(("documents", _("Ver la lista de documentos"), localised("/documentos")))
    return [BroaderModel(kind=kind, text=label, url=url) for kind, label, url in ways]


def _fewer_words(text: str, result: Result) -> str:
    """The words of the question that the nearest passages hold, or the most specific of them."""
    # Words in quotes and words left out are conditions: without them it is another question.
    if any(sign in f" {text}" for sign in ('"', "«", "“", " -")):
        return ""
    # Each stem once, where it stands first; reversed, since of equal keys the last value stays.
    words = list({t.stem: t for t in reversed(analyse(text)) if t.informative}.values())[::-1]
    stems_by_hit = [{token.stem for token in analyse(hit.passage.text)} for hit in result.hits]
    spread = {word.stem: sum(word.stem in stems for stems in stems_by_hit) for word in words}
    kept = [word for word in words if spread[word.stem]]
    # Every word stands in some passage, only not together: fewer of them may stand together. Those
    # that few passages hold are the specific ones, and among equals the long ones.
    if len(kept) == len(words):
        most = min(FEWEST_WORDS, len(words) - 1)
        specific = sorted(kept, key=lambda word: (spread[word.stem], word.start - word.end))[:most]
        kept = sorted(specific, key=lambda word: word.start)
    return " ".join(text[word.start : word.end] for word in kept)


def searched(documents: int, filters: Filters) -> str:
    """«Busqué en 31 documentos, con Idioma: Inglés»: what a search without an answer saw."""
    counts = counted(documents, "documento", "documentos")
    where = _("Busqué en {documents}").format(documents=counts)
    chosen = [facet_label(name, value) for name, values in filters.items() for value in values]
    if not chosen:
        return where
    limits = ngettext(
        "{where}, solo con este filtro: {filters}",
        "{where}, solo con estos filtros: {filters}",
        len(chosen),
    )
    return limits.format(where=where, filters=", ".join(chosen))
