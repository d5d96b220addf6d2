"""Reads an evaluation folder in BEIR layout, indexes its collection and scores a search over it.

`corpus.jsonl` (`_id`, `text`, optional `title` and `language`), `queries.jsonl` (`_id`, `text`)
and `qrels/test.tsv` (Thakur et al., NeurIPS 2021). A record is one passage.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search import ranking
from search.documents import BlockKind, Document, DocumentType, Draft, Extent, Page, Passage
from search.embedding.encoder import Embedder
from search.embedding.late_interaction import make_entry
from search.errors import EvaluationError
from search.evaluation import judged
from search.index import open_writer
from search.ranking import RankedCandidates
from search.results import Qrels, Query, Run
from search.searcher import Searcher
from search.text.analysis import ANALYSIS_VERSION

# Records in one document. A document is one transaction, and one a record would take as many.
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
    for number, line in enumerate(judged.read_lines(path), 1):
        fields = line.split("\t")
        # The first line of BEIR names the columns; other sets leave it out.
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
    # A record becomes a passage of that id, and judgements could not tell two of them apart.
    counts = Counter(record.id for record in records)
    if records and counts[(repeated := max(counts, key=counts.__getitem__))] > 1:
        raise EvaluationError(f"«{folder / 'corpus.jsonl'}»: el «_id» «{repeated}» se repite")
    return records


def _rows(path: Path) -> Iterator[dict[str, object]]:
    for number, line in enumerate(judged.read_lines(path), 1):
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
    index = open_writer(location, embedder.name, create=True)
    try:
        present = index.inventory().documents
        for start in range(0, len(records), _BATCH):
            draft = _batch_draft(start, records[start : start + _BATCH])
            document = draft.document
            # An interrupted run goes on where it stopped.
            if ("beir", document.path) in present:
                progress(len(draft.passages))
                continue
            entry = make_entry(draft, embedder, progress)
            index.put(entry, document.id)
        index.publish()
    finally:
        index.close()


def _batch_draft(start: int, records: Sequence[Record]) -> Draft:
    """A document that holds a page for each record."""
    document = Document(
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
    passages = (
        Passage(
            id=record.id,
            document_id=document.id,
            kind=BlockKind.PARAGRAPH,
            section=(record.title,) if record.title else (),
            text=record.text,
            language=record.language,
            extents=(Extent(page, 0, len(record.text), 0),),
        )
        for page, record in enumerate(records, 1)
    )
    pages = (Page(number, record.text) for number, record in enumerate(records, 1))
    return Draft(document, tuple(pages), tuple(passages))


Component = Callable[[RankedCandidates], np.ndarray]

COMPONENTS: Mapping[str, Component] = {
    "bm25": lambda ranked: ranked.lexical,
    "dense": lambda ranked: ranked.cosine,
    "dense_centred": lambda ranked: ranked.dense,
    "fused": lambda ranked: (
        # Half and half of the two first-stage scores, as a baseline.
        0.5 * ranking.standardised(ranked.lexical) + 0.5 * ranking.standardised(ranked.cosine)
    ),
    "late": lambda ranked: ranked.late,
    "shipped": lambda ranked: ranked.scores,
}
"""Each score by itself over the same candidates, and the setting that is shipped."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Judged questions, and how deep a ranking is judged."""

    questions: Sequence[Question]
    qrels: Qrels
    depth: int = 100


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a set of judged questions says. `components` and `groups` hold nDCG@10 by component
    and by component within each group of questions; times are milliseconds of wall clock."""

    queries: int
    passages: int
    measures: Mapping[str, float]
    components: Mapping[str, float]
    groups: Mapping[str, Mapping[str, float]]
    ms_per_query_p50: float
    ms_per_query_p95: float


def evaluate(searcher: Searcher, asked: QuestionSet, progress: Callable[[int], None]) -> Scorecard:
    """Ask every question as the service would; the ranking is judged before grouping."""
    runs: dict[str, Run] = {name: {} for name in COMPONENTS}
    times = []
    for question in asked.questions:
        # Before grouping, which leaves few passages of a document: one holds a batch of records.
        result, ranked = searcher.examine(Query(question.text))
        times.append(result.took_ms)
        for name, component in COMPONENTS.items():
            scores = component(ranked)
            # Stable, so that equal scores keep the shipped order.
            order = np.argsort(-scores, kind="stable")[: asked.depth]
            runs[name][question.id] = {
                ranked.passages.ids[place]: float(scores[place]) for place in order.tolist()
            }
        progress(1)
    groups: dict[str, Qrels] = defaultdict(dict)
    for question in asked.questions:
        if question.group and question.id in asked.qrels:
            groups[question.group][question.id] = asked.qrels[question.id]

    def ndcg(qrels: Qrels) -> dict[str, float]:
        found = {name: judged.summary(run, qrels) for name, run in runs.items()}
        return {name: measures.get("ndcg_at_10", 0.0) for name, measures in found.items()}

    return Scorecard(
        queries=len(asked.questions),
        passages=searcher.info.passages,
        measures=judged.summary(runs["shipped"], asked.qrels),
        components=ndcg(asked.qrels),
        groups={name: ndcg(qrels) for name, qrels in sorted(groups.items())},
        ms_per_query_p50=float(np.percentile(times, 50)),
        ms_per_query_p95=float(np.percentile(times, 95)),
    )
