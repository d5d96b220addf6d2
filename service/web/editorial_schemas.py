"""Describes editorial rules, their trials and tasks as JSON, for the API and for `--json`."""

import json
from collections.abc import Sequence
from dataclasses import astuple

from pydantic import BaseModel, ConfigDict, Field

from search.editorial_file import read_rules
from search.evaluation.compare import Change, Difference, Effect, Leader, Marks
from search.results import Hit
from service.i18n import _
from service.labels import decimal
from service.links import document_url
from service.web.editorial import Trial, digest
from service.web.serving import Task


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PinModel(_Strict):
    """What comes first for a question: a document, a page of it, or a passage."""

    question: str = Field(description="Las palabras que la pregunta ha de contener")
    document_id: str | None = None
    page: int | None = None
    passage_id: str | None = None
    exact: bool = Field(default=False, description="Sin ninguna otra palabra informativa")


class HiddenModel(_Strict):
    """What is never found: a document or a passage."""

    document_id: str | None = None
    passage_id: str | None = None


class SynonymModel(_Strict):
    """Forms that mean the same; `scope` as in `siglas.toml`."""

    head: str
    forms: list[str]
    scope: str = Field(default="sigla", description="«sigla», «termino» o «traduccion»")


class RulesBody(_Strict):
    """A set of rules as JSON."""

    pins: list[PinModel] = []
    hidden: list[HiddenModel] = []
    synonyms: list[SynonymModel] = []

    def toml(self) -> str:
        """The rules as the TOML text that is kept."""
        # Names in TOML are Spanish, as editors write them; those of the API are English.
        pins = [
            _entry("destacado", pregunta=p.question, documento=p.document_id, pagina=p.page,
                   pasaje=p.passage_id, exacta=p.exact or None)
            for p in self.pins
        ]  # fmt: skip
        hidden = [_entry("oculto", documento=h.document_id, pasaje=h.passage_id)
                  for h in self.hidden]  # fmt: skip
        synonyms = [_entry("sinonimo", sigla=s.head, formas=s.forms, ambito=s.scope)
                    for s in self.synonyms]  # fmt: skip
        return "\n".join([*pins, *hidden, *synonyms])


def _entry(kind: str, **values: str | int | list[str] | None) -> str:
    """A TOML table; its texts and lists are written as JSON writes them, which TOML reads."""
    # JSON strings are TOML basic strings with one exception: DEL must be escaped (TOML 1.0).
    lines = [f"[[{kind}]]"]
    for name, value in values.items():
        if value is not None:
            written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
            lines.append(f"{name} = {written}")
    return "\n".join(lines) + "\n"


class MistakeModel(BaseModel):
    """What is wrong with the rules, and where."""

    place: str
    detail: str


class RulesModel(BaseModel):
    """The rules in force."""

    toml: str
    version: str = Field(description="Para «If-Match» al publicar: así nadie pisa a nadie")
    pins: list[PinModel]
    hidden: list[HiddenModel]
    synonyms: list[SynonymModel]
    mistakes: list[MistakeModel] = Field(description="Con errores siguen en uso las anteriores")

    @classmethod
    def from_text(cls, text: str) -> "RulesModel":
        """What a text says."""
        rules, mistakes = read_rules(text)
        # Sets have no order of their own: sorted, so that the same text always gives the same JSON.
        documents, passages = sorted(rules.hidden_documents), sorted(rules.hidden_passages)
        scopes = {(False, False): "sigla", (True, False): "termino"}
        return cls(
            toml=text,
            version=digest(text),
            pins=[
                PinModel(question=p.question, document_id=p.document_id, page=p.page,
                         passage_id=p.passage_id, exact=p.exact)
                for p in rules.pins
            ],
            hidden=[*(HiddenModel(document_id=one) for one in documents),
                    *(HiddenModel(passage_id=one) for one in passages)],
            synonyms=[
                SynonymModel(head=g.forms[0], forms=list(g.forms[1:]),
                             scope=scopes.get((g.approximate, g.translation), "traduccion"))
                for g in rules.synonyms
            ],
            mistakes=[MistakeModel(place=m.place, detail=m.text) for m in mistakes],
        )  # fmt: skip


class MarksModel(BaseModel):
    """nDCG@10, success@3 and the share of right quotes (or of due silence)."""

    ndcg_at_10: float
    success_at_3: float
    right_answers: float


class KindModel(BaseModel):
    """A kind of judged questions, before and after."""

    kind: str
    queries: int
    before: MarksModel
    after: MarksModel
    fallen: list[str] = Field(description="Medidas que bajan más de lo tolerado")


class ChangedModel(BaseModel):
    """A judged question that gains or loses."""

    id: str
    kind: str
    text: str
    before: MarksModel
    after: MarksModel


class FirstModel(BaseModel):
    """What stands first for a question."""

    passage_id: str
    document_id: str
    title: str
    page: int | None
    pinned: bool
    url: str


class LeaderModel(BaseModel):
    """What stands first for the question of a pin, before and after."""

    question: str
    before: FirstModel | None
    after: FirstModel | None


class EffectModel(BaseModel):
    """What the rules do to the judged questions, against those in force."""

    queries: int
    asked: int = Field(description="Consultas a las que el cambio puede afectar")
    left_out: int = Field(description="Consultas cuya respuesta no está en este índice")
    kinds: list[KindModel]
    gained: list[ChangedModel]
    lost: list[ChangedModel]
    leaders: list[LeaderModel]


class TrialModel(BaseModel):
    """Whether rules can be published (`ok`), and what they do."""

    ok: bool
    mistakes: list[MistakeModel]
    effect: EffectModel | None = Field(description="Nulo sin consultas juzgadas con que medir")
    fallen: list[str] = Field(description="Tipos de consulta que bajan más de lo tolerado")


def trial_model(trial: Trial) -> TrialModel:
    """A trial as the API and `--json` give it."""
    return TrialModel(
        ok=not trial.mistakes,
        mistakes=[MistakeModel(place=m.place, detail=m.text) for m in trial.mistakes],
        effect=effect_model(trial.effect) if trial.effect else None,
        fallen=list(trial.fallen),
    )


def effect_model(effect: Effect) -> EffectModel:
    """What changes, the greatest change first."""
    changes = effect.comparison.changes  # the greatest loss first
    gained = [c for c in reversed(changes) if c.after.total > c.before.total]
    lost = [c for c in changes if c.after.total < c.before.total]
    return EffectModel(
        queries=effect.questions,
        asked=effect.asked,
        left_out=effect.left_out,
        kinds=[_kind(row) for row in effect.comparison.kinds],
        gained=_changed(gained),
        lost=_changed(lost),
        leaders=[_leader(leader) for leader in effect.leaders],
    )


def _kind(row: Difference) -> KindModel:
    before, after = _marks(row.before), _marks(row.after)
    return KindModel(kind=row.name, queries=row.queries, before=before, after=after,
                     fallen=list(row.fallen()))  # fmt: skip


def _marks(marks: Marks) -> MarksModel:
    # Four digits: a single one of the judged questions changes a mean in the third.
    ndcg, success, right = (round(number, 4) for number in astuple(marks))
    return MarksModel(ndcg_at_10=ndcg, success_at_3=success, right_answers=right)


def _changed(changes: Sequence[Change]) -> list[ChangedModel]:
    return [
        ChangedModel(
            id=change.question.id,
            kind=change.question.kind,
            text=change.question.text,
            before=_marks(change.before),
            after=_marks(change.after),
        )
        for change in changes
    ]


def _leader(leader: Leader) -> LeaderModel:
    before, after = _first(leader.before), _first(leader.after)
    return LeaderModel(question=leader.question, before=before, after=after)


def _first(hit: Hit | None) -> FirstModel | None:
    if hit is None:
        return None
    return FirstModel(
        passage_id=hit.passage.id,
        document_id=hit.document.id,
        title=hit.document.title,
        page=hit.page,
        pinned=hit.pinned,
        url=document_url(hit.document.id, hit.page, hit.passage.id),
    )


def change_told(change: ChangedModel) -> str:
    """«nDCG 0,66 → 1,00, respuesta mala → buena», without what stays."""
    before, after = change.before, change.after
    parts = []
    if before.ndcg_at_10 != after.ndcg_at_10:
        parts.append(f"nDCG {decimal(before.ndcg_at_10)} → {decimal(after.ndcg_at_10)}")
    if before.right_answers != after.right_answers:
        # Of one question the share is 0 or 1.
        better = after.right_answers > before.right_answers
        parts.append(_("respuesta mala → buena") if better else _("respuesta buena → mala"))
    return ", ".join(parts)


class TaskModel(BaseModel):
    """Work that takes a while: ask again at `url` until `status` is `done` or `failed`."""

    id: str
    status: str = Field(description="«queued», «running», «done» o «failed»")
    done: int = Field(description="Consultas hechas hasta ahora")
    url: str
    detail: str | None = Field(description="Por qué no salió bien")
    result: TrialModel | None

    @classmethod
    def from_task(cls, task: Task) -> "TaskModel":
        """How far a task is."""
        return cls(
            id=task.id,
            status=task.status,
            done=task.done,
            url=f"/api/v1/tasks/{task.id}",
            detail=task.problem,
            result=trial_model(task.result) if task.result else None,
        )
