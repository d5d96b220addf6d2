"""A simulated log with planted gaps → which of them the report finds, and what the threshold costs.

python -m benchmarks.gaps --index data/index --model data/model
"""

import argparse
import json
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.gap_log import SURFACE, TUNE, Log, Planted, simulate
from search.documents import Floats
from search.embedding.encoder import Embedder, calibration_passages, open_embedder
from search.evaluation.judged import read_judged
from search.evaluation.perturb import versions
from search.searcher import open_searcher
from search.synonyms import Synonyms
from service.usage import log as log_module
from service.usage.gaps import (
    GapsRequest,
    Model,
    Report,
    Theme,
    centred,
    complete_linkage,
    gaps_report,
)
from service.usage.log import LEAST_SEARCHES, LOG_TABLES, insert, normalised, open_records

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
THRESHOLDS = (0.35, 0.4, 0.45, 0.475, 0.5, 0.525, 0.55, 0.6)
QUESTIONS = Path("corpus/consultas.jsonl")
MOSTLY, HALF = 0.8, 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--index", type=Path, default=Path("data/index"))
    parser.add_argument("--model", default="data/model")
    options = parser.parse_args()
    embedder = open_embedder(options.model)
    with closing(open_searcher(options.index, embedder)) as searcher:
        equivalents = searcher.equivalents
    result = {"thresholds": curve(embedder, equivalents), **proof(embedder, equivalents)}
    print(json.dumps(result, indent=2, ensure_ascii=False))


def curve(embedder: Embedder, equivalents: Synonyms) -> list[dict[str, float]]:
    """What each threshold makes of the subjects for tuning among all judged questions."""
    labelled = {text: f"tune {n}" for n, wordings in enumerate(TUNE) for text in wordings}
    for place, question in enumerate(read_judged(QUESTIONS)):
        if question.language == "es":
            for version in versions([question], SURFACE if place % 4 == 0 else [], equivalents):
                labelled.setdefault(version.text, question.id)
    once = {normalised(text): text for text in reversed(labelled)}.values()
    embedded = np.stack([embedder.embed_query(text).vector for text in once])
    passages = calibration_passages()[::3]
    centre = np.mean([embedder.embed_query(text).vector for text in passages], axis=0)
    unit = centred(embedded, centre.astype(np.float32))
    return [measured(unit, [labelled[text] for text in once], least) for least in THRESHOLDS]


def measured(unit: Floats, labels: list[str], least: float) -> dict[str, float]:
    """B-cubed precision and recall over all texts, recall over the subjects, subjects found."""
    precision, recall, subjects, found = [], [], [], set[str]()
    for rows in complete_linkage(unit, least):
        inside = [labels[row] for row in rows]
        for label in inside:
            share = inside.count(label)
            precision.append(share / len(rows))
            recall.append(share / labels.count(label))
            if label.startswith("tune"):
                subjects.append(recall[-1])
                if precision[-1] >= MOSTLY and recall[-1] >= HALF:
                    found.add(label)
    return {
        "least": least,
        "precision": round(float(np.mean(precision)), 3),
        "recall": round(float(np.mean(recall)), 3),
        "recall_of_subjects": round(float(np.mean(subjects)), 3),
        "subjects_found": len(found),
    }


def proof(embedder: Embedder, equivalents: Synonyms) -> dict[str, object]:
    """Whether the report of the simulated log tells all that was planted, and nothing private."""
    log = simulate(read_judged(QUESTIONS), equivalents, NOW)
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder)
        write(index, log)
        model = Model(embedder.name, lambda text: embedder.embed_query(text).vector)
        begun = time.perf_counter()
        gaps_report(index, GapsRequest(), model, NOW)
        first = time.perf_counter() - begun
        begun = time.perf_counter()
        report = gaps_report(index, GapsRequest(), model, NOW)
        again = time.perf_counter() - begun
    best = {gap.name: theme_of(report, gap) for gap in log.planted}
    found = {name: theme for name, theme in best.items() if theme}
    purity = [theme.toolkits[0].searches / theme.searches for theme in found.values()]
    coverage = [
        found[g.name].toolkits[0].searches / g.searches for g in log.planted if g.name in found
    ]
    return {
        "searches": len(log.asked),
        "distinct_texts": len(log.texts),
        "planted": len(log.planted),
        "found": len(found),
        "missed": [name for name, theme in best.items() if not theme],
        "purity": round(float(np.mean(purity)), 3),
        "coverage": round(float(np.mean(coverage)), 3),
        "shown_under_five": shown_too_rare(report, log),
        "seconds_first": round(first, 1),
        "seconds_again": round(again, 1),
    }


def write(index: Path, log: Log) -> None:
    """The log as the service would have written it."""
    with (
        closing(open_records(index, LOG_TABLES + log_module.VECTOR_TABLES)) as connection,
        connection,
    ):
        insert(connection, log.asked, log.events)


def theme_of(report: Report, gap: Planted) -> Theme | None:
    """The theme that tells of a planted gap: mostly of it, and at least half of it."""
    for section in report.sections:
        for theme in section.themes if section.kind is gap.kind else ():
            own = sum(count.searches for count in theme.toolkits if count.value == gap.guide)
            if own >= MOSTLY * theme.searches and own >= HALF * gap.searches:
                return theme
    return None


def shown_too_rare(report: Report, log: Log) -> list[str]:
    """Texts in the report that fewer than five searches had, and counts below five."""
    times = log.texts
    themes = [theme for section in report.sections for theme in section.themes]
    texts = {count.value for theme in themes for count in theme.wordings}
    texts |= {theme.name for theme in themes if theme.quoted}
    small = [theme.name for theme in themes if theme.searches < LEAST_SEARCHES]
    return sorted(text for text in texts if times.get(normalised(text), 0) < LEAST_SEARCHES) + small


if __name__ == "__main__":
    main()
