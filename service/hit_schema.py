"""Hits, what they speak of, and why they rank where they do → their part of the search JSON."""

from pydantic import BaseModel, Field

from search.answering.notices import ABOVE
from search.types import Explanation, Hit, Share, Tag
from service.document_schema import VersionModel, version_model
from service.i18n import _
from service.labels import document_type_label, original_label, pinned_label, share_label
from service.links import document_url


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
        score=round(hit.score, 4),
        passage_id=passage.id,
        document_id=document.id,
        title=document.title,
        file=document.file,
        document_type=document.document_type.value,
        document_type_label=document_type_label(document.document_type),
        module=document.module,
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
