"""Parameters of an address → a `Query` within its limits."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from search.errors import QueryError
from search.index import FILTERS
from search.types import Query
from search.wording import narrowing
from service.i18n import _

LONGEST_QUERY = 1_000
MOST_HITS = 50
MOST_ROWS = 100
"""Of an export: what a person can still read; more is a copy of the collection."""
LAST_PAGE = 100
"""Nobody reads that far; it bounds the work of one request."""


class SearchParameters(BaseModel):
    """What `/api/v1/search` accepts; anything else is refused by name."""

    model_config = ConfigDict(extra="forbid")

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
    filters = {name: tuple(value for value in values if value) for name, values in chosen.items()}
    return Query(text, k, page, {name: values for name, values in filters.items() if values})


def plain_text(text: str, filters: Mapping[str, Sequence[str]]) -> str:
    """A question without the filters written in it (`tipo:informe`), which `filters` hold."""
    known = {name: tuple(values) for name, values in filters.items()}
    plain, _ = narrowing.read(unicodedata.normalize("NFC", text), known)
    return " ".join(plain.split())
