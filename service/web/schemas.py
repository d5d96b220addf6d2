"""Describes search as JSON: what may be asked, and the results that the API and `--json` give.

The names and types of all fields are a contract with other programs: add fields, never change any.
Each model is followed by the functions that fill it. At the end: the searches that are offered
instead when there is no answer (`alternative_searches`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from search.documents import Tag
from search.engine import FILTERS
from search.errors import QueryError
from search.query import plain_text
from search.results import (
    ABOVE,
    Answer,
    Citation,
    Explanation,
    FacetValue,
    Hit,
    IndexInfo,
    Match,
    Message,
    Query,
    Result,
    Sense,
    Share,
    Suggestion,
)
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
from service.web.document_schemas import VersionModel, version_model


class CitationModel(BaseModel):
    """A quote that stands, byte for byte, in the stored text of its page."""

    document_id: str
    passage_id: str
    title: str
    file: str
    language: str
    original: str | None = Field(
        description="«Original en inglés»; nulo si está en el idioma de la consulta"
    )
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
    confidence: float
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


def answer_model(answer: Answer, language: str) -> AnswerModel:
    """An answer to a question in a language, with the addresses of what it cites."""
    return AnswerModel(
        status=answer.status,
        kind=answer.kind,
        text=answer.text,
        citations=[citation_model(citation, language) for citation in answer.citations],
        notices=[translated_notice(notice) for notice in answer.notices],
        confidence=round(answer.confidence, 4),
        subject=answer.subject,
    )


def translated_notice(notice: str) -> str:
    """A notice in the language of the request."""
    return _(notice.form).format(**notice.values) if isinstance(notice, Message) else notice


def citation_model(citation: Citation, language: str) -> CitationModel:
    """A quote with the address of the passage it stands in."""
    return CitationModel(
        document_id=citation.document_id,
        passage_id=citation.passage_id,
        title=citation.title,
        file=citation.file,
        language=citation.language,
        original=original_label(citation.language, language),
        page=citation.page,
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        url=document_url(citation.document_id, citation.page, citation.passage_id),
    )


def sense_model(sense: Sense, filters: Mapping[str, Sequence[str]]) -> SenseModel:
    """A meaning with the address that asks for it, the filters kept."""
    return SenseModel(
        acronym=sense.acronym,
        meaning=sense.meaning,
        query=sense.query,
        url=search_url(sense.query, filters),
    )


class OdsModel(BaseModel):
    """A goal that a passage speaks of, with the words that say so."""

    goal: int
    target: str | None = Field(description="La meta, si se nombra: «16.6»")
    evidence: list[str] = Field(description="Las palabras del pasaje que lo dicen, literales")


class WhyModel(BaseModel):
    """What made a hit rank where it does; comparable within one result only."""

    lexical: float
    dense: float
    late: float


class ShareModel(BaseModel):
    """What one kind of evidence adds to the score: `contribution` = `weight` × `standardised`."""

    name: str
    label: str
    raw: float
    standardised: float = Field(description="`raw` tipificado entre los candidatos de la consulta")
    weight: float
    contribution: float


class WordModel(BaseModel):
    """A word of the question that the passage holds, with its weight in BM25."""

    word: str
    weight: float


class AlignedModel(BaseModel):
    """A word of the question and the word of the passage that comes nearest to it."""

    asked: str
    met: str
    similarity: float
    weight: float = Field(description="Peso de la palabra pedida; entre todas suman uno")


class ExplanationModel(BaseModel):
    """Why a hit ranks where it does."""

    shares: list[ShareModel]
    words: list[WordModel]
    aligned: list[AlignedModel]


class HitModel(BaseModel):
    """A passage that answers the query; `marks` are code point ranges of `text`."""

    rank: int
    score: float
    passage_id: str
    document_id: str
    title: str
    file: str
    document_type: str
    document_type_label: str
    module: str | None
    language: str
    original: str | None = Field(
        description="«Original en inglés»; nulo si está en el idioma de la consulta"
    )
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
    document, passage = hit.document, hit.passage
    return HitModel(
        rank=hit.rank,
        score=round(hit.score, 4),  # comparable within one result only, so more digits say nothing
        passage_id=passage.id,
        document_id=document.id,
        title=document.title,
        file=document.file,
        document_type=document.document_type.value,
        document_type_label=document_type_label(document.document_type),
        module=document.module,
        # Of the passage, not of the document: a Spanish guide may quote an English annex.
        language=passage.language,
        original=original_label(passage.language, language),
        section=list(passage.section),
        page=hit.page,
        text=passage.text,
        marks=list(hit.marks),
        ods=[ods_model(tag) for tag in hit.tags],
        more=hit.more,
        versions=[version_model(version) for version in hit.versions],
        why=WhyModel(lexical=hit.why.lexical, dense=hit.why.dense, late=hit.why.late),
        explanation=explanation_model(hit.explanation) if hit.explanation else None,
        pinned=hit.pinned,
        pinned_label=pinned_label() if hit.pinned else None,
        url=document_url(document.id, hit.page, passage.id),
    )


def ods_model(tag: Tag) -> OdsModel:
    """A goal that a passage names."""
    return OdsModel(goal=tag.goal, target=tag.target, evidence=list(tag.evidence))


def explanation_model(explanation: Explanation) -> ExplanationModel:
    """Numbers with as many digits as mean something."""
    return ExplanationModel(
        shares=[share_model(share) for share in explanation.shares],
        words=[WordModel(word=word, weight=round(w, 4)) for word, w in explanation.words],
        aligned=[
            AlignedModel(
                asked=pair.asked,
                # The one value that is ours and not a word of the passage: it stands in its title.
                met=_(ABOVE) if pair.met == ABOVE else pair.met,
                similarity=round(pair.similarity, 4),
                weight=round(pair.weight, 4),
            )
            for pair in explanation.aligned
        ],
    )


def share_model(share: Share) -> ShareModel:
    """One kind of evidence with what it is called."""
    return ShareModel(
        name=share.name,
        label=share_label(share.name),
        raw=round(share.raw, 4),
        standardised=round(share.standardised, 4),
        weight=round(share.weight, 4),
        contribution=round(share.weight * share.standardised, 4),
    )


class QueryModel(BaseModel):
    """The query as it was understood."""

    text: str
    language: str
    corrected: str | None = Field(description="El texto que se buscó en su lugar, si se corrigió")
    expansions: list[str]
    filters: dict[str, list[str]]


class IndexModel(BaseModel):
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


def index_model(info: IndexInfo) -> IndexModel:
    """Which index answered."""
    return IndexModel(
        generation=info.generation,
        documents=info.documents,
        passages=info.passages,
        model=info.model,
    )


def facet_models(name: str, values: Iterable[FacetValue]) -> list[FacetModel]:
    """Facet values with what they are called."""
    return [
        FacetModel(value=value.value, label=facet_label(name, value.value), count=value.count)
        for value in values
    ]


# Shown in the description of the API; a test checks that `SearchResponse` writes it exactly so.
SEARCH_EXAMPLE: JsonDict = {
    "query": {
        "text": "¿a qué hora es el Tema 2?",
        "language": "es",
        "corrected": None,
        "expansions": [],
        "filters": {},
    },
    "total": 1,
    "took_ms": 9.1,
    "index": {
        "generation": 7,
        "documents": 31,
        "passages": 2210,
        "model": "multilingual-e5-small/int8",
    },
    "answer": {
        "status": "found",
        "kind": "schedule",
        "text": "10:40–11:00 (20 minutos)",
        "citations": [
            {
                "document_id": "nota-conceptual",
                "passage_id": "3f2a",
                "title": "Nota conceptual y agenda",
                "file": "nota.pdf",
                "language": "es",
                "original": None,
                "page": 5,
                "quote": "10:40-11:00 (20 minutos)",
                "start": 120,
                "end": 144,
                "url": "/documentos/nota-conceptual?pagina=5#p-3f2a",
            }
        ],
        "notices": [],
        "confidence": 0.93,
        "subject": "",
    },
    "hits": [
        {
            "rank": 1,
            "score": 0.83,
            "passage_id": "3f2a",
            "document_id": "nota-conceptual",
            "title": "Nota conceptual y agenda",
            "file": "nota.pdf",
            "document_type": "concept_note",
            "document_type_label": "Nota conceptual",
            "module": None,
            "language": "es",
            "original": None,
            "section": ["Agenda provisional"],
            "page": 5,
            "text": "10:40-11:00 (20 minutos) Tema 2: ¿Por qué cambiar la mentalidad?",
            "marks": [[25, 31]],
            "ods": [],
            "more": 0,
            "versions": [],
            "why": {"lexical": 0.71, "dense": 0.88, "late": 0.9},
            "explanation": None,
            "pinned": False,
            "pinned_label": None,
            "url": "/documentos/nota-conceptual?pagina=5#p-3f2a",
        }
    ],
    "facets": {
        "document_type": [{"value": "concept_note", "label": "Nota conceptual", "count": 1}]
    },
    "did_you_mean": None,
    "senses": [],
    "broaden": [],
    "qid": None,
}


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
        # Of the result, not of the request: the question may hold filters as well («año:2018»).
        filters = {name: list(values) for name, values in result.query.filters.items()}
        return cls(
            query=QueryModel(
                text=result.query.text,
                language=result.language,
                corrected=result.corrected,
                expansions=list(result.expansions),
                filters=filters,
            ),
            total=result.total,
            took_ms=round(result.took_ms, 1),  # the search alone, without its wait for a thread
            index=index_model(info),
            answer=answer_model(result.answer, result.language),
            hits=[hit_model(hit, result.language) for hit in result.hits],
            facets={name: facet_models(name, values) for name, values in result.facets.items()},
            did_you_mean=result.did_you_mean,
            senses=[sense_model(sense, filters) for sense in result.senses],
            broaden=alternative_searches(result),
            qid=qid,
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


def suggestion_model(suggestion: Suggestion) -> SuggestionModel:
    """A completion, with an address when it names a document."""
    document_id = suggestion.document_id
    return SuggestionModel(
        text=suggestion.text,
        kind=suggestion.kind,
        document_id=document_id,
        page=suggestion.page,
        url=document_url(document_id, suggestion.page) if document_id else None,
    )


class MatchModel(BaseModel):
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
        return cls(
            found=bool(matches),
            matches=[match_model(match) for match in matches],
            truncated=len(matches) >= MOST_MATCHES,  # exactly as many may still be all there are
        )


def match_model(match: Match) -> MatchModel:
    """A literal match, as `acervo verify --json` shows it."""
    return MatchModel(
        document_id=match.document_id,
        file=match.file,
        title=match.title,
        page=match.page,
        start=match.start,
        end=match.end,
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

    # Without limits of length: `make_query` has them, for pages and agents as well, and says in
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
        chosen = {name: [str(value) for value in getattr(self, name)] for name in FILTERS}
        query = make_query(self.q, self.k, self.page, chosen)
        return replace(query, literal=self.literal, explain=self.explain)


class ExportParameters(SearchParameters):
    """What `/api/v1/search/export` accepts: a search whose page holds all of its passages."""

    format: Literal["csv", "json"] = Field(default="csv", description="Formato del archivo")
    k: int = Field(default=MOST_ROWS, ge=1, le=MOST_ROWS, description="Pasajes que se quieren")


def make_query(text: str, k: int, page: int, chosen: Mapping[str, Sequence[str]]) -> Query:
    """A query within its limits; raises `QueryError` on an empty or overlong one."""
    text = text.strip()
    if not text:
        raise QueryError(_("La consulta está vacía: escriba una pregunta o un tema."))
    if len(text) > LONGEST_QUERY:
        raise QueryError(
            _("La consulta tiene {length} caracteres y el máximo es {most}: acórtela.").format(
                length=len(text), most=LONGEST_QUERY
            )
        )
    # «?language=» is what an empty field of a form sends: it chooses nothing.
    filters = {name: tuple(value for value in values if value) for name, values in chosen.items()}
    return Query(text, k, page, {name: values for name, values in filters.items() if values})


Filters = Mapping[str, Sequence[str]]

FEWEST_WORDS = 2  # the two most specific words of a question still say what it is about


def alternative_searches(result: Result) -> list[BroaderModel]:
    """What else one can ask when there is no answer, the least change first; nothing when there is
    one. The list of documents is always the last."""
    if result.answer.status == "found":
        return []
    filters = result.query.filters
    text = result.corrected or plain_text(result.query.text, filters)
    ways = [
        *_without_filters(text, filters),
        *_fewer_words(text, result),
        *_languages(text, result),
    ]
    documents = _("Ver la lista de documentos")
    return [*ways, BroaderModel(kind="documents", text=documents, url=localised("/documentos"))]


def _without_filters(text: str, filters: Filters) -> list[BroaderModel]:
    # A language alone is taken back by `_languages`, which says so.
    if not filters or set(filters) == {"language"}:
        return []
    return [BroaderModel(kind="filters", text=_("Buscar sin filtros"), url=search_url(text))]


def _fewer_words(text: str, result: Result) -> list[BroaderModel]:
    """The words of the question that the nearest passages hold, or the most specific of them."""
    # Words in quotes and words left out are conditions: without them it is another question.
    if any(sign in f" {text}" for sign in ('"', "«", "“", " -")):
        return []
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
    if not kept:
        return []
    fewer = " ".join(text[word.start : word.end] for word in kept)
    label = _("Buscar solo «{words}»").format(words=fewer)
    return [BroaderModel(kind="words", text=label, url=search_url(fewer, result.query.filters))]


def _languages(text: str, result: Result) -> list[BroaderModel]:
    """What there is in languages other than that of the question; all when one was chosen."""
    filters = result.query.filters
    if filters.get("language"):
        others = {name: values for name, values in filters.items() if name != "language"}
        label = _("Buscar en todos los idiomas")
        return [BroaderModel(kind="language", text=label, url=search_url(text, others))]
    return [
        BroaderModel(
            kind="language",
            text=_("Ver lo que hay en {language} ({passages})").format(
                language=language_name(value.value),
                passages=counted(value.count, "pasaje", "pasajes"),
            ),
            url=search_url(text, {**filters, "language": [value.value]}),
        )
        for value in result.facets.get("language", ())
        if value.value != result.language
    ]


def searched(documents: int, filters: Filters) -> str:
    """«Busqué en 31 documentos, con Idioma: Inglés»: what a search without an answer saw."""
    where = _("Busqué en {documents}").format(
        documents=counted(documents, "documento", "documentos")
    )
    chosen = [facet_label(name, value) for name, values in filters.items() for value in values]
    if not chosen:
        return where
    limits = ngettext(
        "{where}, solo con este filtro: {filters}",
        "{where}, solo con estos filtros: {filters}",
        len(chosen),
    )
    return limits.format(where=where, filters=", ".join(chosen))
