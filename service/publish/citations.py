"""Cites documents, pages and quotes in four styles: United Nations, APA 7, Markdown, BibTeX."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from search.documents import Document, DocumentType, Page, Passage
from search.errors import QueryError
from search.text.vocabulary import fold
from service.i18n import DEFAULT, N_, _, language
from service.labels import date_in_year, long_date, page_name, quoted
from service.links import document_url


@dataclass(frozen=True, slots=True)
class Cited:
    """What is cited; `page` is None for the whole document or a format without pages, `quote` is
    empty where no words are quoted, `url` leads to the page and is empty when unknown."""

    document: Document
    page: int | None = None
    quote: str = ""
    url: str = ""


BLOCK_WORDS = 40  # from so many on, APA 7 sets a quote as a block (section 8.27)
MOST_NAMED = 2  # more authors are «et al.» where APA 7 cites them in the text (section 8.17)

# Languages as babel names them, which is what BibTeX styles read.
MAIN_LANGUAGES = {"es": "spanish", "en": "english", "pt": "portuguese", "fr": "french"}

# The macros that every BibTeX style defines.
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ISO_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(?:-\d\d)?")

# Braces are named: BibTeX counts even those behind a backslash.
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
} | {character: f"\\{character}" for character in "&%$#_"}

# Between organisations: a semicolon, or «y» behind the acronym of one, «… (FLACMA) y …». Elsewhere
# «y» may be part of a name: «Federación de Ciudades y Puertos (FCP)».
_ORGANISATION_SEPARATOR = re.compile(r"\s*[;|\n]\s*|(?<=\))(?:,|\s+(?:y|e|and|et))\s+(?=[^\W\d_])")

# Of a folded word: «Instituto», «hijos», but not «hielo» or «iones», which begin with a glide.
_SOUNDS_I = re.compile(r"h?i(?![aeou])")

# `&` only where it begins an entity; the signs that matter at the start of a line only are apart.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|~]|&(?=#?\w+;))")
_LIST_SIGN = re.compile(r"^(\s*\d*)((?<=\d)[.)]|(?<!\d)[#+=-])", re.MULTILINE)


def united_nations(cited: Cited) -> str:
    """A footnote: author, title, symbol and date, page, address.

    After the United Nations Editorial Manual, «Footnotes and other references», parts III
    (United Nations sources) and IV (outside sources), with the Spanish abbreviations of the
    Spanish translation service («pág.», «Disponible en»):
    https://www.un.org/dgacm/en/content/editorial-manual/footnotes
    """
    document = cited.document
    known = [document.symbol, long_date(document.date) if document.date else None]
    note = ", ".join(part for part in known if part)
    name = quoted(_one_line(document.title)) + (f" ({note})" if note else "")
    parts = [*organisations(document), name, _place(cited, _("pág."))]
    footnote = _ended(", ".join(part for part in parts if part))
    # The full stop of a quote that ends a sentence of ours stands behind it, once (RAE).
    words = f" {quoted(_unended(_one_line(cited.quote)))}." if cited.quote else ""
    address = _address(cited)
    found = _("Disponible en {address}.").format(address=address) if address else ""
    return f"{footnote}{words} {found}".rstrip()


def apa(cited: Cited) -> str:
    """The reference, preceded by the citation that stands in the text.

    Publication Manual of the American Psychological Association, 7th edition (2020), chapters 8
    (citations in the text: «et al.» from three authors on; direct quotations: from forty words on
    a block without quotation marks) and 9-10 (author, date, title, source; without an author the
    title comes first; without a date «s. f.» in Spanish):
    https://apastyle.apa.org/style-grammar-guidelines/references
    """
    document, names = cited.document, organisations(cited.document)
    authors = _joined(names)
    title = _one_line(document.title)
    symbol = f" ({document.symbol})" if document.symbol else ""
    form = f" [{_('Diapositivas')}]" if document.document_type == DocumentType.SLIDES else ""
    # «2024, 1 de noviembre» for `2024-11-01`.
    date = year = _year(document.date) or _("s. f.")
    if document.date and _ISO_DATE.fullmatch(document.date):
        date = f"{year}, {date_in_year(document.date)}"
    named = f"{title}{symbol}{form}"
    head = (
        f"{_ended(authors)} ({date}). {_ended(named)}" if authors else f"{_ended(named)} ({date})."
    )
    reference = f"{head} {_address(cited)}".rstrip()
    # `«Quoted words» (Author, 2024, p. 3).`
    short = f"{names[0]} et al." if len(names) > MOST_NAMED else authors
    inside = [short or quoted(title), year, _place(cited, "p.")]
    in_text = f"({', '.join(part for part in inside if part)})"
    words = _one_line(cited.quote)
    if len(words.split()) >= BLOCK_WORDS:
        in_text = f"{_ended(words)} {in_text}"
    elif words:
        in_text = f"{quoted(_unended(words))} {in_text}."
    return f"{in_text}\n\n{reference}"


def markdown(cited: Cited) -> str:
    """A block quote and a line with its source, linked; signs of Markdown are escaped.

    CommonMark 0.31, sections 2.4 (backslash escapes), 5.1 (block quotes) and 6.3 (links):
    https://spec.commonmark.org/0.31.2/
    """
    document = cited.document
    titled = (_one_line(document.title), _place(cited, _("pág.")))
    name = _markdown_text(", ".join(filter(None, titled)))
    address = _address(cited)
    source = f"[{name}](<{address}>)" if address else name
    date = long_date(document.date) if document.date else None
    authors = map(_markdown_text, organisations(document))
    line = ", ".join([*authors, source, *filter(None, (document.symbol, date))])
    if not cited.quote:
        return line
    quoted_lines = _markdown_text(cited.quote.strip()).splitlines()
    lines = "\n".join(f"> {part}".rstrip() for part in quoted_lines)
    return f"{lines}\n>\n> — {line}"


def _markdown_text(text: str) -> str:
    # «1\.» for «1.», «\-» for «-», which at the start of a line would make a list or heading.
    return _LIST_SIGN.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", text))


def bibtex(cited: Cited) -> str:
    """A `@misc` entry, whose key depends on nothing but the document's id and date.

    BibTeX 0.99 as its manual «BibTeXing» (Patashnik, 1988) describes it: braces keep names of
    organisations whole and capitals as they are, `url` and `language` are fields of babel's and
    biblatex's styles; accents stay as they are (UTF-8).
    """
    document = cited.document
    words = quoted(_one_line(cited.quote)) if cited.quote else ""
    note = (document.symbol, _place(cited, _("pág.")), words)
    values = {
        # In braces of their own: «and» inside a name would divide it, a comma turn it around.
        "author": " and ".join(f"{{{_latex_text(name)}}}" for name in organisations(document)),
        "title": f"{{{_latex_text(_one_line(document.title))}}}",
        "year": _year(document.date) or "",
        "howpublished": _("Diapositivas") if document.document_type == DocumentType.SLIDES else "",
        "note": _latex_text(", ".join(filter(None, note))),
        "language": MAIN_LANGUAGES.get(document.language, ""),
        "url": _address(cited),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in values.items() if value]
    # Outside of braces: a macro, which each style writes in its language.
    month = _ISO_DATE.fullmatch(document.date or "")
    lines += [f"  month = {_MONTHS[int(month[1]) - 1]},\n"] if month else []
    return f"@misc{{{bibtex_key(document)},\n{''.join(lines)}}}"


def bibtex_key(document: Document) -> str:
    """A BibTeX key that stays what it is while the document's id and year do, and is no other
    document's: what the id loses in becoming a key is told apart by a digest."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(document.id)).strip("-")
    if plain != document.id:
        plain = f"{plain}-{sha256(document.id.encode()).hexdigest()[:6]}".lstrip("-")
    year = _year(document.date)
    return f"{plain}-{year}" if year else plain


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


STYLES: dict[str, tuple[str, Callable[[Cited], str]]] = {
    "un": (N_("Naciones Unidas"), united_nations),
    "apa": ("APA 7", apa),
    "markdown": ("Markdown", markdown),
    "bibtex": ("BibTeX", bibtex),
}
"""Each style with what it is called."""


def organisations(document: Document) -> tuple[str, ...]:
    """The organisations that answer for a document."""
    names = _ORGANISATION_SEPARATOR.split(document.organisers or "")
    return tuple(_one_line(name) for name in names if name.strip())


def _joined(names: Sequence[str]) -> str:
    """«A, B y C»; «y» is «e» before the sound of an i, as in «e Instituto» (RAE)."""
    if len(names) < 2:
        return "".join(names)
    joint = "e" if language() == DEFAULT and _SOUNDS_I.match(fold(names[-1])) else _("y")
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"


def _address(cited: Cited) -> str:
    """The address without signs that would end a link of Markdown or a field of BibTeX."""
    return quote(cited.url, safe="%/:?#[]@!$&'()*+,;=~")


def _place(cited: Cited, page: str) -> str:
    """«pág. 3», «diapositiva 3», or nothing."""
    if cited.page is None:
        return ""
    if cited.document.document_type == DocumentType.SLIDES:
        return str(page_name(cited.document.document_type, cited.page)).lower()
    return f"{page} {cited.page}"


def _year(date: str | None) -> str | None:
    # A date may be any text; four digits of their own are its year.
    found = re.search(r"(?<!\d)\d{4}(?!\d)", date or "")
    return found[0] if found else None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _ended(text: str) -> str:
    """With a full stop, but not with two."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def _unended(text: str) -> str:
    """Without its full stop, which is to stand behind the quotation mark; «...» stays."""
    return text if text.endswith("..") else text.removesuffix(".")


LONGEST_QUOTE = 2_000  # characters, a page of print; more is a copy, not a quote

StyleName = Literal["un", "apa", "markdown", "bibtex"]


@dataclass(frozen=True, slots=True)
class CitationStyle:
    """A citation in one style, and what that is called."""

    style: str
    label: str
    text: str


def styles(cited: Cited) -> list[CitationStyle]:
    """The citation in every style, in the order of the table."""
    return [
        CitationStyle(style=name, label=_(label), text=write(cited))
        for name, (label, write) in STYLES.items()
    ]


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
            text = _("La página tiene {length} caracteres: no hay cita entre {start} y {end}.")
            raise QueryError(text.format(length=len(page.text), start=start, end=end))
        if end - start > LONGEST_QUOTE:
            text = _("La cita pasa de {most} caracteres: acórtela.")
            raise QueryError(text.format(most=LONGEST_QUOTE))
        quote = page.text[start:end]
        if not quote.strip():
            text = _("Entre {start} y {end} solo hay espacios: no hay nada que citar.")
            raise QueryError(text.format(start=start, end=end))
        standing = (
            passage.id
            for passage in passages
            for extent in passage.extents
            if extent.page == page.number and extent.start <= start < extent.end
        )
        passage_id = next(standing, None)
    here = document_url(document.id, number, passage_id)
    url = f"{origin}{here}" if origin else document.source_url or ""
    return Cited(document, number, quote, url)
