"""Results of a search → the JSON object that the API and `--json` give: a contract."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from search.types import FacetValue, IndexInfo, Match, Result, Suggestion
from search.verify import MOST_MATCHES
from service.answer_schema import (
    AnswerModel,
    BroaderModel,
    SenseModel,
    answer_model,
    sense_model,
)
from service.broaden import ways_on
from service.examples import SEARCH_EXAMPLE
from service.hit_schema import HitModel, hit_model
from service.labels import facet_label
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
            took_ms=round(result.took_ms, 1),
            index=index_model(info),
            answer=answer_model(result.answer, result.language),
            hits=[hit_model(hit, result.language) for hit in result.hits],
            facets={name: facet_models(name, values) for name, values in result.facets.items()},
            did_you_mean=result.did_you_mean,
            senses=[sense_model(sense, filters) for sense in result.senses],
            broaden=ways_on(result),
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
            truncated=len(matches) >= MOST_MATCHES,
        )


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
