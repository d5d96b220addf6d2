"""Answers, their citations, and what else one may ask → their part of the search JSON."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from search.answering.notices import Said
from search.types import Answer, Citation, Sense
from service.i18n import _
from service.labels import original_label
from service.links import document_url, search_url


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
        notices=[heard(notice) for notice in answer.notices],
        confidence=round(answer.confidence, 4),
        subject=answer.subject,
    )


def heard(notice: str) -> str:
    """A notice in the language of the request."""
    return _(notice.form).format(**notice.values) if isinstance(notice, Said) else notice


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
