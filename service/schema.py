"""Results of a search → the JSON object that the API and `--json` give: a contract."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from search.types import Answer, Citation, FacetValue, Hit, IndexInfo, Match, Result, Suggestion
from service.document_schema import VersionModel, version_model
from service.examples import SEARCH_EXAMPLE
from service.labels import DOCUMENT_TYPES, facet_label, original_label
from service.links import document_url


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


class CitationModel(BaseModel):
    """A quote that stands, byte for byte, in the stored text of its page."""

    document_id: str
    passage_id: str
    title: str
    file: str
    language: str
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


class OdsModel(BaseModel):
    """A goal that a passage speaks of, with the words that say so."""

    goal: int
    target: str | None
    evidence: list[str]


class WhyModel(BaseModel):
    """What made a hit rank where it does; comparable within one result only."""

    lexical: float
    dense: float
    late: float


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
    original: str | None = Field(description="«Original en inglés»; nulo si está en español")
    section: list[str]
    page: int | None
    text: str
    marks: list[tuple[int, int]]
    ods: list[OdsModel]
    more: int = Field(description="Otros pasajes de este documento que no se muestran")
    versions: list[VersionModel] = Field(description="Otros archivos del mismo documento")
    why: WhyModel
    url: str


class FacetModel(BaseModel):
    """A value to filter by and how many passages of the result carry it."""

    value: str
    label: str
    count: int


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
    did_you_mean: str | None

    @classmethod
    def from_result(cls, result: Result, info: IndexInfo) -> "SearchResponse":
        """The contract's object; the same for HTTP, pages and the command line."""
        return cls(
            query=QueryModel(
                text=result.query.text,
                language=result.language,
                corrected=result.corrected,
                expansions=list(result.expansions),
                filters={name: list(values) for name, values in result.query.filters.items()},
            ),
            total=result.total,
            took_ms=round(result.took_ms, 1),
            index=index_model(info),
            answer=answer_model(result.answer),
            hits=[hit_model(hit) for hit in result.hits],
            facets={name: facet_models(name, values) for name, values in result.facets.items()},
            did_you_mean=result.did_you_mean,
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


class StatusModel(BaseModel):
    """Whether the service can answer."""

    status: str


class ReadyModel(StatusModel):
    """Which index and model are open."""

    index: IndexModel


def index_model(info: IndexInfo) -> IndexModel:
    """Which index answered."""
    return IndexModel(
        generation=info.generation,
        documents=info.documents,
        passages=info.passages,
        model=info.model,
    )


def answer_model(answer: Answer) -> AnswerModel:
    """An answer with the addresses of what it cites."""
    return AnswerModel(
        status=answer.status,
        kind=answer.kind,
        text=answer.text,
        citations=[citation_model(citation) for citation in answer.citations],
        notices=list(answer.notices),
        confidence=round(answer.confidence, 4),
    )


def citation_model(citation: Citation) -> CitationModel:
    """A quote with the address of the passage it stands in."""
    return CitationModel(
        document_id=citation.document_id,
        passage_id=citation.passage_id,
        title=citation.title,
        file=citation.file,
        language=citation.language,
        page=citation.page,
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        url=document_url(citation.document_id, citation.page, citation.passage_id),
    )


def hit_model(hit: Hit) -> HitModel:
    """A hit with its document's words and the address of its passage."""
    document, passage = hit.document, hit.passage
    return HitModel(
        rank=hit.rank,
        score=round(hit.score, 4),
        passage_id=passage.id,
        document_id=document.id,
        title=document.title,
        file=document.file,
        document_type=document.document_type.value,
        document_type_label=DOCUMENT_TYPES[document.document_type],
        module=document.module,
        language=passage.language,
        original=original_label(passage.language),
        section=list(passage.section),
        page=hit.page,
        text=passage.text,
        marks=list(hit.marks),
        ods=[],
        more=hit.more,
        versions=[version_model(version) for version in hit.versions],
        why=WhyModel(lexical=hit.why.lexical, dense=hit.why.dense, late=hit.why.late),
        url=document_url(document.id, hit.page, passage.id),
    )


def facet_models(name: str, values: Iterable[FacetValue]) -> list[FacetModel]:
    """Facet values with what they are called."""
    return [
        FacetModel(value=value.value, label=facet_label(name, value.value), count=value.count)
        for value in values
    ]


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
