"""Keeps the editorial rules of an index: reads, checks, publishes and takes them back.

At the end rules and their trials are described as JSON, for the API and for `--json`.

`editorial.toml` is what is in force, `editorial.anterior.toml` what was before it. Both are
replaced by renaming, so that a reader finds the one or the other, never half of it.
"""

import hashlib
import json
import logging
import operator
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from search.editorial import NO_RULES, Rules
from search.editorial_file import Mistake, read_rules
from search.evaluation import compare
from search.evaluation.judged import read_judged
from search.results import Hit
from search.searcher import Searcher
from service.errors import RecordsUnusable, RulesChanged, RulesRefused
from service.i18n import _
from service.labels import decimal
from service.links import document_url
from service.web.document_schemas import FromObject, Rounded

logger = logging.getLogger(__name__)


RULES = "editorial.toml"
PREVIOUS = "editorial.anterior.toml"

# Between comparing with what is in force and replacing it, nobody else of this process may publish.
_publishing = threading.Lock()


def rules_text(index: Path) -> str:
    """The text in force; empty without rules. Raises `RecordsUnusable`."""
    return _read(index / RULES) or ""


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise RecordsUnusable(f"no se puede leer «{path}» ({error})") from error


def digest(text: str) -> str:
    """The version of a text (16 hex digits), by which to notice that somebody else has published
    meanwhile."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rules_in_force(index: Path) -> Rules:
    """The rules of an index, for whoever starts to serve it.

    A file that cannot be understood is told in the log, and the one before it is used if that can
    be: a slip in an editor must not stop the search.
    """
    for name in (RULES, PREVIOUS):
        try:
            rules = parse_rules(_read(index / name))
        except (RulesRefused, RecordsUnusable) as error:
            logger.error("%s", error)
            continue
        if name == PREVIOUS:
            logger.error("las reglas en uso son las de «%s»", index / name)
        return rules
    return NO_RULES


def parse_rules(text: str | None) -> Rules:
    """The rules of a text. Raises `RulesRefused` with its first mistake."""
    rules, mistakes = read_rules(text or "")
    if mistakes:
        also = f" (y {len(mistakes) - 1} más)" if len(mistakes) > 1 else ""
        raise RulesRefused(f"las reglas editoriales tienen errores: {mistakes[0]}{also}")
    return rules


def publish_rules(index: Path, text: str, *, after: str | None = None) -> None:
    """Put a text in force and keep the one before. The text must have been checked.

    Raises `RulesChanged` when what is in force is not what `after` is the digest of, and
    `RecordsUnusable`.
    """
    if not index.is_dir():
        raise RecordsUnusable(f"no hay ningún índice en «{index}»: ingiera antes algún documento")
    with _publishing:
        before = rules_text(index)
        if after is not None and after != digest(before):
            text = "alguien ha publicado otras reglas mientras tanto: vuelva a abrirlas"
            raise RulesChanged(text)
        # Publishing the same text again must not make it its own predecessor.
        if text != before:
            # The older file first: whenever the machine stops, both files are whole, and at worst
            # they hold the same rules.
            _replace(index / PREVIOUS, before)
            _replace(index / RULES, text)


def undo_rules(index: Path) -> str:
    """Put the text before in force again, and return it; doing so twice undoes the undoing.

    Raises `RulesRefused` when there is none.
    """
    before = _read(index / PREVIOUS)
    if before is None:
        raise RulesRefused("no hay reglas anteriores a las que volver")
    publish_rules(index, before)
    return before


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises `RecordsUnusable`."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=".editorial-", delete=False
        ) as file:  # in the same folder, since renaming works within one file system only
            file.write(text)
            file.flush()
            # Else the new name may reach the disk before the contents that it names.
            os.fsync(file.fileno())
        place = Path(file.name)
        place.chmod(0o644)  # temporary files are for their owner only
        place.replace(path)
    except OSError as error:
        raise RecordsUnusable(f"no se puede escribir «{path}» ({error.strerror})") from error


@dataclass(frozen=True, slots=True)
class Trial:
    """What a text is worth: its mistakes, or its effect where there are judged questions."""

    text: str
    rules: Rules
    mistakes: tuple[Mistake, ...]
    effect: compare.Effect | None = None

    @property
    def fallen(self) -> dict[str, tuple[str, ...]]:
        """The kinds of questions that fall by more than the tolerance, and in which measures."""
        return self.effect.comparison.fallen(compare.TOLERANCE) if self.effect else {}


def examine(text: str, searcher: Searcher) -> Trial:
    """What can be said of a text at once: its mistakes of form, or else those of reference."""
    rules, mistakes = read_rules(text)
    # References are looked up only in a text without other mistakes: what was misread would seem
    # to name documents that do not exist.
    return Trial(text, rules, mistakes or tuple(searcher.unknown_references(rules)))


class Trials:
    """Measures rules against those in force, whose results it keeps: they are most of the work."""

    def __init__(self, judged: Path) -> None:
        self._judged = judged
        self._lock = threading.Lock()
        self._kept: tuple[tuple[int, Rules], compare.Measured] | None = None

    @property
    def measuring(self) -> bool:
        """Whether there are judged questions to measure by."""
        return self._judged.is_file()

    def run(self, trial: Trial, searcher: Searcher, progress: compare.Progress) -> Trial:
        """The trial with what changes when its rules come into force instead of those of the
        searcher; without, when this collection cannot be judged by the questions.

        `progress` is told how many more questions have been asked. One trial at a time: others
        wait. Raises `EvaluationError`.
        """
        # Another generation or other rules in force answer the same questions differently.
        state = (searcher.info.generation, searcher.rules)
        with self._lock:
            if self._kept is None or self._kept[0] != state:
                questions = read_judged(self._judged)
                self._kept = (state, compare.measure(searcher, questions, progress))
            measured = self._kept[1]
            # None of the judged quotes stands in this collection: there is nothing to measure by.
            if not measured.outcomes:
                return trial
            found = compare.effect(searcher, searcher.ruled(trial.rules), measured, progress)
        return replace(trial, effect=found)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


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


# Names in TOML are Spanish, as editors write them; those of the API are English.
_SPANISH = {
    "pins": "destacado",
    "question": "pregunta",
    "document_id": "documento",
    "page": "pagina",
    "passage_id": "pasaje",
    "exact": "exacta",
    "hidden": "oculto",
    "synonyms": "sinonimo",
    "head": "sigla",
    "forms": "formas",
    "scope": "ambito",
}


class RulesBody(_Strict):
    """A set of rules as JSON."""

    pins: list[PinModel] = []
    hidden: list[HiddenModel] = []
    synonyms: list[SynonymModel] = []

    def toml(self) -> str:
        """The rules as the TOML text that is kept."""
        lines = []
        for kind, entries in self.model_dump(exclude_none=True).items():
            for entry in entries:
                lines.append(f"[[{_SPANISH[kind]}]]")
                for name, value in entry.items():
                    if value is not False:
                        written = json.dumps(value, ensure_ascii=False)
                        lines.append(f"{_SPANISH[name]} = {written}")
                lines.append("")
        # JSON strings are TOML basic strings with one exception: DEL must be escaped (TOML 1.0).
        return "\n".join(lines).replace("\x7f", "\\u007f")


class MistakeModel(FromObject):
    """What is wrong with the rules, and where."""

    place: str
    detail: str = Field(validation_alias="text")


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
        hidden = [{"document_id": one} for one in sorted(rules.hidden_documents)]
        hidden += [{"passage_id": one} for one in sorted(rules.hidden_passages)]
        synonyms = []
        for group in rules.synonyms:
            related = "traduccion" if group.translation else "termino"
            scope = related if group.approximate else "sigla"
            synonyms.append({"head": group.forms[0], "forms": group.forms[1:], "scope": scope})
        return cls.model_validate(
            {
                "toml": text,
                "version": digest(text),
                "pins": rules.pins,
                "hidden": hidden,
                "synonyms": synonyms,
                "mistakes": mistakes,
            }
        )


class MarksModel(FromObject):
    """nDCG@10, success@3 and the share of right quotes (or of due silence)."""

    # Four digits: a single one of the judged questions changes a mean in the third.
    ndcg_at_10: Rounded
    success_at_3: Rounded
    right_answers: Rounded


class KindModel(FromObject):
    """A kind of judged questions, before and after."""

    kind: str = Field(validation_alias="name")
    queries: int
    before: MarksModel
    after: MarksModel
    # A method of `Difference`.
    fallen: Annotated[list[str], BeforeValidator(lambda fallen: fallen())] = Field(
        description="Medidas que bajan más de lo tolerado"
    )


class ChangedModel(FromObject):
    """A judged question that gains or loses."""

    id: str = Field(validation_alias=AliasPath("question", "id"))
    kind: str = Field(validation_alias=AliasPath("question", "kind"))
    text: str = Field(validation_alias=AliasPath("question", "text"))
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

    @model_validator(mode="before")
    @classmethod
    def of_hit(cls, hit: Hit) -> Mapping[str, object]:
        """What matters here of a hit."""
        return {
            "passage_id": hit.passage.id,
            "document_id": hit.document.id,
            "title": hit.document.title,
            "page": hit.page,
            "pinned": hit.pinned,
            "url": document_url(hit.document.id, hit.page, hit.passage.id),
        }


class LeaderModel(FromObject):
    """What stands first for the question of a pin, before and after."""

    question: str
    before: FirstModel | None
    after: FirstModel | None


_CHANGES = Field(validation_alias=AliasPath("comparison", "changes"))  # the greatest loss first
_GAINS = BeforeValidator(
    lambda changes: [c for c in reversed(changes) if c.after.total > c.before.total]
)
_LOSSES = BeforeValidator(lambda changes: [c for c in changes if c.after.total < c.before.total])


class EffectModel(FromObject):
    """What the rules do to the judged questions, against those in force."""

    queries: int = Field(validation_alias="questions")
    asked: int = Field(description="Consultas a las que el cambio puede afectar")
    left_out: int = Field(description="Consultas cuya respuesta no está en este índice")
    kinds: list[KindModel] = Field(validation_alias=AliasPath("comparison", "kinds"))
    gained: Annotated[list[ChangedModel], _GAINS, _CHANGES]
    lost: Annotated[list[ChangedModel], _LOSSES, _CHANGES]
    leaders: list[LeaderModel]


class TrialModel(FromObject):
    """Whether rules can be published (`ok`), and what they do."""

    ok: Annotated[bool, BeforeValidator(operator.not_)] = Field(validation_alias="mistakes")
    mistakes: list[MistakeModel]
    effect: EffectModel | None = Field(description="Nulo sin consultas juzgadas con que medir")
    fallen: Annotated[list[str], BeforeValidator(list)] = Field(
        description="Tipos de consulta que bajan más de lo tolerado"
    )


def trial_model(trial: Trial) -> TrialModel:
    """A trial as the API and `--json` give it."""
    return TrialModel.model_validate(trial)


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
