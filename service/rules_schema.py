"""Editorial rules → the JSON of the API, and such JSON → the text that is kept."""

import json

from pydantic import BaseModel, ConfigDict, Field

from search.rulebook import read_rules
from service.editorial import digest


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
        """The same as the text that is kept."""
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
