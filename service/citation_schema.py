"""A document with a page and a stretch of it → its citation in every style, for all doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from search.errors import QueryError
from search.types import Document, Page, Passage
from service.citing import STYLES, Cited
from service.i18n import _
from service.links import document_url

LONGEST_QUOTE = 2_000
"""A page of print; more is a copy, not a quote."""

StyleName = Literal["un", "apa", "markdown", "bibtex"]


@dataclass(frozen=True, slots=True)
class CitationStyle:
    """A citation in one style, and what that is called."""

    style: str
    label: str
    text: str


class CitationResponse(BaseModel):
    """What is cited, and its citation in each style."""

    document_id: str
    page: int | None
    quote: str = Field(description="Las palabras citadas, tal como están en la página guardada")
    url: str = Field(description="Dónde se lee; vacío si no se conoce la dirección pública")
    styles: dict[str, str] = Field(description="La cita en cada estilo: un, apa, markdown, bibtex")

    @classmethod
    def from_cited(cls, cited: Cited, style: str | None = None) -> "CitationResponse":
        """In one style, or in all of them; the same for HTTP and the command line."""
        return cls(
            document_id=cited.document.id,
            page=cited.page,
            quote=cited.quote,
            url=cited.url,
            styles={one.style: one.text for one in styles(cited) if style in (None, one.style)},
        )


class CitationParameters(BaseModel):
    """What is cited: the document, a page of it, or words of that page."""

    model_config = ConfigDict(extra="forbid")

    page: int | None = Field(default=None, ge=1, description="Página o diapositiva")
    style: StyleName | None = Field(default=None, description="Estilo; sin él, todos")
    start: int | None = Field(default=None, ge=0, description="Dónde empieza la cita en la página")
    end: int | None = Field(default=None, ge=1, description="Dónde termina, en puntos de código")

    def stretch(self) -> tuple[int, int] | None:
        """The stretch of the page that is quoted; raises `QueryError` when half of it is given."""
        if self.start is None or self.end is None:
            if self.start != self.end:
                raise QueryError(_("La cita necesita «start» y «end»: indique los dos o ninguno."))
            return None
        return self.start, self.end


def stored_number(document: Document, page: int | None, quoted: bool) -> int | None:
    """The stored page that is cited; a format without pages keeps all its text on page 1."""
    if not document.paged:
        return 1 if quoted else None
    if quoted and page is None:
        raise QueryError(
            _("Falta la página: los desplazamientos de la cita cuentan dentro de ella.")
        )
    return page


def cite_stretch(
    document: Document,
    page: Page | None,
    stretch: tuple[int, int] | None,
    passages: Sequence[Passage],
    origin: str,
) -> Cited:
    """What a citation needs; the quote is read from the stored page, so it is literally there.

    `origin` is the public address of the service; without one the citation leads to where the
    document was published. Raises `QueryError` for a stretch that the page does not have.
    """
    number = page.number if page and document.paged else None
    quote, passage_id = "", None
    if page and stretch:
        start, end = stretch
        if not start < end <= len(page.text):
            raise QueryError(
                _("La página tiene {length} caracteres: no hay cita entre {start} y {end}.").format(
                    length=len(page.text), start=start, end=end
                )
            )
        if end - start > LONGEST_QUOTE:
            raise QueryError(
                _("La cita pasa de {most} caracteres: acórtela.").format(most=LONGEST_QUOTE)
            )
        quote = page.text[start:end]
        if not quote.strip():
            raise QueryError(
                _("Entre {start} y {end} solo hay espacios: no hay nada que citar.").format(
                    start=start, end=end
                )
            )
        passage_id = _passage_at(passages, page.number, start)
    here = document_url(document.id, number, passage_id)
    url = f"{origin}{here}" if origin else document.source_url or ""
    return Cited(document, number, quote, url)


def styles(cited: Cited) -> list[CitationStyle]:
    """The citation in every style, in the order of the table."""
    return [
        CitationStyle(style=name, label=_(label), text=write(cited))
        for name, (label, write) in STYLES.items()
    ]


def _passage_at(passages: Sequence[Passage], page: int, start: int) -> str | None:
    for passage in passages:
        for extent in passage.extents:
            if extent.page == page and extent.start <= start < extent.end:
                return passage.id
    return None
