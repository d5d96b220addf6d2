"""An evaluation folder in BEIR layout to records, questions and judgements, and to an index.

`corpus.jsonl` (`_id`, `text`, optional `title` and `language`), `queries.jsonl` (`_id`, `text`)
and `qrels/test.tsv` (Thakur et al., NeurIPS 2021). A record is one passage.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from search.embed import Embedder
from search.entries import make_entry
from search.errors import EvaluationError
from search.index import open_index
from search.spanish import ANALYSIS_VERSION
from search.types import (
    BlockKind,
    Document,
    DocumentType,
    Draft,
    Extent,
    Page,
    Passage,
    Qrels,
)

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Question:
    """A judged question; `group` is what results are reported by (gold language, kind)."""

    id: str
    text: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One passage of an evaluation collection."""

    id: str
    title: str
    text: str
    language: str


def read_questions(folder: Path) -> tuple[list[Question], Qrels]:
    """The questions that have judgements, and these. Raises `EvaluationError`."""
    path = folder / "qrels" / "test.tsv"
    qrels: Qrels = {}
    for number, line in enumerate(_lines(path), 1):
        fields = line.split("\t")
        if number == 1 and not fields[-1].isdigit():
            continue
        if len(fields) != 3 or not fields[2].isdigit():
            raise EvaluationError(f"«{path}», línea {number}: se esperaba consulta, pasaje y grado")
        qrels.setdefault(fields[0], {})[fields[1]] = int(fields[2])
    questions = [
        Question(str(row["_id"]), str(row["text"]), str(row.get("gold_language", "")))
        for row in _rows(folder / "queries.jsonl")
        if str(row["_id"]) in qrels
    ]
    if not questions:
        raise EvaluationError(f"en «{folder}» no hay ninguna consulta con juicios")
    return questions, {question.id: qrels[question.id] for question in questions}


def read_records(folder: Path) -> list[Record]:
    """The collection. Raises `EvaluationError`."""
    records = [
        Record(
            str(row["_id"]),
            str(row.get("title") or ""),
            str(row["text"]),
            str(row.get("language") or "es"),
        )
        for row in _rows(folder / "corpus.jsonl")
    ]
    counts = Counter(record.id for record in records)
    if records and counts[(repeated := max(counts, key=counts.__getitem__))] > 1:
        raise EvaluationError(f"«{folder / 'corpus.jsonl'}»: el «_id» «{repeated}» se repite")
    return records


def _lines(path: Path) -> Iterator[str]:
    try:
        # Not `splitlines`: texts may hold the rarer line separators of Unicode.
        yield from path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"no se puede leer «{path}»: {error}") from error


def _rows(path: Path) -> Iterator[dict[str, object]]:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise EvaluationError(f"«{path}», línea {number}: no es JSON ({error})") from error
        if not isinstance(row, dict) or "_id" not in row or "text" not in row:
            raise EvaluationError(f"«{path}», línea {number}: faltan «_id» o «text»")
        yield row


def collection_key(folder: Path, model: str) -> str:
    """A name for the index of a collection: the same files and model give the same."""
    content = (folder / "corpus.jsonl").read_bytes()
    return hashlib.blake2b(
        content + model.encode() + bytes([ANALYSIS_VERSION]), digest_size=8
    ).hexdigest()


def index_records(
    records: Sequence[Record], location: Path, embedder: Embedder, progress: Callable[[int], None]
) -> None:
    """Index a collection, a document a batch of records, unless it stands there already."""
    index = open_index(location, create=True)
    try:
        index.claim_model(embedder.name)
        present = index.fingerprints()
        for start in range(0, len(records), _BATCH):
            batch = records[start : start + _BATCH]
            document = _document(start)
            if ("beir", document.path) in present:
                progress(len(batch))
                continue
            pages = [Page(i + 1, record.text) for i, record in enumerate(batch)]
            passages = [_passage(document, i, record) for i, record in enumerate(batch)]
            entry = make_entry(Draft(document, tuple(pages), tuple(passages)), embedder, progress)
            index.put(entry, document.id)
        index.publish()
    finally:
        index.close()


def _document(start: int) -> Document:
    return Document(
        id=f"lote-{start:08d}",
        title="",
        document_type=DocumentType.OTHER,
        language="es",
        file="corpus.jsonl",
        root="beir",
        path=f"{start:08d}",
        sha256="",
        media_type="application/jsonl",
        pages=_BATCH,
        paged=True,
    )


def _passage(document: Document, place: int, record: Record) -> Passage:
    return Passage(
        id=record.id,
        document_id=document.id,
        kind=BlockKind.PARAGRAPH,
        section=(record.title,) if record.title else (),
        text=record.text,
        language=record.language,
        extents=(Extent(place + 1, 0, len(record.text), 0),),
    )
