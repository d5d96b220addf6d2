"""Guides that exist as Markdown and as the PDF made from it: are all words read, and no others?

Excluded on the side of the source, because the PDF does not print it: the syntax of Markdown and
HTML, comments, and the targets of links. Nothing is excluded on the side of the PDF. Three PDFs are
drafts («v0.1») that say other things than the source: they are shown, with the words that differ,
and do not count. So that nobody needs to believe that, each PDF's own text as PDFium gives it, page
headers and all, is compared with the source too.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pypdfium2
from lxml import html
from markdown_it import MarkdownIt

from benchmarks.reading.material import read
from benchmarks.reading.report import Report, Target
from benchmarks.reading.texts import Found, compare, words

SOURCES = "truth/datosgobar-md/docs/src"
PRINTED = "docs/paquete-apertura-datos"
DRAFTS = {
    "Guía_para_la_publicación_de_datos_en_formatos_abiertos": "guia-abiertos",
    "Guia_para_la_identificación_y_uso_de_entidades_interoperables": "guia-interoperables",
    "Guía_para_el_uso_y_la_publicación_de_metadatos": "perfil-metadatos",
}
HYPHENS = re.compile("[\ufffe\u0002]\\s*|-\r?\n")  # PDFium's marks of a hyphen at the end of a line
SHOWN = 15  # differing words that are shown on each side


@dataclass(frozen=True, slots=True)
class Score:
    """Words of one PDF's blocks against its source; `engine_f1` is the text of PDFium itself."""

    file: str
    source: str
    draft: bool
    word_f1: float
    recall: float
    precision: float
    engine_f1: float
    words: int
    only_in_source: dict[str, int]
    only_in_reading: dict[str, int]


def measure_markdown(data: Path) -> Report:
    """Guides as Markdown and as PDF: the words of both."""
    scores = []
    for pdf, source, draft in pairs(data):
        print(f"  {pdf.name}", file=sys.stderr)
        scores.append(score(pdf, source, draft))
    table = ["word F1  recall precis. PDFium  words  file (source)"]
    table += [
        f"{s.word_f1:.4f}   {s.recall:.3f}  {s.precision:.3f}   {s.engine_f1:.3f}  {s.words:5}"
        f"  {s.file} ({s.source}{', another version: not counted' if s.draft else ''})"
        for s in scores
    ]
    counted = [s.word_f1 for s in scores if not s.draft]
    failing = [
        f"{s.file}: {side}: " + ", ".join(f"{word} ×{n}" for word, n in list(found.items())[:SHOWN])
        for s in scores
        for side, found in (("lost", s.only_in_source), ("made up", s.only_in_reading))
        if found
    ]
    target = Target("word F1, worst of the same version", min(counted), least=0.97)
    return Report({"files": [asdict(s) for s in scores]}, table, [target], failing)


def pairs(data: Path) -> Iterator[tuple[Path, Path, bool]]:
    """Each PDF, the source it is made from, and whether it is an earlier version."""
    sources = {path.stem: path for path in (data / SOURCES).glob("*.md")}
    for pdf in sorted((data / PRINTED).glob("*.pdf")):
        for name, source in DRAFTS.items():
            if name in pdf.stem:
                yield pdf, sources[source], True
        for stem, path in sources.items():
            if pdf.stem.endswith(stem):
                yield pdf, path, False


def score(pdf: Path, source: Path, draft: bool) -> Score:
    expected = words(source_text(source))
    came = [word for block in read(pdf).reading.blocks for word in words(block.text)]
    found: Found = compare(expected, came)
    wanted, given = Counter(expected), Counter(came)
    return Score(
        file=pdf.name,
        source=source.name,
        draft=draft,
        word_f1=found.f1,
        recall=found.recall,
        precision=found.precision,
        engine_f1=compare(expected, words(engine_text(pdf))).f1,
        words=found.expected,
        only_in_source=dict((wanted - given).most_common(SHOWN)),
        only_in_reading=dict((given - wanted).most_common(SHOWN)),
    )


def source_text(path: Path) -> str:
    """What a reader of the rendered Markdown sees, by the CommonMark rules and tables."""
    rendered = MarkdownIt("commonmark").enable("table").render(path.read_text(encoding="utf-8"))
    tree = html.fragment_fromstring(rendered, create_parent="div")
    return "\n".join(tree.xpath(".//text()"))


def engine_text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as pdf:
        texts = [page.get_textpage().get_text_range() for page in pdf]
    return HYPHENS.sub("", "\n".join(texts))
