"""Write the table of the judged questions in README.md from benchmarks/results/scorecard.json.

python -m benchmarks.readme
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESULTS = Path("benchmarks/results/scorecard.json")
README = Path("README.md")
MARKED = re.compile(r"(<!-- scorecard -->\n).*?(?=<!-- /scorecard -->)", re.DOTALL)
"""What `make scorecard` replaces."""

LINES = (
    ("right passage in the first three", "answerable", "success_at_3"),
    ("nDCG@10", "answerable", "ndcg_at_10"),
    ("answered, of those that have an answer", "answerable", "answered"),
    ("quote from a passage that answers", "answerable", "right_answers"),
    ("silent, of those about something else", "off-topic", "right_answers"),
    ("silent, of those that only look answerable", "near-miss", "right_answers"),
)


def table(card: Mapping[str, Any]) -> str:
    """Both splits side by side, then every perturbation with what it costs."""
    splits = [card["splits"][name] for name in ("tune", "test")]
    counts = " | ".join(
        f"{name}, {split['answerable']['queries']} + {split['unanswerable']['queries']}"
        for name, split in zip(("tune", "test"), splits, strict=True)
    )
    rows = [
        f"| {text} | " + " | ".join(decimal(split[kind][measure]) for split in splits) + " |"
        for text, kind, measure in LINES
        if all(kind in split for split in splits)
    ]
    head = [f"| our judged questions, with + without an answer | {counts} |", "|---|---|---|"]
    altered = [
        f"{name} {change(row['ndcg_change'])} / {change(row['right_change'])}"
        for name, row in card["perturbations"].items()
    ]
    changes = (
        f"The same questions perturbed, change in nDCG@10 / right quotes: {', '.join(altered)}."
    )
    return "\n".join([*head, *rows, "", *wrapped(changes), ""])


def decimal(share: float) -> str:
    return f"{share:.2f}".removeprefix("0")


def change(number: float) -> str:
    return f"{number:+.3f}".replace("0.", ".").replace("-", "−")


def wrapped(text: str, width: int = 104) -> list[str]:
    """Lines of at most that many characters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def main() -> None:
    card = json.loads(RESULTS.read_text(encoding="utf-8"))
    text = README.read_text(encoding="utf-8")
    written, count = MARKED.subn(lambda match: match.group(1) + table(card), text)
    if count != 1:
        raise SystemExit(f"{README}: «<!-- scorecard -->» must stand there once")
    README.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
