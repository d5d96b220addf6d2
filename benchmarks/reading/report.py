"""Results of one part: numbers for the file of results, a table and what failed for people."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results" / "reading.json"


@dataclass(frozen=True, slots=True)
class Target:
    """A number that is to be reached: at least, or at most."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        enough = self.least is None or self.value >= self.least
        return enough and (self.most is None or self.value <= self.most)

    def __str__(self) -> str:
        bound = f"≥ {self.least}" if self.least is not None else f"≤ {self.most}"
        return f"{'ok  ' if self.met else 'MISS'} {self.name}: {self.value:g} (target {bound})"


@dataclass(frozen=True, slots=True)
class Report:
    """What one part found."""

    numbers: dict[str, Any]
    table: Sequence[str]
    targets: Sequence[Target] = ()
    failing: Sequence[str] = field(default=())

    def show(self, title: str) -> None:
        print(f"\n== {title} ==")
        for line in (*self.table, *map(str, self.targets)):
            print(line)
        for line in self.failing:
            print(f"  - {line}")


def keep(part: str, report: Report) -> None:
    """Replace what the file of results says about this part; the others stay."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    revision = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    targets = {target.name: [target.value, target.met] for target in report.targets}
    held[part] = {"revision": revision, "targets": targets, **report.numbers}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
