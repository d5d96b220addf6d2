"""Sources in `fuentes/` become the demonstration documents in `documentos/`.

python corpus/build.py            writes every document
python corpus/build.py --check    exits 1 if a written document is not what its source gives
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from render.package import members
from render.pdf import render_pdf
from render.slides import render_slides
from render.source import Source, read_source
from render.web import render_markdown, render_web
from render.word import render_word

CORPUS = Path(__file__).resolve().parent
SOURCES = CORPUS / "fuentes"
DOCUMENTS = CORPUS / "documentos"

RENDERERS: dict[str, Callable[[Source], bytes]] = {
    ".pdf": render_pdf,
    ".docx": render_word,
    ".pptx": render_slides,
    ".html": render_web,
    ".md": render_markdown,
}
PACKAGES = (".docx", ".pptx")


def render_all() -> dict[str, bytes]:
    """Every document by its file name."""
    sources = [read_source(path) for path in sorted(SOURCES.glob("*.md"))]
    return {source.file: RENDERERS[Path(source.file).suffix](source) for source in sources}


def differences(documents: dict[str, bytes]) -> list[str]:
    """What the folder of documents lacks, holds in excess or holds differently."""
    present = {path.name: path.read_bytes() for path in DOCUMENTS.iterdir()}
    missing = [f"missing: {name}" for name in sorted(documents.keys() - present.keys())]
    surplus = [f"without source: {name}" for name in sorted(present.keys() - documents.keys())]
    both = sorted(documents.keys() & present.keys())
    changed = [name for name in both if not _same(name, documents[name], present[name])]
    return [*missing, *surplus, *(f"differs from its source: {name}" for name in changed)]


def _same(name: str, rendered: bytes, present: bytes) -> bool:
    if Path(name).suffix in PACKAGES:
        return members(rendered) == members(present)
    return rendered == present


def write(documents: dict[str, bytes]) -> None:
    """Make the folder hold exactly these documents."""
    DOCUMENTS.mkdir(exist_ok=True)
    for path in DOCUMENTS.iterdir():
        if path.name not in documents:
            path.unlink()
    for name, content in documents.items():
        (DOCUMENTS / name).write_bytes(content)


def main() -> int:
    """Build or check; the exit code says whether the documents match their sources."""
    parser = argparse.ArgumentParser(description="Build the demonstration documents.")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    arguments = parser.parse_args()
    documents = render_all()
    if not arguments.check:
        write(documents)
        print(f"{len(documents)} documents, {sum(map(len, documents.values())):,} bytes")
        return 0
    found = differences(documents)
    print("\n".join(found) or f"{len(documents)} documents match their sources")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
