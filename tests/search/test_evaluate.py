"""A judged collection through the search that users get, to a scorecard."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from search.errors import EvaluationError
from search.evaluation.beir import (
    COMPONENTS,
    Question,
    QuestionSet,
    Record,
    Scorecard,
    collection_key,
    evaluate,
    index_records,
    read_questions,
    read_records,
)
from search.evaluation.compare import Change, Difference, Graded, Marks, compare, read_graded
from search.evaluation.judged import (
    Judged,
    JudgedAnswer,
    Point,
    Relevant,
    read_judged,
    risk_coverage,
)
from search.index import open_engine
from search.results import Query
from search.searcher import open_searcher

EMBEDDER = HashEmbedder()
CORPUS: list[dict[str, str | None]] = [
    {
        "_id": "d1",
        "title": "Taller",
        "text": "presupuesto municipal participativo",
        "language": "es",
    },
    {"_id": "d2", "text": "inscripción en línea hasta octubre"},
    {"_id": "d3", "title": None, "text": "open budget portal", "language": "en"},
    {"_id": "d4", "text": "almuerzo para todos"},
]
QUERIES = [
    {"_id": "q1", "text": "presupuesto participativo", "gold_language": "es"},
    {"_id": "q2", "text": "open budget", "gold_language": "en"},
    {"_id": "q3", "text": "almuerzo octubre"},
    {"_id": "q9", "text": "sin juicios"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td4\t1\nq2\td3\t1\nq3\td2\t1\nq3\td4\t0\n"


def lines(rows: Sequence[Mapping[str, str | None]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "coleccion"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(lines(CORPUS), encoding="utf-8")
    (folder / "queries.jsonl").write_text(lines(QUERIES), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return folder


def scored(folder: Path, index: Path, depth: int = 100) -> tuple[Scorecard, list[int]]:
    steps: list[int] = []
    index_records(read_records(folder), index, EMBEDDER, steps.append)
    searcher = open_searcher(index, EMBEDDER)
    questions, qrels = read_questions(folder)
    card = evaluate(searcher, QuestionSet(questions, qrels, depth), steps.append)
    searcher.close()
    return card, steps


def test_questions_without_judgements_are_left_out(folder: Path) -> None:
    assert read_questions(folder) == (
        [
            Question("q1", "presupuesto participativo", "es"),
            Question("q2", "open budget", "en"),
            Question("q3", "almuerzo octubre", ""),
        ],
        {"q1": {"d1": 2, "d4": 1}, "q2": {"d3": 1}, "q3": {"d2": 1, "d4": 0}},
    )


def test_a_record_without_title_or_language_is_spanish_without_title(folder: Path) -> None:
    assert read_records(folder) == [
        Record("d1", "Taller", "presupuesto municipal participativo", "es"),
        Record("d2", "", "inscripción en línea hasta octubre", "es"),
        Record("d3", "", "open budget portal", "en"),
        Record("d4", "", "almuerzo para todos", "es"),
    ]


def test_the_scorecard_says_how_well_each_component_ranks(folder: Path, tmp_path: Path) -> None:
    card, steps = scored(folder, tmp_path / "indice")
    order = {name: ranking(folder, tmp_path / "indice", name) for name in COMPONENTS}
    assert (card.queries, card.passages) == (3, 4)
    assert steps == [4, 1, 1, 1]
    assert card.components == pytest.approx({n: by_hand(found) for n, found in order.items()})
    assert card.measures["ndcg_at_10"] == card.components["shipped"]
    assert card.measures["recall_at_100"] == 1.0
    assert card.measures["recall_at_1"] == pytest.approx(
        (0.5 + 1 + (order["shipped"]["q3"][0] == "d2")) / 3
    )
    assert list(card.groups) == ["en", "es"]
    place = {name: math.log2(found["q2"].index("d3") + 2) for name, found in order.items()}
    assert card.groups["en"] == pytest.approx({name: 1 / place[name] for name in order})
    assert card.groups["en"]["shipped"] == 1.0
    assert 0 < card.ms_per_query_p50 <= card.ms_per_query_p95


def ranking(folder: Path, index: Path, component: str) -> dict[str, list[str]]:
    """What a component puts where, from its scores alone."""
    searcher = open_searcher(index, EMBEDDER)
    found = {}
    for question in read_questions(folder)[0]:
        _, ranked = searcher.examine(Query(question.text))
        scores = COMPONENTS[component](ranked).tolist()
        places = sorted(range(len(scores)), key=lambda place: -scores[place])
        found[question.id] = [ranked.passages.ids[place] for place in places]
    searcher.close()
    return found


def by_hand(order: dict[str, list[str]]) -> float:
    """Mean nDCG@10 of the three questions."""
    place = {(q, d): math.log2(i + 2) for q, found in order.items() for i, d in enumerate(found)}
    first = (3 / place["q1", "d1"] + 1 / place["q1", "d4"]) / (3 + 1 / math.log2(3))
    return (first + 1 / place["q2", "d3"] + 1 / place["q3", "d2"]) / 3


def test_a_ranking_is_judged_no_deeper_than_asked(folder: Path, tmp_path: Path) -> None:
    card, _ = scored(folder, tmp_path / "indice", depth=1)
    assert card.measures["recall_at_100"] == card.measures["recall_at_1"]


def test_a_collection_is_indexed_once(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "indice"
    first, _ = scored(folder, index)
    before = open_engine(index)
    again, steps = scored(folder, index)
    after = open_engine(index)
    assert before.collection().info == after.collection().info
    assert (again.measures, steps[0]) == (first.measures, 4)
    before.close()
    after.close()


def test_the_name_of_an_index_tells_the_collection_and_the_model(
    folder: Path,
) -> None:
    key = collection_key(folder, "uno")
    assert collection_key(folder, "uno") == key
    assert collection_key(folder, "dos") != key
    (folder / "corpus.jsonl").write_text(lines(CORPUS[:3]), encoding="utf-8")
    assert collection_key(folder, "uno") != key


def test_texts_may_hold_the_rarer_line_separators(folder: Path) -> None:
    """Lines were once parted by `splitlines`, which cut such records in two."""
    odd = [{"_id": "d1", "text": "uno\u2028dos\u0085tres"}]
    (folder / "corpus.jsonl").write_text(lines(odd), encoding="utf-8")
    assert [record.text for record in read_records(folder)] == ["uno\u2028dos\u0085tres"]


def test_line_ends_of_any_system_and_empty_lines_are_taken(folder: Path) -> None:
    (folder / "queries.jsonl").write_bytes(lines(QUERIES).replace("\n", "\r\n\r\n").encode())
    (folder / "qrels" / "test.tsv").write_bytes(QRELS.replace("\n", "\r\n").encode())
    assert len(read_questions(folder)[0]) == 3


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("{", "línea 2: no es JSON"),
        ("[]", "línea 2: faltan «_id» o «text»"),
        ('{"_id": "x"}', "línea 2: faltan «_id» o «text»"),
        ('{"text": "x"}', "línea 2: faltan «_id» o «text»"),
    ],
)
@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl"])
def test_a_malformed_record_is_named_by_its_line(
    folder: Path, name: str, line: str, cause: str
) -> None:
    (folder / name).write_text(f'{{"_id": "q1", "text": "x"}}\n{line}\n', encoding="utf-8")
    read = read_records if name == "corpus.jsonl" else read_questions
    with pytest.raises(EvaluationError, match=f"{name}», {cause}"):
        read(folder)


@pytest.mark.parametrize("line", ["q1\td1", "q1\td1\talto", "q1\td1\t1\t2", "q1 d1 1", ""])
def test_a_malformed_judgement_is_named_by_its_line(folder: Path, line: str) -> None:
    text = f"query-id\tcorpus-id\tscore\nq1\td1\t1\n{line}\nq2\td3\t1\n"
    (folder / "qrels" / "test.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match="línea 3: se esperaba consulta, pasaje y grado"):
        read_questions(folder)


def test_a_repeated_id_is_refused(folder: Path) -> None:
    (folder / "corpus.jsonl").write_text(lines([*CORPUS, CORPUS[1]]), encoding="utf-8")
    with pytest.raises(EvaluationError, match="el «_id» «d2» se repite"):
        read_records(folder)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
@pytest.mark.parametrize("data", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(folder: Path, name: str, data: bytes | None) -> None:
    if data is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(data)
    read = read_records if name == "corpus.jsonl" else read_questions
    with pytest.raises(EvaluationError, match=f"no se puede leer «.*{name}»"):
        read(folder)


def test_judgements_of_no_question_are_refused(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("q7\td1\t1\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="no hay ninguna consulta con juicios"):
        read_questions(folder)


# --- risk and coverage ---


def judged_answer(
    confidence: float, kind: str, right: bool = False, answered: bool = True
) -> JudgedAnswer:
    return JudgedAnswer(confidence, kind, kind == "fact", right, answered)


def test_the_curve_says_what_each_threshold_would_answer() -> None:
    curve = risk_coverage(
        [
            judged_answer(0.9, "fact", right=True),
            judged_answer(0.8, "off-topic"),
            judged_answer(0.7, "fact"),
            judged_answer(0.2, "near-miss", answered=False),
            judged_answer(0.1, "fact", right=True, answered=False),
            judged_answer(0.0, "near-miss", answered=False),
            judged_answer(0.3, "fact", right=True),
        ]
    )
    assert curve.points == (
        Point(0.9, 0.25, 1.0, {"near-miss": 0.0, "off-topic": 0.0}),
        Point(0.7, 0.5, 0.5, {"near-miss": 0.0, "off-topic": 1.0}),
        Point(0.3, 0.75, 2 / 3, {"near-miss": 0.0, "off-topic": 1.0}),
        Point(0.1, 1.0, 0.75, {"near-miss": 0.5, "off-topic": 1.0}),
    )
    assert curve.shipped == Point(0.3, 0.75, 2 / 3, {"near-miss": 0.0, "off-topic": 1.0})
    assert curve.at(0.6) == curve.points[2]
    assert curve.at(0.75) == curve.points[2]
    assert curve.at(1.01) is None


def test_without_answerable_questions_there_is_no_curve() -> None:
    curve = risk_coverage([judged_answer(0.8, "off-topic")])
    assert (curve.points, curve.shipped) == ((), None)


# --- comparing scorecards ---

GOOD, POOR = Marks(1.0, 1.0, 1.0), Marks(0.5, 1.0, 0.0)


def kind_of(name: str, marks: Sequence[Marks], versions: Mapping[str, Marks] = {}) -> list[Graded]:
    return [
        Graded(f"{name}{n}", name, f"pregunta {n}", {"original": one, **versions})
        for n, one in enumerate(marks)
    ]


def test_a_kind_that_falls_is_named_with_its_measures() -> None:
    before = kind_of("fact", [GOOD] * 10) + kind_of("list", [GOOD] * 10)
    after = kind_of("fact", [GOOD] * 9 + [POOR]) + kind_of("list", [GOOD] * 10)
    comparison = compare(before, after)
    assert comparison.kinds == (
        Difference("fact", 10, GOOD, Marks(0.95, 1.0, 0.9)),
        Difference("list", 10, GOOD, GOOD),
    )
    assert comparison.fallen() == {"fact": ("nDCG@10", "right answers")}
    assert comparison.fallen(0.06) == {"fact": ("right answers",)}
    assert comparison.fallen(0.1) == {}
    assert comparison.changes == (Change(after[9], "original", GOOD, POOR),)
    assert compare(after, before).fallen() == {}


def test_a_perturbation_that_falls_is_told_apart_from_a_kind() -> None:
    before = kind_of("typo", [GOOD] * 8, {"typo": GOOD})
    after = kind_of("typo", [GOOD] * 8, {"typo": POOR})
    comparison = compare(before, after)
    assert comparison.fallen() == {"~typo": ("nDCG@10", "right answers")}
    assert [change.version for change in comparison.changes] == ["typo"] * 8


def test_a_kind_of_seven_questions_cannot_fail() -> None:
    comparison = compare(kind_of("fact", [GOOD] * 7), kind_of("fact", [POOR] * 7))
    assert (comparison.fallen(), len(comparison.changes)) == ({}, 7)


def test_only_questions_of_both_with_the_same_text_are_compared() -> None:
    before = kind_of("fact", [GOOD] * 9, {"upper": GOOD})
    rewritten = Graded("fact0", "fact", "otra pregunta", {"original": POOR})
    new = kind_of("fact", [POOR] * 12, {"marks": POOR})[9:]
    comparison = compare(before, [rewritten, *before[1:], *new])
    assert comparison.kinds == (Difference("fact", 8, GOOD, GOOD),)
    assert comparison.perturbations == (Difference("upper", 8, GOOD, GOOD),)


@pytest.mark.parametrize("text", ["", "[]", '{"questions": [{"id": "q1"}]}', '{"questions": 3}'])
def test_what_is_no_saved_scorecard_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "otro.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match="no es un resultado guardado"):
        read_graded(path)


# --- judged questions ---


def test_a_judged_question_may_bring_its_language_and_its_translation(tmp_path: Path) -> None:
    quote = {"document": "d", "quote": "una cita", "grade": 2}
    rows: list[dict[str, object]] = [
        {"id": "a", "text": "what?", "kind": "foreign", "language": "en", "relevant": [quote]},
        {"id": "b", "text": "¿qué?", "kind": "fact", "en": "what?", "split": "test",
         "relevant": [{**quote, "grade": 1}]},
    ]  # fmt: skip
    path = tmp_path / "juicios.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    foreign, spanish = read_judged(path)
    assert foreign == Judged("a", "what?", "foreign", "", (Relevant("d", "una cita", 2),), "en", "")
    assert (spanish.language, spanish.english) == ("es", "what?")
    assert (foreign.answerable, spanish.answerable) == (True, False)
    assert read_judged(path, "test") == [spanish]
