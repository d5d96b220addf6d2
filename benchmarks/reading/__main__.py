"""How well documents are read, against material with known content.

Run `python -m benchmarks.reading [--part NAME …] [FOLDER]`; the folder holds `nota/`, `truth/`,
`docs/`, `odd/` and `hostile/`. Prints tables and the failing cases, says on stderr what it is
doing, and keeps the numbers of each part in `benchmarks/results/reading.json`.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.reading.markdown import measure_markdown
from benchmarks.reading.material import DATA
from benchmarks.reading.nota import measure_nota
from benchmarks.reading.provenance import measure_provenance
from benchmarks.reading.report import Report, keep
from benchmarks.reading.scans import measure_scans
from benchmarks.reading.speed import measure_speed
from benchmarks.reading.statuses import measure_statuses
from benchmarks.reading.structure import measure_truth

PARTS: dict[str, Callable[[Path], Report]] = {
    "nota": measure_nota,
    "truth": measure_truth,
    "markdown": measure_markdown,
    "ocr": measure_scans,
    "hostile": measure_statuses,
    "speed": measure_speed,
    "provenance": measure_provenance,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    if not options.folder.is_dir():
        print(f"no material in {options.folder}", file=sys.stderr)
        return 2
    for part in options.part:
        print(part, file=sys.stderr)
        report = PARTS[part](options.folder)
        report.show((PARTS[part].__doc__ or part).splitlines()[0])
        keep(part, report)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
