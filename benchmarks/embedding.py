"""How fast the embedder is and what it keeps in memory, against the bare encoder it is made of.

Run `python -m benchmarks.embedding [MODEL]`, by default `data/model`. Speeds are per second of
processor time on one thread, so that neighbours on the machine do not count; latencies are wall
time. Prints a table and writes `benchmarks/results/embedding.json`.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median

import numpy as np
from tokenizers import Tokenizer

from search.documents import Ints
from search.embedding.encoder import (
    MAX_TOKENS,
    PAD,
    PASSAGE_PREFIX,
    OnnxEmbedder,
    OnnxEncoder,
    calibration_passages,
)

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results" / "embedding.json"
BATCHES = (1, 8, 32)
ROUNDS = 3
JOINED = 6  # calibration passages that make one of about 190 tokens


def resident_megabytes() -> float:
    """The memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def processor_seconds(work: Callable[[], object]) -> float:
    """The fastest of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        rounds.append(time.process_time() - started)
    return min(rounds)


def run_bare(encoder: OnnxEncoder, rows: Sequence[Ints], size: int) -> None:
    """Only forward passes, on token ids that are sorted and padded beforehand."""
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        ids = np.full((len(batch), len(batch[-1])), PAD, np.int32)
        for line, row in zip(ids, batch, strict=True):
            line[: len(row)] = row
        encoder.run(ids)


def throughput(
    embedder: OnnxEmbedder, encoder: OnnxEncoder, folder: Path, texts: list[str]
) -> dict[str, float]:
    # `encoder.run` takes token ids: those that `embed` would give it.
    tokenizer = Tokenizer.from_file(str(folder / "onnx" / "tokenizer.json"))
    encoded = (tokenizer.encode(PASSAGE_PREFIX + text).ids[:MAX_TOKENS] for text in texts)
    rows = sorted((np.array(ids, np.int32) for ids in encoded), key=len)
    speeds = {
        f"bare, batches of {size}": len(texts)
        / processor_seconds(lambda size=size: run_bare(encoder, rows, size))
        for size in BATCHES
    }
    product = len(texts) / processor_seconds(lambda: embedder.embed_passages(texts))
    return {
        "tokens a passage": mean(len(row) for row in rows),
        **speeds,
        "embed_passages": product,
        "share of bare, one by one": product / speeds["bare, batches of 1"],
        "share of the best bare": product / max(speeds.values()),
    }


def latencies(embedder: OnnxEmbedder, texts: Sequence[str]) -> list[float]:
    """Milliseconds of each question."""
    spent = []
    for text in texts:
        started = time.perf_counter()
        embedder.embed_query(text)
        spent.append(1000 * (time.perf_counter() - started))
    return spent


def measure(folder: Path) -> dict[str, dict[str, float]]:
    before = resident_megabytes()
    started = time.perf_counter()
    embedder = OnnxEmbedder(folder)
    loading = time.perf_counter() - started
    loaded = resident_megabytes()
    passages = calibration_passages()
    questions = [f"¿{passage.split('.')[0]}?" for passage in passages[:100]]
    spent = latencies(embedder, questions)
    asked = resident_megabytes()
    long = [" ".join(passages[start : start + JOINED]) for start in range(0, 120, 3)]
    encoder = OnnxEncoder(folder / "onnx")
    return {
        "serving": {
            "load seconds": loading,
            "query ms, median": median(spent),
            "query ms, 95 %": float(np.percentile(spent, 95)),
            "MB before load": before,
            "MB after load": loaded,
            "MB after 100 queries": asked,
        },
        "long passages a second": throughput(embedder, encoder, folder, long),
        "short passages a second": throughput(embedder, encoder, folder, passages),
    }


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", nargs="?", type=Path, default=ROOT / "data" / "model")
    results = measure(parser.parse_args(arguments).model)
    for title, numbers in results.items():
        print(title)
        for name, value in numbers.items():
            print(f"  {name:28} {value:8.2f}")
    RESULTS.parent.mkdir(exist_ok=True)
    rounded = {
        title: {name: round(value, 3) for name, value in numbers.items()}
        for title, numbers in results.items()
    }
    RESULTS.write_text(json.dumps(rounded, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
