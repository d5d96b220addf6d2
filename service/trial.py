"""The text of editorial rules → if it may be published, and what it does to judged questions."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search.judging.compare import TOLERANCE
from search.judging.effect import Effect, Measured, Progress, effect, measure
from search.judging.judged import Judged, read_judged
from search.rulebook import Mistake, read_rules
from search.rules import Rules
from search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class Trial:
    """What a text is worth: its mistakes, or its effect where there are judged questions."""

    text: str
    rules: Rules
    mistakes: tuple[Mistake, ...]
    effect: Effect | None = None

    @property
    def fallen(self) -> dict[str, tuple[str, ...]]:
        """The kinds of questions that fall by more than the tolerance, and in what."""
        return self.effect.comparison.fallen(TOLERANCE) if self.effect else {}


def examine(text: str, searcher: Searcher) -> Trial:
    """What can be said of a text at once: its mistakes."""
    rules, mistakes = read_rules(text)
    return Trial(text, rules, mistakes or tuple(searcher.strangers(rules)))


def judged_questions(path: Path) -> list[Judged]:
    """The questions of a file; none where there is no file. Raises `EvaluationError`."""
    return read_judged(path) if path.is_file() else []


class Trials:
    """Tries rules against what is in force, whose marks it keeps: they are most of the work."""

    def __init__(self, questions: Sequence[Judged]) -> None:
        self._questions = questions
        self._lock = threading.Lock()
        self._kept: tuple[tuple[int, Rules], Measured] | None = None

    @property
    def measuring(self) -> bool:
        """Whether there is anything to measure by."""
        return bool(self._questions)

    def effect(self, rules: Rules, searcher: Searcher, progress: Progress) -> Effect | None:
        """What changes when these come into force instead of those of the searcher; None without
        questions that this collection can be judged by. One at a time: others wait."""
        with self._lock:
            state = (searcher.info.generation, searcher.rules)
            if self._kept is None or self._kept[0] != state:
                self._kept = (state, measure(searcher, self._questions, progress))
            measured = self._kept[1]
            if not measured.outcomes:
                return None
            return effect(searcher, searcher.ruled(rules), measured, progress)
